#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# check.sh COMPILER INCLUDE-FLAGS WANTED HEADER CALL
#
# Compiles CALL once per kind of thing that could stand at its @. Only the wanted kind may compile (and must, silently);
# every other one must be an error that speaks of types. No -Werror here: a warning would not stop a user.
set -u
compiler=$1 flags=$2 want=$3 header=$4 call=$5
fails=0

case $want in
*_reg) kinds="vm_reg vcpu_reg integer void_pointer" ;;
\**) kinds="*kvm *vm *vcpu *device integer void_pointer" ;;
*) kinds="kvm vm vcpu device integer void_pointer" ;;
esac

set -f
for have in $kinds; do
	case $have in
	\**) arg="&${have#\*}" ;;
	*) arg=$have ;;
	esac
	out=$({
		printf '#include <cvmm/kvm-ioctls/handle.h>\n#include <cvmm/%s>\n' "$header"
		case $want in
		*_reg) printf '#include <cvmm/vm-regs/vm-regs.h>\n#include <cvmm/vcpu-regs/vcpu-regs.h>\n' ;;
		esac
		printf 'int attempt(struct cvmm_kvm kvm, struct cvmm_vm vm, struct cvmm_vcpu vcpu, struct cvmm_device device,\n'
		printf '\tuint64_t integer, void *void_pointer, struct cvmm_gate gate);\n'
		printf 'int attempt(struct cvmm_kvm kvm, struct cvmm_vm vm, struct cvmm_vcpu vcpu, struct cvmm_device device,\n'
		printf '\tuint64_t integer, void *void_pointer, struct cvmm_gate gate)\n{\n'
		case $want in
		*_reg) printf '\tstruct cvmm_vm_reg vm_reg = { 0 };\n\tstruct cvmm_vcpu_reg vcpu_reg = { 0 };\n'
			printf '\t(void)vm_reg, (void)vcpu_reg;\n' ;;
		esac
		printf '\t(void)kvm, (void)vm, (void)vcpu, (void)device, (void)integer, (void)void_pointer, (void)gate;\n'
		printf '\t%s;\n\treturn 0;\n}\n' "(void)!$(printf '%s' "$call" | sed "s/@/$(printf '%s' "$arg" | sed 's/&/\\\&/')/")"
	} | $compiler -std=c11 -x c -fsyntax-only $flags - 2>&1)
	status=$?
	if [ "$have" = "$want" ]; then
		[ $status -eq 0 ] && [ -z "$out" ] && continue
		echo "$compiler: $call does not accept $have:"
	else
		[ $status -ne 0 ] && printf '%s\n' "$out" | grep -Eq 'error: .*(incompatible|not compatible)' && continue
		echo "$compiler: $call accepts $have, or fails for another reason:"
	fi
	printf '%s\n' "$out"
	fails=$((fails + 1))
done
exit $((fails > 0))
