// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is this file? read-header.c from Rust: no crate, only the C functions' declarations and one safe wrapper.
//!
//!     rustc -O read_header.rs $(pkg-config --libs cvmm-snapshot)
use std::ffi::{c_char, c_int, CStr};

/// As struct cvmm_snapshot_info in cvmm/snapshot/format.h.
#[repr(C)]
struct SnapshotInfo {
    format: u32,
    arch: u32,
    bytes: u64,
    vcpus: u32,
    zero: u32,
    kernel: [c_char; 64],
    writer: [c_char; 64],
}

/// As struct cvmm_error in cvmm/kvm-ioctls/error.h.
#[repr(C)]
struct Error {
    err: i32,
    reason: u16,
    phase: u16,
    vcpu: u32,
    section: u32,
    id: u64,
    other: u64,
    offset: u64,
    req: u64,
}

extern "C" {
    fn cvmm_snapshot_peek(buf: *const u8, len: usize, info: *mut SnapshotInfo, e: *mut Error) -> c_int;
    fn cvmm_reason_text(reason: u32) -> *const c_char;
}

fn text(p: *const c_char) -> String {
    // SAFETY: the library's texts end in a zero and are valid as long as what they were taken from.
    unsafe { CStr::from_ptr(p) }.to_string_lossy().into_owned()
}

fn peek(bytes: &[u8]) -> Result<SnapshotInfo, String> {
    // SAFETY: both structs hold numbers only, for which zero is a value; the library stays within the slice.
    let (mut info, mut why): (SnapshotInfo, Error) = unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
    match unsafe { cvmm_snapshot_peek(bytes.as_ptr(), bytes.len(), &mut info, &mut why) } {
        0 => Ok(info),
        _ => Err(text(unsafe { cvmm_reason_text(why.reason.into()) })),
    }
}

fn main() {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: read_header FILE");
        std::process::exit(2);
    };
    match std::fs::read(&path).map_err(|e| e.to_string()).and_then(|bytes| peek(&bytes)) {
        Ok(info) => println!(
            "format {}.{}, {} vCPUs, taken on Linux {} by {}",
            info.format >> 16,
            info.format & 0xffff,
            info.vcpus,
            text(info.kernel.as_ptr()),
            text(info.writer.as_ptr())
        ),
        Err(why) => {
            eprintln!("{path}: {why}");
            std::process::exit(1);
        }
    }
}
