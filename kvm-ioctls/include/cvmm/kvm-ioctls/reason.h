/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: every reason that c-vmm can give, as one table
 *
 * A reason is a pinned number: once released it keeps its meaning for ever, because operators script on it and stored
 * plans carry it. Each library owns a range. A line is X(SYMBOL, number, "stable-name", "text"), and what the members of
 * struct cvmm_error hold beside err, reason and vcpu.
 *
 *   1..  99  kvm-ioctls: handles, ioctls, ids        300.. 399  snapshot: format
 * 100.. 199  vm-regs                                 400.. 499  snapshot: verdicts of a plan
 * 200.. 299  vcpu-regs                               500.. 599  snapshot: capture and apply
 * 600.. 649  profile and rules text                  700.. 799  fleet
 * 650.. 699  kvm-sim, record, fault
 */
#ifndef CVMM_KVM_IOCTLS_REASON_H
#define CVMM_KVM_IOCTLS_REASON_H

/* clang-format off */
/* One line per reason, so that a change of one is a change of one line. */
#define CVMM_REASONS(X) \
	X(NONE,                   0, "none", "no reason recorded") /* not an error */ \
	/* kvm-ioctls */ \
	X(IOCTL,                  1, "ioctl-failed", "the ioctl failed") /* req: the request, id: the register or attribute, if any */ \
	X(ARGUMENT,               2, "bad-argument", "an argument is outside of what the function accepts") /* id: the register, if any; other: the limit, the index or the exit reason */ \
	X(BUFFER_TOO_SMALL,       3, "buffer-too-small", "the caller's buffer is too small; other is what would be enough") /* other: bytes or entries */ \
	X(VM_DEAD,                4, "vm-dead", "the VM was declared dead by an earlier failure") /* another thread is still writing the reason down */ \
	X(SHORT_COUNT,            5, "short-count", "KVM processed fewer entries than given; other is the index") /* id: the MSR; other: its index, or bytes left */ \
	X(REG_SIZE,               6, "register-size", "the value's size is not the size that the register id says") /* id: the register; other: the size given or wanted */ \
	X(REG_ID_MALFORMED,       7, "register-id-malformed", "the number is not a register id of a known architecture") /* id: the number */ \
	X(API_VERSION,            8, "api-version", "the KVM API version is not 12") /* other: the version */ \
	X(BACKEND,                9, "backend-incomplete", "the backend lacks an operation that is needed") \
	X(WRONG_ARCH,            10, "wrong-architecture", "the data belongs to another architecture") /* id or other: what says so, if anything */ \
	X(LIST_GREW,             11, "list-grew", "a list kept growing between two calls") /* other: entries that KVM claims */ \
	/* vm-regs */ \
	X(NOT_VM_OWNED,         100, "not-vm-owned", "the register belongs to a vCPU or to nobody known, not to the VM") /* id: the register */ \
	X(VM_SEALED,            101, "sealed", "the VM-owned registers are sealed; the value would change") /* id: the register; other: the value it keeps */ \
	X(VM_ORDER,             102, "commit-order", "the commit points were called in the wrong order") /* id: the register; other: the value it has */ \
	X(VM_SLOTS_FULL,        103, "slots-full", "no room for another VM-owned value") /* id: the register; other: the room */ \
	X(VM_DISAGREE,          104, "vcpus-disagree", "a VM-owned register reads differently through two vCPUs") /* id: the register; vcpu: which differs; other: its value */ \
	X(VM_NOT_STORED,        105, "not-stored", "the write returned success but reads back as another value") /* id: the register; other: what it reads as */ \
	X(DIALECT_FORBIDDEN,    106, "dialect-forbidden", "no permitted dialect is offered by this KVM") /* id: the register; other: the value */ \
	X(VM_UNKNOWN_PROPERTY,  107, "unknown-property", "the VM property is not known") /* id: the property */ \
	/* vcpu-regs */ \
	X(NOT_VCPU_OWNED,       200, "not-vcpu-owned", "the register belongs to the VM or to nobody known, not to a vCPU") /* id: the register */ \
	X(UNKNOWN_REGISTER,     201, "unknown-register", "no row of the catalogue knows this register") /* id: the register */ \
	X(VCPU_NOT_STORED,      202, "vcpu-not-stored", "the write returned success but reads back as another value") /* id: the register; other: what it reads as */ \
	/* snapshot: format */ \
	X(TRUNCATED,            300, "truncated", "the input ends before the part it describes") /* offset: where it ends, or other: the bytes needed */ \
	X(MAGIC,                301, "magic", "this is not a c-vmm snapshot") /* offset: 0 */ \
	X(FORMAT_VERSION,       302, "format-version", "the format version is not readable by this library") /* offset: of the version, or other: the one asked for */ \
	X(HEADER_CRC,           303, "header-crc", "the header is damaged (CRC)") /* offset: of the checksum */ \
	X(TABLE_CRC,            304, "table-crc", "the section table is damaged (CRC)") /* offset: of the table */ \
	X(SECTION_CRC,          305, "section-crc", "a section is damaged (CRC)") /* section: its type; offset: where it starts */ \
	X(SECTION_BOUNDS,       306, "section-bounds", "a section lies outside of the file or overlaps another part") /* section, offset: of its entry */ \
	X(SECTION_ORDER,        307, "section-order", "sections are not in canonical order, or one is there twice") /* section, offset: of its entry */ \
	X(SECTION_UNKNOWN,      308, "section-unknown", "a critical section is not known to this reader") /* section: its type */ \
	X(SECTION_MISSING,      309, "section-missing", "a mandatory section is missing") /* section: its type */ \
	X(PADDING,              310, "padding", "reserved or padding bytes are not zero") /* offset: of the byte */ \
	X(TRAILING,             311, "trailing-bytes", "bytes follow the end of the snapshot") /* offset: of the first of them */ \
	X(COUNT,                312, "count", "a count disagrees with the bytes that are there") /* section, offset: of the count */ \
	X(LIMIT,                313, "limit", "a hard limit of the format is exceeded") /* section, offset or id: where; other: the limit, if it is a number */ \
	X(NOT_CANONICAL,        314, "not-canonical", "the encoding is not the canonical one") /* section, offset: where */ \
	X(ID_ORDER,             315, "id-order", "register ids are not strictly ascending") /* id: the first that is not; section, offset */ \
	X(WRONG_SCOPE,          316, "wrong-scope", "a register stands in a section of the other scope") /* id: the register; section: where it stands */ \
	X(FORMAT_LOSS,          317, "format-loss", "the older format cannot carry this; a reader of it would lose state") /* id: what would be lost; other: the format */ \
	X(SHAPE,                318, "shape", "a vCPU names a shape that does not exist, or a shape is malformed, unused or out of order") /* id: the register, or 0; other: features or number of shapes */ \
	X(HEADER_FIELD,         319, "header-field", "a field of the header has a value that the format does not allow") \
	X(SECTION_FIELD,        320, "section-field", "a field of a section has a value that the format does not allow") \
	X(VCPU_ID,              321, "vcpu-id", "two vCPUs have the same id") \
	X(MEMSLOT,              322, "memory-slot", "a memory slot is empty, unaligned, misnumbered, out of order or overlaps another") \
	/* snapshot: verdicts */ \
	X(SAME,                 400, "same", "the host already has this value") /* id: the register; nothing is written */ \
	X(WRITTEN,              401, "written", "the value is written as it is") \
	X(HOST_LACKS,           402, "host-lacks", "the host does not have this register") /* id: the register; other: the value that was to be written */ \
	X(HOST_REFUSES,         403, "host-refuses-value", "the host does not accept this value") \
	X(FIELD_HIGHER,         404, "field-not-offered", "a field of the ID register is more than the host offers") \
	X(FIELD_FIXED,          405, "field-fixed", "a field of the ID register cannot be changed on this host") \
	X(PSCI_NEWER,           406, "psci-newer", "the PSCI version is newer than the host's") \
	X(BITS_NOT_OFFERED,     407, "bits-not-offered", "bits are set that the host does not offer") \
	X(ASSERT_FAILS,         408, "assert-fails", "the host's level is lower than the one the guest was told") \
	X(ASSERT_DIFFERS,       409, "assert-differs", "the host answers the guest with another level, and it cannot be set") \
	X(NEUTRAL,              410, "neutral", "the host lacks it, and it held the value that means nothing") \
	X(UNREACHABLE,          411, "unreachable", "the host lacks it, and the guest could not reach it") \
	X(HIDDEN,               412, "hidden", "the host offers it, the guest never saw it: kept hidden") \
	X(HARMLESS,             413, "harmless", "only the host has it, and its reset value changes nothing for the guest") \
	X(GUEST_SAW,            414, "guest-saw", "ONE_REG and guest differ on the source: the guest's value is given") \
	X(HOST_SHOWS_IT,        415, "host-shows-it", "the host's guests see this value although ONE_REG says another") \
	X(ALIAS,                416, "alias", "written once, through the register that it is another name of") \
	X(NO_VARIANT,           417, "no-variant", "the host was not measured with the guest's vCPU features") /* other: the features */ \
	X(FEATURES_NOT_OFFERED, 418, "features-not-offered", "the host does not offer the guest's vCPU features") /* other: the features */ \
	X(UNKNOWN_TO_CATALOGUE, 419, "unknown-to-catalogue", "no row and no rule knows this register") \
	X(FIXED_BITS_DIFFER,    420, "fixed-bits-differ", "bits that only the host decides differ from what the guest saw") \
	X(GUEST_SEES_OTHER,     421, "guest-sees-other", "the guest would see another value than before") \
	X(VOLATILE,             422, "volatile", "runs by itself; continued, not compared") \
	X(RULE_REFUSES,         423, "rule-refuses", "a rule of the caller refuses it") \
	X(RULE_ACCEPTS,         424, "rule-accepts", "a rule of the caller decided it") \
	X(TOO_MANY_VCPUS,       425, "too-many-vcpus", "the host cannot have as many vCPUs") /* other: how many the host can have */ \
	X(CAP_NOT_OFFERED,      426, "capability-not-offered", "a capability that the VM had enabled is not offered") \
	X(IGNORED_BY_HOST,      427, "ignored-by-host", "the host ignores writes to it") \
	X(NEW_ON_HOST,          428, "new-on-host", "only the host has it, and no rule says that it is harmless") \
	X(WRONG_ARCH_HOST,      429, "wrong-architecture-host", "the host has another architecture") \
	X(VM_PROPERTY,          430, "vm-property", "a property of the VM that the host cannot give") \
	/* snapshot: capture and apply */ \
	X(PLAN_REFUSED,         500, "plan-refused", "the plan contains a refusal; nothing was touched") \
	X(PLAN_STALE,           501, "plan-stale", "the plan does not belong to this snapshot") \
	X(PHASE_ORDER,          502, "phase-order", "phases only go forward") \
	X(VCPU_COUNT,           503, "vcpu-count", "the machine has another number of vCPUs than the snapshot") /* other: how many the machine has */ \
	X(APPLY_SET,            504, "apply-set", "KVM refused a value that the plan expected it to take") /* id: the register; err: what KVM said */ \
	X(READ_BACK,            505, "read-back", "a register reads back as another value than the one written") /* id: the register; other: the value found */ \
	X(LIST_DIFFERS,         506, "list-differs", "the vCPU's register list is not the one that the plan was made for") /* id: the first that differs; other: length of the list */ \
	X(COUNTER_BEHIND,       507, "counter-behind", "a counter is behind the value it was set to") \
	X(CAPTURE_GET,          508, "capture-get", "a register could not be read") /* id: the register; err: what KVM said */ \
	X(SHAPES_DIFFER,        509, "shapes-differ", "vCPUs have different register lists and that was not asked for") /* vcpu: which; other: length of its list */ \
	X(NO_DEVICE,            510, "no-device", "the snapshot has state of a device that the machine was not given") /* id: a register of it */ \
	X(DEVICE_DIFFERS,       511, "device-differs", "the device was set up otherwise than the one that was saved; other is what it has") /* id: its register or attribute */ \
	/* profile and rules text */ \
	X(TEXT_SYNTAX,          600, "syntax", "the line cannot be understood") /* section: the line, from 1, as in all of these */ \
	X(TEXT_KIND,            601, "unknown-kind", "the line's first word is not known and does not start with x-") \
	X(TEXT_DUPLICATE,       602, "duplicate", "the same fact is stated twice") \
	X(TEXT_ORDER,           603, "order", "lines are not in ascending order, or stand in the wrong place") /* id: the register, if it is one */ \
	X(TEXT_NUMBER,          604, "number", "a number is malformed or too wide for its register") \
	X(TEXT_VERSION,         605, "text-version", "the version in line 1 is not readable by this library") \
	X(TEXT_MISSING,         606, "missing-line", "a mandatory line is missing") \
	X(TEXT_LIMIT,           607, "text-limit", "the text is longer than the limit") /* other: the limit in bytes */ \
	X(TEXT_NAME,            608, "unknown-name", "a name in the line is not known") /* other: the value that has no name, when writing */ \
	X(RULES_OVERLAP,        609, "rules-overlap", "two rules contradict each other; other is the line of the first") /* id: a register that both are about; other: the first */ \
	/* kvm-sim, record, fault */ \
	X(SIM_CONFIG,           650, "sim-config", "the simulated KVM cannot be configured like this") /* id: the register, if it is one; other: its variant */ \
	X(SIM_STORE,            651, "sim-store", "the storage is too small or misaligned; other is the bytes needed") /* other: bytes */ \
	X(LOG_FORMAT,           652, "log-format", "the recorded log cannot be understood") \
	X(LOG_MISMATCH,         653, "log-mismatch", "the calls differ from the recorded ones") /* other: calls that matched */ \
	X(INJECTED,             654, "injected", "the failure was injected by the fault backend") \
	/* fleet */ \
	X(FLEET_EMPTY,          700, "fleet-empty", "no host profile was given") \
	X(FLEET_ARCH,           701, "fleet-architecture", "the host profiles are of different architectures") /* other: index of the first that differs */ \
	X(FLEET_EXCLUDE,        702, "fleet-exclude", "two hosts exclude each other: no value is accepted by both") /* id: the register; other: indices of the two, bits 63:32 and 31:0 */ \
	X(FLEET_NO_FEATURES,    703, "fleet-no-features", "no vCPU feature set is common to all hosts")
/* clang-format on */

/** enum cvmm_reason - see the table above; CVMM_REASON_ and the first column. */
enum cvmm_reason {
#define CVMM_REASON_ENUM(symbol, number, name, text) CVMM_REASON_##symbol = number,
	CVMM_REASONS(CVMM_REASON_ENUM)
#undef CVMM_REASON_ENUM
};

#endif
