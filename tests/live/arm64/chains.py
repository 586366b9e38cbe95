# SPDX-License-Identifier: Apache-2.0 OR MIT
"""One guest that moves on and on: oldest -> newest -> oldest, and a random walk over all kernels that share a baseline.

Each hop is a boot of its own: restore by plan, let the guest look, save again. The guest compares with its first look, so
the last hop says whether anything changed since the beginning.
"""
import os
import random
import subprocess

import boot


def common_baseline(lab, cpu, kernels, name):
    """A baseline of as many kernels as there is one for, the oldest given up first; (file, kernels) or (None, [])"""
    out = lab.path(cpu, name) + ".baseline"
    while len(kernels) > 1:
        if os.path.exists(out):
            os.remove(out)
        p = subprocess.run([lab.cvmm, "baseline", *[lab.profile(cpu, k) for k in kernels], "-o", out], capture_output=True)
        if p.returncode == 0 and os.path.exists(out):
            return out, kernels
        kernels = kernels[1:]
    return None, []


def start(lab, cpu, kernel, baseline, vcpus=2):
    with open(baseline, "rb") as f, open(lab.profile(cpu, kernel), "rb") as g:
        files = {"b": f.read(), "p": g.read()}
    r = boot.boot(lab.images[kernel], cpu, lab.programs, files,
                  [("new", 60, ["/bin/tiny-vmm", "--vcpus", str(vcpus), "--baseline", "/in/b", "--profile", "/in/p", "--save",
                                "/out/next.snap"])], 120)
    if r.code("new"):
        raise boot.BootError("start on %s: %s" % (kernel, r.text("new.log")))
    return r.files["next.snap"]


def hop(lab, cpu, kernel, snap):
    with open(lab.profile(cpu, kernel), "rb") as g:
        files = {"s": snap, "p": g.read()}
    r = boot.boot(lab.images[kernel], cpu, lab.programs, files,
                  [("hop", 60, ["/bin/tiny-vmm", "--restore", "/in/s", "--profile", "/in/p", "--save", "/out/next.snap"])], 120)
    if r.code("hop"):
        raise boot.BootError("hop to %s: status %d: %s" % (kernel, r.code("hop"), r.text("hop.log")[-600:]))
    return r.files["next.snap"]


def walk(lab, cpu, baseline, kernels, route):
    snap = start(lab, cpu, route[0], baseline)
    for kernel in route[1:]:
        snap = hop(lab, cpu, kernel, snap)
    return len(route) - 1


def run(lab, cpus, kernels, say, hops=20, seed=1):
    jobs = []
    for cpu in cpus:
        baseline, shared = common_baseline(lab, cpu, kernels, "all")
        if not shared:
            say("chains on %s: SKIPPED: no two kernels share a baseline" % cpu)
            continue
        there = [shared[0], shared[-1], shared[0]]
        draw = random.Random("%s %d" % (cpu, seed))
        route = [draw.choice(shared)]
        while len(route) <= hops:
            route.append(draw.choice([k for k in shared if k != route[-1]]))
        jobs += [(cpu, "there and back", baseline, shared, there), (cpu, "random walk", baseline, shared, route)]
    failures = 0
    for (cpu, what, _, shared, route), done in boot.boots(jobs, lambda j: walk(lab, j[0], j[2], j[3], j[4]), lab.parallel):
        if isinstance(done, Exception):
            failures += 1
            say("%s on %s (%s): FAILED: %s" % (what, cpu, " ".join(route), done))
        else:
            say("%s on %s: %d hops, the guest found nothing changed: %s" % (what, cpu, done, " ".join(route)))
    return failures
