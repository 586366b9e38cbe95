# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Boot a real kernel under QEMU, run commands in it, bring files in and out.

Files go in through the initramfs and come out of a raw disk, both newc archives; init.c is the other side. A boot counts
only if the console shows the end marker with the number of commands that were asked for: QEMU's status does not tell.
"""
import concurrent.futures
import os
import re
import shutil
import subprocess
import tempfile
import time

# What differs between the machines; {cpu} and {out} are filled in. x86_64 kernels have KVM as modules and bring files out
# of the second serial line, which needs none.
ARM64 = ["qemu-system-aarch64", "-M", "virt,virtualization=on,gic-version=3", "-cpu", "{cpu}", "-serial", "stdio", "-drive",
         "file={out},if=none,id=out,format=raw", "-device", "nvme,drive=out,serial=out"]
X86_64 = ["qemu-system-x86_64", "-M", "q35", "-cpu", "{cpu}", "-serial", "stdio", "-serial", "file:{out}"]
CPUS = {"cortex-a72": "cortex-a72", "neoverse-n1": "neoverse-n1", "max": "max,pauth-impdef=on"}
DISK_BYTES = 32 << 20


booted = []  # seconds of each boot that this process made


class BootError(Exception):
    """The kernel did not come up, did not finish, or its files did not come out."""


def newc(entries):
    """entries: (name, mode, data or (major, minor)), directories included."""
    out = bytearray()
    for ino, (name, mode, data) in enumerate(list(entries) + [("TRAILER!!!", 0, b"")], 1):
        rdev = data if isinstance(data, tuple) else (0, 0)
        data = b"" if isinstance(data, tuple) else data
        raw = name.encode() + b"\0"
        head = "070701" + "".join("%08x" % v for v in (ino, mode, 0, 0, 1, 0, len(data), 0, 0, *rdev, len(raw), 0))
        out += head.encode() + raw
        out += b"\0" * (-len(out) % 4) + data
        out += b"\0" * (-len(out) % 4)
    return bytes(out)


def read_newc(raw):
    files, at = {}, 0
    while raw[at:at + 6] == b"070701":
        field = [int(raw[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        size, name_len = field[6], field[11]
        name = raw[at + 110:at + 110 + name_len - 1].decode()
        data = at + (110 + name_len + 3) // 4 * 4
        if name == "TRAILER!!!":
            return files
        files[name] = raw[data:data + size]
        at = data + (size + 3) // 4 * 4
    raise BootError("the archive on the disk has no end")


class Result:
    def __init__(self, status, files, console, seconds):
        self.status, self.files, self.console, self.seconds = status, files, console, seconds

    def code(self, name):
        return self.status[name][0]

    def text(self, name):
        return self.files[name].decode(errors="replace")


def initramfs(programs, files, commands, modules):
    lines = "".join("%s %d %s\n" % (name, seconds, " ".join(argv)) for name, seconds, argv in commands)
    entries = [("dev", 0o40755, b""), ("dev/console", 0o20600, (5, 1)), ("in", 0o40755, b""), ("bin", 0o40755, b"")]
    entries += [("init" if n == "init" else "bin/" + n, 0o100755, data) for n, data in programs.items()]
    entries += [("in/" + n, 0o100644, data) for n, data in files.items()]
    if modules:
        entries += [("modules", 0o40755, b"")] + [("modules/" + n, 0o100644, data) for n, data in modules.items()]
    return newc(entries + [("commands", 0o100644, lines.encode())])


def boot(image, cpu, programs, files, commands, timeout=120, append="", machine=ARM64, modules=None):
    """programs, files: name -> bytes, found as /bin/NAME and /in/NAME. Returns a Result or raises BootError."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cvmm-live-") as tmp:
        disk, ird = os.path.join(tmp, "disk"), os.path.join(tmp, "initramfs")
        with open(ird, "wb") as f:
            f.write(initramfs(programs, files, commands, modules))
        with open(disk, "wb") as f:
            f.truncate(DISK_BYTES)
        line = "ttyAMA0" if machine is ARM64 else "ttyS0"
        argv = [a.format(cpu=CPUS.get(cpu, cpu), out=disk) for a in machine]
        argv += ["-accel", "tcg,thread=multi", "-smp", "1", "-m", "512M", "-kernel", image, "-initrd", ird, "-append",
                 "console=%s quiet loglevel=0 panic=-1 %s" % (line, append), "-nographic", "-nodefaults", "-no-reboot"]
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            console = process.communicate(timeout=timeout)[0].decode(errors="replace").replace("\r", "")
        except subprocess.TimeoutExpired:
            process.kill()
            console = process.communicate()[0].decode(errors="replace")
            raise BootError("no end after %d s; console:\n%s" % (timeout, console[-2000:]))
        marker = re.search(r"CVMM-LIVE-END (\d+)$", console, re.M)
        if not marker or int(marker[1]) != len(commands):
            raise BootError("no end marker for %d commands; console:\n%s" % (len(commands), console[-2000:]))
        with open(disk, "rb") as f:
            out = read_newc(f.read())
    status = {w[0]: (int(w[1]), int(w[2])) for w in (l.split() for l in out["status"].decode().splitlines())}
    if len(status) != len(commands):
        raise BootError("%d of %d commands have a status" % (len(status), len(commands)))
    booted.append(time.monotonic() - started)
    return Result(status, out, console, booted[-1])


def boots(jobs, work, parallel=2):
    """work(job) for each job, a few at a time; yields (job, result or exception) in the order of the jobs."""
    with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
        futures = [(job, pool.submit(work, job)) for job in jobs]
        for job, future in futures:
            error = future.exception()
            yield job, error if error else future.result()


def missing_tools(tools=("qemu-system-aarch64", "aarch64-linux-gnu-gcc", "cmake")):
    """What a live run needs and this machine does not have."""
    return [t for t in tools if not shutil.which(t)]
