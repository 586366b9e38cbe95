/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Reader of RULES.md's text. A line becomes words, a word is looked up in a table. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/rules.h>

#include <errno.h>
#include <string.h>

#include "plan_parts.h"
#include "rules_text.h"

/* One text under way. */
struct parser {
	struct cvmm_text t;
	uint32_t arch;
	struct cvmm_rule *rule;
	struct cvmm_row *row;
	uint8_t *scope;
	uint32_t *rule_line;
	uint32_t *row_line;
	uint32_t nrules;
	uint32_t nrows;
};

static int bad(struct parser *p, enum cvmm_reason reason)
{
	return cvmm_text_fail(&p->t, reason, 0);
}

/* An earlier line is to blame as well. */
static int bad_pair(struct parser *p, enum cvmm_reason reason, uint64_t id, uint32_t line, uint32_t first)
{
	(void)cvmm_text_fail(&p->t, reason, id);
	if (p->t.e) {
		p->t.e->section = line;
		p->t.e->other = first;
	}
	return -EINVAL;
}

static int take_name(struct parser *p, const struct word_value *table, uint32_t *value)
{
	struct cvmm_word w;
	int ret = cvmm_text_word(&p->t, &w);

	if (ret < 0)
		return ret;
	return cvmm_word_lookup(&w, table, value) ? 0 : bad(p, CVMM_REASON_TEXT_NAME);
}

static int small_decimal(const struct cvmm_word *w, uint32_t max, uint32_t *value)
{
	size_t i;

	*value = 0;
	for (i = 0; i < w->len; i++) {
		if (w->p[i] < '0' || w->p[i] > '9')
			return 0;
		*value = *value * 10 + (uint32_t)(w->p[i] - '0');
		if (*value > max)
			return 0;
	}
	return *value != 0 && w->p[0] != '0';
}

static int small_hex(const struct cvmm_word *w, uint64_t *value)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	*value = 0;
	if (!w->len || w->len > 16)
		return 0;
	for (i = 0; i < w->len; i++) {
		const char *d = memchr(digits, w->p[i], 16);

		if (!d)
			return 0;
		*value = *value << 4 | (uint64_t)(d - digits);
	}
	return 1;
}

/* The part of a word in front of a character, and the part behind it. */
static int cut(const struct cvmm_word *w, char at, struct cvmm_word *front, struct cvmm_word *behind)
{
	const char *c = memchr(w->p, at, w->len);

	if (!c)
		return 0;
	*front = (struct cvmm_word){ w->p, (size_t)(c - w->p) };
	*behind = (struct cvmm_word){ c + 1, w->len - front->len - 1 };
	return 1;
}

/* NAME or NAME+STEP*COUNT. Register names hold no plus sign. */
static int take_ids(struct parser *p, uint64_t *first, uint16_t *step, uint16_t *count)
{
	struct cvmm_word w, name, family, a, b;
	uint32_t s = 0, n = 1;
	int ret = cvmm_text_word(&p->t, &w);

	if (ret < 0)
		return ret;
	if (!cut(&w, '+', &name, &family)) {
		name = w;
	} else {
		if (!cut(&family, '*', &a, &b))
			return bad(p, CVMM_REASON_TEXT_SYNTAX);
		if (!small_decimal(&a, UINT16_MAX, &s) || !small_decimal(&b, CVMM_SNAPSHOT_REGS_MAX, &n))
			return bad(p, CVMM_REASON_TEXT_NUMBER);
	}
	if (cvmm_reg_from_name(p->arch, name.p, name.len, first) < 0 || cvmm_reg_arch(*first) != p->arch)
		return bad(p, CVMM_REASON_TEXT_NAME);
	*step = (uint16_t)s;
	*count = (uint16_t)n;
	return 0;
}

/* Names joined by a plus sign, each a bit or several. */
static int take_events(struct parser *p, uint8_t *on)
{
	struct cvmm_word w, front, behind;
	int more, ret = cvmm_text_word(&p->t, &w);
	uint32_t value;

	if (ret < 0)
		return ret;
	do {
		more = cut(&w, '+', &front, &behind);
		if (!cvmm_word_lookup(more ? &front : &w, cvmm_word_events, &value))
			return bad(p, CVMM_REASON_TEXT_NAME);
		*on |= (uint8_t)value;
		w = behind;
	} while (more);
	return 0;
}

