# SPDX-License-Identifier: Apache-2.0 OR MIT
"""A guest of x86_64 between kernels of kvm-amd, each booted by QEMU, whose TCG emulates SVM: a start.

Three boots per kernel: one measures the host and saves a guest as it is by default, one saves a guest per baseline, one restores
all of them. What a plan refuses is tried as well: with the plan for the kernel that the snapshot comes from, as if this were it.
"""
import json
import os
import re
import subprocess

import boot
import matrix

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
KERNELS = ["amd64:6.1", "amd64:6.12", "amd64:7.3"]
CPU = "EPYC"
VCPUS = (2, 4)


def series(kernel):
    return kernel.split(":")[1]


def read(*path):
    with open(os.path.join(*path), "rb") as f:
        return f.read()


class Lab:
    def __init__(self, folder, cvmm, programs, images):
        self.folder, self.cvmm, self.programs, self.images = folder, cvmm, programs, images
        os.makedirs(folder, exist_ok=True)

    def path(self, *parts):
        return os.path.join(self.folder, "-".join(parts))

    def boot(self, kernel, files, commands):
        folder = self.images[kernel].removesuffix(".image") + ".modules"
        modules = {n: read(folder, n) for n in sorted(os.listdir(folder))}
        return boot.boot(self.images[kernel], CPU, self.programs, files, commands, 120 + 5 * len(commands),
                         machine=boot.X86_64, modules=modules)

    def cvmm_says(self, *argv):
        p = subprocess.run([self.cvmm, *argv], capture_output=True, text=True)
        if p.returncode not in (0, 3):
            raise boot.BootError("cvmm %s: %s" % (argv[0], p.stderr))
        return p.stdout


def start(profile, n, baseline, out):
    return ["/bin/tiny-vmm", "--vcpus", str(n), "--profile", profile, *(["--baseline", baseline] if baseline else []), "--save", out]


def checked(lab, kernel, files, commands):
    """A boot in which each command has to end with status 0."""
    r = lab.boot(kernel, files, commands)
    for name, _, _ in commands:
        if r.code(name):
            raise boot.BootError("%s on %s: status %d: %s" % (name, kernel, r.code(name), r.text(name + ".log")))
    return r


def save(lab, kernel):
    """Boot 1: the profile, and a guest by default, with two vCPUs and with four."""
    commands = [("probe", 60, ["/bin/cvmm", "probe", "--kvm", "dev", "-o", "/out/profile"])]
    commands += [("default-%d" % n, 30, start("/out/profile", n, None, "/out/default-%d.snap" % n)) for n in VCPUS]
    r = checked(lab, kernel, {}, commands)
    take(lab, series(kernel), r, "profile", "profile")
    for n in VCPUS:
        take(lab, series(kernel), r, "default-%d.snap" % n, "default-%d.snap" % n)
    return sorted(set(re.findall(r"note: .*", "".join(r.text("default-%d.log" % n) for n in VCPUS))))


def take(lab, frm, result, name, to):
    with open(lab.path(frm, to), "wb") as f:
        f.write(result.files[name])


def baselines(lab, kernels):
    for a in kernels:
        for b in kernels:
            if a <= b:
                lab.cvmm_says("baseline", lab.path(a, "profile"), lab.path(b, "profile"), "-o", lab.path(a, b, "baseline"))


def baseline(a, b):
    return "-".join(sorted((a, b))) + "-baseline"


def save_with_baselines(lab, kernel, others):
    """Boot 2: a guest per baseline."""
    frm, names = series(kernel), [(o, n) for o in others for n in VCPUS]
    files = {"profile": read(lab.path(frm, "profile"))}
    files.update({baseline(frm, o): read(lab.folder, baseline(frm, o)) for o in others})
    commands = [("%s-%d" % (o, n), 30, start("/in/profile", n, "/in/" + baseline(frm, o), "/out/%s-%d.snap" % (o, n)))
                for o, n in names]
    r = checked(lab, kernel, files, commands)
    for name, _, _ in commands:
        take(lab, frm, r, name + ".snap", name + ".snap")


