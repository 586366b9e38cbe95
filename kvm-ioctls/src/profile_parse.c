/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The reader of host profiles: the second pass, which judges every byte. */
#include <cvmm/kvm-ioctls/reg-id.h>

#include "profile_layout.h"

#include <errno.h>
#include <string.h>

struct build {
	struct cvmm_text t;
	struct profile_layout l;
	size_t used[NLISTS];
	uint8_t *store;
	struct cvmm_profile p;
	struct cvmm_variant *v;
	int rank;
};

/* Room for @n more elements of a list. NULL only if the counting pass stopped early, at a line that cannot be right. */
static void *push(struct build *b, enum profile_list list, size_t n)
{
	void *at;

	if (b->l.n[list] - b->used[list] < n) {
		(void)cvmm_text_fail(&b->t, CVMM_REASON_TEXT_SYNTAX, 0);
		return NULL;
	}
	at = b->store + b->l.off[list] + b->used[list] * cvmm_profile_element[list];
	b->used[list] += n;
	return at;
}

/* Lists ascend, so a fact that is stated twice stands next to itself. */
static int ascends(const struct build *b, uint64_t last, uint64_t id)
{
	if (last < id)
		return 0;
	return cvmm_text_fail(&b->t, last == id ? CVMM_REASON_TEXT_DUPLICATE : CVMM_REASON_TEXT_ORDER, id);
}

static int push_pair(struct build *b, enum profile_list list, uint32_t nlast, uint64_t id, uint64_t value)
{
	struct cvmm_pair *pair = push(b, list, 1);

	if (!pair)
		return -EINVAL;
	pair->id = id;
	pair->value = value;
	return nlast ? ascends(b, pair[-1].id, id) : 0;
}

static int read_cap(struct build *b)
{
	uint64_t nr, value;

	if (cvmm_text_dec(&b->t, UINT32_MAX, &nr) || cvmm_text_dec(&b->t, UINT64_MAX, &value))
		return -EINVAL;
	if (!value)
		return cvmm_text_fail(&b->t, CVMM_REASON_TEXT_NUMBER, nr);
	return push_pair(b, CAP, b->p.ncaps++, nr, value);
}

static int read_trait(struct build *b)
{
	struct cvmm_word w;
	uint64_t value;
	int trait;

	if (cvmm_text_word(&b->t, &w))
		return -EINVAL;
	trait = cvmm_trait_from_name(w.p, w.len);
	if (trait < 0)
		return cvmm_text_fail(&b->t, CVMM_REASON_TEXT_NAME, 0);
	if (cvmm_text_dec(&b->t, UINT64_MAX, &value))
		return -EINVAL;
	return push_pair(b, TRAIT, b->p.ntraits++, (uint64_t)trait, value);
}

/* mask, lower, bits: facts about registers of up to 64 bits, always in 16 digits */
static int read_id_mask(struct build *b, enum profile_list list, uint32_t *n)
{
	uint64_t id, value;

	if (cvmm_text_reg_id(&b->t, b->p.arch, &id) || cvmm_text_hex16(&b->t, &value))
		return -EINVAL;
	if (cvmm_reg_bytes(id) > 8)
		return cvmm_text_fail(&b->t, CVMM_REASON_TEXT_NUMBER, id);
	return push_pair(b, list, (*n)++, id, value);
}

static int read_mask(struct build *b)
{
	return read_id_mask(b, MASK, &b->p.nmasks);
}

static int read_lower(struct build *b)
{
	return read_id_mask(b, LOWER, &b->p.nlower);
}

static int read_bits(struct build *b)
{
	return read_id_mask(b, BITS, &b->p.nbits);
}

static int read_features(struct build *b)
{
	struct cvmm_variant *v;
	uint64_t set = 0;

	if (cvmm_text_features(&b->t, b->p.arch, &set))
		return -EINVAL;
	if (b->v && ascends(b, b->v->features, set))
		return -EINVAL;
	v = push(b, VARIANT, 1);
	if (!v)
		return -EINVAL;
	memset(v, 0, sizeof(*v));
	v->features = set;
	v->regs.item = (const struct cvmm_item *)(const void *)(b->store + b->l.off[ITEM]) + b->used[ITEM];
	v->regs.col = b->store + b->l.off[COLUMN] + b->used[COLUMN];
	v->regs.ncols = 1;
	v->guest = (const struct cvmm_pair *)(const void *)(b->store + b->l.off[GUEST]) + b->used[GUEST];
	v->hvc = (const struct cvmm_hvc *)(const void *)(b->store + b->l.off[HVC]) + b->used[HVC];
	b->p.nvariants++;
	b->v = v;
	return 0;
}

