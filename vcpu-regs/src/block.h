/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef CVMM_VCPU_REGS_BLOCK_H
#define CVMM_VCPU_REGS_BLOCK_H

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

/* The largest value whose size is known beforehand: x86_64's local APIC; and of those whose size the host decides. */
#define VALUE_BYTES_MAX 1024u
#define BLOCK_BYTES_MAX 12288u

/* State that KVM moves as one structure by ioctls of its own. */
struct block {
	uint64_t id;
	uint32_t size; /* 0: the host decides, up to BLOCK_BYTES_MAX */
	int (*get)(struct cvmm_vcpu vcpu, void *v, uint32_t size, struct cvmm_error *e);
	int (*set)(struct cvmm_vcpu vcpu, const void *v, uint32_t size, struct cvmm_error *e);
	/* Does a vCPU that has @got hold @want? NULL: if all bytes are equal. */
	int (*holds)(const uint8_t *got, const uint8_t *want, uint32_t size);
};

extern const struct block cvmm_vcpu_blocks_arm64[];
extern const uint32_t cvmm_vcpu_nblocks_arm64;
extern const struct block cvmm_vcpu_blocks_x86_64[];
extern const uint32_t cvmm_vcpu_nblocks_x86_64;
extern const struct block cvmm_vcpu_blocks_riscv64[];
extern const uint32_t cvmm_vcpu_nblocks_riscv64;

/* The block of an id, or NULL. */
const struct block *cvmm_vcpu_block_find(uint64_t id);

/* 0 or -errno, with @e's id set. @size is the block's; it was checked. */
int cvmm_vcpu_block_get(struct cvmm_vcpu vcpu, uint64_t id, void *v, uint32_t size, struct cvmm_error *e);
int cvmm_vcpu_block_set(struct cvmm_vcpu vcpu, uint64_t id, const void *v, uint32_t size, struct cvmm_error *e);

/*
 * How many bytes a register's value has; 0: it is not moved here. Where the host decides: @size if that is possible at all,
 * and what is too large otherwise.
 */
static inline uint32_t value_bytes(const struct cvmm_row *row, uint64_t id, uint32_t size)
{
	const struct block *b;

	if (__builtin_expect(row->access == CVMM_ACCESS_ONE_REG || row->access == CVMM_ACCESS_MSR, 1))
		return cvmm_reg_bytes(id);
	b = cvmm_vcpu_block_find(id);
	if (!b)
		return 0;
	return b->size ? b->size : size && size <= BLOCK_BYTES_MAX ? size : BLOCK_BYTES_MAX;
}

/* Are two values the same to the guest? What moves by itself does not count; @got may be further than @want. */
int cvmm_vcpu_value_holds(
	const struct cvmm_row *row, uint64_t id, const void *got, const void *want, uint32_t size, uint64_t pmcr);

/* One register, whatever it is reached through. Owner and size were checked. */
int cvmm_vcpu_access_get(
	struct cvmm_vcpu vcpu, const struct cvmm_row *row, uint64_t id, void *v, uint32_t size, struct cvmm_error *e);
int cvmm_vcpu_access_set(struct cvmm_vcpu vcpu, const struct cvmm_row *row, uint64_t id, const void *v, uint32_t size,
	struct cvmm_error *e);

/* x86_64: blocks whose size the host decides (block_x86_sized.c). */
int cvmm_vcpu_cpuid2_get(struct cvmm_vcpu vcpu, void *v, uint32_t size, struct cvmm_error *e);
int cvmm_vcpu_cpuid2_set(struct cvmm_vcpu vcpu, const void *v, uint32_t size, struct cvmm_error *e);
int cvmm_vcpu_nested_get(struct cvmm_vcpu vcpu, void *v, uint32_t size, struct cvmm_error *e);
int cvmm_vcpu_nested_set(struct cvmm_vcpu vcpu, const void *v, uint32_t size, struct cvmm_error *e);
int cvmm_vcpu_xsave_get(struct cvmm_vcpu vcpu, void *v, uint32_t size, struct cvmm_error *e);
int cvmm_vcpu_xsave_set(struct cvmm_vcpu vcpu, const void *v, uint32_t size, struct cvmm_error *e);
int cvmm_vcpu_xsave_holds(const uint8_t *got, const uint8_t *want, uint32_t size);

/*
 * x86_64: the MSRs that stand next to each other in a list, up to one KVM_GET/SET_MSRS. Returns how many items were
 * handled, at least 1, or -errno with @e's id set. @skip says which ones are not written.
 */
int cvmm_vcpu_regs_msrs_get(
	struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n, uint8_t *col, struct cvmm_error *e);
int cvmm_vcpu_regs_msrs_set(struct cvmm_vcpu vcpu, const struct cvmm_item *item, uint32_t n, const uint8_t *col,
	int (*skip)(const struct cvmm_item *item, void *ctx), void *ctx, struct cvmm_error *e);

#endif
