/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The guest probe's questions about the VM's counter: who writes it, what becomes of it, what the guest reads. */
#include "replay.h"

#define W1   UINT64_C(0x0000100000000000)
#define W2   UINT64_C(0x0000300000000000)
#define OFF1 UINT64_C(0x0000500000000000)
#define OFF2 UINT64_C(0x0000700000000000)

static int clock_fd; /* a vCPU of another VM, to read the physical counter with */

static uint64_t physical(struct world *w)
{
	uint64_t x = 0;

	(void)!cvmm_sim_guest_reg(&w->be, clock_fd, SYS(3, 3, 14, 0, 1), &x);
	return x;
}

static const char *class_of(struct world *w, uint64_t v)
{
	uint64_t p = physical(w), near = UINT64_C(1) << 36;

	if (v - W1 < near)
		return "WRITE1";
	if (v - W2 < near)
		return "WRITE2";
	if (v + OFF1 < near)
		return "PHYS-OFFSET1";
	if (v + OFF2 < near)
		return "PHYS-OFFSET2";
	if (v < p / 4)
		return "ZERO-BASED";
	return v > p / 4 * 3 && v <= p ? "PHYS" : "OTHER";
}

static const char *count(struct world *w, int v, uint64_t id)
{
	uint64_t x;
	int err = get64(w, v, id, &x);

	return err ? ename(err) : class_of(w, x);
}

#define VCNT CVMM_ARM64_TIMER_CNT
#define PCNT CVMM_ARM64_PTIMER_CNT
#define V(v) count(w, v, VCNT)
#define P(v) count(w, v, PCNT)

static const char *guest_count(struct world *w, int v, uint32_t op2)
{
	uint64_t x;

	return cvmm_sim_guest_reg(&w->be, v, SYS(3, 3, 14, 0, op2), &x) ? "EXC" : class_of(w, x);
}
#define GV(v) guest_count(w, v, 2)
#define GP(v) guest_count(w, v, 1)

static int offset(struct world *w, int fd, uint64_t off, uint64_t reserved)
{
	struct cvmm_arm64_counter_offset o = { off, reserved };

	return req(w, fd, CVMM_KVM_ARM_SET_COUNTER_OFFSET, &o);
}

static int add(struct world *w, struct machine *m, int i)
{
	m->v[i] = req_int(w, m->fd, CVMM_KVM_CREATE_VCPU, (uintptr_t)i);
	return m->v[i];
}

/* A machine with a second vCPU. */
static void make_two(struct world *w, struct machine *m)
{
	guest_make(w, m, 4, 0);
	guest_init(w, m->fd, add(w, m, 1), 4);
}

static void counter_after_run(struct world *w, struct machine *m)
{
	int v0 = m->v[0], v1 = m->v[1], e;

	if (guest_run(w, m))
		return;
	printf("COUNTER guest on v0 sees CNTVCT %s CNTPCT %s\n", GV(v0), GP(v0));
	printf("COUNTER after run -> v0 TIMER_CNT %s\n", V(v0));
	e = set64(w, v0, VCNT, W2);
	printf("COUNTER set v0 TIMER_CNT=WRITE2 after run %s -> v0 %s v1 %s\n", ename(e), V(v0), V(v1));
	e = set64(w, v1, VCNT, W1);
	printf("COUNTER set v1 TIMER_CNT=WRITE1 after run of v0 %s -> v0 %s v1 %s\n", ename(e), V(v0), V(v1));
	if (!guest_run(w, m))
		printf("COUNTER guest on v0 then sees CNTVCT %s CNTPCT %s\n", GV(v0), GP(v0));
}

static void counter_one(struct world *w)
{
	struct machine m;
	int v0, v1, e;

	guest_make(w, &m, 4, 0);
	v0 = m.v[0];
	printf("COUNTER cap KVM_CAP_COUNTER_OFFSET(227) %d\n", req_int(w, w->kvm, CVMM_KVM_CHECK_EXTENSION, 227));
	printf("COUNTER fresh v0 TIMER_CNT %s PTIMER_CNT %s\n", V(v0), P(v0));
	e = set64(w, v0, VCNT, W1);
	printf("COUNTER set v0 TIMER_CNT=WRITE1 %s -> v0 TIMER_CNT %s PTIMER_CNT %s\n", ename(e), V(v0), P(v0));
	v1 = add(w, &m, 1);
	printf("COUNTER after KVM_CREATE_VCPU 1 (%s) -> v0 TIMER_CNT %s\n", ename(v1 < 0 ? -v1 : 0), V(v0));
	e = set64(w, v0, VCNT, W1);
	printf("COUNTER set v0 TIMER_CNT=WRITE1 before VCPU_INIT of v1 %s -> v0 %s\n", ename(e), V(v0));
	e = guest_init(w, m.fd, v1, 4);
	printf("COUNTER after KVM_ARM_VCPU_INIT of v1 (%s) -> v0 %s v1 %s\n", ename(e), V(v0), V(v1));
	e = set64(w, v0, VCNT, W1);
	printf("COUNTER set v0 TIMER_CNT=WRITE1 %s -> v0 %s v1 %s\n", ename(e), V(v0), V(v1));
	e = set64(w, v1, VCNT, W2);
	printf("COUNTER set v1 TIMER_CNT=WRITE2 %s -> v0 %s v1 %s\n", ename(e), V(v0), V(v1));
	e = guest_init(w, m.fd, v0, 4);
	printf("COUNTER repeated KVM_ARM_VCPU_INIT of v0 (%s) -> v0 %s v1 %s\n", ename(e), V(v0), V(v1));
	set64(w, v0, VCNT, W1);
	guest_gic_init(w, &m);
	printf("COUNTER set v0 TIMER_CNT=WRITE1 then GIC init -> v0 %s\n", V(v0));
	counter_after_run(w, &m);
	drop(w, &m);
}

