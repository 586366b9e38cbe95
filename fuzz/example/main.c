/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The small VMM as a program: vmm FILE restores FILE on /dev/kvm, and says whether it could. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vmm.h"

/* C libraries do not agree on the type of a request. */
#ifdef __GLIBC__
typedef unsigned long ioctl_request;
#else
typedef int ioctl_request;
#endif

static int call(void *ctx, int fd, unsigned long request, uintptr_t arg)
{
	int ret = ioctl(fd, (ioctl_request)request, arg);

	(void)ctx;
	return ret < 0 ? -errno : ret;
}

int main(int argc, char **argv)
{
	static uint8_t file[1 << 16];
	struct vmm v = { .call = call, .vm = -1, .vcpu = -1 };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), ret;
	FILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;
	size_t len;

	if (kvm < 0 || !in) {
		perror(kvm < 0 ? "/dev/kvm" : "vmm FILE");
		return 2;
	}
	len = fread(file, 1, sizeof(file), in);
	(void)fclose(in);
	ret = vmm_restore(&v, kvm, file, len);
	puts(ret ? "not restored" : "restored");
	if (v.vcpu >= 0)
		(void)close(v.vcpu);
	if (v.vm >= 0)
		(void)close(v.vm);
	(void)close(kvm);
	return ret ? 1 : 0;
}
