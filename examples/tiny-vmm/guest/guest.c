/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The guest: it looks at its own machine, writes down what it saw, is stopped, looks again, and says by name what is
 * not as before. It runs at EL1 without an MMU, interrupts masked, and needs nothing but RAM and the VMM's console.
 */
#include "guest.h"

void guest_main(u64 cpu);
void guest_read_id(u32 index, struct guest_value *v);
void guest_read_state(u32 index, struct guest_value *v);
void guest_write_state(u32 index, struct guest_value *v);
void guest_hvc(u64 fn, u64 arg, struct guest_answer *a);
void guest_mmio(u64 address, u32 bytes, struct guest_value *v);
void guest_cross(volatile u64 *port, u64 value, u64 dump[31]);
void guest_fp_load(const u64 q[64]);
void guest_fp_store(u64 q[64]);
u64 guest_sve_bytes(void);
void guest_sve_load(const unsigned char *z, const unsigned char *p);
void guest_sve_store(unsigned char *z, unsigned char *p);

struct id_fact {
	const char *name;
	unsigned char is_volatile, guard, shift, least;
};
#define ID(name, op0, op1, crn, crm, op2, vol, guard, shift, least) { name, vol, guard, shift, least },
static const struct id_fact id_fact[] = { GUEST_ID_REGS(ID) };

struct state_fact {
	const char *name;
	u64 mask, value, noted;
};
#define STATE(name, op0, op1, crn, crm, op2, mask, value, noted) { name, mask, value, noted },
static const struct state_fact state_fact[] = { GUEST_STATE_REGS(STATE) };

struct gic_fact {
	const char *name;
	u32 frame, offset, bytes;
};
#define GIC(name, frame, offset, bytes) { name, frame, offset, bytes },
static const struct gic_fact gic_fact[] = { GUEST_GIC_REGS(GIC) };

#define HVC(fn, arg) { fn, arg },
static const u32 hvc_fact[][2] = { GUEST_HVCS(HVC) };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
_Static_assert(COUNT(id_fact) == GUEST_NID && COUNT(state_fact) == GUEST_NSTATE && COUNT(gic_fact) == GUEST_NGIC &&
		       COUNT(hvc_fact) == GUEST_NHVC,
	"the numbers of facts.h");

#define SVE_BYTES_MAX 256
struct scratch {
	u64 dump[31];
	u64 q[64];
	unsigned char z[32 * SVE_BYTES_MAX], p[16 * SVE_BYTES_MAX / 8];
	struct guest_value state[GUEST_NSTATE];
	u64 got_q[64];
	unsigned char got_z[32 * SVE_BYTES_MAX], got_p[16 * SVE_BYTES_MAX / 8];
};
static struct scratch scratch[GUEST_VCPUS_MAX];
static struct guest_facts settled[GUEST_VCPUS_MAX];

__attribute__((section(".bss.guest_notes"))) struct guest_note guest_notes[GUEST_VCPUS_MAX];

/* The first places of GUEST_ID_REGS after the 56 ID registers, and the last three. */
enum { ID_PFR0 = 3 * 8, ID_CNTVCT = GUEST_NID - 3, ID_CNTPCT = GUEST_NID - 2 };

/* ---- saying something ---- */

static void put_value(struct guest_line *l, u64 value, u64 flag)
{
	if (!flag) {
		guest_put_hex(l, value, 16);
	} else if ((flag >> 26 & 63) == 0) {
		guest_put(l, "UNDEFINED");
	} else {
		guest_put(l, "exception ");
		guest_put_hex(l, flag, 8);
	}
}

static void say_values(u64 cpu, const char *kind, const char *name, struct guest_value was, struct guest_value is)
{
	struct guest_line l;

	guest_begin(&l, cpu);
	guest_put(&l, kind);
	guest_put(&l, name);
	guest_put(&l, " was ");
	put_value(&l, was.value, was.flag);
	guest_put(&l, ", is ");
	put_value(&l, is.value, is.flag);
	guest_end(&l);
}

static void say_answers(u64 cpu, u32 i, const struct guest_answer *was, const struct guest_answer *is)
{
	struct guest_line l;
	u32 k;

	guest_begin(&l, cpu);
	guest_put(&l, "different: HVC ");
	guest_put_hex(&l, hvc_fact[i][0], 8);
	guest_put_char(&l, ' ');
	guest_put_hex(&l, hvc_fact[i][1], 8);
	guest_put(&l, " was");
	for (k = 0; k < 4; k++) {
		guest_put_char(&l, ' ');
		put_value(&l, was->x[k], was->flag);
	}
	guest_put(&l, ", is");
	for (k = 0; k < 4; k++) {
		guest_put_char(&l, ' ');
		put_value(&l, is->x[k], is->flag);
	}
	guest_end(&l);
}

