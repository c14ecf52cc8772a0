#!/usr/bin/env python3
"""Compares holigen's formats with ml_dtypes and gfloat: every code, and the rounding of exact numbers.

    check_formats.py [formats.tsv]

Without a file, runs the Rust example `dump_formats` by cargo. Prints how many codes and roundings were compared
with each library; exits 1 if any differs or if a comparison turned out empty, 3 if a library is missing.
"""

import collections
import math
import pathlib
import subprocess
import sys

try:
    import gfloat
    import ml_dtypes
    import numpy as np
    from gfloat import formats as known
    from gfloat.formats import format_info_p3109
    from gfloat.types import Domain, RoundMode, Signedness
except ImportError as error:
    print(f"check_formats: {error}; needs ml_dtypes and gfloat", file=sys.stderr)
    sys.exit(3)

ML_DTYPES = {
    "e4m3fn": ml_dtypes.float8_e4m3fn,
    "e5m2": ml_dtypes.float8_e5m2,
    "e4m3fnuz": ml_dtypes.float8_e4m3fnuz,
    "e5m2fnuz": ml_dtypes.float8_e5m2fnuz,
    "e4m3:ieee": ml_dtypes.float8_e4m3,
    "e3m4": ml_dtypes.float8_e3m4,
    "e3m2": ml_dtypes.float6_e3m2fn,
    "e2m3": ml_dtypes.float6_e2m3fn,
    "e2m1": ml_dtypes.float4_e2m1fn,
    "e8m0": ml_dtypes.float8_e8m0fnu,
    "bf16": ml_dtypes.bfloat16,
    "fp16": np.float16,
    "fp32": np.float32,
    "fp64": np.float64,
}

GFLOAT = {
    "e4m3fn": known.format_info_ocp_e4m3,
    "e5m2": known.format_info_ocp_e5m2,
    "e3m2": known.format_info_ocp_e3m2,
    "e2m3": known.format_info_ocp_e2m3,
    "e2m1": known.format_info_ocp_e2m1,
    "e8m0": known.format_info_ocp_e8m0,
    "bf16": known.format_info_bfloat16,
    "fp16": known.format_info_binary16,
    "fp32": known.format_info_binary32,
    "fp64": known.format_info_binary64,
}

# gfloat's "fastest", "fast" and plain stochastic rounding are P3109's A, B and C.
GFLOAT_MODES = {
    "rne": RoundMode.TiesToEven,
    "rna": RoundMode.TiesToAway,
    "rtz": RoundMode.TowardZero,
    "rup": RoundMode.TowardPositive,
    "rdn": RoundMode.TowardNegative,
    "sr": RoundMode.StochasticFastest,
    "srb": RoundMode.StochasticFast,
    "src": RoundMode.Stochastic,
}

WORDS = {8: np.uint8, 16: np.uint16, 32: np.uint32, 64: np.uint64}


def gfloat_format(name):
    """gfloat's description of a format, or None."""
    if name in GFLOAT:
        return GFLOAT[name]
    if name.startswith("binary") and "p" in name:
        width, rest = name.removeprefix("binary").split("p")
        signedness = Signedness.Signed if rest[-2] == "s" else Signedness.Unsigned
        domain = Domain.Extended if rest[-1] == "e" else Domain.Finite
        return format_info_p3109(int(width), int(rest[:-2]), signedness, domain)
    return None


def same(x, y):
    """Equal as IEEE data: NaN is NaN, and zeros have signs."""
    return (math.isnan(x) and math.isnan(y)) or (x == y and math.copysign(1, x) == math.copysign(1, y))


class Tally:
    """Counts comparisons and prints the first differences."""

    def __init__(self):
        self.compared = collections.Counter()
        self.different = 0

    def check(self, kind, found, expected, what):
        self.compared[kind] += 1
        if not same(found, expected):
            self.different += 1
            if self.different <= 20:
                print(f"DIFFERENT {kind}: {what}: holigen {found!r}, library {expected!r}")


def check_values(name, table, tally):
    """Every code (or a sample of wide formats)."""
    if name in ML_DTYPES:
        dtype = np.dtype(ML_DTYPES[name])
        codes = np.array(list(table), dtype=WORDS[8 * dtype.itemsize])
        with np.errstate(invalid="ignore"):  # signalling NaN
            numbers = codes.view(dtype).astype(np.float64)
        for code, value in zip(table, numbers, strict=True):
            tally.check("values, ml_dtypes", table[code], float(value), f"{name} code {code:#x}")
    info = gfloat_format(name)
    if info is not None:
        for code, value in table.items():
            tally.check("values, gfloat", value, gfloat.decode_float(info, code).fval, f"{name} code {code:#x}")


