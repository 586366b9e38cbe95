/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "snap.h"

#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

uint64_t snap_get(const uint8_t *p, unsigned int width)
{
	return cvmm_load_le(p, width);
}

void snap_put(uint8_t *p, unsigned int width, uint64_t v)
{
	cvmm_store_le(p, width, v);
}

size_t snap_split(const uint8_t *buf, size_t len, struct snap_part *part, size_t max)
{
	size_t n = len < SNAP_HEADER ? 0 : (size_t)snap_get(buf + 36, 4), i;

	if (n > max)
		n = max;
	for (i = 0; i < n && SNAP_HEADER + (i + 1) * SNAP_ENTRY <= len; i++) {
		const uint8_t *t = buf + SNAP_HEADER + i * SNAP_ENTRY;
		uint64_t offset = snap_get(t + 8, 8), bytes = snap_get(t + 16, 8);

		if (offset > len)
			offset = len;
		if (bytes > len - offset)
			bytes = len - offset;
		part[i].type = (uint32_t)snap_get(t, 4);
		part[i].version = (uint16_t)snap_get(t + 4, 2);
		part[i].flags = (uint16_t)snap_get(t + 6, 2);
		part[i].data = buf + offset;
		part[i].bytes = (size_t)bytes;
	}
	return i;
}

size_t snap_join(const uint8_t *header, const struct snap_part *part, size_t n, uint8_t *out, size_t cap)
{
	size_t at = SNAP_HEADER + n * SNAP_ENTRY, i;

	if (at > cap)
		return 0;
	memcpy(out, header, SNAP_HEADER);
	for (i = 0; i < n; i++) {
		uint8_t *t = out + SNAP_HEADER + i * SNAP_ENTRY;
		size_t padded = (part[i].bytes + 15) / 16 * 16;

		if (padded > cap - at)
			return 0;
		memset(out + at, 0, padded);
		if (part[i].bytes)
			memcpy(out + at, part[i].data, part[i].bytes);
		memset(t, 0, SNAP_ENTRY);
		snap_put(t, 4, part[i].type);
		snap_put(t + 4, 2, part[i].version);
		snap_put(t + 6, 2, part[i].flags);
		snap_put(t + 8, 8, at);
		snap_put(t + 16, 8, part[i].bytes);
		at += padded;
	}
	snap_put(out + 24, 8, at);
	snap_put(out + 32, 4, SNAP_HEADER);
	snap_put(out + 36, 4, n);
	snap_repair(out, at);
	return at;
}

void snap_repair(uint8_t *buf, size_t len)
{
	uint64_t n, i;

	if (len < SNAP_HEADER)
		return;
	n = snap_get(buf + 36, 4);
	for (i = 0; i < n && SNAP_HEADER + (i + 1) * SNAP_ENTRY <= len; i++) {
		uint8_t *t = buf + SNAP_HEADER + i * SNAP_ENTRY;
		uint64_t offset = snap_get(t + 8, 8), bytes = snap_get(t + 16, 8);

		if (offset > len || bytes > len - offset)
			continue;
		bytes = (bytes + 15) / 16 * 16;
		if (bytes <= len - offset)
			snap_put(t + 24, 4, cvmm_crc32c(0, buf + offset, (size_t)bytes));
	}
	if (n <= (len - SNAP_HEADER) / SNAP_ENTRY)
		snap_put(buf + 40, 4, cvmm_crc32c(0, buf + SNAP_HEADER, (size_t)n * SNAP_ENTRY));
	snap_put(buf + 188, 4, cvmm_crc32c(0, buf, 188));
}

size_t snap_entry(const uint8_t *buf, size_t len, uint32_t type)
{
	uint64_t n = len < SNAP_HEADER ? 0 : snap_get(buf + 36, 4), i;

	for (i = 0; i < n && SNAP_HEADER + (i + 1) * SNAP_ENTRY <= len; i++)
		if (snap_get(buf + SNAP_HEADER + i * SNAP_ENTRY, 4) == type)
			return SNAP_HEADER + (size_t)i * SNAP_ENTRY;
	return 0;
}

size_t snap_section(const uint8_t *buf, size_t len, uint32_t type)
{
	size_t t = snap_entry(buf, len, type);

	return t ? (size_t)snap_get(buf + t + 8, 8) : 0;
}

/* Lay @n ids out as items, packed; return the stride. */
static uint32_t lay(struct cvmm_item *item, const uint64_t *id, uint32_t n)
{
	uint32_t i, off = 0;

	for (i = 0; i < n; i++) {
		item[i].id = id[i];
		item[i].size = cvmm_reg_is_block(id[i]) ? 100 : cvmm_reg_bytes(id[i]);
		item[i].off = off;
		off += item[i].size;
	}
	return off;
}

const struct cvmm_view *snap_small(struct snap_sample *s)
{
	static const uint64_t pc[] = { UINT64_C(0x6030000000100040) };

	memset(s, 0, sizeof(*s));
	s->shape[0].regs.stride = lay(s->item[0], pc, 1);
	s->shape[0].regs.item = s->item[0];
	s->shape[0].regs.n = 1;
	s->shape[0].regs.ncols = 1;
	s->shape[0].regs.col = s->col[0][0];
	s->shape[0].vcpu_id = s->id[0];
	s->col[0][0][1] = 0x80;
	s->view.arch = CVMM_ARCH_ARM64;
	s->view.kernel = "";
	s->view.writer = "";
	s->view.shape = s->shape;
	s->view.nshapes = 1;
	s->view.vcpu = s->vcpu;
	s->view.nvcpus = 1;
	return &s->view;
}

