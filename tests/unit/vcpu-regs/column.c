/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Whole vCPUs out of one simulated KVM and into another, on every recorded kernel and feature set. */
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "../vm-regs/sim.h"

#define ITEMS_MAX 512
#define COL_MAX	  (24 << 10)

struct column {
	struct cvmm_item item[ITEMS_MAX];
	uint32_t n;
	uint32_t len;
	uint8_t col[COL_MAX];
};

/* A checked list of @c's registers, used at once. */
static const struct cvmm_vcpu_regs *regs_of(const struct column *c, const struct cvmm_regset *reset)
{
	static struct cvmm_vcpu_regs r;
	struct cvmm_error e = { 0 };

	cr_assert_eq(cvmm_vcpu_regs_init(&r, c->item, c->n, reset, &e), 0, "%016llx: %s", (unsigned long long)e.id,
		cvmm_reason_text(e.reason));
	return &r;
}

static int by_id(const void *a, const void *b)
{
	const struct cvmm_item *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* The vCPU-owned part of a variant's list, with the properties. */
static void make_items(struct column *c, const struct cvmm_variant *v)
{
	const uint64_t extra[] = { CVMM_ARM64_VCPU_MP_STATE, CVMM_ARM64_VCPU_EVENTS, CVMM_ARM64_VCPU_PVTIME };
	uint32_t i;

	c->n = 0;
	c->len = 0;
	for (i = 0; i < v->regs.n; i++)
		if (cvmm_vcpu_reg_from_id(v->regs.item[i].id).id)
			c->item[c->n++].id = v->regs.item[i].id;
	for (i = 0; i < 3; i++)
		c->item[c->n++].id = extra[i];
	qsort(c->item, c->n, sizeof(c->item[0]), by_id);
	for (i = 0; i < c->n; i++) {
		c->item[i].size = cvmm_reg_bytes(c->item[i].id);
		c->item[i].off = c->len;
		c->len += c->item[i].size;
	}
	cr_assert_leq(c->len, COL_MAX);
}

static uint8_t *value(struct column *c, uint64_t id)
{
	struct cvmm_regset set = { .item = c->item, .n = c->n };
	int i = cvmm_regset_find(&set, id);

	return i < 0 ? NULL : c->col + c->item[i].off;
}

/* A guest's state: something else in every register that takes anything. */
static void guest_state(struct column *c, uint64_t seed)
{
	uint32_t i, k;

	for (i = 0; i < c->n; i++) {
		const struct cvmm_row *row = cvmm_vcpu_reg_row((struct cvmm_vcpu_reg){ c->item[i].id });

		if (row->access != CVMM_ACCESS_ONE_REG || row->phase != CVMM_PHASE_STATE || row->fixed || row->peer ||
			row->write != CVMM_WRITE_STORED || row->compare != UINT64_MAX)
			continue;
		/* PSTATE and PMEVTYPER are looked at by KVM. */
		if (!strcmp(row->name, "PSTATE") || !strncmp(row->name, "SPSR", 4) || !strncmp(row->name, "PM", 2))
			continue;
		for (k = 0; k < c->item[i].size; k++) {
			seed = seed * UINT64_C(6364136223846793005) + 1;
			c->col[c->item[i].off + k] = (uint8_t)(seed >> 56);
		}
	}
}

static void clear_vl_excess(struct column *c, const struct column *fresh)
{
	uint32_t i, vq, bytes = 16;
	const uint8_t *vls = NULL;

	for (i = 0; i < fresh->n; i++)
		if (fresh->item[i].id == CVMM_ARM64_SVE_VLS)
			vls = fresh->col + fresh->item[i].off;
	for (vq = 1; vls && vq <= 16; vq++)
		if (vls[(vq - 1) / 8] >> ((vq - 1) % 8) & 1)
			bytes = vq * 16;
	/* KVM keeps of Z, P and FFR what the vector length has. */
	for (i = 0; vls && i < c->n; i++) {
		uint32_t keep = c->item[i].size == 256 ? bytes : bytes / 8;

		if ((c->item[i].size == 256 || c->item[i].size == 32) && keep < c->item[i].size)
			memset(c->col + c->item[i].off + keep, 0, c->item[i].size - keep);
	}
}

static void restore_all(struct cvmm_vcpu vcpu, const struct column *c, const char *kernel)
{
	const struct cvmm_vcpu_regs *r = regs_of(c, NULL);
	struct cvmm_error e = { 0 };
	uint32_t phase;

	for (phase = CVMM_PHASE_FINALIZE; phase <= CVMM_PHASE_MP_STATE; phase++)
		cr_assert_eq(cvmm_vcpu_regs_restore(vcpu, r, c->col, c->len, phase, &e), 0,
			"%s: phase %u, %016llx: %s, errno %d", kernel, phase, (unsigned long long)e.id,
			cvmm_reason_text(e.reason), e.err);
}

static void same_columns(struct column *want, struct column *got, const char *kernel)
{
	uint8_t *p = value(want, CVMM_ARM64_PMCR_EL0);
	uint64_t pmcr = p ? cvmm_load_le(p, 8) : 0;
	uint32_t i, k;

	for (i = 0; i < want->n; i++) {
		const struct cvmm_item *it = &want->item[i];
		const struct cvmm_row *row = cvmm_vcpu_reg_row((struct cvmm_vcpu_reg){ it->id });
		uint64_t mask = cvmm_row_compare(row, pmcr);

		for (k = 0; k < it->size; k++) {
			uint8_t m = (uint8_t)(mask >> (8 * (k & 7)));

			cr_expect_eq(want->col[it->off + k] & m, got->col[it->off + k] & m,
				"%s: %s (%016llx) byte %u: %02x %02x", kernel, row->name, (unsigned long long)it->id, k,
				want->col[it->off + k], got->col[it->off + k]);
		}
	}
}

static void round_trip(const char *kernel, uint64_t features)
{
	static struct column fresh, want, got;
	struct sim_host *a = sim_host(kernel, 0, 1), *b = sim_host(kernel, 0, 1);
	const struct cvmm_variant *v = cvmm_profile_variant(&a->profile, features);
	struct cvmm_error e = { 0 };
	uint64_t gets;

	cr_assert(v);
	sim_vcpus(a, 1, features, 1);
	sim_vcpus(b, 1, features, 0);
	make_items(&fresh, v);
	gets = sim_count(a, CVMM_SIM_COUNT_GET_ONE_REG);
	cr_assert_eq(cvmm_vcpu_regs_capture(a->vcpu[0], regs_of(&fresh, NULL), fresh.col, fresh.len, &e), 0,
		"%s: %016llx: %s, errno %d", kernel, (unsigned long long)e.id, cvmm_reason_text(e.reason), e.err);
	cr_expect_eq(sim_count(a, CVMM_SIM_COUNT_GET_ONE_REG) - gets, fresh.n - 3, "one GET per register");
	want = fresh;
	guest_state(&want, features + 1);
	clear_vl_excess(&want, &fresh);
	if (value(&want, CVMM_ARM64_SYS(3, 3, 9, 12, 1))) {
		/* Counter 0 alone; the reset value has others. */
		cvmm_store_le(value(&want, CVMM_ARM64_SYS(3, 3, 9, 12, 1)), 8, 1);
		cvmm_store_le(value(&want, CVMM_ARM64_SYS(3, 3, 9, 12, 2)), 8, 1);
		cvmm_store_le(value(&want, CVMM_ARM64_SYS(3, 0, 9, 14, 1)), 8, 0x80000001);
		cvmm_store_le(value(&want, CVMM_ARM64_SYS(3, 0, 9, 14, 2)), 8, 0x80000001);
	}
	cvmm_store_le(value(&want, CVMM_ARM64_VCPU_MP_STATE), 4, CVMM_MP_STATE_STOPPED);
	value(&want, CVMM_ARM64_VCPU_EVENTS)[0] = 1;
	restore_all(b->vcpu[0], &want, kernel);
	got = fresh;
	cr_assert_eq(cvmm_vcpu_regs_capture(b->vcpu[0], regs_of(&got, NULL), got.col, got.len, &e), 0);
	same_columns(&want, &got, kernel);
	sim_free(a);
	sim_free(b);
}

Test(column, round_trip_on_every_kernel_and_feature_set)
{
	uint32_t i, k, trips = 0;

	for (i = 0; i < cvmm_sim_profile_count(); i++) {
		struct sim_host *h = sim_host(cvmm_sim_profile_name(i), 0, 1);

		for (k = 0; k < h->profile.nvariants; k++) {
			uint64_t features = h->profile.variant[k].features;

			if (features & (CVMM_ARM64_FEATURE_EL1_32BIT | CVMM_ARM64_FEATURE_HAS_EL2))
				continue;
			round_trip(cvmm_sim_profile_name(i), features);
			trips++;
		}
		sim_free(h);
	}
	cr_expect_gt(trips, 100u, "%u", trips);
}

/* 5.10 gives PMCR_EL0.C back as 1; written back on 6.1 it would reset the guest's cycle counter. */
Test(column, command_bits_are_not_obeyed_again)
{
	static const char *const kernel[] = { "5.10.223-cortex-a72", "6.1.192-cortex-a72" };
	const uint64_t c_and_p = 6, given = 0x41023006;
	uint32_t i;

	for (i = 0; i < 2; i++) {
		struct sim_host *h = sim_host(kernel[i], 0, 1);
		const struct cvmm_vcpu_reg pmcr = cvmm_vcpu_reg_from_id(CVMM_ARM64_PMCR_EL0);
		struct cvmm_error e = { 0 };
		uint64_t raw = 0;

		sim_vcpus(h, 1, PSCI_0_2 | CVMM_ARM64_FEATURE_PMU_V3, 1);
		cr_assert_eq(cvmm_vcpu_set_one_reg(h->vcpu[0], pmcr.id, &given, 8, &e), 0);
		cr_assert_eq(cvmm_vcpu_get_one_reg(h->vcpu[0], pmcr.id, &raw, 8, &e), 0);
		cr_expect_eq(raw & c_and_p, c_and_p, "%s stores the bits", kernel[i]);
		cr_assert_eq(cvmm_vcpu_reg_set(h->vcpu[0], pmcr, &given, 8, &e), 0);
		cr_assert_eq(cvmm_vcpu_get_one_reg(h->vcpu[0], pmcr.id, &raw, 8, &e), 0);
		cr_expect_eq(raw & c_and_p, 0, "%s: %llx", kernel[i], (unsigned long long)raw);
		sim_free(h);
	}
}

#define FIGURE_VCPUS 64u

/* What peers do: every register of the list through every vCPU. */
static void write_everything_everywhere(uint64_t *sets, uint64_t *locks)
{
	struct sim_host *h = sim_host("6.18.15-neoverse-n1", 0, FIGURE_VCPUS);
	const struct cvmm_variant *v = cvmm_profile_variant(&h->profile, PSCI_0_2);
	uint32_t i, k;

	sim_vcpus(h, FIGURE_VCPUS, PSCI_0_2, 1);
	*sets = sim_count(h, CVMM_SIM_COUNT_SET_ONE_REG);
	*locks = sim_count(h, CVMM_SIM_COUNT_VM_LOCK);
	for (i = 0; i < FIGURE_VCPUS; i++)
		for (k = 0; k < v->regs.n; k++)
			cr_assert_eq(cvmm_vcpu_set_one_reg(h->vcpu[i], v->regs.item[k].id,
					     cvmm_regset_value(&v->regs, k, 0), v->regs.item[k].size, NULL),
				0);
	*sets = sim_count(h, CVMM_SIM_COUNT_SET_ONE_REG) - *sets;
	*locks = sim_count(h, CVMM_SIM_COUNT_VM_LOCK) - *locks;
	sim_free(h);
}

/* The figures of the project's issue: 70 + 187 N writes against 257 N, and the VM's lock taken 1 / N as often. */
Test(column, figures)
{
	static struct column c;
	struct sim_host *h = sim_host("6.18.15-neoverse-n1", 0, FIGURE_VCPUS);
	const struct cvmm_variant *v = cvmm_profile_variant(&h->profile, PSCI_0_2);
	struct cvmm_error e = { 0 };
	uint64_t sets, gets, locks, peer_sets, peer_locks;
	uint32_t i;

	sim_regs(h, CVMM_DIALECT_VCPU);
	for (i = 0; i < v->regs.n; i++) {
		struct cvmm_vm_reg reg = cvmm_vm_reg_from_id(v->regs.item[i].id);

		if (reg.id && cvmm_vm_reg_row(reg)->phase != CVMM_PHASE_CLOCK)
			cr_assert_eq(cvmm_vm_regs_stage(&h->regs, reg, cvmm_regset_u64(&v->regs, i, 0), &e), 0);
	}
	cr_assert_eq(cvmm_vm_regs_commit_early(&h->regs, &e), 0);
	sim_vcpus(h, FIGURE_VCPUS, PSCI_0_2, 1);
	make_items(&c, v);
	gets = sim_count(h, CVMM_SIM_COUNT_GET_ONE_REG);
	for (i = 0; i < FIGURE_VCPUS; i++)
		cr_assert_eq(cvmm_vcpu_regs_capture(h->vcpu[i], regs_of(&c, NULL), c.col, c.len, &e), 0);
	cr_expect_eq(sim_count(h, CVMM_SIM_COUNT_GET_ONE_REG) - gets, 187u * FIGURE_VCPUS);
	sets = sim_count(h, CVMM_SIM_COUNT_SET_ONE_REG);
	locks = sim_count(h, CVMM_SIM_COUNT_VM_LOCK);
	cr_assert_eq(cvmm_vm_regs_commit(&h->regs, h->vcpu[0], &e), 0);
	cr_assert_eq(cvmm_vm_regs_clock(&h->regs, h->vcpu[0], (struct cvmm_vm_reg){ CVMM_ARM64_TIMER_CNT }, 1, &e), 0);
	cr_assert_eq(cvmm_vm_regs_clock(&h->regs, h->vcpu[0], (struct cvmm_vm_reg){ CVMM_ARM64_PTIMER_CNT }, 1, &e), 0);
	for (i = 0; i < FIGURE_VCPUS; i++)
		restore_all(h->vcpu[i], &c, "6.18.15-neoverse-n1");
	sets = sim_count(h, CVMM_SIM_COUNT_SET_ONE_REG) - sets;
	locks = sim_count(h, CVMM_SIM_COUNT_VM_LOCK) - locks;
	write_everything_everywhere(&peer_sets, &peer_locks);
	cr_expect_eq(sets, 12038u, "%llu", (unsigned long long)sets);
	cr_expect_eq(peer_sets, 16448u, "%llu", (unsigned long long)peer_sets);
	cr_expect_eq(locks, 64u, "%llu", (unsigned long long)locks);
	cr_expect_eq(peer_locks, locks * FIGURE_VCPUS, "%llu locks against %llu", (unsigned long long)locks,
		(unsigned long long)peer_locks);
	sim_free(h);
}

/* vCPUs that were never powered on hold what a fresh one holds: at most half the writes, and the same machine. */
Test(column, delta)
{
	static struct column fresh, guest;
	uint32_t i, k, phase;

	for (i = 0; i < cvmm_sim_profile_count(); i++) {
		const char *kernel = cvmm_sim_profile_name(i);
		struct sim_host *h = sim_host(kernel, 0, 4);
		const struct cvmm_variant *v = &h->profile.variant[h->profile.nvariants - 1];
		struct cvmm_error e = { 0 };
		uint64_t sets, full;

		if (v->features & (CVMM_ARM64_FEATURE_EL1_32BIT | CVMM_ARM64_FEATURE_HAS_EL2))
			v--;
		sim_vcpus(h, 4, v->features, 0);
		make_items(&fresh, v);
		for (k = 0; k < fresh.n; k++) {
			int item = cvmm_regset_find(&v->regs, fresh.item[k].id);

			memset(fresh.col + fresh.item[k].off, 0, fresh.item[k].size);
			if (item >= 0)
				memcpy(fresh.col + fresh.item[k].off, cvmm_regset_value(&v->regs, (uint32_t)item, 0),
					fresh.item[k].size);
		}
		memset(value(&fresh, CVMM_ARM64_VCPU_PVTIME), 0xff, 8);
		guest = fresh;
		guest_state(&guest, 99);
		clear_vl_excess(&guest, &fresh);
		sets = sim_count(h, CVMM_SIM_COUNT_SET_ONE_REG);
		for (k = 0; k < 4; k++) {
			struct column *c = k == 0 ? &guest : &fresh;

			cvmm_store_le(value(c, CVMM_ARM64_MPIDR_EL1), 8, 0x80000000 | k);
			for (phase = CVMM_PHASE_FINALIZE; phase <= CVMM_PHASE_MP_STATE; phase++)
				cr_assert_eq(cvmm_vcpu_regs_restore(
						     h->vcpu[k], regs_of(c, &v->regs), c->col, c->len, phase, &e),
					0, "%s: phase %u, %016llx, %d", kernel, phase, (unsigned long long)e.id, e.err);
			cr_expect_eq(cvmm_vcpu_regs_verify(h->vcpu[k], regs_of(c, NULL), c->col, c->len, &e), 0,
				"%s: vCPU %u: %016llx holds %llx", kernel, k, (unsigned long long)e.id,
				(unsigned long long)e.other);
		}
		sets = sim_count(h, CVMM_SIM_COUNT_SET_ONE_REG) - sets;
		full = 4 * (uint64_t)(fresh.n - 3);
		cr_expect_leq(
			sets, full / 2, "%s: %llu of %llu", kernel, (unsigned long long)sets, (unsigned long long)full);
		sim_free(h);
	}
}

/* MPIDR_EL1's reset value follows the vCPU's number: vCPU 0's, which the profile has, says nothing about vCPU 1. */
Test(column, delta_writes_what_follows_the_number)
{
	struct sim_host *h = sim_host("6.18.15-neoverse-n1", 0, 2);
	const struct cvmm_variant *v = cvmm_profile_variant(&h->profile, PSCI_0_2);
	const struct cvmm_item item = { .id = CVMM_ARM64_MPIDR_EL1, .size = 8 };
	int i = cvmm_regset_find(&v->regs, CVMM_ARM64_MPIDR_EL1);
	struct cvmm_error e = { 0 };
	struct cvmm_vcpu_regs r;

	sim_vcpus(h, 2, PSCI_0_2, 1);
	cr_assert_eq(cvmm_vcpu_regs_init(&r, &item, 1, &v->regs, &e), 0);
	cr_assert_neq(sim_reg(h->vcpu[1], CVMM_ARM64_MPIDR_EL1), cvmm_regset_u64(&v->regs, (uint32_t)i, 0));
	cr_assert_eq(cvmm_vcpu_regs_restore(
			     h->vcpu[1], &r, cvmm_regset_value(&v->regs, (uint32_t)i, 0), 8, CVMM_PHASE_IDENTITY, &e),
		0);
	cr_expect_eq(sim_reg(h->vcpu[1], CVMM_ARM64_MPIDR_EL1), cvmm_regset_u64(&v->regs, (uint32_t)i, 0));
	sim_free(h);
}

/* The proof after a delta has teeth: reset values of another host make a wrong machine, and it says where. */
Test(column, verify_finds_a_wrong_machine)
{
	static struct column c;
	struct sim_host *h = sim_host("6.18.15-neoverse-n1", 0, 1);
	const struct cvmm_variant *v = cvmm_profile_variant(&h->profile, PSCI_0_2);
	const uint64_t far = CVMM_ARM64_SYS(3, 0, 6, 0, 0);
	static uint8_t lie[COL_MAX];
	struct cvmm_regset wrong = v->regs;
	struct cvmm_error e = { 0 };
	int i = cvmm_regset_find(&v->regs, far);
	uint32_t phase;

	sim_vcpus(h, 1, PSCI_0_2, 1);
	make_items(&c, v);
	cr_assert_eq(cvmm_vcpu_regs_capture(h->vcpu[0], regs_of(&c, NULL), c.col, c.len, &e), 0);
	cvmm_store_le(value(&c, far), 8, 0x1234);
	memcpy(lie, v->regs.col, v->regs.stride);
	cvmm_store_le(lie + v->regs.item[i].off, 8, 0x1234);
	wrong.col = lie;
	for (phase = CVMM_PHASE_IDENTITY; phase <= CVMM_PHASE_MP_STATE; phase++)
		cr_assert_eq(cvmm_vcpu_regs_restore(h->vcpu[0], regs_of(&c, &wrong), c.col, c.len, phase, &e), 0);
	cr_expect_eq(cvmm_vcpu_regs_verify(h->vcpu[0], regs_of(&c, &wrong), c.col, c.len, &e), -EIO);
	cr_expect_eq(e.reason, CVMM_REASON_VCPU_NOT_STORED);
	cr_expect_eq(e.id, far);
	cr_expect_neq(e.other, 0x1234u);
	sim_free(h);
}

/* A wrong list is refused before the first ioctl, with the register's name. */
Test(column, bad_lists)
{
	static struct column good, c;
	struct sim_host *h = sim_host("6.18.15-neoverse-n1", 0, 1);
	const struct {
		uint64_t id;
		uint32_t size, off;
		int ret;
		uint32_t reason;
	} bad[] = {
		{ CVMM_ARM64_PSCI_VERSION, 8, 0, -EXDEV, CVMM_REASON_NOT_VCPU_OWNED },
		{ CVMM_ARM64_SYS(3, 7, 15, 15, 7), 8, 0, -EXDEV, CVMM_REASON_NOT_VCPU_OWNED },
		{ UINT64_C(0x6030000000170000), 8, 0, -EXDEV, CVMM_REASON_NOT_VCPU_OWNED },
		{ CVMM_ARM64_SYS(3, 3, 13, 0, 2), 4, 0, -EINVAL, CVMM_REASON_REG_SIZE },
		{ CVMM_ARM64_SYS(3, 3, 13, 0, 2), 8, COL_MAX, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL },
		{ CVMM_ARM64_SYS(3, 3, 13, 0, 2), 8, UINT32_MAX, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL },
		{ 1, 8, 0, -EINVAL, CVMM_REASON_ID_ORDER },
	};
	struct cvmm_error e = { 0 };
	struct cvmm_vcpu_regs r;
	uint64_t sets, gets;
	uint32_t i;
	int ret;

	sim_vcpus(h, 1, PSCI_0_2, 1);
	make_items(&good, cvmm_profile_variant(&h->profile, PSCI_0_2));
	sets = sim_count(h, CVMM_SIM_COUNT_SET_ONE_REG);
	gets = sim_count(h, CVMM_SIM_COUNT_GET_ONE_REG);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		c = good;
		c.item[c.n - 1] = (struct cvmm_item){ .id = bad[i].id, .size = bad[i].size, .off = bad[i].off };
		/* The list still ascends: what stands above the bad item is left out. */
		while (bad[i].id != 1 && c.n > 1 && c.item[c.n - 2].id >= bad[i].id) {
			c.item[c.n - 2] = c.item[c.n - 1];
			c.n--;
		}
		ret = cvmm_vcpu_regs_init(&r, c.item, c.n, NULL, &e);
		if (ret == 0)
			ret = cvmm_vcpu_regs_capture(h->vcpu[0], &r, c.col, c.len, &e);
		cr_expect_eq(ret, bad[i].ret, "%u: %d", i, ret);
		cr_expect_eq(e.reason, bad[i].reason, "%u: %s", i, cvmm_reason_text(e.reason));
		cr_expect_eq(e.id, bad[i].id, "%u", i);
		if (bad[i].off != COL_MAX)
			continue;
		cr_expect_eq(cvmm_vcpu_regs_restore(h->vcpu[0], &r, c.col, c.len, CVMM_PHASE_STATE, &e), bad[i].ret);
		cr_expect_eq(cvmm_vcpu_regs_verify(h->vcpu[0], &r, c.col, c.len, &e), bad[i].ret);
	}
	cr_expect_eq(sim_count(h, CVMM_SIM_COUNT_SET_ONE_REG), sets);
	cr_expect_eq(sim_count(h, CVMM_SIM_COUNT_GET_ONE_REG), gets);
	sim_free(h);
}

