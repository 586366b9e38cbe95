/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The writer of host profiles. It checks what it writes by the reader's rules, so that no text is made that the reader
 * would refuse.
 */
#include <cvmm/kvm-ioctls/profile.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/text.h>

#include <errno.h>
#include <string.h>

static int is_name(const char *name)
{
	size_t n;

	for (n = 0; name[n]; n++)
		if (name[n] <= ' ' || name[n] >= 0x7f || n >= CVMM_PROFILE_NAME_MAX)
			return 0;
	return n > 0;
}

static int pairs_ascend(const struct cvmm_pair *v, uint32_t n)
{
	uint32_t i;

	for (i = 1; i < n; i++)
		if (v[i - 1].id >= v[i].id)
			return 0;
	return 1;
}

static int reg_ok(uint32_t arch, uint64_t id, uint32_t max)
{
	uint32_t bytes = cvmm_reg_bytes(id);

	return cvmm_reg_arch(id) == arch && bytes && bytes <= max;
}

static int refuse(struct cvmm_error *e, enum cvmm_reason reason, uint64_t id)
{
	return cvmm_fail_id(e, -EINVAL, reason, id, 0);
}

static void put_id(struct cvmm_out *o, const char *kind, uint64_t id)
{
	cvmm_out_str(o, kind);
	cvmm_out_str(o, " ");
	cvmm_out_hex(o, id, 16);
	cvmm_out_str(o, " ");
}

static int write_header(struct cvmm_out *o, const struct cvmm_profile *p, struct cvmm_error *e)
{
	const char *arch = cvmm_arch_name(p->arch);

	if (!arch || !is_name(p->kernel) || !is_name(p->cpu))
		return refuse(e, CVMM_REASON_TEXT_NAME, 0);
	cvmm_out_str(o, "cvmm-profile 1\narch ");
	cvmm_out_str(o, arch);
	cvmm_out_str(o, "\nkernel ");
	cvmm_out_str(o, p->kernel);
	cvmm_out_str(o, "\ncpu ");
	cvmm_out_str(o, p->cpu);
	cvmm_out_str(o, "\n");
	return 0;
}

static int write_caps(struct cvmm_out *o, const struct cvmm_profile *p, struct cvmm_error *e)
{
	uint32_t i;

	if (!pairs_ascend(p->cap, p->ncaps) || !pairs_ascend(p->trait, p->ntraits))
		return refuse(e, CVMM_REASON_TEXT_ORDER, 0);
	for (i = 0; i < p->ncaps; i++) {
		if (!p->cap[i].value || p->cap[i].id > UINT32_MAX)
			return refuse(e, CVMM_REASON_TEXT_NUMBER, p->cap[i].id);
		cvmm_out_str(o, "cap ");
		cvmm_out_dec(o, p->cap[i].id);
		cvmm_out_str(o, " ");
		cvmm_out_dec(o, p->cap[i].value);
		cvmm_out_str(o, "\n");
	}
	for (i = 0; i < p->ntraits; i++) {
		const char *name = p->trait[i].id > UINT32_MAX ? NULL : cvmm_trait_name((uint32_t)p->trait[i].id);

		if (!name)
			return refuse(e, CVMM_REASON_TEXT_NAME, p->trait[i].id);
		cvmm_out_str(o, "trait ");
		cvmm_out_str(o, name);
		cvmm_out_str(o, " ");
		cvmm_out_dec(o, p->trait[i].value);
		cvmm_out_str(o, "\n");
	}
	return 0;
}

static int write_masks(struct cvmm_out *o, const char *kind, uint32_t arch, const struct cvmm_pair *v, uint32_t n,
	struct cvmm_error *e)
{
	uint32_t i;

	if (!pairs_ascend(v, n))
		return refuse(e, CVMM_REASON_TEXT_ORDER, 0);
	for (i = 0; i < n; i++) {
		if (!reg_ok(arch, v[i].id, 8))
			return refuse(e, CVMM_REASON_REG_ID_MALFORMED, v[i].id);
		put_id(o, kind, v[i].id);
		cvmm_out_hex(o, v[i].value, 16);
		cvmm_out_str(o, "\n");
	}
	return 0;
}

