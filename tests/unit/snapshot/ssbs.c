/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A guest that does not see its CPU's SSBS is told that it needs no firmware for it, which no fresh vCPU there reads. */
#include <criterion/criterion.h>

#include <stdlib.h>

#include "world.h"

#define HOST	     "7.1.13-max"
#define ID_AA64PFR1  CVMM_ARM64_SYS(3, 0, 0, 4, 1)
#define NOT_REQUIRED 3u

Test(ssbs, hidden_from_a_guest_that_comes_back)
{
	static const struct cvmm_pair pin[] = { { ID_AA64PFR1, 1 } };
	const struct cvmm_step *step;
	struct cvmm_error e;
	struct guest g, h;
	struct planned p;
	struct saved s;
	struct world w;

	world_open_for(&w, HOST, 2);
	guest_start(&g, &w, 1, PSCI | PMU, pin, 1);
	guest_save(&g, &s);
	guest_close(&g);
	cr_assert_eq(vm_value(&s.v, CVMM_ARM64_WORKAROUND_2), NOT_REQUIRED);
	plan_on(&p, &s.v, &w, NULL);
	cr_assert_eq(p.p.nrefused, 0);
	cr_assert_eq(guest_restore(&h, &w, NULL, &s.v, &p.p, &e), 0, "%s", cvmm_reason_name(e.reason));
	guest_close(&h);
	/* To a guest that sees it, the host cannot say so. */
	set_value(&s.v, ID_AA64PFR1, 0, 0x21);
	plan_on(&p, &s.v, &w, NULL);
	step = step_of(&p, CVMM_ARM64_WORKAROUND_2);
	cr_assert_eq(step->verdict, CVMM_VERDICT_REFUSED);
	cr_assert_eq(step->reason, CVMM_REASON_ASSERT_FAILS);
	free(s.store);
	world_close(&w);
}