/* A list has room for every register that a catalogue knows, so that only a wrong one can be too long. */
Test(column, every_list_fits)
{
	const uint32_t arch[] = { CVMM_ARCH_ARM64, CVMM_ARCH_X86_64, CVMM_ARCH_RISCV64 };
	uint32_t i, k, n;

	for (i = 0; i < 3; i++) {
		const struct cvmm_row *row = cvmm_vcpu_reg_rows(arch[i], &n);
		uint32_t ids = 0;

		for (k = 0; k < n; k++)
			ids += row[k].count;
		cr_expect_gt(ids, 0u);
		cr_expect_leq(ids, CVMM_VCPU_REGS_MAX, "%u", ids);
	}
}

Test(column, equal_to_the_guest)
{
	const struct cvmm_vcpu_reg events = { CVMM_ARM64_VCPU_EVENTS }, ctl = { CVMM_ARM64_TIMER_CTL };
	const struct cvmm_vcpu_reg set = { CVMM_ARM64_SYS(3, 3, 9, 12, 1) };
	uint8_t x[64] = { 0 }, y[64] = { 0 };

	y[1] = 1;
	cr_expect(cvmm_vcpu_reg_equal(events, x, y, 0), "nothing waits on either");
	y[0] = 1;
	cr_expect(!cvmm_vcpu_reg_equal(events, x, y, 0));
	x[0] = x[1] = 1;
	cr_expect(cvmm_vcpu_reg_equal(events, x, y, 0));
	x[9] = 1;
	cr_expect(!cvmm_vcpu_reg_equal(events, x, y, 0), "another syndrome");
	cr_expect(cvmm_vcpu_reg_equal(ctl, "\x01\0\0\0\0\0\0", "\x05\0\0\0\0\0\0", 0));
	cr_expect(!cvmm_vcpu_reg_equal(ctl, "\x01\0\0\0\0\0\0", "\x03\0\0\0\0\0\0", 0));
	cr_expect(cvmm_vcpu_reg_equal(set, "\x01\0\0\0\0\0\0", "\x41\0\0\0\0\0\0", 6 << 11));
	cr_expect(!cvmm_vcpu_reg_equal(set, "\x01\0\0\0\0\0\0", "\x41\0\0\0\0\0\0", 7 << 11));
	cr_expect(!cvmm_vcpu_reg_equal((struct cvmm_vcpu_reg){ CVMM_ARM64_PSCI_VERSION }, x, x, 0));
}