static int read_reg(struct build *b)
{
	struct cvmm_regset *set = &b->v->regs;
	struct cvmm_item *item;
	uint8_t *value;
	uint64_t id;

	if (cvmm_text_reg_id(&b->t, b->p.arch, &id) || (set->n && ascends(b, set->item[set->n - 1].id, id)))
		return -EINVAL;
	if ((size_t)(b->t.eol - b->t.at) < 1 + 2 * (size_t)cvmm_reg_bytes(id))
		return cvmm_text_fail(&b->t, CVMM_REASON_TEXT_NUMBER, id);
	item = push(b, ITEM, 1);
	value = push(b, COLUMN, cvmm_reg_bytes(id));
	if (!item || !value || cvmm_text_bytes(&b->t, cvmm_reg_bytes(id), value))
		return -EINVAL;
	item->id = id;
	item->size = cvmm_reg_bytes(id);
	item->off = set->stride;
	set->stride += item->size;
	set->n++;
	return 0;
}

static int read_guest(struct build *b)
{
	uint8_t value[8];
	uint64_t id;

	if (cvmm_text_reg_id(&b->t, b->p.arch, &id))
		return -EINVAL;
	if (cvmm_reg_bytes(id) > sizeof(value))
		return cvmm_text_fail(&b->t, CVMM_REASON_TEXT_NUMBER, id);
	if (cvmm_text_bytes(&b->t, cvmm_reg_bytes(id), value))
		return -EINVAL;
	return push_pair(b, GUEST, b->v->nguest++, id, cvmm_load_le(value, cvmm_reg_bytes(id)));
}

static int read_hvc_x(struct build *b, uint64_t *x)
{
	struct cvmm_text ahead = b->t;
	struct cvmm_word w;

	ahead.e = NULL;
	if (!cvmm_text_word(&ahead, &w) && cvmm_word_is(&w, "*")) {
		b->t.at = ahead.at;
		*x = CVMM_HVC_ANY;
		return 0;
	}
	if (cvmm_text_hex(&b->t, x))
		return -EINVAL;
	return *x == CVMM_HVC_ANY ? cvmm_text_fail(&b->t, CVMM_REASON_TEXT_NUMBER, 0) : 0;
}

static int read_hvc(struct build *b)
{
	struct cvmm_hvc *h = push(b, HVC, 1);
	uint32_t i;

	if (!h || cvmm_text_hex(&b->t, &h->fn) || cvmm_text_hex(&b->t, &h->arg))
		return -EINVAL;
	for (i = 0; i < 4; i++)
		if (read_hvc_x(b, &h->x[i]))
			return -EINVAL;
	if (!b->v->nhvc++ || h[-1].fn < h->fn)
		return 0;
	return h[-1].fn == h->fn ? ascends(b, h[-1].arg, h->arg) : ascends(b, h[-1].fn, h->fn);
}

static int (*const readers[NRANKS])(struct build *b) = {
	[RANK_CAP] = read_cap,
	[RANK_TRAIT] = read_trait,
	[RANK_MASK] = read_mask,
	[RANK_LOWER] = read_lower,
	[RANK_BITS] = read_bits,
	[RANK_FEATURES] = read_features,
	[RANK_REG] = read_reg,
	[RANK_GUEST] = read_guest,
	[RANK_HVC] = read_hvc,
};

/* Lines 1 to 4: one word of a fixed kind, one word. */
static int header_line(struct build *b, const char *kind)
{
	struct cvmm_word w;
	int ret = cvmm_text_line(&b->t, &w);

	if (ret < 0)
		return ret;
	if (!ret)
		b->t.line++;
	if (!ret || !cvmm_word_is(&w, kind))
		return cvmm_text_fail(&b->t, CVMM_REASON_TEXT_MISSING, 0);
	return 0;
}

static int header_name(struct build *b, const char *kind, const char **out)
{
	struct cvmm_word w;
	char *at;

	if (header_line(b, kind) || cvmm_text_word(&b->t, &w) || cvmm_text_done(&b->t))
		return -EINVAL;
	if (w.len > CVMM_PROFILE_NAME_MAX)
		return cvmm_text_fail(&b->t, CVMM_REASON_TEXT_NAME, 0);
	at = push(b, STRING, w.len + 1);
	if (!at)
		return -EINVAL;
	memcpy(at, w.p, w.len);
	at[w.len] = 0;
	*out = at;
	return 0;
}

