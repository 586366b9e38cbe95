/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Target functions: cvmm_capture cvmm_plan_make cvmm_apply_until, from one recorded kernel to another
 *
 * The property that the project is about: what the plan accepts, apply does, and the guest sees the same machine as
 * before. The input is two kernels, a feature set, vCPUs, and register writes by which the guest came to be what it is. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#include <string.h>

#include "../check.h"
#include "../input.h"
#include "../rig.h"

#define IDS 1024u

static uint64_t ids[IDS];

/* Registers of a vCPU get values as a guest and its VMM might have left them there; KVM says which it takes. */
static void live(struct rig *r, struct fuzz_input *in)
{
	uint32_t n = 0, times;

	if (cvmm_vcpu_get_reg_list(r->vcpu[0], ids, IDS, &n, NULL))
		return;
	for (times = 0; in->left && n && times < 200; times++) {
		struct cvmm_vcpu vcpu = r->vcpu[fuzz_take(in, 1) % r->nvcpus];
		uint64_t id = ids[fuzz_take(in, 2) % n], shift = fuzz_take(in, 1), v = 0;
		uint8_t value[CVMM_REG_BYTES_MAX] = { 0 };
		uint32_t bytes = cvmm_reg_bytes(id);

		if (!bytes || cvmm_vcpu_get_one_reg(vcpu, id, value, bytes, NULL))
			continue;
		v = cvmm_load_le(value, bytes);
		switch (shift >> 6) {
		case 0: v ^= UINT64_C(1) << (shift & 63); break;
		case 1: v &= ~(UINT64_C(15) << (shift & 60)); break;
		case 2: v -= UINT64_C(1) << (shift & 63); break;
		default: v = fuzz_take(in, 8);
		}
		cvmm_store_le(value, bytes < 8 ? bytes : 8, v);
		if (cvmm_vcpu_set_one_reg(vcpu, id, value, bytes, NULL))
			continue; /* this kernel does not take it */
	}
}

/* The same where there is no register list: what a capture found is changed and given back. */
static void live_blocks(struct rig *r, const struct fuzz_host *h, struct fuzz_input *in)
{
	static uint8_t value[CVMM_SNAPSHOT_BLOCK_MAX];
	const struct cvmm_regset *set;
	struct cvmm_view v;
	uint32_t times;

	if (!in->left || rig_capture(r, h, &v, NULL))
		return;
	set = &v.shape[0].regs;
	for (times = 0; in->left && times < 50; times++) {
		struct cvmm_vcpu vcpu = r->vcpu[fuzz_take(in, 1) % r->nvcpus];
		const struct cvmm_item *it = &set->item[fuzz_take(in, 2) % set->n];
		uint32_t at = (uint32_t)fuzz_take(in, 2) % it->size;

		memcpy(value, set->col + it->off, it->size);
		value[at] ^= (uint8_t)fuzz_take(in, 1);
		/* What the kernel refuses stays as it was: as good a machine to move as any. */
		if (cvmm_vcpu_reg_set(vcpu, cvmm_vcpu_reg_from_id(it->id), value, it->size, NULL) < 0)
			continue;
	}
}

/* What the guest reads of everything that says what machine it is. */
static void same_machine(const struct fuzz_host *from, const struct rig *a, const struct fuzz_host *to,
	const struct rig *b, const struct cvmm_plan *p)
{
	uint32_t i;

	for (i = 0; i < p->n; i++) {
		const struct cvmm_step *s = &p->step[i];
		const struct cvmm_row *row =
			s->scope == CVMM_SCOPE_VM ? cvmm_vm_reg_row(cvmm_vm_reg_from_id(s->id)) : NULL;
		uint64_t before, after;

		if (!row || row->combine == CVMM_COMBINE_NONE || row->write == CVMM_WRITE_VOLATILE)
			continue;
		if (cvmm_sim_guest_reg(&from->be, a->vcpu[0].fd, s->id, &before) ||
			cvmm_sim_guest_reg(&to->be, b->vcpu[0].fd, s->id, &after))
			continue;
		FUZZ_CHECK(!((before ^ after) & ~row->other_bits),
			"%s to %s: %lx was %lx and is %lx (verdict %u, reason %s)", from->name, to->name,
			(unsigned long)s->id, (unsigned long)before, (unsigned long)after, s->verdict,
			cvmm_reason_name(s->reason));
	}
}

/* What the guest gets from hypercalls, where both recordings tell and the answer is the same from call to call. */
static void same_firmware(
	const struct fuzz_host *from, const struct rig *a, const struct fuzz_host *to, const struct rig *b)
{
	const struct cvmm_variant *var = cvmm_profile_variant(&from->profile, a->m.features);
	uint64_t x[4], y[4];
	uint32_t i, k;

	for (i = 0; var && i < var->nhvc; i++) {
		if (cvmm_sim_guest_hvc(&from->be, a->vcpu[0].fd, var->hvc[i].fn, var->hvc[i].arg, x) ||
			cvmm_sim_guest_hvc(&to->be, b->vcpu[0].fd, var->hvc[i].fn, var->hvc[i].arg, y))
			continue;
		for (k = 0; k < 4; k++)
			FUZZ_CHECK(x[k] == y[k] || x[k] == CVMM_HVC_ANY || y[k] == CVMM_HVC_ANY,
				"%s to %s: hypercall %lx(%lx) gave x%u %lx and gives %lx", from->name, to->name,
				(unsigned long)var->hvc[i].fn, (unsigned long)var->hvc[i].arg, k, (unsigned long)x[k],
				(unsigned long)y[k]);
	}
}

static void move(const struct fuzz_host *from, struct rig *a, const struct fuzz_host *to)
{
	static struct rig b;
	struct cvmm_plan p;
	struct cvmm_view v;
	struct cvmm_error e;

	if (rig_capture(a, from, &v, &e))
		return;
	if (rig_plan(&v, to, NULL, &p, &e) || p.nrefused)
		return;
	FUZZ_CHECK(!rig_restore(&b, to, &to->be, &v, &p, &e),
		"%s to %s: accepted, then %d %s in phase %u, id %lx, vCPU %d, other %lx", from->name, to->name, e.err,
		cvmm_reason_name(e.reason), e.phase, (unsigned long)e.id, (int)e.vcpu, (unsigned long)e.other);
	same_machine(from, a, to, &b, &p);
	same_firmware(from, a, to, &b);
	rig_close(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rig a;
	struct fuzz_input in = { data, size };
	uint32_t one = fuzz_any((uint32_t)fuzz_take(&in, 1)), two = fuzz_peer(one, (uint32_t)fuzz_take(&in, 1));
	const struct fuzz_host *from, *to;
	uint32_t variant = (uint32_t)fuzz_take(&in, 1), vcpus = (fuzz_take(&in, 1) & 3) == 3 ? 2 : 1;
	struct cvmm_error e;

	from = fuzz_host(one);
	to = fuzz_host(two);
	if (!rig_start(&a, from, &from->be, vcpus, from->profile.variant[variant % from->profile.nvariants].features,
		    variant >> 7 ? 64 : 0, &e)) {
		from->profile.arch == CVMM_ARCH_ARM64 ? live(&a, &in) : live_blocks(&a, from, &in);
		move(from, &a, to);
	}
	rig_close(&a);
	return 0;
}
