/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The snapshot format: what is written is read, and written again it is the same bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "collect.h"
#include "snap.h"

#define FORMATS 2
static const uint32_t formats[FORMATS] = { CVMM_FORMAT_1_0, CVMM_FORMAT_1_1 };

static struct snap_sample sample;
static uint8_t file[1 << 16], again[1 << 16];
static _Alignas(16) uint8_t store[1 << 17];

static size_t write_view(const struct cvmm_view *v, uint32_t format, uint8_t *buf, size_t cap)
{
	struct cvmm_error e;
	size_t len = 0, size = 0;

	cr_assert_eq(cvmm_snapshot_size(v, format, &size, &e), 0, "%s", cvmm_reason_name(e.reason));
	cr_assert_eq(cvmm_snapshot_write(v, format, buf, cap, &len, &e), 0, "%s", cvmm_reason_name(e.reason));
	cr_assert_eq(len, size);
	return len;
}

/* Reads from a copy of exactly @len bytes into storage of exactly the needed size, so that a sanitizer sees a step beyond. */
static struct cvmm_view read_view(const uint8_t *buf, size_t len)
{
	struct cvmm_view v;
	struct cvmm_error e;
	size_t need = 0;

	cr_assert_eq(cvmm_snapshot_need(buf, len, &need, &e), 0, "%s", cvmm_reason_name(e.reason));
	cr_assert_leq(need, sizeof(store));
	cr_assert_eq(cvmm_snapshot_read(buf, len, store, need, &v, &e), 0, "%s", cvmm_reason_name(e.reason));
	return v;
}

static const struct cvmm_view *sample_of(int rich)
{
	return rich ? snap_rich(&sample) : snap_small(&sample);
}

Test(format, writes_the_same_bytes_for_what_it_reads)
{
	int i;

	for (i = 0; i < 2 * FORMATS; i++) {
		size_t len = write_view(sample_of(i & 1), formats[i / 2], file, sizeof(file));
		struct cvmm_view v = read_view(file, len);

		cr_assert_eq(v.format, formats[i / 2]);
		cr_assert_eq(write_view(&v, formats[i / 2], again, sizeof(again)), len);
		cr_assert_arr_eq(file, again, len);
	}
}

Test(format, carries_everything)
{
	int i;

	for (i = 0; i < FORMATS; i++) {
		const struct cvmm_view *in = snap_rich(&sample);
		struct cvmm_view v = read_view(file, write_view(in, formats[i], file, sizeof(file)));
		uint32_t k, n;

		cr_assert_str_eq(v.kernel, "6.1.192");
		cr_assert_str_eq(v.writer, "c-vmm test");
		cr_assert_eq(v.arch, (uint32_t)CVMM_ARCH_ARM64);
		cr_assert_eq(v.ncaps, 3);
		cr_assert_arr_eq(v.cap, in->cap, 3 * sizeof(*v.cap));
		cr_assert_eq(v.nseen, 1);
		cr_assert_arr_eq(v.seen, in->seen, sizeof(*v.seen));
		cr_assert_eq(v.vm.n, 4);
		cr_assert_arr_eq(v.vm.item, in->vm.item, 4 * sizeof(*v.vm.item));
		cr_assert_arr_eq(v.vm.col, in->vm.col, v.vm.stride);
		cr_assert_eq(v.nshapes, 2);
		cr_assert_eq(v.nvcpus, 4);
		for (k = 0; k < 4; k++) {
			const struct cvmm_shape *a = &in->shape[in->vcpu[k].shape], *b = &v.shape[v.vcpu[k].shape];

			cr_assert_eq(v.vcpu[k].id, in->vcpu[k].id);
			cr_assert_eq(v.vcpu[k].shape, in->vcpu[k].shape);
			cr_assert_eq(a->features, b->features);
			cr_assert_eq(b->vcpu_id[v.vcpu[k].col], v.vcpu[k].id);
			cr_assert_eq(a->regs.n, b->regs.n);
			for (n = 0; n < a->regs.n; n++) {
				cr_assert_eq(a->regs.item[n].id, b->regs.item[n].id);
				cr_assert_arr_eq(cvmm_regset_value(&a->regs, n, in->vcpu[k].col),
					cvmm_regset_value(&b->regs, n, v.vcpu[k].col), a->regs.item[n].size);
			}
		}
		cr_assert_eq(v.nslots, 3);
		cr_assert_arr_eq(v.slot, in->slot, 3 * sizeof(*v.slot));
		cr_assert_eq(v.nextra, 2);
		cr_assert_eq(v.extra[0].version, 3);
		cr_assert_arr_eq(v.extra[0].data, "console", 7);
		cr_assert_eq(v.extra[1].critical, 1);
		cr_assert_eq(v.extra[1].bytes, 0);
	}
}

