/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What recorder and replayer share: the form of the log and of ioctl arguments. */
#ifndef SIM_RECORD_H
#define SIM_RECORD_H

#include <cvmm/kvm-sim/record.h>

#define LOG_MAGIC    UINT64_C(0x31474f4c4d4d5643) /* "CVMMLOG1" */
#define LOG_HEADER   16u
#define LOG_RUN	     288u
#define LOG_PART_MAX (1u << 20)

enum log_op { LOG_OPEN = 1, LOG_CLOSE, LOG_IOCTL, LOG_MMAP, LOG_MUNMAP };
enum fd_kind { FD_OTHER, FD_SYSTEM, FD_VM, FD_VCPU, FD_DEVICE };

/* Followed by @in bytes that went in, then @out bytes that came back, padded to 8 with zeroes. */
struct log_entry {
	uint32_t bytes; /* all of it, a multiple of 8 */
	uint32_t op;
	int32_t fd;
	int32_t ret;
	uint64_t req;
	uint64_t arg; /* an integer argument; 0 for an address */
	uint32_t in;
	uint32_t out;
};

/* One piece of the caller's memory. */
struct piece {
	void *p;
	uint32_t n;
};

/* An ioctl's argument taken apart: the structure, and data behind a pointer or after the structure. */
struct shape {
	struct piece head; /* n is 0 for an integer argument */
	struct piece data;
	uint32_t in, out;    /* bit 0: the head, bit 1: the data */
	uint32_t addr_off;   /* offset of an address in the head, which is left out of the log; 0: none */
	uint32_t data_on_ok; /* the data comes back only if the call succeeded */
};

void cvmm_shape_of(struct shape *s, enum fd_kind kind, unsigned long req, uintptr_t arg);
struct cvmm_record_fd *cvmm_fd_find(struct cvmm_record_fd *fds, int fd);
void cvmm_fd_note(struct cvmm_record_fd *fds, int fd, enum fd_kind kind);
void cvmm_fd_after(struct cvmm_record_fd *fds, enum fd_kind kind, unsigned long req, uintptr_t arg, int ret);
uint32_t cvmm_fd_kind_of(struct cvmm_record_fd *fds, int fd);

#endif
