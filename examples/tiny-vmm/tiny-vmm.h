/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * tiny-vmm: the smallest VMM that can save a running guest and continue it on another kernel, built on c-vmm.
 *
 * One thread, one RAM slot, one device of its own (a console with a checkpoint button) and KVM's interrupt
 * controllers. The guest that comes with it (guest/) looks at its own machine and says by name what changed.
 */
#ifndef TINY_VMM_H
#define TINY_VMM_H

#include <cvmm/fleet/baseline.h>
#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/exit.h>
#include <cvmm/kvm-ioctls/profile.h>
#include <cvmm/snapshot/format.h>
#include <cvmm/snapshot/machine.h>

#include "guest/notes.h"

#define TINY_STORE_BYTES (4u << 20)

/* Exit statuses, as cvmm has them; 4 is the guest's own verdict. */
enum tiny_status {
	TINY_OK = 0,
	TINY_ERROR = 1,
	TINY_USAGE = 2,
	TINY_REFUSED = 3,
	TINY_DIFFERENT = 4,
};

/* A virtual machine with everything that belongs to it. */
struct tiny {
	struct cvmm_kvm kvm;
	struct cvmm_gate gate;
	struct cvmm_vm vm;
	struct cvmm_vcpu vcpu[GUEST_VCPUS_MAX];
	struct cvmm_run *run[GUEST_VCPUS_MAX];
	size_t run_bytes;
	uint32_t nvcpus;
	int restored; /* it comes from a snapshot, or will */
	uint64_t features;
	struct cvmm_device gic, its;
	uint8_t *ram;
	struct cvmm_vm_slot slot[CVMM_VM_SLOTS_MAX];
	struct cvmm_vm_regs regs;
	struct cvmm_machine machine;
	uint64_t differences;
	const char *step; /* what was being done, for the message when it fails */
};

/* What the command line asked for. */
struct tiny_options {
	const char *save, *restore, *baseline, *profile;
	uint32_t nvcpus;
	uint64_t features;
	int naive;
};

/* vm.c: a machine's parts, in the order in which KVM wants them; each returns 0 or -errno */
int tiny_open(struct tiny *t, struct cvmm_error *e);
int tiny_create_vcpus(struct tiny *t, const uint32_t *id, uint32_t n, struct cvmm_error *e);
int tiny_memory(struct tiny *t, struct cvmm_error *e);
void tiny_close(struct tiny *t);

/* arm64.c, x86_64.c: what the architecture adds; tiny_irqchip() before anything else is done to the VM */
int tiny_irqchip(struct tiny *t, struct cvmm_error *e);
int tiny_cpuid(struct tiny *t, const struct cvmm_baseline *base, struct cvmm_error *e);
int tiny_devices_init(struct tiny *t, struct cvmm_error *e);
int tiny_entry(struct tiny *t, struct cvmm_error *e);
uint64_t tiny_default_features(struct tiny *t);

/* run.c: let every vCPU run to its next checkpoint, serving its console */
int tiny_round(struct tiny *t, struct cvmm_error *e);

/* save.c, restore.c: tiny_restore_ram() gives the VM its memory with what the snapshot says is in it */
int tiny_new(struct tiny *t, const struct tiny_options *o, const struct cvmm_profile *host, struct cvmm_error *e);
int tiny_save(struct tiny *t, const char *file, const struct cvmm_profile *host, struct cvmm_error *e);
int tiny_restore(struct tiny *t, const struct tiny_options *o, const struct cvmm_profile *host, struct cvmm_error *e);
int tiny_restore_ram(struct tiny *t, const struct cvmm_view *v, struct cvmm_error *e);
int tiny_restore_vcpus(struct tiny *t, const struct cvmm_view *v, struct cvmm_error *e);

/* naive.c (arm64): the restore of a VMM that writes every register back and hopes: for comparison, and to try a refusal */
int tiny_naive(struct tiny *t, const struct cvmm_view *v, struct cvmm_error *e);

/* file.c */
void *tiny_read_file(const char *file, size_t *len);
int tiny_write_file(const char *file, const void *data, size_t len);
int tiny_ram_pack(const uint8_t *ram, uint8_t *out, size_t cap, size_t *len);
int tiny_ram_unpack(uint8_t *ram, const uint8_t *in, size_t len);
int tiny_profile(const char *file, struct cvmm_profile *out);
int tiny_baseline(const char *file, struct cvmm_baseline *out, struct cvmm_error *e);

/* The guest's program, from the image that the build made (image.S). */
extern const uint8_t tiny_guest_image[], tiny_guest_image_end[];

#endif