def restore(lab, kernel, others):
    """Boot 3: every snapshot meant for this kernel, by plan, and as if this were the kernel that it comes from."""
    to, tried, commands, files = series(kernel), {}, [], {}
    for o in others:
        files[o + "-profile"] = read(lab.path(o, "profile"))
        for begin in ("default", to):
            for n in VCPUS:
                snap = "%s-%s-%d.snap" % (o, begin, n)
                files[snap] = read(lab.folder, snap)
                for how, host in (("plan", to), ("regardless", o)):
                    commands.append(("%s-%s" % (how, snap), 30, ["/bin/tiny-vmm", "--restore", "/in/" + snap, "--profile",
                                                               "/in/%s-profile" % host]))
    r = lab.boot(kernel, files, commands)
    for name, _, _ in commands:
        how, snap = name.split("-", 1)
        tried.setdefault(snap, {})[how] = (r.code(name), r.text(name + ".log"))
    return tried


def last(text):
    return (text.strip().splitlines() or ["nothing said"])[-1]


def outcome(predicted, tried, refused):
    """(actual: yes, no, open or error; why). open: a refused move that neither KVM nor the guest objects to for its reason."""
    code, text = tried["plan"]
    if predicted:
        return {0: ("yes", []), 4: ("no", ["guest: " + d for d in sorted(matrix.guest_differences(text))])}.get(code, ("error", [last(text)]))
    if code != 3:
        return "error", ["check refuses, the restore's own plan does not: status %d" % code]
    code, text = tried["regardless"]
    if code == 0:
        return "open", ["written regardless, KVM takes it and the guest reads what it had"]
    if code == 4:
        return "no", ["guest: " + d for d in sorted(matrix.guest_differences(text))]
    if any(" %s vcpu" % r in last(text) for r in refused):
        return "no", ["written regardless: " + last(text)]
    return "open", ["written regardless, what is rejected first is nothing that the refusal names: " + last(text)]


def move(lab, frm, to, begin, tried):
    said, happened, reasons = set(), set(), set()
    snaps = ["%s-%s-%d.snap" % (frm, to if begin == "baseline" else "default", n) for n in VCPUS]
    for snap in snaps:
        checked = json.loads(lab.cvmm_says("check", os.path.join(lab.folder, snap), "--on", lab.path(to, "profile"), "--json"))["results"][0]
        predicted = checked["verdict"] == "accepted"
        refused = {s["register"]: s["reason"] for s in checked.get("steps", []) if s["verdict"] == "refused"}
        actual, why = outcome(predicted, tried[snap], refused)
        said.add("yes" if predicted else "no")
        happened.add(actual)
        reasons |= {"%s: %s" % r for r in refused.items()}
        reasons |= set(why)
    return {"cpu": CPU, "from": frm, "to": to, "start": begin, "predicted": "/".join(sorted(said)),
            "actual": "/".join(sorted(happened)), "reasons": sorted(reasons),
            "as_if_the_same": all(tried[snap]["regardless"][0] == 0 for snap in snaps)}


def table(moves, begin, kernels):
    at = {(m["from"], m["to"]): m for m in moves if m["start"] == begin}
    cell = {("yes", "yes"): "yes", ("no", "no"): "no", ("no", "open"): "no (open)"}
    rows = ["| from \\ to | " + " | ".join(kernels) + " |", "|---" * (len(kernels) + 1) + "|"]
    for f in kernels:
        found = [(at[f, t]["predicted"], at[f, t]["actual"]) for t in kernels]
        rows.append("| %s | %s |" % (f, " | ".join(cell.get(p, "**%s/%s**" % p) for p in found)))
    return rows