Test(column, wrong_scope_and_size)
{
	struct sim_host *h = sim_host("6.18.15-neoverse-n1", 0, 1);
	struct cvmm_error e = { 0 };
	uint64_t v = 5;

	sim_vcpus(h, 1, PSCI_0_2, 1);
	cr_expect_eq(
		cvmm_vcpu_reg_set(h->vcpu[0], (struct cvmm_vcpu_reg){ CVMM_ARM64_PSCI_VERSION }, &v, 8, &e), -EXDEV);
	cr_expect_eq(e.reason, CVMM_REASON_NOT_VCPU_OWNED);
	cr_expect_eq(cvmm_vcpu_reg_get(h->vcpu[0], (struct cvmm_vcpu_reg){ CVMM_ARM64_MPIDR_EL1 }, &v, 4, &e), -EINVAL);
	cr_expect_eq(e.reason, CVMM_REASON_REG_SIZE);
	cr_expect_eq(v, 5u);
	cr_expect_eq(
		cvmm_vcpu_reg_get(h->vcpu[0], (struct cvmm_vcpu_reg){ CVMM_ARM64_VCPU_EVENTS }, &v, 8, &e), -EINVAL);
	cr_expect_eq(
		cvmm_vcpu_reg_set(h->vcpu[0], (struct cvmm_vcpu_reg){ CVMM_ARM64_VCPU_MP_STATE }, "\x63\0\0\0", 4, &e),
		-EINVAL);
	cr_expect_eq(e.id, CVMM_ARM64_VCPU_MP_STATE);
	sim_free(h);
}
