# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The matrix: for every ordered pair of kernels the verdict from profiles alone, the real restore, the guest's own word.

Three boots per kernel and CPU, whatever the number of pairs: one measures the host and saves a guest as it is by default,
one saves a guest per baseline, one restores from all sources. What a plan refuses is tried on a throwaway VM by writing
everything regardless: the refusal was right if the kernel rejects each register that it names, or the guest sees a
difference that a wrong order of writing does not explain.
"""
import json
import os
import re
import subprocess

import boot

VCPUS = (2, 4)
# What writing in list order destroys by itself on some kernels (aliases), whether or not the move is possible.
ORDER_ALONE = {"PMCNTENSET_EL0", "PMINTENSET_EL1", "PMOVSSET_EL0"}
# What QEMU (April 2026) tolerates that the destination does not have: {id: the value that it must have, or None for any}.
QEMU_TOLERATES = {"603000000013c103": None, "603000000013c512": None, "603000000013c513": None, "6030000000160003": 0}
ENOENT = 2


class Lab:
    """Where everything is, and what was measured."""

    def __init__(self, folder, cvmm, programs, images, parallel):
        self.folder, self.cvmm, self.programs, self.images, self.parallel = folder, cvmm, programs, images, parallel
        os.makedirs(folder, exist_ok=True)

    def path(self, *parts):
        return os.path.join(self.folder, "-".join(parts))

    def profile(self, cpu, kernel):
        return self.path(cpu, kernel) + ".profile"

    def snap(self, cpu, kernel, start, vcpus):
        return self.path(cpu, kernel, start, str(vcpus)) + ".snap"

    def baseline(self, cpu, a, b):
        return self.path(cpu, *sorted((a, b))) + ".baseline"

    def boot(self, cpu, kernel, files, commands):
        files = {os.path.basename(f): open(f, "rb").read() for f in files}
        timeout = 60 + 4 * len(commands)
        return boot.boot(self.images[kernel], cpu, self.programs, files, commands, timeout)

    def each(self, pairs, work, what):
        """work(cpu, kernel) boots; the first failure ends the run, because a matrix with holes looks like one."""
        failed = []
        for pair, result in boot.boots(pairs, lambda p: work(*p), self.parallel):
            if isinstance(result, Exception):
                failed.append("%s on %s, %s: %s" % (what, pair[1], pair[0], result))
        if failed:
            raise boot.BootError("\n".join(failed))


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def measure(lab, cpu, kernel):
    """Boot 1: the profile, and a guest by default, with two vCPUs and with four."""
    commands = [("probe", 60, ["/bin/cvmm", "probe", "--kvm", "dev", "-o", "/out/host.profile"])]
    for n in VCPUS:
        commands.append(("save%d" % n, 30, ["/bin/tiny-vmm", "--vcpus", str(n), "--profile", "/out/host.profile",
                                            "--save", "/out/%d.snap" % n]))
    r = lab.boot(cpu, kernel, [], commands)
    for name, code in ((c[0], r.code(c[0])) for c in commands):
        if code:
            raise boot.BootError("%s: status %d: %s" % (name, code, r.text(name + ".log")))
    write(lab.profile(cpu, kernel), r.files["host.profile"])
    for n in VCPUS:
        write(lab.snap(cpu, kernel, "default", n), r.files["%d.snap" % n])


def make_baseline(lab, cpu, a, b):
    """The baseline of a pair, or None with the reason where the hosts exclude each other."""
    out = lab.baseline(cpu, a, b)
    if os.path.exists(out):
        os.remove(out)
    p = subprocess.run([lab.cvmm, "baseline", lab.profile(cpu, a), lab.profile(cpu, b), "--json", "-o", out],
                       capture_output=True, text=True)
    if p.returncode not in (0, 3):
        raise boot.BootError("cvmm baseline: %s" % p.stderr)
    return os.path.exists(out)


def save_with_baselines(lab, cpu, kernel, partners):
    """Boot 2: a guest for each baseline that this kernel has with another."""
    commands = []
    for other in partners:
        for n in VCPUS:
            commands.append(("%s-%d" % (other, n), 30,
                             ["/bin/tiny-vmm", "--vcpus", str(n), "--profile", "/in/host.profile", "--baseline",
                              "/in/" + os.path.basename(lab.baseline(cpu, kernel, other)), "--save",
                              "/out/%s-%d.snap" % (other, n)]))
    files = [lab.baseline(cpu, kernel, other) for other in partners]
    files = {os.path.basename(f): open(f, "rb").read() for f in files}
    files["host.profile"] = open(lab.profile(cpu, kernel), "rb").read()
    r = boot.boot(lab.images[kernel], cpu, lab.programs, files, commands, 60 + 4 * len(commands))
    for other in partners:
        for n in VCPUS:
            name = "%s-%d" % (other, n)
            target = lab.snap(cpu, kernel, other, n)
            for old in (target, target + ".failed"):
                if os.path.exists(old):
                    os.remove(old)
            if r.code(name) == 0:
                write(target, r.files[name + ".snap"])
            else:
                write(target + ".failed", r.files[name + ".log"])


def predict(lab, cpu, snaps, kernel):
    """cvmm check from the profile alone: {snapshot: (accepted, [(id, name, reason)])}"""
    if not snaps:
        return {}
    p = subprocess.run([lab.cvmm, "check", *snaps, "--on", lab.profile(cpu, kernel), "--json"], capture_output=True,
                       text=True)
    if p.returncode not in (0, 3):
        raise boot.BootError("cvmm check: %s" % p.stderr)
    found = {}
    for r in json.loads(p.stdout)["results"]:
        refused = [(s["id"][2:], s["register"], s["reason"]) for s in r.get("steps", []) if s["verdict"] == "refused"]
        found[r["snapshot"]] = (r["verdict"] == "accepted", refused)
    return found


def restore_all(lab, cpu, kernel, snaps, naively):
    """Boot 3: each snapshot restored by plan, and those of naively without one. {snapshot: {"plan": .., "naive": ..}}"""
    commands, of = [], {}
    for i, snap in enumerate(snaps):
        base = ["/bin/tiny-vmm", "--restore", "/in/" + os.path.basename(snap), "--profile", "/in/host.profile"]
        for how, more in (("plan", []), ("naive", ["--naive"])):
            if how == "naive" and snap not in naively:
                continue
            name = "%s%d" % (how, i)
            of[name] = (snap, how)
            commands.append((name, 30, base + more))
    files = {os.path.basename(f): open(f, "rb").read() for f in snaps}
    files["host.profile"] = open(lab.profile(cpu, kernel), "rb").read()
    r = boot.boot(lab.images[kernel], cpu, lab.programs, files, commands, 60 + 4 * len(commands))
    out = {}
    for name, (snap, how) in of.items():
        out.setdefault(snap, {})[how] = (r.code(name), r.text(name + ".log"))
    return out


def guest_differences(text):
    return set(re.findall(r"^guest: vCPU \d+: different: (?:went backwards: )?(.*?) was", text, re.M))


def judge(predicted, refused, tried):
    """(actual: yes, no, or error, why)"""
    code, text = tried["plan"]
    if predicted:
        if code == 0:
            return "yes", []
        if code == 4:
            return "no", ["guest: " + d for d in sorted(guest_differences(text))]
        return "error", [text.strip().splitlines()[-1] if text.strip() else "status %d" % code]
    if code != 3:
        return "error", ["check refuses, the restore's own plan does not: status %d" % code]
    code, text = tried["naive"]
    rejected = set(re.findall(r"naive: vCPU \d+ (?:refused|ignored) ([0-9a-f]{16})", text))
    differences = guest_differences(text) - ORDER_ALONE
    if code == 1 or differences or all(r[0] in rejected for r in refused):
        return "no", sorted(differences)
    return "yes", ["passed all the same: %s" % ", ".join(r[1] for r in refused if r[0] not in rejected)]


def tolerated(tolerances, reg, err, value):
    return reg in tolerances and int(err) == ENOENT and tolerances[reg] in (None, int(value, 16))


def naive_outcome(tried, tolerances):
    """Write-everything-back: did the kernel take every register, and did the guest find its machine unchanged?"""
    code, text = tried["naive"]
    refusals = re.findall(r"naive: vCPU \d+ refused ([0-9a-f]{16}) \S+ (\d+) ([0-9a-f]+)", text)
    taken = code in (0, 4) and all(tolerated(tolerances, *r) for r in refusals)
    return {"accepted": taken, "unchanged": taken and code == 0}


def both(outcomes):
    """The move of a guest of any size."""
    return {what: all(o[what] for o in outcomes) for what in ("accepted", "unchanged")}


def run(lab, cpus, kernels, progress, compare):
    """With compare, write-everything-back is tried for every default start and not only for refused moves."""
    pairs = [(cpu, k) for cpu in cpus for k in kernels]
    progress("measuring %d hosts and saving a guest on each" % len(pairs))
    lab.each(pairs, lambda c, k: measure(lab, c, k), "measure")
    partners = {p: [k for k in kernels if make_baseline(lab, p[0], p[1], k)] for p in pairs}
    progress("saving a guest for each of %d baselines" % sum(len(p) for p in partners.values()))
    lab.each([p for p in pairs if partners[p]], lambda c, k: save_with_baselines(lab, c, k, partners[c, k]), "save")
    progress("restoring from all sources on each")
    moves, wanted, predicted, naively = [], {}, {}, {}
    for cpu, to in pairs:
        snaps = [lab.snap(cpu, frm, "default", n) for frm in kernels for n in VCPUS]
        snaps += [lab.snap(cpu, frm, to, n) for frm in kernels for n in VCPUS if to in partners[cpu, frm]]
        wanted[cpu, to] = [s for s in snaps if os.path.exists(s)]
        predicted[cpu, to] = predict(lab, cpu, wanted[cpu, to], to)
        naively[cpu, to] = {s for s, said in predicted[cpu, to].items() if compare and "-default-" in s or not said[0]}
    tried = {}
    lab.each(pairs, lambda c, k: tried.__setitem__((c, k), restore_all(lab, c, k, wanted[c, k], naively[c, k])), "restore")
    for cpu, to in pairs:
        for frm in kernels:
            for start, key in (("default", "default"), ("baseline", to)):
                moves.append(move(lab, cpu, frm, to, start, key, partners[cpu, frm], predicted[cpu, to], tried[cpu, to]))
    return moves


def move(lab, cpu, frm, to, start, key, partners, predicted, tried):
    m = {"cpu": cpu, "from": frm, "to": to, "start": start}
    if start == "baseline" and to not in partners:
        return dict(m, predicted="no", actual="no", reasons=["no baseline: the hosts exclude each other"])
    said, happened, reasons, naive, order = set(), set(), [], [], set()
    for n in VCPUS:
        snap = lab.snap(cpu, frm, key, n)
        if not os.path.exists(snap):
            log = open(snap + ".failed").read().strip().splitlines()
            return dict(m, predicted="yes", actual="error", reasons=["the start failed: " + (log[-1] if log else "?")])
        accepted, refused = predicted[snap]
        actual, why = judge(accepted, refused, tried[snap])
        said.add("yes" if accepted else "no")
        happened.add(actual)
        reasons += ["%s: %s" % (r[1], r[2]) for r in refused] + why
        if "naive" in tried[snap]:
            naive.append(tried[snap])
            order |= guest_differences(tried[snap]["naive"][1])
    m.update(predicted="/".join(sorted(said)), actual="/".join(sorted(happened)), reasons=sorted(set(reasons)))
    if start == "default" and len(naive) == len(VCPUS):
        m["write_everything_back"] = both([naive_outcome(t, {}) for t in naive])
        m["qemu_tolerances"] = both([naive_outcome(t, QEMU_TOLERATES) for t in naive])
        if frm == to and order:
            m["lost_in_list_order"] = sorted(order)
    return m
