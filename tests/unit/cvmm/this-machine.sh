#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# this-machine.sh CVMM: this machine's own /dev/kvm, probed twice, gives the same bytes, and is a host like others. Exit 77
# (skipped) where there is no /dev/kvm.
set -eu
cvmm=$1
if [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
	echo "skipped: the probe of this machine: no /dev/kvm"
	exit 77
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
"$cvmm" probe -o p
sleep 0.2
"$cvmm" probe -o q
cmp p q
"$cvmm" baseline p q dev -o b
"$cvmm" inspect b >/dev/null
"$cvmm" matrix p q | grep -q "2 moves of 2 hosts (1 with answers of their own): 2 started by default, 2 with"
