/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* KVM_RUN: the checks of the first one, and one documented exit. No instruction is executed. */
#include "attr.h"
#include "riscv.h"
#include "x86.h"

#define RUN_IMMEDIATE_EXIT 1u
#define RUN_EXIT_REASON	   8u
#define RUN_MMIO	   32u
#define EXIT_IO		   2u
#define EXIT_MMIO	   6u
#define X(n)		   (CVMM_ARM64_CORE | CVMM_REG_U64 | (2u * (n)))
#define RISCV_A1	   UINT64_C(0x803000000200000b)
#define DOORBELL	   UINT64_C(0x42)
#define MAINT_IRQ	   25u

/* An EL2 guest needs a maintenance interrupt, of a VGIC that is initialised; where nobody chose one it gets the usual. */
static int maintenance(struct sim_call *c)
{
	if (!c->vm->gic.maint)
		c->vm->gic.maint = MAINT_IRQ;
	return c->vm->gic.inited ? cvmm_sim_take_ppi(c, c->vm->gic.maint, SIM_OWNER_MAINT) : -EAGAIN;
}

/*
 * The first run of a VM that passes the checks freezes it; what was done before the check that fails stays done. A failure
 * to map the interrupt controller kills the VM.
 */
static int first_run(struct sim_call *c)
{
	int ret;

	sim_vm_lock(c);
	/* The oldest kernels check once, whatever comes out. Written under both locks: a new VGIC asks every vCPU. */
	c->v->ran = (uint32_t)sim_oldest(c->s);
	ret = cvmm_sim_gic_first_run(c);
	if (ret == 0 && c->vm->gic.type != CVMM_DEV_ARM_VGIC_V3)
		cvmm_sim_id_show_gic(c, 0);
	if (ret == 0 && c->v->features & CVMM_ARM64_FEATURE_HAS_EL2)
		ret = maintenance(c);
	if (ret == 0)
		ret = cvmm_sim_timer_enable(c);
	if (ret == 0)
		ret = cvmm_sim_pmu_enable(c);
	if (ret == 0) {
		c->v->ran = 1;
		atomic_store_explicit(&c->vm->ran, 1, memory_order_release);
	}
	sim_release(&c->vm->lock);
	return ret;
}

static void forget_pmcr_bits(struct sim_call *c)
{
	uint64_t clear = sim_trait(c->s, CVMM_TRAIT_PMCR_RUN_CLEAR);
	uint8_t *p;

	if (!clear || c->s->pmcr == SIM_NONE || !(c->v->features & CVMM_ARM64_FEATURE_PMU_V3))
		return;
	p = sim_vals(c->s, c->v) + sim_items(c->s)[c->s->pmcr].slot;
	sim_store64(p, sim_load64(p) & ~clear);
}

/* The exit: a store of 0x42, 8 bytes, to the address in X1. */
static void doorbell(struct sim_call *c, uint8_t *run)
{
	uint32_t item = cvmm_sim_find(c->s, sim_is_riscv(c->s) ? RISCV_A1 : X(1)), reason = EXIT_MMIO, len = 8;
	uint64_t addr = item == SIM_NONE ? 0 : sim_load64(sim_vals(c->s, c->v) + sim_items(c->s)[item].slot);
	uint64_t data = DOORBELL;

	memcpy(run + RUN_EXIT_REASON, &reason, 4);
	memcpy(run + RUN_MMIO, &addr, 8);
	memcpy(run + RUN_MMIO + 8, &data, 8);
	memcpy(run + RUN_MMIO + 16, &len, 4);
	run[RUN_MMIO + 20] = 1;
}

/* x86_64's: an OUT of the byte 0x42 to port 0x10. */
static void port_write(uint8_t *run)
{
	const uint32_t reason = EXIT_IO, count = 1;
	const uint64_t data = SIM_PAGE;

	memcpy(run + RUN_EXIT_REASON, &reason, 4);
	memcpy(run + RUN_MMIO, "\x01\x01\x10\x00", 4);
	memcpy(run + RUN_MMIO + 4, &count, 4);
	memcpy(run + RUN_MMIO + 8, &data, 8);
	run[SIM_PAGE] = (uint8_t)DOORBELL;
}

int cvmm_sim_vcpu_run(struct sim_call *c, uintptr_t arg)
{
	uint8_t *run = sim_run(c->s, c->vm_idx, c->idx);
	int ret;

	if (arg)
		return -EINVAL;
	if (!c->v->inited)
		return -ENOEXEC;
	if (!c->v->finalized)
		return -EPERM;
	if (!c->v->ran) {
		ret = first_run(c);
		if (ret < 0)
			return ret;
	}
	cvmm_sim_through_cpu(c);
	if (run[RUN_IMMEDIATE_EXIT])
		return -EINTR;
	/* It would wait for INIT; nothing waits here, so it is the answer to whatever else wakes it. */
	if (sim_is_x86(c->s) && c->v->mp_state == CVMM_MP_STATE_UNINITIALIZED)
		return -EAGAIN;
	forget_pmcr_bits(c);
	if (sim_is_x86(c->s))
		port_write(run);
	else
		doorbell(c, run);
	return 0;
}
