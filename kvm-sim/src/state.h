/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The simulated KVM's own structures. Everything lives in one store and refers to the rest by offset. */
#ifndef SIM_STATE_H
#define SIM_STATE_H

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-sim/sim.h>

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#define SIM_MAGIC      UINT64_C(0x314d49534d4d5643)
#define SIM_NONE       UINT32_MAX
#define SIM_FAULT_END  4096u /* addresses below are answered with EFAULT */
#define SIM_VARIANTS   64u
#define SIM_FILTERS    32u
#define SIM_TRAITS     64u
#define SIM_PAGE       4096u
#define SIM_CCSIDRS    14u
#define SIM_ID_BMAPS   16u
#define SIM_GICD_WORDS 3072u
#define SIM_GICR_WORDS 32u
#define SIM_ICC_REGS   24u
#define SIM_ITS_REGS   16u
#define SIM_REGIONS    16u

/* How a register behaves. One line of the table in classify.c leads to one of these. */
enum sim_class {
	SIM_PLAIN,   /* stored per vCPU */
	SIM_CORE,    /* stored; in a 32-bit mode X0 to X30 and PC keep 32 bits */
	SIM_PSTATE,  /* stored, modes are checked */
	SIM_VLS,     /* SVE vector lengths, until finalised */
	SIM_SVE,     /* Z, P, FFR: after finalising */
	SIM_PSCI,    /* VM-wide, any time */
	SIM_WA,	     /* asserted, never stored */
	SIM_BMAP,    /* VM-wide, until the VM ran */
	SIM_ID,	     /* feature ID registers, VM-wide */
	SIM_IMP,     /* MIDR, REVIDR, AIDR */
	SIM_CLIDR,   /* per vCPU, or fixed */
	SIM_CCSIDR,  /* the same, through DEMUX */
	SIM_OSLSR,   /* one bit can change */
	SIM_CTL,     /* timer control */
	SIM_CNT,     /* the VM's virtual counter */
	SIM_PCNT,    /* the VM's physical counter */
	SIM_PMCR,    /* N is the VM's */
	SIM_PMSET,   /* a mask of counters: its SET name */
	SIM_PMCLR,   /* ... its CLR name */
	SIM_PMCNT,   /* event counters, of a certain width */
	SIM_PMSWINC, /* reads 0 */
	SIM_PMMIR,   /* stored, or fixed */
	SIM_VMONLY,  /* exists at VM scope only (proposal) */
	SIM_RISCV,   /* riscv64: riscv.c */
};

#define SIM_ITEM_VM    1u /* the value is the VM's: @slot counts VM values */
#define SIM_ITEM_SCOPE 2u /* effect on the whole VM: marked by the scope flag, accessible on the VM fd */
#define SIM_ITEM_KEPT  4u /* a second KVM_ARM_VCPU_INIT leaves it alone */

struct sim_item {
	uint64_t id;
	uint32_t slot; /* byte offset in the vCPU's or SVE block's values, or index of the VM's value */
	uint16_t size;
	uint8_t class;
	uint8_t flags;
	uint32_t arg; /* timers: item of the compare value */
	uint32_t zero;
};

/* What one measured set of vCPU features starts with. */
struct sim_image {
	uint64_t features;
	uint32_t present; /* offsets: bitmap of items, vCPU values, VM values, SVE values */
	uint32_t vals;
	uint32_t vmvals;
	uint32_t sve;
};

struct sim_lock {
	_Atomic uint32_t held;
};

struct sim_state {
	struct sim_lock lock; /* fds, VM slots, SVE blocks */
	uint32_t zero;
	_Atomic uint64_t now; /* the physical counter */
	_Atomic uint64_t count[CVMM_SIM_NCOUNTS];
	/* followed by a byte per SVE block: taken or not, then the fds */
};

/* The constant part; the changeable part starts at @state. */
struct sim {
	uint64_t magic;
	const struct cvmm_profile *profile;
	struct cvmm_sim_config cfg;
	uint64_t offered; /* feature bits */
	uint64_t known;
	uint64_t trait[SIM_TRAITS];
	uint32_t nitems, nvm, nwords, nimages;
	uint32_t vals_bytes, sve_bytes, hash_bits, psci_item;
	uint32_t items, order, hash, images;
	uint32_t mpidr, pmcr, ctr, pfr0, pfr1, pfr1_32, dfr0, pstate; /* items, or SIM_NONE */
	uint32_t psci_max, aarch32_el0, nsve_max, x86_off;
	uint32_t oldest; /* lists no bitmap of hypercalls: other, older answers elsewhere too */
	uint32_t vhe;	 /* a vCPU's EL1 registers are in the CPU's own while KVM_RUN lasts */
	size_t state, total;
	size_t sve_used, fds, vms, vm_bytes, vcpu_bytes, vcpus, runs, sves;
	uint32_t nfds, vm_vals, vm_slots, vm_devices, vm_presets;
};

