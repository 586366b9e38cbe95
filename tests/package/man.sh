#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# usage: man.sh CVMM PAGE: the manual page renders without a warning and names every command and option that the command's
# own help names. Exit 77 without man.
set -euo pipefail
cvmm=$1 page=$2
command -v man >/dev/null || { echo "skipped: there is no man"; exit 77; }
bad=0
warnings=$(MANWIDTH=200 man --warnings -l "$page" 2>&1 >/dev/null)
[ -z "$warnings" ] || { echo "$warnings"; bad=1; }
text=$(MANWIDTH=200 man -l "$page" 2>/dev/null | col -b)
for command in $("$cvmm" --help | sed -n 's/^  \([a-z][a-z]*\)   *[a-z].*/\1/p'); do
	line=$(grep -E "^ +cvmm $command( |\$)" <<<"$text") || { echo "$page: no cvmm $command"; bad=1; continue; }
	for option in $("$cvmm" "$command" --help | sed -n 's/^  \(-[-a-z]*\).*/\1/p'); do
		grep -qE -e "[[( ]$option([] )|]|\$)" <<<"$line" || { echo "$page: cvmm $command has no $option"; bad=1; }
	done
done
[ -n "${command:-}" ] || { echo "the command's help lists no commands"; bad=1; }
exit $bad
