#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# machine.sh CVMM MACHINE: moves of a running guest on this machine's /dev/kvm; 1,000 of them with CVMM_TEST_ALL.
set -u
[ -r /dev/kvm ] && [ -w /dev/kvm ] || { echo "skipped: moves of a running x86_64 guest (no /dev/kvm)"; exit 77; }
profile=$(mktemp) || exit 1
trap 'rm -f "$profile"' EXIT
"$1" probe --kvm dev -o "$profile" || exit 1
"$2" "$profile" "$([ -n "${CVMM_TEST_ALL-}" ] && echo 1000 || echo 60)"