/* ---- looking ---- */

static void look(u64 cpu, struct guest_facts *f)
{
	u32 i;

	for (i = 0; i < GUEST_NID; i++)
		guest_read_id(i, &f->id[i]);
	for (i = 0; i < GUEST_NGIC; i++) {
		u64 base = gic_fact[i].frame ? GUEST_GICR + cpu * GUEST_GICR_STRIDE : GUEST_GICD;

		guest_mmio(base + gic_fact[i].offset, gic_fact[i].bytes, &f->gic[i]);
	}
	for (i = 0; i < GUEST_NHVC; i++)
		guest_hvc(hvc_fact[i][0], hvc_fact[i][1], &f->hvc[i]);
}

/* Does the ID register that answers for fact @i say that it is there? */
static int exists(const struct guest_facts *f, u32 i)
{
	const struct id_fact *d = &id_fact[i];
	u64 field = f->id[d->guard].value >> d->shift & 15;

	/* 15 is "implementation defined" for the PMU and "not there" for signed fields */
	return d->guard == GUEST_BY_NONE || (field >= d->least && field != 15);
}

static u64 compare_ids(u64 cpu, const struct guest_facts *was, const struct guest_facts *is)
{
	u64 differences = 0;
	u32 i;

	for (i = 0; i < GUEST_NID; i++) {
		const struct guest_value *a = &was->id[i], *b = &is->id[i];
		int there = exists(was, i) || exists(is, i);

		if (a->flag == b->flag && (a->value == b->value || id_fact[i].is_volatile))
			continue;
		say_values(cpu, there ? "different: " : "note: no such register, but ", id_fact[i].name, *a, *b);
		differences += (u64)there;
	}
	return differences;
}

static u64 compare_gic(u64 cpu, const struct guest_facts *was, const struct guest_facts *is)
{
	u64 differences = 0;
	u32 i;

	for (i = 0; i < GUEST_NGIC; i++) {
		if (was->gic[i].value == is->gic[i].value && was->gic[i].flag == is->gic[i].flag)
			continue;
		say_values(cpu, "different: ", gic_fact[i].name, was->gic[i], is->gic[i]);
		differences++;
	}
	return differences;
}

/* Random numbers and time stamps are other ones every time; that they are offered is the fact. */
static int same_answer(u32 fn, const struct guest_answer *a, const struct guest_answer *b)
{
	if (a->flag != b->flag)
		return 0;
	if ((fn == 0xc4000053 || fn == 0x84000053) && a->x[0] == 0 && b->x[0] == 0)
		return 1;
	if (fn == 0x86000001 && a->x[0] != ~0ul && b->x[0] != ~0ul)
		return 1;
	return a->x[0] == b->x[0] && a->x[1] == b->x[1] && a->x[2] == b->x[2] && a->x[3] == b->x[3];
}

static u64 compare_hvcs(u64 cpu, const struct guest_facts *was, const struct guest_facts *is)
{
	u64 differences = 0;
	u32 i;

	for (i = 0; i < GUEST_NHVC; i++) {
		if (same_answer(hvc_fact[i][0], &was->hvc[i], &is->hvc[i]))
			continue;
		say_answers(cpu, i, &was->hvc[i], &is->hvc[i]);
		differences++;
	}
	return differences;
}

/* The virtual counter never goes backwards. The physical one has no KVM interface before 6.4: noted only. */
static u64 compare_counters(u64 cpu, struct guest_note *n)
{
	const struct guest_value *v = &n->now.id[ID_CNTVCT], *p = &n->now.id[ID_CNTPCT];
	struct guest_value last = { n->counter, 0 };
	u64 backwards = v->value < n->counter;

	if (backwards)
		say_values(cpu, "different: went backwards: ", "CNTVCT_EL0", last, *v);
	if (p->value < n->first.id[ID_CNTPCT].value)
		say_values(cpu, "note: went backwards: ", "CNTPCT_EL0", n->first.id[ID_CNTPCT], *p);
	n->counter = v->value;
	return backwards;
}

/* ---- state of its own ---- */

static u64 pattern(u64 cpu, u64 i)
{
	return (cpu + 1) << 56 | 0xabcd << 8 | i;
}

