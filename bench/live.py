#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""usage: live.py FOLDER [--kernel SERIES] [--cpu MODEL] [--json]: bench-restore on a real arm64 kernel under QEMU.

Cross-builds into FOLDER, boots Debian's kernel, measures the host's profile with cvmm probe and runs bench-restore with it,
both in that boot. Exit status 77 where a tool or the kernel is missing (named on stderr).
"""
import argparse
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tests", "live", "arm64"))
import boot  # noqa: E402


def skip(why):
    print("skipped: real kernels under QEMU: " + why, file=sys.stderr)
    sys.exit(77)


def programs(folder):
    """Static arm64 programs, each found by its name somewhere in the build."""
    where = {"cvmm": "bin/cvmm", "init": "bin/live-init", "bench-restore": "cvmm/bench/bench-restore"}
    toolchain = os.path.join(ROOT, "cmake", "toolchain-aarch64.cmake")
    for argv in (["cmake", "-S", "tests/live/arm64", "-B", folder, "--toolchain", toolchain,
                  "-DCMAKE_BUILD_TYPE=Release", "-DCVMM_BENCH=ON"],
                 ["cmake", "--build", folder, "-j", "2", "--target", "cvmm", "live-init", "bench-restore"]):
        p = subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if p.returncode:
            sys.exit(p.stdout[-3000:])
    return {name: open(os.path.join(folder, path), "rb").read() for name, path in where.items()}


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n\n")[0].split(":")[0])
    parser.add_argument("folder")
    parser.add_argument("--kernel", default="6.18")
    parser.add_argument("--cpu", default="neoverse-n1", choices=list(boot.CPUS))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    lacking = boot.missing_tools()
    if lacking:
        skip("not installed: " + ", ".join(lacking))
    kernels = os.path.join(ROOT, "scripts", "kernels")
    subprocess.run([kernels, "fetch", args.kernel], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    image = subprocess.run([kernels, "path", args.kernel], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if image.returncode:
        skip("no kernel " + args.kernel)
    commands = [("probe", 60, ["/bin/cvmm", "probe", "--kvm", "dev", "-o", "/out/profile"]),
                ("bench", 900, ["/bin/bench-restore"] + (["--json"] if args.json else []) + ["/out/profile"])]
    result = boot.boot(image.stdout.strip(), args.cpu, programs(os.path.abspath(args.folder)), {}, commands, timeout=1000)
    for name in ("probe", "bench"):
        if result.code(name) != 0:
            sys.exit("%s failed (%d):\n%s" % (name, result.code(name), result.text(name + ".log")))
    sys.stdout.write(result.text("bench.log"))


main()
