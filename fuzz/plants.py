#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Plants known historic bugs, one at a time, and reports what catches each.

plants.py TREE BUILD [NAME...]: TREE is a copy of the project that may be changed, BUILD a build of it with tests.
scripts/fuzz-plants makes both. Exit status 1 if a bug is not caught, or can no longer be planted.
"""
import re
import subprocess
import sys
import time

# name, file, text that is there once, what it becomes
PLANTS = [
    ("unchecked count: vCPUs of the header", "snapshot/src/reader.c",
     "if (r->nvcpus > CVMM_VCPUS_MAX)", "if (0)"),
    ("unchecked bounds: the reader's one primitive", "snapshot/src/wire.h",
     "if (n > s->end - s->pos)", "if (0)"),
    ("offset + length wraps", "snapshot/src/reader.c",
     "offset > r->len || bytes > r->len - offset", "offset + bytes > r->len"),
    ("reserved bytes of the header ignored", "snapshot/src/reader.c",
     "if (!all_zero(h + HEADER_ZERO2, HEADER_CRC - HEADER_ZERO2))", "if (0)"),
    ("padding behind a section ignored", "snapshot/src/reader.c",
     "if (!all_zero(p + s.bytes, padded - s.bytes))", "if (0)"),
    ("trailing bytes accepted", "snapshot/src/reader.c",
     "return end == r->len ? 0 : ", "return end <= r->len ? 0 : "),
    ("duplicate section accepted", "snapshot/src/reader.c",
     "if (type <= last)", "if (type < last)"),
    ("duplicate vCPU id accepted", "snapshot/src/format_check.c",
     "if (test_and_set(&seen, r->id))", "if (test_and_set(&seen, r->id) && 0)"),
    ("truncated column: last word read as a whole one", "snapshot/src/columns.c",
     "size_t n = stride - at < WORD_BYTES ? stride - at : WORD_BYTES;", "size_t n = WORD_BYTES;"),
    ("non-canonical coding accepted", "snapshot/src/columns.c",
     "if (code != code_of(word, old))", "if (0)"),
    ("value of another size accepted", "snapshot/src/format_check.c",
     "if (!it->size || (bytes && it->size != bytes))", "if (!it->size)"),
    ("register of the other scope accepted", "snapshot/src/format_check.c",
     "if (scope_of(it->id) == foreign)", "if (0)"),
    ("overlapping memory slots accepted", "snapshot/src/format_check.c",
     "s->gpa >= before->gpa + before->bytes", "s->gpa >= before->gpa"),
    ("checksum of the table not looked at", "snapshot/src/reader.c",
     "!= get32(r->buf + HEADER_TABCRC))", "!= get32(r->buf + HEADER_TABCRC) && 0)"),
    ("state limit not applied: a small file decodes to gigabytes", "snapshot/src/reader_view.c",
     "if (r->state > CVMM_SNAPSHOT_BYTES_MAX)", "if (0)"),
    ("bytes between values leak into the file", "snapshot/src/writer_sections.c",
     "err = cvmm_out_put(o, base + set->item[i].off, set->item[i].size);",
     "err = cvmm_out_put(o, base + set->item[0].off, set->item[i].size);"),
    ("lost error: a failed write is not noticed", "snapshot/src/apply.c",
     "ret = set_step(a, i, step);", "ret = set_step(a, i, step) * 0;"),
    ("a half restored machine may run", "snapshot/src/apply.c",
     "cvmm_gate_kill(m->gate, &a.why);", "(void)m;"),
    ("alias written twice", "snapshot/src/judge.c",
     "return YES(ALIAS, 0);", "return YES(ALIAS, 1);"),
    ("wrong order: clock before state", "snapshot/src/apply.c",
     "[CVMM_PHASE_STATE] = apply_steps,", "[CVMM_PHASE_STATE] = apply_nothing,"),
    ("read-back left out", "snapshot/src/apply.c",
     "[CVMM_PHASE_DONE] = cvmm_apply_verify,", "[CVMM_PHASE_DONE] = apply_nothing,"),
    ("missing window check: ID registers change after a run", "kvm-sim/src/reg_id.c",
     "if (sim_trait(c->s, CVMM_TRAIT_ID_FROZEN) && atomic_load_explicit(&c->vm->ran, memory_order_relaxed))", "if (0)"),
]

# What is built and run after each: test programs by target, and the ctests that run them.
HARNESSES = ["decode", "faults", "restore", "roundtrip", "two_kernels"]
PROGRAMS = ["format", "format-bad", "apply", "capture", "cases"]
TARGETS = (["test-snapshot-" + p for p in PROGRAMS] + ["corpus-" + h for h in HARNESSES]
           + ["test-sweep-format", "test-contract", "test-fault-restore", "snapshot-dump"])
TESTS = "^(snapshot-(%s|second-decoder)|sweep-format|contract|fault-restore|corpus/(%s))$" % ("|".join(PROGRAMS), "|".join(HARNESSES))


def build(folder):
    return subprocess.run(["cmake", "--build", folder, "-j", "2", "--target"] + TARGETS, capture_output=True, text=True)


def caught_by(folder):
    out = subprocess.run(["ctest", "--test-dir", folder, "-R", TESTS, "-j", "2", "--timeout", "60"],
                         capture_output=True, text=True).stdout
    return re.findall(r"Test +#\d+: (\S+) .*\*\*\*(?!Skipped|Not Run)", out), "tests passed" in out


def main():
    tree, folder, names = sys.argv[1], sys.argv[2], sys.argv[3:]
    missed = 0
    if build(folder).returncode:
        sys.exit("plants: the project does not build")
    before, ran = caught_by(folder)
    if before or not ran:
        sys.exit("plants: fails without a bug: %s" % ", ".join(before))
    chosen = [p for p in PLANTS if not names or any(n in p[0] for n in names)]
    for name, path, old, new in chosen:
        path = tree + "/" + path
        text = open(path).read()
        start = time.time()
        if text.count(old) != 1:
            print("CANNOT BE PLANTED  %s: %s occurs %u times" % (name, old, text.count(old)))
            missed += 1
            continue
        open(path, "w").write(text.replace(old, new))
        made = build(folder)
        if made.returncode:
            fails = ["the compiler"]
        else:
            fails, _ = caught_by(folder)
        open(path, "w").write(text)
        missed += not fails
        print("%s  %s: %s (%.0f s)" % ("caught" if fails else "MISSED", name, ", ".join(fails) or "nothing",
                                       time.time() - start), flush=True)
    print("%u of %u caught" % (len(chosen) - missed, len(chosen)))
    sys.exit(missed != 0)


if __name__ == "__main__":
    main()
