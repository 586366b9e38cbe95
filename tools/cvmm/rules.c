/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <errno.h>
#include <string.h>

#include <cvmm/kvm-ioctls/text.h>

#include "file.h"
#include "mem.h"
#include "rules.h"
#include "say.h"
#include "opt.h"
#include "words.h"

/* Longer files are no rules that a person wrote. */
#define RULES_BYTES_MAX (1u << 20)
#define RULES_MAX	512u

/**
 * struct reading - rules as they are read
 * @t:    the text
 * @arch: whose registers they are about
 * @rule: the rules
 * @line: where each stands
 * @n:    their number
 * @row:  rows for registers that the catalogue does not know
 * @scope: whose each is
 * @nrows: their number
 */
struct reading {
	struct cvmm_text t;
	uint32_t arch;
	struct cvmm_rule *rule;
	uint32_t *line;
	uint32_t n;
	struct cvmm_row *row;
	uint8_t *scope;
	uint32_t nrows;
};

struct word_number {
	const char *word;
	uint32_t number;
};

static const struct word_number events[] = {
	{ "snapshot-only", CVMM_ON_SNAPSHOT_ONLY },
	{ "host-only", CVMM_ON_HOST_ONLY },
	{ "differ", CVMM_ON_DIFFER },
	{ "any", CVMM_ON_SNAPSHOT_ONLY | CVMM_ON_HOST_ONLY | CVMM_ON_DIFFER },
	{ NULL, 0 },
};

static const struct word_number tests[] = {
	{ "always", CVMM_TEST_ALWAYS },
	{ "self", CVMM_TEST_SELF },
	{ "register", CVMM_TEST_REGISTER },
	{ "cap", CVMM_TEST_CAP },
	{ "features", CVMM_TEST_FEATURES },
	{ "host", CVMM_TEST_HOST },
	{ NULL, 0 },
};

static const struct word_number acts[] = {
	{ "refuse", CVMM_ACT_REFUSE },
	{ "drop", CVMM_ACT_DROP },
	{ "leave", CVMM_ACT_LEAVE },
	{ "pin", CVMM_ACT_PIN },
	{ "write", CVMM_ACT_WRITE },
	{ NULL, 0 },
};

static const struct word_number archs[] = {
	{ "arm64", CVMM_ARCH_ARM64 },
	{ "x86_64", CVMM_ARCH_X86_64 },
	{ "riscv64", CVMM_ARCH_RISCV64 },
	{ NULL, 0 },
};

static const struct word_number scopes[] = {
	{ "vm", CVMM_SCOPE_VM },
	{ "vcpu", CVMM_SCOPE_VCPU },
	{ NULL, 0 },
};

/* A word of a list; TEXT_NAME for any other. */
static int read_word(struct reading *r, const struct word_number *list, uint32_t *out)
{
	struct cvmm_word w;
	int ret = cvmm_text_word(&r->t, &w);

	if (ret)
		return ret;
	for (; list->word; list++) {
		if (cvmm_word_is(&w, list->word)) {
			*out = list->number;
			return 0;
		}
	}
	return cvmm_text_fail(&r->t, CVMM_REASON_TEXT_NAME, 0);
}

static int read_reg(struct reading *r, uint64_t *id)
{
	struct cvmm_word w;
	int ret = cvmm_text_word(&r->t, &w);

	if (ret)
		return ret;
	if (cvmm_reg_from_name(r->arch, w.p, w.len, id) || cvmm_reg_arch(*id) != r->arch)
		return cvmm_text_fail(&r->t, CVMM_REASON_TEXT_NAME, 0);
	return 0;
}

static int read_test(struct reading *r, struct cvmm_rule *rule)
{
	uint32_t test = 0;
	int ret = read_word(r, tests, &test);

	if (ret || test == CVMM_TEST_ALWAYS)
		return ret;
	rule->test = (uint8_t)test;
	if (test == CVMM_TEST_REGISTER)
		ret = read_reg(r, &rule->arg);
	if (test == CVMM_TEST_CAP)
		ret = cvmm_text_dec(&r->t, UINT32_MAX, &rule->arg);
	if (!ret)
		ret = cvmm_text_hex(&r->t, &rule->mask);
	return ret ? ret : cvmm_text_hex(&r->t, &rule->expected);
}

/* rule EVENT REG TEST ACTION */
static int read_rule(struct reading *r)
{
	struct cvmm_rule *rule = &r->rule[r->n];
	uint32_t on = 0, act = 0;
	int ret = read_word(r, events, &on);

	if (!ret)
		ret = read_reg(r, &rule->first);
	if (!ret)
		ret = read_test(r, rule);
	if (!ret)
		ret = read_word(r, acts, &act);
	if (ret)
		return ret;
	rule->on = (uint8_t)on;
	rule->act = (uint8_t)act;
	rule->count = 1;
	rule->reason = act == CVMM_ACT_REFUSE ? CVMM_REASON_RULE_REFUSES : CVMM_REASON_RULE_ACCEPTS;
	if (act == CVMM_ACT_PIN)
		ret = cvmm_text_hex(&r->t, &rule->value);
	r->line[r->n] = r->t.line;
	return ret ? ret : cvmm_text_done(&r->t);
}

