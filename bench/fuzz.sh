#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# usage: fuzz.sh FOLDER [--json]: (f) inputs per second of processor time of each harness, with both sanitizers: the table
# of scripts/fuzz after five seconds each, as results of a benchmark. Exit 77 without the compiler.
set -euo pipefail
folder=$1 json=${2:-}
scripts=$(dirname "$0")/../scripts
command -v clang-14 >/dev/null || { echo "skipped: there is no clang-14" >&2; exit 77; }
mkdir -p "$folder"
# What counts here is speed: slower than its floor is a result, and what a harness finds is scripts/fuzz's to report.
"$scripts/fuzz" all --time 5 --build "$folder" >"$folder/table" 2>"$folder/errors" || grep FOUND "$folder/table" >&2 || true
awk -v json="$json" '
	function goal_of(name) { return name == "decode" ? 20000 : name == "restore" ? 5000 : 1000 }
	$1 ~ /^[a-z][a-z_0-9]*$/ && $2 ~ /^[0-9]+$/ && $3 ~ /^[0-9]+$/ && $1 != "must_crash" {
		goal = goal_of($1)
		met = $3 >= goal
		if (json)
			printf "%s{\"what\": \"fuzz %s, inputs per second\", \"value\": %d, \"unit\": \"/s\", \"goal\": \">= %d\", \"met\": %s}",
				(n ? ",\n  " : "[\n  "), $1, $3, goal, met ? "true" : "false"
		else
			printf "%-72s %8d /s   goal: >= %d, %s\n", "fuzz " $1 ", inputs per second", $3, goal, met ? "met" : "MISSED"
		n++
	}
	END { if (json && n) print "\n]"; exit !n }' "$folder/table"
