"""What the entropy decoders cost on an FPGA and how near they come to the entropy: writes streams.md and its plots."""
import collections
import heapq
import json
import math
import pathlib
import random
import shlex
import subprocess
import tempfile

import plots
from tool import HERE, ROOT, clock, stamp, table

MHZ = 300
ECP5_MHZ = 150
LANES = (1, 2, 4, 8)
# Each symbol is so much rarer than the one before, in the codes that are wired in.
FALL = {4: 0.75, 8: 0.98}
# Zeros among ternary weights, percent: of the tables, and between them of the plot.
ZEROS = (60, 80, 95)
CURVE = (34, 50, 60, 70, 80, 88, 95, 98)
WEIGHTS = 1 << 18
NETWORK = ROOT / "tests" / "network"
# By name in tables: the decoder, its options, and whether the numbers k from 0 to 3 are tried too.
CODERS = {
    "Huffman": ("huffdec", "--longest 11", False),
    "tANS, 2^10 states": ("tansdec", "--log 10", False),
    "tANS, 2^12 states": ("tansdec", "--log 12", False),
    "rANS, 12 bits": ("ransdec", "--precision 12", False),
    "Rice": ("ricedec", "--map zigzag", True),
    "exp-Golomb": ("ricedec", "--code exp-golomb --map zigzag", True),
}
TRITS = "5 trits in 8 bits"


def counts(symbols, fall, total):
    """Counts that fall so, each 1 at least."""
    weights = [fall**i for i in range(symbols)]
    found = [max(1, int(w * total / sum(weights))) for w in weights]
    found[0] += total - sum(found)
    return ",".join(map(str, found))


def lengths(symbols, fall):
    """Lengths of their Huffman code."""
    found = [0] * symbols
    heap = [(fall**i, i, (i,)) for i in range(symbols)]
    heapq.heapify(heap)
    for node in range(symbols, 2 * symbols - 1):
        (w1, _, s1), (w2, _, s2) = heapq.heappop(heap), heapq.heappop(heap)
        for s in s1 + s2:
            found[s] += 1
        heapq.heappush(heap, (w1 + w2, node, s1 + s2))
    return ",".join(map(str, found))


def cores():
    """(decoder, symbols, where its code comes from, command without lanes) of all cores."""
    for bits, fall in FALL.items():
        symbols = 1 << bits
        for decoder, options, wired in (
            ("huffdec", "--longest 11", f"--table {lengths(symbols, fall)}"),
            ("tansdec", "--log 10", f"--log 10 --table {counts(symbols, fall, 1 << 10)}"),
            ("ransdec", "--precision 12", f"--precision 12 --table {counts(symbols, fall, 1 << 12)}"),
        ):
            yield decoder, symbols, "loaded", f"{decoder} --symbol-bits {bits} {options}"
            yield decoder, symbols, "wired", f"{decoder} --symbol-bits {bits} {wired}"
        yield "ricedec", symbols, "k = 2", f"ricedec --symbol-bits {bits} --k 2"
    yield "tritunpack", 3**5, "fixed", "tritunpack --stream --n 5"


def counted(bench, command, lanes):
    """LUT6 and flip-flops by holigen's own count before synthesis, and its estimate of the clock."""
    args = [*shlex.split(command), *(["--lanes", str(lanes)] if lanes > 1 else [])]
    run = lambda *words: json.loads(subprocess.run(list(map(str, words)), cwd=ROOT, check=True, capture_output=True,
                                                   text=True).stdout)
    with tempfile.TemporaryDirectory() as folder:
        freq = ["--freq", MHZ, "--json", "-o", f"{folder}/core"]
        manifest = run(bench.holigen, *args, "--check", "none", "--tb", "none", *freq)
        # A sweep of one point.
        at = args.index("--symbol-bits" if "--symbol-bits" in args else "--n")
        swept = [*args[:at], *args[at + 2:], "--sweep", f"{args[at][2:]}={args[at + 1]}"]
        row = run(bench.holigen, "explore", *swept, "--measure", "estimate", *freq[:-1], f"{folder}/sweep")["rows"][0]
    return row["luts"], row["ff"], manifest["estimated_fmax_mhz"]


