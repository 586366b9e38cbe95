/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/arm64.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#include "opt.h"
#include "say.h"
#include "words.h"

/* A name from the command line must not be able to steer the reader's terminal. */
static void put_plain(const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f)
			fprintf(stderr, "\\x%02x", c);
		else
			fputc(c, stderr);
	}
}

void say(const char *fmt, ...)
{
	char line[4096];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	/* What was printed so far comes first, also when both end up in one file. */
	(void)fflush(stdout);
	fputs("cvmm: ", stderr);
	put_plain(line);
	fputc('\n', stderr);
}

static const struct {
	uint64_t req;
	const char *name;
} ioctls[] = {
	{ CVMM_KVM_GET_API_VERSION, "KVM_GET_API_VERSION" },
	{ CVMM_KVM_CREATE_VM, "KVM_CREATE_VM" },
	{ CVMM_KVM_CHECK_EXTENSION, "KVM_CHECK_EXTENSION" },
	{ CVMM_KVM_GET_VCPU_MMAP_SIZE, "KVM_GET_VCPU_MMAP_SIZE" },
	{ CVMM_KVM_CREATE_VCPU, "KVM_CREATE_VCPU" },
	{ CVMM_KVM_SET_USER_MEMORY_REGION, "KVM_SET_USER_MEMORY_REGION" },
	{ CVMM_KVM_ENABLE_CAP, "KVM_ENABLE_CAP" },
	{ CVMM_KVM_CREATE_DEVICE, "KVM_CREATE_DEVICE" },
	{ CVMM_KVM_RUN, "KVM_RUN" },
	{ CVMM_KVM_GET_MP_STATE, "KVM_GET_MP_STATE" },
	{ CVMM_KVM_SET_MP_STATE, "KVM_SET_MP_STATE" },
	{ CVMM_KVM_GET_ONE_REG, "KVM_GET_ONE_REG" },
	{ CVMM_KVM_SET_ONE_REG, "KVM_SET_ONE_REG" },
	{ CVMM_KVM_GET_REG_LIST, "KVM_GET_REG_LIST" },
	{ CVMM_KVM_SET_DEVICE_ATTR, "KVM_SET_DEVICE_ATTR" },
	{ CVMM_KVM_GET_DEVICE_ATTR, "KVM_GET_DEVICE_ATTR" },
	{ CVMM_KVM_HAS_DEVICE_ATTR, "KVM_HAS_DEVICE_ATTR" },
	{ CVMM_KVM_ARM_VCPU_INIT, "KVM_ARM_VCPU_INIT" },
	{ CVMM_KVM_ARM_PREFERRED_TARGET, "KVM_ARM_PREFERRED_TARGET" },
	{ CVMM_KVM_ARM_SET_COUNTER_OFFSET, "KVM_ARM_SET_COUNTER_OFFSET" },
	{ CVMM_KVM_ARM_GET_REG_WRITABLE_MASKS, "KVM_ARM_GET_REG_WRITABLE_MASKS" },
	{ CVMM_KVM_ARM_VCPU_FINALIZE, "KVM_ARM_VCPU_FINALIZE" },
	{ CVMM_KVM_ARM_GET_VCPU_EVENTS, "KVM_GET_VCPU_EVENTS" },
	{ CVMM_KVM_ARM_SET_VCPU_EVENTS, "KVM_SET_VCPU_EVENTS" },
};

static const char *ioctl_name(uint64_t req)
{
	size_t i;

	for (i = 0; i < sizeof(ioctls) / sizeof(ioctls[0]); i++)
		if (ioctls[i].req == req)
			return ioctls[i].name;
	return NULL;
}

/** struct text - a line that is being put together */
struct text {
	char *buf;
	size_t cap;
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->cap - t->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len = t->len + (size_t)n < t->cap ? t->len + (size_t)n : t->cap - 1;
}

/* A register in the wrong hands: whose it is, and to whom it was given. */
static void add_owner(struct text *t, const struct cvmm_error *e)
{
	const char *owner = "nobody's that is known", *taker = "";

	if (cvmm_vm_reg_from_id(e->id).id)
		owner = "the VM's";
	else if (cvmm_vcpu_reg_from_id(e->id).id)
		owner = "a vCPU's";
	if (e->reason == CVMM_REASON_NOT_VM_OWNED)
		taker = ", offered to the VM";
	else if (e->reason == CVMM_REASON_NOT_VCPU_OWNED)
		taker = ", offered to a vCPU";
	else if (e->reason != CVMM_REASON_WRONG_SCOPE)
		return;
	add(t, ", which is %s%s", owner, taker);
}

