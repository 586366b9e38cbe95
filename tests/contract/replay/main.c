/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* replay PROFILE RECORDINGS_DIR probe REF:VARIANT... : the register probe; replay PROFILE RECORDING guest: the guest probe */
#include "replay.h"

#include <errno.h>

const char *ename(int err)
{
	static const struct {
		int err;
		const char *name;
	} names[] = { { 0, "OK" }, { ENOENT, "ENOENT" }, { EINVAL, "EINVAL" }, { EPERM, "EPERM" }, { EBUSY, "EBUSY" },
		{ EFAULT, "EFAULT" }, { ENXIO, "ENXIO" }, { ENODEV, "ENODEV" }, { EEXIST, "EEXIST" },
		{ ENOTTY, "ENOTTY" }, { ENOEXEC, "ENOEXEC" }, { E2BIG, "E2BIG" }, { ENOMEM, "ENOMEM" },
		{ EINTR, "EINTR" } };
	static char other[16];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].err == err)
			return names[i].name;
	snprintf(other, sizeof(other), "E%d", err);
	return other;
}

const char *hex(const uint8_t *b, uint32_t n)
{
	static char out[2][513];
	static int turn;
	char *p = out[turn ^= 1];
	uint32_t i;

	for (i = 0; i < n; i++)
		sprintf(p + 2 * i, "%02x", b[n - 1 - i]);
	return p;
}

int req_int(struct world *w, int fd, unsigned long what, uintptr_t arg)
{
	return w->be.ops->ioctl(w->be.ctx, fd, what, arg);
}

int req(struct world *w, int fd, unsigned long what, const void *arg)
{
	int ret = req_int(w, fd, what, (uintptr_t)arg);

	return ret < 0 ? -ret : 0;
}

int get(struct world *w, int v, uint64_t id, uint8_t val[256])
{
	struct cvmm_kvm_one_reg r = { id, (uintptr_t)val };

	memset(val, 0, 256);
	return req(w, v, CVMM_KVM_GET_ONE_REG, &r);
}

int set(struct world *w, int v, uint64_t id, const uint8_t *val)
{
	struct cvmm_kvm_one_reg r = { id, (uintptr_t)val };

	return req(w, v, CVMM_KVM_SET_ONE_REG, &r);
}

int get64(struct world *w, int v, uint64_t id, uint64_t *val)
{
	uint8_t b[256];
	int err = get(w, v, id, b);

	*val = cvmm_load_le(b, 8);
	return err;
}

int set64(struct world *w, int v, uint64_t id, uint64_t val)
{
	uint8_t b[256] = { 0 };

	cvmm_store_le(b, 8, val);
	return set(w, v, id, b);
}

int attr(struct world *w, int fd, unsigned long what, uint32_t group, uint64_t at, const void *val)
{
	struct cvmm_kvm_device_attr a = { .group = group, .attr = at, .addr = (uintptr_t)val };

	return req(w, fd, what, &a);
}

int list(struct world *w, int v, uint64_t *ids, uint32_t *n)
{
	static uint64_t buf[R_MAX + 1];
	int err;

	buf[0] = 0;
	err = req(w, v, CVMM_KVM_GET_REG_LIST, buf);
	if (err && err != E2BIG)
		return err;
	if (buf[0] > R_MAX)
		return E2BIG;
	err = req(w, v, CVMM_KVM_GET_REG_LIST, buf);
	*n = (uint32_t)buf[0];
	if (!err)
		memcpy(ids, buf + 1, *n * sizeof(*ids));
	return err;
}

void drop(struct world *w, struct machine *m)
{
	size_t i;

	for (i = 0; i < 3; i++)
		if (m->v[i] > 0)
			w->be.ops->close(w->be.ctx, m->v[i]);
	if (m->gic > 0)
		w->be.ops->close(w->be.ctx, m->gic);
	if (m->fd > 0)
		w->be.ops->close(w->be.ctx, m->fd);
}

static char *slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	char *text = malloc(CVMM_PROFILE_BYTES_MAX);

	if (!f || !text) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(1);
	}
	*len = fread(text, 1, CVMM_PROFILE_BYTES_MAX, f);
	fclose(f);
	return text;
}

static void *storage(size_t bytes)
{
	void *p = NULL;

	if (posix_memalign(&p, 4096, bytes)) {
		fprintf(stderr, "no memory\n");
		exit(1);
	}
	return p;
}

int main(int argc, char **argv)
{
	struct cvmm_sim_config cfg = { .size = sizeof(cfg), .max_vms = 2, .max_vcpus = 4 };
	struct cvmm_profile p;
	struct cvmm_error e;
	struct world w;
	size_t len, need;
	char *text;

	if (argc < 4)
		return 2;
	text = slurp(argv[1], &len);
	if (cvmm_profile_need(text, len, &need, &e) || cvmm_profile_parse(text, len, storage(need), need, &p, &e)) {
		fprintf(stderr, "%s:%u: %s\n", argv[1], e.section, cvmm_reason_text(e.reason));
		return 1;
	}
	cfg.profile = &p;
	if (cvmm_sim_need(&cfg, &need, &e) || cvmm_sim_init(&cfg, storage(need), need, &w.be, &e)) {
		fprintf(stderr, "%s: %s\n", argv[1], cvmm_reason_text(e.reason));
		return 1;
	}
	w.kvm = w.be.ops->open(w.be.ctx);
	if (p.arch == CVMM_ARCH_RISCV64)
		probe_riscv(&w);
	else if (!strcmp(argv[3], "probe"))
		probe(&w, argv[2], argc - 4, argv + 4);
	else
		guest(&w, argv[2]);
	return 0;
}
