/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: from a register's id to its row
 *
 * What vm-regs and vcpu-regs make of their tables at build time, so that finding a row is two look-ups, whatever the id.
 */
#ifndef CVMM_KVM_IOCTLS_CATALOGUE_H
#define CVMM_KVM_IOCTLS_CATALOGUE_H

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/row.h>

CVMM_BEGIN_DECLS

/**
 * struct cvmm_catalogue - rows and rules of one architecture, and the way from an id to its row
 * @arch:   enum cvmm_arch
 * @nrows:  number of rows, at most 254
 * @nrules: number of rules
 * @npages: number of entries of @page
 * @row:    rows, ascending by first
 * @rule:   rules, most specific first
 * @page:   for each 64 neighbouring numbers, the index of their block in @entry; block 0 is empty
 * @entry:  blocks of 64: index of the row, plus 1; 0 for none
 *
 * Generated, constant. For libraries that hold rows.
 */
struct cvmm_catalogue {
	uint32_t arch;
	uint32_t nrows;
	uint32_t nrules;
	uint32_t npages;
	const struct cvmm_row *row;
	const struct cvmm_rule *rule;
	const uint8_t *page;
	const uint8_t *entry;
};

/**
 * cvmm_catalogue_number() - a register id folded into a small number
 * @id: any id
 *
 * Ids that differ may fold into the same number; cvmm_catalogue_find() compares the whole id afterwards. arm64: class
 * and low half, properties as a class of their own, the VGIC's registers by their group. riscv64: type, subtype and
 * number. x86_64: MSRs by their ranges, and what is ours.
 *
 * Return: the number, below 2^20; 0 for an id of an unknown architecture.
 */
static inline uint32_t cvmm_catalogue_number(uint64_t id)
{
	uint32_t low = (uint32_t)id;

	switch (id >> 56) {
	case CVMM_ARCH_ARM64:
		if (id >> 36 & 0xffff)
			return (8u + (uint32_t)(id >> 32 & 7)) << 16 |
			       ((low + (low >> 1 & 0x8000) + (uint32_t)(id >> 35 & 1)) & 0xffff);
		if (id >> 32 & 0xf)
			return 7u << 16 | (low & 0xffff);
		return (low >> 16 & 7) << 16 | (low & 0xffff);
	case CVMM_ARCH_RISCV64:
		if (id >> 32 & 0xfffff)
			return 15u << 14 | (low & 0x3fff);
		/* A vector register's size is the host's: the same numbers in several sizes. */
		if ((low >> 24 & 15) == 9)
			return 9u << 14 | (uint32_t)(id >> 52 & 7) << 6 | (low & 63);
		return (low >> 24 & 15) << 14 | (low >> 16 & 3) << 12 | (low & 0xfff);
	case CVMM_ARCH_X86_64:
		if ((id >> 32 & 0xff) != 2)
			return 0xff00u | (low & 0xff);
		return (low >> 30 & 3) << 14 | (low >> 16 & 1) << 13 | (low & 0x1fff);
	default: return 0;
	}
}

/**
 * cvmm_catalogue_find() - the row that covers an id
 * @cat: the catalogue
 * @id:  any number, believed in nothing: the whole id is compared with the row in the end
 *
 * Two table look-ups, no search. Return: a constant row, or NULL.
 */
static inline const struct cvmm_row *cvmm_catalogue_find(const struct cvmm_catalogue *cat, uint64_t id)
{
	uint32_t number = cvmm_catalogue_number(id);
	const struct cvmm_row *row;
	uint32_t index;

	if (id >> 56 != cat->arch || number >> 6 >= cat->npages)
		return NULL;
	index = cat->entry[(uint32_t)cat->page[number >> 6] << 6 | (number & 63)];
	if (!index)
		return NULL;
	row = &cat->row[index - 1];
	return cvmm_row_has(row, id) ? row : NULL;
}

CVMM_END_DECLS

#endif