enum sim_fd_type { SIM_FD_FREE, SIM_FD_SYSTEM, SIM_FD_VM, SIM_FD_VCPU, SIM_FD_DEVICE };

struct sim_fd {
	_Atomic uint64_t packed; /* type, VM, index */
};

struct sim_slot {
	uint32_t used;
	uint32_t flags;
	uint32_t id;
	uint32_t zero;
	uint64_t gpa, size, hva;
};

/* @count 0: the one region of old, of which every vCPU takes a part. @taken: redistributors that have their place. */
struct sim_region {
	uint64_t base, count, taken;
};

/* The in-kernel interrupt controller: state that is stored, windows and errors, no interrupts. */
struct sim_gic {
	uint32_t type; /* KVM_DEV_TYPE_..., 0: none */
	uint32_t inited;
	uint32_t nr_irqs;
	uint32_t iidr;
	uint64_t dist, redist, cpu;
	uint32_t nregions, its, its_inited, maint, ready;
	uint64_t its_base;
	struct sim_region region[SIM_REGIONS];
	uint64_t itsreg[SIM_ITS_REGS];
	uint32_t gicd[SIM_GICD_WORDS];
};

struct sim_filter {
	uint32_t base, n, action;
};

/* x86_64: what a VM has. */
struct sim_x86_vm {
	uint32_t irqchip; /* 1 in the kernel, 2 split */
	uint32_t pit;
	uint32_t payload, ring;
	uint64_t identity;
	uint8_t pit_state[112];
	uint8_t chip[3][512];
};

struct sim_vm {
	struct sim_lock lock;
	uint32_t refs;
	_Atomic uint32_t dead, ran;
	uint32_t nvcpus;
	uint32_t features_fixed;
	_Atomic uint32_t psci; /* 0: not written */
	_Atomic uint32_t pmcr_n;
	_Atomic uint64_t features;
	_Atomic uint64_t caps; /* SIM_CAP_... that were enabled */
	_Atomic uint64_t voffset, poffset;
	_Atomic uint32_t offset_set;
	uint32_t ppi[4];
	uint32_t ppis_fixed;
	uint32_t width; /* 32 or 64 once a vCPU has set it, where sets are a vCPU's own */
	uint32_t pmu, pmu_filter, pmu_irq, nmemslots;
	uint32_t nfilters, ipa_bits, ndevices, preset, displaced;
	uint64_t mem_top; /* no slot ever ended above this */
	struct sim_filter filter[SIM_FILTERS];
	struct sim_gic gic;
	struct sim_x86_vm x86;
	/* followed by the VM's values, memory slots, devices */
};

struct sim_vcpu {
	struct sim_lock lock;
	uint32_t used;
	uint32_t id;
	uint32_t inited, finalized, ran, mp_state;
	uint32_t target, sve; /* @sve: block number + 1 */
	_Atomic uint32_t pmu_irq;
	uint32_t pmu_ready;
	uint64_t features;
	uint64_t bits; /* asked for so far, where sets are a vCPU's own: refused calls leave theirs behind */
	uint64_t pvtime;
	uint64_t gets, sets;
	_Atomic uint64_t calls[CVMM_SIM_NCOUNTS]; /* all others: here, so that vCPUs of other threads share no line */
	uint64_t esr;
	uint64_t rdist;				   /* the redistributor's place, or GIC_UNSET */
	uint32_t ppi[2];			   /* the timers' interrupts, where they are a vCPU's own */
	uint8_t serror, sve_on, timer_on, zero[5]; /* @sve_on: SVE was asked for once, for good or not */
	uint8_t owner[16];			   /* per PPI: timer 1 to 4, the PMU, an EL2 guest's VGIC */
	uint64_t icc[SIM_ICC_REGS];
	uint32_t gicr[SIM_GICR_WORDS];
	/* followed by the bitmap of registers, then their values */
};

#define SIM_CAP_IMP_ID	1u
#define SIM_CAP_MTE	2u
#define SIM_CAP_NISV	4u
#define SIM_CAP_SUSPEND 8u
#define SIM_CAP_SEA	16u
#define SIM_CAP_SPLIT	32u
#define SIM_CAP_SCOPE	64u
#define SIM_CAP_ASYM	128u

/* arm64: questions about a VM, which the system handle refuses; the second one where it is known */
#define SIM_CAP_MSI_DEVID     131u
#define SIM_CAP_PFNMAP	      243u

#define SIM_FEATURE_PMU_FIXED 0x200u /* no event counters; only with a PMU */
#define SIM_OWNER_PMU	      5u
#define SIM_OWNER_MAINT	      6u

/* One call: whose it is. */
struct sim_call {
	struct sim *s;
	struct sim_vm *vm;
	struct sim_vcpu *v; /* NULL on VM and device fds */
	uint32_t vm_idx;
	uint32_t idx; /* vCPU or device number */
};

#endif