static int take_test(struct parser *p, struct cvmm_rule *r)
{
	uint16_t step, count;
	uint32_t test = 0;
	int ret = take_name(p, cvmm_word_tests, &test);

	r->test = (uint8_t)test;
	if (ret < 0 || test == CVMM_TEST_ALWAYS)
		return ret;
	if (test == CVMM_TEST_REGISTER) {
		ret = take_ids(p, &r->arg, &step, &count);
		if (ret == 0 && count != 1)
			ret = bad(p, CVMM_REASON_TEXT_SYNTAX);
	} else if (test == CVMM_TEST_CAP) {
		ret = cvmm_text_dec(&p->t, UINT32_MAX, &r->arg);
	}
	if (ret == 0)
		ret = cvmm_text_hex(&p->t, &r->mask);
	if (ret == 0)
		ret = cvmm_text_hex(&p->t, &r->expected);
	/* A value outside of its mask can never be met. */
	if (ret == 0 && r->expected & ~r->mask)
		ret = bad(p, CVMM_REASON_TEXT_NUMBER);
	return ret;
}

static int take_action(struct parser *p, struct cvmm_rule *r)
{
	struct cvmm_word w;
	uint32_t act = 0;
	int ret = take_name(p, cvmm_word_actions, &act);

	r->act = (uint8_t)act;
	r->reason = act == CVMM_ACT_REFUSE ? CVMM_REASON_RULE_REFUSES : CVMM_REASON_RULE_ACCEPTS;
	if (ret == 0 && (act == CVMM_ACT_PIN || act == CVMM_ACT_HIDE))
		ret = cvmm_text_hex(&p->t, &r->value);
	if (ret < 0 || !cvmm_text_more(&p->t))
		return ret;
	ret = cvmm_text_word(&p->t, &w);
	if (ret < 0)
		return ret;
	return cvmm_word_reason(&w, &r->reason) ? cvmm_text_done(&p->t) : bad(p, CVMM_REASON_TEXT_NAME);
}

static int parse_rule(struct parser *p)
{
	struct cvmm_rule *r = &p->rule[p->nrules];
	int ret;

	memset(r, 0, sizeof(*r));
	ret = take_events(p, &r->on);
	if (ret == 0)
		ret = take_ids(p, &r->first, &r->step, &r->count);
	if (ret == 0)
		ret = take_test(p, r);
	if (ret == 0)
		ret = take_action(p, r);
	if (ret < 0)
		return ret;
	p->rule_line[p->nrules++] = p->t.line;
	return 0;
}

/* KEY=VALUE: which table or number it is, and where the result goes. */
static int row_key(struct parser *p, const struct cvmm_word *w, struct cvmm_row *row)
{
	struct cvmm_word key, value;
	const struct row_key *k;
	uint32_t number;

	if (!cut(w, '=', &key, &value))
		return bad(p, CVMM_REASON_TEXT_SYNTAX);
	k = cvmm_row_key_find(&key);
	if (!k)
		return bad(p, CVMM_REASON_TEXT_NAME);
	if (!k->words)
		return small_hex(&value, k->key == ROW_COMPARE ? &row->compare : &row->fixed)
			       ? 0
			       : bad(p, CVMM_REASON_TEXT_NUMBER);
	if (!cvmm_word_lookup(&value, k->words, &number))
		return bad(p, CVMM_REASON_TEXT_NAME);
	switch (k->key) {
	case ROW_PHASE: row->phase = (uint8_t)number; break;
	case ROW_WRITE: row->write = (uint8_t)number; break;
	default: row->combine = (uint8_t)number; break;
	}
	return 0;
}

/* One owner for each register: neither the catalogue's nor an earlier row's. */
static int check_row(struct parser *p, const struct cvmm_row *row)
{
	const struct cvmm_row *known;
	uint32_t i, k;

	for (k = 0; k < row->count; k++) {
		uint64_t id = row->first + (uint64_t)k * row->step;

		if (cvmm_plan_owner(NULL, id, &known) != CVMM_SCOPE_UNKNOWN)
			return cvmm_text_fail(&p->t, CVMM_REASON_TEXT_DUPLICATE, id);
		for (i = 0; i < p->nrows; i++) {
			if (cvmm_row_has(&p->row[i], id))
				return bad_pair(p, CVMM_REASON_TEXT_DUPLICATE, id, p->t.line, p->row_line[i]);
		}
	}
	return 0;
}

static int parse_row(struct parser *p)
{
	struct cvmm_row *row = &p->row[p->nrows];
	struct cvmm_word w;
	uint32_t scope = 0;
	int ret = take_name(p, cvmm_word_scopes, &scope);

	memset(row, 0, sizeof(*row));
	row->compare = UINT64_MAX;
	row->phase = scope == CVMM_SCOPE_VM ? CVMM_PHASE_CONFIG : CVMM_PHASE_STATE;
	row->name = "of the caller";
	if (ret == 0)
		ret = take_ids(p, &row->first, &row->step, &row->count);
	while (ret == 0 && cvmm_text_more(&p->t)) {
		ret = cvmm_text_word(&p->t, &w);
		if (ret == 0)
			ret = row_key(p, &w, row);
	}
	if (ret == 0)
		ret = check_row(p, row);
	if (ret < 0)
		return ret;
	p->scope[p->nrows] = (uint8_t)scope;
	p->row_line[p->nrows++] = p->t.line;
	return 0;
}

