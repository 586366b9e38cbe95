/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>

#include "mem.h"
#include "opt.h"
#include "report.h"
#include "say.h"
#include "words.h"

/* In this order, worst first; the others are counted only. */
static const uint8_t told[] = { CVMM_VERDICT_REFUSED, CVMM_VERDICT_SUBSTITUTED, CVMM_VERDICT_PINNED,
	CVMM_VERDICT_DROPPED };

int judge(const char *name, const struct cvmm_view *v, const struct host *h, const struct cvmm_rules *rules,
	struct judged *out)
{
	struct cvmm_error e;
	int ret;

	memset(out, 0, sizeof(*out));
	out->name = name;
	out->view = v;
	out->host = h;
	out->plan.cap = CVMM_PLAN_STEPS_MAX;
	out->plan.step = mem_array(out->plan.cap, sizeof(*out->plan.step));
	ret = cvmm_plan_make(v, &h->profile, rules, &out->plan, &e);
	if (ret == -E2BIG && e.other > out->plan.cap && e.other <= UINT32_MAX) {
		mem_drop(out->plan.step);
		out->plan.cap = (uint32_t)e.other;
		out->plan.step = mem_array(out->plan.cap, sizeof(*out->plan.step));
		ret = cvmm_plan_make(v, &h->profile, rules, &out->plan, &e);
	}
	if (ret)
		return say_error(name, &e);
	return STATUS_YES;
}

void judged_drop(struct judged *j)
{
	mem_drop(j->plan.step);
	j->plan.step = NULL;
}

/* The column of a vCPU in the step's shape; the first one if no vCPU in particular decided. */
static uint32_t column_of(const struct cvmm_view *v, const struct cvmm_step *s)
{
	uint32_t i;

	for (i = 0; i < v->nvcpus; i++)
		if (v->vcpu[i].id == s->vcpu && v->vcpu[i].shape == s->shape)
			return v->vcpu[i].col;
	return 0;
}

static const char *guest_value(const struct judged *j, const struct cvmm_step *s, char *buf, uint64_t *u64)
{
	uint32_t col;

	const struct cvmm_view *v = j->view;
	const struct cvmm_regset *set = s->scope == CVMM_SCOPE_VM ? &v->vm : NULL;

	if (!set && s->shape < v->nshapes)
		set = &v->shape[s->shape].regs;
	if (!set || s->item >= set->n)
		return NULL;
	col = s->scope == CVMM_SCOPE_VM ? 0 : column_of(v, s);
	*u64 = cvmm_regset_u64(set, s->item, col);
	return value_text(cvmm_regset_value(set, s->item, col), set->item[s->item].size, buf);
}

static const char *host_value(const struct judged *j, const struct cvmm_step *s, char *buf, uint64_t *u64)
{
	const struct cvmm_view *v = j->view;
	uint64_t features = s->shape < v->nshapes ? v->shape[s->shape].features : 0;
	const struct cvmm_variant *var = cvmm_profile_variant(&j->host->profile, features);
	int i = var ? cvmm_regset_find(&var->regs, s->id) : -1;

	/* A host that was not measured with these features was judged by the nearest set. */
	if (!var && s->verdict == CVMM_VERDICT_REFUSED && s->other && !cvmm_reg_is_property(s->id)) {
		*u64 = s->other;
		(void)snprintf(buf, 32, "0x%" PRIx64, s->other);
		return buf;
	}
	if (i < 0)
		return NULL;
	*u64 = cvmm_regset_u64(&var->regs, (uint32_t)i, 0);
	return value_text(cvmm_regset_value(&var->regs, (uint32_t)i, 0), var->regs.item[i].size, buf);
}

/* What guests of the host see, where that is not what ONE_REG gives. */
static int host_shows(const struct judged *j, const struct cvmm_step *s, uint64_t *value)
{
	uint64_t features = s->shape < j->view->nshapes ? j->view->shape[s->shape].features : 0;
	const struct cvmm_variant *var = cvmm_profile_variant(&j->host->profile, features);
	const struct cvmm_pair *p = var ? cvmm_pair_find(var->guest, var->nguest, s->id) : NULL;

	if (p)
		*value = p->value;
	return p != NULL;
}

