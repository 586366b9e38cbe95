#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# x86_64.sh CVMM TINY-VMM: a guest is saved, continued by a new process, saved and continued again; on this machine's
# /dev/kvm. And one whose snapshot was changed, to see that the guest says so, by name.
set -u
[ "$(uname -m)" = x86_64 ] && [ -r /dev/kvm ] && [ -w /dev/kvm ] || {
	echo "skipped: an x86_64 guest that looks at its machine before and after a restore (no /dev/kvm)"
	exit 77
}
cvmm=$1
vmm=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
fail() { echo "FAILED: $*"; exit 1; }

"$cvmm" probe --kvm dev -o profile || fail "the host's profile"
"$cvmm" baseline profile -o baseline >/dev/null || fail "a baseline of this host"
for start in "--vcpus 2" "--vcpus 4" "--vcpus 2 --baseline baseline"; do
	"$vmm" $start --profile profile --save a.snap || fail "save: $start"
	"$cvmm" check a.snap --on profile >/dev/null || fail "check: $start"
	"$vmm" --restore a.snap --profile profile --save b.snap || fail "restore: $start"
	"$vmm" --restore b.snap --profile profile >said || fail "second restore: $start"
	[ "$(grep -c 'look 2: 0 differences' said)" -ge 2 ] || fail "the guest did not look: $start"
	echo "$start: two restores, 0 differences"
done

"$cvmm" edit a.snap --set LSTAR=0x1234 -o changed.snap || fail "changing a snapshot"
"$vmm" --restore changed.snap --profile profile >said
[ $? = 4 ] && grep -q "different: LSTAR was ffffffff81a00123, is 0000000000001234" said || {
	cat said
	fail "the guest did not notice another LSTAR"
}
echo "another LSTAR: the guest says so"

# RIP and the flags end the list of registers; a number is written from its end.
regs=$("$cvmm" inspect a.snap --all | sed -n 's/^ *vcpu.regs *0x4d7.\{16\}/0x4d70000000100000000/p;T;q')
"$cvmm" edit a.snap --set "vcpu.regs=$regs" -o changed.snap || fail "changing a snapshot"
"$vmm" --restore changed.snap --profile profile >said
[ $? = 4 ] && grep -q "different: exception 14 was none, is one with 0000000000000000 0000000100000000" said || {
	cat said
	fail "the guest did not say that it has no memory there"
}
echo "another RIP: the guest says which exception it got"
