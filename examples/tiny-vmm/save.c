/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A new guest, and a running one saved: capture() reads the machine, RAM goes along as a section of this VMM's own. That is
 * not marked critical, so that cvmm, which does not know it, can judge and show these snapshots.
 */
#include "tiny-vmm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

_Alignas(16) static uint8_t store[TINY_STORE_BYTES], file_bytes[TINY_STORE_BYTES], ram_bytes[GUEST_RAM_SIZE * 2];

int tiny_new(struct tiny *t, const struct tiny_options *o, const struct cvmm_profile *host, struct cvmm_error *e)
{
	static const uint32_t id[GUEST_VCPUS_MAX] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	static struct cvmm_baseline base;
	int ret = tiny_open(t, e);

	if (ret < 0)
		return ret;
	t->features = o->features ? o->features : tiny_default_features(t);
	if (o->baseline) {
		ret = tiny_baseline(o->baseline, &base, e);
		if (ret < 0)
			return ret;
		t->features = base.features;
	}
	ret = tiny_irqchip(t, e);
	if (ret < 0)
		return ret;
	ret = cvmm_machine_early(&t->machine, e);
	if (ret < 0)
		return ret;
	ret = tiny_create_vcpus(t, id, o->nvcpus, e);
	if (ret < 0)
		return ret;
	ret = tiny_cpuid(t, o->baseline ? &base : NULL, e);
	if (ret < 0)
		return ret;
	t->step = "initialising the vCPUs";
	ret = cvmm_machine_start(&t->machine, t->features, base.n ? base.pin : NULL, base.n, host, e);
	if (ret < 0)
		return ret;
	ret = tiny_memory(t, e);
	if (ret < 0)
		return ret;
	ret = tiny_devices_init(t, e);
	if (ret < 0)
		return ret;
	return tiny_entry(t, e);
}

int tiny_save(struct tiny *t, const char *file, const struct cvmm_profile *host, struct cvmm_error *e)
{
	struct cvmm_extra ram = { .type = CVMM_SECTION_EMBEDDER, .version = 1, .data = ram_bytes };
	const struct cvmm_memslot slot = { .gpa = GUEST_RAM, .bytes = GUEST_RAM_SIZE };
	struct cvmm_view v;
	struct utsname u;
	size_t len;
	int ret;

	t->step = "saving";
	if (uname(&u) < 0)
		return cvmm_fail(e, -errno, CVMM_REASON_NONE);
	ret = cvmm_capture(
		&t->machine, host, host && host->kernel ? host->kernel : u.release, store, sizeof(store), &v, e);
	if (ret < 0)
		return ret;
	ret = tiny_ram_pack(t->ram, ram_bytes, sizeof(ram_bytes), &ram.bytes);
	if (ret < 0)
		return cvmm_fail(e, ret, CVMM_REASON_BUFFER_TOO_SMALL);
	v.writer = "tiny-vmm";
	v.slot = &slot;
	v.nslots = 1;
	v.extra = &ram;
	v.nextra = 1;
	ret = cvmm_snapshot_write(&v, CVMM_FORMAT_NEWEST, file_bytes, sizeof(file_bytes), &len, e);
	if (ret < 0)
		return ret;
	ret = tiny_write_file(file, file_bytes, len);
	if (ret < 0)
		return cvmm_fail(e, ret, CVMM_REASON_NONE);
	return 0;
}
