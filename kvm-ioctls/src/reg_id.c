/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Register ids and names, both ways: one search over per-architecture tables. */
#include "reg_name.h"

#include <errno.h>
#include <string.h>

static const struct reg_names *const all[] = { &cvmm_names_arm64, &cvmm_names_riscv64, &cvmm_names_x86_64 };

static const struct reg_names *names_of(uint32_t arch)
{
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->arch == arch)
			return all[i];
	return NULL;
}

const char *cvmm_arch_name(uint32_t arch)
{
	const struct reg_names *t = names_of(arch);

	return t ? t->arch_name : NULL;
}

uint32_t cvmm_arch_from_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strlen(all[i]->arch_name) == len && !memcmp(all[i]->arch_name, name, len))
			return all[i]->arch;
	return CVMM_ARCH_NONE;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

char *cvmm_name_str(char *at, const char *text)
{
	size_t n = strlen(text);

	memcpy(at, text, n);
	return at + n;
}

char *cvmm_name_dec(char *at, uint32_t v)
{
	char digit[10];
	uint32_t n = 0;

	do {
		digit[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	while (n)
		*at++ = digit[--n];
	return at;
}

char *cvmm_name_hex(char *at, uint64_t v, uint32_t digits)
{
	while (digits--)
		*at++ = "0123456789abcdef"[(v >> (4 * digits)) & 15];
	return at;
}

const char *cvmm_name_eat(const char *at, const char *end, const char *text)
{
	if (!at)
		return NULL;
	for (; *text; text++, at++)
		if (at == end || lower(*at) != lower(*text))
			return NULL;
	return at;
}

const char *cvmm_name_eat_dec(const char *at, const char *end, uint32_t max, uint32_t *v)
{
	const char *first = at;
	uint32_t sum = 0;

	if (!at)
		return NULL;
	/* A leading zero would give a register a second name. */
	for (; at < end && *at >= '0' && *at <= '9'; at++) {
		sum = sum * 10 + (uint32_t)(*at - '0');
		if (sum > max || (at > first && *first == '0'))
			return NULL;
	}
	*v = sum;
	return at == first ? NULL : at;
}

const char *cvmm_name_eat_hex(const char *at, const char *end, uint32_t min, uint32_t max, uint64_t *v)
{
	uint64_t sum = 0;
	uint32_t n;

	if (!at)
		return NULL;
	for (n = 0; at < end && n < max; n++, at++) {
		char c = lower(*at);

		if (c >= '0' && c <= '9')
			sum = sum << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			sum = sum << 4 | (uint64_t)(c - 'a' + 10);
		else
			break;
	}
	*v = sum;
	return n < min ? NULL : at;
}

static const char *find_single(const struct reg_names *t, uint64_t id)
{
	uint32_t lo = 0, hi = t->nsingle;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (t->single[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->nsingle && t->single[lo].id == id ? t->single[lo].name : NULL;
}

static const struct reg_family *find_family(const struct reg_names *t, uint64_t id, uint32_t *index)
{
	uint32_t i;

	for (i = 0; i < t->nfamily; i++) {
		const struct reg_family *f = &t->family[i];
		uint64_t d = id - f->first;

		if (d % f->step == 0 && d / f->step < f->count) {
			*index = (uint32_t)(d / f->step) + f->base;
			return f;
		}
	}
	return NULL;
}

/* The name without a terminating zero; every name fits CVMM_REG_NAME_MAX, which a test checks. */
static size_t name_of(uint64_t id, char *buf)
{
	const struct reg_names *t = names_of(cvmm_reg_arch(id));
	const struct reg_family *f;
	const char *name;
	uint32_t index;
	int n;

	if (!t)
		return (size_t)(cvmm_name_hex(buf, id, 16) - buf);
	name = find_single(t, id);
	if (name)
		return (size_t)(cvmm_name_str(buf, name) - buf);
	f = find_family(t, id, &index);
	if (f)
		return (size_t)(cvmm_name_str(cvmm_name_dec(cvmm_name_str(buf, f->prefix), index), f->suffix) - buf);
	n = t->form(id, buf);
	return n ? (size_t)n : (size_t)(cvmm_name_hex(buf, id, 16) - buf);
}

int cvmm_reg_name(uint64_t id, char *buf, size_t cap)
{
	char name[CVMM_REG_NAME_MAX];
	size_t n = name_of(id, name);

	if (cap <= n)
		return -E2BIG;
	memcpy(buf, name, n);
	buf[n] = 0;
	return (int)n;
}

static int from_tables(const struct reg_names *t, const char *name, const char *end, uint64_t *id)
{
	uint32_t i, v = 0;

	for (i = 0; i < t->nsingle; i++) {
		if (cvmm_name_eat(name, end, t->single[i].name) == end) {
			*id = t->single[i].id;
			return 0;
		}
	}
	for (i = 0; i < t->nfamily; i++) {
		const struct reg_family *f = &t->family[i];
		const char *at = cvmm_name_eat(name, end, f->prefix);

		at = cvmm_name_eat_dec(at, end, UINT16_MAX, &v);
		if (cvmm_name_eat(at, end, f->suffix) == end && v >= f->base && v - f->base < f->count) {
			*id = f->first + (uint64_t)(v - f->base) * f->step;
			return 0;
		}
	}
	return t->read(name, (size_t)(end - name), id);
}

int cvmm_reg_from_name(uint32_t arch, const char *name, size_t len, uint64_t *id)
{
	const struct reg_names *t = names_of(arch);
	const char *end = name + len, *at = name;
	uint64_t v = 0;

	if (!len || len >= CVMM_REG_NAME_MAX)
		return -ENOENT;
	if (t && !from_tables(t, name, end, id))
		return 0;
	if (len == 18)
		at = cvmm_name_eat(at, end, "0x");
	if (cvmm_name_eat_hex(at, end, 16, 16, &v) != end || cvmm_reg_arch(v) != arch)
		return -ENOENT;
	*id = v;
	return 0;
}
