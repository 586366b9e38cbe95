/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "common.h"

void *storage(size_t n)
{
	void *p = NULL;

	cr_assert_eq(posix_memalign(&p, 4096, n), 0);
	return p;
}

void host_make(struct host *h, const char *name, struct cvmm_sim_config cfg)
{
	uint32_t i = 0;
	size_t len, need;
	const char *text;

	while (cvmm_sim_profile_name(i) && strcmp(cvmm_sim_profile_name(i), name))
		i++;
	text = cvmm_sim_profile_text(i, &len);
	cr_assert_not_null(text, "%s", name);
	cr_assert_eq(cvmm_profile_need(text, len, &need, NULL), 0);
	h->facts = storage(need);
	cr_assert_eq(cvmm_profile_parse(text, len, h->facts, need, &h->profile, NULL), 0);
	h->cfg = cfg;
	h->cfg.size = sizeof(cfg);
	h->cfg.profile = &h->profile;
	cr_assert_eq(cvmm_sim_need(&h->cfg, &h->bytes, NULL), 0);
	h->store = storage(h->bytes);
	memset(h->store, 0xa5, h->bytes);
	cr_assert_eq(cvmm_sim_init(&h->cfg, h->store, h->bytes, &h->be, NULL), 0);
}

void host_free(struct host *h)
{
	free(h->store);
	free(h->facts);
}

int call_int(const struct cvmm_backend *be, int fd, unsigned long req, uintptr_t arg)
{
	return be->ops->ioctl(be->ctx, fd, req, arg);
}

int call(const struct cvmm_backend *be, int fd, unsigned long req, const void *arg)
{
	return call_int(be, fd, req, (uintptr_t)arg);
}

int get(const struct cvmm_backend *be, int v, uint64_t id, uint64_t *val)
{
	uint8_t b[CVMM_REG_BYTES_MAX] = { 0 };
	struct cvmm_kvm_one_reg r = { id, (uintptr_t)b };
	int ret = call(be, v, CVMM_KVM_GET_ONE_REG, &r);

	*val = cvmm_load_le(b, 8);
	return ret;
}

int set(const struct cvmm_backend *be, int v, uint64_t id, uint64_t val)
{
	uint8_t b[CVMM_REG_BYTES_MAX] = { 0 };
	struct cvmm_kvm_one_reg r = { id, (uintptr_t)b };

	cvmm_store_le(b, 8, val);
	return call(be, v, CVMM_KVM_SET_ONE_REG, &r);
}

int init(const struct cvmm_backend *be, int v, uint32_t features)
{
	struct cvmm_arm64_vcpu_init in = { .target = CVMM_ARM64_TARGET_GENERIC, .features = { features } };

	return call(be, v, CVMM_KVM_ARM_VCPU_INIT, &in);
}
