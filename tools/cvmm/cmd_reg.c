/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#include "commands.h"
#include "json.h"
#include "say.h"
#include "words.h"

static const char *const window_help[] = { "always", "until a vCPU exists", "until KVM_ARM_VCPU_FINALIZE",
	"until the VM has run", "never" };
static const char *const write_help[] = { "stored, reads back",
	"nothing is stored; KVM checks that the host is as good", "ignored: returns 0 and changes nothing",
	"another name of a register: written through that one only", "stored, runs on by itself",
	"taken if every field is safe for the host", "taken if the host offers every bit",
	"taken up to the host's level" };
static const char *const default_help[] = { "the architectural reset value", "everything that the host offers", "zero",
	"what the host has" };
static const char *const combine_help[] = { "not at all: it is state, not a promise", "bits that both hosts offer",
	"the lower level", "must be equal, or settable on the host that differs",
	"field by field, in the safe direction" };
static const char *const safe_help[] = { "equal", "a smaller value is safe", "a larger value is safe",
	"a larger value or 0 is safe", "equal, or the value that means absent" };
static const char *const test_help[] = { "", "this register's value", "register", "capability", "the vCPU feature set",
	"the host's value" };

#define HELP(list, i) ((i) < sizeof(list) / sizeof((list)[0]) ? (list)[i] : "?")

static void rule_events(uint32_t on, char buf[64])
{
	(void)snprintf(buf, 64, "%s%s%s", on & CVMM_ON_SNAPSHOT_ONLY ? "only the snapshot has it, " : "",
		on & CVMM_ON_HOST_ONLY ? "only the host has it, " : "", on & CVMM_ON_DIFFER ? "values differ, " : "");
	if (*buf)
		buf[strlen(buf) - 2] = '\0';
}

static void rule_test(const struct cvmm_rule *r, char buf[160])
{
	char name[CVMM_REG_NAME_MAX] = "";

	if (r->test == CVMM_TEST_REGISTER)
		(void)snprintf(name, sizeof(name), " %s", reg_text(r->arg, (char[CVMM_REG_NAME_MAX]){ 0 }));
	else if (r->test == CVMM_TEST_CAP)
		(void)snprintf(name, sizeof(name), " %" PRIu64, r->arg);
	if (r->test == CVMM_TEST_ALWAYS)
		buf[0] = '\0';
	else
		(void)snprintf(buf, 160, " and (%s%s & 0x%" PRIx64 ") == 0x%" PRIx64, HELP(test_help, r->test), name,
			r->mask, r->expected);
}

static void print_rule(const struct cvmm_rule *r)
{
	char on[64], test[160];

	rule_events(r->on, on);
	rule_test(r, test);
	printf("  if %s%s: %s", on, test, action_word(r->act));
	if (r->act == CVMM_ACT_PIN || r->act == CVMM_ACT_HIDE)
		printf(" 0x%" PRIx64, r->value);
	printf(" (%s)\n", cvmm_reason_text(r->reason));
}

static void json_rule(struct json *j, const struct cvmm_rule *r)
{
	char on[64], test[160];

	rule_events(r->on, on);
	rule_test(r, test);
	json_flat(j, NULL);
	json_string(j, "on", on);
	json_string(j, "test", strncmp(test, " and ", 5) == 0 ? test + 5 : test);
	json_string(j, "action", action_word(r->act));
	if (r->act == CVMM_ACT_PIN || r->act == CVMM_ACT_HIDE)
		json_hex(j, "value", r->value);
	json_string(j, "reason", cvmm_reason_name(r->reason));
	json_end(j);
}

static uint32_t each_rule(uint64_t id, struct json *j)
{
	uint32_t told = 0;
	uint32_t arch = cvmm_reg_arch(id);
	const struct cvmm_rules lists[] = { cvmm_vm_reg_rules(arch), cvmm_vcpu_reg_rules(arch) };
	uint32_t k, i;

	for (k = 0; k < 2; k++) {
		for (i = 0; i < lists[k].n; i++) {
			if (!cvmm_rule_has(&lists[k].v[i], id))
				continue;
			if (!told++ && !j)
				printf("rules, of which the first that holds decides\n");
			if (j)
				json_rule(j, &lists[k].v[i]);
			else
				print_rule(&lists[k].v[i]);
		}
	}
	return told;
}

static void print_fields(const struct cvmm_row *row)
{
	uint32_t i;

	for (i = 0; i < row->nfields; i++) {
		const struct cvmm_field *f = &row->field[i];

		printf("  %2u:%-2u %-12s %s%s\n", f->shift + f->width - 1u, f->shift, f->name, HELP(safe_help, f->safe),
			f->is_signed ? ", signed" : "");
	}
}

