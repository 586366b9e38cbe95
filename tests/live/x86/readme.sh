#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# readme.sh README COMPILER INCLUDE LIBRARY: the example of the page compiles without a warning and, with /dev/kvm, runs.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' "$1" >"$work/example.c"
"$2" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -I"$3" "$work/example.c" "$4" -o "$work/example" || exit 1
[ -r /dev/kvm ] && [ -w /dev/kvm ] || { echo "compiled; skipped: running it (no /dev/kvm)"; exit 77; }
out=$("$work/example") || exit 1
echo "$out"
[ "$out" = "port 0x3f8: !" ]
