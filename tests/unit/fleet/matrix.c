/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Who can move where, and what waits for whom. */
#include "../kvm-ioctls/profiles.h"

#include <cvmm/fleet/gate.h>
#include <cvmm/fleet/matrix.h>
#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/reg-id.h>
#include <cvmm/snapshot/format.h>
#include <cvmm/vm-regs/vm-regs.h>

#include <errno.h>

static struct loaded_profile *all;
static const struct cvmm_profile *hosts[MAX_PROFILES];
static _Alignas(16) char store[CVMM_MATRIX_BYTES];
static struct cvmm_error error;

static void setup(void)
{
	uint32_t i;

	all = load_all_profiles();
	for (i = 0; i < nprofiles; i++)
		hosts[i] = &all[i].p;
}

static void teardown(void)
{
	free_profiles(all);
}

TestSuite(matrix, .init = setup, .fini = teardown);

static const struct cvmm_profile *host(const char *file)
{
	uint32_t i;

	for (i = 0; i < nprofiles; i++)
		if (!strcmp(all[i].file, file))
			return &all[i].p;
	cr_assert_fail("no profile %s", file);
	return NULL;
}

static struct cvmm_move move(
	const struct cvmm_profile *from, const struct cvmm_profile *to, const struct cvmm_baseline *b)
{
	struct cvmm_move m = { 0 };

	cr_assert_eq(cvmm_matrix_row(from, b, &to, 1, NULL, &m, store, sizeof(store), &error), 0);
	return m;
}

Test(matrix, every_host_takes_its_own_guests)
{
	uint32_t i;

	for (i = 0; i < nprofiles; i++)
		cr_expect_eq(move(hosts[i], hosts[i], NULL).nrefused, 0u, "%s", all[i].file);
}

Test(matrix, direction_matters)
{
	const struct cvmm_profile *older = host("6.12.117-neoverse-n1.profile");
	const struct cvmm_profile *newer = host("7.3.4-neoverse-n1.profile");
	struct cvmm_move back = move(newer, older, NULL);

	cr_assert_eq(move(older, newer, NULL).nrefused, 0u);
	cr_assert_gt(back.nrefused, 0u);
	cr_assert_eq(back.id, CVMM_ARM64_PSCI_VERSION);
	cr_assert_eq(back.reason, CVMM_REASON_PSCI_NEWER);
}

Test(matrix, with_a_baseline_there_is_a_way_back)
{
	static struct cvmm_baseline b;
	const struct cvmm_profile *two[] = { host("6.12.117-neoverse-n1.profile"), host("7.3.4-neoverse-n1.profile") };
	const struct cvmm_profile *other = host("7.3.4-cortex-a72.profile");

	cr_assert_eq(cvmm_baseline_compute(two, 2, 0, &b, NULL, &error), 0);
	cr_assert_eq(move(two[1], two[0], &b).nrefused, 0u);
	cr_assert_eq(move(two[0], two[1], &b).nrefused, 0u);
	/* A host that cannot even start such a guest. */
	cr_assert_gt(move(other, two[0], &b).nrefused, 0u);
	cr_assert_neq(move(other, two[0], &b).reason, CVMM_REASON_NONE);
}

/* What is left of a whole plan. */
static struct cvmm_move of_plan(const struct cvmm_view *v, const struct cvmm_profile *to, const struct cvmm_rules *mine)
{
	static struct cvmm_step steps[2 * CVMM_PLAN_STEPS_MAX];
	struct cvmm_plan plan = { .step = steps, .cap = 2 * CVMM_PLAN_STEPS_MAX };
	struct cvmm_move m = { 0 };
	uint32_t i;

	cr_assert_eq(cvmm_plan_make(v, to, mine, &plan, &error), 0);
	m.nrefused = plan.nrefused;
	for (i = 0; plan.nrefused && i < plan.n; i++) {
		if (steps[i].verdict != CVMM_VERDICT_REFUSED)
			continue;
		m.id = steps[i].id;
		m.reason = steps[i].reason;
		break;
	}
	return m;
}

