#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""usage: check-readme.py README PROGRAMS: is what the page quotes what is there?

Under a heading "## ... [file](file)" a block of code has to stand in that file, line for line. In a block of text a line
"$ command" is run in the root of the sources, with PROGRAMS in the path; the lines below it are what it prints, on both
outputs, and "exit status N" where that is not 0.
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys

page, programs = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
root = page.parent.parent
environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}


def run(command):
    p = subprocess.run(command, shell=True, cwd=root, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return p.stdout + (f"exit status {p.returncode}\n" if p.returncode else "")


bad = quoted = ran = 0
name = None
headings_or_blocks = re.compile(r"^## [^\n]*\[([^\]]+)\]\(\1\)[^\n]*$|^```(\w+)\n(.*?)^```$", re.M | re.S)
for m in headings_or_blocks.finditer(page.read_text()):
    if m[1]:
        name = m[1]
    elif m[2] == "text":
        for part in re.split(r"^(?=\$ )", m[3], flags=re.M)[1:]:
            command, _, expected = part.partition("\n")
            printed = run(command[2:])
            ran += 1
            if printed != expected:
                bad += 1
                sys.stdout.writelines(difflib.unified_diff(expected.splitlines(True), printed.splitlines(True),
                                                           "README.md", command))
    elif m[2] in ("c", "rust", "python"):
        quoted += 1
        if "\n" + m[3] not in "\n" + (page.parent / name).read_text():
            bad += 1
            print(f"{name} does not have these lines:\n{m[3]}")
print(f"{quoted} quotations, {ran} commands, {bad} wrong")
sys.exit(1 if bad or not quoted or not ran else 0)
