/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The questions of the register probe, in its order: what a question finds depends on those before it. */
#include "replay.h"

static void caps(struct world *w, int fd, const char *what)
{
	uint32_t c;

	for (c = 0; c <= 300; c++) {
		int r = req_int(w, fd, CVMM_KVM_CHECK_EXTENSION, c);

		if (r > 0)
			printf("CAP %s %u %d\n", what, c, r);
	}
}

static void regs(struct world *w, const char *name, int v)
{
	static uint64_t ids[R_MAX];
	uint8_t val[256];
	uint32_t n, i, bad = 0;
	int err = list(w, v, ids, &n);

	if (err) {
		printf("REGLIST %s err=%s\n", name, ename(err));
		return;
	}
	printf("REGLIST %s n=%u\n", name, n);
	for (i = 0; i < n; i++) {
		uint32_t size = cvmm_reg_bytes(ids[i]);

		err = get(w, v, ids[i], val);
		printf("REG %s %016llx %u %s %s\n", name, (ull)ids[i], size, ename(err), err ? "-" : hex(val, size));
	}
	for (i = 0; i < n; i++) {
		if (get(w, v, ids[i], val))
			continue;
		err = set(w, v, ids[i], val);
		bad += err != 0;
		if (err)
			printf("SETBACK %s %016llx %s\n", name, (ull)ids[i], ename(err));
	}
	printf("SETBACKSUM %s n=%u failed=%u\n", name, n, bad);
}

void probe(struct world *w, const char *dir, int nrefs, char **refs)
{
	struct cvmm_arm64_vcpu_init init = { 0 };
	struct machine m = { 0 };
	char path[4096];
	size_t k;
	int i;

	printf("API_VERSION %d\n", req_int(w, w->kvm, CVMM_KVM_GET_API_VERSION, 0));
	caps(w, w->kvm, "sys");
	m.fd = req_int(w, w->kvm, CVMM_KVM_CREATE_VM, 0);
	printf("CREATE_VM %s\n", m.fd < 0 ? ename(-m.fd) : "OK");
	caps(w, m.fd, "vm");
	printf("PREFERRED_TARGET %s", ename(req(w, m.fd, CVMM_KVM_ARM_PREFERRED_TARGET, &init)));
	printf(" target=%u feat0=%x\n", init.target, init.features[0]);
	drop(w, &m);
	for (k = 0; k < PROBE_VARIANTS; k++) {
		const struct variant *a = &probe_variants[k];
		uint8_t val[256];

		probe_make(w, &m, a, NULL, NULL);
		printf("VARIANT %s feat=%x caps=%s -> %s %s\n", a->name, a->features, probe_offers(w, a) ? "yes" : "no",
			m.where, ename(m.err));
		if (!m.err && a->features & 0x10) {
			int err = get(w, m.v[0], VLS, val);

			printf("SVEVLS %s %02x%02x\n", ename(err), val[1], val[0]);
		}
		if (!m.err)
			regs(w, a->name, m.v[0]);
		drop(w, &m);
	}
	probe_scopes(w);
	for (i = 0; i < nrefs; i++) {
		char *name = strchr(refs[i], ':');

		if (name)
			*name++ = 0;
		snprintf(path, sizeof(path), "%s/arm64-%s.txt", dir, refs[i]);
		for (k = 0; k < PROBE_VARIANTS; k++)
			if (!name || !strcmp(name, probe_variants[k].name))
				probe_restore(w, refs[i], path, &probe_variants[k]);
	}
}
