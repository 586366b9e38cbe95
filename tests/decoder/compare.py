#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""compare.py DUMP COUNT SEED FILE...: does the second decoder agree with the library?

DUMP makes COUNT (with CVMM_TEST_ALL in the environment a hundred times as many) mutated inputs from the files and
says what the library makes of each. Both must accept it with the same text, or both refuse it for the same reason. An input on which they differ is kept as differs-N.snap.
"""
import collections
import os
import struct
import subprocess
import sys

import decode


def main():
    dump, count, seed, files = sys.argv[1], int(sys.argv[2]) * (100 if os.environ.get("CVMM_TEST_ALL") else 1), sys.argv[3], sys.argv[4:]
    owner = decode.catalogue(subprocess.run([dump, "--catalogue"], check=True, capture_output=True, text=True).stdout.splitlines())
    for name in files:
        ours = subprocess.run([dump, name], check=True, capture_output=True, text=True).stdout
        if ours != decode.text_of(open(name, "rb").read(), owner) or not ours.startswith("ok "):
            sys.exit("%s: the decoders differ, or refuse it" % name)
    child = subprocess.Popen([dump, "--mutate", str(count), seed] + files, stdout=subprocess.PIPE)
    accepted = differ = done = 0
    reasons = collections.Counter()

    def record():
        head = child.stdout.read(4)
        return child.stdout.read(struct.unpack("<I", head)[0]) if len(head) == 4 else None

    while (buf := record()) is not None:
        ours = record().decode("ascii")
        theirs = decode.text_of(buf, owner)
        done += 1
        accepted += ours.startswith("ok ")
        if not ours.startswith("ok "):
            reasons[ours.split()[1]] += 1
        if ours == theirs:
            continue
        differ += 1
        name = "differs-%u.snap" % differ
        open(name, "wb").write(buf)
        print("%s: library says %r, decoder says %r" % (name, ours[:80], theirs[:80]))
        if differ == 5:
            break
    child.stdout.close()
    status = child.wait()
    print("%u inputs: %u accepted by both, %u refused for %u reasons, %u differ"
          % (done, accepted, done - accepted - differ, len(reasons), differ))
    for reason, n in reasons.most_common():
        print("  %7u %s" % (n, reason))
    sys.exit(differ != 0 or done != count or (status != 0 and not differ) or accepted < count // 20)


if __name__ == "__main__":
    main()
