/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/kvm-ioctls/regset.h>

#include <errno.h>

int cvmm_regset_find(const struct cvmm_regset *set, uint64_t id)
{
	uint32_t lo = 0, hi = set->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (set->item[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < set->n && set->item[lo].id == id ? (int)lo : -ENOENT;
}

uint64_t cvmm_regset_u64(const struct cvmm_regset *set, uint32_t item, uint32_t col)
{
	return cvmm_load_le(cvmm_regset_value(set, item, col), set->item[item].size);
}

const struct cvmm_pair *cvmm_pair_find(const struct cvmm_pair *list, uint32_t n, uint64_t id)
{
	uint32_t lo = 0, hi = n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (list[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && list[lo].id == id ? &list[lo] : NULL;
}
