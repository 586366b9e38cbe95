/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Target functions: cvmm_snapshot_read cvmm_snapshot_write cvmm_snapshot_stream cvmm_snapshot_size
 *
 * What is accepted is written again as the same bytes. And a machine that is restored from it and saved is, restored and
 * saved again, the same bytes. */
#include <string.h>

#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "../check.h"
#include "../input.h"
#include "../mutator.h"
#include "../rig.h"

#include "snap.h"

const size_t fuzz_prefix = 1;

#define MOST (1u << 20)

static int append(void *arg, const void *p, size_t n)
{
	uint8_t **at = arg;

	memcpy(*at, p, n);
	*at += n;
	return 0;
}

static void same_bytes(const uint8_t *data, size_t size, const struct cvmm_view *v)
{
	static uint8_t out[FUZZ_MAX + 64], piecewise[FUZZ_MAX + 64];
	uint8_t *at = piecewise;
	struct cvmm_error e;
	size_t len = 0, streamed = 0, counted = 0;

	FUZZ_CHECK(!cvmm_snapshot_write(v, v->format, out, sizeof(out), &len, &e), "reason %u", e.reason);
	FUZZ_CHECK(!cvmm_snapshot_size(v, v->format, &counted, &e) && counted == len, "size %zu, %zu", counted, len);
	FUZZ_CHECK(!cvmm_snapshot_stream(v, v->format, append, &at, &streamed, &e) && streamed == len, "stream");
	FUZZ_CHECK(!memcmp(out, piecewise, len), "stream and write differ");
	if (!v->skipped)
		FUZZ_CHECK(len == size && !memcmp(out, data, size), "%zu bytes, %zu written again", size, len);
}

/* Why the last hop was not made. */
static struct cvmm_error why;

/* Restore and save. Return: the length, 0 if the host does not take it. */
static size_t hop(const struct fuzz_host *h, const struct cvmm_view *v, uint8_t *out)
{
	static struct rig r;
	struct cvmm_plan p;
	struct cvmm_view after;
	struct cvmm_error e;
	uint32_t i;
	size_t len = 0;

	memset(&why, 0, sizeof(why));
	if (rig_plan(v, h, NULL, &p, &why) || v->nvcpus > FUZZ_VCPUS)
		return 0;
	for (i = 0; i < p.n; i++) {
		if (p.step[i].verdict == CVMM_VERDICT_REFUSED) {
			why.id = p.step[i].id;
			why.reason = p.step[i].reason;
			return 0;
		}
	}
	if (!rig_restore(&r, h, &h->be, v, &p, &why)) {
		FUZZ_CHECK(!rig_capture(&r, h, &after, &e), "%s: reason %u, id %lx", h->name, e.reason,
			(unsigned long)e.id);
		FUZZ_CHECK(!cvmm_snapshot_write(&after, CVMM_FORMAT_1_0, out, MOST, &len, &e), "reason %u", e.reason);
	}
	rig_close(&r);
	return len;
}

/* Some bits of a register run with time: a timer's status does. */
static int same_value(const struct cvmm_row *row, const uint8_t *x, const uint8_t *y, uint32_t bytes)
{
	if (!row || row->counters || bytes > 8)
		return !memcmp(x, y, bytes);
	return !((cvmm_load_le(x, bytes) ^ cvmm_load_le(y, bytes)) & row->compare);
}

/* Counters run on by themselves; everything else is what it was. */
static void same_machine(const struct fuzz_host *h, const struct cvmm_view *a, const struct cvmm_view *b)
{
	uint32_t i, k;

	FUZZ_CHECK(
		a->vm.n == b->vm.n && a->nshapes == b->nshapes && a->nvcpus == b->nvcpus, "%s: lists differ", h->name);
	for (i = 0; i < a->vm.n; i++) {
		uint64_t id = a->vm.item[i].id, x = cvmm_regset_u64(&a->vm, i, 0), y = cvmm_regset_u64(&b->vm, i, 0);
		const struct cvmm_row *row = cvmm_vm_reg_row(cvmm_vm_reg_from_id(id));

		FUZZ_CHECK(!((x ^ y) & (row ? row->compare : UINT64_MAX)) || row->write == CVMM_WRITE_VOLATILE,
			"%s: %lx was %lx and is %lx", h->name, (unsigned long)id, (unsigned long)x, (unsigned long)y);
	}
	for (k = 0; k < a->nvcpus; k++) {
		const struct cvmm_regset *x = &a->shape[a->vcpu[k].shape].regs, *y = &b->shape[b->vcpu[k].shape].regs;

		FUZZ_CHECK(x->n == y->n && x->stride == y->stride, "%s: vCPU %u: lists differ", h->name, k);
		for (i = 0; i < x->n; i++) {
			const struct cvmm_row *row = cvmm_vcpu_reg_row(cvmm_vcpu_reg_from_id(x->item[i].id));

			FUZZ_CHECK(x->item[i].id == y->item[i].id, "%s: vCPU %u: lists differ", h->name, k);
			if (row && row->write == CVMM_WRITE_VOLATILE)
				continue;
			FUZZ_CHECK(same_value(row, cvmm_regset_value(x, i, a->vcpu[k].col),
					   cvmm_regset_value(y, i, b->vcpu[k].col), x->item[i].size),
				"%s: vCPU %u: %lx was %lx and is %lx", h->name, k, (unsigned long)x->item[i].id,
				(unsigned long)cvmm_regset_u64(x, i, a->vcpu[k].col),
				(unsigned long)cvmm_regset_u64(y, i, b->vcpu[k].col));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t first[MOST], second[MOST];
	static _Alignas(16) uint8_t store[MOST];
	struct cvmm_view v, w;
	struct cvmm_error e;
	size_t a, b;
	uint32_t host;

	if (size < fuzz_prefix || rig_read(data + fuzz_prefix, size - fuzz_prefix, &v, &e))
		return 0;
	same_bytes(data + fuzz_prefix, size - fuzz_prefix, &v);
	host = fuzz_any(data[0]);
	a = hop(fuzz_host(host), &v, first);
	if (!a || rig_read(first, a, &v, &e))
		return 0;
	b = hop(fuzz_host(host), &v, second);
	FUZZ_CHECK(b && !cvmm_snapshot_read(second, b, store, sizeof(store), &w, &e),
		"%s: what was restored and saved is not restored again: %s, id %lx", fuzz_profile(host)->name,
		cvmm_reason_name(why.reason), (unsigned long)why.id);
	same_machine(fuzz_profile(host), &v, &w);
	return 0;
}
