/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* CRC-32C: the processor's instruction and the table give the same. */
#define cvmm_crc32c	 crc_under_test
#define cvmm_crc32c_copy copy_under_test
#include "../../../snapshot/src/crc32c.c"

#include <criterion/criterion.h>

static uint8_t bytes[1 << 16];

static uint32_t table(uint32_t crc, const uint8_t *p, size_t len)
{
	return ~by_table(~crc, NULL, p, len);
}

Test(format_crc, known_values)
{
	static const uint8_t zero[32], ones[32] = { [0 ... 31] = 0xff };

	cr_assert_eq(crc_under_test(0, "123456789", 9), UINT32_C(0xe3069283));
	cr_assert_eq(crc_under_test(crc_under_test(0, "1234", 4), "56789", 5), UINT32_C(0xe3069283));
	cr_assert_eq(crc_under_test(0, zero, 32), UINT32_C(0x8a9136aa));
	cr_assert_eq(crc_under_test(0, ones, 32), UINT32_C(0x62a8ab43));
	cr_assert_eq(crc_under_test(0, "", 0), 0);
}

Test(format_crc, by_instruction_and_by_table)
{
	uint32_t i;

	if (!have_instruction())
		cr_skip_test("skipped: this processor has no CRC-32C instruction");
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * i >> 3);
	for (i = 0; i < 300; i++)
		cr_assert_eq(crc_under_test(i, bytes + i % 17, i), table(i, bytes + i % 17, i));
	cr_assert_eq(crc_under_test(0, bytes, sizeof(bytes)), table(0, bytes, sizeof(bytes)));
}

/* As many bytes as were summed are copied, and the byte behind them is left alone. */
Test(format_crc, copies_what_it_sums)
{
	static uint8_t to[400];
	uint32_t i, by;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * i >> 3);
	for (i = 0; i < 300; i++) {
		memset(to, 0xee, sizeof(to));
		cr_assert_eq(copy_under_test(i, to + i % 13, bytes + i % 17, i), table(i, bytes + i % 17, i));
		cr_assert_arr_eq(to + i % 13, bytes + i % 17, i);
		cr_assert_eq(to[i % 13 + i], 0xee);
		memset(to, 0xee, sizeof(to));
		by = ~by_table(~i, to, bytes + i % 17, i);
		cr_assert_eq(by, table(i, bytes + i % 17, i));
		cr_assert(!memcmp(to, bytes + i % 17, i) && to[i] == 0xee);
	}
	cr_assert_eq(copy_under_test(7, to, NULL, 0), 7);
}