def area(bench):
    """Lines of the table of areas, those of lanes beside one lane, and the reports of what was synthesised."""
    keys = [(*core, lanes) for core in cores() for lanes in (LANES if core[0] != "tritunpack" else (1,))]
    reports = {}
    for decoder, symbols, code, command, lanes in keys:
        if symbols == 16 and (lanes == 1 or not bench.quick) or decoder == "tritunpack":
            args = command if lanes == 1 else f"{command} --lanes {lanes}"
            reports[decoder, symbols, code, lanes] = bench.synth(args, "xc7", MHZ)
    counts = {key[:3] + key[4:]: counted(bench, key[3], key[4]) for key in keys}
    reports = {key: promise.result() for key, promise in reports.items()}
    lines, side_by_side = [], []
    for key, (luts, ff, mhz) in counts.items():
        r = reports.get(key)
        made = [r["luts"] + r["lutram"], r["ff"], f"{halves(r) / 2:g}", r["dsp"]] if r else [""] * 4
        lines.append([*key, luts, ff, f"{mhz:.0f}", *made])
        if key[3] == 4:
            one = counts[*key[:3], 1][0]
            side_by_side.append([*key[:3], 4 * one, luts, f"{luts / (4 * one):.2f}"])
    return lines, side_by_side, reports


def routed(bench):
    """Lines of the table of routed cores. A memory and a shift are too long for that clock on ECP5, so that tANS has two
    states in turn; rANS has DSP blocks."""
    options = {"tansdec": " --states 2", "ransdec": " --dsp"}
    lanes_of = lambda core: LANES if core[1] == 16 and not bench.quick and core[0] != "tritunpack" else (1,)
    keys = [(*core, lanes) for core in cores() for lanes in lanes_of(core)]
    command = lambda key: key[3] + options.get(key[0], "") + (f" --lanes {key[4]}" if key[4] > 1 else "")
    promises = [(key, bench.synth(command(key), "ecp5", ECP5_MHZ)) for key in keys]
    lines = []
    for (decoder, symbols, code, _, lanes), promise in promises:
        r = promise.result()
        lines.append([decoder + options.get(decoder, ""), symbols, code, lanes, f"{r['estimated_fmax_mhz']:.0f}", clock(r),
                      "yes" if r["fmax_mhz"] >= ECP5_MHZ else "no", r["luts"], r["carry"], r["ff"], r["bram"], r["dsp"]])
    return lines


def halves(report):
    """Block RAMs in units of 18 Kbit."""
    return sum(n * (2 if "36" in cell else 1) for cell, n in report["cells"].items() if cell.startswith("RAMB"))


def entropy(symbols):
    """Bits a symbol, of order 0."""
    found = collections.Counter(symbols)
    return -sum(n / len(symbols) * math.log2(n / len(symbols)) for n in found.values())


def npy(path, values):
    """Writes signed bytes as an array."""
    header = f"{{'descr': '|i1', 'fortran_order': False, 'shape': ({len(values)},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
                     + bytes(v & 255 for v in values))


def read_npy(path):
    """Signed bytes of an array."""
    data = path.read_bytes()
    return [b - 256 if b > 127 else b for b in data[10 + int.from_bytes(data[8:10], "little"):]]


def ternary(zeros):
    """Weights of which so many percent are zeros, ones of both signs as frequent."""
    rng = random.Random(zeros)
    return [0 if rng.random() * 100 < zeros else rng.choice((-1, 1)) for _ in range(WEIGHTS)]


