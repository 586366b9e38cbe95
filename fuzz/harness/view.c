/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Target functions: cvmm_view_check cvmm_view_extras cvmm_snapshot_write cvmm_snapshot_read cvmm_plan_make
 *
 * Views that no reader made: a VMM fills them in by itself. What the check accepts can be written, reads back as the same
 * bytes, and gets a plan; what it refuses, the writer and the plan refuse too, for the same reason. */
#include <errno.h>
#include <string.h>

#include "../check.h"
#include "../input.h"
#include "../rig.h"

#include "snap.h"

static struct snap_sample s;
static char name[CVMM_SNAPSHOT_NAME_MAX + 2];

/* Numbers of entries: as many as there are, fewer, or more than is allowed at all; nothing in between is memory. */
static uint32_t count(uint64_t x, uint32_t have, uint32_t limit)
{
	return x % (have + 2) == have + 1 ? limit + 1 : (uint32_t)(x % (have + 2));
}

static void spoil_items(struct cvmm_regset *set, struct cvmm_item *item, uint32_t have, uint32_t field, uint64_t x)
{
	uint32_t i = (uint32_t)(x >> 56) % have;

	switch (field) {
	case 0: set->n = count(x, have, CVMM_SNAPSHOT_REGS_MAX); break;
	case 1: item[i].id = x & 1 ? item[(i + 1) % have].id + (x >> 1 & 0xff) : x; break;
	case 2: item[i].id ^= UINT64_C(1) << (x & 63); break;
	case 3: item[i].size = (uint32_t)x & 0x1ffff; break;
	case 4: item[i].off = (uint32_t)x & 0x7ff; break;
	case 5: /* the VM's column is as long as it says; those of a shape may be refused for their length */
		if (set != &s.view.vm)
			set->stride = x & 1 ? CVMM_SNAPSHOT_BYTES_MAX + 1 : sizeof(s.col[0][0]);
		break;
	default: set->ncols = (uint32_t)x & 3;
	}
}

static void spoil_lists(uint32_t what, uint64_t x)
{
	uint32_t i = (uint32_t)(x >> 56);

	switch (what) {
	case 0: s.view.ncaps = count(x, 4, CVMM_SNAPSHOT_CAPS_MAX); break;
	case 1: s.cap[i % 4].id = x & 1 ? x : x >> 40; break;
	case 2: s.view.nseen = count(x, 2, CVMM_SNAPSHOT_REGS_MAX); break;
	case 3: s.seen[i % 2].id = x & 1 ? s.vm[i % 8].id : x & 2 ? s.item[0][i % 48].id : s.seen[0].id ^ x >> 2; break;
	case 4: s.view.nslots = count(x, 3, CVMM_SNAPSHOT_SLOTS_MAX); break;
	case 5: s.slot[i % 3].slot = (uint32_t)x; break;
	case 6: s.slot[i % 3].flags = (uint32_t)x & 15; break;
	case 7: s.slot[i % 3].gpa = x & 1 ? x : x << 12; break;
	case 8: s.slot[i % 3].bytes = x & 1 ? x : x << 12; break;
	case 9: s.view.nextra = count(x, 2, CVMM_SNAPSHOT_SECTIONS_MAX); break;
	case 10: s.extra[i % 2].type = (uint32_t)x; break;
	case 11: s.extra[i % 2].critical = (uint8_t)(x & 3); break;
	case 12: s.extra[i % 2].zero = (uint8_t)(x & 1); break;
	case 13: s.extra[i % 2].bytes = x & 1 ? (size_t)CVMM_SNAPSHOT_BYTES_MAX + 1 : 0; break;
	case 14: s.view.clock.policy = (uint32_t)x & 3; break;
	default: s.view.clock.saved_ns = x; s.view.clock.zero = (x & 0xff) == 1;
	}
}