/* Where the reason's second number means something to a person. */
static void add_other(struct text *t, const struct cvmm_error *e)
{
	char name[CVMM_REG_NAME_MAX];

	switch (e->reason) {
	case CVMM_REASON_READ_BACK:
	case CVMM_REASON_VM_NOT_STORED:
	case CVMM_REASON_VCPU_NOT_STORED:
	case CVMM_REASON_COUNTER_BEHIND: add(t, ", which reads back as 0x%" PRIx64, e->other); break;
	case CVMM_REASON_VM_SEALED: add(t, ", sealed as 0x%" PRIx64, e->other); break;
	case CVMM_REASON_VM_DISAGREE: add(t, ", another vCPU shows 0x%" PRIx64, e->other); break;
	case CVMM_REASON_RULES_OVERLAP: add(t, ", the other rule is in line %" PRIu64, e->other); break;
	case CVMM_REASON_FORMAT_VERSION:
		if (e->other)
			add(t, ": format %" PRIu64 ".%" PRIu64, e->other >> 16 & 0xffff, e->other & 0xffff);
		break;
	case CVMM_REASON_BUFFER_TOO_SMALL:
	case CVMM_REASON_LIMIT:
		if (e->other)
			add(t, " (%" PRIu64 ")", e->other);
		break;
	case CVMM_REASON_WRONG_ARCH:
		if (e->other)
			add(t, " (%s)", arch_word((uint32_t)e->other));
		break;
	default:
		if (cvmm_reg_bytes(e->other) && cvmm_reg_name(e->other, name, sizeof(name)) > 0 &&
			arch_known(cvmm_reg_arch(e->other)))
			add(t, ", the other one is %s", name);
		break;
	}
}

/* A snapshot says WRONG_SCOPE of a register that stands with the wrong ones; only a baseline's text offers one. */
static int is_text_reason(uint32_t reason)
{
	return reason == CVMM_REASON_NOT_VM_OWNED || (reason >= CVMM_REASON_TEXT_SYNTAX && reason <= 649);
}

static int is_format_reason(uint32_t reason)
{
	return reason >= 300 && reason <= 399;
}

void error_words(const struct cvmm_error *e, char *buf, size_t cap)
{
	struct text t = { .buf = buf, .cap = cap };
	char name[CVMM_REG_NAME_MAX];
	const char *ioctl;

	add(&t, "%s", cvmm_reason_text(e->reason));
	if (e->id && !arch_known(cvmm_reg_arch(e->id)))
		add(&t, ": number %" PRIu64, e->id);
	else if (e->id && cvmm_reg_name(e->id, name, sizeof(name)) > 0)
		add(&t, ": register %s", name);
	if (e->id)
		add_owner(&t, e);
	add_other(&t, e);
	if (e->vcpu != CVMM_NO_VCPU)
		add(&t, ", vCPU %u", e->vcpu);
	if (is_text_reason(e->reason) && e->section)
		add(&t, ", line %u", e->section);
	else if (e->section)
		add(&t, ", %s", section_word(e->section));
	if (is_format_reason(e->reason) || (e->offset && !is_text_reason(e->reason)))
		add(&t, ", at byte %" PRIu64, e->offset);
	if (e->phase)
		add(&t, ", in phase %s", phase_word(e->phase));
	if (e->req) {
		ioctl = ioctl_name(e->req);
		if (ioctl)
			add(&t, ", %s", ioctl);
		else
			add(&t, ", ioctl 0x%" PRIx64, e->req);
	}
	/* The generic errno of a reason that already says more would only be noise. */
	if (e->reason == CVMM_REASON_NONE || e->req || e->reason == CVMM_REASON_IOCTL)
		add(&t, ": %s", strerror(-e->err));
}

int say_error(const char *thing, const struct cvmm_error *e)
{
	char words[1024];

	error_words(e, words, sizeof(words));
	say("%s: %s", thing, words);
	return e->reason == CVMM_REASON_WRONG_ARCH || e->reason == CVMM_REASON_WRONG_ARCH_HOST ? STATUS_REFUSED
											       : STATUS_ERROR;
}

int say_errno(const char *thing, int err)
{
	say("%s: %s", thing, strerror(err));
	return STATUS_ERROR;
}

void say_progress(const char *what, size_t done, size_t total)
{
	if (!isatty(STDERR_FILENO))
		return;
	/* A terminal is slow: a hundred lines are as good as a million. */
	if (done < total && done * 100 / total == (done - 1) * 100 / total)
		return;
	if (done < total)
		fprintf(stderr, "\r%s: %zu of %zu\033[K", what, done, total);
	else
		fputs("\r\033[K", stderr);
}
