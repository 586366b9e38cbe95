#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# format.sh ROOT
#
# Every C file of the checkout is laid out as .clang-format says. Version 14 decides, others disagree about details: without
# it, or outside of a checkout, exits 77.
set -u
cd "$1" || exit 1
tool=$(command -v clang-format-14 || command -v clang-format) || { echo "skipped: clang-format is not installed"; exit 77; }
case $($tool --version) in
*" 14."*) ;;
*) echo "skipped: version 14 is wanted, this is $($tool --version)"; exit 77 ;;
esac
# Not those that are deleted and not committed yet.
files=$(git ls-files -- '*.c' '*.h' 2>/dev/null | while read -r f; do [ ! -f "$f" ] || echo "$f"; done)
[ -n "$files" ] || { echo "skipped: not a checkout"; exit 77; }
bad=$($tool --dry-run $files 2>&1 | sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: warning:.*/\1/p' | sort | uniq -c)
[ -z "$bad" ] || { echo "to be laid out by $tool -i (places, file):"; echo "$bad"; exit 1; }
echo "$(echo "$files" | wc -l) files"
