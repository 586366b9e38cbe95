/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Names of riscv64's registers: class, then the name that the architecture or the SBI gives. Numbers of ISA and SBI
 * extensions are KVM's own enumeration. The size of a vector register is the host's VLEN, so it is part of the name.
 */
#include "reg_name.h"

#include <errno.h>

#define REG(size, type, sub, nr) \
	(UINT64_C(0x8000000000000000) | CVMM_REG_##size | (uint64_t)(type) << 24 | (uint64_t)(sub) << 16 | (nr))

/* Ascending by id: size, then class, subclass, number. */
static const struct reg_single single[] = {
	{ REG(U32, 5, 0, 32), "fp.f.fcsr" },
	{ REG(U32, 6, 0, 32), "fp.d.fcsr" },
	{ UINT64_C(0x8020000200000001), "vcpu.mp_state" },
	{ REG(U64, 1, 0, 0), "config.isa" },
	{ REG(U64, 1, 0, 1), "config.zicbom_block_size" },
	{ REG(U64, 1, 0, 2), "config.mvendorid" },
	{ REG(U64, 1, 0, 3), "config.marchid" },
	{ REG(U64, 1, 0, 4), "config.mimpid" },
	{ REG(U64, 1, 0, 5), "config.zicboz_block_size" },
	{ REG(U64, 1, 0, 6), "config.satp_mode" },
	{ REG(U64, 1, 0, 7), "config.zicbop_block_size" },
	{ REG(U64, 2, 0, 0), "core.pc" },
	{ REG(U64, 2, 0, 1), "core.ra" },
	{ REG(U64, 2, 0, 2), "core.sp" },
	{ REG(U64, 2, 0, 3), "core.gp" },
	{ REG(U64, 2, 0, 4), "core.tp" },
	{ REG(U64, 2, 0, 5), "core.t0" },
	{ REG(U64, 2, 0, 6), "core.t1" },
	{ REG(U64, 2, 0, 7), "core.t2" },
	{ REG(U64, 2, 0, 8), "core.s0" },
	{ REG(U64, 2, 0, 9), "core.s1" },
	{ REG(U64, 2, 0, 10), "core.a0" },
	{ REG(U64, 2, 0, 11), "core.a1" },
	{ REG(U64, 2, 0, 12), "core.a2" },
	{ REG(U64, 2, 0, 13), "core.a3" },
	{ REG(U64, 2, 0, 14), "core.a4" },
	{ REG(U64, 2, 0, 15), "core.a5" },
	{ REG(U64, 2, 0, 16), "core.a6" },
	{ REG(U64, 2, 0, 17), "core.a7" },
	{ REG(U64, 2, 0, 18), "core.s2" },
	{ REG(U64, 2, 0, 19), "core.s3" },
	{ REG(U64, 2, 0, 20), "core.s4" },
	{ REG(U64, 2, 0, 21), "core.s5" },
	{ REG(U64, 2, 0, 22), "core.s6" },
	{ REG(U64, 2, 0, 23), "core.s7" },
	{ REG(U64, 2, 0, 24), "core.s8" },
	{ REG(U64, 2, 0, 25), "core.s9" },
	{ REG(U64, 2, 0, 26), "core.s10" },
	{ REG(U64, 2, 0, 27), "core.s11" },
	{ REG(U64, 2, 0, 28), "core.t3" },
	{ REG(U64, 2, 0, 29), "core.t4" },
	{ REG(U64, 2, 0, 30), "core.t5" },
	{ REG(U64, 2, 0, 31), "core.t6" },
	{ REG(U64, 2, 0, 32), "core.mode" },
	{ REG(U64, 3, 0, 0), "csr.sstatus" },
	{ REG(U64, 3, 0, 1), "csr.sie" },
	{ REG(U64, 3, 0, 2), "csr.stvec" },
	{ REG(U64, 3, 0, 3), "csr.sscratch" },
	{ REG(U64, 3, 0, 4), "csr.sepc" },
	{ REG(U64, 3, 0, 5), "csr.scause" },
	{ REG(U64, 3, 0, 6), "csr.stval" },
	{ REG(U64, 3, 0, 7), "csr.sip" },
	{ REG(U64, 3, 0, 8), "csr.satp" },
	{ REG(U64, 3, 0, 9), "csr.scounteren" },
	{ REG(U64, 3, 0, 10), "csr.senvcfg" },
	{ REG(U64, 3, 1, 0), "csr.aia.siselect" },
	{ REG(U64, 3, 1, 1), "csr.aia.iprio1" },
	{ REG(U64, 3, 1, 2), "csr.aia.iprio2" },
	{ REG(U64, 3, 1, 3), "csr.aia.sieh" },
	{ REG(U64, 3, 1, 4), "csr.aia.siph" },
	{ REG(U64, 3, 1, 5), "csr.aia.iprio1h" },
	{ REG(U64, 3, 1, 6), "csr.aia.iprio2h" },
	{ REG(U64, 3, 2, 0), "csr.sstateen0" },
	{ REG(U64, 4, 0, 0), "timer.frequency" },
	{ REG(U64, 4, 0, 1), "timer.time" },
	{ REG(U64, 4, 0, 2), "timer.compare" },
	{ REG(U64, 4, 0, 3), "timer.state" },
	{ REG(U64, 7, 0, 0), "isa.a" },
	{ REG(U64, 7, 0, 1), "isa.c" },
	{ REG(U64, 7, 0, 2), "isa.d" },
	{ REG(U64, 7, 0, 3), "isa.f" },
	{ REG(U64, 7, 0, 4), "isa.h" },
	{ REG(U64, 7, 0, 5), "isa.i" },
	{ REG(U64, 7, 0, 6), "isa.m" },
	{ REG(U64, 7, 0, 7), "isa.svpbmt" },
	{ REG(U64, 7, 0, 8), "isa.sstc" },
	{ REG(U64, 7, 0, 9), "isa.svinval" },
	{ REG(U64, 7, 0, 10), "isa.zihintpause" },
	{ REG(U64, 7, 0, 11), "isa.zicbom" },
	{ REG(U64, 7, 0, 12), "isa.zicboz" },
	{ REG(U64, 7, 0, 13), "isa.zbb" },
	{ REG(U64, 7, 0, 14), "isa.ssaia" },
	{ REG(U64, 7, 0, 15), "isa.v" },
	{ REG(U64, 7, 0, 16), "isa.svnapot" },
	{ REG(U64, 7, 0, 17), "isa.zba" },
	{ REG(U64, 7, 0, 18), "isa.zbs" },
	{ REG(U64, 7, 0, 19), "isa.zicntr" },
	{ REG(U64, 7, 0, 20), "isa.zicsr" },
	{ REG(U64, 7, 0, 21), "isa.zifencei" },
	{ REG(U64, 7, 0, 22), "isa.zihpm" },
	{ REG(U64, 7, 0, 23), "isa.smstateen" },
	{ REG(U64, 7, 0, 24), "isa.zicond" },
	{ REG(U64, 7, 0, 25), "isa.zbc" },
	{ REG(U64, 7, 0, 26), "isa.zbkb" },
	{ REG(U64, 7, 0, 27), "isa.zbkc" },
	{ REG(U64, 7, 0, 28), "isa.zbkx" },
	{ REG(U64, 7, 0, 29), "isa.zknd" },
	{ REG(U64, 7, 0, 30), "isa.zkne" },
	{ REG(U64, 7, 0, 31), "isa.zknh" },
	{ REG(U64, 7, 0, 32), "isa.zkr" },
	{ REG(U64, 7, 0, 33), "isa.zksed" },
	{ REG(U64, 7, 0, 34), "isa.zksh" },
	{ REG(U64, 7, 0, 35), "isa.zkt" },
	{ REG(U64, 7, 0, 36), "isa.zvbb" },
	{ REG(U64, 7, 0, 37), "isa.zvbc" },
	{ REG(U64, 7, 0, 38), "isa.zvkb" },
	{ REG(U64, 7, 0, 39), "isa.zvkg" },
	{ REG(U64, 7, 0, 40), "isa.zvkned" },
	{ REG(U64, 7, 0, 41), "isa.zvknha" },
	{ REG(U64, 7, 0, 42), "isa.zvknhb" },
	{ REG(U64, 7, 0, 43), "isa.zvksed" },
	{ REG(U64, 7, 0, 44), "isa.zvksh" },
	{ REG(U64, 7, 0, 45), "isa.zvkt" },
	{ REG(U64, 7, 0, 46), "isa.zfh" },
	{ REG(U64, 7, 0, 47), "isa.zfhmin" },
	{ REG(U64, 7, 0, 48), "isa.zihintntl" },
	{ REG(U64, 7, 0, 49), "isa.zvfh" },
	{ REG(U64, 7, 0, 50), "isa.zvfhmin" },
	{ REG(U64, 7, 0, 51), "isa.zfa" },
	{ REG(U64, 7, 0, 52), "isa.ztso" },
	{ REG(U64, 7, 0, 53), "isa.zacas" },
	{ REG(U64, 7, 0, 54), "isa.sscofpmf" },
	{ REG(U64, 7, 0, 55), "isa.zimop" },
	{ REG(U64, 7, 0, 56), "isa.zca" },
	{ REG(U64, 7, 0, 57), "isa.zcb" },
	{ REG(U64, 7, 0, 58), "isa.zcd" },
	{ REG(U64, 7, 0, 59), "isa.zcf" },
	{ REG(U64, 7, 0, 60), "isa.zcmop" },
	{ REG(U64, 7, 0, 61), "isa.zawrs" },
	{ REG(U64, 7, 0, 62), "isa.smnpm" },
	{ REG(U64, 7, 0, 63), "isa.ssnpm" },
	{ REG(U64, 7, 0, 64), "isa.svade" },
	{ REG(U64, 7, 0, 65), "isa.svadu" },
	{ REG(U64, 7, 0, 66), "isa.svvptc" },
	{ REG(U64, 7, 0, 67), "isa.zabha" },
	{ REG(U64, 7, 0, 68), "isa.ziccrse" },
	{ REG(U64, 7, 0, 69), "isa.zaamo" },
	{ REG(U64, 7, 0, 70), "isa.zalrsc" },
	{ REG(U64, 7, 0, 71), "isa.zicbop" },
	{ REG(U64, 7, 0, 72), "isa.zfbfmin" },
	{ REG(U64, 7, 0, 73), "isa.zvfbfmin" },
	{ REG(U64, 7, 0, 74), "isa.zvfbfwma" },
	{ REG(U64, 8, 0, 0), "sbi.v01" },
	{ REG(U64, 8, 0, 1), "sbi.time" },
	{ REG(U64, 8, 0, 2), "sbi.ipi" },
	{ REG(U64, 8, 0, 3), "sbi.rfence" },
	{ REG(U64, 8, 0, 4), "sbi.srst" },
	{ REG(U64, 8, 0, 5), "sbi.hsm" },
	{ REG(U64, 8, 0, 6), "sbi.pmu" },
	{ REG(U64, 8, 0, 7), "sbi.experimental" },
	{ REG(U64, 8, 0, 8), "sbi.vendor" },
	{ REG(U64, 8, 0, 9), "sbi.dbcn" },
	{ REG(U64, 8, 0, 10), "sbi.sta" },
	{ REG(U64, 8, 0, 11), "sbi.susp" },
	{ REG(U64, 8, 0, 12), "sbi.fwft" },
	{ REG(U64, 8, 0, 13), "sbi.mpxy" },
	{ REG(U64, 9, 0, 0), "vector.vstart" },
	{ REG(U64, 9, 0, 1), "vector.vl" },
	{ REG(U64, 9, 0, 2), "vector.vtype" },
	{ REG(U64, 9, 0, 3), "vector.vcsr" },
	{ REG(U64, 9, 0, 4), "vector.vlenb" },
	{ REG(U64, 10, 0, 0), "sbi_sta.shmem_lo" },
	{ REG(U64, 10, 0, 1), "sbi_sta.shmem_hi" },
	{ REG(U64, 10, 1, 0), "sbi_fwft.misaligned_deleg.enable" },
	{ REG(U64, 10, 1, 1), "sbi_fwft.misaligned_deleg.flags" },
	{ REG(U64, 10, 1, 2), "sbi_fwft.misaligned_deleg.value" },
	{ REG(U64, 10, 1, 3), "sbi_fwft.pointer_masking.enable" },
	{ REG(U64, 10, 1, 4), "sbi_fwft.pointer_masking.flags" },
	{ REG(U64, 10, 1, 5), "sbi_fwft.pointer_masking.value" },
};

static const struct reg_family family[] = {
	{ REG(U32, 5, 0, 0), 1, 32, 0, "fp.f.f", "" },
	{ REG(U64, 6, 0, 0), 1, 32, 0, "fp.d.f", "" },
	{ REG(U64, 7, 1, 0), 1, 8, 0, "isa.enable[", "]" },
	{ REG(U64, 7, 2, 0), 1, 8, 0, "isa.disable[", "]" },
	{ REG(U64, 8, 1, 0), 1, 8, 0, "sbi.enable[", "]" },
	{ REG(U64, 8, 2, 0), 1, 8, 0, "sbi.disable[", "]" },
};

/* v0 stands behind the six words of the vector state. */
#define VECTOR_V0    REG(U64, 9, 0, 6)
#define SIZE_OF(log) ((uint64_t)(log) << CVMM_REG_SIZE_SHIFT)

static int form(uint64_t id, char *buf)
{
	uint64_t nr = (id & ~CVMM_REG_SIZE_MASK) - (VECTOR_V0 & ~CVMM_REG_SIZE_MASK);
	uint32_t bytes = cvmm_reg_bytes(id);
	char *at = buf;

	if (nr > 31 || !bytes)
		return 0;
	at = cvmm_name_dec(cvmm_name_str(at, "vector.v"), (uint32_t)nr);
	at = cvmm_name_dec(cvmm_name_str(at, "."), bytes * 8);
	return (int)(at - buf);
}

static int read_form(const char *name, size_t len, uint64_t *id)
{
	const char *end = name + len, *at;
	uint32_t nr = 0, bits = 0, log;

	at = cvmm_name_eat_dec(cvmm_name_eat(name, end, "vector.v"), end, 31, &nr);
	at = cvmm_name_eat_dec(cvmm_name_eat(at, end, "."), end, CVMM_REG_BYTES_MAX * 8, &bits);
	if (at != end)
		return -ENOENT;
	for (log = 0; log <= 8; log++) {
		if (bits == UINT32_C(8) << log) {
			*id = (VECTOR_V0 & ~CVMM_REG_SIZE_MASK) + nr + SIZE_OF(log);
			return 0;
		}
	}
	return -ENOENT;
}

const struct reg_names cvmm_names_riscv64 = {
	.arch_name = "riscv64",
	.single = single,
	.family = family,
	.nsingle = sizeof(single) / sizeof(single[0]),
	.nfamily = sizeof(family) / sizeof(family[0]),
	.arch = CVMM_ARCH_RISCV64,
	.form = form,
	.read = read_form,
};
