#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What the tests and the corpora reach; scripts/fuzz-cov makes what this reads.

coverage.py lines EXPORT.json            lines and branches of each library; fails below 95 % of lines
coverage.py branches EXPORT.json LIST    reader, plan and apply: each branch both ways, or in LIST with its reason
coverage.py edges LIBRARY.so DIR [-v]    the sanitizer's edges of reader, plan and apply that DIR/*.sancov reached

LIST is closed: a branch that is not reached and not listed fails, and so does a line of it that is no longer needed.
"""
import fnmatch
import glob
import json
import os
import re
import struct
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
LIBRARIES = ["kvm-ioctls", "kvm-sim", "vm-regs", "vcpu-regs", "snapshot", "fleet"]
LINES_MIN = 95.0
EDGES_MIN = 95.0
PARTS = {
    "reader": ["reader*", "wire*", "columns*", "format_check*"],
    "plan": ["plan*", "judge*"],
    "apply": ["apply*"],
}


def part_of(path):
    folder, name = os.path.split(path)
    if not folder.endswith("snapshot/src"):
        return None
    return next((p for p, globs in PARTS.items() if any(fnmatch.fnmatch(name, g) for g in globs)), None)


def percent(hit, of):
    return 100.0 * hit / of if of else 100.0


def lines(export):
    total = {lib: [0, 0, 0, 0] for lib in LIBRARIES}
    for f in json.load(open(export))["data"][0]["files"]:
        lib = next((x for x in LIBRARIES if "/%s/src/" % x in f["filename"]), None)
        if lib:
            s = f["summary"]
            for i, (kind, key) in enumerate([("lines", "covered"), ("lines", "count"),
                                             ("branches", "covered"), ("branches", "count")]):
                total[lib][i] += s[kind][key]
    low = 0
    for lib in LIBRARIES:
        got, of, branches, of_branches = total[lib]
        below = percent(got, of) < LINES_MIN
        low |= below
        print("%-12s lines %6.2f %% (%u of %u)  branches %6.2f %%%s" % (
            lib, percent(got, of), got, of, percent(branches, of_branches),
            "  BELOW %.0f %%" % LINES_MIN if below else ""))
    return low


def text_of(source, b):
    """The condition that stands from line:column to line:column."""
    rows = source[b[0] - 1:b[2]]
    if len(rows) == 1:
        return rows[0][b[1] - 1:b[3] - 1]
    rows = [rows[0][b[1] - 1:]] + rows[1:-1] + [rows[-1][:b[3] - 1]]
    return " ".join(r.strip() for r in rows)


def outcomes(export):
    """(file, function, condition, outcome) -> [reached, of], and where."""
    count, source = {}, {}
    for f in json.load(open(export))["data"][0]["functions"]:
        name = f["name"].split(":")[-1]
        for b in f.get("branches", []):
            path = os.path.realpath(f["filenames"][b[6]])
            if part_of(path):
                for outcome, n in (("true", b[4]), ("false", b[5])):
                    place = (path, name) + tuple(b[:4]) + (outcome,)
                    count[place] = count.get(place, 0) + n
    out = {}
    for (path, name, l1, c1, l2, c2, outcome), n in count.items():
        if path not in source:
            source[path] = open(path).read().expandtabs(1).split("\n")
        key = (os.path.basename(path), name, text_of(source[path], (l1, c1, l2, c2)), outcome)
        hit, of, where = out.get(key, (0, 0, l1))
        out[key] = (hit + (n > 0), of + 1, where if n else l1)
    return out


def branches(export, listed):
    got = outcomes(export)
    allowed, bad = {}, 0
    for number, row in enumerate(open(listed), 1):
        if row.strip() and not row.startswith("#"):
            cell = re.split(r"\t+", row.rstrip("\n"))
            if len(cell) != 5 or not cell[4]:
                sys.exit("%s:%u: file, function, condition, outcome, reason" % (listed, number))
            allowed[tuple(cell[:4])] = number
    for key, (hit, of, where) in sorted(got.items()):
        if hit == of and key in allowed:
            print("%s:%u: listed, but reached: %s" % (listed, allowed[key], " | ".join(key)))
            bad += 1
        elif hit < of and key not in allowed:
            print("snapshot/src/%s:%u: not reached: %s" % (key[0], where, "\t".join(key)))
            bad += 1
    for key in sorted(set(allowed) - set(got)):
        print("%s:%u: no such branch: %s" % (listed, allowed[key], " | ".join(key)))
        bad += 1
    for part in PARTS:
        mine = [(h, o, k in allowed) for k, (h, o, _) in got.items() if part_of(os.path.join("snapshot/src", k[0])) == part]
        print("%-8s branches: %u of %u reached, %u listed as unreachable" % (
            part, sum(h for h, _, _ in mine), sum(o for _, o, _ in mine), sum(o - h for h, o, a in mine if a)))
    return bad


def edges(library, folder, verbose):
    library = os.path.realpath(library)
    # The sanitizer notes the last byte of the call that an edge makes to it.
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", library], capture_output=True, text=True, check=True).stdout
    known = sorted(int(a, 16) + 4 for a in re.findall(r"^ *([0-9a-f]+):\s+call.*<__sanitizer_cov_trace_pc_guard@", code, re.M))
    reached = set()
    for path in glob.glob(os.path.join(folder, "*.sancov")):
        if os.path.basename(path).startswith(os.path.basename(library).split(".so")[0] + "."):
            data = open(path, "rb").read()
            reached |= set(struct.unpack("<%uQ" % (len(data) // 8 - 1), data[8:]))
    names = subprocess.run(["llvm-symbolizer-14", "--obj=" + library, "--no-inlines", "--output-style=GNU", "--functions=linkage"],
                           input="\n".join(hex(a) for a in known), capture_output=True, text=True, check=True).stdout
    pairs = [p.split("\n") for p in names.strip().split("\n\n")] if "\n\n" in names else \
        list(zip(*[iter(names.strip().split("\n"))] * 2))
    hit, of = 0, 0
    for part in PARTS:
        mine = [(a, p[0], p[1]) for a, p in zip(known, pairs) if part_of(p[1].split(":")[0]) == part]
        n = sum(a in reached for a, _, _ in mine)
        print("%-8s edges: %u of %u, %.1f %%" % (part, n, len(mine), percent(n, len(mine))))
        hit, of = hit + n, of + len(mine)
        for a, function, place in mine if verbose else []:
            if a not in reached:
                print("  not reached: %s %s" % (os.path.relpath(place, ROOT), function))
    print("%-8s edges: %u of %u, %.1f %%" % ("all", hit, of, percent(hit, of)))
    return percent(hit, of) < EDGES_MIN


def main():
    what = sys.argv[1] if len(sys.argv) > 2 else ""
    if what == "lines":
        sys.exit(bool(lines(sys.argv[2])))
    if what == "branches":
        sys.exit(bool(branches(sys.argv[2], sys.argv[3])))
    if what == "edges":
        sys.exit(bool(edges(sys.argv[2], sys.argv[3], "-v" in sys.argv)))
    sys.exit(__doc__)


if __name__ == "__main__":
    main()
