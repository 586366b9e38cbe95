/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Memory slots, as far as KVM checks them. */
#include "internal.h"

#define CAP_NR_MEMSLOTS 10u
#define FLAG_LOG_DIRTY	1u
#define FLAG_READONLY	2u
#define MAX_PAGES	UINT64_C(0x7fffffff)

static int check_region(const struct sim_call *c, const struct cvmm_kvm_memory_region *r)
{
	uint64_t slots = cvmm_profile_cap(c->s->profile, CAP_NR_MEMSLOTS);

	if (r->flags & ~(FLAG_LOG_DIRTY | FLAG_READONLY) || r->memory_bytes & (SIM_PAGE - 1) ||
		r->guest_phys_addr & (SIM_PAGE - 1) || r->userspace_addr & (SIM_PAGE - 1))
		return -EINVAL;
	/* Addresses that no process of an x86_64 host can have. */
	if (c->s->profile->arch == CVMM_ARCH_X86_64 && r->userspace_addr >> 47)
		return -EINVAL;
	if (r->userspace_addr + r->memory_bytes < r->userspace_addr || r->slot >> 16 ||
		r->slot >= (slots ? slots : 32) || r->guest_phys_addr + r->memory_bytes < r->guest_phys_addr ||
		r->memory_bytes / SIM_PAGE > MAX_PAGES)
		return -EINVAL;
	return 0;
}

/*
 * The slot with this number, or a free one. A slot's home is its number modulo the size of the table; only if some slot
 * had to live elsewhere are all of them looked at.
 */
static struct sim_slot *find_slot(struct sim_call *c, uint32_t id, struct sim_slot **spare)
{
	struct sim_slot *slot = sim_slots(c->s, c->vm), *home = &slot[id % c->s->cfg.max_memslots];
	uint32_t i;

	*spare = home->used ? NULL : home;
	if (home->used && home->id == id)
		return home;
	if (*spare && !c->vm->displaced)
		return NULL;
	for (i = 0; i < c->s->cfg.max_memslots; i++) {
		if (slot[i].used && slot[i].id == id)
			return &slot[i];
		if (!slot[i].used && !*spare)
			*spare = &slot[i];
	}
	return NULL;
}

static int displaced(struct sim_call *c, const struct sim_slot *slot, uint32_t id)
{
	return slot != &sim_slots(c->s, c->vm)[id % c->s->cfg.max_memslots];
}

static int overlaps(struct sim_call *c, const struct cvmm_kvm_memory_region *r)
{
	const struct sim_slot *slot = sim_slots(c->s, c->vm);
	uint32_t i, seen = 0;

	if (r->guest_phys_addr >= c->vm->mem_top)
		return 0;
	for (i = 0; i < c->s->cfg.max_memslots && seen < c->vm->nmemslots; i++) {
		seen += slot[i].used;
		if (slot[i].used && slot[i].id != r->slot && slot[i].gpa < r->guest_phys_addr + r->memory_bytes &&
			r->guest_phys_addr < slot[i].gpa + slot[i].size)
			return 1;
	}
	return 0;
}

static int change_slot(struct sim_call *c, const struct cvmm_kvm_memory_region *r)
{
	struct sim_slot *spare, *old = find_slot(c, r->slot, &spare);

	if (!r->memory_bytes) {
		if (!old)
			return -EINVAL;
		c->vm->displaced -= (uint32_t)displaced(c, old, old->id);
		memset(old, 0, sizeof(*old));
		c->vm->nmemslots--;
		return 0;
	}
	if (old && (old->size != r->memory_bytes || old->hva != r->userspace_addr ||
			   (old->flags ^ r->flags) & FLAG_READONLY))
		return -EINVAL;
	if ((!old || old->gpa != r->guest_phys_addr) && overlaps(c, r))
		return -EEXIST;
	if (r->guest_phys_addr + r->memory_bytes > UINT64_C(1) << c->vm->ipa_bits)
		return -EFAULT;
	if (!old && !spare)
		return -ENOMEM;
	if (!old) {
		c->vm->nmemslots++;
		c->vm->displaced += (uint32_t)displaced(c, spare, r->slot);
		old = spare;
	}
	if (r->guest_phys_addr + r->memory_bytes > c->vm->mem_top)
		c->vm->mem_top = r->guest_phys_addr + r->memory_bytes;
	*old = (struct sim_slot){ .used = 1,
		.flags = r->flags,
		.id = r->slot,
		.gpa = r->guest_phys_addr,
		.size = r->memory_bytes,
		.hva = r->userspace_addr };
	return 0;
}

int cvmm_sim_set_memory(struct sim_call *c, uintptr_t arg)
{
	struct cvmm_kvm_memory_region r;
	int ret = sim_fetch(&r, arg, sizeof(r));

	if (ret == 0)
		ret = check_region(c, &r);
	if (ret < 0)
		return ret;
	sim_acquire(&c->vm->lock);
	ret = change_slot(c, &r);
	sim_release(&c->vm->lock);
	return ret;
}

/* No guest writes, so the log is always empty: zeroes for the whole slot, rounded up to 64 pages. */
int cvmm_sim_dirty_log(struct sim_call *c, uintptr_t arg)
{
	struct {
		uint32_t slot, pad;
		uint64_t addr;
	} a;
	uint64_t slots = cvmm_profile_cap(c->s->profile, CAP_NR_MEMSLOTS), words, i;
	struct sim_slot *spare, *slot = NULL;
	int ret = sim_fetch(&a, arg, sizeof(a));

	if (ret < 0)
		return ret;
	if (a.slot >> 16 || a.slot >= (slots ? slots : 32))
		return -EINVAL;
	sim_acquire(&c->vm->lock);
	slot = find_slot(c, a.slot, &spare);
	ret = slot && slot->flags & FLAG_LOG_DIRTY ? 0 : -ENOENT;
	words = slot ? (slot->size / SIM_PAGE + 63) / 64 : 0;
	sim_release(&c->vm->lock);
	for (i = 0; ret == 0 && i < words; i++)
		ret = sim_put(a.addr + i * 8, &(uint64_t){ 0 }, 8);
	return ret;
}

int cvmm_sim_clear_dirty_log(struct sim_call *c, uintptr_t arg)
{
	struct {
		uint32_t slot, pages;
		uint64_t first, addr;
	} a;
	struct sim_slot *spare, *slot;
	uint64_t n;
	int ret = sim_fetch(&a, arg, sizeof(a));

	if (ret < 0)
		return ret;
	if (a.slot >> 16 || a.first & 63)
		return -EINVAL;
	sim_acquire(&c->vm->lock);
	slot = find_slot(c, a.slot, &spare);
	n = slot ? slot->size / SIM_PAGE : 0;
	if (!slot || !(slot->flags & FLAG_LOG_DIRTY))
		ret = -ENOENT;
	else if (a.first > n || a.pages > n - a.first || (a.pages & 63 && a.pages != n - a.first))
		ret = -EINVAL;
	sim_release(&c->vm->lock);
	return ret;
}

/* Is this guest-physical range inside of one slot? Called with the VM's lock held. */
int cvmm_sim_in_slot(struct sim *s, struct sim_vm *vm, uint64_t gpa, uint64_t len)
{
	const struct sim_slot *slot = sim_slots(s, vm);
	uint32_t i;

	for (i = 0; i < s->cfg.max_memslots; i++)
		if (slot[i].used && gpa >= slot[i].gpa && gpa - slot[i].gpa < slot[i].size &&
			slot[i].size - (gpa - slot[i].gpa) >= len)
			return 1;
	return 0;
}
