# SPDX-License-Identifier: Apache-2.0 OR MIT
# bash completion for cvmm. Commands and options come from the command's own --help, so that they cannot differ.

_cvmm_kvms()
{
	echo dev
	"$1" kernels 2>/dev/null | sed -n 's/^\(sim:[^ ]*\).*/\1/p'
}

_cvmm()
{
	local cvmm=$1 cur=$2 prev=$3 line=${COMP_LINE:0:COMP_POINT}
	local -a words
	COMPREPLY=()

	# Words as the shell splits them: readline also breaks at ":", which stands in sim:RELEASE.
	read -ra words <<<"$line"
	[[ $line == *[[:space:]] ]] && words+=("")
	if ((${#words[@]} <= 2)); then
		mapfile -t COMPREPLY < <(compgen -W "$("$cvmm" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p') --help --version" -- "$cur")
		return
	fi
	cur=${words[-1]}
	prev=${words[-2]}
	case $cur in
	-*)
		mapfile -t COMPREPLY < <(compgen -W "$("$cvmm" "${words[1]}" --help | sed -n 's/^  \(-[-a-z]*\).*/\1/p') --help" -- "$cur")
		return
		;;
	esac
	case $prev in
	--format) mapfile -t COMPREPLY < <(compgen -W "1.0 1.1" -- "$cur") ;;
	--features) mapfile -t COMPREPLY < <(compgen -W "none psci_0_2 psci_0_2,pmu_v3 psci_0_2,pmu_v3,sve,ptrauth_address,ptrauth_generic" -- "$cur") ;;
	--kvm) mapfile -t COMPREPLY < <(compgen -W "$(_cvmm_kvms "$cvmm")" -- "$cur") ;;
	--vcpus | --set | --drop) ;;
	*)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		case ${words[1]} in
		check | baseline | matrix | diff)
			mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$(_cvmm_kvms "$cvmm")" -- "$cur")
			;;
		esac
		;;
	esac
	# What stands before the last ":" is already on the line, where readline breaks words at it.
	if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
		local before=${cur%"${cur##*:}"} i
		for i in "${!COMPREPLY[@]}"; do
			COMPREPLY[i]=${COMPREPLY[i]#"$before"}
		done
	fi
}

complete -o filenames -F _cvmm cvmm
