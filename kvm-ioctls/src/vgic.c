/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Registers of the VGIC by id: which attributes they are, a word each. */
#include <cvmm/kvm-ioctls/device.h>
#include <cvmm/kvm-ioctls/regset.h>
#include <cvmm/kvm-ioctls/vgic.h>

#include <errno.h>
#include <string.h>

/* How an id is cut into attributes. */
struct cut {
	uint64_t attr; /* of the first word */
	uint32_t group;
	uint32_t word; /* bytes that one attribute moves */
	uint32_t bytes;
};

static int cut_of(struct cut *c, uint64_t id, uint32_t affinity, struct cvmm_error *e)
{
	c->group = cvmm_vgic_group(id);
	c->bytes = cvmm_reg_bytes(id);
	c->attr = (uint64_t)affinity << 32 | (uint32_t)id;
	switch (c->group) {
	case CVMM_VGIC_ADDR:
	case CVMM_VGIC_CPU_SYSREGS:
	case CVMM_VGIC_ITS_REGS: c->word = 8; break;
	case CVMM_VGIC_CTRL: c->word = 0; break;
	default: c->word = 4; break;
	}
	if (!cvmm_reg_is_vgic(id) || !c->word || c->bytes < c->word || c->bytes > CVMM_REG_BYTES_MAX)
		return cvmm_fail_id(e, -EINVAL, CVMM_REASON_ARGUMENT, id, 0);
	return 0;
}

static int name_id(int ret, uint64_t id, struct cvmm_error *e)
{
	if (ret < 0 && e)
		e->id = id;
	return ret;
}

/* Tables move by commands, and are there when the command is done. */
static int tables(struct cvmm_device dev, uint64_t id, uint32_t command, struct cvmm_error *e)
{
	return name_id(cvmm_device_set_attr(dev, CVMM_VGIC_CTRL, command, NULL, e), id, e);
}

int cvmm_device_get_vgic_reg(struct cvmm_device dev, uint64_t id, uint32_t affinity, void *v, struct cvmm_error *e)
{
	uint8_t all[CVMM_REG_BYTES_MAX];
	struct cut c;
	uint32_t at;
	int ret;

	if (id == CVMM_VGIC_ITS_TABLES) {
		ret = tables(dev, id, CVMM_VGIC_CTRL_ITS_SAVE_TABLES, e);
		if (ret == 0)
			cvmm_store_le(v, cvmm_reg_bytes(id), 1);
		return ret;
	}
	ret = cut_of(&c, id, affinity, e);
	for (at = 0; ret == 0 && at < c.bytes; at += c.word) {
		uint64_t word = 0;
		uint32_t half = 0;

		ret = cvmm_device_get_attr(dev, c.group, c.attr + at, c.word == 4 ? (void *)&half : (void *)&word, e);
		cvmm_store_le(all + at, c.word, c.word == 4 ? half : word);
	}
	if (ret == 0)
		memcpy(v, all, c.bytes);
	return name_id(ret, id, e);
}

int cvmm_device_set_vgic_reg(
	struct cvmm_device dev, uint64_t id, uint32_t affinity, const void *v, struct cvmm_error *e)
{
	const uint8_t *all = v;
	struct cut c;
	uint32_t at;
	int ret;

	if (id == CVMM_VGIC_ITS_TABLES)
		return cvmm_load_le(all, cvmm_reg_bytes(id)) ? tables(dev, id, CVMM_VGIC_CTRL_ITS_RESTORE_TABLES, e)
							     : 0;
	ret = cut_of(&c, id, affinity, e);
	for (at = 0; ret == 0 && at < c.bytes; at += c.word) {
		uint64_t word = cvmm_load_le(all + at, c.word);
		uint32_t half = (uint32_t)word;

		ret = cvmm_device_set_attr(
			dev, c.group, c.attr + at, c.word == 4 ? (const void *)&half : (const void *)&word, e);
	}
	return name_id(ret, id, e);
}

/* Under the row's mask; no register that is only compared is wider than it. */
static int compare(
	struct cvmm_device dev, uint64_t mask, uint64_t id, uint32_t affinity, const void *v, struct cvmm_error *e)
{
	uint8_t got[CVMM_REG_BYTES_MAX];
	uint32_t bytes = cvmm_reg_bytes(id);
	int ret = cvmm_device_get_vgic_reg(dev, id, affinity, got, e);

	if (ret < 0 || !((cvmm_load_le(got, bytes) ^ cvmm_load_le(v, bytes)) & mask))
		return ret;
	return cvmm_fail_id(e, -EIO, CVMM_REASON_DEVICE_DIFFERS, id, cvmm_load_le(got, bytes));
}

int cvmm_device_restore_vgic_reg(struct cvmm_device dev, const struct cvmm_row *row, uint64_t id, uint32_t affinity,
	const void *v, struct cvmm_error *e)
{
	static const uint8_t ones[4] = { 0xff, 0xff, 0xff, 0xff };
	int ret = 0;

	if (row->write == CVMM_WRITE_ASSERT)
		return compare(dev, row->compare, id, affinity, v, e);
	if (row->peer)
		ret = cvmm_device_set_vgic_reg(dev, row->peer + (id - row->first), affinity, ones, e);
	if (ret == 0)
		ret = cvmm_device_set_vgic_reg(dev, id, affinity, v, e);
	return name_id(ret, id, e);
}
