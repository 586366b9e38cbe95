/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <inttypes.h>
#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>

#include "baseline.h"
#include "file.h"
#include "mem.h"
#include "opt.h"
#include "say.h"
#include "words.h"

int baseline_parse(const char *name, const char *text, size_t len, struct baseline *out)
{
	struct cvmm_error e;

	memset(out, 0, sizeof(*out));
	if (cvmm_baseline_parse(text, len, &out->b, &e))
		return say_error(name, &e);
	out->exists = 1;
	return STATUS_YES;
}

int baseline_load(const char *name, struct baseline *out)
{
	struct bytes b;
	int ret = file_read(name, CVMM_BASELINE_BYTES_MAX, "a baseline", &b);

	return ret ? ret : baseline_parse(name, (const char *)b.p, b.len, out);
}

static const struct cvmm_profile **profiles_of(const struct host *h, size_t n)
{
	const struct cvmm_profile **p = mem_array(n, sizeof(*p));
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = &h[i].profile;
	return p;
}

int baseline_compute(const struct host *h, size_t n, const struct cvmm_rules *rules, struct baseline *out)
{
	const struct cvmm_profile **p = profiles_of(h, n);
	struct cvmm_exclusions why = { .v = out->why, .cap = BASELINE_WHY_MAX };
	struct cvmm_error e;
	int ret;

	memset(out, 0, sizeof(*out));
	out->host = h;
	out->nhost = n;
	ret = cvmm_baseline_compute_by_rules(p, (uint32_t)n, 0, rules, &out->b, &why, &e);
	mem_drop(p);
	out->nwhy = why.n < why.cap ? why.n : why.cap;
	out->exists = ret == 0;
	if (!ret || e.reason == CVMM_REASON_FLEET_EXCLUDE || e.reason == CVMM_REASON_FLEET_NO_FEATURES)
		return STATUS_YES;
	if (e.reason == CVMM_REASON_FLEET_ARCH && e.other < n) {
		say("%s: another architecture than %s", h[e.other].name, h[0].name);
		return STATUS_REFUSED;
	}
	return say_error("baseline", &e);
}

int baseline_store(const char *name, const struct baseline *b)
{
	const struct cvmm_profile **p = b->host ? profiles_of(b->host, b->nhost) : NULL;
	uint32_t n = b->host ? (uint32_t)b->nhost : 0;
	struct cvmm_error e;
	char *text = NULL;
	size_t len;

	if (cvmm_baseline_write(&b->b, p, n, NULL, 0, &len, &e) && e.reason != CVMM_REASON_BUFFER_TOO_SMALL)
		return say_error("baseline", &e);
	text = mem_get(len);
	if (cvmm_baseline_write(&b->b, p, n, text, len, &len, &e))
		return say_error("baseline", &e);
	if (name)
		return file_write(name, text, len);
	(void)fwrite(text, 1, len, stdout);
	return STATUS_YES;
}

int baseline_pin(const struct baseline *b, uint64_t id, uint64_t *value)
{
	const struct cvmm_pair *p = cvmm_pair_find(b->b.pin, b->b.n, id);

	if (!p)
		return 0;
	*value = p->value;
	return 1;
}

static const char *decided_by(const struct baseline *b, uint32_t host)
{
	return b->host && host < b->nhost ? b->host[host].name : NULL;
}

/* Room for the longest value in hex. */
#define WIDE_TEXT_MAX (2u * CVMM_WIDE_BYTES + 3)

/* One number, highest byte first, as everywhere; a leaf of CPUID is four of them. */
static const char *wide_text(const struct cvmm_wide *w, char buf[WIDE_TEXT_MAX])
{
	uint32_t size = cvmm_reg_bytes(w->id), i;
	char *p = buf;

	if (cvmm_reg_is_cpuid(w->id)) {
		(void)snprintf(buf, WIDE_TEXT_MAX,
			"eax %08" PRIx64 " ebx %08" PRIx64 " ecx %08" PRIx64 " edx %08" PRIx64,
			cvmm_load_le(w->value, 4), cvmm_load_le(w->value + 4, 4), cvmm_load_le(w->value + 8, 4),
			cvmm_load_le(w->value + 12, 4));
		return buf;
	}
	p += snprintf(p, 3, "0x");
	for (i = size; i--;)
		p += snprintf(p, 3, "%02x", w->value[i]);
	return buf;
}

