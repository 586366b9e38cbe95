/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A VM's fate. Two flags in one word: a thread claims the death, writes the reason, then publishes it. */
#include <cvmm/kvm-ioctls/backend.h>

#include <errno.h>

enum {
	GATE_ALIVE = 0,
	GATE_DYING = 1, /* claimed; the reason is being written */
	GATE_DEAD = 2,
};

void cvmm_gate_kill(struct cvmm_gate *gate, const struct cvmm_error *why)
{
	uint32_t alive = GATE_ALIVE;

	if (!__atomic_compare_exchange_n(&gate->dead, &alive, GATE_DYING, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	if (why)
		gate->why = *why;
	else
		(void)cvmm_fail(&gate->why, -EOWNERDEAD, CVMM_REASON_NONE);
	__atomic_store_n(&gate->dead, GATE_DEAD, __ATOMIC_RELEASE);
}

int cvmm_gate_check(const struct cvmm_backend *be, struct cvmm_error *e)
{
	uint32_t dead;

	if (!be->gate)
		return 0;
	dead = __atomic_load_n(&be->gate->dead, __ATOMIC_ACQUIRE);
	if (__builtin_expect(dead == GATE_ALIVE, 1))
		return 0;
	if (dead != GATE_DEAD)
		return cvmm_fail(e, -EOWNERDEAD, CVMM_REASON_VM_DEAD);
	if (e) {
		*e = be->gate->why;
		e->err = -EOWNERDEAD;
	}
	return -EOWNERDEAD;
}
