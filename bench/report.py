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


def machine():
    model = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"{model}, Linux {platform.release()}, {platform.machine()}"


def restore_points():
    """{contestant: {vcpus: SET_ONE_REG}} of the restore rows."""
    points = {}
    for row in results.get("restore", []):
        m = re.fullmatch(r"restore, (\d+) vCPUs, SET_ONE_REG: ours / (.+)", row["what"])
        if m:
            points.setdefault("ours", {})[int(m[1])] = row["ours"]
            points.setdefault(m[2], {})[int(m[1])] = row["other"]
    return points


def fit(points):
    """Least squares a + b N."""
    n = len(points)
    sx, sy = sum(points), sum(points.values())
    sxx, sxy = sum(x * x for x in points), sum(x * y for x, y in points.items())
    b = (n * sxy - sx * sy) / (n * sxx - sx * sx)
    return (sy - b * sx) / n, b


def plot(points):
    """Register writes of a restore against the number of vCPUs."""
    width, height, left, bottom = 720, 400, 80, 50
    top_x = max(max(p) for p in points.values())
    top_y = max(max(p.values()) for p in points.values())
    colours = ["#1565c0", "#2e7d32", "#c62828", "#ef6c00", "#6a1b9a"]

    def at(x, y):
        return left + x / top_x * (width - left - 20), height - bottom - y / top_y * (height - bottom - 20)

    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
           "<title>SET_ONE_REG calls of a restore against the number of vCPUs</title>",
           f'<rect width="{width}" height="{height}" fill="white"/>']
    x0, y0 = at(0, 0)
    svg.append(f'<path d="M{x0} 20V{y0}H{width - 20}" fill="none" stroke="#333"/>')
    svg.append(f'<text x="{width / 2}" y="{height - 12}" text-anchor="middle">vCPUs</text>')
    svg.append('<text x="18" y="200" text-anchor="middle" transform="rotate(-90 18 200)">SET_ONE_REG calls</text>')
    for x in sorted(next(iter(points.values()))):
        px, py = at(x, 0)
        svg.append(f'<text x="{px:.1f}" y="{py + 18:.1f}" text-anchor="middle">{x}</text>' if x > 8 else "")
    for i in range(1, 5):
        px, py = at(0, top_y * i / 4)
        svg.append(f'<text x="{px - 6:.1f}" y="{py + 4:.1f}" text-anchor="end">{top_y * i / 4:.0f}</text>')
    for i, (name, p) in enumerate(points.items()):
        line = " ".join("{:.1f},{:.1f}".format(*at(x, y)) for x, y in sorted(p.items()))
        colour = colours[i % len(colours)]
        svg.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        svg.append(f'<text x="{left + 20}" y="{40 + 18 * i}" fill="{colour}">{name}</text>')
    return "\n".join(s for s in svg if s) + "\n</svg>\n"


def main():
    md = ["# Performance", "", "Made by `scripts/bench --write`; the last run's machine: " + machine() + ".",
          "Ratios are ours / the other's (below 1: ours is less), medians of interleaved runs on the simulated KVM unless the",
          "line says otherwise. Times depend on how busy the machine was; counts do not.", ""]
    points = restore_points()
    if points:
        out_svg.write_text(plot(points))
        md += ["## Growth with the number of vCPUs", "", f"![SET_ONE_REG calls against vCPUs]({out_svg.name})", "",
               "SET_ONE_REG calls of a restore, fitted as a + b N:", "", "| who | a | b |", "|---|---|---|"]
        for name, p in points.items():
            md.append("| {} | {:.0f} | {:.0f} |".format(name, *fit(p)))
        md.append("")
    for part, rows in results.items():
        md += [f"## {part}", "", "| what | value | goal |", "|---|---|---|"]
        if not rows:
            md.append("| skipped on this machine | | |")
        for r in rows:
            value = (f"{r['ratio']:.3f} ({r['ours']:.1f} / {r['other']:.1f} {r['unit']})" if "ratio" in r
                     else f"{r['value']:.1f} {r['unit']}")
            md.append(f"| {r['what']} | {value} | {r['goal']} |")
        md.append("")
    out_md.write_text("\n".join(md))


main()
