/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <cvmm/kvm-ioctls/kvm.h>
#include <cvmm/kvm-sim/profiles.h>
#include <cvmm/snapshot/format.h>
#include <cvmm/snapshot/machine.h>

#include <errno.h>
#include <stdio.h>

int main(void)
{
	struct cvmm_snapshot_info info;
	struct cvmm_error e;

	if (cvmm_snapshot_peek("not a snapshot", 14, &info, &e) != -EBADMSG)
		return 1;
	printf("%s; %u simulated kernels\n", cvmm_reason_text(e.reason), (unsigned int)cvmm_sim_profile_count());
	return cvmm_sim_profile_count() > 0 ? 0 : 1;
}