def unlike_e8m0(x):
    """Where ml_dtypes rounds to e8m0 in a way of its own: ties go up, float32's subnormals to the next power of
    two, and zero to NaN. OCP MX defines none of these (its conversion takes the floor)."""
    return x < 2.0**-126 or math.frexp(x)[0] == 0.75


def check_ml_dtypes(name, rounded, table, tally):
    """Conversions of numbers that float32 (for fp32 and fp64: float64) holds, to nearest even.

    ml_dtypes converts 8-bit formats by way of float32, so only for these does it round once. It never saturates
    where there is a NaN or an infinity to overflow to. NaN of e2m1 and its kin is left out: OCP leaves it open.
    """
    dtype = ML_DTYPES[name]
    source = np.float64 if name in ("fp32", "fp64") else np.float32
    with np.errstate(all="ignore"):
        for (mode, saturation, _), pairs in rounded.items():
            if (mode, saturation) != ("rne", "ovfinf"):
                continue
            numbers = np.array([x for x, _ in pairs])
            narrowed = numbers.astype(source)
            results = narrowed.astype(dtype).astype(np.float64)
            for (x, code), exact, result in zip(pairs, narrowed, results, strict=True):
                if float(exact) == x and not (name == "e8m0" and unlike_e8m0(x)):
                    tally.check("roundings, ml_dtypes", table_value(table, name, code), float(result), f"{name} of {x}")


def check_gfloat(name, rounded, table, tally):
    """All modes but odd, which gfloat doesn't have.

    Left out: overflow without saturation in finite P3109 formats, where gfloat gives NaN and the interim report
    v4.0 the largest number; and numbers below e8m0's smallest, which gfloat doesn't clamp.
    """
    info = gfloat_format(name)
    if info is None:
        return
    finite_p3109 = name.startswith("binary") and name.endswith("f")
    for (mode, saturation, rnd), pairs in rounded.items():
        kind, _, bits = mode.partition(":")
        saturate = saturation == "satfinite"
        random = {"srbits": rnd, "srnumbits": int(bits)} if bits else {}
        for x, code in pairs:
            if finite_p3109 and not saturate and abs(x) > info.max:
                continue
            if name == "e8m0" and x < 2.0**-127:
                continue
            if not saturate and not info.num_nans and info.domain != Domain.Extended and abs(x) > info.max:
                continue  # gfloat raises: neither NaN nor infinity
            expected = gfloat.round_float(info, x, GFLOAT_MODES[kind], saturate, **random)
            what = f"{name} {mode} {saturation} word {rnd} of {x}"
            tally.check("roundings, gfloat", table_value(table, name, code), float(expected), what)


def table_value(table, name, code):
    """The value of a code: from the table, or by numpy for the formats of which it holds a sample only."""
    if code in table:
        return table[code]
    if name == "tf32":
        return float(np.array([code << 13], dtype=np.uint32).view(np.float32)[0])
    dtype = np.dtype(ML_DTYPES[name])
    return float(np.array([code], dtype=WORDS[8 * dtype.itemsize]).view(dtype)[0])


def dump(arguments):
    """The lines of the Rust example."""
    if arguments:
        return pathlib.Path(arguments[0]).read_text(encoding="ascii").splitlines()
    root = pathlib.Path(__file__).resolve().parents[3]
    command = ["cargo", "run", "--quiet", "-p", "holigen-verif", "--example", "dump_formats"]
    return subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()


def main():
    values = collections.defaultdict(dict)
    rounded = collections.defaultdict(lambda: collections.defaultdict(list))
    for line in dump(sys.argv[1:]):
        kind, name, *rest = line.split("\t")
        if kind == "value":
            code, value = rest
            values[name][int(code)] = float(value) if value in ("nan", "inf", "-inf") else float.fromhex(value)
        else:
            mode, saturation, rnd, x, code = rest
            rounded[name][mode, saturation, int(rnd)].append((float.fromhex(x), int(code)))

    tally = Tally()
    for name, table in values.items():
        check_values(name, table, tally)
        if name in ML_DTYPES:
            check_ml_dtypes(name, rounded[name], table, tally)
        check_gfloat(name, rounded[name], table, tally)
    for kind, count in sorted(tally.compared.items()):
        print(f"{count:9} {kind}")
    print(f"{len(values)} formats, {sum(tally.compared.values())} comparisons, {tally.different} different")
    return 1 if tally.different or len(tally.compared) < 4 else 0


if __name__ == "__main__":
    sys.exit(main())
