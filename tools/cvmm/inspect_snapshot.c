/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include "inspect.h"
#include "json.h"
#include "load.h"
#include "mem.h"
#include "words.h"

static const char *const clock_words[] = { "not said", "stands still while saved", "goes on while saved" };

static const char *const clock_names[] = { "not-said", "stop", "continue" };

static void header(FILE *f, const struct snap *s)
{
	fprintf(f, "snapshot   %s\n", s->name);
	fprintf(f, "format     %u.%u, %" PRIu64 " bytes\n", s->info.format >> 16, s->info.format & 0xffff,
		s->info.bytes);
	fprintf(f, "guest      %s, %u vCPU%s\n", arch_word(s->info.arch), s->info.vcpus, s->info.vcpus == 1 ? "" : "s");
	fprintf(f, "taken on   kernel %s\n", *s->info.kernel ? s->info.kernel : "(not told)");
	fprintf(f, "written by %s\n", *s->info.writer ? s->info.writer : "(not told)");
}

static void print_set(FILE *f, const struct cvmm_regset *set, uint32_t col)
{
	char name[CVMM_REG_NAME_MAX], value[VALUE_TEXT_MAX];
	uint32_t i;

	for (i = 0; i < set->n; i++)
		fprintf(f, "  %-22s %s\n", reg_text(set->item[i].id, name),
			value_text(cvmm_regset_value(set, i, col), set->item[i].size, value));
}

static void print_pairs(FILE *f, const char *title, const struct cvmm_pair *p, uint32_t n)
{
	char name[CVMM_REG_NAME_MAX];
	uint32_t i;

	if (n)
		fprintf(f, "\n%s\n", title);
	for (i = 0; i < n; i++)
		fprintf(f, "  %-22s 0x%" PRIx64 "\n", reg_text(p[i].id, name), p[i].value);
}

/* One line a vCPU: enough to see which one does what. */
static void vcpu_line(FILE *f, const struct cvmm_view *v, const struct cvmm_vcpu_ref *c)
{
	const struct cvmm_shape *s = &v->shape[c->shape];
	char features[FEATURES_TEXT_MAX];
	uint64_t pc;
	int i;

	fprintf(f, "  %-5u %u registers, %u bytes, features %s", c->id, s->regs.n, s->regs.stride,
		features_text(s->features, features));
	if (!cvmm_reg_from_name(v->arch, "PC", 2, &pc)) {
		i = cvmm_regset_find(&s->regs, pc);
		if (i >= 0)
			fprintf(f, ", PC 0x%" PRIx64, cvmm_regset_u64(&s->regs, (uint32_t)i, c->col));
	}
	i = cvmm_regset_find(&s->regs, CVMM_ARM64_VCPU_MP_STATE);
	if (i >= 0)
		fprintf(f, ", MP state %" PRIu64, cvmm_regset_u64(&s->regs, (uint32_t)i, c->col));
	fputc('\n', f);
}

static void print_rest(FILE *f, const struct cvmm_view *v)
{
	uint32_t i;

	if (v->clock.policy)
		fprintf(f, "clock      %s\n", v->clock.policy < 3 ? clock_words[v->clock.policy] : "?");
	fprintf(f, "asked      %u capabilities answered by the source\n", v->ncaps);
	for (i = 0; i < v->nslots; i++)
		fprintf(f, "memory     slot %u: 0x%" PRIx64 " bytes at 0x%" PRIx64 ", flags 0x%x\n", v->slot[i].slot,
			v->slot[i].bytes, v->slot[i].gpa, v->slot[i].flags);
	for (i = 0; i < v->nextra; i++)
		fprintf(f, "section    0x%x of the embedding VMM: version %u, %zu bytes%s\n", v->extra[i].type,
			v->extra[i].version, v->extra[i].bytes, v->extra[i].critical ? ", critical" : "");
	if (v->skipped)
		fprintf(f, "skipped    %u optional sections that this version does not know\n", v->skipped);
}

static void print(FILE *f, const struct snap *s, int all)
{
	const struct cvmm_view *v = &s->view;
	uint32_t i;

	header(f, s);
	print_rest(f, v);
	print_pairs(f, "seen by the guest with another value than ONE_REG gives", v->seen, v->nseen);
	fprintf(f, "\nowned by the VM: %u\n", v->vm.n);
	print_set(f, &v->vm, 0);
	fprintf(f, "\nvCPUs\n");
	for (i = 0; i < v->nvcpus; i++)
		vcpu_line(f, v, &v->vcpu[i]);
	for (i = 0; all && i < v->nvcpus; i++) {
		fprintf(f, "\nowned by vCPU %u\n", v->vcpu[i].id);
		print_set(f, &v->shape[v->vcpu[i].shape].regs, v->vcpu[i].col);
	}
}

