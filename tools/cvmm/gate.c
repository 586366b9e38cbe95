/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <inttypes.h>

#include <cvmm/fleet/gate.h>

#include "gate.h"
#include "mem.h"
#include "opt.h"
#include "say.h"
#include "words.h"

/** struct gates - the items */
struct gates {
	struct cvmm_gate_item *item;
	uint32_t n;
};

static const char *kind_word(uint8_t kind)
{
	static const char *const words[] = { "", "feature", "register", "dialect", "format" };

	return kind < sizeof(words) / sizeof(words[0]) ? words[kind] : "?";
}

static const char *item_text(const struct cvmm_gate_item *it, char buf[CVMM_REG_NAME_MAX])
{
	static const char *const dialects[] = { "vcpu", "scope", "", "vm" };
	const char *feature = cvmm_feature_name((uint32_t)it->id);

	switch (it->kind) {
	case CVMM_GATE_FEATURE: return feature ? feature : "?";
	case CVMM_GATE_REGISTER: return reg_text(it->id, buf);
	case CVMM_GATE_DIALECT: return it->id >= 1 && it->id <= 4 ? dialects[it->id - 1] : "?";
	default:
		(void)snprintf(buf, CVMM_REG_NAME_MAX, "%" PRIu64 ".%" PRIu64, it->id >> 16, it->id & 0xffff);
		return buf;
	}
}

static int compute(const struct baseline *b, struct gates *out)
{
	const struct cvmm_profile **p = mem_array(b->nhost, sizeof(*p));
	struct cvmm_exclusions why = { .v = (struct cvmm_exclusion *)(uintptr_t)b->why, .cap = b->nwhy, .n = b->nwhy };
	struct cvmm_error e;
	size_t i;
	int ret;

	for (i = 0; i < b->nhost; i++)
		p[i] = &b->host[i].profile;
	out->item = mem_array(CVMM_GATE_ITEMS_MAX, sizeof(*out->item));
	ret = cvmm_gate_compute(p, (uint32_t)b->nhost, &b->b, &why, out->item, CVMM_GATE_ITEMS_MAX, &out->n, &e);
	mem_drop(p);
	return ret ? say_error("gate", &e) : STATUS_YES;
}

static const char *waits_for(const struct baseline *b, const struct cvmm_gate_item *it)
{
	return it->host < b->nhost ? b->host[it->host].name : NULL;
}

int gate_print(FILE *f, const struct baseline *b)
{
	char name[CVMM_REG_NAME_MAX];
	struct gates g;
	uint32_t i;
	int ret = compute(b, &g);

	if (ret)
		return ret;
	fprintf(f, "\nwhat may be switched on now\n");
	for (i = 0; i < g.n; i++) {
		const struct cvmm_gate_item *it = &g.item[i];
		const char *host = waits_for(b, it);

		fprintf(f, "  %-5s %-9s %-20s", it->open ? "now" : "waits", kind_word(it->kind), item_text(it, name));
		if (it->kind == CVMM_GATE_REGISTER)
			fprintf(f, " 0x%" PRIx64 " later 0x%" PRIx64, it->now, it->later);
		if (it->nwait)
			fprintf(f, " for %s%s", host ? host : "a host", it->nwait > 1 ? " and others" : "");
		if (!it->open)
			fprintf(f, ": %s", cvmm_reason_text(it->reason));
		if (it->other)
			fprintf(f, " (%s)", reg_text(it->other, name));
		fputc('\n', f);
	}
	return STATUS_YES;
}

int gate_json(struct json *j, const struct baseline *b)
{
	char name[CVMM_REG_NAME_MAX];
	struct gates g;
	uint32_t i;
	int ret = compute(b, &g);

	if (ret)
		return ret;
	json_array(j, "gate");
	for (i = 0; i < g.n; i++) {
		const struct cvmm_gate_item *it = &g.item[i];

		json_flat(j, NULL);
		json_string(j, "kind", kind_word(it->kind));
		json_string(j, "name", item_text(it, name));
		json_bool(j, "open", it->open);
		json_number(j, "waits_for_hosts", it->nwait);
		if (waits_for(b, it))
			json_string(j, "first_host", waits_for(b, it));
		if (it->kind == CVMM_GATE_REGISTER) {
			json_hex(j, "now", it->now);
			json_hex(j, "later", it->later);
		}
		if (!it->open)
			json_string(j, "reason", cvmm_reason_name(it->reason));
		if (it->other)
			json_string(j, "because_of", reg_text(it->other, name));
		json_string(j, "rollback", cvmm_gate_rollback(it));
		json_end(j);
	}
	json_end(j);
	return STATUS_YES;
}