static int parse_arch(struct parser *p)
{
	int ret = p->arch ? bad(p, CVMM_REASON_TEXT_DUPLICATE) : take_name(p, cvmm_word_archs, &p->arch);

	return ret < 0 ? ret : cvmm_text_done(&p->t);
}

static int parse_line(struct parser *p, const struct cvmm_word *kind)
{
	static int (*const parse[])(struct parser * p) = { parse_rule, parse_row };
	uint32_t is_row = cvmm_word_is(kind, "row") != 0;

	if (kind->p[0] == '#')
		return 0;
	if (cvmm_word_is(kind, "arch"))
		return parse_arch(p);
	if (!is_row && !cvmm_word_is(kind, "rule"))
		return bad(p, CVMM_REASON_TEXT_KIND);
	if (!p->arch)
		return bad(p, CVMM_REASON_TEXT_ORDER);
	if (p->nrules + p->nrows == CVMM_RULES_MAX)
		return bad(p, CVMM_REASON_TEXT_LIMIT);
	return parse[is_row](p);
}

static int parse_first(struct parser *p)
{
	struct cvmm_word kind;
	uint64_t version;
	int ret = cvmm_text_line(&p->t, &kind);

	if (ret < 0)
		return ret;
	if (ret == 0 || !cvmm_word_is(&kind, "cvmm-rules") || cvmm_text_dec(&p->t, UINT32_MAX, &version) < 0 ||
		version != 1)
		return bad_pair(p, CVMM_REASON_TEXT_VERSION, 0, 1, 0);
	return cvmm_text_done(&p->t);
}

static int parse_all(struct parser *p)
{
	struct cvmm_word kind;
	int ret = parse_first(p);

	while (ret == 0) {
		ret = cvmm_text_line(&p->t, &kind);
		if (ret <= 0)
			return ret;
		ret = parse_line(p, &kind);
	}
	return ret;
}

static int check_overlaps(struct parser *p, const struct cvmm_rules *rules)
{
	struct cvmm_error why;

	if (cvmm_plan_check_rules(rules, &why) == 0)
		return 0;
	return bad_pair(p, CVMM_REASON_RULES_OVERLAP, why.id, p->rule_line[why.offset], p->rule_line[why.other]);
}

/* As many of each as there are lines: whoever writes a thousand comments has a few bytes to spare. */
static size_t line_count(const char *text, size_t len)
{
	size_t n = 1, i;

	for (i = 0; i < len; i++)
		n += text[i] == '\n';
	return n < CVMM_RULES_MAX ? n : CVMM_RULES_MAX;
}

#define LINE_BYTES (sizeof(struct cvmm_rule) + sizeof(struct cvmm_row) + 2 * sizeof(uint32_t) + sizeof(uint8_t))

int cvmm_rules_need(const char *text, size_t len, size_t *bytes, struct cvmm_error *e)
{
	if (len > CVMM_RULES_BYTES_MAX)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_TEXT_LIMIT, 0, CVMM_RULES_BYTES_MAX);
	*bytes = line_count(text, len) * LINE_BYTES;
	return 0;
}

int cvmm_rules_parse(
	const char *text, size_t len, void *store, size_t cap, struct cvmm_rules *out, struct cvmm_error *e)
{
	struct parser p = { .arch = CVMM_ARCH_NONE };
	struct cvmm_rules rules;
	size_t need = 0, n;
	int ret = cvmm_rules_need(text, len, &need, e);

	if (ret < 0)
		return ret;
	if (need > cap)
		return cvmm_fail_id(e, -E2BIG, CVMM_REASON_BUFFER_TOO_SMALL, 0, need);
	n = line_count(text, len);
	/* From the widest alignment to the narrowest. */
	p.row = store;
	p.rule = (struct cvmm_rule *)(p.row + n);
	p.rule_line = (uint32_t *)(p.rule + n);
	p.row_line = p.rule_line + n;
	p.scope = (uint8_t *)(p.row_line + n);
	cvmm_text_init(&p.t, text, len, e);
	ret = parse_all(&p);
	if (ret < 0)
		return ret;
	rules = (struct cvmm_rules){
		.v = p.rule,
		.n = p.nrules,
		.nrows = p.nrows,
		.row = p.row,
		.scope = p.scope,
	};
	ret = check_overlaps(&p, &rules);
	if (ret == 0)
		*out = rules;
	return ret;
}