/* One register of a CPUID leaf: which one stands above its value. */
static const char *leaf_text(uint64_t v, char *buf)
{
	static const char *const names[] = { "eax", "ebx", "ecx", "edx" };

	(void)snprintf(buf, 32, "%s 0x%" PRIx64, names[v >> 32 & 3], v & UINT32_MAX);
	return buf;
}

void step_sides(const struct judged *j, const struct cvmm_step *s, struct sides *out)
{
	if (cvmm_reg_is_cpuid(s->id) && s->verdict == CVMM_VERDICT_REFUSED) {
		*out = (struct sides){ .guest_u64 = s->value & UINT32_MAX, .host_u64 = s->other & UINT32_MAX };
		out->guest = leaf_text(s->value, out->text[0]);
		out->host = leaf_text(s->other, out->text[1]);
		return;
	}
	out->guest = guest_value(j, s, out->text[0], &out->guest_u64);
	out->host = host_value(j, s, out->text[1], &out->host_u64);
	out->shows = host_shows(j, s, &out->shown);
}

/* A step without a register is about the machine as a whole: its architecture, its vCPUs. */
const char *step_name(const struct cvmm_step *s, char buf[CVMM_REG_NAME_MAX])
{
	return s->id ? reg_text(s->id, buf) : "machine";
}

void report_counts(const struct cvmm_plan *p, uint32_t count[CVMM_NVERDICTS])
{
	uint32_t i;

	memset(count, 0, CVMM_NVERDICTS * sizeof(*count));
	for (i = 0; i < p->n; i++)
		if (p->step[i].verdict < CVMM_NVERDICTS)
			count[p->step[i].verdict]++;
}

/* Neighbours of one family with one verdict for one reason are one line: Z0 to Z31. */
static uint32_t same_line(const struct cvmm_plan *p, uint32_t i)
{
	const struct cvmm_step *s = &p->step[i];
	uint32_t scope, n = 1;
	const struct cvmm_row *row = reg_row(s->id, &scope);

	if (!row || row->count < 2)
		return 1;
	while (i + n < p->n && s[n].verdict == s->verdict && s[n].reason == s->reason && s[n].shape == s->shape &&
		cvmm_row_has(row, s[n].id))
		n++;
	return n;
}

static void line_values(FILE *f, const struct judged *j, const struct cvmm_step *s)
{
	struct sides both;

	step_sides(j, s, &both);
	fprintf(f, "guest %s, host %s", both.guest ? both.guest : "none", both.host ? both.host : "none");
	if (s->write == 2)
		fprintf(f, ", written 0x%llx", (unsigned long long)s->value);
}

static void line(FILE *f, const struct judged *j, uint32_t i, uint32_t n)
{
	const struct cvmm_step *s = &j->plan.step[i];
	char name[CVMM_REG_NAME_MAX], last[CVMM_REG_NAME_MAX], why[512];
	struct sides both;
	uint32_t scope;

	fprintf(f, "  %-12s %-20s ", cvmm_verdict_name(s->verdict), step_name(s, name));
	if (n > 1)
		fprintf(f, "and %u more, up to %s", n - 1, reg_text(s[n - 1].id, last));
	else if (s->id)
		line_values(f, j, s);
	fprintf(f, "%s%s", n > 1 || s->id ? ": " : "", cvmm_reason_text(s->reason));
	step_sides(j, s, &both);
	why[0] = '\0';
	if (both.guest && both.host && n == 1 && s->verdict == CVMM_VERDICT_REFUSED)
		field_differences(
			reg_row(s->id, &scope), both.guest_u64, both.host_u64, "guest", "host", why, sizeof(why));
	if (why[0])
		fprintf(f, " (%s)", why);
	if (s->reason == CVMM_REASON_GUEST_SEES_OTHER && both.shows)
		fprintf(f, " (its guests see 0x%llx)", (unsigned long long)both.shown);
	if (s->vcpu != CVMM_NO_VCPU && j->view->nvcpus > 1 && s->scope == CVMM_SCOPE_VCPU)
		fprintf(f, " [vCPU %u]", s->vcpu);
	fputc('\n', f);
}

