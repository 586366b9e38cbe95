#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# headers.sh ROOT LIBRARY COMPILER STANDARD
#
# Every public header of a library alone, and included twice, as C or C++, without a warning; and at least 55 % of their
# non-blank lines are comment, because the headers are the manual: of all lines together, and of each header's without the
# bodies of inline functions.
set -u
root=$1 lib=$2 compiler=$3 std=$4
fails=0
flags="-Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wvla -Werror -pedantic -fsyntax-only"
case $std in
c++*) lang=c++ ;;
*) lang=c flags="$flags -Wstrict-prototypes -Wmissing-prototypes" ;;
esac
for dir in "$root"/*/include; do
	flags="$flags -I$dir"
done

n=0
for header in "$root/$lib/include/cvmm/$lib"/*.h; do
	name=cvmm/$lib/$(basename "$header")
	n=$((n + 1))
	printf '#include <%s>\n#include <%s>\nextern int not_empty;\n' "$name" "$name" |
		$compiler -x $lang -std=$std $flags - || { echo "$name: $compiler -std=$std refuses it"; fails=1; }
done
[ $n -gt 0 ] || { echo "$lib: no headers"; exit 1; }
# comments SKIP-BODIES HEADER...: the share of comment in per cent, rounded down
comments() {
	bodies=$1
	shift
	awk -v bodies="$bodies" '
		/^[ \t]*$/ { next }
		bodies && /^{/ { body = 1 }
		body { if (/^}/) body = 0; next }
		{ lines++ }
		/^[ \t]*\/\*/ { comment++; if (!/\*\//) inside = 1; next }
		inside { comment++; if (/\*\//) inside = 0; next }
		/\/\*/ { comment++; if (!/\*\//) inside = 1 }
		END { print int(comment * 100 / lines) }
	' "$@"
}

all=$(comments '' "$root/$lib/include/cvmm/$lib"/*.h)
echo "$all % comment"
[ "$all" -ge 55 ] || { echo "$lib: less than 55 % of its public headers is comment"; fails=1; }
for header in "$root/$lib/include/cvmm/$lib"/*.h; do
	share=$(comments 1 "$header")
	[ "$share" -ge 55 ] || { echo "$(basename "$header"): $share % comment, 55 are wanted"; fails=1; }
done
echo "$n headers"
exit $fails