/* State blocks are longer than a line on a terminal, but JSON has all of them. */
static char *block_text(const uint8_t *p, uint32_t size)
{
	char *text = mem_get(2 * (size_t)size + 3), *s = text + 2;

	memcpy(text, "0x", 2);
	while (size--)
		s += sprintf(s, "%02x", p[size]);
	return text;
}

static void json_value(struct json *j, const uint8_t *p, uint32_t size)
{
	char value[VALUE_TEXT_MAX];
	char *block;

	if (size <= CVMM_REG_BYTES_MAX) {
		json_string(j, "value", value_text(p, size, value));
		return;
	}
	block = block_text(p, size);
	json_string(j, "value", block);
	mem_drop(block);
}

static void json_set(struct json *j, const char *key, const struct cvmm_regset *set, uint32_t col)
{
	char name[CVMM_REG_NAME_MAX];
	uint32_t i;

	json_array(j, key);
	for (i = 0; i < set->n; i++) {
		json_flat(j, NULL);
		json_string(j, "register", reg_text(set->item[i].id, name));
		json_hex(j, "id", set->item[i].id);
		json_number(j, "bytes", set->item[i].size);
		json_value(j, cvmm_regset_value(set, i, col), set->item[i].size);
		json_end(j);
	}
	json_end(j);
}

static void json_rest(struct json *j, const struct cvmm_view *v)
{
	char name[CVMM_REG_NAME_MAX];
	uint32_t i;

	json_array(j, "capabilities");
	for (i = 0; i < v->ncaps; i++) {
		json_flat(j, NULL);
		json_number(j, "number", v->cap[i].id);
		json_hex(j, "value", v->cap[i].value);
		json_end(j);
	}
	json_end(j);
	json_array(j, "seen_by_guest");
	for (i = 0; i < v->nseen; i++) {
		json_flat(j, NULL);
		json_string(j, "register", reg_text(v->seen[i].id, name));
		json_hex(j, "value", v->seen[i].value);
		json_end(j);
	}
	json_end(j);
	json_array(j, "memory_slots");
	for (i = 0; i < v->nslots; i++) {
		json_flat(j, NULL);
		json_number(j, "slot", v->slot[i].slot);
		json_number(j, "flags", v->slot[i].flags);
		json_hex(j, "address", v->slot[i].gpa);
		json_hex(j, "bytes", v->slot[i].bytes);
		json_end(j);
	}
	json_end(j);
	json_array(j, "embedder_sections");
	for (i = 0; i < v->nextra; i++) {
		json_flat(j, NULL);
		json_hex(j, "type", v->extra[i].type);
		json_number(j, "version", v->extra[i].version);
		json_bool(j, "critical", v->extra[i].critical);
		json_number(j, "bytes", v->extra[i].bytes);
		json_end(j);
	}
	json_end(j);
	json_number(j, "skipped_sections", v->skipped);
}

static void json_vcpus(struct json *j, const struct cvmm_view *v)
{
	char features[FEATURES_TEXT_MAX];
	uint32_t i;

	json_array(j, "vcpus");
	for (i = 0; i < v->nvcpus; i++) {
		const struct cvmm_shape *s = &v->shape[v->vcpu[i].shape];

		json_object(j, NULL);
		json_number(j, "id", v->vcpu[i].id);
		json_string(j, "features", features_text(s->features, features));
		json_set(j, "registers", &s->regs, v->vcpu[i].col);
		json_end(j);
	}
	json_end(j);
}

static void print_json(FILE *f, const struct snap *s)
{
	const struct cvmm_view *v = &s->view;
	struct json j;

	json_begin(&j, f, "inspect");
	json_string(&j, "kind", "snapshot");
	json_string(&j, "file", s->name);
	json_string(&j, "format", v->format == CVMM_FORMAT_1_0 ? "1.0" : "1.1");
	json_number(&j, "bytes", s->info.bytes);
	json_string(&j, "arch", arch_word(v->arch));
	json_string(&j, "kernel", s->info.kernel);
	json_string(&j, "writer", s->info.writer);
	json_string(&j, "clock", v->clock.policy < 3 ? clock_names[v->clock.policy] : "unknown");
	json_rest(&j, v);
	json_set(&j, "vm", &v->vm, 0);
	json_vcpus(&j, v);
	json_finish(&j);
}

int inspect_snapshot(const struct bytes *b, const struct args *a)
{
	struct cvmm_error e;
	struct snap s;
	int ret = snap_decode(b->name, b->p, b->len, &s);

	if (ret) {
		/* What a damaged file was is worth knowing, where its header survived. */
		if (!a->json && !cvmm_snapshot_peek(b->p, b->len, &s.info, &e))
			header(stdout, &s);
		return ret;
	}
	if (a->json)
		print_json(stdout, &s);
	else
		print(stdout, &s, a->all);
	return STATUS_YES;
}