static void counter_two(struct world *w)
{
	struct machine m;
	int v0, v1, e;

	make_two(w, &m);
	v0 = m.v[0];
	v1 = m.v[1];
	e = set64(w, v0, PCNT, W1);
	printf("COUNTER set v0 PTIMER_CNT=WRITE1 %s -> v0 PTIMER_CNT %s TIMER_CNT %s; v1 PTIMER_CNT %s\n", ename(e),
		P(v0), V(v0), P(v1));
	guest_gic_init(w, &m);
	if (!guest_run(w, &m))
		printf("COUNTER guest on v0 sees CNTVCT %s CNTPCT %s\n", GV(v0), GP(v0));
	drop(w, &m);
}

static void counter_offset_set(struct world *w, struct machine *m)
{
	int v0 = m->v[0], v1 = m->v[1], v2, e = set64(w, v0, VCNT, W2);

	printf("COUNTER with offset: set v0 TIMER_CNT=WRITE2 %s -> v0 %s v1 %s\n", ename(e), V(v0), V(v1));
	e = set64(w, v0, PCNT, W2);
	printf("COUNTER with offset: set v0 PTIMER_CNT=WRITE2 %s -> v0 PTIMER_CNT %s TIMER_CNT %s\n", ename(e), P(v0),
		V(v0));
	v2 = add(w, m, 2);
	printf("COUNTER with offset: after KVM_CREATE_VCPU 2 -> v0 %s\n", V(v0));
	e = guest_init(w, m->fd, v2, 4);
	printf("COUNTER with offset: after KVM_ARM_VCPU_INIT of v2 (%s) -> v0 %s v2 %s\n", ename(e), V(v0), V(v2));
	e = offset(w, m->fd, OFF2, 0);
	printf("COUNTER second SET_COUNTER_OFFSET OFFSET2 %s -> v0 %s v1 %s\n", ename(e), V(v0), V(v1));
	guest_gic_init(w, m);
	if (guest_run(w, m))
		return;
	printf("COUNTER with offset: guest on v0 sees CNTVCT %s CNTPCT %s\n", GV(v0), GP(v0));
	e = offset(w, m->fd, OFF1, 0);
	printf("COUNTER SET_COUNTER_OFFSET OFFSET1 after run %s -> v0 %s\n", ename(e), V(v0));
}

static void counter_three(struct world *w)
{
	struct machine m;
	int v0, v1, e;

	make_two(w, &m);
	v0 = m.v[0];
	v1 = m.v[1];
	set64(w, v0, VCNT, W1);
	printf("COUNTER SET_COUNTER_OFFSET reserved=1 %s\n", ename(offset(w, m.fd, OFF1, 1)));
	e = offset(w, m.fd, OFF1, 0);
	printf("COUNTER SET_COUNTER_OFFSET OFFSET1 after TIMER_CNT=WRITE1 %s -> v0 TIMER_CNT %s PTIMER_CNT %s; v1 "
	       "TIMER_CNT %s\n",
		ename(e), V(v0), P(v0), V(v1));
	if (!e)
		counter_offset_set(w, &m);
	drop(w, &m);
}

static void counter_four(struct world *w)
{
	struct machine m = { 0 };
	int e, i;

	m.fd = req_int(w, w->kvm, CVMM_KVM_CREATE_VM, 0);
	e = offset(w, m.fd, OFF1, 0);
	add(w, &m, 0);
	i = guest_init(w, m.fd, m.v[0], 4);
	printf("COUNTER SET_COUNTER_OFFSET OFFSET1 before the first vCPU %s, then create+init v0 (%s) -> v0 TIMER_CNT "
	       "%s PTIMER_CNT %s\n",
		ename(e), ename(i), V(m.v[0]), P(m.v[0]));
	drop(w, &m);
}

void guest_counter(struct world *w)
{
	struct machine clock;

	guest_make(w, &clock, 4, 0);
	clock_fd = clock.v[0];
	counter_one(w);
	counter_two(w);
	counter_three(w);
	counter_four(w);
	drop(w, &clock);
}