static void lines_of(FILE *f, const struct judged *j, uint32_t verdict)
{
	uint32_t i, n;

	for (i = 0; i < j->plan.n; i += n) {
		n = same_line(&j->plan, i);
		if (j->plan.step[i].verdict == verdict)
			line(f, j, i, n);
	}
}

void report_steps(FILE *f, const struct judged *j, int all)
{
	uint32_t v;

	for (v = 0; v < sizeof(told); v++)
		lines_of(f, j, told[v]);
	for (v = 0; all && v < CVMM_NVERDICTS; v++)
		if (!memchr(told, (int)v, sizeof(told)))
			lines_of(f, j, v);
}

void report_refusals(FILE *f, const struct judged *j)
{
	lines_of(f, j, CVMM_VERDICT_REFUSED);
}

void report_brief(FILE *f, const struct judged *j)
{
	char name[CVMM_REG_NAME_MAX], more[32];
	const char *who;
	uint32_t i, n;

	for (i = 0; i < j->plan.n; i += n) {
		const struct cvmm_step *s = &j->plan.step[i];

		n = same_line(&j->plan, i);
		if (s->verdict != CVMM_VERDICT_REFUSED)
			continue;
		more[0] = '\0';
		if (n > 1)
			(void)snprintf(more, sizeof(more), " and %u more", n - 1);
		who = step_name(s, name);
		fprintf(f, "    %s%-*s %s\n", who, (int)(strlen(who) < 24 ? 24 - strlen(who) : 0), more,
			cvmm_reason_text(s->reason));
	}
}

void report_totals(FILE *f, const struct cvmm_plan *p)
{
	uint32_t count[CVMM_NVERDICTS];
	const char *comma = "";
	uint32_t v;

	report_counts(p, count);
	for (v = CVMM_NVERDICTS; v-- > 0;) {
		if (!count[v])
			continue;
		fprintf(f, "%s%u %s", comma, count[v], cvmm_verdict_name(v));
		comma = ", ";
	}
	fputc('\n', f);
}

static void json_step(struct json *out, const struct judged *j, const struct cvmm_step *s)
{
	char name[CVMM_REG_NAME_MAX];
	struct sides both;

	step_sides(j, s, &both);
	json_flat(out, NULL);
	json_string(out, "register", step_name(s, name));
	json_hex(out, "id", s->id);
	json_string(out, "scope", scope_word(s->scope));
	json_string(out, "verdict", cvmm_verdict_name(s->verdict));
	json_string(out, "reason", cvmm_reason_name(s->reason));
	json_number(out, "reason_number", s->reason);
	json_string(out, "text", cvmm_reason_text(s->reason));
	if (both.guest)
		json_string(out, "guest", both.guest);
	if (both.host)
		json_string(out, "host", both.host);
	if (both.shows)
		json_hex(out, "host_shows", both.shown);
	if (s->write == 2)
		json_hex(out, "written", s->value);
	if (s->vcpu != CVMM_NO_VCPU)
		json_number(out, "vcpu", s->vcpu);
	if (s->rule != CVMM_NO_RULE)
		json_number(out, "rule", s->rule);
	json_string(out, "phase", phase_word(s->phase));
	json_end(out);
}

void report_json(struct json *out, const struct judged *j, int all)
{
	uint32_t count[CVMM_NVERDICTS];
	uint32_t i;

	report_counts(&j->plan, count);
	json_flat(out, "registers");
	for (i = 0; i < CVMM_NVERDICTS; i++)
		json_number(out, cvmm_verdict_name(i), count[i]);
	json_end(out);
	json_array(out, "steps");
	for (i = 0; i < j->plan.n; i++) {
		const struct cvmm_step *s = &j->plan.step[i];

		if (all || (s->verdict != CVMM_VERDICT_EXACT && s->verdict != CVMM_VERDICT_NOT_WRITTEN))
			json_step(out, j, s);
	}
	json_end(out);
}