def encoded(bench, command, array, folder):
    """What `holigen encode` says about a file."""
    # Who asks for the table gets one, even where it is longer than what it saves.
    table_out = [] if "ricedec" in command or "tritunpack" in command else ["--table-out", folder / "table"]
    line = [bench.holigen, "encode", *shlex.split(command), "--in", array, "--out", folder / "stream", "--force", "--json", *table_out]
    return json.loads(subprocess.run(line, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def measured(bench, array, folder, wrapped):
    """Bits an element by coder; `wrapped` gives the command for a decoder and its options."""
    found = {}
    for name, (decoder, options, tried) in CODERS.items():
        each = [wrapped(decoder, f"{options} --k {k}") for k in range(4)] if tried else [wrapped(decoder, options)]
        reports = [report for report in (attempt(bench, c, array, folder) for c in each) if report]
        if reports:
            found[name] = min(r["bits_per_element"] for r in reports)
    return found


def attempt(bench, command, array, folder):
    """As [`encoded`], or none where the decoder can't have such parameters."""
    try:
        return encoded(bench, command, array, folder)
    except subprocess.CalledProcessError as error:
        if error.returncode == 2:
            return None
        raise


def compression(bench, folder):
    """{data: (entropy, bits of an element as it is, {coder: bits an element})}."""
    single = lambda bits: lambda decoder, options: f"{decoder} --symbol-bits {bits} {options}"
    groups = lambda decoder, options: f"weightstream --coder {decoder} {options} --per-symbol 4"
    found = {}
    for zeros in sorted({*ZEROS, *CURVE}):
        weights, array = ternary(zeros), folder / "ternary.npy"
        npy(array, weights)
        bits = measured(bench, array, folder, single(2))
        bits[TRITS] = encoded(bench, "tritunpack --stream --n 5", array, folder)["bits_per_element"]
        found["ternary", zeros, 1] = entropy(weights), bits
        fours = list(zip(*(weights[i::4] for i in range(4))))
        if zeros in ZEROS or zeros in CURVE:
            found["ternary", zeros, 4] = entropy(fours) / 4, measured(bench, array, folder, groups)
    weights, array = [w for i in (1, 2, 3) for w in read_npy(NETWORK / f"int4_{i}.npy")], folder / "int4.npy"
    npy(array, weights)
    found["int4", None, 1] = entropy(weights), measured(bench, array, folder, single(4))
    return found


def draw(found, reports):
    """Both plots."""
    curve = lambda coder, n: [(found["ternary", z, n][0], found["ternary", z, n][1].get(coder)) for z in reversed(CURVE)]
    series = {name: curve(name, 1) for name in [*CODERS, TRITS]}
    series["Huffman, 4 weights a symbol"] = curve("Huffman", 4)
    series["tANS 2^12, 4 weights a symbol"] = curve("tANS, 2^12 states", 4)
    ends = [found["ternary", z, 1][0] for z in (CURVE[-1], CURVE[0])]
    plots.lines(HERE / "streams_bits.svg", series, "entropy of order 0, bits a weight", "bits a weight, headers included",
                f"Ternary weights: from {CURVE[-1]} % zeros on the left to {CURVE[0]} % on the right",
                guides=[("the entropy itself", [(x, x) for x in ends])], outside=True)
    bits = found["int4", None, 1][1]
    points = {}
    names = {"huffdec": "Huffman", "tansdec": "tANS, 2^10 states", "ransdec": "rANS, 12 bits", "ricedec": "Rice"}
    for (decoder, symbols, code, lanes), r in reports.items():
        if lanes == 1 and symbols == 16 and "refused" not in r:
            points[f"{decoder}, {code}"] = [(bits[names[decoder]], r["luts"] + r["lutram"])]
    plots.lines(HERE / "streams_luts.svg", points, "bits a weight", "LUT6 of one lane",
                f"4-bit weights of the trained network, entropy {found['int4', None, 1][0]:.3f} bits", outside=True)


def over(bits, h):
    return f"{100 * (bits / h - 1):+.2f} %"


def compression_tables(found):
    """Bits an element by coder, and how far the best are over the entropy."""
    data = [(f"ternary, {z} % zeros" + (", 4 a symbol" if n == 4 else ""), found["ternary", z, n])
            for n in (1, 4) for z in ZEROS]
    data.append(("4-bit weights of the trained network", found["int4", None, 1]))
    names = [*CODERS, TRITS]
    bits = [[name, f"{h:.4f}", *(f"{b[c]:.4f}" if c in b else "" for c in names)] for name, (h, b) in data]
    near = [[name, *(over(b[c], h) if c in b else "" for c in names)] for name, (h, b) in data]
    return table(["weights", "entropy", *names], bits), table(["over the entropy", *names], near)


def streams(bench):
    lines, side_by_side, reports = area(bench)
    on_ecp5 = routed(bench)
    with tempfile.TemporaryDirectory() as folder:
        found = compression(bench, pathlib.Path(folder))
    draw(found, reports)
    bits, near = compression_tables(found)
    tools = ", ".join(sorted({t for r in reports.values() for t in r.get("tools", [])}))
    reach = sum(line[6] == "yes" for line in on_ecp5)
    listed = [[f"{decoder}, {symbols} symbols, {code}", f"`holigen {command if len(command) < 90 else command[:80] + '...'}`"]
              for decoder, symbols, code, command in cores()]
    (HERE / "streams.md").write_text(f"""# Entropy decoders

Made by `bench/run streams{" --quick" if bench.quick else ""}` on {stamp()},
with {tools}. The encoders' speed is in [speed.md](speed.md), streams that were run through the decoders are in
[tests/campaign](../tests/campaign/streams.md).

## Bits a weight

`holigen encode` on {WEIGHTS} ternary weights, independent of each other, and on the {len(read_npy(NETWORK / "int4_1.npy")) * 2 + len(read_npy(NETWORK / "int4_3.npy"))} weights of the network in
`tests/network`, its three layers one behind the other: the words of the stream, with the headers of its blocks, without the
table. Four ternary weights a symbol are `weightstream --per-symbol 4`. Of Rice and exp-Golomb codes, zig-zag, the best k.
Entropy is that of order 0, of the symbols.

{bits}

{near}

![Bits a weight against the entropy](streams_bits.svg)

A Huffman code can't have less than a bit a symbol, so with one weight a symbol it wastes what zeros save; four weights a
symbol mend most of that. tANS and rANS follow the entropy anywhere, as long as no symbol is much rarer than their tables can
say: of four weights with 95 % zeros most of the 81 symbols are rarer than one in 4096.

## Area

Kintex-7 at {MHZ} MHz asked. Counted: by holigen itself before synthesis, with its estimate of the clock. Synthesised, **not
routed**, where there are figures: LUT6 with those used as memory; a block RAM of 18 Kbit is half of one. A lane is a
symbol a clock. Wired codes are of symbols each of which is as frequent as {FALL[4]} (16 symbols) or {FALL[8]} (256) times the one before.

{table(["decoder", "symbols", "code", "lanes", "counted LUT6", "FF", "MHz", "synthesised LUT6", "FF", "block RAM", "DSP"], lines)}

Four lanes beside four cores of one lane, LUT6 as counted:

{table(["decoder", "symbols", "code", "4 cores", "4 lanes", "ratio"], side_by_side)}

Lanes share what loads and checks a table, and go through the headers of blocks together, with one count of symbols for all.

The product of rANS is in lookup tables here, since the flow makes no DSP blocks; a tool that is left to itself puts it and its
registers into one.

![LUT6 against bits a weight](streams_luts.svg)

## {ECP5_MHZ} MHz on ECP5

LFE5U-85F, speed 8, placed and routed {bench.seeds} times with different seeds; the clock is the median, with half of the
spread. {reach} of {len(on_ecp5)} reach {ECP5_MHZ} MHz. A block RAM takes most of such a clock, so a loaded Huffman code compares the next
bits with the last codes of each length, tANS has two states in turn, and rANS its products in DSP blocks.

{table(["decoder", "symbols", "code", "lanes", "estimated, MHz", "routed, MHz", "reaches it", "LUT4", "CCU2C", "FF", "block RAM", "DSP"], on_ecp5)}

The cores, without `--lanes`:

{table(["core", "command"], listed)}
""")
