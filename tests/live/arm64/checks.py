# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What is checked on each kernel by itself, beside the moves between them: in one boot each

- the contract table: every row that is about this kernel, asked of /dev/kvm,
- cvmm audit: does this KVM behave as the catalogue says?
- the differential run: the same random calls to /dev/kvm and to the simulated KVM of the profile just measured.
"""
import os
import re

import boot

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
KINDS = 40


def recorded(cpu):
    """Series -> release that was recorded on this CPU: rows of the table name releases as they were recorded."""
    found = {}
    for name in os.listdir(os.path.join(ROOT, "kvm-sim", "profiles")):
        m = re.fullmatch(r"(\d+\.\d+)\.(\d+)-%s\.profile" % re.escape(cpu), name)
        if m and int(m[2]) >= int(found.get(m[1], "0.0.-1").split(".")[2]):
            found[m[1]] = "%s.%s" % (m[1], m[2])
    return found


def commands(kernel, cpu, calls, seed):
    name = "%s-%s" % (recorded(cpu).get(kernel, kernel), cpu)
    run = [("probe", 90, ["/bin/cvmm", "probe", "--kvm", "dev", "-o", "/out/host.profile"])]
    run.append(("contract", 240, ["/bin/live-contract", "/in/arm64.tsv", name]))
    run.append(("audit", 120, ["/bin/cvmm", "audit", "--kvm", "dev"]))
    run.append(("diff", 600, ["/bin/live-diff", "/out/host.profile", str(seed), str(calls), str(KINDS)]))
    return run


def lines(text, prefix):
    return [line for line in text.splitlines() if line.startswith(prefix)]


def run(lab, cpus, kernels, say, calls=100000, seed=1):
    with open(os.path.join(ROOT, "tests", "contract", "arm64.tsv"), "rb") as f:
        table = f.read()
    pairs = [(cpu, k) for cpu in cpus for k in kernels]
    say("contract table, audit and %d random calls on each of %d" % (calls, len(pairs)))
    out = os.path.join(lab.folder, "checks")
    os.makedirs(out, exist_ok=True)

    def work(pair):
        cpu, kernel = pair
        return boot.boot(lab.images[kernel], cpu, lab.programs, {"arm64.tsv": table}, commands(kernel, cpu, calls, seed),
                         1200)

    failures = 0
    for (cpu, kernel), r in boot.boots(pairs, work, lab.parallel):
        if isinstance(r, Exception):
            say("%s %s: %s" % (kernel, cpu, r))
            failures += 1
            continue
        words = []
        for name in ("contract", "audit", "diff"):
            with open(os.path.join(out, "%s-%s-%s.log" % (kernel, cpu, name)), "w") as f:
                f.write(r.text(name + ".log"))
            different = lines(r.text(name + ".log"), "different")
            if r.code(name):
                failures += 1
            last = (r.text(name + ".log").strip().splitlines() or ["nothing said"])[-1]
            words.append("%s %s" % (name, "ok" if not r.code(name) else "FAILED (%d, %s)" % (r.code(name), last)))
            for line in different[:3]:
                words.append("\n        " + line[:200])
        say("%s %s: %s" % (kernel, cpu, "; ".join(words)))
    return failures
