/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The text of baselines: as strict as that of profiles, and read by the same reader. */
#include <cvmm/fleet/baseline.h>

#include "promise.h"

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/kvm-ioctls/text.h>

#include <errno.h>
#include <string.h>

static int header_line(struct cvmm_text *t, const char *kind)
{
	struct cvmm_word w;
	int ret = cvmm_text_line(t, &w);

	if (ret < 0)
		return ret;
	if (!ret)
		t->line++;
	if (!ret || !cvmm_word_is(&w, kind))
		return cvmm_text_fail(t, CVMM_REASON_TEXT_MISSING, 0);
	return 0;
}

static int read_header(struct cvmm_text *t, struct cvmm_baseline *b)
{
	struct cvmm_word w;
	uint64_t version;

	if (header_line(t, "cvmm-baseline") || cvmm_text_dec(t, UINT32_MAX, &version) || cvmm_text_done(t))
		return -EINVAL;
	if (version != 1)
		return cvmm_text_fail(t, CVMM_REASON_TEXT_VERSION, version);
	if (header_line(t, "arch") || cvmm_text_word(t, &w) || cvmm_text_done(t))
		return -EINVAL;
	b->arch = cvmm_arch_from_name(w.p, w.len);
	if (!b->arch)
		return cvmm_text_fail(t, CVMM_REASON_TEXT_NAME, 0);
	if (header_line(t, "features") || cvmm_text_features(t, b->arch, &b->features))
		return -EINVAL;
	return 0;
}

static int read_wide(struct cvmm_text *t, struct cvmm_baseline *b, uint64_t id)
{
	struct cvmm_wide *w = &b->wide[b->nwide];

	if (b->nwide == CVMM_BASELINE_WIDE_MAX)
		return cvmm_text_fail(t, CVMM_REASON_LIMIT, id);
	w->id = id;
	if (cvmm_text_bytes(t, cvmm_reg_bytes(id), w->value))
		return -EINVAL;
	b->wide_host[b->nwide++] = CVMM_NO_HOST;
	return cvmm_text_done(t);
}

/* The size is in an id's upper bits, so the wide ones come behind all others. */
static uint64_t last_of(const struct cvmm_baseline *b)
{
	if (b->nwide)
		return b->wide[b->nwide - 1].id;
	return b->n ? b->pin[b->n - 1].id : 0;
}

static int read_reg(struct cvmm_text *t, struct cvmm_baseline *b)
{
	uint8_t value[8];
	struct promise p;
	uint64_t id, last = last_of(b);

	if (cvmm_text_reg_id(t, b->arch, &id))
		return -EINVAL;
	if (last && last >= id)
		return cvmm_text_fail(t, last == id ? CVMM_REASON_TEXT_DUPLICATE : CVMM_REASON_TEXT_ORDER, id);
	if (!cvmm_promise_of(id, b->features, &p) || !p.told)
		return cvmm_text_fail(t, CVMM_REASON_NOT_VM_OWNED, id);
	if (p.nwide)
		return read_wide(t, b, id);
	if (b->n == CVMM_BASELINE_REGS_MAX)
		return cvmm_text_fail(t, CVMM_REASON_LIMIT, id);
	if (cvmm_text_bytes(t, cvmm_reg_bytes(id), value))
		return -EINVAL;
	b->pin[b->n].id = id;
	b->pin[b->n].value = cvmm_load_le(value, cvmm_reg_bytes(id));
	b->host[b->n] = CVMM_NO_HOST;
	b->n++;
	return cvmm_text_done(t);
}

static int skip_vendor(struct cvmm_text *t, struct cvmm_baseline *b)
{
	const char *p;

	for (p = t->at; p < t->eol; p++)
		if ((uint8_t)*p < ' ' || *p == 0x7f)
			return cvmm_text_fail(t, CVMM_REASON_TEXT_SYNTAX, 0);
	b->nskipped++;
	return 0;
}

static int read_line(struct cvmm_text *t, const struct cvmm_word *w, struct cvmm_baseline *b)
{
	if (cvmm_word_is(w, "reg"))
		return read_reg(t, b);
	if (w->len > 2 && !memcmp(w->p, "x-", 2))
		return skip_vendor(t, b);
	if (cvmm_word_is(w, "cvmm-baseline") || cvmm_word_is(w, "arch") || cvmm_word_is(w, "features"))
		return cvmm_text_fail(t, CVMM_REASON_TEXT_DUPLICATE, 0);
	return cvmm_text_fail(t, CVMM_REASON_TEXT_KIND, 0);
}

