/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <inttypes.h>
#include <stdio.h>

#include <cvmm/kvm-ioctls/profile.h>

#include "host.h"
#include "inspect.h"
#include "json.h"
#include "words.h"

static void print_variant(FILE *f, const struct cvmm_variant *v, int all)
{
	char features[FEATURES_TEXT_MAX], name[CVMM_REG_NAME_MAX], value[VALUE_TEXT_MAX];
	uint32_t vm = 0;
	uint32_t scope, i;

	for (i = 0; i < v->regs.n; i++) {
		(void)reg_row(v->regs.item[i].id, &scope);
		vm += scope == CVMM_SCOPE_VM;
	}
	fprintf(f, "  %-40s %u registers (%u of the VM), %u hypercalls, %u seen differently by a guest\n",
		features_text(v->features, features), v->regs.n, vm, v->nhvc, v->nguest);
	for (i = 0; all && i < v->regs.n; i++)
		fprintf(f, "    %-22s %s\n", reg_text(v->regs.item[i].id, name),
			value_text(cvmm_regset_value(&v->regs, i, 0), v->regs.item[i].size, value));
}

static void print(FILE *f, const char *name, const struct cvmm_profile *p, int all)
{
	uint32_t i;

	fprintf(f, "profile    %s\n", name);
	fprintf(f, "host       %s, kernel %s, CPU %s\n", arch_word(p->arch), p->kernel, p->cpu);
	fprintf(f, "answers    %u capabilities, %u writable masks, %u ID registers with tried fields, %u bitmaps\n",
		p->ncaps, p->nmasks, p->nlower, p->nbits);
	if (p->nskipped)
		fprintf(f, "skipped    %u lines that start with x-\n", p->nskipped);
	fprintf(f, "traits\n");
	for (i = 0; i < p->ntraits; i++)
		fprintf(f, "  %-20s %" PRIu64 "\n",
			cvmm_trait_name((uint32_t)p->trait[i].id) ? cvmm_trait_name((uint32_t)p->trait[i].id) : "?",
			p->trait[i].value);
	fprintf(f, "vCPU feature sets\n");
	for (i = 0; i < p->nvariants; i++)
		print_variant(f, &p->variant[i], all);
}

static void json_pairs(struct json *j, const char *key, const struct cvmm_pair *p, uint32_t n)
{
	char name[CVMM_REG_NAME_MAX];
	uint32_t i;

	json_array(j, key);
	for (i = 0; i < n; i++) {
		json_flat(j, NULL);
		json_string(j, "register", reg_text(p[i].id, name));
		json_hex(j, "value", p[i].value);
		json_end(j);
	}
	json_end(j);
}

static void json_variant(struct json *j, const struct cvmm_variant *v)
{
	char features[FEATURES_TEXT_MAX], name[CVMM_REG_NAME_MAX], value[VALUE_TEXT_MAX];
	uint32_t scope, i;

	json_object(j, NULL);
	json_string(j, "features", features_text(v->features, features));
	json_array(j, "registers");
	for (i = 0; i < v->regs.n; i++) {
		(void)reg_row(v->regs.item[i].id, &scope);
		json_flat(j, NULL);
		json_string(j, "register", reg_text(v->regs.item[i].id, name));
		json_hex(j, "id", v->regs.item[i].id);
		json_string(j, "scope", scope_word(scope));
		json_string(j, "value", value_text(cvmm_regset_value(&v->regs, i, 0), v->regs.item[i].size, value));
		json_end(j);
	}
	json_end(j);
	json_pairs(j, "seen_by_guest", v->guest, v->nguest);
	json_number(j, "hypercalls", v->nhvc);
	json_end(j);
}

static void print_json(FILE *f, const char *name, const struct cvmm_profile *p)
{
	struct json j;
	uint32_t i;

	json_begin(&j, f, "inspect");
	json_string(&j, "kind", "profile");
	json_string(&j, "file", name);
	json_string(&j, "arch", arch_word(p->arch));
	json_string(&j, "kernel", p->kernel);
	json_string(&j, "cpu", p->cpu);
	json_number(&j, "skipped_lines", p->nskipped);
	json_array(&j, "capabilities");
	for (i = 0; i < p->ncaps; i++) {
		json_flat(&j, NULL);
		json_number(&j, "number", p->cap[i].id);
		json_hex(&j, "value", p->cap[i].value);
		json_end(&j);
	}
	json_end(&j);
	json_flat(&j, "traits");
	for (i = 0; i < p->ntraits; i++)
		if (cvmm_trait_name((uint32_t)p->trait[i].id))
			json_number(&j, cvmm_trait_name((uint32_t)p->trait[i].id), p->trait[i].value);
	json_end(&j);
	json_pairs(&j, "writable_masks", p->mask, p->nmasks);
	json_array(&j, "variants");
	for (i = 0; i < p->nvariants; i++)
		json_variant(&j, &p->variant[i]);
	json_finish(&j);
}

static void show(const char *name, const struct cvmm_profile *p, const struct args *a)
{
	if (a->json)
		print_json(stdout, name, p);
	else
		print(stdout, name, p, a->all);
}

int inspect_kernel(const char *name, const struct args *a)
{
	struct host h;
	int ret = host_find(name, 0, &h);

	if (!ret)
		show(h.name, &h.profile, a);
	return ret;
}

int inspect_profile(const struct bytes *b, const struct args *a)
{
	struct cvmm_profile p;
	int ret = profile_load(b->name, (const char *)b->p, b->len, &p);

	if (ret)
		return ret;
	show(b->name, &p, a);
	return STATUS_YES;
}