static int write_features(struct cvmm_out *o, uint32_t arch, uint64_t features, struct cvmm_error *e)
{
	cvmm_out_str(o, "features ");
	if (cvmm_out_features(o, arch, features))
		return refuse(e, CVMM_REASON_TEXT_NAME, features);
	cvmm_out_str(o, "\n");
	return 0;
}

static int write_regs(struct cvmm_out *o, uint32_t arch, const struct cvmm_variant *v, struct cvmm_error *e)
{
	uint8_t value[8];
	uint32_t i;

	for (i = 0; i < v->regs.n; i++) {
		const struct cvmm_item *item = &v->regs.item[i];

		if (!reg_ok(arch, item->id, CVMM_REG_BYTES_MAX) || item->size != cvmm_reg_bytes(item->id))
			return refuse(e, CVMM_REASON_REG_ID_MALFORMED, item->id);
		if (i && item[-1].id >= item->id)
			return refuse(e, CVMM_REASON_TEXT_ORDER, item->id);
		put_id(o, "reg", item->id);
		cvmm_out_bytes(o, cvmm_regset_value(&v->regs, i, 0), item->size);
		cvmm_out_str(o, "\n");
	}
	if (!pairs_ascend(v->guest, v->nguest))
		return refuse(e, CVMM_REASON_TEXT_ORDER, 0);
	for (i = 0; i < v->nguest; i++) {
		uint32_t size = cvmm_reg_bytes(v->guest[i].id);

		if (!reg_ok(arch, v->guest[i].id, sizeof(value)) || (size < 8 && v->guest[i].value >> (8 * size)))
			return refuse(e, CVMM_REASON_REG_ID_MALFORMED, v->guest[i].id);
		cvmm_store_le(value, size, v->guest[i].value);
		put_id(o, "guest", v->guest[i].id);
		cvmm_out_bytes(o, value, size);
		cvmm_out_str(o, "\n");
	}
	return 0;
}

static int write_hvcs(struct cvmm_out *o, const struct cvmm_variant *v, struct cvmm_error *e)
{
	uint32_t i, k;

	for (i = 0; i < v->nhvc; i++) {
		const struct cvmm_hvc *h = &v->hvc[i];

		if (i && (h[-1].fn > h->fn || (h[-1].fn == h->fn && h[-1].arg >= h->arg)))
			return refuse(e, CVMM_REASON_TEXT_ORDER, h->fn);
		cvmm_out_str(o, "hvc ");
		cvmm_out_hex(o, h->fn, 1);
		cvmm_out_str(o, " ");
		cvmm_out_hex(o, h->arg, 1);
		for (k = 0; k < 4; k++) {
			cvmm_out_str(o, " ");
			if (h->x[k] == CVMM_HVC_ANY)
				cvmm_out_str(o, "*");
			else
				cvmm_out_hex(o, h->x[k], 1);
		}
		cvmm_out_str(o, "\n");
	}
	return 0;
}

static int write_variants(struct cvmm_out *o, const struct cvmm_profile *p, struct cvmm_error *e)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; !ret && i < p->nvariants; i++) {
		const struct cvmm_variant *v = &p->variant[i];

		if (i && v[-1].features >= v->features)
			return refuse(e, CVMM_REASON_TEXT_ORDER, v->features);
		ret = write_features(o, p->arch, v->features, e);
		if (!ret)
			ret = write_regs(o, p->arch, v, e);
		if (!ret)
			ret = write_hvcs(o, v, e);
	}
	return ret;
}

int cvmm_profile_write(const struct cvmm_profile *p, char *buf, size_t cap, size_t *len, struct cvmm_error *e)
{
	struct cvmm_out o = { buf, cap, 0 };
	int ret = write_header(&o, p, e);

	if (!ret)
		ret = write_caps(&o, p, e);
	if (!ret)
		ret = write_masks(&o, "mask", p->arch, p->mask, p->nmasks, e);
	if (!ret)
		ret = write_masks(&o, "lower", p->arch, p->lower, p->nlower, e);
	if (!ret)
		ret = write_masks(&o, "bits", p->arch, p->bits, p->nbits, e);
	if (!ret)
		ret = write_variants(&o, p, e);
	if (ret)
		return ret;
	*len = o.len;
	if (o.len > cap)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, o.len);
	if (o.len > CVMM_PROFILE_BYTES_MAX)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_TEXT_LIMIT, 0, CVMM_PROFILE_BYTES_MAX);
	return 0;
}
