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
allowed="memcpy memmove memset memcmp memchr strlen strnlen strcmp strncmp strchr $*"
# What compilers add by themselves: stack protector, position-independent code, sanitizers, coverage.
tools='__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__(asan|ubsan|tsan|msan|sanitizer|gcov|llvm)_.*|__memcpy_chk|__memset_chk|__tls_get_addr'
fails=0

for s in $(nm -u "$archive" | awk 'NF == 2 && $1 == "U" { print $2 }' | sort -u); do
	case " $allowed " in *" $s "*) continue ;; esac
	case $s in cvmm_*) continue ;; esac
	printf '%s\n' "$s" | grep -Eqx "$tools" && continue
	echo "$archive uses $s: $(nm -uA "$archive" | grep -w "$s" | head -n1)"
	fails=1
done

defined=$(readelf -sW "$archive" | awk '$5 == "GLOBAL" && $7 != "UND" { print $6, $8 }' | sort -u)
mapped=$(sed -n 's/^[\t ]*\(cvmm_[a-z0-9_]*\);$/\1/p' "$map")
for s in $mapped; do
	printf '%s\n' "$defined" | grep -qx "DEFAULT $s" || { echo "$s is in $map and not defined"; fails=1; }
done
for s in $(printf '%s\n' "$defined" | sed -n 's/^DEFAULT //p'); do
	printf '%s\n' "$s" | grep -Eqx "$tools" && continue
	printf '%s\n' $mapped | grep -qx "$s" || { echo "$s is visible and not in $map"; fails=1; }
done
for s in $(printf '%s\n' "$defined" | sed -n 's/^HIDDEN //p'); do
	case $s in cvmm_*) continue ;; esac
	printf '%s\n' "$s" | grep -Eqx "$tools" && continue
	echo "$s could clash with a user's symbol of the same name in a static build"
	fails=1
done
[ -n "$defined" ] || { echo "$archive defines nothing"; fails=1; }
exit $fails
