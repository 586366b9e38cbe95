/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The register probe's restores of other kernels' recordings. */
#include "replay.h"

struct saved {
	uint64_t id;
	uint32_t size;
	uint8_t val[256];
};

static struct saved saved[R_MAX];

static uint32_t load(const char *path, const char *variant)
{
	static char line[2048], hx[1024];
	char kind[16], name[32], err[24];
	FILE *f = fopen(path, "r");
	uint32_t n = 0, k;
	ull id;
	int size;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%15s %31s %llx %d %23s %1000s", kind, name, &id, &size, err, hx) != 6 ||
			strcmp(kind, "REG") || strcmp(name, variant) || strcmp(err, "OK") || n == R_MAX)
			continue;
		saved[n].id = id;
		saved[n].size = (uint32_t)size;
		memset(saved[n].val, 0, 256);
		for (k = 0; k < saved[n].size && k < 256; k++) {
			unsigned x = 0;

			sscanf(hx + 2 * (saved[n].size - 1 - k), "%2x", &x);
			saved[n].val[k] = (uint8_t)x;
		}
		n++;
	}
	if (f)
		fclose(f);
	return n;
}

struct vls {
	const char *ref, *variant;
	uint32_t n;
};

static void restore_vls(struct world *w, int v, void *arg)
{
	const struct vls *s = arg;
	uint32_t i;

	for (i = 0; i < s->n; i++)
		if (saved[i].id == VLS)
			printf("RESTORE /refs/%s %s SVE_VLS-before-finalize %s\n", s->ref, s->variant,
				ename(set(w, v, VLS, saved[i].val)));
}

static int listed(const uint64_t *ids, uint32_t n, uint64_t id)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (ids[i] == id)
			return 1;
	return 0;
}

void probe_restore(struct world *w, const char *ref, const char *path, const struct variant *a)
{
	static uint64_t ids[R_MAX];
	struct vls s = { ref, a->name, load(path, a->name) };
	uint32_t n, i, total = 0, fail = 0, diff = 0, wide;
	struct machine m;
	uint8_t now[256];

	if (!s.n)
		return;
	if (!probe_offers(w, a)) {
		printf("RESTORE /refs/%s %s variant-not-supported-here\n", ref, a->name);
		return;
	}
	if (probe_make(w, &m, a, restore_vls, &s)) {
		printf("RESTORE /refs/%s %s vm %s %s\n", ref, a->name, m.where, ename(m.err));
		drop(w, &m);
		return;
	}
	list(w, m.v[0], ids, &n);
	for (i = 0; i < s.n; i++) {
		int err, g;

		if (saved[i].id == VLS)
			continue;
		total++;
		err = set(w, m.v[0], saved[i].id, saved[i].val);
		if (!err)
			continue;
		fail++;
		g = get(w, m.v[0], saved[i].id, now);
		wide = saved[i].size > 16 ? 16 : saved[i].size;
		printf("RESTORE /refs/%s %s FAIL %016llx %s want=%s cur=%s/%s listed=%d\n", ref, a->name,
			(ull)saved[i].id, ename(err), hex(saved[i].val, wide), g ? "err" : "ok", hex(now, wide),
			listed(ids, n, saved[i].id));
	}
	for (i = 0; i < s.n; i++) {
		if (saved[i].id == VLS || get(w, m.v[0], saved[i].id, now) || !memcmp(saved[i].val, now, saved[i].size))
			continue;
		diff++;
		wide = saved[i].size > 16 ? 16 : saved[i].size;
		printf("RESTORE /refs/%s %s DIFF %016llx wrote=%s read=%s\n", ref, a->name, (ull)saved[i].id,
			hex(saved[i].val, wide), hex(now, wide));
	}
	printf("RESTORESUM /refs/%s %s regs=%u setfail=%u readdiff=%u\n", ref, a->name, total, fail, diff);
	drop(w, &m);
}