static void spoil_rest(uint32_t what, uint64_t x)
{
	static const uint32_t archs[] = { CVMM_ARCH_ARM64, CVMM_ARCH_X86_64, CVMM_ARCH_RISCV64, 0 };
	uint32_t i = (uint32_t)(x >> 56) % 4;

	switch (what) {
	case 0: s.view.arch = archs[x & 3]; break;
	case 1: s.view.nvcpus = count(x, 4, CVMM_VCPUS_MAX); break;
	case 2: s.view.kernel = x & 1 ? NULL : name; break;
	case 3: name[x % (sizeof(name) - 1)] = (char)(x >> 8); break;
	case 4: s.view.nshapes = count(x, 2, CVMM_SNAPSHOT_SHAPES_MAX); break;
	case 5: s.shape[i & 1].features = x & 0xff; break;
	case 6: s.vcpu[i].id = (uint32_t)x & 0x1ffff; break;
	case 7: s.vcpu[i].shape = (uint32_t)x & 3; break;
	case 8: s.vcpu[i].col = (uint32_t)x & 3; break;
	case 9: s.id[i & 1][x % 3] = (uint32_t)(x >> 8) & 0x1ffff; break;
	case 10:
		s.shape[1] = s.shape[0];
		s.shape[1].regs.n -= x & 1;
		break;
	default: s.item[1][x % 48].id = s.vm[i].id;
	}
}

static void spoil(struct fuzz_input *in)
{
	uint32_t what = (uint32_t)fuzz_take(in, 1), k = what >> 7;
	uint64_t x = fuzz_take(in, 8);

	switch (what % 4) {
	case 0: spoil_items(&s.view.vm, s.vm, 8, what / 4 % 7, x); break;
	case 1: spoil_items(&s.shape[k].regs, s.item[k], 48, what / 4 % 7, x); break;
	case 2: spoil_lists(what / 4 % 16, x); break;
	default: spoil_rest(what / 4 % 12, x);
	}
}

static void accepted(const struct cvmm_view *v)
{
	static uint8_t out[1 << 18], again[1 << 18];
	size_t len = 0, second = 0;
	struct cvmm_view back;
	struct cvmm_error e;
	int err = cvmm_snapshot_write(v, CVMM_FORMAT_1_1, out, sizeof(out), &len, &e);

	if (err == -E2BIG)
		return;
	FUZZ_CHECK(!err, "accepted, and not written: reason %s, section %u", cvmm_reason_name(e.reason), e.section);
	FUZZ_CHECK(!rig_read(out, len, &back, &e), "written, and not read: reason %s", cvmm_reason_name(e.reason));
	FUZZ_CHECK(!cvmm_snapshot_write(&back, CVMM_FORMAT_1_1, again, sizeof(again), &second, &e) && second == len &&
			   !memcmp(out, again, len),
		"read and written again: other bytes");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[1 << 18];
	struct fuzz_input in = { data, size };
	const struct fuzz_host *h = fuzz_profile(fuzz_any((uint32_t)fuzz_take(&in, 1)));
	struct cvmm_error e, e2;
	struct cvmm_plan p;
	uint32_t type, times;
	size_t len;
	int err;

	(void)snap_rich(&s);
	memset(name, 'k', sizeof(name) - 1);
	name[8] = 0;
	type = s.extra[1].type;
	for (times = 0; in.left && times < 16; times++)
		spoil(&in);
	err = cvmm_view_check(&s.view, &e);
	if (err) {
		FUZZ_CHECK(
			cvmm_view_check(&s.view, NULL) == err, "whoever does not want the reason gets another result");
		FUZZ_CHECK(cvmm_snapshot_write(&s.view, CVMM_FORMAT_1_1, out, sizeof(out), &len, &e2) == err &&
				   e.reason == e2.reason,
			"check: %s, writer: %s", cvmm_reason_name(e.reason), cvmm_reason_name(e2.reason));
		FUZZ_CHECK(cvmm_plan_moves(&s.view, NULL, 0, NULL, NULL, NULL, 0, &e2) == err && e.reason == e2.reason,
			"check: %s, moves: %s", cvmm_reason_name(e.reason), cvmm_reason_name(e2.reason));
		FUZZ_CHECK(rig_plan(&s.view, h, NULL, &p, &e2) == err && e.reason == e2.reason, "check: %s, plan: %s",
			cvmm_reason_name(e.reason), cvmm_reason_name(e2.reason));
		return 0;
	}
	err = cvmm_view_extras(&s.view, &type, size & 1, &e);
	FUZZ_CHECK(!err || (err == -EPROTONOSUPPORT && e.reason == CVMM_REASON_SECTION_UNKNOWN), "extras: %d %s", err,
		cvmm_reason_name(e.reason));
	accepted(&s.view);
	if (!rig_plan(&s.view, h, NULL, &p, &e) && s.view.arch != h->profile.arch)
		FUZZ_CHECK(p.nrefused, "architecture %x accepted", s.view.arch);
	return 0;
}
