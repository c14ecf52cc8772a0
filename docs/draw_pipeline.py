#!/usr/bin/env python3
"""Draws the pipeline of a core as SVG from what `holigen <operator> ... --explain` prints on standard error.

    holigen fp8mac --we 4 --wf 3 --freq 400 --explain -o /tmp/core 2>&1 | docs/draw_pipeline.py > docs/fp8mac.svg
"""
import re
import sys
from html import escape

text = sys.stdin.read()
head = re.search(r"^(\S+): (\d+) stages.*?(\d+) ps of logic a stage", text, re.M)
stages = re.findall(r"^stage (\d+)(?:: (.*))?\n.*?\] +(\d+) ps, (\d+) % full; (\d+) register bits", text, re.M)
if not head or not stages:
    sys.exit("no schedule on standard input; was --explain given?")

width, row, top = 900, 34, 64
height = top + row * len(stages) + 10
bar_x, bar_w = 400, 330
out = [
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="Helvetica, Arial, sans-serif" '
    'font-size="14">',
    f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    f'<text x="20" y="28" font-size="17" font-weight="bold" fill="#16202c">{escape(head[1])}</text>',
    f'<text x="20" y="48" fill="#5a6572">{head[2]} stages; a bar is the logic of a stage, its frame the '
    f"{head[3]} ps that the clock leaves; right: register bits behind it</text>",
]
for i, (number, title, ps, full, bits) in enumerate(stages):
    y = top + row * i
    share = min(int(full), 100) / 100
    out += [
        f'<text x="20" y="{y + 19}" fill="#5a6572">{number}</text>',
        f'<text x="48" y="{y + 19}" fill="#16202c">{escape(title or "")}</text>',
        f'<rect x="{bar_x}" y="{y + 4}" width="{bar_w}" height="20" rx="3" fill="#eef2f6"/>',
        f'<rect x="{bar_x}" y="{y + 4}" width="{bar_w * share:.0f}" height="20" rx="3" fill="#3f7fbf"/>',
        f'<text x="{bar_x + 8}" y="{y + 19}" fill="#ffffff">{ps} ps</text>',
        f'<text x="{bar_x + bar_w + 16}" y="{y + 19}" fill="#16202c">{bits} bits</text>',
    ]
out.append("</svg>")
print("\n".join(out))
