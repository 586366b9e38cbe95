#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# usage: instructions.sh PROGRAM TABLE [--write COMPILER]
# Counts instructions of each piece of work and compares with the table: more than 3 % above it fails. With --write the
# table is made anew. Exit 77 where it cannot be compared: no valgrind, or another compiler than the table's.
set -euo pipefail
program=$1 table=$2 write=${3:-} compiler=${4:-}
times=20
command -v valgrind >/dev/null || { echo "instructions: skipped, there is no valgrind"; exit 77; }

count() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" 2>&1 |
		sed -n 's/^==[0-9]*== Collected : \([0-9]*\).*/\1/p'
}

measure() {
	local none some
	none=$(count "$1" 0)
	some=$(count "$1" $times)
	echo $(((some - none) / times))
}

if [ "$write" = --write ]; then
	{
		echo "# instructions per piece of work; made by bench/instructions.sh --write"
		echo "compiler $compiler"
		for w in $("$program"); do echo "$w $(measure "$w")"; done
	} >"$table"
	exit
fi

expected_compiler=$(sed -n 's/^compiler //p' "$table")
if [ "$expected_compiler" != "${CVMM_COMPILER:-}" ]; then
	echo "instructions: skipped, the table is for $expected_compiler, this is ${CVMM_COMPILER:-unknown}"
	exit 77
fi
bad=0
for w in $("$program"); do
	was=$(sed -n "s/^$w //p" "$table")
	is=$(measure "$w")
	[ -n "$was" ] || { echo "$w: $is, not in $table"; bad=1; continue; }
	echo "$w: $is, table $was"
	[ $((is * 100)) -le $((was * 103)) ] || { echo "$w: more than 3 % above the table"; bad=1; }
done
exit $bad
