/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <inttypes.h>
#include <stdio.h>

#include "audit.h"
#include "commands.h"
#include "host.h"
#include "json.h"
#include "mem.h"
#include "say.h"
#include "words.h"

/** struct audited - the outcome */
struct audited {
	struct audit_entry *entry;
	uint32_t n;
	struct audit_total total;
};

static void print_finding(const struct audit_entry *e, uint32_t check)
{
	const struct audit_finding *f = &e->check[check];
	char name[CVMM_REG_NAME_MAX];

	printf("  %-22s %-5s %-8s %s", e->row->name, scope_word(e->scope), audit_check_name(check),
		audit_result_name(f->result));
	if (f->why)
		printf(": %s", f->why);
	if (f->result == AUDIT_CONTRADICTED)
		printf(" (%s: expected 0x%" PRIx64 ", found 0x%" PRIx64 ")", reg_text(f->id, name), f->want, f->got);
	putchar('\n');
}

static void print(const struct audited *a, int all)
{
	char name[CVMM_REG_NAME_MAX];
	uint32_t i, c;

	for (i = 0; i < a->n; i++)
		for (c = 0; c < AUDIT_CHECKS; c++)
			if (all || a->entry[i].check[c].result == AUDIT_CONTRADICTED)
				print_finding(&a->entry[i], c);
	printf("%u rows: %u claims proven, %u contradicted, %u not testable here\n", a->n, a->total.proven,
		a->total.contradicted, a->total.not_testable);
	if (a->total.unknown)
		printf("%u registers that no row knows, the first is %s\n", a->total.unknown,
			reg_text(a->total.first, name));
}

static void json_entry(struct json *j, const struct audit_entry *e)
{
	char name[CVMM_REG_NAME_MAX];
	uint32_t c;

	json_object(j, NULL);
	json_string(j, "row", e->row->name);
	json_hex(j, "first", e->row->first);
	json_string(j, "scope", scope_word(e->scope));
	json_number(j, "listed", e->nids);
	json_object(j, "claims");
	for (c = 0; c < AUDIT_CHECKS; c++) {
		const struct audit_finding *f = &e->check[c];

		json_flat(j, audit_check_name(c));
		json_string(j, "result", audit_result_name(f->result));
		if (f->why)
			json_string(j, "why", f->why);
		if (f->result == AUDIT_CONTRADICTED) {
			json_string(j, "register", reg_text(f->id, name));
			json_hex(j, "expected", f->want);
			json_hex(j, "found", f->got);
		}
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static void print_json(const char *kvm, const struct audited *a)
{
	struct json j;
	uint32_t i;

	json_begin(&j, stdout, "audit");
	json_string(&j, "kvm", kvm);
	json_number(&j, "proven", a->total.proven);
	json_number(&j, "contradicted", a->total.contradicted);
	json_number(&j, "not_testable", a->total.not_testable);
	json_number(&j, "unknown_registers", a->total.unknown);
	json_array(&j, "rows");
	for (i = 0; i < a->n; i++)
		json_entry(&j, &a->entry[i]);
	json_finish(&j);
}

static int run(const struct args *args)
{
	struct audited a = { .n = 0 };
	struct cvmm_backend be;
	struct cvmm_error e;
	struct host h;
	int ret = host_arm64(args->kvm ? args->kvm : "dev", &h);

	if (!ret)
		ret = host_backend(&h, 2, &be);
	if (ret)
		return ret;
	a.entry = mem_array(AUDIT_ENTRIES_MAX, sizeof(*a.entry));
	if (audit_run(&be, a.entry, AUDIT_ENTRIES_MAX, &a.n, &a.total, &e))
		return say_error(h.name, &e);
	if (args->json)
		print_json(h.name, &a);
	else
		print(&a, args->all);
	return a.total.contradicted || a.total.unknown ? STATUS_REFUSED : STATUS_YES;
}

static const struct opt options[] = {
	OPT_KVM,
	OPT_ROW("--all", OPT_FLAG, all, NULL, "every claim, also the proven ones"),
	OPT_JSON,
	OPT_END,
};

const struct command command_audit = {
	.name = "audit",
	.usage = "[--kvm K] [--all] [--json]",
	.what = "does this KVM behave as the catalogue says?",
	.help = "Puts every row of the catalogue to the test on throwaway VMs: whose the register is (written through\n"
		"one vCPU, looked at through the other), until when it can be changed, what it holds by default, what "
		"a\n"
		"write does. Prints what contradicts and the totals. Exit status 3 if anything contradicts, or if the\n"
		"KVM lists a register that no row knows.",
	.opt = options,
	.run = run,
};