/* row SCOPE ID: a register that the catalogue does not know, stored as it is */
static int read_row(struct reading *r)
{
	struct cvmm_row *row = &r->row[r->nrows];
	uint32_t scope = 0, known;
	int ret = read_word(r, scopes, &scope);

	if (!ret)
		ret = read_reg(r, &row->first);
	if (ret)
		return ret;
	if (reg_row(row->first, &known))
		return cvmm_text_fail(&r->t, CVMM_REASON_TEXT_DUPLICATE, row->first);
	row->count = 1;
	row->compare = UINT64_MAX;
	row->phase = scope == CVMM_SCOPE_VM ? CVMM_PHASE_CONFIG : CVMM_PHASE_STATE;
	row->name = "from a rules file";
	r->scope[r->nrows] = (uint8_t)scope;
	return cvmm_text_done(&r->t);
}

/* Of two rules about one register and one event, the second can never decide if the first one's test holds for it. */
static int contradicts(const struct cvmm_rule *a, const struct cvmm_rule *b)
{
	if (a->first != b->first || !(a->on & b->on))
		return 0;
	return a->test == CVMM_TEST_ALWAYS ||
	       (a->test == b->test && a->arg == b->arg && a->mask == b->mask && a->expected == b->expected);
}

static int check_overlap(struct reading *r)
{
	uint32_t i;

	for (i = 0; i < r->n; i++) {
		if (!contradicts(&r->rule[i], &r->rule[r->n]))
			continue;
		(void)cvmm_text_fail(&r->t, CVMM_REASON_RULES_OVERLAP, r->rule[i].first);
		r->t.e->other = r->line[i];
		return -EINVAL;
	}
	return 0;
}

static int read_line(struct reading *r, const struct cvmm_word *kind)
{
	int ret;

	if (kind->p[0] == '#')
		return 0;
	if (r->n == RULES_MAX || r->nrows == RULES_MAX)
		return cvmm_text_fail(&r->t, CVMM_REASON_TEXT_LIMIT, 0);
	if (cvmm_word_is(kind, "arch") && r->arch == CVMM_ARCH_NONE) {
		ret = read_word(r, archs, &r->arch);
		return ret ? ret : cvmm_text_done(&r->t);
	}
	if (r->arch == CVMM_ARCH_NONE)
		return cvmm_text_fail(&r->t, CVMM_REASON_TEXT_ORDER, 0);
	if (cvmm_word_is(kind, "rule")) {
		ret = read_rule(r);
		if (!ret)
			ret = check_overlap(r);
		r->n += !ret;
		return ret;
	}
	if (cvmm_word_is(kind, "row")) {
		ret = read_row(r);
		r->nrows += !ret;
		return ret;
	}
	return cvmm_text_fail(&r->t, CVMM_REASON_TEXT_KIND, 0);
}

static int read_first(struct reading *r)
{
	struct cvmm_word kind;
	uint64_t version;
	int ret = cvmm_text_line(&r->t, &kind);

	if (ret < 0)
		return ret;
	if (ret == 0 || !cvmm_word_is(&kind, "cvmm-rules"))
		return cvmm_text_fail(&r->t, CVMM_REASON_TEXT_VERSION, 0);
	if (cvmm_text_dec(&r->t, UINT32_MAX, &version) || version != 1)
		return cvmm_text_fail(&r->t, CVMM_REASON_TEXT_VERSION, 0);
	return cvmm_text_done(&r->t);
}

static int read_text(struct reading *r)
{
	struct cvmm_word kind;
	int ret = read_first(r);

	while (!ret) {
		ret = cvmm_text_line(&r->t, &kind);
		if (ret <= 0)
			return ret;
		ret = read_line(r, &kind);
	}
	return ret;
}

int rules_load(const char *name, struct cvmm_rules *out)
{
	struct reading r = { .arch = CVMM_ARCH_NONE };
	struct cvmm_error e;
	struct bytes b;
	int ret;

	memset(out, 0, sizeof(*out));
	if (!name)
		return STATUS_YES;
	ret = file_read(name, RULES_BYTES_MAX, "a file of rules", &b);
	if (ret)
		return ret;
	r.rule = mem_array(RULES_MAX, sizeof(*r.rule));
	r.line = mem_array(RULES_MAX, sizeof(*r.line));
	r.row = mem_array(RULES_MAX, sizeof(*r.row));
	r.scope = mem_array(RULES_MAX, sizeof(*r.scope));
	cvmm_text_init(&r.t, (const char *)b.p, b.len, &e);
	if (read_text(&r))
		return say_error(name, &e);
	out->v = r.rule;
	out->n = r.n;
	out->row = r.row;
	out->nrows = r.nrows;
	out->scope = r.scope;
	return STATUS_YES;
}