static uint32_t rows_are_plans(uint32_t i, const struct cvmm_rules *mine)
{
	static _Alignas(16) char fresh[CVMM_VIEW_FRESH_BYTES];
	static struct cvmm_move row[MAX_PROFILES];
	struct cvmm_view view;
	uint32_t k, v, yes = 0;

	cr_assert_eq(cvmm_matrix_row(hosts[i], NULL, hosts, nprofiles, mine, row, store, sizeof(store), &error), 0);
	cr_assert_eq(cvmm_view_fresh(
			     hosts[i], cvmm_default_features(hosts[i]), NULL, 0, fresh, sizeof(fresh), &view, &error),
		0);
	for (k = 0; k < nprofiles; k++) {
		struct cvmm_move m = of_plan(&view, hosts[k], mine);

		cr_assert_eq(memcmp(&m, &row[k], sizeof(m)), 0, "%s to %s: %u %016lx %u, not %u %016lx %u", all[i].file,
			all[k].file, m.nrefused, (unsigned long)m.id, m.reason, row[k].nrefused,
			(unsigned long)row[k].id, row[k].reason);
		yes += m.nrefused == 0;
	}
	/* Every other measured feature set too. */
	for (v = 0; v < hosts[i]->nvariants; v++) {
		cr_assert_eq(cvmm_view_fresh(hosts[i], hosts[i]->variant[v].features, NULL, 0, fresh, sizeof(fresh),
				     &view, &error),
			0);
		cr_assert_eq(cvmm_plan_moves(&view, hosts, nprofiles, mine, row, store, sizeof(store), &error), 0);
		for (k = 0; k < nprofiles; k += 3) {
			struct cvmm_move m = of_plan(&view, hosts[k], mine);

			cr_assert_eq(memcmp(&m, &row[k], sizeof(m)), 0);
		}
	}
	return yes;
}

Test(matrix, rows_are_what_plans_say)
{
	uint32_t i, yes = 0;

	for (i = 0; i < nprofiles; i += 2)
		yes += rows_are_plans(i, NULL);
	cr_assert_gt(yes, nprofiles / 2);
}

Test(matrix, rows_are_what_plans_say_with_rules)
{
	/* A register that all list is taken away from the catalogue's knowledge, one refusal is overruled. */
	static const struct cvmm_rule rule[] = {
		{ .first = CVMM_ARM64_PSCI_VERSION, .count = 1, .on = CVMM_ON_DIFFER, .act = CVMM_ACT_LEAVE },
		{ .first = CVMM_ARM64_CTR_EL0,
			.count = 1,
			.on = CVMM_ON_DIFFER,
			.test = CVMM_TEST_SELF,
			.mask = 0xf,
			.expected = 4,
			.act = CVMM_ACT_DROP },
	};
	const struct cvmm_rules mine = { .v = rule, .n = 2 };
	uint32_t i;

	for (i = 0; i < nprofiles; i += 4)
		rows_are_plans(i, &mine);
}

Test(matrix, storage_is_checked)
{
	struct cvmm_view view;
	struct cvmm_move m;

	cr_assert_eq(cvmm_matrix_row(hosts[0], NULL, hosts, 1, NULL, &m, store, sizeof(store) - 1, &error), -E2BIG);
	cr_assert_eq(error.other, CVMM_MATRIX_BYTES);
	cr_assert_eq(cvmm_matrix_row(hosts[0], NULL, hosts, 1, NULL, &m, store + 8, sizeof(store), &error), -EINVAL);
	cr_assert_eq(cvmm_view_fresh(hosts[0], cvmm_default_features(hosts[0]), NULL, 0, store, CVMM_VIEW_FRESH_BYTES,
			     &view, &error),
		0);
	cr_assert_eq(cvmm_plan_moves(&view, hosts, 1, NULL, &m, store + CVMM_VIEW_FRESH_BYTES, 1024, &error), -E2BIG);
	cr_assert_gt(error.other, 1024u);
	cr_assert_eq(
		cvmm_plan_moves(&view, hosts, 1, NULL, &m, store + CVMM_VIEW_FRESH_BYTES + 8, CVMM_MOVES_BYTES, &error),
		-EINVAL);
}

