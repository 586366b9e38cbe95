/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* How long an ioctl's argument is, and where the rest of it lies. */
#include "record.h"

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/reg-id.h>

#include <string.h>

#define HEAD	     1u
#define DATA	     2u
#define DIR_IN(req)  ((uint32_t)((req) >> 30 & 1))
#define DIR_OUT(req) ((uint32_t)((req) >> 31 & 1))
#define SIZE(req)    ((uint32_t)((req) >> 16 & 0x3fff))
#define COUNT_MAX    65536u
#define FIRST_PAGE   4096u

/* Arrays after a count: { request, bytes of the count and padding, bytes of one entry, entries come back } */
static const struct {
	uint32_t req;
	uint16_t head, entry;
	uint8_t out;
} arrays[] = {
	{ 0xc008aeb0, 8, 8, 1 },  /* KVM_GET_REG_LIST */
	{ 0xc008ae88, 8, 16, 1 }, /* KVM_GET_MSRS */
	{ 0x4008ae89, 8, 16, 0 }, /* KVM_SET_MSRS */
	{ 0xc008ae05, 8, 40, 1 }, /* KVM_GET_SUPPORTED_CPUID */
	{ 0x4008ae90, 8, 40, 0 }, /* KVM_SET_CPUID2 */
	{ 0xc008ae91, 8, 40, 1 }, /* KVM_GET_CPUID2 */
	{ 0xc004ae02, 4, 4, 1 },  /* KVM_GET_MSR_INDEX_LIST */
	{ 0xc004ae0a, 4, 4, 1 },  /* KVM_GET_MSR_FEATURE_INDEX_LIST */
};

/* Bytes behind a device attribute: { kind of fd, group, attribute or ANY, bytes } */
#define ANY UINT32_MAX
static const struct {
	uint8_t kind, group;
	uint32_t attr;
	uint8_t bytes;
} attrs[] = {
	{ FD_VCPU, 0, 1, 0 }, /* PMU: INIT */
	{ FD_VCPU, 0, 2, 8 }, /* PMU: FILTER */
	{ FD_VCPU, 0, ANY, 4 },
	{ FD_VCPU, 1, ANY, 4 },
	{ FD_VCPU, 2, ANY, 8 },
	{ FD_VM, 0, 0, 24 },
	{ FD_DEVICE, 0, ANY, 8 },
	{ FD_DEVICE, 1, ANY, 4 },
	{ FD_DEVICE, 2, ANY, 4 },
	{ FD_DEVICE, 3, ANY, 4 },
	{ FD_DEVICE, 5, ANY, 4 },
	{ FD_DEVICE, 6, ANY, 8 },
	{ FD_DEVICE, 7, ANY, 4 },
	{ FD_DEVICE, 8, ANY, 8 },
	{ FD_DEVICE, 9, ANY, 4 },
};

static void behind(struct shape *s, uint64_t addr, uint32_t n, uint32_t addr_off)
{
	s->addr_off = addr_off;
	if (addr >= FIRST_PAGE) {
		s->data.p = (void *)(uintptr_t)addr;
		s->data.n = n;
	}
}

static void shape_array(struct shape *s, uint32_t i, uintptr_t arg)
{
	uint32_t n;

	memcpy(&n, (const void *)arg, sizeof(n));
	s->head.n = arrays[i].head;
	s->data.p = (char *)arg + arrays[i].head;
	s->data.n = n > COUNT_MAX ? 0 : n * arrays[i].entry;
	/* GET_MSRS reads the indices as well. */
	s->in = HEAD | (arrays[i].req == 0xc008ae88 || !arrays[i].out ? DATA : 0);
	s->out = arrays[i].out ? HEAD | DATA : 0;
	s->data_on_ok = 1;
}

static void shape_attr(struct shape *s, enum fd_kind kind, unsigned long req, uintptr_t arg)
{
	struct cvmm_kvm_device_attr a;
	uint32_t i;

	memcpy(&a, (const void *)arg, sizeof(a));
	s->in = HEAD;
	s->out = 0;
	s->addr_off = 16;
	if (req == CVMM_KVM_HAS_DEVICE_ATTR)
		return;
	for (i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++)
		if (attrs[i].kind == kind && attrs[i].group == a.group &&
			(attrs[i].attr == ANY || attrs[i].attr == a.attr)) {
			behind(s, a.addr, attrs[i].bytes, 16);
			break;
		}
	/* A region's index is asked for in the place where its address comes back. */
	if (req == CVMM_KVM_SET_DEVICE_ATTR || (kind == FD_DEVICE && a.group == 0))
		s->in |= DATA;
	if (req == CVMM_KVM_GET_DEVICE_ATTR)
		s->out = DATA;
	s->data_on_ok = 1;
}