def write(docs, moves, names, notes):
    kernels = list(names)
    out = ["# Who can move where: x86_64", "",
           "Generated by `scripts/live --only x86`; do not edit. Debian's amd64 cloud kernels " + ", ".join(names.values()) + " with",
           "kvm-amd, under QEMU's TCG, which emulates SVM (`-cpu %s`). `cvmm check` gave each verdict from host profiles alone;" % CPU,
           "then a running guest with two and with four vCPUs was restored, and compared CPUID, MSRs, its local APIC, clocks and its",
           "own state with what it had before. A refused move was tried too, with the plan for the kernel that the snapshot",
           "comes from. `no (open)`: the refusal is about CPUID bits that the host does not offer. KVM checks few of those, so that",
           "nothing confirmed the refusal and nothing contradicted it: writing went through, or stopped at another register.",
           "A cell in bold (predicted/actual) is one where we were wrong. Reasons: `x86-matrix.json`.", "", "| | |", "|---|---|"]
    for begin in ("default", "baseline"):
        these = [(m["predicted"], m["actual"]) for m in moves if m["start"] == begin]
        out += ["| %s start: moves | %d |" % (begin, len(these)),
                "| %s start: accepted, and the guest finds nothing changed | %d |" % (begin, these.count(("yes", "yes"))),
                "| %s start: refused, and the kernel or the guest says why | %d |" % (begin, these.count(("no", "no"))),
                "| %s start: refused, and neither confirmed nor contradicted (open) | %d |" % (begin, these.count(("no", "open")))]
        same = sum(m["as_if_the_same"] for m in moves if m["start"] == begin)
        out.append("| %s start, for comparison: written as if it were the same kernel, and unchanged for the guest | %d |" % (begin, same))
    for begin, words in (("default", "a guest as it is by default"), ("baseline", "a guest that was started with the baseline of the pair")):
        out += ["", "## " + words[0].upper() + words[1:], ""] + table(moves, begin, kernels)
        said = [(m, r) for m in moves if m["start"] == begin for r in m["reasons"]]
        out += [""] * bool(said) + ["- %s to %s: %s" % (m["from"], m["to"], r) for m, r in said]
    out += ["", "## What the emulated SVM cannot show", ""]
    out += ["- The guest said: %s." % n.removeprefix("note: ") for n in notes]
    out += ["- Where XCR0 does not keep what the guest wrote, which was seen of QEMU 7.2 with each kernel, XSAVE is left out: nothing is",
            "  said about AVX state. QEMU 7.2 stopped at an assertion of its own while interrupts were pending and CR8 was written: the",
            "  guest writes CR8 before it arms them."]
    with open(os.path.join(docs, "x86-matrix.md"), "w") as f:
        f.write("\n".join(out) + "\n")
    with open(os.path.join(docs, "x86-matrix.json"), "w") as f:
        f.write('{"kernels": %s,\n"moves": [\n%s\n]}\n' % (json.dumps(names), ",\n".join("  " + json.dumps(m) for m in moves)))


def run(lab, kernels, say, docs):
    """Returns the number of moves that went otherwise than predicted."""
    names, notes, tried = {}, set(), {}
    for k in kernels:
        notes |= set(save(lab, k))
    others = [series(k) for k in kernels]
    for s in others:
        names[s] = next(x.split()[1] for x in read(lab.path(s, "profile")).decode().splitlines() if x.startswith("kernel "))
    baselines(lab, sorted(others))
    for k in kernels:
        save_with_baselines(lab, k, others)
    for k in kernels:
        tried[series(k)] = restore(lab, k, others)
    moves = [move(lab, f, t, begin, tried[t]) for begin in ("default", "baseline") for f in others for t in others]
    wrong = [m for m in moves if (m["predicted"], m["actual"]) not in (("yes", "yes"), ("no", "no"), ("no", "open"))]
    for m in wrong:
        say("WRONG %(from)s -> %(to)s, %(start)s start: predicted %(predicted)s, actual %(actual)s: %(reasons)s" % m)
    say("x86: %d moves between %d kernels, %d not as predicted" % (len(moves), len(kernels), len(wrong)))
    write(docs, moves, names, sorted(notes))
    return len(wrong)
