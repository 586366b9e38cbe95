/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/**
 * DOC: guest memory: slots, private memory, dirty pages, coalesced writes
 *
 * Memory itself always belongs to the caller; KVM is told where it is. cvmm_vm_set_user_memory_region() is in vm.h.
 *
 * What holds for every function here: @vm or @vcpu is the handle; @e receives the error, or is NULL. Return: 0, or
 * -errno: -EFAULT a bad pointer, -EBADF a closed handle. Further errors stand with each function.
 */
#ifndef CVMM_KVM_IOCTLS_MEMORY_H
#define CVMM_KVM_IOCTLS_MEMORY_H

#include <cvmm/kvm-ioctls/abi.h>
#include <cvmm/kvm-ioctls/exit.h>
#include <cvmm/kvm-ioctls/handle.h>

CVMM_BEGIN_DECLS

/* flags of a memory slot */
#define CVMM_MEM_LOG_DIRTY_PAGES 1u
#define CVMM_MEM_READONLY	 2u
#define CVMM_MEM_GUEST_MEMFD	 4u

/**
 * struct cvmm_kvm_memory_region2 - argument of KVM_SET_USER_MEMORY_REGION2
 * @slot:               slot number; bits 31:16 the address space
 * @flags:              CVMM_MEM_...
 * @guest_phys_addr:    page-aligned guest address
 * @memory_bytes:       size; 0 removes the slot
 * @userspace_addr:     page-aligned address of the caller's memory
 * @guest_memfd_offset: with CVMM_MEM_GUEST_MEMFD: where in the file the private half starts
 * @guest_memfd:        the file, from cvmm_vm_create_guest_memfd()
 * @pad1:               0
 * @pad2:               0
 */
struct cvmm_kvm_memory_region2 {
	uint32_t slot;
	uint32_t flags;
	uint64_t guest_phys_addr;
	uint64_t memory_bytes;
	uint64_t userspace_addr;
	uint64_t guest_memfd_offset;
	uint32_t guest_memfd;
	uint32_t pad1;
	uint64_t pad2[14];
};

/** struct cvmm_kvm_guest_memfd - argument of KVM_CREATE_GUEST_MEMFD */
struct cvmm_kvm_guest_memfd {
	uint64_t size;
	uint64_t flags;
	uint64_t reserved[6];
};

#define CVMM_GUEST_MEMFD_MMAP	     1u
#define CVMM_GUEST_MEMFD_INIT_SHARED 2u

/** struct cvmm_kvm_memory_attributes - argument of KVM_SET_MEMORY_ATTRIBUTES; flags 0 */
struct cvmm_kvm_memory_attributes {
	uint64_t address;
	uint64_t size;
	uint64_t attributes;
	uint64_t flags;
};

/** CVMM_MEMORY_ATTRIBUTE_PRIVATE: the guest's accesses go to the guest_memfd. */
#define CVMM_MEMORY_ATTRIBUTE_PRIVATE 8u

/** struct cvmm_kvm_pre_fault - argument of KVM_PRE_FAULT_MEMORY; address and size move on with each page done */
struct cvmm_kvm_pre_fault {
	uint64_t gpa;
	uint64_t size;
	uint64_t flags;
	uint64_t padding[5];
};

/** struct cvmm_kvm_enc_region - argument of KVM_MEMORY_ENCRYPT_REG_REGION */
struct cvmm_kvm_enc_region {
	uint64_t addr;
	uint64_t size;
};

/** struct cvmm_kvm_dirty_log - argument of KVM_GET_DIRTY_LOG: slot, 0, address of the bitmap */
struct cvmm_kvm_dirty_log {
	uint32_t slot;
	uint32_t padding;
	uint64_t bitmap;
};

/** struct cvmm_kvm_clear_dirty_log - argument of KVM_CLEAR_DIRTY_LOG: slot, pages, first page, address of the bitmap */
struct cvmm_kvm_clear_dirty_log {
	uint32_t slot;
	uint32_t num_pages;
	uint64_t first_page;
	uint64_t bitmap;
};

/** struct cvmm_kvm_coalesced_zone - argument of KVM_(UN)REGISTER_COALESCED_MMIO; pio 1: port numbers (4.20) */
struct cvmm_kvm_coalesced_zone {
	uint64_t addr;
	uint32_t size;
	uint32_t pio;
};

