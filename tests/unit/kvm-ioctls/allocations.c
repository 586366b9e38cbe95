/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * No allocation, seen at run time: this program's malloc() and its like count what is asked for between two points. A
 * symbol that is missing from an archive says nothing about what libc's functions do by themselves; this does.
 */
#include "wrappers.h"

#include <cvmm/snapshot/format.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* A sanitizer's allocator cannot be stood in front of, and other C libraries do not name theirs. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define NOT_HERE "under a sanitizer"
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NOT_HERE "under a sanitizer"
#endif
#if !defined(NOT_HERE) && !defined(__GLIBC__)
#define NOT_HERE "without glibc"
#endif

static volatile unsigned int counting, allocations;

#ifndef NOT_HERE
/* A static program has libc's own malloc() in it already: there the linker puts these in front (--wrap). */
#ifdef ALLOCATIONS_WRAPPED
#define MINE(name) __wrap_##name
#define LIBC(name) __real_##name
#else
#define MINE(name) name
#define LIBC(name) __libc_##name
#endif

void *LIBC(malloc)(size_t n);
void *LIBC(calloc)(size_t n, size_t size);
void *LIBC(realloc)(void *p, size_t n);
void *LIBC(memalign)(size_t align, size_t n);
void LIBC(free)(void *p);
void *MINE(malloc)(size_t n);
void *MINE(calloc)(size_t n, size_t size);
void *MINE(realloc)(void *p, size_t n);
void *MINE(memalign)(size_t align, size_t n);
void *MINE(aligned_alloc)(size_t align, size_t n);
int MINE(posix_memalign)(void **p, size_t align, size_t n);
void MINE(free)(void *p);

void *MINE(malloc)(size_t n)
{
	allocations += counting;
	return LIBC(malloc)(n);
}

void *MINE(calloc)(size_t n, size_t size)
{
	allocations += counting;
	return LIBC(calloc)(n, size);
}

void *MINE(realloc)(void *p, size_t n)
{
	allocations += counting;
	return LIBC(realloc)(p, n);
}

void *MINE(memalign)(size_t align, size_t n)
{
	allocations += counting;
	return LIBC(memalign)(align, n);
}

void *MINE(aligned_alloc)(size_t align, size_t n)
{
	return MINE(memalign)(align, n);
}

int MINE(posix_memalign)(void **p, size_t align, size_t n)
{
	*p = MINE(memalign)(align, n);
	return *p ? 0 : ENOMEM;
}

void MINE(free)(void *p)
{
	allocations += counting && p;
	LIBC(free)(p);
}
#endif

static void needs_a_count(void)
{
#ifdef NOT_HERE
	cr_skip_test("allocations cannot be counted " NOT_HERE);
#endif
}

/* Criterion's macros allocate, so nothing is judged in between. */
#define COUNTED(call)            \
	do {                     \
		counting = 1;    \
		status = (call); \
		counting = 0;    \
	} while (0)

static int status;

static void *room(size_t need)
{
	void *p = aligned_alloc(64, (need + 63) / 64 * 64);

	cr_assert(p);
	return p;
}

Test(allocations, are_counted, .init = needs_a_count)
{
	void *volatile p = NULL;

	COUNTED(!(p = malloc(16)));
	cr_expect_eq(allocations, 1);
	COUNTED(!(p = realloc(p, 4096)));
	counting = 1;
	free(p);
	counting = 0;
	cr_expect_eq(allocations, 3);
	COUNTED(!(p = strdup("libc's own")));
	cr_expect_eq(allocations, 4);
	free(p);
}

Test(allocations, wrappers_make_none, .init = needs_a_count)
{
	struct cvmm_error e;
	size_t i;

	handles(-1);
	for (i = 0; i < NROWS; i++) {
		allocations = 0;
		COUNTED(rows[i].call(&e));
		cr_expect_eq(allocations, 0, "%s allocates", rows[i].name);
		cr_expect_lt(status, 0);
	}
}

struct scene {
	struct world a, b;
	struct guest g, h;
	struct planned p;
	struct cvmm_view v, read;
	struct cvmm_error e;
};