Test(format, columns_of_1_0_are_used_where_they_lie)
{
	size_t len = write_view(snap_rich(&sample), CVMM_FORMAT_1_0, file, sizeof(file));
	struct cvmm_view v = read_view(file, len);

	cr_assert_eq(v.shape[0].regs.col, file + snap_section(file, len, 6));
	cr_assert_eq(v.vm.col, file + snap_section(file, len, 3) + 8 + 16 * v.vm.n);
}

/* Items in any place of a column, columns in any order: the same state, so the same bytes. */
Test(format, layout_in_memory_does_not_matter)
{
	static uint8_t loose[4096];
	static struct cvmm_item item[48];
	static const uint32_t id[3] = { 1, 0, 2 };
	int i;

	for (i = 0; i < FORMATS; i++) {
		size_t len = write_view(snap_rich(&sample), formats[i], file, sizeof(file));
		const struct cvmm_regset *from = &sample.shape[0].regs;
		struct cvmm_regset to = *from;
		uint32_t k, n, off = 1000;

		memset(loose, 0xa5, sizeof(loose));
		to.item = item;
		to.col = loose;
		to.stride = 1001;
		for (n = 0; n < from->n; n++) {
			item[n] = from->item[n];
			off -= item[n].size + n % 2;
			item[n].off = off;
			for (k = 0; k < 3; k++)
				memcpy(loose + (k + 1) % 3 * to.stride + off, cvmm_regset_value(from, n, k),
					item[n].size);
		}
		memcpy(sample.id[0], id, sizeof(id));
		for (k = 0; k < 4; k++)
			if (!sample.vcpu[k].shape)
				sample.vcpu[k].col = (sample.vcpu[k].col + 1) % 3;
		sample.shape[0].regs = to;
		cr_assert_eq(write_view(&sample.view, formats[i], again, sizeof(again)), len);
		cr_assert_arr_eq(file, again, len);
	}
}

Test(format, the_header_alone_tells)
{
	struct cvmm_snapshot_info info;
	struct cvmm_error e;
	size_t len = write_view(snap_rich(&sample), CVMM_FORMAT_1_0, file, sizeof(file));

	cr_assert_eq(cvmm_snapshot_peek(file, SNAP_HEADER, &info, &e), 0);
	cr_assert_eq(info.format, CVMM_FORMAT_1_0);
	cr_assert_eq(info.arch, (uint32_t)CVMM_ARCH_ARM64);
	cr_assert_eq(info.bytes, len);
	cr_assert_eq(info.vcpus, 4);
	cr_assert_str_eq(info.kernel, "6.1.192");
	cr_assert_str_eq(info.writer, "c-vmm test");
	/* A version that does not exist yet: peek tells it, read refuses it. */
	snap_put(file + 8, 2, 7);
	file[48] = 0x1b;
	snap_repair(file, len);
	memset(file + SNAP_HEADER, 0xff, len - SNAP_HEADER);
	cr_assert_eq(cvmm_snapshot_peek(file, len, &info, &e), 0);
	cr_assert_eq(info.format, UINT32_C(0x70000));
	cr_assert_str_eq(info.kernel, "?.1.192");
	cr_assert_eq(cvmm_snapshot_need(file, len, &len, &e), -EPROTONOSUPPORT);
	cr_assert_eq(e.reason, CVMM_REASON_FORMAT_VERSION);
	cr_assert_eq(e.other, 0x70000);
}