static void rich_vm(struct snap_sample *s)
{
	static const uint64_t id[] = {
		CVMM_ARM64_PSCI_VERSION,
		CVMM_ARM64_STD_BMAP,
		CVMM_ARM64_PROPERTY(1),
		CVMM_ARM64_PROPERTY(10),
	};

	s->view.vm.stride = lay(s->vm, id, 4);
	s->view.vm.item = s->vm;
	s->view.vm.n = 4;
	s->view.vm.ncols = 1;
	s->view.vm.col = s->vm_col;
	snap_put(s->vm_col, 8, 0x10001);
	snap_put(s->vm_col + 8, 8, 1);
	snap_put(s->vm_col + 16, 8, 0xc);
	snap_put(s->vm_col + 24, 8, 0x43b);
	s->cap[0].id = 9;
	s->cap[0].value = 1;
	s->cap[1].id = 70;
	s->cap[1].value = 1;
	s->cap[2].id = 171;
	s->cap[2].value = 48;
	s->view.cap = s->cap;
	s->view.ncaps = 3;
	s->seen[0].id = CVMM_ARM64_CTR_EL0;
	s->seen[0].value = 0x8444c004;
	s->view.seen = s->seen;
	s->view.nseen = 1;
}

/* 32 core registers, FP control, vectors, identity, an unknown register, events; the second shape has a block too. */
static void rich_shapes(struct snap_sample *s)
{
	uint64_t id[48];
	uint32_t n = 0, i, k;

	id[n++] = UINT64_C(0x60200000001000d4);
	id[n++] = CVMM_ARM64_VCPU_MP_STATE;
	for (i = 0; i < 33; i++)
		id[n++] = UINT64_C(0x6030000000100000) + 2 * i;
	id[n++] = CVMM_ARM64_MPIDR_EL1;
	id[n++] = CVMM_ARM64_SYS(3, 7, 15, 15, 7);
	for (i = 0; i < 2; i++)
		id[n++] = UINT64_C(0x6040000000100054) + 4 * i;
	id[n++] = CVMM_ARM64_VCPU_EVENTS;
	id[n] = UINT64_C(0x60f0000200000009);
	for (k = 0; k < 2; k++) {
		struct cvmm_shape *p = &s->shape[k];

		p->features = 4 + 8 * k;
		p->regs.n = n + k;
		p->regs.stride = lay(s->item[k], id, n + k);
		p->regs.item = s->item[k];
		p->regs.col = s->col[k][0];
		p->vcpu_id = s->id[k];
	}
	s->shape[0].regs.ncols = 3;
	s->shape[1].regs.ncols = 1;
	s->view.shape = s->shape;
	s->view.nshapes = 2;
}

static void rich_vcpus(struct snap_sample *s)
{
	static const struct cvmm_vcpu_ref vcpu[4] = { { 0, 0, 0 }, { 5, 1, 0 }, { 2, 0, 1 }, { 1, 0, 2 } };
	uint32_t i, k;

	memcpy(s->vcpu, vcpu, sizeof(vcpu));
	s->view.vcpu = s->vcpu;
	s->view.nvcpus = 4;
	for (i = 0; i < 4; i++) {
		const struct cvmm_shape *p = &s->shape[vcpu[i].shape];
		uint8_t *col = &s->col[0][0][0] + (p->regs.col - &s->col[0][0][0]) + vcpu[i].col * p->regs.stride;

		s->id[vcpu[i].shape][vcpu[i].col] = vcpu[i].id;
		snap_put(col + p->regs.item[35].off, 8, UINT64_C(0x80000000) | vcpu[i].id);
		/* vCPU 0 ran, the others are as they were reset. */
		for (k = 0; !i && k < p->regs.stride; k++)
			col[k] = (uint8_t)(col[k] + 7 * k + 1);
		if (i == 1)
			col[p->regs.stride - 1] = 0xee;
	}
}

const struct cvmm_view *snap_rich(struct snap_sample *s)
{
	static const struct cvmm_memslot slot[3] = {
		{ 3, 0, UINT64_C(0x40000000), UINT64_C(0x8000000) },
		{ 0, 2, UINT64_C(0x48000000), UINT64_C(0x1000) },
		{ 0x10001, 1, UINT64_C(0x40000000), UINT64_C(0x10000) },
	};
	static const struct cvmm_extra extra[2] = {
		{ UINT32_C(0x80000001), 3, 0, 0, (const uint8_t *)"console", 7 },
		{ UINT32_C(0xfffffffe), 0, 1, 0, (const uint8_t *)"", 0 },
	};

	memset(s, 0, sizeof(*s));
	rich_vm(s);
	rich_shapes(s);
	rich_vcpus(s);
	memcpy(s->slot, slot, sizeof(slot));
	memcpy(s->extra, extra, sizeof(extra));
	s->view.arch = CVMM_ARCH_ARM64;
	s->view.kernel = "6.1.192";
	s->view.writer = "c-vmm test";
	s->view.slot = s->slot;
	s->view.nslots = 3;
	s->view.extra = s->extra;
	s->view.nextra = 2;
	return &s->view;
}