Test(matrix, equal_answers_are_one_class)
{
	static uint32_t cls[MAX_PROFILES], rep[MAX_PROFILES];
	static uint64_t hash[MAX_PROFILES];
	static struct cvmm_pair caps[512];
	const struct cvmm_profile *h[4];
	struct cvmm_profile renamed = *hosts[3], more_cpus = *hosts[3], changed = *hosts[3];
	uint32_t i;

	renamed.kernel = "other";
	renamed.cpu = "names";
	memcpy(caps, hosts[3]->cap, hosts[3]->ncaps * sizeof(caps[0]));
	for (i = 0; caps[i].id != CVMM_CAP_NR_VCPUS; i++)
		;
	caps[i].value += 60;
	more_cpus.cap = caps;
	changed.nmasks = 0;
	changed.nlower = 0;
	h[0] = hosts[3];
	h[1] = &changed;
	h[2] = &more_cpus;
	h[3] = &renamed;
	cr_assert_eq(cvmm_hosts_classes(h, 4, cls, rep, hash), 2u);
	cr_assert_eq(cls[0], 0u);
	cr_assert_eq(cls[1], 1u);
	cr_assert_eq(cls[2], 0u);
	cr_assert_eq(cls[3], 0u);
	cr_assert_eq(rep[1], 1u);
	cr_assert(cvmm_hosts_equal(h[0], h[2]));
	cr_assert_not(cvmm_hosts_equal(h[0], h[1]));
	caps[i + 1].value++;
	cr_assert_eq(cvmm_hosts_classes(h, 4, cls, rep, hash), 3u);
	/* Classes move alike. */
	cr_assert_lt(cvmm_hosts_classes(hosts, nprofiles, cls, rep, hash), nprofiles + 1);
	for (i = 0; i < nprofiles; i++)
		cr_assert(cvmm_hosts_equal(hosts[i], hosts[rep[cls[i]]]));
}

static const struct cvmm_gate_item *find(const struct cvmm_gate_item *v, uint32_t n, uint8_t kind, uint64_t id)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (v[i].kind == kind && v[i].id == id)
			return &v[i];
	return NULL;
}

Test(matrix, gate_names_what_waits_for_whom)
{
	static struct cvmm_baseline b;
	static struct cvmm_gate_item v[CVMM_GATE_ITEMS_MAX];
	struct cvmm_exclusion x[64];
	struct cvmm_exclusions why = { x, 64, 0 };
	const struct cvmm_profile *h[] = { host("6.12.117-neoverse-n1.profile"), host("6.1.192-neoverse-n1.profile"),
		host("7.3.4-neoverse-n1.profile") };
	const struct cvmm_gate_item *item;
	uint32_t n = 0, i;

	cr_assert_eq(cvmm_baseline_compute(h, 3, 0, &b, &why, &error), 0);
	cr_assert_eq(cvmm_gate_compute(h, 3, &b, &why, v, CVMM_GATE_ITEMS_MAX, &n, &error), 0);
	item = find(v, n, CVMM_GATE_REGISTER, CVMM_ARM64_PSCI_VERSION);
	cr_assert(item);
	cr_assert_eq(item->now, 0x10001);
	cr_assert_eq(item->later, 0x10003);
	cr_assert_eq(item->nwait, 2u);
	cr_assert_eq(item->host, 0u);
	cr_assert_eq(item->reason, CVMM_REASON_PSCI_NEWER);
	item = find(v, n, CVMM_GATE_FEATURE, 3);
	cr_assert(item && !item->open);
	cr_assert_eq(item->other, CVMM_ARM64_PMCR_EL0, "all have the PMU, its registers stand in the way");
	item = find(v, n, CVMM_GATE_FEATURE, 2);
	cr_assert(item && item->open && item->nwait == 0);
	item = find(v, n, CVMM_GATE_FORMAT, CVMM_FORMAT_1_0);
	cr_assert(item && item->open);
	item = find(v, n, CVMM_GATE_FORMAT, CVMM_FORMAT_1_1);
	cr_assert(item && !item->open);
	cr_assert_eq(item->nwait, 3u, "no profile says that its VMM reads it");
	item = find(v, n, CVMM_GATE_DIALECT, CVMM_DIALECT_VM);
	cr_assert(item && !item->open);
	for (i = 0; i < n; i++)
		cr_assert_gt(strlen(cvmm_gate_rollback(&v[i])), 10u);
	/* One item too few. */
	i = n;
	cr_assert_eq(cvmm_gate_compute(h, 3, &b, &why, v, n - 1, &n, &error), -E2BIG);
	cr_assert_eq(n, i);
	cr_assert_eq(cvmm_gate_compute(h, 0, &b, &why, v, 1, &n, &error), -EINVAL);
}

