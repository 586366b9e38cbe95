/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Reader of RULES.md's text. A line becomes words, a word is looked up in a table. */
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/rules.h>

#include <errno.h>
#include <string.h>

#include "plan_parts.h"
#include "rules_words.h"

/* One text under way. */
struct parser {
	const char *at;
	const char *end;
	uint32_t arch;
	uint32_t line;
	struct cvmm_rule *rule;
	struct cvmm_row *row;
	uint8_t *scope;
	uint32_t *rule_line;
	uint32_t *row_line;
	uint32_t nrules;
	uint32_t nrows;
	struct words w;
	struct cvmm_error *e;
};

static int bad(struct parser *p, enum cvmm_reason reason)
{
	(void)cvmm_fail(p->e, -EINVAL, reason);
	if (p->e)
		p->e->section = p->line;
	return -EINVAL;
}

static int bad_at(struct parser *p, enum cvmm_reason reason, uint64_t id, uint32_t line, uint32_t first)
{
	(void)cvmm_fail_id(p->e, -EINVAL, reason, id, first);
	if (p->e)
		p->e->section = line;
	return -EINVAL;
}

/* The next line's words; 0 at the end of the text. */
static int next_line(struct parser *p)
{
	const char *end;

	if (p->at == p->end)
		return 0;
	end = memchr(p->at, '\n', (size_t)(p->end - p->at));
	words_split(&p->w, p->at, end ? end : p->end);
	p->at = end ? end + 1 : p->end;
	p->line++;
	return 1;
}

static int take_number(struct parser *p, uint64_t *value)
{
	struct word *w = words_take(&p->w);

	if (!w)
		return bad(p, CVMM_REASON_TEXT_SYNTAX);
	return word_number(w, value) ? 0 : bad(p, CVMM_REASON_TEXT_NUMBER);
}

/* NAME or NAME+STEP*COUNT. Register names hold no plus sign. */
static int take_ids(struct parser *p, uint64_t *first, uint16_t *step, uint16_t *count)
{
	struct word *w = words_take(&p->w), name, number;
	const char *plus, *star;
	uint64_t s = 0, n = 1;

	if (!w)
		return bad(p, CVMM_REASON_TEXT_SYNTAX);
	name = *w;
	plus = memchr(w->p, '+', w->len);
	if (plus) {
		const char *end = w->p + w->len;

		star = memchr(plus, '*', (size_t)(end - plus));
		if (!star)
			return bad(p, CVMM_REASON_TEXT_SYNTAX);
		name.len = (size_t)(plus - w->p);
		number = (struct word){ plus + 1, (size_t)(star - plus - 1) };
		if (!word_number(&number, &s) || !s || s > UINT16_MAX)
			return bad(p, CVMM_REASON_TEXT_NUMBER);
		number = (struct word){ star + 1, (size_t)(end - star - 1) };
		if (!word_number(&number, &n) || !n || n > CVMM_SNAPSHOT_REGS_MAX)
			return bad(p, CVMM_REASON_TEXT_NUMBER);
	}
	if (cvmm_reg_from_name(p->arch, name.p, name.len, first) < 0)
		return bad(p, CVMM_REASON_TEXT_NAME);
	*step = (uint16_t)s;
	*count = (uint16_t)n;
	return 0;
}

/* Names joined by a plus sign, each a bit. */
static int take_events(struct parser *p, uint8_t *on)
{
	struct word *w = words_take(&p->w), part;
	const char *end, *plus;
	uint32_t value;

	if (!w)
		return bad(p, CVMM_REASON_TEXT_SYNTAX);
	end = w->p + w->len;
	for (part = *w;; part.p = plus + 1) {
		plus = memchr(part.p, '+', (size_t)(end - part.p));
		part.len = (size_t)((plus ? plus : end) - part.p);
		if (!word_lookup(&part, word_events, &value))
			return bad(p, CVMM_REASON_TEXT_NAME);
		*on |= (uint8_t)value;
		if (!plus)
			return 0;
	}
}

static int take_test(struct parser *p, struct cvmm_rule *r)
{
	struct word *w = words_take(&p->w);
	uint16_t step, count;
	uint32_t test;
	int ret = 0;

	if (!w)
		return bad(p, CVMM_REASON_TEXT_SYNTAX);
	if (!word_lookup(w, word_tests, &test))
		return bad(p, CVMM_REASON_TEXT_NAME);
	r->test = (uint8_t)test;
	if (test == CVMM_TEST_ALWAYS)
		return 0;
	if (test == CVMM_TEST_REGISTER) {
		ret = take_ids(p, &r->arg, &step, &count);
		if (ret == 0 && count != 1)
			ret = bad(p, CVMM_REASON_TEXT_SYNTAX);
	} else if (test == CVMM_TEST_CAP) {
		ret = take_number(p, &r->arg);
	}
	if (ret == 0)
		ret = take_number(p, &r->mask);
	if (ret == 0)
		ret = take_number(p, &r->expected);
	/* A value outside of its mask can never be met. "all" under a mask means: every bit of the mask. */
	if (ret == 0 && r->expected == UINT64_MAX)
		r->expected = r->mask;
	if (ret == 0 && r->expected & ~r->mask)
		ret = bad(p, CVMM_REASON_TEXT_NUMBER);
	return ret;
}

