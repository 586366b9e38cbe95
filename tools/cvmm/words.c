/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cvmm/snapshot/view.h>
#include <cvmm/vcpu-regs/vcpu-regs.h>
#include <cvmm/vm-regs/vm-regs.h>

#include "words.h"

#define WORD(list, n) ((n) < sizeof(list) / sizeof((list)[0]) && (list)[n] ? (list)[n] : "unknown")

static const char *const phases[] = { "none", "vm", "vcpus", "init", "finalize", "config", "identity", "devices",
	"state", "clock", "timer", "events", "mp-state", "done" };
static const char *const scopes[] = { "unknown", "vm", "vcpu" };
static const char *const accesses[] = { "one-reg", "msr", "block", "attribute", "property" };
static const char *const windows[] = { "always", "before-vcpu", "before-finalize", "before-run", "never" };
static const char *const writes[] = { "stored", "asserted", "ignored", "alias", "volatile", "safe-fields", "bits",
	"level" };
static const char *const defaults[] = { "reset", "all", "zero", "host" };
static const char *const combines[] = { "none", "and", "min", "exact", "fields" };
static const char *const safes[] = { "exact", "lower", "higher", "higher-or-zero", "exact-or-floor" };
static const char *const actions[] = { "refuse", "drop", "leave", "pin", "write", "hide" };

static const struct {
	uint32_t arch;
	const char *name;
} archs[] = {
	{ CVMM_ARCH_ARM64, "arm64" },
	{ CVMM_ARCH_X86_64, "x86_64" },
	{ CVMM_ARCH_RISCV64, "riscv64" },
};

int arch_known(uint32_t arch)
{
	size_t i;

	for (i = 0; i < sizeof(archs) / sizeof(archs[0]); i++)
		if (archs[i].arch == arch)
			return 1;
	return 0;
}

const char *arch_word(uint32_t arch)
{
	size_t i;

	for (i = 0; i < sizeof(archs) / sizeof(archs[0]); i++)
		if (archs[i].arch == arch)
			return archs[i].name;
	return "unknown";
}

const char *phase_word(uint32_t phase)
{
	return WORD(phases, phase);
}

const char *scope_word(uint32_t scope)
{
	return WORD(scopes, scope);
}

const char *access_word(uint32_t access)
{
	return WORD(accesses, access);
}

const char *window_word(uint32_t window)
{
	return WORD(windows, window);
}

const char *write_word(uint32_t write)
{
	return WORD(writes, write);
}

const char *default_word(uint32_t dflt)
{
	return WORD(defaults, dflt);
}

const char *combine_word(uint32_t combine)
{
	return WORD(combines, combine);
}

const char *safe_word(uint32_t safe)
{
	return WORD(safes, safe);
}

const char *action_word(uint32_t act)
{
	return WORD(actions, act);
}

const char *section_word(uint32_t type)
{
	static const char *const sections[] = { NULL, "section capabilities", "section guest-seen", "section vm",
		"section vcpus", "section shapes", "section columns", "section sparse columns", "section memory slots",
		"section clock" };
	static char other[32];

	if (type < sizeof(sections) / sizeof(sections[0]) && sections[type])
		return sections[type];
	(void)snprintf(other, sizeof(other), "section 0x%" PRIx32, type);
	return other;
}

const char *value_text(const uint8_t *p, uint32_t size, char buf[VALUE_TEXT_MAX])
{
	static const char digit[] = "0123456789abcdef";
	char *s = buf;

	if (size > CVMM_REG_BYTES_MAX) {
		(void)snprintf(buf, VALUE_TEXT_MAX, "(%" PRIu32 " bytes)", size);
		return buf;
	}
	while (size > 1 && p[size - 1] == 0)
		size--;
	*s++ = '0';
	*s++ = 'x';
	if (p[size - 1] >> 4)
		*s++ = digit[p[size - 1] >> 4];
	*s++ = digit[p[size - 1] & 15];
	while (--size) {
		*s++ = digit[p[size - 1] >> 4];
		*s++ = digit[p[size - 1] & 15];
	}
	*s = '\0';
	return buf;
}

const char *reg_text(uint64_t id, char buf[CVMM_REG_NAME_MAX])
{
	const struct cvmm_row *row;
	uint32_t scope;

	/* State blocks have no register's name, only their row's. */
	if (cvmm_reg_is_block(id)) {
		row = reg_row(id, &scope);
		if (row && row->name && row->count == 1) {
			(void)snprintf(buf, CVMM_REG_NAME_MAX, "%s", row->name);
			return buf;
		}
	}
	if (cvmm_reg_name(id, buf, CVMM_REG_NAME_MAX) < 0)
		(void)snprintf(buf, CVMM_REG_NAME_MAX, "%016" PRIx64, id);
	return buf;
}

const char *features_text(uint64_t features, char buf[FEATURES_TEXT_MAX])
{
	size_t len = 0;
	uint32_t bit;

	for (bit = 0; bit < 64 && len < FEATURES_TEXT_MAX; bit++) {
		const char *name = cvmm_feature_name(bit);
		int n;

		if (!(features >> bit & 1))
			continue;
		if (name)
			n = snprintf(buf + len, FEATURES_TEXT_MAX - len, "%s%s", len ? "," : "", name);
		else
			n = snprintf(buf + len, FEATURES_TEXT_MAX - len, "%sbit%u", len ? "," : "", bit);
		len += n > 0 ? (size_t)n : 0;
	}
	if (!features)
		(void)snprintf(buf, FEATURES_TEXT_MAX, "none");
	return buf;
}

int features_parse(const char *s, uint64_t *out, const char **bad, size_t *bad_len)
{
	uint64_t set = 0;

	if (strcmp(s, "none") == 0) {
		*out = 0;
		return 0;
	}
	while (*s) {
		size_t len = strcspn(s, ", ");
		int bit = cvmm_feature_from_name(s, len);

		if (bit < 0) {
			*bad = s;
			*bad_len = len;
			return -1;
		}
		set |= UINT64_C(1) << bit;
		s += len;
		s += strspn(s, ", ");
	}
	*out = set;
	return 0;
}

const struct cvmm_row *reg_row(uint64_t id, uint32_t *scope)
{
	const struct cvmm_row *row = cvmm_vm_reg_row(cvmm_vm_reg_from_id(id));

	*scope = CVMM_SCOPE_VM;
	if (row)
		return row;
	row = cvmm_vcpu_reg_row(cvmm_vcpu_reg_from_id(id));
	*scope = row ? CVMM_SCOPE_VCPU : CVMM_SCOPE_UNKNOWN;
	return row;
}

void field_differences(
	const struct cvmm_row *row, uint64_t a, uint64_t b, const char *a_has, const char *b_has, char *buf, size_t cap)
{
	size_t len = 0;
	uint32_t i;

	buf[0] = '\0';
	for (i = 0; row && i < row->nfields && len < cap; i++) {
		const struct cvmm_field *f = &row->field[i];
		uint64_t mask = f->width > 63 ? UINT64_MAX : (UINT64_C(1) << f->width) - 1;
		uint64_t x = a >> f->shift & mask;
		uint64_t y = b >> f->shift & mask;
		int n;

		if (x == y)
			continue;
		n = snprintf(buf + len, cap - len, "%s%s: %s 0x%" PRIx64 ", %s 0x%" PRIx64, len ? "; " : "", f->name,
			a_has, x, b_has, y);
		len += n > 0 ? (size_t)n : 0;
	}
}
