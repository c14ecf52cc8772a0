#!/usr/bin/env python3
"""Looks at datasheets in a headless Chromium: two widths, light and dark, and on paper.

    tests/datasheet/look.py OUT_DIR FILE.html...

Fails if the console says anything, if the page is wider than the window, if a drawing has no size, if the dark page
is not dark or the light one not light, or if the page asks for anything outside of itself. Screenshots and the PDF stay
in OUT_DIR for people.
"""
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr"]
WIDTHS = (1100, 420)
# What is asked of the page itself, in a copy of it with this at its end; the answer is its title.
PROBE = """<script>
addEventListener("load", () => {
  const wide = document.documentElement.scrollWidth > innerWidth + 1;
  const flat = [...document.querySelectorAll("svg")].filter(s => {
    const r = s.getBoundingClientRect(); return r.width < 40 || r.height < 20; });
  const outside = performance.getEntriesByType("resource").map(e => e.name).filter(n => !n.startsWith("data:"));
  const small = [...document.querySelectorAll("td, p")].filter(e => parseFloat(getComputedStyle(e).fontSize) < 9);
  document.title = JSON.stringify({wide, flat: flat.length, svgs: document.querySelectorAll("svg").length,
    outside, small: small.length, dark: matchMedia("(prefers-color-scheme: dark)").matches});
});
</script>"""


def chromium(*arguments):
    browser = next((b for b in ("chromium", "chromium-browser", "google-chrome") if shutil.which(b)), None)
    if browser is None:
        sys.exit("error: there is no chromium")
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run([browser, *FLAGS, f"--user-data-dir={profile}", *arguments], capture_output=True,
                              text=True, timeout=120)
    said = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    if done.returncode != 0:
        sys.exit(f"error: chromium ended with {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout, said


def corner(png):
    """The colour of the upper left pixel of a PNG."""
    data, at, rows = png.read_bytes(), 8, b""
    channels = {2: 3, 6: 4}[data[25]]
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IDAT":
            rows += data[at + 8:at + 8 + size]
        at += 12 + size
    # The first row's filter does not reach the first pixel.
    return tuple(zlib.decompress(rows)[1:1 + min(channels, 3)])


def look(page, out):
    faults = []
    probe = out / f"{page.stem}.probe.html"
    probe.write_text(page.read_text() + PROBE)
    for width in WIDTHS:
        for scheme, number in (("light", 1), ("dark", 0)):
            name = f"{page.stem} {width} {scheme}"
            view = [f"--window-size={width},2400", f"--blink-settings=preferredColorScheme={number}"]
            png = out / f"{page.stem}_{width}_{scheme}.png"
            _, said = chromium(*view, f"--screenshot={png}", page.as_uri())
            faults += [f"{name}: console: {line}" for line in said]
            red, green, blue = corner(png)
            if (red + green + blue > 3 * 128) != (scheme == "light"):
                faults.append(f"{name}: the paper is rgb({red}, {green}, {blue})")
            dom, _ = chromium(*view, "--dump-dom", probe.as_uri())
            found = json.loads(dom.split("<title>")[1].split("</title>")[0].replace("&quot;", '"'))
            for what in ("wide", "flat", "outside", "small"):
                if found[what]:
                    faults.append(f"{name}: {what}: {found[what]}")
            if found["svgs"] < 3 or found["dark"] != (scheme == "dark"):
                faults.append(f"{name}: {found}")
    pdf = out / f"{page.stem}.pdf"
    _, said = chromium(f"--print-to-pdf={pdf}", "--no-pdf-header-footer", page.as_uri())
    if said or not pdf.read_bytes().startswith(b"%PDF"):
        faults.append(f"{page.stem}: on paper: {said}")
    probe.unlink()
    return faults


def main():
    out = pathlib.Path(sys.argv[1]).resolve()
    out.mkdir(parents=True, exist_ok=True)
    pages = [pathlib.Path(p).resolve() for p in sys.argv[2:]]
    faults = [fault for page in pages for fault in look(page, out)]
    if faults or not pages:
        sys.exit("error: " + ("\n".join(faults) or "no page was given"))
    print(f"  {len(pages)} datasheets at {len(WIDTHS)} widths, light and dark, and on paper")


if __name__ == "__main__":
    main()