Test(format, storage_is_needed_exactly)
{
	struct cvmm_view v, before;
	struct cvmm_error e;
	int i;

	for (i = 0; i < FORMATS; i++) {
		size_t len = write_view(snap_rich(&sample), formats[i], file, sizeof(file)), need = 0, wrote = 7;

		cr_assert_eq(cvmm_snapshot_need(file, len, &need, &e), 0);
		memset(&v, 0x5a, sizeof(v));
		memset(&before, 0x5a, sizeof(before));
		cr_assert_eq(cvmm_snapshot_read(file, len, store, need - 1, &v, &e), -E2BIG);
		cr_assert_eq(e.reason, CVMM_REASON_BUFFER_TOO_SMALL);
		cr_assert_eq(e.other, need);
		cr_assert_arr_eq(&v, &before, sizeof(v));
		cr_assert_eq(cvmm_snapshot_read(file, len, store + 8, need, &v, &e), -EINVAL);
		memset(store, 0xa5, sizeof(store));
		cr_assert_eq(cvmm_snapshot_read(file, len, store, need, &v, &e), 0);
		cr_assert_eq(store[need], 0xa5);
		cr_assert_eq(cvmm_snapshot_write(&v, formats[i], again, len - 1, &wrote, &e), -E2BIG);
		cr_assert_eq(wrote, len);
		cr_assert_eq(e.other, len);
	}
}

/* What KVM left in gaps of a caller's columns never reaches a file. */
Test(format, nothing_but_values_is_written)
{
	static uint8_t col[64];
	static const struct cvmm_item item[2] = { { UINT64_C(0x60200000001000d4), 4, 8 },
		{ UINT64_C(0x6030000000100040), 8, 32 } };
	size_t len, i;

	memset(col, 0xa5, sizeof(col));
	memset(col + 8, 1, 4);
	memset(col + 32, 2, 8);
	(void)snap_small(&sample);
	sample.shape[0].regs = (struct cvmm_regset){ item, col, 2, 1, 64, 0 };
	len = write_view(&sample.view, CVMM_FORMAT_1_0, file, sizeof(file));
	for (i = snap_section(file, len, 4); i < len; i++)
		cr_assert_neq(file[i], 0xa5);
}

Test(format, the_stream_is_the_same_bytes)
{
	struct cvmm_error e;
	int i;

	for (i = 0; i < FORMATS; i++) {
		const struct cvmm_view *v = snap_rich(&sample);
		struct collected c = { again, 0, SIZE_MAX };
		size_t len = write_view(v, formats[i], file, sizeof(file)), streamed = 0, calls, k;

		cr_assert_eq(cvmm_snapshot_stream(v, formats[i], collect, &c, &streamed, &e), 0);
		cr_assert_eq(streamed, len);
		cr_assert_eq((size_t)(c.at - again), len);
		cr_assert_arr_eq(file, again, len);
		for (calls = c.calls, k = 0; k < calls; k++) {
			c = (struct collected){ again, 0, k };
			cr_assert_eq(cvmm_snapshot_stream(v, formats[i], collect, &c, &streamed, &e), -EDQUOT);
			cr_assert_eq(c.calls, k + 1);
		}
		/* A view that is not valid never reaches the sink. */
		sample.vcpu[1].id = 0;
		c = (struct collected){ again, 0, 0 };
		cr_assert_eq(cvmm_snapshot_stream(v, formats[i], collect, &c, &streamed, &e), -EINVAL);
		cr_assert_eq(c.calls, 0);
	}
}

