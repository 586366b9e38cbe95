/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The two files that a saved machine is: registers, and guest memory. */
#include "machine.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cvmm/kvm-ioctls/reg-id.h>

#define PLAN_STEPS 2048u

int complain(const char *what, const struct cvmm_error *e)
{
	char name[CVMM_REG_NAME_MAX] = "";

	if (e->id)
		(void)cvmm_reg_name(e->id, name, sizeof(name));
	fprintf(stderr, "%s: %s %s (errno %d, phase %u, vCPU %d, other %llx)\n", what, name,
		cvmm_reason_text(e->reason), -e->err, e->phase, (int)e->vcpu, (unsigned long long)e->other);
	return -1;
}

void *file_load(const char *name, size_t *len)
{
	int fd = open(name, O_RDONLY);
	struct stat st;
	void *p = NULL;

	if (fd >= 0 && fstat(fd, &st) == 0 && (p = aligned_alloc(16, ((size_t)st.st_size + 16) / 16 * 16)) &&
		read(fd, p, (size_t)st.st_size) != st.st_size) {
		free(p);
		p = NULL;
	}
	if (!p)
		perror(name);
	else
		*len = (size_t)st.st_size;
	if (fd >= 0)
		(void)close(fd);
	return p;
}

int file_store(const char *name, const void *p, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600), ret = -1;

	if (fd >= 0 && write(fd, p, len) == (ssize_t)len)
		ret = 0;
	if (ret)
		perror(name);
	if (fd >= 0 && close(fd))
		ret = -1;
	return ret;
}

static char *mem_name(const char *file)
{
	static char name[4096];

	snprintf(name, sizeof(name), "%s.mem", file);
	return name;
}

int machine_save(struct machine *m, const char *file)
{
	struct cvmm_error e;
	struct cvmm_view v;
	size_t need, len;
	void *store = NULL;
	uint8_t *out = NULL;
	int ret = cvmm_capture_need(&m->m, &need, &e);

	if (ret == 0 && (store = aligned_alloc(16, (need + 15) / 16 * 16)))
		ret = cvmm_capture(&m->m, &m->host, m->host.kernel, store, need, &v, &e);
	if (ret == 0)
		ret = cvmm_snapshot_size(&v, CVMM_FORMAT_1_1, &len, &e);
	if (ret == 0 && (out = malloc(len)))
		ret = cvmm_snapshot_write(&v, CVMM_FORMAT_1_1, out, len, &len, &e);
	if (ret)
		ret = complain("save", &e);
	else if (file_store(file, out, len) || file_store(mem_name(file), m->mem, MEM_BYTES))
		ret = -1;
	free(out);
	free(store);
	return ret;
}

/* What would be refused is said, all of it. */
static int refusals(const struct cvmm_plan *p)
{
	char name[CVMM_REG_NAME_MAX];
	uint32_t i;

	for (i = 0; i < p->n; i++) {
		if (p->step[i].verdict != CVMM_VERDICT_REFUSED)
			continue;
		(void)cvmm_reg_name(p->step[i].id, name, sizeof(name));
		fprintf(stderr, "refused: %s: %s (%llx, host %llx)\n", name, cvmm_reason_text(p->step[i].reason),
			(unsigned long long)p->step[i].value, (unsigned long long)p->step[i].other);
	}
	return p->nrefused ? -1 : 0;
}

static int restore_view(struct machine *m, const struct cvmm_view *v, const char *file)
{
	struct cvmm_plan p = { .cap = PLAN_STEPS };
	struct cvmm_error e;
	uint8_t *mem = NULL;
	size_t len = 0;
	int ret;

	p.step = calloc(PLAN_STEPS, sizeof(*p.step));
	ret = p.step && cvmm_plan_make(v, &m->host, NULL, &p, &e) ? complain("plan", &e) : refusals(&p);
	if (ret == 0 && cvmm_apply_until(&m->m, v, &p, CVMM_PHASE_VM, &e))
		ret = complain("apply", &e);
	if (ret == 0 && (!(mem = file_load(mem_name(file), &len)) || len != MEM_BYTES))
		ret = -1;
	if (ret == 0)
		memcpy(m->mem, mem, MEM_BYTES);
	if (ret == 0)
		ret = machine_add_memory(m);
	if (ret == 0)
		ret = machine_add_vcpus(m, v, v->nvcpus);
	if (ret == 0 && cvmm_apply_until(&m->m, v, &p, CVMM_PHASE_DONE, &e))
		ret = complain("apply", &e);
	free(mem);
	free(p.step);
	return ret;
}

int machine_restore(struct machine *m, const char *profile, const char *file)
{
	struct cvmm_error e;
	struct cvmm_view v;
	void *store = NULL;
	size_t len, need;
	uint8_t *in;
	int ret;

	memset(m, 0, sizeof(*m));
	in = file_load(file, &len);
	if (!in)
		return -1;
	ret = cvmm_snapshot_need(in, len, &need, &e);
	if (ret == 0 && (store = aligned_alloc(16, (need + 15) / 16 * 16)))
		ret = cvmm_snapshot_read(in, len, store, need, &v, &e);
	if (ret)
		ret = complain(file, &e);
	else if (v.nvcpus > VCPUS_MAX || machine_open(m, profile))
		ret = -1;
	else
		ret = restore_view(m, &v, file);
	free(store);
	free(in);
	return ret;
}
