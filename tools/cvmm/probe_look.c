/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What only a guest can tell: registers as MRS gives them, and which hypercalls are answered. On /dev/kvm of an arm64
 * host the guest of examples/tiny-vmm runs and leaves its notes in its memory; a simulated KVM is asked directly.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cvmm/kvm-ioctls/exit.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-sim/sim.h>

#include "mem.h"
#include "probe_dev.h"

#include "../../examples/tiny-vmm/guest/notes.h"

#define MRS(name, op0, op1, crn, crm, op2, vol, guard, shift, least) { CVMM_ARM64_SYS(op0, op1, crn, crm, op2), vol },
static const struct {
	uint64_t id;
	int is_volatile;
} id_fact[GUEST_NID] = { GUEST_ID_REGS(MRS) };

#define HVC(fn, arg) { fn, arg },
static const uint32_t hvc_fact[GUEST_NHVC][2] = { GUEST_HVCS(HVC) };

static int by_fn(const void *a, const void *b)
{
	const struct cvmm_hvc *x = a, *y = b;

	if (x->fn != y->fn)
		return x->fn < y->fn ? -1 : 1;
	return x->arg < y->arg ? -1 : x->arg > y->arg;
}

static int by_id(const void *a, const void *b)
{
	const struct cvmm_pair *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

#define CCSIDR_EL1 CVMM_ARM64_SYS(3, 1, 0, 0, 0)
#define SMIDR_EL1  CVMM_ARM64_SYS(3, 1, 0, 0, 6)
#define GMID_EL1   CVMM_ARM64_SYS(3, 1, 0, 0, 4)
#define PMMIR_EL1  CVMM_ARM64_SYS(3, 0, 9, 14, 6)

/* What became of one MRS. CCSIDR_EL1 is a window on registers that ONE_REG has one by one. */
enum outcome {
	READ,
	UNDEFINED,
	TRAPPED,
};

static void add_reg(const struct probe_vm *p, struct probe_look *out, uint32_t i, enum outcome how, uint64_t value)
{
	uint64_t id = id_fact[i].id, listed;

	if (id_fact[i].is_volatile || id == CCSIDR_EL1)
		return;
	if (how == READ) {
		out->reg[out->nreg].id = id;
		out->reg[out->nreg++].value = value;
	} else if (id == PMMIR_EL1 && how == UNDEFINED && probe_get(p, id, &listed) >= 0) {
		out->traps |= 1;
	} else if (how == TRAPPED) {
		out->traps |= id == SMIDR_EL1 ? 2u : id == GMID_EL1 ? 4u : 0;
	}
}

/* Random numbers and time stamps: the register holds something else every time. */
static void add_hvc(struct probe_look *out, uint32_t fn, uint32_t arg, const uint64_t x[4])
{
	struct cvmm_hvc *h = &out->hvc[out->nhvc++];
	uint32_t i;
	int all = fn == 0x86000001 && x[0] != ~UINT64_C(0);
	int rest = (fn == 0xc4000053 || fn == 0x84000053) && x[0] == 0;

	h->fn = fn;
	h->arg = arg;
	for (i = 0; i < 4; i++)
		h->x[i] = all || (rest && i) ? CVMM_HVC_ANY : x[i];
}

static int look_simulated(const struct cvmm_backend *be, struct probe_vm *p, struct probe_look *out)
{
	uint64_t v = 0, x[4];
	uint32_t i;

	for (i = 0; i < GUEST_NID; i++) {
		int ret = cvmm_sim_guest_reg(be, p->vcpu[0].fd, id_fact[i].id, &v);

		add_reg(p, out, i, ret >= 0 ? READ : ret == -ENOENT ? UNDEFINED : TRAPPED, v);
	}
	for (i = 0; i < GUEST_NHVC; i++)
		if (cvmm_sim_guest_hvc(be, p->vcpu[0].fd, hvc_fact[i][0], hvc_fact[i][1], x) >= 0)
			add_hvc(out, hvc_fact[i][0], hvc_fact[i][1], x);
	/* As the real guest, which got as far as its first exit. */
	return probe_vm_run_once(p, 1);
}

#ifdef __aarch64__

extern const uint8_t tiny_guest_image[], tiny_guest_image_end[];

/* The guest stops at its first checkpoint with everything written down; it has nothing to say before that. */
static int run_guest(struct probe_vm *p)
{
	int bytes = cvmm_kvm_get_vcpu_mmap_size(p->kvm, NULL);
	struct cvmm_run *run;
	struct cvmm_exit x;
	int ret;

	if (bytes < 0)
		return bytes;
	ret = cvmm_vcpu_map_run(p->vcpu[0], (size_t)bytes, &run, NULL);
	if (ret < 0)
		return ret;
	do {
		ret = cvmm_vcpu_run_exit(p->vcpu[0], run, (size_t)bytes, &x, NULL);
	} while (ret == -EINTR || ret == -EAGAIN);
	if (ret >= 0 && (x.reason != CVMM_EXIT_MMIO || x.mmio->phys_addr != GUEST_CONSOLE + GUEST_PORT_CHECK))
		ret = -EIO;
	(void)cvmm_vcpu_unmap_run(p->vcpu[0], run, (size_t)bytes);
	return ret;
}

static void take_notes(const struct probe_vm *p, const struct guest_note *n, struct probe_look *out)
{
	uint32_t i;

	/* Exception class 0 is an undefined instruction; any other one says that KVM passed on a trap of its own. */
	for (i = 0; i < GUEST_NID; i++) {
		uint64_t flag = n->first.id[i].flag;

		add_reg(p, out, i, !flag ? READ : flag >> 26 & 63 ? TRAPPED : UNDEFINED, n->first.id[i].value);
	}
	for (i = 0; i < GUEST_NHVC; i++)
		if (!n->first.hvc[i].flag)
			add_hvc(out, hvc_fact[i][0], hvc_fact[i][1], n->first.hvc[i].x);
}

static int look_real(struct probe_vm *p, void **mem, struct probe_look *out)
{
	struct cvmm_kvm_memory_region region = { .guest_phys_addr = GUEST_RAM, .memory_bytes = GUEST_RAM_SIZE };
	uint8_t *ram = mmap(NULL, GUEST_RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const struct guest_note *note;
	int ret;

	if (ram == MAP_FAILED)
		return -ENOMEM;
	*mem = ram;
	memcpy(ram, tiny_guest_image, (size_t)(tiny_guest_image_end - tiny_guest_image));
	region.userspace_addr = (uint64_t)(uintptr_t)ram;
	note = (const struct guest_note *)(const void *)(ram + (GUEST_NOTES - GUEST_RAM));
	ret = cvmm_vm_set_user_memory_region(p->vm, &region, NULL);
	if (ret >= 0)
		ret = probe_set(p, CVMM_ARM64_CORE | CVMM_REG_U64 | 0x40, GUEST_RAM);
	if (ret >= 0)
		ret = probe_set(p, CVMM_ARM64_CORE | CVMM_REG_U64, 0);
	if (ret >= 0)
		ret = run_guest(p);
	if (ret >= 0 && note->magic != GUEST_MAGIC)
		ret = -EIO;
	if (ret >= 0)
		take_notes(p, note, out);
	return ret;
}

#else

static int look_real(struct probe_vm *p, void **mem, struct probe_look *out)
{
	(void)mem;
	(void)p;
	(void)out;
	return -EOPNOTSUPP;
}

#endif

static int look(const struct cvmm_backend *be, struct probe_vm *p, void **mem, struct probe_look *out)
{
	uint64_t count[CVMM_SIM_NCOUNTS], was = 0, now = 0;
	int has_pmcr = probe_get(p, CVMM_ARM64_PMCR_EL0, &was) >= 0;
	int ret = -EOPNOTSUPP;

	if (cvmm_sim_counts(be, count) >= 0)
		ret = look_simulated(be, p, out);
	else if (be->ops == cvmm_backend_dev()->ops)
		ret = look_real(p, mem, out);
	if (ret >= 0 && has_pmcr && probe_get(p, CVMM_ARM64_PMCR_EL0, &now) >= 0)
		out->pmcr_clear = was & ~now;
	return ret;
}

int probe_look(const struct cvmm_backend *be, struct cvmm_kvm kvm, uint64_t features, struct probe_look *out)
{
	struct probe_vm p;
	void *mem = NULL;
	int ret;

	memset(out, 0, sizeof(*out));
	if (features & PROBE_NO_GUEST)
		return -EOPNOTSUPP;
	out->reg = mem_array(GUEST_NID, sizeof(*out->reg));
	out->hvc = mem_array(GUEST_NHVC, sizeof(*out->hvc));
	ret = probe_vm_open(kvm, features, &p);
	if (ret >= 0)
		ret = probe_vm_devices(&p);
	if (ret >= 0)
		ret = look(be, &p, &mem, out);
	probe_vm_close(&p);
	if (mem)
		munmap(mem, GUEST_RAM_SIZE);
	qsort(out->reg, out->nreg, sizeof(*out->reg), by_id);
	qsort(out->hvc, out->nhvc, sizeof(*out->hvc), by_fn);
	return ret;
}
