/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The guest probe's questions about GICD_IIDR: which revisions are taken, and what comes of them. */
#include "replay.h"

static int dist(struct world *w, struct machine *m, int write, uint32_t off, uint32_t *v)
{
	return attr(w, m->gic, write ? CVMM_KVM_SET_DEVICE_ATTR : CVMM_KVM_GET_DEVICE_ATTR, 1, off, v);
}

static void iidr_read(struct world *w, int late, uint32_t *dflt)
{
	uint32_t x = 0, t = 0;
	struct machine m;
	int e, e2;

	guest_make(w, &m, 4, late);
	e = dist(w, &m, 0, 8, &x);
	e2 = dist(w, &m, 0, 0xc, &t);
	printf("GICIIDR %s-init read %s %08x; GICD_TYPER2 read", late ? "after" : "before", ename(e), e ? 0 : x);
	printf(" %s %08x\n", ename(e2), e2 ? 0 : t);
	*dflt = x;
	drop(w, &m);
}

static void iidr_write(struct world *w, int late, uint32_t rev, uint32_t dflt)
{
	uint32_t x = (dflt & ~0xf000u) | rev << 12, b = 0, c = 0;
	struct machine m;
	char name[24];
	int e, g;

	guest_make(w, &m, 4, late);
	e = dist(w, &m, 1, 8, &x);
	g = dist(w, &m, 0, 8, &b);
	printf("GICIIDR %s-init write rev%u %08x %s", late ? "after" : "before", rev, x, ename(e));
	printf(" readback %s %08x", ename(g), g ? 0 : b);
	if (!late) {
		guest_gic_init(w, &m);
		g = dist(w, &m, 0, 8, &c);
		printf(" after-init %s %08x", ename(g), c);
	}
	printf("\n");
	if (!e && !guest_run(w, &m)) {
		snprintf(name, sizeof(name), "iidr%u-%s", rev, late ? "post" : "pre");
		guest_mmio(w, &m, name, 0);
	}
	if (!e && late) {
		x = dflt;
		e = dist(w, &m, 1, 8, &x);
		g = dist(w, &m, 0, 8, &b);
		printf("GICIIDR after-run write default %08x over rev%u %s", dflt, rev, ename(e));
		printf(" readback %s %08x\n", ename(g), b);
	}
	drop(w, &m);
}

void guest_iidr(struct world *w)
{
	uint32_t dflt, rev, x, t = 0;
	struct machine m;
	int late, e, e2;

	iidr_read(w, 0, &dflt);
	iidr_read(w, 1, &dflt);
	for (late = 0; late < 2; late++)
		for (rev = 0; rev < 6; rev++)
			iidr_write(w, late, rev, dflt);
	guest_make(w, &m, 4, 1);
	x = dflt ^ 1;
	e = dist(w, &m, 1, 8, &x);
	printf("GICIIDR after-init write with another implementer %08x %s\n", x, ename(e));
	x = dflt ^ 0x10000;
	e = dist(w, &m, 1, 8, &x);
	printf("GICIIDR after-init write with variant 1 %08x %s\n", x, ename(e));
	e2 = dist(w, &m, 0, 0xc, &t);
	e = dist(w, &m, 1, 0xc, &t);
	printf("GICIIDR after-init write same GICD_TYPER2 %08x %s", t, ename(e2));
	printf("/%s\n", ename(e));
	drop(w, &m);
}