static int read_header(struct build *b)
{
	struct cvmm_word w;
	uint64_t version;

	if (header_line(b, "cvmm-profile") || cvmm_text_dec(&b->t, UINT32_MAX, &version) || cvmm_text_done(&b->t))
		return -EINVAL;
	if (version != 1)
		return cvmm_text_fail(&b->t, CVMM_REASON_TEXT_VERSION, version);
	if (header_line(b, "arch") || cvmm_text_word(&b->t, &w) || cvmm_text_done(&b->t))
		return -EINVAL;
	b->p.arch = cvmm_arch_from_name(w.p, w.len);
	if (!b->p.arch)
		return cvmm_text_fail(&b->t, CVMM_REASON_TEXT_NAME, 0);
	return header_name(b, "kernel", &b->p.kernel) || header_name(b, "cpu", &b->p.cpu) ? -EINVAL : 0;
}

/* Lines of a kind that somebody else invented. They may say anything, but as text. */
static int skip_vendor(struct build *b)
{
	const char *p;

	for (p = b->t.at; p < b->t.eol; p++) {
		if ((uint8_t)*p < ' ' || *p == 0x7f) {
			b->t.at = p;
			return cvmm_text_fail(&b->t, CVMM_REASON_TEXT_SYNTAX, 0);
		}
	}
	b->p.nskipped++;
	return 0;
}

static int is_header_kind(const struct cvmm_word *w)
{
	return cvmm_word_is(w, "cvmm-profile") || cvmm_word_is(w, "arch") || cvmm_word_is(w, "kernel") ||
	       cvmm_word_is(w, "cpu");
}

static int read_line(struct build *b, const struct cvmm_word *w)
{
	int rank = cvmm_profile_rank(w);

	if (rank < 0 && w->len > 2 && !memcmp(w->p, "x-", 2))
		return skip_vendor(b);
	if (rank < 0)
		return cvmm_text_fail(&b->t, is_header_kind(w) ? CVMM_REASON_TEXT_DUPLICATE : CVMM_REASON_TEXT_KIND, 0);
	if ((rank > RANK_FEATURES && !b->v) || (rank < b->rank && rank != RANK_FEATURES))
		return cvmm_text_fail(&b->t, CVMM_REASON_TEXT_ORDER, 0);
	b->rank = rank;
	if (readers[rank](b))
		return -EINVAL;
	return cvmm_text_done(&b->t);
}

static void point_lists(struct build *b)
{
	const uint8_t *s = b->store;

	b->p.cap = (const struct cvmm_pair *)(const void *)(s + b->l.off[CAP]);
	b->p.trait = (const struct cvmm_pair *)(const void *)(s + b->l.off[TRAIT]);
	b->p.mask = (const struct cvmm_pair *)(const void *)(s + b->l.off[MASK]);
	b->p.lower = (const struct cvmm_pair *)(const void *)(s + b->l.off[LOWER]);
	b->p.bits = (const struct cvmm_pair *)(const void *)(s + b->l.off[BITS]);
	b->p.variant = (const struct cvmm_variant *)(const void *)(s + b->l.off[VARIANT]);
}

int cvmm_profile_need(const char *text, size_t len, size_t *bytes, struct cvmm_error *e)
{
	struct profile_layout l;

	if (len > CVMM_PROFILE_BYTES_MAX)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_TEXT_LIMIT, 0, CVMM_PROFILE_BYTES_MAX);
	cvmm_profile_layout(text, len, &l);
	*bytes = l.bytes;
	return 0;
}

int cvmm_profile_parse(
	const char *text, size_t len, void *store, size_t cap, struct cvmm_profile *out, struct cvmm_error *e)
{
	struct build b;
	struct cvmm_word w;
	int ret;

	if (len > CVMM_PROFILE_BYTES_MAX)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_TEXT_LIMIT, 0, CVMM_PROFILE_BYTES_MAX);
	if ((uintptr_t)store % 16)
		return cvmm_fail(e, -EINVAL, CVMM_REASON_ARGUMENT);
	memset(&b, 0, sizeof(b));
	cvmm_profile_layout(text, len, &b.l);
	if (cap < b.l.bytes)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, b.l.bytes);
	b.store = store;
	cvmm_text_init(&b.t, text, len, e);
	ret = read_header(&b);
	while (!ret) {
		ret = cvmm_text_line(&b.t, &w);
		if (ret <= 0)
			break;
		ret = read_line(&b, &w);
	}
	if (ret)
		return ret;
	point_lists(&b);
	*out = b.p;
	return 0;
}
