/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/fleet/matrix.h>

#include <errno.h>

static void refuse_all(struct cvmm_move *move, uint32_t n, const struct cvmm_error *why)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		move[i] = (struct cvmm_move){ .id = why->id, .nrefused = 1, .reason = why->reason };
}

int cvmm_matrix_row(const struct cvmm_profile *from, const struct cvmm_baseline *b,
	const struct cvmm_profile *const *to, uint32_t n, const struct cvmm_rules *mine, struct cvmm_move *move,
	void *store, size_t cap, struct cvmm_error *e)
{
	struct cvmm_error why = { 0 };
	struct cvmm_view view;
	int ret;

	if (cap < CVMM_MATRIX_BYTES)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, CVMM_MATRIX_BYTES);
	if ((uintptr_t)store % 16)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_ARGUMENT);
	ret = cvmm_view_fresh(from, b ? b->features : cvmm_default_features(from), b ? b->pin : NULL, b ? b->n : 0,
		store, CVMM_VIEW_FRESH_BYTES, &view, &why);
	if (!ret && b)
		ret = cvmm_view_fresh_wide(&view, from, b->wide, b->nwide, &why);
	if (ret) {
		refuse_all(move, n, &why);
		return 0;
	}
	return cvmm_plan_moves(
		&view, to, n, mine, move, (uint8_t *)store + CVMM_VIEW_FRESH_BYTES, cap - CVMM_VIEW_FRESH_BYTES, e);
}
