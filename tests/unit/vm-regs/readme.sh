#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# readme.sh README COMPILER INCLUDE...: the C examples of a page compile without a warning.
set -eu
page=$1
compiler=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed -n '/^```c$/,/^```$/p' "$page" | grep -v '^```' >"$work/example.c"
[ -s "$work/example.c" ] || { echo "$page has no example" >&2; exit 1; }
flags=
for dir in "$@"; do
	flags="$flags -I$dir"
done
# shellcheck disable=SC2086
"$compiler" -std=c11 -Wall -Wextra -Wconversion -Wsign-conversion -Werror -Wno-missing-prototypes $flags -c "$work/example.c" \
	-o "$work/example.o"
