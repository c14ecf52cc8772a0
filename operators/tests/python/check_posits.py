#!/usr/bin/env python3
"""Holds `holigen eval` of posit operators against SoftPosit (C. Leong, PyPI softposit 0.3.4): with es = 2 against its pX2,
<8,0>, <16,1> and <32,2> against its types of these widths.

    check_posits.py target/release/holigen [--widths 4,5,8]
"""
import argparse
import itertools
import json
import random
import subprocess
import sys

import softposit

OPERATORS = {"positadd": "add", "positsub": "sub", "positmul": "mul"}
# Width and es of the types that have one width: what makes an operand, and the prefix of the functions.
FIXED = {(8, 0): (softposit.posit8_t, "p8"), (16, 1): (softposit.posit16_t, "p16"), (32, 2): (softposit.posit32_t, "p32")}
# Operands of one run of the program: what fits an argument of the system's.
CHUNK = 12000


def evaluate(holigen, operator, n, es, pairs):
    """Codes of the results."""
    for start in range(0, len(pairs), CHUNK):
        some = pairs[start:start + CHUNK]
        operands = [f"{name}=" + ",".join(hex(p[i]) for p in some) for i, name in enumerate("ab")]
        done = subprocess.run([holigen, "eval", operator, "--n", str(n), "--es", str(es), "--json", *operands],
                              check=True, capture_output=True, text=True)
        for one in json.loads(done.stdout):
            yield int(one["outputs"]["r"]["code"], 16)


def theirs(function, n, pair):
    """The code that pX2 finds: its words hold codes of any width at the top."""
    x, y = softposit.posit_2_t(), softposit.posit_2_t()
    x.v, y.v = (code << (32 - n) for code in pair)
    return getattr(softposit, f"pX2_{function}")(x, y, n).v >> (32 - n)


def theirs_fixed(function, n, es, pair):
    """The code that a type of one width finds."""
    operand, prefix = FIXED[n, es]
    x, y = operand(), operand()
    x.v, y.v = pair
    return getattr(softposit, f"{prefix}_{function}")(x, y).v & ((1 << n) - 1)


def pairs_of(n):
    if n <= 8:
        return list(itertools.product(range(1 << n), repeat=2))
    chosen = random.Random(n)
    regimes = [(1 << k) - 1 for k in range(n)] + [1 << k for k in range(n)]
    # Half of them with regimes of any length, which uniform codes hardly have.
    code = lambda: (chosen.getrandbits(n) if chosen.random() < 0.5
                    else (chosen.choice(regimes) ^ chosen.getrandbits(chosen.randrange(1, n))) * chosen.choice([1, -1])
                    & ((1 << n) - 1))
    return [(code(), code()) for _ in range(30000)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("holigen")
    parser.add_argument("--widths", default="6,7,8,12,16,24")
    args = parser.parse_args()
    wrong = 0
    runs = [(int(n), 2, theirs) for n in args.widths.split(",")]
    runs += [(n, es, lambda f, n, pair, es=es: theirs_fixed(f, n, es, pair)) for n, es in FIXED]
    for n, es, reference in runs:
        pairs = pairs_of(n)
        for operator, function in OPERATORS.items():
            bad = [(a, b, got, want) for (a, b), got in zip(pairs, evaluate(args.holigen, operator, n, es, pairs))
                   if got != (want := reference(function, n, (a, b)))]
            print(f"{operator} <{n},{es}>: {len(pairs)} pairs, {len(bad)} differ")
            for a, b, got, want in bad[:3]:
                print(f"  {a:#x} {b:#x}: {got:#x}, SoftPosit {want:#x}")
            wrong += len(bad)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