static void print_row(uint64_t id, const struct cvmm_row *row, uint32_t scope)
{
	char name[CVMM_REG_NAME_MAX], features[FEATURES_TEXT_MAX], size[32] = "as many bytes as the host says";

	printf("%s\n", reg_text(id, name));
	if (cvmm_reg_bytes(id))
		(void)snprintf(size, sizeof(size), "%u bytes", cvmm_reg_bytes(id));
	printf("row        %s, %s\n", row->name ? row->name : "-", arch_word(cvmm_reg_arch(id)));
	printf("id         0x%016" PRIx64 ", %s\n", id, size);
	printf("owner      %s\n", scope == CVMM_SCOPE_VM ? "the VM" : "each vCPU");
	printf("access     %s\n", access_word(row->access));
	printf("can be set %s\n", HELP(window_help, row->window));
	printf("phase      %s\n", phase_word(row->phase));
	printf("a write is %s\n", HELP(write_help, row->write));
	if (row->write == CVMM_WRITE_ALIAS && row->peer)
		printf("alias of   %s\n", reg_text(row->peer + (id - row->first), name));
	printf("compared   0x%016" PRIx64 "\n", row->compare);
	if (row->other_bits)
		printf("others'    0x%016" PRIx64 " belong to the other scope\n", row->other_bits);
	if (row->fixed)
		printf("fixed      0x%016" PRIx64 " only the host decides\n", row->fixed);
	printf("default    %s\n", HELP(default_help, row->dflt));
	printf("two hosts  %s\n", HELP(combine_help, row->combine));
	if (row->needs)
		printf("needs      one of %s\n", features_text(row->needs, features));
	if (row->count > 1)
		printf("family     of %u registers\n", row->count);
	printf("kernels    %s\n", row->kernels ? row->kernels : "-");
	printf("source     %s\n", row->source ? row->source : "-");
	if (row->nfields)
		printf("fields\n");
	print_fields(row);
	if (!each_rule(id, NULL))
		printf("no rule of its own: a value that the host lacks or refuses is refused\n");
}

static void json_fields(struct json *j, const struct cvmm_row *row)
{
	uint32_t i;

	json_array(j, "fields");
	for (i = 0; i < row->nfields; i++) {
		const struct cvmm_field *f = &row->field[i];

		json_flat(j, NULL);
		json_string(j, "name", f->name);
		json_number(j, "shift", f->shift);
		json_number(j, "width", f->width);
		json_string(j, "safe", safe_word(f->safe));
		json_bool(j, "signed", f->is_signed);
		json_end(j);
	}
	json_end(j);
}

static void json_row(uint64_t id, const struct cvmm_row *row, uint32_t scope)
{
	char name[CVMM_REG_NAME_MAX];
	struct json j;

	json_begin(&j, stdout, "reg");
	json_string(&j, "register", reg_text(id, name));
	json_string(&j, "row", row->name ? row->name : "");
	json_string(&j, "arch", arch_word(cvmm_reg_arch(id)));
	json_hex(&j, "id", id);
	json_number(&j, "bytes", cvmm_reg_bytes(id));
	json_string(&j, "scope", scope_word(scope));
	json_string(&j, "access", access_word(row->access));
	json_string(&j, "window", window_word(row->window));
	json_string(&j, "phase", phase_word(row->phase));
	json_string(&j, "write", write_word(row->write));
	json_string(&j, "default", default_word(row->dflt));
	json_string(&j, "combine", combine_word(row->combine));
	json_hex(&j, "compare", row->compare);
	json_hex(&j, "other_bits", row->other_bits);
	json_hex(&j, "fixed", row->fixed);
	if (row->write == CVMM_WRITE_ALIAS && row->peer)
		json_string(&j, "alias_of", reg_text(row->peer + (id - row->first), name));
	json_string(&j, "kernels", row->kernels ? row->kernels : "");
	json_string(&j, "source", row->source ? row->source : "");
	json_fields(&j, row);
	json_array(&j, "rules");
	(void)each_rule(id, &j);
	json_end(&j);
	json_finish(&j);
}

static const uint32_t archs[] = { CVMM_ARCH_ARM64, CVMM_ARCH_X86_64, CVMM_ARCH_RISCV64 };

/* Families and state blocks have a name in their row only; it stands for the first of them. */
static int find_row(const char *word, uint64_t *id)
{
	const struct cvmm_row *rows;
	uint32_t n, k;
	size_t i;

	for (i = 0; i < 2 * sizeof(archs) / sizeof(archs[0]); i++) {
		rows = i % 2 ? cvmm_vcpu_reg_rows(archs[i / 2], &n) : cvmm_vm_reg_rows(archs[i / 2], &n);
		for (k = 0; k < n; k++) {
			if (rows[k].name && strcasecmp(rows[k].name, word) == 0) {
				*id = rows[k].first;
				return 1;
			}
		}
	}
	return 0;
}

static int find_id(const char *word, uint64_t *id)
{
	size_t i;

	for (i = 0; i < sizeof(archs) / sizeof(archs[0]); i++)
		if (!cvmm_reg_from_name(archs[i], word, strlen(word), id))
			return STATUS_YES;
	if (find_row(word, id))
		return STATUS_YES;
	say("reg %s: not a register's name, nor an id of 16 hex digits", word);
	return STATUS_USAGE;
}

static int run(const struct args *a)
{
	const struct cvmm_row *row;
	uint32_t scope;
	uint64_t id;
	int ret = find_id(a->files.v[0], &id);

	if (ret)
		return ret;
	row = reg_row(id, &scope);
	if (!row) {
		say("reg %s: no row of the catalogue knows 0x%016" PRIx64, a->files.v[0], id);
		return STATUS_ERROR;
	}
	if (a->json)
		json_row(id, row, scope);
	else
		print_row(id, row, scope);
	return STATUS_YES;
}

static const struct opt options[] = { OPT_JSON, OPT_END };

const struct command command_reg = {
	.name = "reg",
	.usage = "(NAME|ID) [--json]",
	.what = "what the catalogue knows of a register",
	.help = "Prints a register's row (whose it is, until when it can be set, what a write does, how two hosts\n"
		"combine) and the rules that decide when a snapshot and a host disagree about it.\n"
		"NAME as in cvmm inspect (ID_AA64PFR0_EL1, PSCI_VERSION, vm.features); ID in 16 hex digits.",
	.opt = options,
	.min = 1,
	.max = 1,
	.run = run,
};