int cvmm_baseline_parse(const char *text, size_t len, struct cvmm_baseline *out, struct cvmm_error *e)
{
	struct cvmm_baseline b;
	struct cvmm_text t;
	struct cvmm_word w;
	int ret;

	if (len > CVMM_BASELINE_BYTES_MAX)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_TEXT_LIMIT, 0, CVMM_BASELINE_BYTES_MAX);
	memset(&b, 0, sizeof(b));
	cvmm_text_init(&t, text, len, e);
	ret = read_header(&t, &b);
	while (!ret) {
		ret = cvmm_text_line(&t, &w);
		if (ret <= 0)
			break;
		ret = read_line(&t, &w, &b);
	}
	if (!ret)
		*out = b;
	return ret;
}

static void write_decided(struct cvmm_out *o, uint64_t id, const struct cvmm_profile *host)
{
	cvmm_out_str(o, "x-decided ");
	cvmm_out_hex(o, id, 16);
	cvmm_out_str(o, " ");
	cvmm_out_str(o, host->kernel);
	cvmm_out_str(o, " ");
	cvmm_out_str(o, host->cpu);
	cvmm_out_str(o, "\n");
}

static void write_reg(struct cvmm_out *o, uint64_t id, const uint8_t *value, const struct cvmm_profile *decided)
{
	cvmm_out_str(o, "reg ");
	cvmm_out_hex(o, id, 16);
	cvmm_out_str(o, " ");
	cvmm_out_bytes(o, value, cvmm_reg_bytes(id));
	cvmm_out_str(o, "\n");
	if (decided)
		write_decided(o, id, decided);
}

/* Is this an id that may follow @last, with @least to @most bytes? */
static int check_id(
	const struct cvmm_baseline *b, uint64_t id, uint64_t last, uint32_t least, uint32_t most, struct cvmm_error *e)
{
	uint32_t size = cvmm_reg_bytes(id);

	if (cvmm_reg_arch(id) != b->arch || size < least || size > most)
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_REG_ID_MALFORMED, id, 0);
	return last && last >= id ? cvmm_fail_id(e, -EINVAL, CVMM_REASON_TEXT_ORDER, id, 0) : 0;
}

int cvmm_baseline_write(const struct cvmm_baseline *b, const struct cvmm_profile *const *host, uint32_t n, char *buf,
	size_t cap, size_t *len, struct cvmm_error *e)
{
	struct cvmm_out o = { buf, cap, 0 };
	const char *arch = cvmm_arch_name(b->arch);
	uint64_t last = 0;
	uint8_t value[8];
	uint32_t i;

	if (!arch)
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_TEXT_NAME, 0, b->arch);
	cvmm_out_str(&o, "cvmm-baseline 1\narch ");
	cvmm_out_str(&o, arch);
	cvmm_out_str(&o, "\nfeatures ");
	if (cvmm_out_features(&o, b->arch, b->features))
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_TEXT_NAME, 0, b->features);
	cvmm_out_str(&o, "\n");
	for (i = 0; i < b->n; i++) {
		uint64_t id = b->pin[i].id;
		uint32_t size = cvmm_reg_bytes(id);

		if (check_id(b, id, last, 1, sizeof(value), e))
			return -EINVAL;
		if (size < 8 && b->pin[i].value >> (8 * size))
			return cvmm_fail_id(e, -EINVAL, CVMM_REASON_REG_ID_MALFORMED, id, 0);
		cvmm_store_le(value, size, b->pin[i].value);
		write_reg(&o, id, value, host && b->host[i] < n ? host[b->host[i]] : NULL);
		last = id;
	}
	for (i = 0; i < b->nwide; i++) {
		const struct cvmm_wide *w = &b->wide[i];

		if (check_id(b, w->id, last, sizeof(value) + 1, CVMM_WIDE_BYTES, e))
			return -EINVAL;
		write_reg(&o, w->id, w->value, host && b->wide_host[i] < n ? host[b->wide_host[i]] : NULL);
		last = w->id;
	}
	*len = o.len;
	if (o.len > cap)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, o.len);
	return 0;
}