/** struct cvmm_coalesced - one collected write: address, 1 to 8 bytes, memory or port, data */
struct cvmm_coalesced {
	uint64_t phys_addr;
	uint32_t len;
	uint32_t pio;
	uint8_t data[8];
};

/** struct cvmm_dirty_gfn - an entry of a dirty ring: flags (1 dirty, 2 harvested), slot, page offset in the slot */
struct cvmm_dirty_gfn {
	uint32_t flags;
	uint32_t slot;
	uint64_t offset;
};

/**
 * struct cvmm_dirty_ring - a vCPU's dirty ring, as one reader sees it
 * @gfn:     the entries, inside of the vCPU's shared area
 * @entries: how many, a power of two
 * @next:    the first that is not harvested; counts on without end
 */
struct cvmm_dirty_ring {
	struct cvmm_dirty_gfn *gfn;
	uint32_t entries;
	uint32_t next;
};

/** CVMM_DIRTY_RING_PAGE: the page of the shared area at which the ring starts, on every architecture. */
#define CVMM_DIRTY_RING_PAGE		     64u

#define CVMM_KVM_SET_USER_MEMORY_REGION2     CVMM_IOW(0x49, struct cvmm_kvm_memory_region2)
#define CVMM_KVM_CREATE_GUEST_MEMFD	     CVMM_IOWR(0xd4, struct cvmm_kvm_guest_memfd)
#define CVMM_KVM_SET_MEMORY_ATTRIBUTES	     CVMM_IOW(0xd2, struct cvmm_kvm_memory_attributes)
#define CVMM_KVM_PRE_FAULT_MEMORY	     CVMM_IOWR(0xd5, struct cvmm_kvm_pre_fault)
#define CVMM_KVM_MEMORY_ENCRYPT_OP	     CVMM_IOC(3, 0xba, 8)
#define CVMM_KVM_MEMORY_ENCRYPT_REG_REGION   CVMM_IOR(0xbb, struct cvmm_kvm_enc_region)
#define CVMM_KVM_MEMORY_ENCRYPT_UNREG_REGION CVMM_IOR(0xbc, struct cvmm_kvm_enc_region)
#define CVMM_KVM_GET_DIRTY_LOG		     CVMM_IOW(0x42, struct cvmm_kvm_dirty_log)
#define CVMM_KVM_CLEAR_DIRTY_LOG	     CVMM_IOWR(0xc0, struct cvmm_kvm_clear_dirty_log)
#define CVMM_KVM_RESET_DIRTY_RINGS	     CVMM_IO(0xc7)
#define CVMM_KVM_REGISTER_COALESCED_MMIO     CVMM_IOW(0x67, struct cvmm_kvm_coalesced_zone)
#define CVMM_KVM_UNREGISTER_COALESCED_MMIO   CVMM_IOW(0x68, struct cvmm_kvm_coalesced_zone)