static void shape_one_reg(struct shape *s, unsigned long req, uintptr_t arg)
{
	struct cvmm_kvm_one_reg r;

	memcpy(&r, (const void *)arg, sizeof(r));
	behind(s, r.addr, cvmm_reg_bytes(r.id), 8);
	s->in = HEAD | (req == CVMM_KVM_SET_ONE_REG ? DATA : 0);
	s->out = req == CVMM_KVM_GET_ONE_REG ? DATA : 0;
	s->data_on_ok = 1;
}

void cvmm_shape_of(struct shape *s, enum fd_kind kind, unsigned long req, uintptr_t arg)
{
	uint64_t addr;
	uint32_t i;

	memset(s, 0, sizeof(*s));
	if (!SIZE(req) || arg < FIRST_PAGE)
		return;
	s->head.p = (void *)arg;
	s->head.n = SIZE(req);
	s->in = DIR_IN(req) ? HEAD : 0;
	s->out = DIR_OUT(req) ? HEAD : 0;
	for (i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		if (arrays[i].req == req) {
			shape_array(s, i, arg);
			return;
		}
	switch (req) {
	case CVMM_KVM_GET_ONE_REG:
	case CVMM_KVM_SET_ONE_REG: shape_one_reg(s, req, arg); break;
	case CVMM_KVM_SET_DEVICE_ATTR:
	case CVMM_KVM_GET_DEVICE_ATTR:
	case CVMM_KVM_HAS_DEVICE_ATTR: shape_attr(s, kind, req, arg); break;
	case CVMM_KVM_SET_USER_MEMORY_REGION: s->addr_off = 24; break;
	case CVMM_KVM_ARM_GET_REG_WRITABLE_MASKS:
		memcpy(&addr, (const void *)arg, sizeof(addr));
		s->in = HEAD;
		s->out = DATA;
		s->data_on_ok = 1;
		behind(s, addr, CVMM_ARM64_MASKS * 8, 0);
		s->addr_off = UINT32_MAX; /* offset 0 */
		break;
	default: break;
	}
}

/* ---- fds ---- */

struct cvmm_record_fd *cvmm_fd_find(struct cvmm_record_fd *fds, int fd)
{
	uint32_t i;

	for (i = 0; i < CVMM_RECORD_FDS; i++)
		if (fds[i].kind && fds[i].fd == fd)
			return &fds[i];
	return NULL;
}

uint32_t cvmm_fd_kind_of(struct cvmm_record_fd *fds, int fd)
{
	const struct cvmm_record_fd *f = cvmm_fd_find(fds, fd);

	return f ? f->kind : FD_OTHER;
}

void cvmm_fd_note(struct cvmm_record_fd *fds, int fd, enum fd_kind kind)
{
	struct cvmm_record_fd *f = cvmm_fd_find(fds, fd);
	uint32_t i;

	for (i = 0; !f && i < CVMM_RECORD_FDS; i++)
		if (!fds[i].kind)
			f = &fds[i];
	if (!f)
		return;
	memset(f, 0, sizeof(*f));
	f->fd = fd;
	f->kind = kind;
}

/* An ioctl that made an fd. */
void cvmm_fd_after(struct cvmm_record_fd *fds, enum fd_kind kind, unsigned long req, uintptr_t arg, int ret)
{
	struct cvmm_kvm_create_device d;

	if (ret < 0)
		return;
	if (req == CVMM_KVM_CREATE_VM && kind == FD_SYSTEM)
		cvmm_fd_note(fds, ret, FD_VM);
	if (req == CVMM_KVM_CREATE_VCPU && kind == FD_VM)
		cvmm_fd_note(fds, ret, FD_VCPU);
	if (req == CVMM_KVM_CREATE_DEVICE && kind == FD_VM) {
		memcpy(&d, (const void *)arg, sizeof(d));
		cvmm_fd_note(fds, (int)d.fd, FD_DEVICE);
	}
}
