"""The emitted MLIR means what the emitted Verilog means.

CIRCT reads and verifies it and exports SystemVerilog, which has to pass the testbench that holigen wrote for its
own Verilog.
"""
import pathlib
import subprocess
import sys
import tempfile

import circt
from circt import ir, passmanager

CORES = [
    "fp8mac --we 4 --wf 3 --freq 400",
    "fp8mac --format e5m2 --out fixed --freq 300 --target ecp5 --ce",
    "fp8mac --format e4m3fn --acc fixed:10:-6 --acc-round rna --round rdn --freq 0 --ce",
]


def run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def exported(text):
    with ir.Context() as context, ir.Location.unknown():
        circt.register_dialects(context)
        module = ir.Module.parse(text)
        module.operation.verify()
        passmanager.PassManager.parse("builtin.module(lower-seq-to-sv)").run(module.operation)
        out = []

        class Sink:
            def write(self, piece):
                out.append(piece if isinstance(piece, str) else piece.decode())

        circt.export_verilog(module, Sink())
        return "".join(out)


def main(holigen):
    holigen = pathlib.Path(holigen).resolve()
    for core in CORES:
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            options = [*core.split(), "--name", "core", "--check", "1000"]
            run(holigen, *options, "--lang", "verilog", "--tb", "1000", "-o", folder / "v", cwd=folder)
            run(holigen, *options, "--lang", "mlir", "-o", folder / "mlir", cwd=folder)
            (folder / "core.sv").write_text(exported((folder / "mlir" / "core.mlir").read_text()))
            sources = ["v/core_tb.v", "core.sv", "v/core_tb.cpp"]
            build = ["--cc", "--exe", "--build", "-Wno-fatal", "--top-module", "core_tb"]
            run("verilator", *build, "--Mdir", "obj", "-O1", *sources, cwd=folder)
            said = run("obj/Vcore_tb", cwd=folder)
            if not said.startswith("PASS "):
                sys.exit(f"error: {core}: what CIRCT makes of the MLIR fails\n{said}")
            print(f"  {core}: {said.strip()}")


main(sys.argv[1])
