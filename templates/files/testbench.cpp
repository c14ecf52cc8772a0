{{ self.comment() }}
#include <cstdio>
#include <cstring>

#include "V{{ l.tb.module }}_tb.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_vcd_c.h"
#endif

int main(int argc, char **argv) {
    VerilatedContext context;
    context.commandArgs(argc, argv);
    const char *wave = nullptr;
    for (int i = 1; i < argc; i++) {
        if (!std::strcmp(argv[i], "--wave") && i + 1 < argc) wave = argv[++i];
        else if (!std::strncmp(argv[i], "+wave=", 6)) wave = argv[i] + 6;
    }
    V{{ l.tb.module }}_tb bench{&context};
#if VM_TRACE
    VerilatedVcdC vcd;
    if (wave) {
        context.traceEverOn(true);
        bench.trace(&vcd, 99);
        vcd.open(wave);
    }
#else
    if (wave) std::fprintf(stderr, "--wave needs a model that was built with --trace\n");
#endif
    // The run has a fixed length; the limit only guards against a testbench that was edited.
    const unsigned long limit = {{ self.limit() }};
    for (unsigned long half = 0; half < 2 * limit && !bench.tb_done; half++) {
        bench.clk = half % 2;
        bench.eval();
#if VM_TRACE
        if (wave) vcd.dump(context.time());
#endif
        context.timeInc(5);
    }
#if VM_TRACE
    if (wave) vcd.close();
#endif
    if (!bench.tb_done) std::printf("FAIL {{ l.results }} of {{ l.results }}\n");
    const bool passed = bench.tb_done && !bench.tb_failed;
    bench.final();
    return passed ? 0 : 1;
}

