#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Turns the benchmarks' JSON into docs/performance.md and a plot. usage: report.py FOLDER OUT.md OUT.svg"""
import json
import pathlib
import platform
import re
import sys

folder, out_md, out_svg = map(pathlib.Path, sys.argv[1:4])
results = {p.stem: json.loads(p.read_text()) for p in sorted(folder.glob("*.json"))}


ABOUT = {
    "codec": "Reading, writing and judging; bytes. What others publish of their files holds devices too. A file of format 1.1 is "
             "a twentieth of what it holds, so each column costs many times its share of a pass over the file: copying the "
             "columns is more than the goal already. Beside it: the same against a pass over the columns.",
    "fleet": "A thousand hosts.",
    "fuzz": "Inputs per second of processor time, with both sanitizers, five seconds each.",
    "ioctl-overhead": "On this machine's `/dev/kvm`.",
    "live": "On Debian's arm64 kernel 6.18 under QEMU. Counts are exact; time is an emulated processor's, comparable within "
            "the boot only. The peers do not read back; the floor does.",
    "restore": "On the simulated KVM, where a call takes 20 ns: what is left is our own work. The peers do not read back; the "
               "floor does.",
    "sim-speed": "The simulated KVM itself.",
    "threads": "One VM, several threads, on the simulated KVM.",
    "x86": "vCPU state on this machine's `/dev/kvm`, against the same calls by hand.",
}
MET = {True: "met", False: "**missed**", None: ""}


def machine():
    model = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"{model}, Linux {platform.release()}, {platform.machine()}"


def restore_points():
    """{contestant: {vcpus: SET_ONE_REG}} of the restore rows; ours is named as the row begins (restore, delta restore)."""
    points = {}
    for row in results.get("restore", []):
        m = re.fullmatch(r"([^,]*restore[^,]*), (\d+) vCPUs, SET_ONE_REG: ours / (.+)", row["what"])
        if m and "restore" not in m[3] and "delta" not in m[3]:
            ours = "ours" if m[1] == "restore" else "ours, " + m[1]
            points.setdefault(ours, {})[int(m[2])] = row["ours"]
            points.setdefault(m[3], {})[int(m[2])] = row["other"]
    return points


def fit(points):
    """Least squares a + b N."""
    n = len(points)
    sx, sy = sum(points), sum(points.values())
    sxx, sxy = sum(x * x for x in points), sum(x * y for x, y in points.items())
    b = (n * sxy - sx * sy) / (n * sxx - sx * sx)
    return (sy - b * sx) / n, b


def step(top):
    """Distance of the marks of an axis: 1, 2 or 5 times a power of ten, at most five marks."""
    power = 10 ** (len(str(int(top))) - 1)
    return next(d for d in (power // 5, power // 2, power, 2 * power) if d and top / d <= 5)


def plot(points):
    """Register writes of a restore against the number of vCPUs; contestants that write the same share a line."""
    width, height, left, right, bottom = 760, 400, 80, 160, 50
    lines = {}
    for name, p in points.items():
        lines.setdefault(tuple(sorted(p.items())), []).append(name)
    top_x = max(x for line in lines for x, _ in line)
    top_y = max(y for line in lines for _, y in line)
    colours = ["#1565c0", "#c62828", "#2e7d32", "#6a1b9a", "#ef6c00"]

    def at(x, y):
        return left + x / top_x * (width - left - right), height - bottom - y / top_y * (height - bottom - 20)

    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
           "<title>SET_ONE_REG calls of a restore against the number of vCPUs</title>",
           f'<rect width="{width}" height="{height}" fill="white"/>']
    x0, y0 = at(0, 0)
    x1 = at(top_x, 0)[0]
    svg.append(f'<path d="M{x0} 20V{y0}H{x1}" fill="none" stroke="#333"/>')
    svg.append(f'<text x="{(x0 + x1) / 2}" y="{height - 12}" text-anchor="middle">vCPUs</text>')
    svg.append('<text x="18" y="190" text-anchor="middle" transform="rotate(-90 18 190)">SET_ONE_REG calls</text>')
    for x in sorted({x for line in lines for x, _ in line if x == 0 or x * 16 >= top_x}):
        px, py = at(x, 0)
        svg.append(f'<text x="{px:.1f}" y="{py + 18:.1f}" text-anchor="middle">{x}</text>')
    for y in range(0, int(top_y) + 1, step(top_y)):
        px, py = at(0, y)
        svg.append(f'<path d="M{px} {py:.1f}H{x1}" stroke="#ddd"/>' if y else "")
        svg.append(f'<text x="{px - 6:.1f}" y="{py + 4:.1f}" text-anchor="end">{y:,}</text>')
    last = 0
    for i, (line, names) in enumerate(sorted(lines.items(), key=lambda item: -item[0][-1][1])):
        colour = colours[i % len(colours)]
        dots = [at(x, y) for x, y in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
        svg.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        svg += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in dots]
        last = max(dots[-1][1] + 4, last + 16)
        svg.append(f'<text x="{dots[-1][0] + 8:.1f}" y="{last:.1f}" fill="{colour}">{", ".join(names)}</text>')
    return "\n".join(s for s in svg if s) + "\n</svg>\n"


def main():
    md = ["# Performance", "", "Made by `scripts/bench --write`; the last run's machine: " + machine() + ".",
          "Ratios are ours / the other's (below 1: ours is less), medians of interleaved runs. Times depend on how busy the machine",
          "was; counts do not.", ""]
    judged = [r for rows in results.values() for r in rows if r["goal"]]
    missed = [r for r in judged if not r["met"]]
    md += [f"Goals: {len(judged) - len(missed)} of {len(judged)} met.", ""]
    points = restore_points()
    if points:
        out_svg.write_text(plot(points))
        md += ["## Growth with the number of vCPUs", "", f"![SET_ONE_REG calls against vCPUs]({out_svg.name})", "",
               "SET_ONE_REG calls of a restore, fitted as a + b N:", "", "| who | a | b |", "|---|---|---|"]
        for name, p in points.items():
            md.append("| {} | {:.0f} | {:.0f} |".format(name, *fit(p)))
        md.append("")
    for part, rows in results.items():
        md += [f"## {part}", "", ABOUT.get(part, ""), ""]
        if not rows:
            md += ["Skipped on this machine.", ""]
            continue
        md += ["| what | value | goal | |", "|---|---|---|---|"]
        for r in rows:
            value = (f"{r['ratio']:.3f} ({r['ours']:.1f} / {r['other']:.1f} {r['unit']})" if "ratio" in r
                     else f"{r['value']:.1f} {r['unit']}")
            md.append(f"| {r['what']} | {value} | {r['goal']} | {MET[r['met']]} |")
        md.append("")
    out_md.write_text("\n".join(md))


main()
