/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The library's side of the comparison with the second decoder.
 *
 *   dump --catalogue            whose which register is, as the second decoder reads it
 *   dump FILE...                each snapshot as text
 *   dump --mutate N SEED FILE...  N mutated inputs made from the files: for each, four bytes of length and the input,
 *                               four bytes of length and the text
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutator.h"

#include <cvmm/snapshot/format.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

static char text[1 << 22];
static size_t used;

__attribute__((format(printf, 1, 2))) static void say(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text + used, sizeof(text) - used, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text) - used)
		abort();
	used += (size_t)n;
}

static void say_hex(const uint8_t *p, size_t n)
{
	static const char digit[] = "0123456789abcdef";

	if (2 * n + 2 > sizeof(text) - used)
		abort();
	for (; n; n--, p++) {
		text[used++] = digit[*p >> 4];
		text[used++] = digit[*p & 15];
	}
	text[used++] = '\n';
}

static void say_set(const struct cvmm_regset *set, uint32_t col)
{
	uint32_t i;

	for (i = 0; i < set->n; i++) {
		say("reg %016" PRIx64 " ", set->item[i].id);
		say_hex(cvmm_regset_value(set, i, col), set->item[i].size);
	}
}

static void say_view(const struct cvmm_view *v)
{
	uint32_t i;

	say("ok format %u.%u arch %x skipped %u\nkernel %s\nwriter %s\n", v->format >> 16, v->format & 0xffff, v->arch,
		v->skipped, v->kernel, v->writer);
	for (i = 0; i < v->ncaps; i++)
		say("cap %" PRIu64 " %016" PRIx64 "\n", v->cap[i].id, v->cap[i].value);
	for (i = 0; i < v->nseen; i++)
		say("seen %016" PRIx64 " %016" PRIx64 "\n", v->seen[i].id, v->seen[i].value);
	say("vm\n");
	say_set(&v->vm, 0);
	for (i = 0; i < v->nvcpus; i++) {
		const struct cvmm_shape *s = &v->shape[v->vcpu[i].shape];

		say("vcpu %u shape %u features %" PRIx64 "\n", v->vcpu[i].id, v->vcpu[i].shape, s->features);
		say_set(&s->regs, v->vcpu[i].col);
	}
	for (i = 0; i < v->nslots; i++)
		say("slot %x %x %" PRIx64 " %" PRIx64 "\n", v->slot[i].slot, v->slot[i].flags, v->slot[i].gpa,
			v->slot[i].bytes);
	for (i = 0; i < v->nextra; i++) {
		say("extra %x %u %u ", v->extra[i].type, v->extra[i].version, v->extra[i].critical);
		say_hex(v->extra[i].data, v->extra[i].bytes);
	}
	say("clock %u %" PRIu64 "\n", v->clock.policy, v->clock.saved_ns);
}

static void dump(const uint8_t *buf, size_t len)
{
	static _Alignas(16) uint8_t store[80u << 20];
	struct cvmm_view v;
	struct cvmm_error e;

	used = 0;
	if (cvmm_snapshot_read(buf, len, store, sizeof(store), &v, &e))
		say("refused %s\n", cvmm_reason_name(e.reason));
	else
		say_view(&v);
}

static void say_rows(const char *scope, const struct cvmm_row *row, uint32_t n)
{
	for (; n; n--, row++)
		printf("%s %" PRIx64 " %u %u\n", scope, row->first, row->step, row->count);
}

static void catalogue(void)
{
	static const uint32_t arch[] = { CVMM_ARCH_ARM64, CVMM_ARCH_X86_64, CVMM_ARCH_RISCV64 };
	const struct cvmm_row *row;
	uint32_t i, n;

	for (i = 0; i < 3; i++) {
		row = cvmm_vm_reg_rows(arch[i], &n);
		say_rows("vm", row, n);
		row = cvmm_vcpu_reg_rows(arch[i], &n);
		say_rows("vcpu", row, n);
	}
}

static size_t load(const char *name, uint8_t *buf, size_t cap)
{
	FILE *f = fopen(name, "rb");
	size_t n;

	if (!f) {
		fprintf(stderr, "dump: %s: %s\n", name, strerror(errno));
		exit(1);
	}
	n = fread(buf, 1, cap, f);
	fclose(f);
	return n;
}

static void put_record(const void *p, size_t n)
{
	uint8_t len[4];

	cvmm_store_le(len, 4, n);
	if (fwrite(len, 1, 4, stdout) != 4 || fwrite(p, 1, n, stdout) != n)
		exit(1);
}

static void mutate(uint32_t n, uint32_t seed, char **file, int files)
{
	static uint8_t buf[FUZZ_MAX];
	uint32_t i, k, times;
	size_t len;

	for (i = 0; i < n; i++) {
		len = load(file[i % (uint32_t)files], buf, sizeof(buf));
		times = 1 + i / 3 % 3;
		for (k = 0; k < times; k++)
			len = fuzz_mutate(buf, len, sizeof(buf), seed + 4 * i + k);
		dump(buf, len);
		put_record(buf, len);
		put_record(text, used);
	}
}

int main(int argc, char **argv)
{
	static uint8_t buf[CVMM_SNAPSHOT_BYTES_MAX + 16];
	int i;

	if (argc == 2 && !strcmp(argv[1], "--catalogue")) {
		catalogue();
		return 0;
	}
	if (argc > 4 && !strcmp(argv[1], "--mutate")) {
		mutate((uint32_t)strtoul(argv[2], NULL, 0), (uint32_t)strtoul(argv[3], NULL, 0), argv + 4, argc - 4);
		return fflush(stdout) != 0;
	}
	for (i = 1; i < argc; i++) {
		dump(buf, load(argv[i], buf, sizeof(buf)));
		fwrite(text, 1, used, stdout);
	}
	return 0;
}
