#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# symbols.sh ARCHIVE MAP [ALLOWED]...
#
# What a library's objects may refer to: each other's cvmm_ functions, and the few functions of libc that work on memory
# alone. No allocation, no stdio, no exit, no threads; ALLOWED names what else this one library may use. What it defines
# for others is exactly what its symbol map lists.
set -u
archive=$1 map=$2
shift 2
allowed="memcpy memmove memset memcmp bcmp memchr strlen strnlen strcmp strncmp strchr $*"
# bcmp is what clang makes of a memcmp() that is only compared with 0.
# What compilers add by themselves: stack protector, position-independent code, sanitizers, coverage.
tools='__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__(asan|ubsan|tsan|msan|sanitizer|gcov|llvm)_.*|__memcpy_chk|__memset_chk|__tls_get_addr|__popcountdi2|__aarch64_(cas|swp|ld[a-z]*)[0-9]+_[a-z_]*'
fails=0

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

nm -u "$archive" | awk 'NF == 2 && $1 == "U" && $2 !~ /^cvmm_/ { print $2 }' | sort -u |
	grep -Evx "$tools" >"$work/used"
printf '%s\n' $allowed | sort -u >"$work/allowed"
for s in $(comm -23 "$work/used" "$work/allowed"); do
	echo "$archive uses $s: $(nm -uA "$archive" | grep -w "$s" | head -n1)"
	fails=1
done

readelf -sW "$archive" | awk '$5 == "GLOBAL" && $7 != "UND" { print $6, $8 }' | sort -u >"$work/defined"
sed -n 's/^DEFAULT //p' "$work/defined" | grep -Evx "$tools" | sort -u >"$work/visible"
sed -n 's/^[[:space:]]*\(cvmm_[a-z0-9_]*\);$/\1/p' "$map" | sort -u >"$work/mapped"
comm -13 "$work/visible" "$work/mapped" | sed "s|$| is in $map and not defined|" | grep . && fails=1
comm -23 "$work/visible" "$work/mapped" | sed "s|$| is visible and not in $map|" | grep . && fails=1
sed -n 's/^HIDDEN //p' "$work/defined" | grep -v '^cvmm_' | grep -Evx "$tools" |
	sed 's/$/ could clash with a symbol of the same name in a static build/' | grep . && fails=1
[ -s "$work/defined" ] || { echo "$archive defines nothing"; fails=1; }
exit $fails