static int take_action(struct parser *p, struct cvmm_rule *r)
{
	struct word *w = words_take(&p->w);
	uint32_t value;
	int ret = 0;

	if (!w)
		return bad(p, CVMM_REASON_TEXT_SYNTAX);
	if (!word_lookup(w, word_actions, &value))
		return bad(p, CVMM_REASON_TEXT_NAME);
	r->act = (uint8_t)value;
	if (value == CVMM_ACT_PIN)
		ret = take_number(p, &r->value);
	w = ret == 0 ? words_take(&p->w) : NULL;
	if (w && !word_reason(w, &r->reason))
		return bad(p, CVMM_REASON_TEXT_NAME);
	if (ret == 0 && words_take(&p->w))
		ret = bad(p, CVMM_REASON_TEXT_SYNTAX);
	return ret;
}

static int parse_rule(struct parser *p)
{
	struct cvmm_rule *r = &p->rule[p->nrules];
	int ret;

	memset(r, 0, sizeof(*r));
	ret = take_ids(p, &r->first, &r->step, &r->count);
	if (ret == 0)
		ret = take_events(p, &r->on);
	if (ret == 0)
		ret = take_test(p, r);
	if (ret == 0)
		ret = take_action(p, r);
	if (ret < 0)
		return ret;
	p->rule_line[p->nrules++] = p->line;
	return 0;
}

/* KEY=VALUE: which table or number it is, and where the result goes. */
static int row_key(struct parser *p, const struct word *w, struct cvmm_row *row, uint8_t *scope)
{
	const char *eq = memchr(w->p, '=', w->len);
	struct word key, value;
	const struct row_key *k;
	uint32_t number;

	if (!eq)
		return bad(p, CVMM_REASON_TEXT_SYNTAX);
	key = (struct word){ w->p, (size_t)(eq - w->p) };
	value = (struct word){ eq + 1, w->len - key.len - 1 };
	k = row_key_find(&key);
	if (!k)
		return bad(p, CVMM_REASON_TEXT_NAME);
	if (!k->words) {
		uint64_t *to = k->key == ROW_COMPARE ? &row->compare : &row->fixed;

		return word_number(&value, to) ? 0 : bad(p, CVMM_REASON_TEXT_NUMBER);
	}
	if (!word_lookup(&value, k->words, &number))
		return bad(p, CVMM_REASON_TEXT_NAME);
	switch (k->key) {
	case ROW_SCOPE: *scope = (uint8_t)number; break;
	case ROW_PHASE: row->phase = (uint8_t)number; break;
	case ROW_WRITE: row->write = (uint8_t)number; break;
	default: row->combine = (uint8_t)number; break;
	}
	return 0;
}

static int parse_row(struct parser *p)
{
	struct cvmm_row *row = &p->row[p->nrows];
	uint8_t *scope = &p->scope[p->nrows];
	struct word *w;
	uint32_t i;
	int ret;

	memset(row, 0, sizeof(*row));
	*scope = CVMM_SCOPE_UNKNOWN;
	row->compare = UINT64_MAX;
	row->combine = UINT8_MAX;
	row->name = "caller";
	ret = take_ids(p, &row->first, &row->step, &row->count);
	while (ret == 0 && (w = words_take(&p->w)))
		ret = row_key(p, w, row, scope);
	if (ret < 0)
		return ret;
	if (*scope == CVMM_SCOPE_UNKNOWN)
		return bad(p, CVMM_REASON_TEXT_MISSING);
	if (!row->phase)
		row->phase = *scope == CVMM_SCOPE_VM ? CVMM_PHASE_CONFIG : CVMM_PHASE_STATE;
	if (row->combine == UINT8_MAX)
		row->combine = *scope == CVMM_SCOPE_VM ? CVMM_COMBINE_EXACT : CVMM_COMBINE_NONE;
	for (i = 0; i < p->nrows; i++) {
		if (cvmm_row_has(&p->row[i], row->first) || cvmm_row_has(row, p->row[i].first))
			return bad_at(p, CVMM_REASON_TEXT_DUPLICATE, row->first, p->line, p->row_line[i]);
	}
	p->row_line[p->nrows++] = p->line;
	return 0;
}

static int parse_line(struct parser *p)
{
	static const struct word row = { "row", 3 };

	if (p->nrules + p->nrows == CVMM_RULES_MAX)
		return bad(p, CVMM_REASON_TEXT_LIMIT);
	if (p->w.too_many)
		return bad(p, CVMM_REASON_TEXT_SYNTAX);
	if (!word_is(&p->w.v[0], &row))
		return parse_rule(p);
	(void)words_take(&p->w);
	return parse_row(p);
}

static int parse_all(struct parser *p)
{
	static const struct word magic = { "cvmm-rules", 10 }, version = { "1", 1 };
	int ret = 0;

	if (!next_line(p) || p->w.n != 2 || !word_is(&p->w.v[0], &magic) || !word_is(&p->w.v[1], &version)) {
		p->line = 1;
		return bad(p, CVMM_REASON_TEXT_VERSION);
	}
	while (ret == 0 && next_line(p)) {
		if (p->w.n && p->w.v[0].p[0] != '#')
			ret = parse_line(p);
	}
	return ret;
}

static int check_overlaps(struct parser *p, const struct cvmm_rules *rules)
{
	struct cvmm_error why;

	if (plan_check_rules(rules, &why) == 0)
		return 0;
	if (why.reason != CVMM_REASON_RULES_OVERLAP)
		return bad(p, CVMM_REASON_TEXT_SYNTAX);
	return bad_at(p, CVMM_REASON_RULES_OVERLAP, why.id, p->rule_line[why.offset], p->rule_line[why.other]);
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

int cvmm_rules_parse(const char *text, size_t len, uint32_t arch, void *store, size_t cap, struct cvmm_rules *out,
	struct cvmm_error *e)
{
	struct parser p = { .at = text, .end = text + len, .arch = arch, .e = e };
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
