/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "run.h"

static void setup(void)
{
	run_setup();
	if (system("python3 -c 'import json' >/dev/null 2>&1") != 0)
		cr_skip_test("json: python3 is not there");
}

TestSuite(json, .init = setup, .fini = run_clean);

/* The output is one JSON document, without a key twice, and a Python expression over it (d) holds. */
static void holds(int status, const char *command, const char *expression)
{
	struct ran r = run("$CVMM %s >doc", command);

	cr_expect(r.status == status, "%s: exit status %d: %s", command, r.status, r.err);
	ran_free(&r);
	r = run("python3 - doc <<'END'\n"
		"import json, sys\n"
		"def once(pairs):\n"
		"    assert len(pairs) == len(dict(pairs)), pairs\n"
		"    return dict(pairs)\n"
		"d = json.load(open(sys.argv[1]), object_pairs_hook=once)\n"
		"assert d['cvmm'] == 1\n"
		"assert %s, d\n"
		"END",
		expression);
	cr_expect(r.status == 0, "%s: %s: %.2000s", command, expression, r.err);
	ran_free(&r);
}

Test(json, kernels)
{
	holds(0, "kernels --json", "d['command'] == 'kernels' and len(d['kernels']) == 45");
	holds(0, "kernels --json",
		"[k for k in d['kernels'] if k['kvm'] == 'sim:6.1.192/neoverse-n1'][0]['features'] == ['psci_0_2', "
		"'pmu_v3']");
}

Test(json, check)
{
	expect(0, NULL, "", "$CVMM save --kvm sim:7.3 --vcpus 2 -o a.snap");
	holds(3, "check a.snap --on sim:6.1 --json", "d['refused'] == 1 and d['results'][0]['verdict'] == 'refused'");
	holds(3, "check a.snap --on sim:6.1 --json",
		"'PSCI_VERSION' in [s['register'] for s in d['results'][0]['steps'] if s['reason'] == 'psci-newer']");
	holds(3, "check a.snap --on sim:6.1 --json", "d['results'][0]['baseline']['features'] == 'psci_0_2'");
	holds(3, "check a.snap --on sim:6.1 --json --all",
		"sum(d['results'][0]['registers'].values()) == len(d['results'][0]['steps'])");
	holds(0, "check a.snap --on sim:7.3 --json", "d['accepted'] == 1 and d['errors'] == 0");
	holds(1, "check nowhere a.snap --on sim:7.3 --json 2>/dev/null", "d['errors'] == 1 and d['accepted'] == 1");
}

Test(json, inspect)
{
	expect(0, NULL, "", "$CVMM save --kvm sim:6.18/max --vcpus 2 -o a.snap; $CVMM probe --kvm sim:6.18 -o p");
	expect(0, "", NULL, "$CVMM baseline sim:6.1 sim:6.18 -o b");
	holds(0, "inspect a.snap --json", "d['kind'] == 'snapshot' and len(d['vcpus']) == 2 and d['format'] == '1.1'");
	holds(0, "inspect a.snap --json",
		"all(int(r['value'], 16) >> (8 * r['bytes']) == 0 for v in d['vcpus'] for r in v['registers'])");
	holds(0, "inspect p --json", "d['kind'] == 'profile' and d['kernel'] == '6.18.15'");
	holds(0, "inspect b --json", "d['kind'] == 'baseline' and d['exists'] and len(d['registers']) > 60");
}

Test(json, diff)
{
	expect(0, NULL, "", "$CVMM save --kvm sim:6.18 -o a.snap; $CVMM save --kvm sim:6.1 -o b.snap");
	holds(0, "diff a.snap a.snap --json", "d['equal'] and d['differences'] == []");
	holds(0, "diff a.snap b.snap --json", "not d['equal'] and {'where', 'name'} <= set(d['differences'][0])");
	holds(0, "diff sim:6.1 sim:7.3 --json", "d['kind'] == 'profiles' and not d['equal']");
}