#define FREE_OF_THEM(call)                                                                                  \
	do {                                                                                                \
		COUNTED(call);                                                                              \
		cr_assert_eq(status, 0, "%s: %d, %s, id %llx", #call, status, cvmm_reason_text(t.e.reason), \
			(unsigned long long)t.e.id);                                                        \
		cr_expect_eq(allocations, 0, "%u allocations until %s", allocations, #call);                \
	} while (0)

/* A host measured, a guest made, saved, written, read, judged, restored on another kernel, saved and written once more. */
Test(allocations, a_move_makes_none, .init = needs_a_count)
{
	static struct scene t;
	void *stored, *file, *decoded;
	struct cvmm_vcpu_reg x0 = cvmm_vcpu_reg_from_id(CVMM_ARM64_CORE | CVMM_REG_U64);
	uint64_t value = 7;
	size_t need, len, bytes;

	t.h.kvm.fd = t.h.vm.fd = -1;
	world_open(&t.a, "6.18.15-neoverse-n1");
	world_open(&t.b, "7.3.4-neoverse-n1");
	allocations = 0;
	FREE_OF_THEM(guest_open(&t.g, &t.a, NULL, 4, &t.e));
	FREE_OF_THEM(cvmm_machine_start(&t.g.m, PSCI | PMU, NULL, 0, &t.a.profile, &t.e));
	FREE_OF_THEM(cvmm_vcpu_reg_set(t.g.vcpu[3], x0, &value, 8, &t.e));
	FREE_OF_THEM(cvmm_vcpu_reg_get(t.g.vcpu[3], x0, &value, 8, &t.e));
	FREE_OF_THEM(cvmm_capture_need(&t.g.m, &need, &t.e));
	stored = room(need);
	FREE_OF_THEM(cvmm_capture(&t.g.m, &t.a.profile, t.a.profile.kernel, stored, need, &t.v, &t.e));
	FREE_OF_THEM(cvmm_view_check(&t.v, &t.e));
	FREE_OF_THEM(cvmm_snapshot_size(&t.v, CVMM_FORMAT_NEWEST, &bytes, &t.e));
	file = room(bytes);
	FREE_OF_THEM(cvmm_snapshot_write(&t.v, CVMM_FORMAT_NEWEST, file, bytes, &len, &t.e));
	FREE_OF_THEM(cvmm_snapshot_need(file, len, &need, &t.e));
	decoded = room(need);
	FREE_OF_THEM(cvmm_snapshot_read(file, len, decoded, need, &t.read, &t.e));
	t.p.p = (struct cvmm_plan){ .step = t.p.step, .cap = CVMM_PLAN_STEPS_MAX };
	FREE_OF_THEM(cvmm_plan_make(&t.read, &t.b.profile, NULL, &t.p.p, &t.e));
	cr_assert_eq(t.p.p.nrefused, 0);
	FREE_OF_THEM(guest_restore(&t.h, &t.b, NULL, &t.read, &t.p.p, &t.e));
	cr_expect_eq(allocations, 0);
	guest_close(&t.g);
	guest_close(&t.h);
	free(stored);
	free(file);
	free(decoded);
	world_close(&t.a);
	world_close(&t.b);
}

/* What reads and writes text, and names. */
Test(allocations, text_makes_none, .init = needs_a_count)
{
	static struct scene t;
	static char text[512 * 1024];
	struct cvmm_profile again;
	char name[CVMM_REG_NAME_MAX];
	uint64_t id;
	void *store;
	size_t len, need;

	world_open(&t.a, "6.18.15-neoverse-n1");
	allocations = 0;
	FREE_OF_THEM(cvmm_profile_write(&t.a.profile, text, sizeof(text), &len, &t.e));
	FREE_OF_THEM(cvmm_profile_need(text, len, &need, &t.e));
	store = room(need);
	FREE_OF_THEM(cvmm_profile_parse(text, len, store, need, &again, &t.e));
	COUNTED(cvmm_reg_name(CVMM_ARM64_MIDR_EL1, name, sizeof(name)) <= 0);
	COUNTED(cvmm_reg_from_name(CVMM_ARCH_ARM64, name, strlen(name), &id));
	cr_expect_eq(allocations, 0);
	cr_expect_eq(id, CVMM_ARM64_MIDR_EL1);
	free(store);
	world_close(&t.a);
}
