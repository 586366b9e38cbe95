#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""A second decoder of snapshots, written from FORMAT.md alone.

decode.py CATALOGUE FILE...     each snapshot as text

CATALOGUE says whose which register is (FORMAT.md leaves that to the reader): lines of "vm|vcpu FIRST STEP COUNT".
"""
import struct
import sys

MIB64 = 64 << 20
TABLE = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
    TABLE.append(n)


def crc32c(data):
    crc, table = 0xFFFFFFFF, TABLE
    for b in data:
        crc = crc >> 8 ^ table[(crc ^ b) & 255]
    return crc ^ 0xFFFFFFFF


class Refused(Exception):
    pass


def need(condition, reason):
    if not condition:
        raise Refused(reason)


def catalogue(lines):
    """Scope of each known id."""
    owner = {}
    for line in lines:
        scope, first, step, count = line.split()
        for i in range(int(count) if int(step) else 1):
            owner[int(first, 16) + i * int(step)] = scope
    return owner


# type: (first minor, last minor, required, always critical, unit)
KINDS = {1: (0, 1, False, True, 16), 2: (0, 1, False, True, 16), 3: (0, 1, False, True, 1),
         4: (0, 1, True, True, 8), 5: (0, 1, True, True, 16), 6: (0, 0, True, True, 1),
         7: (1, 1, True, True, 1), 8: (0, 1, False, True, 24), 9: (1, 1, False, False, 16)}


def name_of(field):
    text = field.rstrip(b"\0")
    need(len(text) < 64 and all(0x20 <= c <= 0x7E for c in text), "header-field")
    return text.decode("ascii")


class Items:
    """A register list: ids, sizes, where each value begins."""

    def __init__(self, data, offset, n):
        need(len(data) - offset >= 16 * n, "count")
        self.ids, self.sizes, self.stride = [], [], 0
        for i in range(n):
            rid, size, at = struct.unpack_from("<QII", data, offset + 16 * i)
            need(size <= 65536, "limit")
            need(at == self.stride, "not-canonical")
            self.ids.append(rid)
            self.sizes.append(size)
            self.stride += size

    def check(self, arch, owner, foreign):
        last = -1
        for rid, size in zip(self.ids, self.sizes):
            need(rid > last, "id-order")
            last = rid
            need(rid >> 56 == arch, "wrong-architecture")
            code = rid >> 52 & 15
            need(code <= 8 or code == 15, "register-id-malformed")
            need(size > 0 and (code == 15 or size == 1 << code), "register-size")
            need(owner.get(rid) != foreign, "wrong-scope")

    def text(self, column):
        out, at = [], 0
        for rid, size in zip(self.ids, self.sizes):
            out.append("reg %016x %s" % (rid, column[at : at + size].hex()))
            at += size
        return out


def pairs_of(data):
    return [struct.unpack_from("<QQ", data, i) for i in range(0, len(data), 16)]


def check_pairs(pairs, arch, owner):
    last = -1
    for rid, _ in pairs:
        need(rid > last, "id-order")
        last = rid
        if arch is None:
            need(rid <= 0xFFFFFFFF, "section-field")
            continue
        need(rid >> 56 == arch, "wrong-architecture")
        need(rid >> 52 & 15 <= 8, "register-id-malformed")
        need(owner.get(rid) != "vcpu", "wrong-scope")


def sparse(data, shapes, members):
    """Section 7 back into plain columns."""
    at, columns = 0, []
    for items, vcpus in zip(shapes, members):
        before, stride = bytes(items.stride), items.stride
        words = (stride + 7) // 8
        for _ in vcpus:
            ncodes = (words + 3) // 4
            need(at + ncodes <= len(data), "count")
            codes = data[at : at + ncodes]
            at += ncodes
            if words % 4:
                need(codes[-1] >> words % 4 * 2 == 0, "padding")
            column = bytearray()
            for i in range(words):
                old = before[8 * i : 8 * i + 8]
                zero = bytes(len(old))
                code = codes[i // 4] >> i % 4 * 2 & 3
                word = (old, zero, data[at : at + len(old)], b"")[code]
                if code == 2:
                    need(at + len(old) <= len(data), "count")
                    at += len(old)
                need(code == (0 if word == old else 1 if word == zero else 2), "not-canonical")
                column += word
            before = bytes(column)
            columns.append(before)
    need(at == len(data), "count")
    return columns


def plain(data, shapes, members):
    need(len(data) == sum(s.stride * len(m) for s, m in zip(shapes, members)), "count")
    at, columns = 0, []
    for items, vcpus in zip(shapes, members):
        for _ in vcpus:
            columns.append(data[at : at + items.stride])
            at += items.stride
    return columns


def check_slots(slots):
    seen, last = set(), None
    for slot, flags, gpa, size in slots:
        space = slot >> 16
        need(space <= 1 and slot & 0xFFFF <= 32767 and flags <= 7, "memory-slot")
        need(size and gpa % 4096 == 0 and size % 4096 == 0 and gpa + size <= 1 << 56, "memory-slot")
        need(last is None or (space, gpa) >= last, "memory-slot")
        need(slot not in seen, "memory-slot")
        seen.add(slot)
        last = (space, gpa + size)


def envelope(buf):
    """Steps 1 to 7: header fields, our sections by type, the embedder's, how many were skipped."""
    need(len(buf) >= 192, "truncated")
    need(buf[:8] == b"cvmmsnap", "magic")
    need(crc32c(buf[:188]) == struct.unpack_from("<I", buf, 188)[0], "header-crc")
    major, minor, arch, size, vcpus, total, table, count, tablecrc, zero = struct.unpack_from("<HHIIIQIIII", buf, 8)
    need(major == 1 and minor <= 1, "format-version")
    need(arch in (0x20, 0x60, 0x80) and size == 192 and table == 192 and vcpus and count, "header-field")
    need(vcpus <= 4096 and count <= 256, "limit")
    kernel, writer = name_of(buf[48:112]), name_of(buf[112:176])
    need(zero == 0 and not any(buf[176:188]), "padding")
    need(total <= MIB64, "limit")
    need(total <= len(buf), "truncated")
    need(total >= len(buf), "trailing-bytes")
    end = 192 + 32 * count
    need(end <= total, "section-bounds")
    need(crc32c(buf[192:end]) == tablecrc, "table-crc")
    entries, last = [], 0
    for i in range(count):
        kind, version, flags, offset, length, crc, zero = struct.unpack_from("<IHHQQII", buf, 192 + 32 * i)
        need(flags <= 1 and zero == 0, "padding")
        need(kind > last, "section-order")
        last = kind
        need(end <= offset and offset + length <= total, "section-bounds")
        need(offset == end, "not-canonical")
        end = (offset + length + 15) // 16 * 16
        need(end <= total, "section-bounds")
        entries.append((kind, version, flags, offset, length, end, crc))
    need(end == total, "trailing-bytes")
    for _, _, _, offset, length, end, crc in entries:
        need(crc32c(buf[offset:end]) == crc, "section-crc")
        need(not any(buf[offset + length : end]), "padding")
    ours, extras, skipped = {}, [], 0
    for kind, version, flags, offset, length, _, _ in entries:
        data = buf[offset : offset + length]
        if kind >= 0x80000000:
            extras.append((kind, version, flags, data))
            continue
        known = KINDS.get(kind)
        if not known or not known[0] <= minor <= known[1] or version != 1:
            need(not flags, "section-unknown")
            skipped += 1
            continue
        need(data and (flags or not known[3]), "not-canonical")
        ours[kind] = (data, flags)
    for kind, known in KINDS.items():
        need(kind in ours or not known[2] or not known[0] <= minor <= known[1], "section-missing")
    return (minor, arch, vcpus, kernel, writer), ours, extras, skipped


