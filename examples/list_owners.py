#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Whose is each register of a vCPU? list-owners.c from Python, by ctypes: a simulated 6.18, no /dev/kvm needed.

Needs the shared libraries where the loader finds them: installed, or LD_LIBRARY_PATH.
"""
import ctypes as c
import sys

LIBRARIES = {n: c.CDLL(f"libcvmm-{n}.so.0", mode=c.RTLD_GLOBAL)
             for n in ("kvm-ioctls", "kvm-sim", "vm-regs", "vcpu-regs")}


# As in the headers: cvmm/kvm-ioctls/{error,profile,backend,handle,arm64}.h, cvmm/kvm-sim/sim.h, cvmm/vm-regs/vm-regs.h.
class Error(c.Structure):
    _fields_ = [("err", c.c_int32), ("reason", c.c_uint16), ("phase", c.c_uint16), ("vcpu", c.c_uint32),
                ("section", c.c_uint32), ("id", c.c_uint64), ("other", c.c_uint64), ("offset", c.c_uint64),
                ("req", c.c_uint64)]


class Profile(c.Structure):
    _fields_ = [("numbers", c.c_uint32 * 8), ("pointers", c.c_void_p * 8)]


class SimConfig(c.Structure):
    _fields_ = [("size", c.c_uint32), ("proposals", c.c_uint32), ("profile", c.POINTER(Profile)),
                ("limits", c.c_uint32 * 6), ("zero", c.c_uint32 * 2)]


class Backend(c.Structure):
    _fields_ = [("ops", c.c_void_p), ("ctx", c.c_void_p), ("gate", c.c_void_p)]


class Gate(c.Structure):
    _fields_ = [("be", Backend), ("dead", c.c_uint32), ("zero", c.c_uint32), ("why", Error)]


class Handle(c.Structure):
    """struct cvmm_kvm, cvmm_vm and cvmm_vcpu: C tells them apart, ctypes does not."""
    _fields_ = [("be", c.c_void_p), ("fd", c.c_int32), ("number", c.c_uint32)]


class VcpuInit(c.Structure):
    _fields_ = [("target", c.c_uint32), ("features", c.c_uint32 * 7)]


class Reg(c.Structure):
    _fields_ = [("id", c.c_uint64)]


def function(library, name, restype, *argtypes):
    f = getattr(LIBRARIES[library], name)
    f.restype, f.argtypes = restype, argtypes
    return f


vm_reg_from_id = function("vm-regs", "cvmm_vm_reg_from_id", Reg, c.c_uint64)
vcpu_reg_from_id = function("vcpu-regs", "cvmm_vcpu_reg_from_id", Reg, c.c_uint64)
reg_name = function("kvm-ioctls", "cvmm_reg_name", c.c_int, c.c_uint64, c.c_char_p, c.c_size_t)
reason_text = function("kvm-ioctls", "cvmm_reason_text", c.c_char_p, c.c_uint32)
profile_name = function("kvm-sim", "cvmm_sim_profile_name", c.c_char_p, c.c_uint32)
profile_text = function("kvm-sim", "cvmm_sim_profile_text", c.c_void_p, c.c_uint32, c.POINTER(c.c_size_t))


def call(library, name, *args):
    """A function that returns 0 or -errno and takes the error last."""
    why = Error()
    if getattr(LIBRARIES[library], name)(*args, c.byref(why)) < 0:
        sys.exit(f"{name}: {reason_text(why.reason).decode()} (errno {-why.err})")


def storage(size):
    """Storage for the library, aligned to 64 bytes; the array that it lies in comes along and has to be kept."""
    raw = c.create_string_buffer(size + 64)
    return raw, c.c_void_p((c.addressof(raw) + 63) // 64 * 64)


def simulated(name):
    """A simulated KVM, and what has to live as long as it."""
    i = next(i for i in range(1000) if profile_name(i) in (name, None))
    size, text_len = c.c_size_t(), c.c_size_t()
    text = c.c_void_p(profile_text(i, c.byref(text_len)))
    profile, backend = Profile(), Backend()
    call("kvm-ioctls", "cvmm_profile_need", text, text_len, c.byref(size))
    facts, p = storage(size.value)
    call("kvm-ioctls", "cvmm_profile_parse", text, text_len, p, size, c.byref(profile))
    config = SimConfig(size=c.sizeof(SimConfig), profile=c.pointer(profile))
    call("kvm-sim", "cvmm_sim_need", c.byref(config), c.byref(size))
    store, p = storage(size.value)
    call("kvm-sim", "cvmm_sim_init", c.byref(config), p, size, c.byref(backend))
    return backend, (profile, facts, store)


def owner(reg):
    if vm_reg_from_id(reg).id:
        return "VM"
    return "vCPU" if vcpu_reg_from_id(reg).id else "nobody knows"


backend, _keep = simulated(b"6.18.15-neoverse-n1")
kvm, vm, vcpu, gate = Handle(), Handle(), Handle(), Gate()
init, ids, n = VcpuInit(), (c.c_uint64 * 1025)(), c.c_uint32()
call("kvm-ioctls", "cvmm_kvm_open", c.byref(backend), c.byref(kvm))
call("kvm-ioctls", "cvmm_kvm_create_vm", kvm, c.c_ulong(0), c.byref(gate), c.byref(vm))
call("kvm-ioctls", "cvmm_vm_create_vcpu", vm, c.c_uint32(0), c.byref(vcpu))
call("kvm-ioctls", "cvmm_vm_preferred_target", vm, c.byref(init))
init.features[0] = 1 << 2  # PSCI 0.2
call("kvm-ioctls", "cvmm_vcpu_init", vcpu, c.byref(init))
call("kvm-ioctls", "cvmm_vcpu_get_reg_list", vcpu, ids, c.c_uint32(1024), c.byref(n))
for reg in ids[1:n.value + 1]:
    words = c.create_string_buffer(64)
    reg_name(reg, words, len(words))
    print(f"{words.value.decode():24} {owner(reg)}")
