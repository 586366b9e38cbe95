/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Target functions: kvm-sim's backend: any ioctl, any bytes, on any fd that it gave out or did not
 *
 * The simulated KVM reads and writes caller's memory as a kernel does, so its argument is always a buffer that is large
 * enough for what the request says, plus lists of a bounded length. */
#include <string.h>

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/arm64.h>

#include "../check.h"
#include "../host.h"
#include "../input.h"

#define FDS  16u
#define ROOM (1u << 16)

static const unsigned long requests[] = {
	CVMM_KVM_GET_API_VERSION,
	CVMM_KVM_CREATE_VM,
	CVMM_KVM_CHECK_EXTENSION,
	CVMM_KVM_GET_VCPU_MMAP_SIZE,
	CVMM_KVM_CREATE_VCPU,
	CVMM_KVM_ENABLE_CAP,
	CVMM_KVM_RUN,
	CVMM_KVM_GET_ONE_REG,
	CVMM_KVM_SET_ONE_REG,
	CVMM_KVM_GET_REG_LIST,
	CVMM_KVM_GET_MP_STATE,
	CVMM_KVM_SET_MP_STATE,
	CVMM_KVM_CREATE_DEVICE,
	CVMM_KVM_SET_DEVICE_ATTR,
	CVMM_KVM_GET_DEVICE_ATTR,
	CVMM_KVM_HAS_DEVICE_ATTR,
	CVMM_KVM_ARM_VCPU_INIT,
	CVMM_KVM_ARM_PREFERRED_TARGET,
	CVMM_KVM_ARM_VCPU_FINALIZE,
	CVMM_KVM_ARM_SET_COUNTER_OFFSET,
	CVMM_KVM_ARM_GET_REG_WRITABLE_MASKS,
	CVMM_KVM_ARM_GET_VCPU_EVENTS,
	CVMM_KVM_ARM_SET_VCPU_EVENTS,
	CVMM_KVM_SET_USER_MEMORY_REGION,
};

static _Alignas(4096) uint8_t arg[ROOM], more[ROOM];

/* Structures that hold addresses get one that is there. */
static uintptr_t argument(unsigned long req, struct fuzz_input *in)
{
	uint32_t n = (uint32_t)fuzz_take(in, 1) % 80, i;
	uint64_t address = (uintptr_t)more;

	memset(arg, 0, 512);
	for (i = 0; i < n; i++)
		arg[i] = (uint8_t)fuzz_take(in, 1);
	if (req == CVMM_KVM_GET_ONE_REG || req == CVMM_KVM_SET_ONE_REG) {
		memcpy(arg + 8, &address, 8);
	} else if (req == CVMM_KVM_SET_DEVICE_ATTR || req == CVMM_KVM_GET_DEVICE_ATTR) {
		memcpy(arg + 16, &address, 8);
	} else if (req == CVMM_KVM_ARM_GET_REG_WRITABLE_MASKS) {
		memcpy(arg, &address, 8);
	} else if (req == CVMM_KVM_GET_REG_LIST) {
		address = n * 16;
		memcpy(arg, &address, 8);
	} else if (req == CVMM_KVM_SET_USER_MEMORY_REGION) {
		memcpy(arg + 24, &address, 8);
	} else if (req == CVMM_KVM_CREATE_VM || req == CVMM_KVM_CHECK_EXTENSION || req == CVMM_KVM_CREATE_VCPU ||
		   req == CVMM_KVM_RUN) {
		return arg[0] | (uintptr_t)arg[1] << 8;
	}
	return (uintptr_t)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	const struct fuzz_host *h = fuzz_host((uint32_t)fuzz_take(&in, 1));
	const struct cvmm_backend *be = &h->be;
	int fd[FDS], ret;
	uint32_t n = 0, times;

	memset(more, 0x5a, sizeof(more));
	fd[n++] = be->ops->open(be->ctx);
	for (times = 0; in.left && times < 400; times++) {
		uint32_t what = (uint32_t)fuzz_take(&in, 1), which = (uint32_t)fuzz_take(&in, 1) % FDS;
		int on = which < n ? fd[which] : (int)which - 3;
		unsigned long req = requests[what % (sizeof(requests) / sizeof(requests[0]))];

		if (what >= 250) {
			ret = be->ops->close(be->ctx, on);
			continue;
		}
		if (what >= 245) {
			void *p = be->ops->mmap(be->ctx, on, CVMM_SIM_RUN_BYTES, &ret);

			if (p)
				FUZZ_CHECK(!be->ops->munmap(be->ctx, p, CVMM_SIM_RUN_BYTES), "munmap");
			continue;
		}
		if (what >= 240)
			req = (unsigned long)fuzz_take(&in, 4);
		if (what & 0x40)
			memcpy(more, arg, 256);
		ret = be->ops->ioctl(be->ctx, on, req, argument(req, &in));
		FUZZ_CHECK(ret >= -4095, "returned %d", ret);
		if (ret >= CVMM_SIM_FD_BASE && n < FDS && (req == CVMM_KVM_CREATE_VM || req == CVMM_KVM_CREATE_VCPU))
			fd[n++] = ret;
		if (!ret && req == CVMM_KVM_CREATE_DEVICE && n < FDS)
			memcpy(&fd[n++], arg + 4, 4);
	}
	return 0;
}
