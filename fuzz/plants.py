#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Plants known historic bugs, one at a time, and reports what catches each, and how fast.

plants.py TREE BUILD [NAME...]: TREE is a copy of the project that may be changed, BUILD a build of it with tests.
scripts/fuzz-plants makes both. Exit status 1 if a bug is not caught within a minute, or can no longer be
planted.
"""
import glob
import re
import subprocess
import sys
import time

SECONDS_MAX = 60

# name, files, text that is there once in one of them, what it becomes. Code moves between files, so a folder is searched.
S = "snapshot/src/*.[ch]"
PLANTS = [
    ("unchecked count: vCPUs of the header", S,
     "if (r->nvcpus > CVMM_VCPUS_MAX)", "if (0)"),
    ("unchecked bounds: the reader's one primitive", S,
     "if (n > s->end - s->pos)", "if (0)"),
    ("offset + length wraps", S,
     "offset > r->len || bytes > r->len - offset", "offset + bytes > r->len"),
    ("reserved bytes of the header ignored", S,
     "if (!all_zero(h + HEADER_ZERO2, HEADER_CRC - HEADER_ZERO2))", "if (0)"),
    ("padding behind a section ignored", S,
     "if (!all_zero(p + s.bytes, padded - s.bytes))", "if (0)"),
    ("trailing bytes accepted", S,
     "return end == r->len ? 0 : ", "return end <= r->len ? 0 : "),
    ("duplicate section accepted", S,
     "if (type <= last)", "if (type < last)"),
    ("duplicate vCPU id accepted", S,
     "if (test_and_set(&seen, r->id))", "if (test_and_set(&seen, r->id) && 0)"),
    ("truncated column: last word read as a whole one", S,
     "size_t n = stride - at < WORD_BYTES ? stride - at : WORD_BYTES;", "size_t n = WORD_BYTES;"),
    ("non-canonical coding accepted", S,
     "if (code != code_of(word, old))", "if (0)"),
    ("value of another size accepted", S,
     "if (!it->size || (bytes && it->size != bytes))", "if (!it->size)"),
    ("register of the other scope accepted", S,
     "if (scope_of(it->id) == foreign)", "if (0)"),
    ("overlapping memory slots accepted", S,
     "s->gpa >= before->gpa + before->bytes", "s->gpa >= before->gpa"),
    ("checksum of the table not looked at", S,
     "!= get32(r->buf + HEADER_TABCRC))", "!= get32(r->buf + HEADER_TABCRC) && 0)"),
    ("state limit not applied: a small file decodes to gigabytes", S,
     "if (r->state > CVMM_SNAPSHOT_BYTES_MAX)", "if (0)"),
    ("bytes between values leak into the file", S,
     "err = cvmm_out_put(o, base + set->item[i].off, set->item[i].size);",
     "err = cvmm_out_put(o, base + set->item[0].off, set->item[i].size);"),
    ("lost error: a failed write is not noticed", S,
     "\t\t\tret = cvmm_vcpu_one_reg_op(\n\t\t\t\to.vcpu, CVMM_KVM_SET_ONE_REG,",
     "\t\t\tret = 0 * cvmm_vcpu_one_reg_op(\n\t\t\t\to.vcpu, CVMM_KVM_SET_ONE_REG,"),
    ("a half restored machine may run", S,
     "cvmm_gate_kill(m->gate, &a.why);", "(void)m;"),
    ("alias written twice", S,
     "return YES(ALIAS, 0);", "return YES(ALIAS, 1);"),
    ("wrong order: finalised before the vector lengths are set", S,
     "int ret = cvmm_apply_steps(a);\n\n\tfor (i = 0; ret == 0 && i < a->m->nvcpus; i++)\n"
     "\t\tret = cvmm_arm64_finalize_vcpu(a->m->vcpu[i], a->v->shape[a->v->vcpu[i].shape].features, &a->why);\n\treturn ret;",
     "int ret = 0;\n\n\tfor (i = 0; ret == 0 && i < a->m->nvcpus; i++)\n"
     "\t\tret = cvmm_arm64_finalize_vcpu(a->m->vcpu[i], a->v->shape[a->v->vcpu[i].shape].features, &a->why);\n"
     "\treturn ret ? ret : cvmm_apply_steps(a);"),
    ("a phase left out: state", "snapshot/src/*arm64.c",
     "[CVMM_PHASE_STATE] = cvmm_apply_steps,", "[CVMM_PHASE_STATE] = NULL,"),
    ("read-back left out", S,
     "[CVMM_PHASE_DONE] = cvmm_arm64_verify,", "[CVMM_PHASE_DONE] = NULL,"),
    ("missing window check: ID registers change after a run", "kvm-sim/src/*.c",
     "if (sim_trait(c->s, CVMM_TRAIT_ID_FROZEN) && atomic_load_explicit(&c->vm->ran, memory_order_relaxed))", "if (0)"),
]

# The tests that have to notice: what restores, what decodes, and every corpus with some mutations. Those that plant
# nothing in a machine (packages, headers, live kernels) are left out, and the sweeps, which take longer than a minute.
TARGETS = re.compile(r"^(test-snapshot-\S+|test-fault-\S+|test-contract|corpus-(?!must_crash)\S+|snapshot-dump)$")
TESTS = "^(snapshot-.*|contract|fault-.*|corpus/.*)$"


def targets(folder):
    out = subprocess.run(["cmake", "--build", folder, "--target", "help"], capture_output=True, text=True, check=True).stdout
    return sorted({w for w in re.findall(r"[\w-]+", out) if TARGETS.match(w)})


def build(folder, names):
    return subprocess.run(["cmake", "--build", folder, "-j", "2", "--target"] + names, capture_output=True, text=True)


def caught_by(folder):
    """The first tests that fail (two run at a time), the seconds until the first one did, and whether any ran."""
    start, fails, first, ran = time.time(), [], 0, False
    with subprocess.Popen(["ctest", "--test-dir", folder, "-R", TESTS, "-E", "must_crash", "-j", "2", "--timeout", "300",
                           "--stop-on-failure"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as tests:
        for line in tests.stdout:
            found = re.search(r"Test +#\d+: (\S+) .*\*\*\*(?!Skipped|Not Run)", line)
            ran |= " Passed " in line or bool(found)
            if found:
                fails.append(found.group(1))
                first = first or time.time() - start
    return fails, first, ran


def place(tree, files, text):
    """The one file that has it, or None; and how often it was seen."""
    hits = [(p, open(p).read().count(text)) for p in sorted(glob.glob(tree + "/" + files))]
    seen = sum(n for _, n in hits)
    return next(p for p, n in hits if n) if seen == 1 else None, seen


def plant(tree, folder, names, bug):
    """Plants one bug. Return: whether it was caught in time, and what to say about it."""
    name, files, old, new = bug
    path, seen = place(tree, files, old)
    if not path:
        return False, "CANNOT BE PLANTED  %s: %s occurs %u times" % (name, old.split("\n")[0], seen)
    text = open(path).read()
    open(path, "w").write(text.replace(old, new))
    try:
        if build(folder, names).returncode:
            return True, "caught  %s: by the compiler" % name
        fails, first, _ = caught_by(folder)
    finally:
        open(path, "w").write(text)
    if not fails:
        return False, "MISSED  %s" % name
    if first > SECONDS_MAX:
        return False, "LATE    %s: after %.0f s by %s" % (name, first, ", ".join(fails))
    return True, "caught  %s: after %.1f s by %s" % (name, first, ", ".join(fails))


def main():
    tree, folder, wanted = sys.argv[1], sys.argv[2], sys.argv[3:]
    names, missed = targets(folder), 0
    made = build(folder, names)
    if made.returncode:
        sys.exit("plants: the project does not build:\n" + made.stderr[-2000:])
    before, _, ran = caught_by(folder)
    if before or not ran:
        sys.exit("plants: fails without a bug: %s" % (", ".join(before) or "no test ran"))
    chosen = [p for p in PLANTS if not wanted or any(n in p[0] for n in wanted)]
    for bug in chosen:
        caught, text = plant(tree, folder, names, bug)
        missed += not caught
        print(text, flush=True)
    print("%u of %u caught within %u s" % (len(chosen) - missed, len(chosen), SECONDS_MAX))
    sys.exit(missed != 0)


if __name__ == "__main__":
    main()
