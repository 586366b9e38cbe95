/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: binary statistics (5.14, KVM_CAP_BINARY_STATS_FD)
 *
 * A VM and each vCPU have a file of counters: a header, a name, descriptors, and data. Everything but the data never
 * changes, so a caller reads the file once with pread(2) into storage of its own, and later the data alone. The
 * functions
 * below look at such a copy and believe nothing of it before it is checked. The file's fd belongs to the caller.
 */
#ifndef CVMM_KVM_IOCTLS_STATS_H
#define CVMM_KVM_IOCTLS_STATS_H

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/handle.h>

CVMM_BEGIN_DECLS

/**
 * struct cvmm_stats_header - the first 24 bytes of the file
 * @flags:       0
 * @name_size:   bytes of each name, with its terminating zero
 * @num_desc:    number of descriptors
 * @id_offset:   where the VM's or vCPU's own name lies
 * @desc_offset: where the descriptors start, each 16 + @name_size bytes
 * @data_offset: where the values start
 */
struct cvmm_stats_header {
	uint32_t flags;
	uint32_t name_size;
	uint32_t num_desc;
	uint32_t id_offset;
	uint32_t desc_offset;
	uint32_t data_offset;
};

/**
 * struct cvmm_stat - one statistic
 * @name:        its name, inside of the caller's copy, terminated
 * @flags:       CVMM_STAT_TYPE(), CVMM_STAT_UNIT() and CVMM_STAT_BASE() take it apart
 * @exponent:    the value is in units of base to the power of this
 * @count:       number of 64-bit values; more than one for histograms
 * @bucket_size: width of a linear histogram's bucket
 * @zero:        0
 * @offset:      where the values lie in the file
 */
struct cvmm_stat {
	const char *name;
	uint32_t flags;
	int16_t exponent;
	uint16_t count;
	uint32_t bucket_size;
	uint32_t zero;
	uint64_t offset;
};

/** CVMM_STAT_TYPE(): 0 cumulative, 1 instant, 2 peak, 3 linear histogram, 4 logarithmic histogram; newer ones possible. */
#define CVMM_STAT_TYPE(flags) ((flags)&15u)
/** CVMM_STAT_UNIT(): 0 none, 1 bytes, 2 seconds, 3 cycles, 4 boolean. */
#define CVMM_STAT_UNIT(flags) (((flags) >> 4) & 15u)
/** CVMM_STAT_BASE(): 0 powers of 10, 1 powers of 2. */
#define CVMM_STAT_BASE(flags) (((flags) >> 8) & 15u)

/**
 * cvmm_vm_get_stats_fd() - the VM's file of statistics
 * @vm: the VM
 * @e:  receives the error, or NULL
 *
 * KVM_GET_STATS_FD (5.14, KVM_CAP_BINARY_STATS_FD). Return: the fd, the caller's to close; -ENOTTY or -EINVAL before;
 * -EMFILE.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_stats_fd(struct cvmm_vm vm, struct cvmm_error *e);

/**
 * cvmm_vcpu_get_stats_fd() - a vCPU's file of statistics
 * @vcpu: the vCPU
 * @e:    receives the error, or NULL
 *
 * KVM_GET_STATS_FD (5.14, KVM_CAP_BINARY_STATS_FD). Return: the fd, the caller's to close; -ENOTTY or -EINVAL before;
 * -EMFILE.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_get_stats_fd(struct cvmm_vcpu vcpu, struct cvmm_error *e);

/**
 * cvmm_stats_check() - is this a file of statistics?
 * @file:  what was read from its start
 * @len:   bytes there; 24 suffice for @out->num_desc and the offsets, all up to data_offset for cvmm_stats_get()
 * @out:   receives the header
 * @e:     receives the error, or NULL; offset is where it stands, other how many bytes would have been enough
 *
 * Return: 0; -ENODATA with CVMM_REASON_TRUNCATED, *@out filled, if descriptors lie behind @len; -EBADMSG with
 * CVMM_REASON_COUNT if sizes or offsets contradict each other.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_stats_check(
	const void *file, size_t len, struct cvmm_stats_header *out, struct cvmm_error *e);

/**
 * cvmm_stats_get() - one statistic's description
 * @file:  the file, up to data_offset at least, checked by cvmm_stats_check()
 * @len:   bytes there
 * @index: less than num_desc
 * @out:   receives it
 * @e:     receives the error, or NULL
 *
 * Return: 0; -ENOENT no such index; -EBADMSG a name without an end; else as cvmm_stats_check().
 */
CVMM_API CVMM_MUST_CHECK int cvmm_stats_get(
	const void *file, size_t len, uint32_t index, struct cvmm_stat *out, struct cvmm_error *e);

CVMM_END_DECLS

#endif
