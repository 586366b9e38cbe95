#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
#
# usage: completion.sh CVMM COMPLETION.BASH
#
# Bash's completion, asked as bash would ask.
set -eu
cvmm=$1
# shellcheck disable=SC1090
. "$2"
failed=0

# answers LINE WORD... : completing LINE (cursor at its end) offers every WORD
answers() {
	COMP_LINE=$1
	COMP_POINT=${#1}
	COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
	shift
	_cvmm "$cvmm" "${COMP_LINE##* }" ""
	local w
	for w; do
		case " ${COMPREPLY[*]-} " in
		*" $w "*) ;;
		*)
			echo "\"$COMP_LINE\": no $w in: ${COMPREPLY[*]-}"
			failed=1
			;;
		esac
	done
}

answers "cvmm " check restore baseline demo --version
answers "cvmm ch" check
answers "cvmm check --" --on --rules --json --help
answers "cvmm matrix --" --rules --html --json --help
answers "cvmm save --f" --features --format
answers "cvmm save --format " 1.0 1.1
# What stands before the colon is on the line already.
answers "cvmm save --kvm sim:6.1" 6.1.192/neoverse-n1 6.12.117/max
answers "cvmm check --on d" dev
cd "$(dirname "$2")"
answers "cvmm inspect completion.b" completion.bash
exit $failed