void baseline_print(FILE *f, const struct baseline *b, int all)
{
	char text[FEATURES_TEXT_MAX], name[CVMM_REG_NAME_MAX], wide[WIDE_TEXT_MAX];
	uint32_t i, left = 0;

	fprintf(f, "baseline   %s, vCPU features %s, %u values\n", arch_word(b->b.arch),
		features_text(b->b.features, text), b->b.n + b->b.nwide);
	for (i = 0; i < b->b.n; i++) {
		const char *who = decided_by(b, b->b.host[i]);

		/* Where the hosts are known, those that they differ in are what a reader looks for. */
		if (!all && b->host && !who) {
			left++;
			continue;
		}
		fprintf(f, "  %-22s 0x%" PRIx64 "%s%s\n", reg_text(b->b.pin[i].id, name), b->b.pin[i].value,
			who ? "  because of " : "", who ? who : "");
	}
	for (i = 0; i < b->b.nwide; i++) {
		const char *who = decided_by(b, b->b.wide_host[i]);

		if (!all && b->host && !who) {
			left++;
			continue;
		}
		fprintf(f, "  %-22s %s%s%s\n", reg_text(b->b.wide[i].id, name), wide_text(&b->b.wide[i], wide),
			who ? "  because of " : "", who ? who : "");
	}
	if (left)
		fprintf(f, "  and %u that all of the hosts give by themselves\n", left);
}

static const char *host_name(const struct baseline *b, uint32_t i)
{
	return b->host && i < b->nhost ? b->host[i].name : "another host";
}

void baseline_excluded(FILE *f, const struct baseline *b, const char *indent)
{
	char text[FEATURES_TEXT_MAX], name[CVMM_REG_NAME_MAX];
	uint32_t i;

	if (!b->nwhy)
		fprintf(f, "%sno vCPU feature set was measured on all of them\n", indent);
	for (i = 0; i < b->nwhy; i++) {
		const struct cvmm_exclusion *x = &b->why[i];

		fprintf(f, "%s%s: %s 0x%" PRIx64 ", %s 0x%" PRIx64 ": %s (with %s)\n", indent, reg_text(x->id, name),
			host_name(b, x->host[0]), x->value[0], host_name(b, x->host[1]), x->value[1],
			cvmm_reason_text(x->reason), features_text(x->features, text));
	}
}

static void json_pins(struct json *j, const struct baseline *b)
{
	char name[CVMM_REG_NAME_MAX], wide[WIDE_TEXT_MAX];
	uint32_t i;

	json_array(j, "registers");
	for (i = 0; b->exists && i < b->b.n; i++) {
		const char *who = decided_by(b, b->b.host[i]);

		json_flat(j, NULL);
		json_string(j, "register", reg_text(b->b.pin[i].id, name));
		json_hex(j, "id", b->b.pin[i].id);
		json_hex(j, "value", b->b.pin[i].value);
		if (who)
			json_string(j, "decided_by", who);
		json_end(j);
	}
	for (i = 0; b->exists && i < b->b.nwide; i++) {
		const char *who = decided_by(b, b->b.wide_host[i]);

		json_flat(j, NULL);
		json_string(j, "register", reg_text(b->b.wide[i].id, name));
		json_hex(j, "id", b->b.wide[i].id);
		json_string(j, "value", wide_text(&b->b.wide[i], wide));
		if (who)
			json_string(j, "decided_by", who);
		json_end(j);
	}
	json_end(j);
}

void baseline_json(struct json *j, const struct baseline *b)
{
	char text[FEATURES_TEXT_MAX], name[CVMM_REG_NAME_MAX];
	uint32_t i;

	json_bool(j, "exists", b->exists);
	if (b->exists)
		json_string(j, "features", features_text(b->b.features, text));
	json_pins(j, b);
	json_array(j, "excluded");
	for (i = 0; i < b->nwhy; i++) {
		const struct cvmm_exclusion *x = &b->why[i];

		json_flat(j, NULL);
		json_string(j, "register", reg_text(x->id, name));
		json_hex(j, "id", x->id);
		json_string(j, "features", features_text(x->features, text));
		json_string(j, "host_a", host_name(b, x->host[0]));
		json_hex(j, "value_a", x->value[0]);
		json_string(j, "host_b", host_name(b, x->host[1]));
		json_hex(j, "value_b", x->value[1]);
		json_string(j, "reason", cvmm_reason_name(x->reason));
		json_end(j);
	}
	json_end(j);
}
