/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Calls that every architecture has. */
#include "contract.h"

int io_int(struct bench *b, int fd, unsigned long req, uintptr_t arg)
{
	return b->be.ops->ioctl(b->be.ctx, fd, req, arg);
}

int io(struct bench *b, int fd, unsigned long req, const void *arg)
{
	return io_int(b, fd, req, (uintptr_t)arg);
}

static int value(struct bench *b, int ret, uint64_t v)
{
	b->value = v;
	b->has_value = ret >= 0;
	return ret;
}

static int op_api(struct bench *b, const struct call *c)
{
	int ret = io_int(b, b->kvm, CVMM_KVM_GET_API_VERSION, c->n ? (uintptr_t)c->num[0] : 0);

	return value(b, ret, (uint64_t)ret);
}

static int op_mmap_size(struct bench *b, const struct call *c)
{
	int ret = io_int(b, b->kvm, CVMM_KVM_GET_VCPU_MMAP_SIZE, c->n ? (uintptr_t)c->num[0] : 0);

	return value(b, ret, (uint64_t)ret);
}

static int op_cap(struct bench *b, const struct call *c)
{
	int ret = io_int(b, b->kvm, CVMM_KVM_CHECK_EXTENSION, (uintptr_t)c->num[0]);

	return value(b, ret, (uint64_t)ret);
}

static int op_vm_cap(struct bench *b, const struct call *c)
{
	int ret = io_int(b, b->vm, CVMM_KVM_CHECK_EXTENSION, (uintptr_t)c->num[0]);

	return value(b, ret, (uint64_t)ret);
}

static int op_create_vm(struct bench *b, const struct call *c)
{
	int fd = io_int(b, b->kvm, CVMM_KVM_CREATE_VM, (uintptr_t)c->num[0]);

	if (fd >= 0)
		b->be.ops->close(b->be.ctx, fd);
	return fd < 0 ? fd : 0;
}

/* Makes the VM that the following calls use. */
static int op_use_vm(struct bench *b, const struct call *c)
{
	int fd = io_int(b, b->kvm, CVMM_KVM_CREATE_VM, (uintptr_t)c->num[0]);

	if (fd < 0)
		return fd;
	b->be.ops->close(b->be.ctx, b->vm);
	b->vm = fd;
	return 0;
}

static int op_vcpu(struct bench *b, const struct call *c)
{
	int i, fd = io_int(b, b->vm, CVMM_KVM_CREATE_VCPU, (uintptr_t)c->num[0]);

	for (i = 0; fd >= 0 && i < VCPUS_MAX; i++)
		if (b->vcpu[i] < 0) {
			b->vcpu[i] = fd;
			return 0;
		}
	return fd;
}

static int op_enable(struct bench *b, const struct call *c)
{
	struct cvmm_kvm_enable_cap cap = { .cap = (uint32_t)c->num[0],
		.args = { c->n > 1 ? c->num[1] : 0 },
		.flags = c->n > 2 ? (uint32_t)c->num[2] : 0 };

	return io(b, b->vm, CVMM_KVM_ENABLE_CAP, &cap);
}

static int op_mem(struct bench *b, const struct call *c)
{
	struct cvmm_kvm_memory_region r = { (uint32_t)c->num[0], (uint32_t)c->num[1], c->num[2], c->num[3], c->num[4] };

	return io(b, b->vm, CVMM_KVM_SET_USER_MEMORY_REGION, &r);
}

static int one_reg(struct bench *b, int fd, unsigned long req, uint64_t id, uint64_t *val)
{
	uint8_t buf[CVMM_REG_BYTES_MAX] = { 0 };
	struct cvmm_kvm_one_reg r = { id, (uintptr_t)buf };
	int ret;

	cvmm_store_le(buf, 8, *val);
	ret = io(b, fd, req, &r);
	*val = cvmm_load_le(buf, 8);
	return ret;
}

static int op_get(struct bench *b, const struct call *c)
{
	uint64_t v = 0;
	int ret = one_reg(b, c->v, CVMM_KVM_GET_ONE_REG, c->num[0], &v);

	return value(b, ret, v);
}

static int op_set(struct bench *b, const struct call *c)
{
	uint64_t v = c->num[1];

	return one_reg(b, c->v, CVMM_KVM_SET_ONE_REG, c->num[0], &v);
}

static int op_get_null(struct bench *b, const struct call *c)
{
	struct cvmm_kvm_one_reg r = { c->num[0], 0 };

	return io(b, c->v, CVMM_KVM_GET_ONE_REG, &r);
}

static int op_set_null(struct bench *b, const struct call *c)
{
	struct cvmm_kvm_one_reg r = { c->num[0], 0 };

	return io(b, c->v, CVMM_KVM_SET_ONE_REG, &r);
}

