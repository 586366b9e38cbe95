/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * live-diff PROFILE SEED CALLS [DIFFERENCES [AVOID [CALL]]]: draws calls at random and makes each on /dev/kvm and on the simulated
 * KVM that PROFILE describes. Stops at the first different answer; with DIFFERENCES it goes on with fresh VMs until that
 * many different kinds were found. AVOID: a sum of AVOID_... of diff.h, 0 for none. With CALL it prints what was called on the VM that call number CALL is made on.
 * Exit status: 0 none, 1 error, 5 different, 6 a crash.
 */
#include "diff.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cvmm/kvm-ioctls/profile.h>
#include <cvmm/kvm-sim/sim.h>

#define CALLS_PER_VM 400
#define KINDS_MAX    256

uint64_t draw(struct world *w)
{
	uint64_t x = w->seed += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

uint32_t draw_below(struct world *w, uint32_t n)
{
	return (uint32_t)((draw(w) >> 32) * n >> 32);
}

int side_ioctl(const struct side *s, int fd, unsigned long req, const void *arg)
{
	/* A vCPU or device that does not exist: the same answer on both sides, without asking. */
	return fd < 0 ? -EBADF : s->be.ops->ioctl(s->be.ctx, fd, req, (uintptr_t)arg);
}

static void side_close(struct side *s)
{
	int i;

	for (i = 0; i < DIFF_VCPUS; i++) {
		if (s->run[i])
			(void)s->be.ops->munmap(s->be.ctx, s->run[i], (size_t)s->run_bytes);
		if (s->vcpu[i] >= 0)
			(void)s->be.ops->close(s->be.ctx, s->vcpu[i]);
		s->run[i] = NULL;
		s->vcpu[i] = -1;
	}
	if (s->gic >= 0)
		(void)s->be.ops->close(s->be.ctx, s->gic);
	if (s->vm >= 0)
		(void)s->be.ops->close(s->be.ctx, s->vm);
	s->gic = s->vm = -1;
	s->redist = s->refused = 0;
	memset(s->id, 0, sizeof(s->id));
	memset(s->ran, 0, sizeof(s->ran));
}

int side_reset(struct side *s)
{
	side_close(s);
	s->vm = s->be.ops->ioctl(s->be.ctx, s->kvm, CVMM_KVM_CREATE_VM, 0);
	return s->vm < 0 ? s->vm : 0;
}

static int side_open(struct side *s)
{
	int i;

	s->vm = s->gic = -1;
	for (i = 0; i < DIFF_VCPUS; i++)
		s->vcpu[i] = -1;
	s->kvm = s->be.ops->open(s->be.ctx);
	if (s->kvm < 0)
		return s->kvm;
	s->run_bytes = s->be.ops->ioctl(s->be.ctx, s->kvm, CVMM_KVM_GET_VCPU_MMAP_SIZE, 0);
	return s->run_bytes < 0 ? s->run_bytes : 0;
}

static void *whole_file(const char *name, size_t *len)
{
	FILE *f = fopen(name, "rb");
	char *p = malloc(8 << 20);

	if (!f || !p)
		return NULL;
	*len = fread(p, 1, 8 << 20, f);
	fclose(f);
	return p;
}

static int simulated(const char *file, struct cvmm_profile *p, struct cvmm_backend *be)
{
	struct cvmm_sim_config cfg = { .size = sizeof(cfg), .profile = p, .max_vms = 2, .max_vcpus = 16 };
	struct cvmm_error e;
	size_t len, need;
	char *text = whole_file(file, &len);
	void *store;

	if (!text || cvmm_profile_need(text, len, &need, &e) < 0)
		return -EINVAL;
	store = aligned_alloc(64, (need + 63) & ~(size_t)63);
	if (!store || cvmm_profile_parse(text, len, store, need, p, &e) < 0 || cvmm_sim_need(&cfg, &need, &e) < 0)
		return -EINVAL;
	store = aligned_alloc(4096, (need + 4095) & ~(size_t)4095);
	return store ? cvmm_sim_init(&cfg, store, need, be, &e) : -ENOMEM;
}

/* Every id that any variant lists. */
static uint64_t *all_ids(const struct cvmm_profile *p, uint32_t *n)
{
	uint64_t *id;
	uint32_t total = 0, v, i;

	for (v = 0; v < p->nvariants; v++)
		total += p->variant[v].regs.n;
	id = calloc(total + 1, sizeof(*id));
	for (v = 0, *n = 0; id && v < p->nvariants; v++)
		for (i = 0; i < p->variant[v].regs.n; i++)
			id[(*n)++] = p->variant[v].regs.item[i].id;
	return id;
}

/* What is being done; in memory that outlives the process, which a kernel that fails in an ioctl ends without a word. */
static struct now {
	struct call call;
	uint64_t at;
	char side[16];
} * now;

static void print_call(const struct call *c, uint64_t at)
{
	char name[CVMM_REG_NAME_MAX] = "";

	if ((c->id >> 56) == CVMM_ARCH_ARM64)
		(void)cvmm_reg_name(c->id, name, sizeof(name));
	printf("call %llu %s vcpu %u id %llx %s value %llx extra %llx data %016llx", (unsigned long long)at,
		ops[c->op].name, c->vcpu, (unsigned long long)c->id, name, (unsigned long long)c->value,
		(unsigned long long)c->extra, (unsigned long long)cvmm_load_le(c->data, 8));
}

static void make(const struct call *c, uint64_t at, struct side *s, struct answer *a)
{
	now->call = *c;
	now->at = at;
	memcpy(now->side, s->name, strlen(s->name) + 1);
	ops[c->op].make(s, c, a);
}

static uint32_t draw_op(struct world *w)
{
	uint32_t total = 0, i, at;

	for (i = 0; i < nops; i++)
		total += ops[i].weight;
	at = draw_below(w, total);
	for (i = 0; at >= ops[i].weight; i++)
		at -= ops[i].weight;
	return i;
}

static int same(const struct answer *a, const struct answer *b)
{
	uint64_t x = cvmm_load_le(a->data, 8), y = cvmm_load_le(b->data, 8), mask = a->mask;

	if (a->ret != b->ret || a->bytes != b->bytes || ((x ^ y) & mask))
		return 0;
	return a->bytes <= 8 || memcmp(a->data + 8, b->data + 8, a->bytes - 8) == 0;
}

static void print_answers(const struct answer *real, const struct answer *sim)
{
	uint32_t i;

	printf(": real %d", real->ret);
	for (i = 0; i < 8 && i < real->bytes; i++)
		printf("%s%02x", i ? "" : " ", real->data[7 - i]);
	printf(", simulated %d", sim->ret);
	for (i = 0; i < 8 && i < sim->bytes; i++)
		printf("%s%02x", i ? "" : " ", sim->data[7 - i]);
	for (i = 8; i < real->bytes && real->data[i] == sim->data[i]; i++)
		;
	if (i < real->bytes)
		printf(", byte %u", i);
	printf("\n");
	fflush(stdout);
}

/* A kind of difference: the operation, the register or attribute, and both answers. */
static int new_kind(const struct call *c, const struct answer *real, const struct answer *sim)
{
	static uint64_t kind[KINDS_MAX];
	static uint32_t n;
	uint64_t k = c->op ^ (uint64_t)(uint32_t)real->ret << 8 ^ (uint64_t)(uint32_t)sim->ret << 20 ^
		     c->id * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t i;

	for (i = 0; i < n; i++)
		if (kind[i] == k)
			return 0;
	if (n < KINDS_MAX)
		kind[n++] = k;
	return 1;
}

/* Of the data only the first 8 bytes are looked at without asking how many there are. */
static void clear(struct answer *a)
{
	a->ret = 0;
	a->bytes = 0;
	a->mask = ~UINT64_C(0);
	memset(a->data, 0, 8);
}

/* A call on both sides; 1 if the answers are the same. */
static int compare(struct call *c, uint64_t at, struct side *real, struct side *sim, int trace, uint32_t *found)
{
	static struct answer a, b;
	int equal;

	clear(&a);
	clear(&b);
	make(c, at, real, &a);
	make(c, at, sim, &b);
	equal = same(&a, &b);
	if (trace || (!equal && new_kind(c, &a, &b))) {
		*found += !equal;
		printf(equal ? "trace: " : "different: ");
		print_call(c, at);
		print_answers(&a, &b);
	}
	return equal;
}

static int run(struct world *w, struct side *real, struct side *sim, uint64_t calls, uint32_t most, uint64_t trace)
{
	uint64_t i, fresh = 0;
	uint32_t found = 0;

	for (i = 0; i < calls && found < most; i++) {
		struct call c = { 0 };

		if (fresh-- == 0) {
			if (side_reset(real) < 0 || side_reset(sim) < 0)
				return 1;
			fresh = CALLS_PER_VM;
		}
		c.op = draw_op(w);
		ops[c.op].draw(w, &c);
		/* After a difference the two are not in the same state any more. */
		if (!compare(&c, i, real, sim, trace && i <= trace && trace - i < CALLS_PER_VM, &found))
			fresh = 0;
	}
	printf("%llu calls, %u kinds of difference\n", (unsigned long long)i, found);
	return found ? 5 : 0;
}

/* In a process of its own, so that its end is noticed. */
static int watched(struct world *w, struct side *real, struct side *sim, uint64_t calls, uint32_t most, uint64_t trace)
{
	int status = 1;
	pid_t pid;

	now = mmap(NULL, sizeof(*now), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (now == MAP_FAILED)
		return 1;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		status = side_open(real) < 0 || side_open(sim) < 0 ? 1 : run(w, real, sim, calls, most, trace);
		fflush(stdout);
		_exit(status);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	printf("different: ");
	print_call(&now->call, now->at);
	printf(": signal %d on the %s side\n", WTERMSIG(status), now->side);
	return 6;
}

int main(int argc, char **argv)
{
	static struct side real = { .name = "real" }, sim = { .name = "simulated" };
	static struct cvmm_profile profile;
	uint64_t features[16], trace;
	uint32_t most, v;
	struct world w = { .real = &real, .features = features };

	if (argc < 4 || simulated(argv[1], &profile, &sim.be) < 0) {
		fprintf(stderr, "usage: live-diff PROFILE SEED CALLS [DIFFERENCES [AVOID [CALL]]]\n");
		return 1;
	}
	w.seed = strtoull(argv[2], NULL, 0);
	most = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 0) : 1;
	w.avoid = argc > 5 ? (uint32_t)strtoul(argv[5], NULL, 0) : 0;
	trace = argc > 6 ? strtoull(argv[6], NULL, 0) : 0;
	real.be = *cvmm_backend_dev();
	w.id = all_ids(&profile, &w.nids);
	for (v = 0; v < profile.nvariants && v < 16; v++)
		features[w.nfeatures++] = profile.variant[v].features;
	return w.id ? watched(&w, &real, &sim, strtoull(argv[3], NULL, 0), most, trace) : 1;
}
