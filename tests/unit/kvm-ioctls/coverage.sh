#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# coverage.sh ROOT ARCH COMPILER [FLAG]...
#
# Compares linux/kvm.h, as COMPILER with FLAGS finds it, with docs/coverage.md and kvm-ioctls' headers: each call,
# capability and exit reason of the header is known here or left out by name, and has the same value. Functions that the
# page names must exist. ARCH: x86, arm64 or riscv64, the architecture that COMPILER compiles for.
set -u
root=$1 arch=$2
shift 2
page=$root/docs/coverage.md
map=$root/kvm-ioctls/kvm-ioctls.map
fails=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

printf '#include <linux/kvm.h>\n' | "$@" -E -dM - >"$work/macros" || exit 1
awk '$1 == "#define" && $2 ~ /^KVM_/ && /_IO[WR]*\(KVMIO/ { print $2 }' "$work/macros" | sort >"$work/calls"
awk '$1 == "#define" && $2 ~ /^KVM_CAP_/ { print $2 }' "$work/macros" | sort >"$work/caps"
awk '$1 == "#define" && $2 ~ /^KVM_EXIT_/ { print $2 }' "$work/macros" | sort >"$work/exits"
ours=$(printf '#include <cvmm/kvm-ioctls/cap.h>\n#include <cvmm/kvm-ioctls/exit.h>\n' | "$@" -I"$root/kvm-ioctls/include" -E - | tr ' ,' '\n\n' |
	sed -n 's/^CVMM_\(CAP_\|EXIT_\)/KVM_\1/p' | sort -u)
for list in calls caps exits; do
	[ -s "$work/$list" ] || { echo "found no $list in linux/kvm.h"; exit 1; }
done

# | ioctl | on | constant | functions |
awk -F' *[|] *' '/^\| KVM_/ && NF == 6 { print $2, $4, $3 }' "$page" >"$work/rows"
left=$(awk -F' *[|] *' '/^## /{ on = /Left out/ } on && /^\| KVM_/ { print $2 }' "$page")
values=$(awk -F' *[|] *' '/^\| KVM_EXIT_/ && NF == 3 { print $2 }' "$page")

printf '%s\n' "$left" | sed 's/[*]/.*/; s/^/^/; s/$/$/' >"$work/left"
printf '%s\n' "$values" >"$work/values"
printf '%s\n' "$ours" >"$work/ours"

# One assertion per name of the header that is ours; a complaint per name that is in no table.
{
	printf '#include <linux/kvm.h>\n'
	for h in abi arm64 cap exit irq memory stats x86 x86-guests x86-kvm x86-vm; do
		printf '#include <cvmm/kvm-ioctls/%s.h>\n' $h
	done
	awk -v arch="$arch" -v missing="$work/missing" '
		FILENAME ~ /rows$/ {
			any[$1] = 1
			for (i = 3; i <= NF; i++)
				if ($i == arch || $i == "all")
					constant[$1] = $2
			next
		}
		FILENAME ~ /left$/ { pattern[++n] = $0; next }
		$1 in constant {
			printf "_Static_assert((unsigned int)%s == (unsigned int)%s, \"%s\");\n", constant[$1], $1, $1
			next
		}
		# Of another architecture: the header declares the call, its struct may not exist here.
		$1 in any { next }
		{
			for (i = 1; i <= n; i++)
				if ($1 ~ pattern[i])
					next
			print "call " $1 " is in no table of coverage.md" >>missing
		}
	' "$work/rows" "$work/left" "$work/calls"
	awk -v missing="$work/missing" '
		FILENAME ~ /ours$/ { ours[$1] = 1; next }
		FILENAME ~ /values$/ { value[$1] = 1; next }
		$1 in ours {
			printf "_Static_assert((int)CVMM_%s == (int)%s, \"%s\");\n", substr($1, 5), $1, $1
			next
		}
		!($1 in value) { print $1 " is in neither cap.h nor exit.h, and coverage.md does not call it a value" >>missing }
	' "$work/ours" "$work/values" "$work/caps" "$work/exits"
} >"$work/check.c"
: >>"$work/missing"
cat "$work/missing"
[ -s "$work/missing" ] && fails=1
"$@" -std=c11 -fsyntax-only -I"$root/kvm-ioctls/include" "$work/check.c" || fails=1

grep -o 'cvmm_[a-z0-9_]*()' "$page" | tr -d '()' | sort -u >"$work/named"
sed -n 's/^[[:space:]]*\(cvmm_[a-z0-9_]*\);$/\1/p' "$map" | sort -u >"$work/exported"
comm -23 "$work/named" "$work/exported" | grep . && { echo "^ named by coverage.md, and does not exist"; fails=1; }
# And the layout of the structs behind them.
"$@" -std=c11 -Wall -Wextra -Werror -fsyntax-only -I"$root/kvm-ioctls/include" -x c \
	"$root/tests/unit/kvm-ioctls/abi.h" || fails=1

echo "$(wc -l <"$work/calls") calls, $(wc -l <"$work/caps") capabilities, $(wc -l <"$work/exits") exit names;" \
	"$(grep -c _Static_assert "$work/check.c") compared"
exit $fails
