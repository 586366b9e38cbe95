/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Private: the form of the name tables, one set per architecture. */
#ifndef CVMM_REG_NAME_H
#define CVMM_REG_NAME_H

#include <cvmm/kvm-ioctls/reg-id.h>

/** struct reg_single - one id, one name; tables ascend by id */
struct reg_single {
	uint64_t id;
	const char *name;
};

/** struct reg_family - ids at a fixed distance; the name is prefix, @base + index in decimal, suffix */
struct reg_family {
	uint64_t first;
	uint16_t step;
	uint16_t count;
	uint16_t base;
	const char *prefix;
	const char *suffix;
};

/**
 * struct reg_names - all names of an architecture
 * @arch_name: its word in texts
 * @form: writes the name of an id that no table has, or returns 0 if it has no such form
 * @read: the reverse of @form; returns 0 or -ENOENT
 */
struct reg_names {
	const char *arch_name;
	const struct reg_single *single;
	const struct reg_family *family;
	uint32_t nsingle;
	uint32_t nfamily;
	uint32_t arch;
	int (*form)(uint64_t id, char *buf);
	int (*read)(const char *name, size_t len, uint64_t *id);
};

extern const struct reg_names cvmm_names_arm64;
extern const struct reg_names cvmm_names_riscv64;
extern const struct reg_names cvmm_names_x86_64;

/* Writers into a buffer of CVMM_REG_NAME_MAX bytes, which every form fits: they return the position behind. */
char *cvmm_name_str(char *at, const char *text);
char *cvmm_name_dec(char *at, uint32_t v);
char *cvmm_name_hex(char *at, uint64_t v, uint32_t digits);

/* Readers: the text at @at, less than @end; NULL once it does not match. NULL in gives NULL out, so calls chain. */
const char *cvmm_name_eat(const char *at, const char *end, const char *text);
const char *cvmm_name_eat_dec(const char *at, const char *end, uint32_t max, uint32_t *v);
const char *cvmm_name_eat_hex(const char *at, const char *end, uint32_t min, uint32_t max, uint64_t *v);

#endif