/**
 * cvmm_vm_set_user_memory_region2() - add, change or remove a slot with a private half
 * @vm:     the VM
 * @region: the slot
 * @e:      receives the error, or NULL
 *
 * KVM_SET_USER_MEMORY_REGION2 (6.8, KVM_CAP_USER_MEMORY2). -EINVAL: unaligned, wrapping, unknown flags, or a private
 * half in a VM whose type has none; -EEXIST: overlaps another slot; -ENOTTY before 6.8.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_user_memory_region2(
	struct cvmm_vm vm, const struct cvmm_kvm_memory_region2 *region, struct cvmm_error *e);

/**
 * cvmm_vm_create_guest_memfd() - make a file of memory that only guests see
 * @vm:    the VM; the file is bound to it
 * @bytes: its size, a multiple of the page size
 * @flags: CVMM_GUEST_MEMFD_...; which exist: CVMM_CAP_GUEST_MEMFD_FLAGS
 * @e:     receives the error, or NULL
 *
 * KVM_CREATE_GUEST_MEMFD (6.8, KVM_CAP_GUEST_MEMFD). Return: the file's fd, the caller's to close; -EINVAL: a size that
 * is none, or flags; -ENOTTY before 6.8.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_create_guest_memfd(
	struct cvmm_vm vm, uint64_t bytes, uint64_t flags, struct cvmm_error *e);

/**
 * cvmm_vm_set_memory_attributes() - make a range of guest memory private or shared
 * @vm:         the VM
 * @gpa:        page-aligned guest address
 * @bytes:      size of the range, a multiple of the page size
 * @attributes: CVMM_MEMORY_ATTRIBUTE_PRIVATE or 0; which exist: CVMM_CAP_MEMORY_ATTRIBUTES
 * @e:          receives the error, or NULL
 *
 * KVM_SET_MEMORY_ATTRIBUTES (6.8). -EINVAL: unaligned, empty, or attributes that the VM does not have; -ENOTTY.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_set_memory_attributes(
	struct cvmm_vm vm, uint64_t gpa, uint64_t bytes, uint64_t attributes, struct cvmm_error *e);

/**
 * cvmm_vcpu_pre_fault_memory() - map guest memory before the guest touches it
 * @vcpu: the vCPU
 * @gpa:  page-aligned guest address
 * @size: in: bytes, a multiple of the page size; out: bytes that are left to do, 0 when all is done
 * @e:    receives the error, or NULL
 *
 * KVM_PRE_FAULT_MEMORY (6.11). KVM stops early when a signal arrives and after long stretches; this goes on until a
 * call makes no progress. Return: 0; -EINTR a signal, -EAGAIN, with *@size telling how far it came; -EINVAL unaligned;
 * -ENOENT no slot there; -EOPNOTSUPP shadow paging; -EINVAL before 6.11.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_pre_fault_memory(
	struct cvmm_vcpu vcpu, uint64_t gpa, uint64_t *size, struct cvmm_error *e);

/**
 * cvmm_vm_memory_encrypt_op() - a command of SEV, SEV-ES, SEV-SNP or TDX for the VM
 * @vm:  the VM
 * @cmd: struct kvm_sev_cmd or struct kvm_tdx_cmd of the host's linux/kvm.h; may be written. NULL: is it offered?
 * @e:   receives the error, or NULL
 *
 * KVM_MEMORY_ENCRYPT_OP. The commands belong to the processor's vendor and are passed on as they are. -ENOTTY: the VM's
 * type has no encryption; else what the command says.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_memory_encrypt_op(struct cvmm_vm vm, void *cmd, struct cvmm_error *e);

/**
 * cvmm_vcpu_memory_encrypt_op() - a command of TDX for one vCPU
 * @vcpu: the vCPU
 * @cmd:  the command; may be written
 * @e:    receives the error, or NULL
 *
 * KVM_MEMORY_ENCRYPT_OP (here 6.16). Return: 0; -ENOTTY or -EINVAL not a TDX vCPU; else what the command says.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vcpu_memory_encrypt_op(struct cvmm_vcpu vcpu, void *cmd, struct cvmm_error *e);

/**
 * cvmm_vm_register_enc_region() - pin memory that will be encrypted
 * @vm:    the VM
 * @addr:  start
 * @bytes: size in bytes
 * @e:     receives the error, or NULL
 *
 * KVM_MEMORY_ENCRYPT_REG_REGION. Counts against the memory lock limit. Return: 0, or -errno: -ENOTTY the VM is not
 * encrypted, -EINVAL wrapping, -ENOMEM.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_register_enc_region(
	struct cvmm_vm vm, uint64_t addr, uint64_t bytes, struct cvmm_error *e);

/**
 * cvmm_vm_unregister_enc_region() - undo that, with the same range
 * @vm:    the VM
 * @addr:  start
 * @bytes: size in bytes
 * @e:     receives the error, or NULL
 *
 * KVM_MEMORY_ENCRYPT_UNREG_REGION. Return: 0, or -errno: -ENOTTY the VM is not encrypted, -EINVAL no such range.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_unregister_enc_region(
	struct cvmm_vm vm, uint64_t addr, uint64_t bytes, struct cvmm_error *e);

/**
 * cvmm_vm_get_dirty_log() - which pages of a slot the guest wrote since the last time
 * @vm:     the VM
 * @slot:   slot number; bits 31:16 the address space
 * @bitmap: receives one bit per page; KVM writes ((pages of the slot + 63) / 64) words, without asking for room
 * @words:  words at @bitmap
 * @pages:  pages of the slot, as it was set
 * @e:      receives the error, or NULL; other is the number of words that are needed
 *
 * KVM_GET_DIRTY_LOG. Also clears what it gives, unless KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 is enabled. Return: 0; -E2BIG
 * without an ioctl if @words is too few for @pages; -ENOENT no such slot, or one without CVMM_MEM_LOG_DIRTY_PAGES;
 * -EINVAL the address space; -ENXIO a dirty ring is used instead.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_get_dirty_log(
	struct cvmm_vm vm, uint32_t slot, uint64_t *bitmap, size_t words, uint64_t pages, struct cvmm_error *e);

/**
 * cvmm_vm_clear_dirty_log() - protect pages again after having looked at them
 * @vm:     the VM
 * @slot:   slot number
 * @bitmap: one bit per page, from @first on; set ones are protected
 * @first:  first page, a multiple of 64
 * @pages:  pages, a multiple of 64 unless they reach the end of the slot
 * @e:      receives the error, or NULL
 *
 * KVM_CLEAR_DIRTY_LOG (5.0), with KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 enabled. -EINVAL: unaligned or out of the slot;
 * -ENOENT: no such slot.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_clear_dirty_log(
	struct cvmm_vm vm, uint32_t slot, const uint64_t *bitmap, uint64_t first, uint32_t pages, struct cvmm_error *e);

/**
 * cvmm_dirty_ring_at() - the dirty ring inside of a vCPU's shared area
 * @run:        the area, mapped with at least (CVMM_DIRTY_RING_PAGE * @page_bytes + @ring_bytes) bytes
 * @bytes:      how many it was mapped with
 * @page_bytes: the host's page size
 * @ring_bytes: what KVM_CAP_DIRTY_LOG_RING (5.11) or _ACQ_REL (6.1) was enabled with, before the first vCPU
 * @out:        receives the ring; one reader at a time
 *
 * No ioctl. Return: 0, or -EINVAL: not a power of two of entries, or the area is too short.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_dirty_ring_at(
	struct cvmm_run *run, size_t bytes, size_t page_bytes, uint32_t ring_bytes, struct cvmm_dirty_ring *out);

/**
 * cvmm_dirty_ring_next() - harvest one dirty page
 * @ring: the ring
 * @out:  receives slot and offset
 *
 * Marks the entry as harvested; cvmm_vm_reset_dirty_rings() gives it back to KVM. No ioctl. Return: 1, or 0: none left.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_dirty_ring_next(struct cvmm_dirty_ring *ring, struct cvmm_dirty_gfn *out);

/**
 * cvmm_vm_reset_dirty_rings() - protect harvested pages again
 * @vm: the VM
 * @e:  receives the error, or NULL
 *
 * KVM_RESET_DIRTY_RINGS (5.11). Return: how many entries were given back; -EINVAL the VM has no rings.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_reset_dirty_rings(struct cvmm_vm vm, struct cvmm_error *e);

/**
 * cvmm_vm_register_coalesced_mmio() - collect writes to a range instead of exiting for each
 * @vm:   the VM
 * @addr: guest address or port
 * @size: bytes or ports
 * @pio:  1 for ports (KVM_CAP_COALESCED_PIO)
 * @e:    receives the error, or NULL
 *
 * KVM_REGISTER_COALESCED_MMIO. The writes come in through cvmm_coalesced_next(). -ENXIO, -EINVAL: not offered.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_register_coalesced_mmio(
	struct cvmm_vm vm, uint64_t addr, uint32_t size, uint32_t pio, struct cvmm_error *e);

/**
 * cvmm_vm_unregister_coalesced_mmio() - undo that
 * @vm:   the VM
 * @addr: start
 * @size: bytes, or ports
 * @pio:  1 for ports
 * @e:    receives the error, or NULL
 *
 * KVM_UNREGISTER_COALESCED_MMIO. Ranges that lie inside of this one go. Return: 0, also if there is none; or -errno.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_vm_unregister_coalesced_mmio(
	struct cvmm_vm vm, uint64_t addr, uint32_t size, uint32_t pio, struct cvmm_error *e);

/**
 * cvmm_coalesced_next() - take the oldest collected write
 * @run:        a vCPU's shared area; all vCPUs of a VM share one ring
 * @bytes:      its size, as it was mapped
 * @page_bytes: the host's page size
 * @page:       the value of CVMM_CAP_COALESCED_MMIO: the page of the area that holds the ring
 * @out:        receives the write
 *
 * No ioctl. Return: 1; 0 none left; -EINVAL the area has no such page; -EIO the ring's indices make no sense.
 */
CVMM_API CVMM_MUST_CHECK int cvmm_coalesced_next(
	struct cvmm_run *run, size_t bytes, size_t page_bytes, uint32_t page, struct cvmm_coalesced *out);

CVMM_END_DECLS

#endif