Test(matrix, gate_opens_once_every_vmm_understands)
{
	static const struct cvmm_pair knows[] = { { CVMM_TRAIT_VMM_FORMATS, 3 }, { CVMM_TRAIT_VMM_DIALECTS, 7 } };
	static const struct cvmm_pair offers[] = { { CVMM_CAP_SIM_REG_SCOPE, 1 } };
	static struct cvmm_baseline b;
	static struct cvmm_gate_item v[CVMM_GATE_ITEMS_MAX];
	struct cvmm_profile p[2] = { *hosts[0], *hosts[0] };
	const struct cvmm_profile *h[] = { &p[0], &p[1] };
	uint32_t n = 0;

	p[0].trait = p[1].trait = knows;
	p[0].ntraits = 2;
	p[1].ntraits = 1;
	p[0].cap = p[1].cap = offers;
	p[0].ncaps = p[1].ncaps = 1;
	cr_assert_eq(cvmm_baseline_compute(h, 2, 0, &b, NULL, &error), 0);
	cr_assert_eq(cvmm_gate_compute(h, 2, &b, NULL, v, CVMM_GATE_ITEMS_MAX, &n, &error), 0);
	cr_assert(find(v, n, CVMM_GATE_FORMAT, CVMM_FORMAT_1_1)->open);
	cr_assert_not(find(v, n, CVMM_GATE_DIALECT, CVMM_DIALECT_SCOPE)->open);
	cr_assert_eq(find(v, n, CVMM_GATE_DIALECT, CVMM_DIALECT_SCOPE)->host, 1u);
	p[1].ntraits = 2;
	cr_assert_eq(cvmm_gate_compute(h, 2, &b, NULL, v, CVMM_GATE_ITEMS_MAX, &n, &error), 0);
	cr_assert(find(v, n, CVMM_GATE_DIALECT, CVMM_DIALECT_SCOPE)->open);
	/* Every VMM speaks it, no KVM does. */
	cr_assert_eq(find(v, n, CVMM_GATE_DIALECT, CVMM_DIALECT_VM)->reason, CVMM_REASON_CAP_NOT_OFFERED);
}

Test(matrix, profile_md_documents_every_trait)
{
	static char text[64 << 10];
	FILE *f = fopen(CVMM_SOURCE_DIR "/fleet/PROFILE.md", "rb");
	uint32_t i, seen = 0;

	cr_assert(f);
	cr_assert_gt(fread(text, 1, sizeof(text) - 1, f), 1000u);
	fclose(f);
	for (i = 0; i < 256; i++) {
		char cell[64];

		if (!cvmm_trait_name(i))
			continue;
		snprintf(cell, sizeof(cell), "| `%s` |", cvmm_trait_name(i));
		cr_expect(strstr(text, cell), "%s is not in PROFILE.md", cell);
		seen++;
	}
	cr_assert_gt(seen, 15u);
}
