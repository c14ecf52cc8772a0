"""Ternary, binary and integer cores at the clocks that they are asked for: the page closure.md."""
from tool import HERE, clock, stamp, table

KINTEX7_MHZ, ECP5_MHZ = 400, 250
# Commands; the smaller ones are placed and routed for ECP5 too.
CORES = (
    ("ternarydot --n 8", True),
    ("ternarydot --n 16", True),
    ("ternarydot --n 64", True),
    ("ternarydot --n 64 --xbits 4", True),
    ("ternarydot --n 64 --xbits 2", True),
    ("ternarydot --n 128 --xbits 2", True),
    ("ternarydot --n 256 --xbits 1", True),
    ("ternarydot --n 512 --xbits 2", True),
    ("ternarydot --n 64 --primitives", False),
    ("ternarydot --n 16 --acc", True),
    ("ternarymac", True),
    ("tritdot --n 16", True),
    ("tritdot --n 200", True),
    ("tritpack", True),
    ("tritunpack", True),
    ("binarydot --n 64", True),
    ("binarydot --n 64 --mode and", True),
    ("binarydot --n 256", True),
    ("binarydot --n 100 --mode sign --xbits 2", True),
    ("binarydot --n 150 --mode sign --xbits 2", True),
    ("binarydot --n 200 --mode sign --xbits 2", True),
    ("binarydot --n 16 --mode sign --xbits 8", True),
    ("intmul", True),
    ("intmul --abits 16 --bbits 16", True),
    ("intmac", True),
    ("intdot --n 8", True),
    ("intdot --n 16", True),
    ("intdot --n 16 --b ones", True),
    ("intdot --n 64 --abits 2 --bbits 2", True),
    ("nmdot --n 16", True),
    ("nmdot --n 16 --weights int", True),
    ("constmatvec --weights bench/matrices/t16.npy", True),
    ("constmatvec --weights bench/matrices/b16.npy", True),
    ("constmatvec --weights bench/matrices/t16.npy --serial 4", True),
)


def reached(mhz, asked):
    return "yes" if mhz >= asked else f"{100 * (mhz / asked - 1):.1f} %"


def kintex7(command, report):
    if "refused" in report:
        return [f"`{command}`", report["refused"].removeprefix("error: ")]
    before, after = report["estimated_fmax_mhz"], report["estimate_mhz"]
    return [f"`{command}`", report["latency"], f"{before:.0f}", f"{after:.0f}", reached(after, KINTEX7_MHZ),
            report["luts"], report["carry"], report["ff"], report["srl"]]


def ecp5(command, report, seeds):
    if "refused" in report:
        return [f"`{command}`", report["refused"].removeprefix("error: ")]
    # The spread of one placement says nothing.
    routed = clock(report) if seeds > 1 else f"{report['fmax_mhz']:.0f}"
    return [f"`{command}`", report["latency"], f"{report['estimated_fmax_mhz']:.0f}", routed,
            reached(report["fmax_mhz"], ECP5_MHZ), report["luts"], report["carry"], report["ff"]]


def padded(head, rows):
    return table(head, [row + [""] * (len(head) - len(row)) for row in rows])


def closure(bench):
    """Each core for both devices; the routed ones with as many placements as the run has seeds."""
    amd = [(c, bench.synth(c, "xc7", KINTEX7_MHZ)) for c, _ in CORES]
    lattice = [(c, bench.synth(c, "ecp5", ECP5_MHZ)) for c, routed in CORES if routed]
    amd = [(c, r.result()) for c, r in amd]
    lattice = [(c, r.result()) for c, r in lattice]
    tools = sorted({t for _, r in amd + lattice for t in r.get("tools", [])})
    met = lambda rows, key, asked: sum(r.get(key, 0) >= asked for _, r in rows)
    (HERE / "closure.md").write_text(f"""# Ternary, binary and integer cores at their clocks

Made by `bench/run closure` on {stamp()}, with {", ".join(tools)}. Activations have 8 bits where nothing else is said.

## {KINTEX7_MHZ} MHz on Kintex-7

There is no free router for it. Two estimates: holigen's own, by which it places registers, and one of the netlist that
Yosys made of the text, each cell with the delay that the target states. {met(amd, "estimate_mhz", KINTEX7_MHZ)} of {len(amd)} reach {KINTEX7_MHZ} MHz by the second
one too. They differ where Yosys divides tables otherwise than the first expects.

{padded(["core", "latency", "estimated, MHz", "after synthesis, MHz", "reaches it", "LUT6", "CARRY4", "FF", "SRL"], [kintex7(*r) for r in amd])}

## {ECP5_MHZ} MHz on ECP5

LFE5U-85F, speed 8, placed and routed{f" {bench.seeds} times" if bench.seeds > 1 else ""}. {met(lattice, "fmax_mhz", ECP5_MHZ)} of {len(lattice)} reach {ECP5_MHZ} MHz.

{padded(["core", "latency", "estimated, MHz", "routed, MHz", "reaches it", "LUT4", "CCU2C", "FF"], [ecp5(*r, bench.seeds) for r in lattice])}
""")