/* A further vCPU in reset state: at most its raw bytes in 1.0, at most half of them in 1.1. */
Test(format, a_further_vcpu_costs_little)
{
	static uint8_t col[8 * 1024];
	static struct cvmm_vcpu_ref ref[8];
	static uint32_t id[8];
	size_t len[2][2];
	int i, n;

	for (i = 0; i < FORMATS; i++) {
		for (n = 0; n < 2; n++) {
			uint32_t k, stride;

			(void)snap_rich(&sample);
			stride = sample.shape[0].regs.stride;
			for (k = 0; k < 7 + (uint32_t)n; k++) {
				memcpy(col + k * stride, sample.col[0][0] + (k ? stride : 0), stride);
				col[k * stride + sample.item[0][35].off] = (uint8_t)k;
				id[k] = k;
				ref[k] = (struct cvmm_vcpu_ref){ k, 0, k };
			}
			sample.shape[0].regs.col = col;
			sample.shape[0].regs.ncols = k;
			sample.shape[0].vcpu_id = id;
			sample.view.nshapes = 1;
			sample.view.vcpu = ref;
			sample.view.nvcpus = k;
			len[i][n] = write_view(&sample.view, formats[i], file, sizeof(file));
		}
	}
	cr_assert_leq((len[0][1] - len[0][0]) * 100, 105 * sample.shape[0].regs.stride);
	cr_assert_leq((len[1][1] - len[1][0]) * 2, sample.shape[0].regs.stride);
}

Test(format, an_older_reader_loses_what_is_listed_or_gets_nothing)
{
	const struct cvmm_view *v = snap_rich(&sample);
	struct cvmm_loss loss[4];
	struct cvmm_error e;
	size_t plain = write_view(v, CVMM_FORMAT_1_0, file, sizeof(file)), len;
	uint32_t n = 9;

	cr_assert_eq(cvmm_snapshot_losses(v, CVMM_FORMAT_1_0, NULL, 0, &n, &e), 0);
	cr_assert_eq(n, 0);
	sample.view.clock.policy = CVMM_CLOCK_STOP;
	sample.view.clock.saved_ns = 5;
	cr_assert_eq(cvmm_snapshot_losses(v, CVMM_FORMAT_1_1, NULL, 0, &n, &e), 0);
	cr_assert_eq(n, 0);
	cr_assert_eq(cvmm_snapshot_losses(v, CVMM_FORMAT_1_0, NULL, 0, &n, &e), -E2BIG);
	cr_assert_eq(n, 1);
	cr_assert_eq(cvmm_snapshot_losses(v, CVMM_FORMAT_1_0, loss, 4, &n, &e), 0);
	cr_assert_eq(loss[0].section, 9);
	cr_assert_eq(loss[0].critical, 0);
	len = write_view(v, CVMM_FORMAT_1_0, again, sizeof(again));
	cr_assert_eq(len, plain);
	cr_assert_arr_eq(file, again, len);
	sample.view.clock.policy = CVMM_CLOCK_CONTINUE;
	cr_assert_eq(cvmm_snapshot_losses(v, CVMM_FORMAT_1_0, loss, 4, &n, &e), 0);
	cr_assert_eq(loss[0].critical, 1);
	cr_assert_eq(cvmm_snapshot_size(v, CVMM_FORMAT_1_0, &len, &e), -EPROTONOSUPPORT);
	cr_assert_eq(e.reason, CVMM_REASON_FORMAT_LOSS);
	cr_assert_eq(e.section, 9);
	len = write_view(v, CVMM_FORMAT_1_1, file, sizeof(file));
	cr_assert_eq(read_view(file, len).clock.policy, CVMM_CLOCK_CONTINUE);
	cr_assert_eq(cvmm_snapshot_size(v, 0x10002, &len, &e), -EPROTONOSUPPORT);
	cr_assert_eq(e.reason, CVMM_REASON_FORMAT_VERSION);
}

Test(format, the_embedder_says_which_sections_it_knows)
{
	static const uint32_t mine[1] = { UINT32_C(0xfffffffe) };
	struct cvmm_view v = read_view(file, write_view(snap_rich(&sample), CVMM_FORMAT_1_0, file, sizeof(file)));
	struct cvmm_error e;

	cr_assert_eq(cvmm_view_extras(&v, mine, 1, &e), 0);
	cr_assert_eq(cvmm_view_extras(&v, NULL, 0, &e), -EPROTONOSUPPORT);
	cr_assert_eq(e.reason, CVMM_REASON_SECTION_UNKNOWN);
	cr_assert_eq(e.section, mine[0]);
}
