/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <errno.h>
#include <string.h>

#include <cvmm/kvm-ioctls/exit.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/vcpu.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "mem.h"
#include "opt.h"
#include "rig.h"
#include "say.h"
#include "words.h"

/* Well mixed and always the same: the guest's values depend on the vCPU and the register alone. */
static uint64_t mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* Registers that cannot hold just any value: what a guest that runs a kernel could have there. */
static const struct {
	const char *name;
	uint64_t keep;
	uint64_t set;
} shaped[] = {
	{ "PC", 0x0000ffffffc, 0 },	   /* an instruction's address */
	{ "PSTATE", 0xf0000000, 0x3c5 },   /* EL1h, interrupts masked, any condition flags */
	{ "SPSR_EL1", 0xf0000000, 0x3c5 }, /* the same, saved */
	{ "SPSR_ABT", 0xf0000000, 0 },	   /* AArch32's: flags alone */
	{ "SPSR_UND", 0xf0000000, 0 }, { "SPSR_IRQ", 0xf0000000, 0 }, { "SPSR_FIQ", 0xf0000000, 0 },
	{ "FPSR", 0xf800009f, 0 },			   /* its defined bits */
	{ "FPCR", 0x07c09f00, 0 }, { "CSSELR_EL1", 0, 0 }, /* cache level 1 */
	{ "SCTLR_EL1", 0, 0x30d00800 },			   /* MMU off, reserved bits as they have to be */
	{ "CPACR_EL1", 0x00300000, 0 }, { "MDSCR_EL1", 0x1000, 0 }, { "PMSELR_EL0", 0x3, 0 },
	{ "PMUSERENR_EL0", 0xf, 0 }, { "PMCNTENSET_EL0", 0, 0x80000005 }, /* cycle counter and two event counters on */
	{ "PMINTENSET_EL1", 0, 0x80000001 }, { "PMOVSSET_EL0", 0, 0x4 }, { "PMCCNTR_EL0", 0xffffffff, 0 },
	{ "PMCCFILTR_EL0", 0xc0000000, 0 }, { "PMCR_EL0", 0, 0x1 }, /* the counters run */
};

/* Families of registers, by the start of their names. */
static const struct {
	const char *name;
	uint64_t keep;
} families[] = {
	{ "PMEVTYPER", 0x3ff },
	{ "PMEVCNTR", 0xffffffff },
};

/* A guest only reads these; they stay as they are. */
static const char *const read_only[] = { "PMMIR_EL1", "OSLSR_EL1", "DBGAUTHSTATUS_EL1", "MDCCSR_EL0" };

static int guest_writes(uint64_t id)
{
	char name[CVMM_REG_NAME_MAX];
	size_t i;

	(void)reg_text(id, name);
	for (i = 0; i < sizeof(read_only) / sizeof(read_only[0]); i++)
		if (strcmp(read_only[i], name) == 0)
			return 0;
	return 1;
}

static uint64_t value_of(uint64_t id, const struct cvmm_row *row, uint32_t vcpu)
{
	uint64_t v = mix(id ^ (uint64_t)(vcpu + 1) << 40);
	char name[CVMM_REG_NAME_MAX];
	size_t i;

	(void)reg_text(id, name);
	for (i = 0; i < sizeof(shaped) / sizeof(shaped[0]); i++)
		if (strcmp(shaped[i].name, name) == 0)
			return (v & shaped[i].keep) | shaped[i].set;
	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (strncmp(families[i].name, name, strlen(families[i].name)) == 0)
			return v & families[i].keep;
	return v & row->compare;
}

/* State that the guest itself writes: everything a vCPU owns that KVM stores as it is. */
static int is_guest_state(const struct cvmm_row *row)
{
	return row->access == CVMM_ACCESS_ONE_REG && row->phase == CVMM_PHASE_STATE && row->write == CVMM_WRITE_STORED;
}

static int fill_register(const struct rig *r, struct cvmm_vcpu vcpu, uint64_t id)
{
	struct cvmm_vcpu_reg reg = cvmm_vcpu_reg_from_id(id);
	const struct cvmm_row *row = cvmm_vcpu_reg_row(reg);
	uint8_t value[CVMM_REG_BYTES_MAX] = { 0 };
	uint32_t size = cvmm_reg_bytes(id);
	struct cvmm_error e;
	uint64_t keep;
	uint32_t i;

	if (!row || !is_guest_state(row) || !guest_writes(id))
		return STATUS_YES;
	if (cvmm_vcpu_reg_get(vcpu, reg, value, size, &e))
		return say_error(r->host->name, &e);
	keep = row->fixed | row->other_bits | ~row->compare;
	/* A wide register: its first 16 bytes, which every vector length has. */
	for (i = 0; i < size && i < 16; i += 8) {
		uint32_t n = size - i < 8 ? size - i : 8;

		cvmm_store_le(
			value + i, n, (cvmm_load_le(value + i, n) & keep) | ((value_of(id, row, vcpu.id) ^ i) & ~keep));
	}
	if (cvmm_vcpu_reg_set(vcpu, reg, value, size, &e))
		return say_error(r->host->name, &e);
	return STATUS_YES;
}

int rig_list(const struct rig *r, struct cvmm_vcpu vcpu, uint64_t **list, uint32_t *n)
{
	struct cvmm_error e;
	uint64_t none = 0;
	int ret = cvmm_vcpu_get_reg_list(vcpu, &none, 0, n, &e);

	if (ret && ret != -E2BIG)
		return say_error(r->host->name, &e);
	*list = mem_array((size_t)*n + 1, sizeof(**list));
	if (cvmm_vcpu_get_reg_list(vcpu, *list, *n, n, &e))
		return say_error(r->host->name, &e);
	return STATUS_YES;
}

/* Enters KVM_RUN and leaves it again before the first instruction, which counts as having run all the same. */
static int run_once(const struct rig *r, struct cvmm_vcpu vcpu)
{
	struct cvmm_run *area;
	struct cvmm_error e;
	int bytes = cvmm_kvm_get_vcpu_mmap_size(r->kvm, &e);
	int ret;

	if (bytes < 0 || cvmm_vcpu_map_run(vcpu, (size_t)bytes, &area, &e))
		return say_error(r->host->name, &e);
	area->immediate_exit = 1;
	ret = cvmm_vcpu_run(vcpu, &e);
	area->immediate_exit = 0;
	(void)cvmm_vcpu_unmap_run(vcpu, area, (size_t)bytes);
	return ret && ret != -EINTR ? say_error(r->host->name, &e) : STATUS_YES;
}

int rig_fill(struct rig *r)
{
	uint64_t *list;
	uint32_t n, v, i;
	int ret;

	if (host_arch(r->host) == CVMM_ARCH_X86_64)
		return rig_x86_fill(r);
	for (v = 0; v < r->n; v++) {
		ret = rig_list(r, r->vcpu[v], &list, &n);
		for (i = 0; !ret && i < n; i++)
			ret = fill_register(r, r->vcpu[v], list[i + 1]);
		if (ret)
			return ret;
		mem_drop(list);
	}
	for (v = 0, ret = STATUS_YES; v < r->n && !ret; v++)
		ret = run_once(r, r->vcpu[v]);
	return ret;
}