Test(json, baseline)
{
	holds(0, "baseline sim:6.1 sim:7.3 --json",
		"[r for r in d['registers'] if r['register'] == 'PSCI_VERSION'][0]['decided_by'] == d['hosts'][0]");
	holds(3, "baseline sim:5.10 sim:6.1 --json 2>/dev/null",
		"not d['exists'] and 'ID_AA64DFR0_EL1' in [x['register'] for x in d['excluded']]");
}

Test(json, matrix)
{
	holds(0, "matrix sim:6.1 sim:6.12 sim:7.3 --json",
		"len(d['moves']) == 6 and {m['default'] for m in d['moves']} <= {'accepted', 'refused'}");
}

Test(json, audit)
{
	holds(0, "audit --kvm sim:6.1 --json",
		"d['contradicted'] == 0 and d['proven'] > 300 and d['unknown_registers'] == 0");
	holds(0, "audit --kvm sim:6.1 --json",
		"[r for r in d['rows'] if r['row'] == 'PSCI_VERSION'][0]['claims']['scope']['result'] == 'proven'");
}

Test(json, gate)
{
	holds(0, "baseline sim:6.1 sim:7.3 --gate --json",
		"[g for g in d['gate'] if g['name'] == 'pmu_v3'][0]['open'] is False");
}

Test(json, reg)
{
	holds(0, "reg PSCI_VERSION --json", "d['scope'] == 'vm' and d['write'] == 'level'");
	holds(0, "reg ID_AA64PFR0_EL1 --json", "any(f['name'] == 'CSV3' for f in d['fields'])");
}

/* docs/cvmm.md is the contract: a key that it does not name is a mistake. Traits' names are keys of their own kind. */
Test(json, every_key_is_documented)
{
	struct ran r;

	expect(0, NULL, "", "$CVMM save --kvm sim:7.3/max --vcpus 2 -o a.snap; $CVMM probe --kvm sim:6.18 -o p");
	expect(0, "", NULL, "$CVMM baseline sim:6.1 sim:6.18 -o b");
	r = run("(for c in kernels 'check a.snap --on sim:6.1/max --all' 'inspect a.snap' 'inspect p' 'inspect b' "
		"'diff sim:6.1 sim:7.3' 'baseline sim:6.1 sim:7.3 --gate' 'baseline sim:5.10 sim:6.1' "
		"'matrix sim:5.10 sim:6.1 sim:7.3' 'reg PMINTENCLR_EL1' 'reg ID_AA64PFR0_EL1' 'reg STD_BMAP' 'audit "
		"--kvm sim:6.1'; "
		"do $CVMM $c --json 2>/dev/null | tr -d '\\n'; echo; done) >docs\n"
		"python3 - docs %s/docs/cvmm.md <<'END'\n"
		"import json, sys\n"
		"text = open(sys.argv[2]).read()\n"
		"keys = set()\n"
		"def walk(v, name):\n"
		"    if isinstance(v, list):\n"
		"        for x in v: walk(x, name)\n"
		"    if isinstance(v, dict):\n"
		"        if name != 'traits': keys.update(v)\n"
		"        for k in v: walk(v[k], k)\n"
		"for line in open(sys.argv[1]): walk(json.loads(line), '')\n"
		"assert len(keys) > 80, len(keys)\n"
		"missing = [k for k in sorted(keys) if '`%%s`' %% k not in text and k not in ('exact', "
		"'not-written')]\n"
		"assert not missing, missing\n"
		"END",
		CVMM_SOURCE_DIR);
	cr_expect(r.status == 0, "%s", r.err);
	ran_free(&r);
}

Test(json, names_of_files_are_escaped)
{
	expect(0, NULL, "", "n=$(printf 'a\"\\\\<\\303\\244\\377.snap'); $CVMM save --kvm sim:6.1 -o \"$n\"");
	holds(0, "check a*.snap --on sim:6.1 --json", "d['results'][0]['snapshot'] == 'a\"\\\\<\\u00e4\\ufffd.snap'");
}