def decode(buf, owner):
    (minor, arch, nvcpus, kernel, writer), ours, extras, skipped = envelope(buf)
    for kind, (data, _) in sorted(ours.items()):
        need(len(data) % KINDS[kind][4] == 0, "count")
        most = {1: 1024 * 16, 2: 4096 * 16, 8: 32768 * 24}.get(kind)
        need(most is None or len(data) <= most, "limit")
        need(kind != 9 or len(data) == 16, "count")
    get = lambda kind: ours.get(kind, (b"", 0))[0]
    # Counts, lengths, limits.
    vm, vmcol = Items(b"", 0, 0), b""
    if 3 in ours:
        data = get(3)
        need(len(data) >= 8, "count")
        n, zero = struct.unpack_from("<II", data)
        need(n, "not-canonical")
        need(n <= 4096, "limit")
        need(zero == 0, "padding")
        vm = Items(data, 8, n)
        vmcol = data[8 + 16 * n :]
        need(len(vmcol) == vm.stride, "count")
    shapes, features, data, at = [], [], get(5), 0
    while at < len(data):
        need(len(shapes) < 64, "limit")
        need(len(data) - at >= 16, "count")
        feature, n, zero = struct.unpack_from("<QII", data, at)
        need(n, "shape")
        need(n <= 4096, "limit")
        need(zero == 0, "padding")
        shapes.append(Items(data, at + 16, n))
        features.append(feature)
        at += 16 + 16 * n
    need(len(get(4)) == 8 * nvcpus, "count")
    vcpus = [struct.unpack_from("<II", get(4), 8 * i) for i in range(nvcpus)]
    members = [[] for _ in shapes]
    for i, (_, shape) in enumerate(vcpus):
        need(shape < len(shapes), "shape")
        members[shape].append(i)
    need(sum(s.stride * len(m) for s, m in zip(shapes, members)) <= MIB64, "limit")
    if minor == 0:
        columns = plain(get(6), shapes, members)
    policy, zero, saved = struct.unpack("<IIQ", get(9)) if 9 in ours else (0, 0, 0)
    if 9 in ours:
        need(policy or saved, "section-field")
        need(ours[9][1] == (policy == 2), "not-canonical")
    if minor == 1:
        columns = sparse(get(7), shapes, members)
    # Meaning.
    caps, seen = pairs_of(get(1)), pairs_of(get(2))
    check_pairs(caps, None, owner)
    check_pairs(seen, arch, owner)
    vm.check(arch, owner, "vcpu")
    order = None
    for shape, feature, who in zip(shapes, features, members):
        need(who, "shape")
        shape.check(arch, owner, "vm")
        need(not set(vm.ids) & set(shape.ids), "wrong-scope")
        key = (feature, list(zip(shape.ids, shape.sizes)))
        need(order is None or order < key, "shape")
        order = key
    ids = set()
    for vcpu, _ in vcpus:
        need(vcpu <= 65535, "limit")
        need(vcpu not in ids, "vcpu-id")
        ids.add(vcpu)
    slots = [struct.unpack_from("<IIQQ", get(8), i) for i in range(0, len(get(8)), 24)]
    check_slots(slots)
    need(policy <= 2 and zero == 0 and (policy != 2 or saved), "section-field")
    # Content as text.
    out = ["ok format 1.%u arch %x skipped %u" % (minor, arch, skipped), "kernel " + kernel, "writer " + writer]
    out += ["cap %u %016x" % p for p in caps] + ["seen %016x %016x" % p for p in seen] + ["vm"] + vm.text(vmcol)
    column = dict(zip([i for m in members for i in m], columns))
    for i, (vcpu, shape) in enumerate(vcpus):
        out.append("vcpu %u shape %u features %x" % (vcpu, shape, features[shape]))
        out += shapes[shape].text(column[i])
    out += ["slot %x %x %x %x" % s for s in slots]
    out += ["extra %x %u %u %s" % (k, v, f, d.hex()) for k, v, f, d in extras]
    return "\n".join(out + ["clock %u %u" % (policy, saved), ""])


def text_of(buf, owner):
    try:
        return decode(bytes(buf), owner)
    except Refused as reason:
        return "refused %s\n" % reason


if __name__ == "__main__":
    owner = catalogue(open(sys.argv[1]))
    for name in sys.argv[2:]:
        sys.stdout.write(text_of(open(name, "rb").read(), owner))