static void set_state(u64 cpu, struct scratch *s, u64 sve)
{
	u32 i;

	for (i = 0; i < COUNT(s->q); i++)
		s->q[i] = pattern(cpu, i);
	for (i = 0; i < 32 * sve; i++)
		s->z[i] = (unsigned char)(cpu + i * 7 + i / sve);
	for (i = 0; i < 16 * sve / 8; i++)
		s->p[i] = (unsigned char)(cpu + i * 5 + 1);
	if (sve)
		guest_sve_load(s->z, s->p);
	else
		guest_fp_load(s->q);
	/* Backwards: what an UNDEFINED access changes (ELR, SPSR, ESR) is written last. */
	for (i = GUEST_NSTATE; i-- > 0;) {
		struct guest_value old;

		guest_read_state(i, &old);
		s->state[i].value = (old.value & ~state_fact[i].mask) | state_fact[i].value;
		s->state[i].flag = 0;
		guest_write_state(i, &s->state[i]);
	}
	for (i = 0; i < GUEST_NSTATE; i++)
		if (!s->state[i].flag)
			guest_read_state(i, &s->state[i]);
}

static u64 check_bytes(u64 cpu, const char *what, const unsigned char *was, const unsigned char *is, u64 n, u64 each)
{
	u64 differences = 0, i;

	for (i = 0; i < n; i++) {
		struct guest_value a = { was[i], 0 }, b = { is[i], 0 };
		struct guest_line l;

		if (was[i] == is[i])
			continue;
		guest_begin(&l, cpu);
		guest_put(&l, "in register ");
		guest_put_number(&l, i / each);
		guest_end(&l);
		say_values(cpu, "different: ", what, a, b);
		differences++;
		i += each - 1 - i % each;
	}
	return differences;
}

static u64 check_state(u64 cpu, struct scratch *s, u64 sve)
{
	u64 differences = 0, i;

	for (i = 0; i < GUEST_NSTATE; i++) {
		struct guest_value is;

		if (s->state[i].flag)
			continue;
		guest_read_state((u32)i, &is);
		if (((is.value ^ s->state[i].value) & state_fact[i].mask) == 0 && !is.flag)
			continue;
		say_values(cpu, state_fact[i].noted ? "note: " : "different: ", state_fact[i].name, s->state[i], is);
		differences += !state_fact[i].noted;
	}
	for (i = 2; i < 31; i++) {
		u64 want = (0x1000 + i) << 48 | 0x5a5a0000 | (0x100 + i);
		struct guest_value a = { want, 0 }, b = { s->dump[i], 0 };
		char name[] = "X00";

		name[1] = (char)('0' + i / 10);
		name[2] = (char)('0' + i % 10);
		if (want == s->dump[i])
			continue;
		say_values(cpu, "different: ", name, a, b);
		differences++;
	}
	if (sve) {
		guest_sve_store(s->got_z, s->got_p);
		differences += check_bytes(cpu, "Z", s->z, s->got_z, 32 * sve, sve);
		differences += check_bytes(cpu, "P", s->p, s->got_p, 16 * sve / 8, sve / 8);
	} else {
		guest_fp_store(s->got_q);
		differences +=
			check_bytes(cpu, "V", (unsigned char *)s->q, (unsigned char *)s->got_q, sizeof(s->q), 16);
	}
	return differences;
}

void guest_main(u64 cpu)
{
	struct guest_note *n = &guest_notes[cpu];
	struct scratch *s = &scratch[cpu];
	u64 sve = guest_sve_bytes(), differences = 0;

	n->magic = GUEST_MAGIC;
	set_state(cpu, s, sve); /* CSSELR_EL1 decides what CCSIDR_EL1 shows */
	look(cpu, &n->first);
	n->counter = n->first.id[ID_CNTVCT].value;
	for (;;) {
		guest_irq_arm(cpu);
		/* With interrupts of its own the guest has changed a few registers of the interrupt controller itself. */
		if (!n->rounds)
			look(cpu, &settled[cpu]);
		set_state(cpu, s, sve);
		guest_cross((volatile u64 *)(GUEST_CONSOLE + GUEST_PORT_CHECK), differences, s->dump);
		differences = check_state(cpu, s, sve);
		look(cpu, &n->now);
		differences += compare_ids(cpu, &settled[cpu], &n->now);
		differences += compare_gic(cpu, &settled[cpu], &n->now);
		differences += compare_hvcs(cpu, &settled[cpu], &n->now);
		differences += compare_counters(cpu, n);
		differences += guest_irq_check(cpu);
		guest_summary(cpu, ++n->rounds, differences);
	}
}