static int op_vm_get(struct bench *b, const struct call *c)
{
	uint64_t v = 0;
	int ret = one_reg(b, b->vm, CVMM_KVM_GET_ONE_REG, c->num[0], &v);

	return value(b, ret, v);
}

/* With @n as the caller's number; the value is what KVM wrote there. */
static int op_list(struct bench *b, const struct call *c)
{
	static uint64_t buf[4097];
	int ret;

	buf[0] = c->num[0];
	ret = io(b, c->v, CVMM_KVM_GET_REG_LIST, buf);
	b->value = buf[0];
	b->has_value = 1;
	return ret;
}

/* Is the register in the list? */
static int op_listed(struct bench *b, const struct call *c)
{
	static uint64_t buf[4097] = { 4096 };
	uint64_t i, there = 0;
	int ret;

	buf[0] = 4096;
	ret = io(b, c->v, CVMM_KVM_GET_REG_LIST, buf);
	for (i = 0; ret == 0 && i < buf[0]; i++)
		there |= buf[i + 1] == c->num[0];
	return value(b, ret, there);
}

static int op_mp_get(struct bench *b, const struct call *c)
{
	uint32_t state = 77;
	int ret = io(b, c->v, CVMM_KVM_GET_MP_STATE, &state);

	return value(b, ret, state);
}

static int op_mp_set(struct bench *b, const struct call *c)
{
	uint32_t state = (uint32_t)c->num[0];

	return io(b, c->v, CVMM_KVM_SET_MP_STATE, &state);
}

/* run ARG IMMEDIATE: the value is the exit reason. */
static int op_run(struct bench *b, const struct call *c)
{
	uint8_t *run = b->be.ops->mmap(b->be.ctx, c->v, 4096, NULL);
	uint32_t reason;
	int ret;

	if (!run)
		return -ENOSYS;
	run[1] = c->n > 1 ? (uint8_t)c->num[1] : 0;
	ret = io_int(b, c->v, CVMM_KVM_RUN, c->n ? (uintptr_t)c->num[0] : 0);
	memcpy(&reason, run + 8, sizeof(reason));
	return value(b, ret, reason);
}

/* raw system|vm|vcpu|dev REQUEST ARGUMENT */
static int op_raw(struct bench *b, const struct call *c)
{
	const char *who = c->text[0];
	int fd = !strcmp(who, "system") ? b->kvm : !strcmp(who, "vm") ? b->vm : !strcmp(who, "dev") ? b->dev : c->v;

	return io_int(b, fd, (unsigned long)c->num[1], (uintptr_t)c->num[2]);
}

/* attr set|get|has vm|vcpu|dev|its GROUP ATTR VALUE; - is a null pointer */
static int op_attr(struct bench *b, const struct call *c)
{
	static const unsigned long reqs[] = { CVMM_KVM_SET_DEVICE_ATTR, CVMM_KVM_GET_DEVICE_ATTR,
		CVMM_KVM_HAS_DEVICE_ATTR };
	uint32_t verb = c->text[0][0] == 's' ? 0 : c->text[0][0] == 'g' ? 1 : 2;
	const char *who = c->text[1];
	int fd = !strcmp(who, "vm") ? b->vm : !strcmp(who, "dev") ? b->dev : !strcmp(who, "its") ? b->its : c->v, ret;
	uint64_t val[4] = { c->n > 4 ? c->num[4] : 0, c->n > 5 ? c->num[5] : 0, c->n > 6 ? c->num[6] : 0 };
	struct cvmm_kvm_device_attr a = { .group = (uint32_t)c->num[2], .attr = c->num[3] };

	a.addr = c->n > 4 && !strcmp(c->text[4], "-") ? 0 : (uintptr_t)val;
	ret = io(b, fd, reqs[verb], &a);
	return value(b, ret, val[0]);
}

static int op_close(struct bench *b, const struct call *c)
{
	return b->be.ops->close(b->be.ctx, (int)c->num[0]);
}

const struct op ops_common[] = {
	{ "api", 0, op_api },
	{ "mmap_size", 0, op_mmap_size },
	{ "cap", 1, op_cap },
	{ "vm_cap", 1, op_vm_cap },
	{ "create_vm", 1, op_create_vm },
	{ "use_vm", 1, op_use_vm },
	{ "vcpu", 1, op_vcpu },
	{ "enable", 1, op_enable },
	{ "mem", 5, op_mem },
	{ "get", 1, op_get },
	{ "set", 2, op_set },
	{ "get_null", 1, op_get_null },
	{ "set_null", 1, op_set_null },
	{ "vm_get", 1, op_vm_get },
	{ "list", 1, op_list },
	{ "listed", 1, op_listed },
	{ "mp_get", 0, op_mp_get },
	{ "mp_set", 1, op_mp_set },
	{ "run", 0, op_run },
	{ "raw", 3, op_raw },
	{ "attr", 4, op_attr },
	{ "close", 1, op_close },
	{ NULL, 0, NULL },
};
