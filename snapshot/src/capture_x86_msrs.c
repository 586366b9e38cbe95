/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* x86_64: which MSRs there are to be saved. KVM lists most of them, the vCPU has the last word. */
#include <cvmm/kvm-ioctls/x86-vcpu.h>

#include <errno.h>
#include <string.h>

#include "capture_parts.h"
#include "machine_x86.h"

#define MSR_MTRRCAP 0xfeu
#define MCG_BANKS   UINT64_C(0xff)
#define BANK_MSRS   4u
#define BANKS_MAX   32u

/* MSRs that a guest may have written and that no list of KVM names. */
static const struct unlisted {
	uint32_t first;
	uint32_t count;
} mtrrs[] = {
	{ 0x200, 16 },
	{ 0x250, 1 },
	{ 0x258, 2 },
	{ 0x268, 8 },
	{ 0x2ff, 1 },
};

static int add(struct x86_survey *s, uint32_t first, uint32_t count, struct cvmm_error *e)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (s->n == X86_MSRS_MAX)
			return cvmm_fail_id(e, -E2BIG, CVMM_REASON_LIMIT, X86_MSR(first), X86_MSRS_MAX);
		s->id[s->n++] = X86_MSR(first + i);
	}
	return 0;
}

/* Both lists of KVM, then what neither names. */
static int gather(const struct cvmm_machine *m, struct x86_survey *s, struct cvmm_error *e)
{
	uint32_t i, n = 0;
	int ret = cvmm_kvm_get_msr_index_list(m->kvm, s->list, X86_MSRS_MAX, &n, e);

	for (i = 1; ret == 0 && i <= n; i++)
		ret = add(s, s->list[i], 1, e);
	if (ret == 0)
		ret = cvmm_kvm_get_msr_feature_index_list(m->kvm, s->list, X86_MSRS_MAX, &n, e);
	for (i = 1; ret == 0 && i <= n; i++)
		ret = add(s, s->list[i], 1, e);
	return ret;
}

static int load(struct cvmm_vcpu vcpu, uint32_t index, uint64_t *v, struct cvmm_error *e)
{
	struct cvmm_x86_msr msr = { .index = index };
	int ret = cvmm_vcpu_get_msrs(vcpu, &msr, 1, e);

	*v = msr.data;
	return ret;
}

static int gather_unlisted(struct cvmm_vcpu vcpu, struct x86_survey *s, struct cvmm_error *e)
{
	uint64_t cap, banks = 0;
	uint32_t i;
	int ret = load(vcpu, MSR_MTRRCAP, &cap, e);

	for (i = 0; ret == 0 && i < sizeof(mtrrs) / sizeof(mtrrs[0]); i++)
		ret = add(s, mtrrs[i].first, mtrrs[i].count, e);
	if (ret == 0)
		ret = load(vcpu, 0x179, &banks, e);
	if (ret < 0)
		return ret;
	banks &= MCG_BANKS;
	return add(s, 0x400, (uint32_t)(banks < BANKS_MAX ? banks : BANKS_MAX) * BANK_MSRS, e);
}

/* The lists overlap; commands and what moves with SREGS are not saved here; what no row knows cannot be saved at all. */
static int sift(struct x86_survey *s, struct cvmm_error *e)
{
	uint32_t i, n = 0;

	cvmm_list_sort(s->id, s->n);
	for (i = 0; i < s->n; i++) {
		const struct cvmm_row *row = cvmm_vcpu_reg_row(cvmm_vcpu_reg_from_id(s->id[i]));

		if (!row)
			return cvmm_fail_id(e, -EXDEV, CVMM_REASON_UNKNOWN_REGISTER, s->id[i], 0);
		if ((row->write == CVMM_WRITE_IGNORED && !row->compare) || (n && s->id[n - 1] == s->id[i]))
			continue;
		s->id[n++] = s->id[i];
	}
	s->n = n;
	return 0;
}

/*
 * Some kernels list MSRs that a vCPU without the feature does not have. KVM stops at the first of them; asked for it alone, it
 * says so again, or the first answer was something else. Every vCPU has a TSC.
 */
static int drop_absent(struct cvmm_vcpu vcpu, struct x86_survey *s, struct cvmm_error *e)
{
	struct cvmm_x86_msr msr[CVMM_X86_MSRS_MAX];
	uint32_t at = 0;

	while (at < s->n) {
		uint32_t i, n = s->n - at < CVMM_X86_MSRS_MAX ? s->n - at : CVMM_X86_MSRS_MAX;
		struct cvmm_error why;
		uint64_t v;
		int ret;

		memset(msr, 0, n * sizeof(msr[0]));
		for (i = 0; i < n; i++)
			msr[i].index = (uint32_t)s->id[at + i];
		ret = cvmm_vcpu_get_msrs(vcpu, msr, n, &why);
		if (ret == 0) {
			at += n;
			continue;
		}
		if (why.reason == CVMM_REASON_SHORT_COUNT) {
			at += (uint32_t)why.other;
			ret = load(vcpu, (uint32_t)s->id[at], &v, &why);
			if (ret == 0)
				continue;
		}
		if (why.reason != CVMM_REASON_SHORT_COUNT || s->id[at] == X86_TSC) {
			if (e)
				*e = why;
			return ret;
		}
		memmove(&s->id[at], &s->id[at + 1], (--s->n - at) * sizeof(s->id[0]));
	}
	return 0;
}

/* Registers that only KVM has, where it has ONE_REG: the list names those that this vCPU can reach. */
static int own_regs(struct cvmm_vcpu vcpu, struct x86_survey *s, struct cvmm_error *e)
{
	uint32_t i, n = 0;
	int ret;

	if (!s->one_reg)
		return 0;
	ret = cvmm_list_read(vcpu, s->regs, X86_MSRS_MAX - 1, &n, e);
	for (i = 1; ret == 0 && i <= n; i++) {
		if (!cvmm_vcpu_reg_from_id(s->regs[i]).id)
			return cvmm_fail_id(e, -EXDEV, CVMM_REASON_UNKNOWN_REGISTER, s->regs[i], 0);
		if (s->n == X86_MSRS_MAX)
			return cvmm_fail_id(e, -E2BIG, CVMM_REASON_LIMIT, s->regs[i], X86_MSRS_MAX);
		s->id[s->n++] = s->regs[i];
	}
	if (ret == 0)
		cvmm_list_sort(s->id, s->n);
	return ret;
}

int cvmm_x86_survey_regs(const struct cvmm_machine *m, struct x86_survey *s, struct cvmm_error *e)
{
	struct cvmm_vcpu vcpu = m->vcpu[0];
	int ret;

	s->n = 0;
	ret = gather(m, s, e);
	if (ret == 0)
		ret = gather_unlisted(vcpu, s, e);
	if (ret == 0)
		ret = sift(s, e);
	if (ret == 0)
		ret = drop_absent(vcpu, s, e);
	return ret < 0 ? ret : own_regs(vcpu, s, e);
}
