//! Verilator: compiles the Verilog text to C++. The fastest of the external simulators, two-valued.
//!
//! Most of a build's time goes into Verilator's run-time library, which is the same for every core; it is
//! compiled once and kept in a cache folder (`HOLIGEN_CACHE`, else `$XDG_CACHE_HOME/holigen`, else
//! `~/.cache/holigen`).
use super::tool::{CXX, Invocation, ToolError, VERILATOR};
use super::{Engine, Options, SourceText, TextPort, wave_path, work_folder, write};
use crate::stimulus::{Outputs, Stimulus};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

/// The simulator.
#[derive(Clone, Copy, Debug)]
pub struct Verilator;

impl Engine for Verilator {
    fn name(&self) -> &'static str {
        "verilator"
    }

    fn run_with(
        &self,
        text: &SourceText,
        stimulus: &Stimulus,
        options: &Options,
    ) -> Result<Outputs, ToolError> {
        text.check(stimulus);
        let folder = work_folder()?;
        let at = |name: &str| folder.path().join(name);
        let trace = options.wave.is_some();
        let program = build_harness(folder.path(), text, trace, &["-O2"], options.limit)?;
        let bytes: Vec<u8> = stimulus.words.iter().flat_map(|w| w.to_le_bytes()).collect();
        write(&at("in.bin"), bytes)?;
        let mut run = Invocation::new("the Verilator model", program)
            .arg("play")
            .arg(stimulus.cycles.to_string())
            .args(["in.bin", "out.bin"])
            .folder(folder.path())
            .limit(options.limit);
        if let Some(wave) = wave_path(options)? {
            run = run.arg(wave);
        }
        let said = run.succeed()?;
        let file = std::fs::read(at("out.bin")).map_err(ToolError::file(at("out.bin")))?;
        let words: Vec<u64> = file.as_chunks::<8>().0.iter().map(|b| u64::from_le_bytes(*b)).collect();
        let wanted = stimulus.cycles * text.output_limbs();
        if words.len() != wanted {
            return Err(run.failed(&said, format!("{} words of output instead of {wanted}", words.len())));
        }
        Ok(Outputs { cycles: stimulus.cycles, unknown: vec![0; wanted], words })
    }
}

/// What [`verilator_speed`] measured.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Speed {
    /// Cycles, each with new random inputs.
    pub vectors: u64,
    /// Processor time of the simulation alone.
    pub seconds: f64,
    /// Of all outputs: the same vectors give the same.
    pub checksum: u64,
}

impl Speed {
    /// Vectors in a second of one processor.
    pub fn rate(&self) -> f64 {
        self.vectors as f64 / self.seconds
    }
}

/// Simulates `vectors` cycles on random inputs made inside the model's program, optimised as far as the
/// compiler goes, without files. `rst` stays 0 and `ce` 1.
pub fn verilator_speed(text: &SourceText, vectors: u64, options: &Options) -> Result<Speed, ToolError> {
    let folder = work_folder()?;
    let program = build_harness(folder.path(), text, false, &["-O3", "-march=native"], options.limit)?;
    let run = Invocation::new("the Verilator model", program)
        .args(["speed", &vectors.to_string()])
        .folder(folder.path())
        .limit(options.limit);
    let said = run.succeed()?;
    let mut words = said.out.split_whitespace();
    let seconds = words.next().and_then(|w| w.parse().ok());
    let checksum = words.next().and_then(|w| u64::from_str_radix(w, 16).ok());
    match (seconds, checksum) {
        (Some(seconds), Some(checksum)) => Ok(Speed { vectors, seconds, checksum }),
        _ => Err(run.failed(&said, "it prints no time")),
    }
}

/// Builds the model of the core with the harness; returns the program.
fn build_harness(
    folder: &Path,
    text: &SourceText,
    trace: bool,
    optimise: &[&str],
    limit: Duration,
) -> Result<PathBuf, ToolError> {
    write(&folder.join("core.v"), &text.verilog)?;
    write(&folder.join("harness.v"), wrapper(text))?;
    write(&folder.join("harness.cpp"), harness(text))?;
    // Lint has its own place; here only the text's behaviour counts.
    let flags = ["-Wno-lint", "-Wno-style", "-Wno-fatal"];
    let build = Build {
        folder,
        top: "holigen_harness",
        files: &["core.v", "harness.v"],
        main: "harness.cpp",
        flags: &flags,
        trace,
        optimise,
        limit,
    };
    build.run()
}

/// A model and a main program to build.
pub(super) struct Build<'a> {
    pub(super) folder: &'a Path,
    pub(super) top: &'a str,
    pub(super) files: &'a [&'a str],
    /// C++ file that includes `V<top>.h`.
    pub(super) main: &'a str,
    /// Extra arguments of Verilator.
    pub(super) flags: &'a [&'a str],
    pub(super) trace: bool,
    pub(super) optimise: &'a [&'a str],
    pub(super) limit: Duration,
}

impl Build<'_> {
    /// Returns the program.
    pub(super) fn run(&self) -> Result<PathBuf, ToolError> {
        let prefix = format!("V{}", self.top);
        let objects = self.folder.join("obj");
        VERILATOR
            .command()?
            .args(["--cc", "--no-timing", "-O3", "--x-assign", "0", "--x-initial", "0"])
            .args(["--Mdir", "obj", "--prefix", &prefix, "--top-module", self.top])
            .args(self.trace.then_some("--trace"))
            .args(self.flags)
            .args(self.files)
            .folder(self.folder)
            .limit(self.limit)
            .succeed()?;

        // One translation unit: the headers are read once, and the model is inlined into the loop.
        let mut models: Vec<String> = std::fs::read_dir(&objects)
            .map_err(ToolError::file(&objects))?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.ends_with(".cpp") && name.starts_with(&prefix))
            .collect();
        models.sort();
        let mut all = String::new();
        for m in models {
            let _ = writeln!(all, "#include \"obj/{m}\"");
        }
        let _ = writeln!(all, "#include \"{}\"", self.main);
        write(&self.folder.join("all.cpp"), all)?;

        let library = Library::get(self.limit)?;
        let program = self.folder.join("model");
        library
            .compiler()?
            .args(self.optimise)
            .arg(format!("-DVM_TRACE={}", u8::from(self.trace)))
            .args(["-I.", "-Iobj", "-o", "model", "all.cpp"])
            .args(&library.objects)
            .args(["-pthread", "-latomic"])
            .folder(self.folder)
            .limit(self.limit)
            .succeed()?;
        Ok(program)
    }
}

/// Verilator's compiled run-time library.
struct Library {
    root: PathBuf,
    objects: Vec<PathBuf>,
}

/// Sources of the library that our models use; later versions may lack one or need no other.
const SOURCES: [&str; 3] = ["verilated", "verilated_threads", "verilated_vcd_c"];

/// Part of the cache's key: change it with the flags below.
const FLAGS_VERSION: &str = "1";

impl Library {
    fn include(root: &Path) -> PathBuf {
        root.join("include")
    }

    fn compiler_for(root: &Path) -> Result<Invocation, ToolError> {
        let include = Self::include(root);
        Ok(CXX
            .command()?
            .args(["-std=gnu++17", "-faligned-new", "-w"])
            .args(["-DVM_COVERAGE=0", "-DVM_SC=0", "-DVM_TRACE_FST=0", "-DVM_TRACE_VCD=1"])
            .arg("-I")
            .arg(&include)
            .arg("-I")
            .arg(include.join("vltstd")))
    }

    /// The compiler with the flags that library and models share.
    fn compiler(&self) -> Result<Invocation, ToolError> {
        Self::compiler_for(&self.root)
    }

    /// From the cache, or made now.
    fn get(limit: Duration) -> Result<Library, ToolError> {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);

        let version = VERILATOR.command()?.arg("--version").succeed()?.out;
        let compiler = CXX.command()?.arg("--version").succeed()?.out;
        let root = VERILATOR.command()?.args(["--getenv", "VERILATOR_ROOT"]).succeed()?.out;
        let root = PathBuf::from(root.trim());
        let key = format!("{version}\n{compiler}\n{}\n{FLAGS_VERSION}", root.display());
        let name = format!("verilator-{:016x}", hash(key.as_bytes()));
        let cache = cache_folder();
        let folder = cache.join(&name);
        let objects = |folder: &Path| -> Vec<PathBuf> {
            let sources = SOURCES.iter().filter(|s| Self::include(&root).join(format!("{s}.cpp")).exists());
            sources.map(|s| folder.join(format!("{s}.o"))).collect()
        };
        if !objects(&folder).iter().all(|o| o.exists()) {
            std::fs::create_dir_all(&cache).map_err(ToolError::file(&cache))?;
            // Made aside and renamed, so that others see all of it or nothing.
            let aside = tempfile::Builder::new().prefix(&name).tempdir_in(&cache);
            let aside = aside.map_err(ToolError::file(&cache))?;
            for object in objects(aside.path()) {
                let source = object.with_extension("cpp");
                let source = Self::include(&root).join(source.file_name().unwrap_or_default());
                Self::compiler_for(&root)?
                    .args(["-O2", "-DVM_TRACE=1", "-c", "-o"])
                    .arg(&object)
                    .arg(source)
                    .limit(limit)
                    .succeed()?;
            }
            let made = aside.keep();
            if let Err(e) = std::fs::rename(&made, &folder) {
                // Another process was faster, and its library is as good as ours.
                let _ = std::fs::remove_dir_all(&made);
                if !objects(&folder).iter().all(|o| o.exists()) {
                    return Err(ToolError::File { path: folder, source: e });
                }
            }
        }
        Ok(Library { objects: objects(&folder), root })
    }
}

/// FNV-1a: a name of a folder needs no more.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

fn cache_folder() -> PathBuf {
    let variable = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    variable("HOLIGEN_CACHE")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("holigen")))
        .or_else(|| Some(variable("HOME")?.join(".cache/holigen")))
        .unwrap_or_else(|| std::env::temp_dir().join("holigen-cache"))
}

/// A module around the core whose ports are `i0`, `i1`, ..., `o0`, ...: Verilator changes names that C++ doesn't
/// like, and none of these.
fn wrapper(text: &SourceText) -> String {
    let range = |p: &TextPort| if p.width == 1 { String::new() } else { format!("[{}:0] ", p.width - 1) };
    let mut ports = Vec::new();
    let mut list = Vec::new();
    if text.clocked {
        ports.push("input wire clk".to_string());
        list.push(".clk(clk)".to_string());
    }
    for (direction, letter, of) in [("input", "i", &text.inputs), ("output", "o", &text.outputs)] {
        for (k, p) in of.iter().enumerate() {
            ports.push(format!("{direction} wire {}{letter}{k}", range(p)));
            list.push(format!(".{}({letter}{k})", p.name));
        }
    }
    format!(
        "module holigen_harness (\n  {}\n);\n  {} dut (\n    {}\n  );\nendmodule\n",
        ports.join(",\n  "),
        text.top,
        list.join(",\n    ")
    )
}

/// The main program: `play <cycles> <in> <out> [<vcd>]` or `speed <vectors>`.
fn harness(text: &SourceText) -> String {
    let mut set = String::new();
    let mut random = String::new();
    let mut limb = 0;
    for (k, p) in text.inputs.iter().enumerate() {
        let from = |value: &dyn Fn(usize) -> String, to: &mut String| {
            // Up to 64 bits are a number, above an array of 32-bit words.
            if p.width <= 64 {
                let mask = if p.width == 64 { u64::MAX } else { (1 << p.width) - 1 };
                let _ = writeln!(to, "    top.i{k} = {} & {mask:#x}ull;", value(0));
                return;
            }
            let words = p.width.div_ceil(32) as usize;
            for w in 0..words {
                let shift = 32 * (w % 2);
                let top = p.width - 32 * w as u32;
                let mask = if top >= 32 { u32::MAX } else { (1 << top) - 1 };
                let _ = writeln!(to, "    top.i{k}[{w}] = ({} >> {shift}) & {mask:#x}u;", value(w / 2));
            }
        };
        from(&|i| format!("in[{}]", limb + i), &mut set);
        match p.name.as_str() {
            "rst" => from(&|_| "0ull".into(), &mut random),
            "ce" => from(&|_| "1ull".into(), &mut random),
            _ => {
                let limbs = p.limbs();
                for i in 0..limbs {
                    let _ = writeln!(random, "    const uint64_t r{k}_{i} = next(state);");
                }
                from(&|i| format!("r{k}_{i}"), &mut random);
            }
        }
        limb += p.limbs();
    }
    let mut get = String::new();
    let mut fold = String::new();
    let mut limb = 0;
    for (k, p) in text.outputs.iter().enumerate() {
        for i in 0..p.limbs() {
            let value = match p.width {
                0..=64 => format!("uint64_t(top.o{k})"),
                w if 64 * i as u32 + 32 >= w => format!("uint64_t(top.o{k}[{}])", 2 * i),
                _ => format!("(uint64_t(top.o{k}[{}]) << 32 | top.o{k}[{}])", 2 * i + 1, 2 * i),
            };
            let _ = writeln!(get, "    out[{limb}] = {value};");
            let _ = writeln!(fold, "    sum = (sum << 7 | sum >> 57) ^ {value};");
            limb += 1;
        }
    }
    let clock = |level| if text.clocked { format!("top.clk = {level};") } else { String::new() };
    let edge = if text.clocked { "top.eval();" } else { "" };
    format!(
        r#"#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>
#include "verilated.h"
#if VM_TRACE
#include "verilated_vcd_c.h"
#endif
typedef Vholigen_harness Model;

static inline void set(Model& top, const uint64_t* in) {{
{set}}}
static inline void get(Model& top, uint64_t* out) {{
{get}}}
static inline uint64_t next(uint64_t& s) {{
    s ^= s << 13; s ^= s >> 7; s ^= s << 17; return s;
}}

static int play(VerilatedContext& context, Model& top, int argc, char** argv) {{
    const size_t cycles = std::strtoull(argv[2], nullptr, 10), ni = {ni}, no = {no};
    std::FILE* from = std::fopen(argv[3], "rb");
    std::FILE* to = std::fopen(argv[4], "wb");
    if (!from || !to) {{ std::fprintf(stderr, "files can't be opened\n"); return 1; }}
#if VM_TRACE
    VerilatedVcdC vcd;
    const bool wave = argc > 5;
    if (wave) {{
        context.traceEverOn(true);
        top.trace(&vcd, 99);
        vcd.open(argv[5]);
        if (!vcd.isOpen()) {{ std::fprintf(stderr, "%s can't be written\n", argv[5]); return 1; }}
    }}
#endif
    const size_t block = 1024;
    std::vector<uint64_t> in(block * ni + 1), out(block * no + 1);
    for (size_t t = 0; t < cycles;) {{
        const size_t n = cycles - t < block ? cycles - t : block;
        if (ni && std::fread(in.data(), 8 * ni, n, from) != n) {{ std::fprintf(stderr, "input ends early\n"); return 1; }}
        for (size_t k = 0; k < n; ++k) {{
            {low}
            set(top, in.data() + k * ni);
            top.eval();
#if VM_TRACE
            if (wave) vcd.dump(context.time());
#endif
            get(top, out.data() + k * no);
            context.timeInc(5);
            {high}
            {edge}
#if VM_TRACE
            if (wave) vcd.dump(context.time());
#endif
            context.timeInc(5);
        }}
        if (no && std::fwrite(out.data(), 8 * no, n, to) != n) {{ std::fprintf(stderr, "output can't be written\n"); return 1; }}
        t += n;
    }}
#if VM_TRACE
    if (wave) vcd.close();
#endif
    std::fclose(from);
    return std::fclose(to) ? 1 : 0;
}}

static int speed(Model& top, uint64_t vectors) {{
    uint64_t state = 0x9e3779b97f4a7c15ull, sum = 0;
    const std::clock_t start = std::clock();
    for (uint64_t t = 0; t < vectors; ++t) {{
    {low}
{random}    top.eval();
{fold}    {high}
    {edge}
    }}
    std::printf("%.6f %016llx\n", double(std::clock() - start) / CLOCKS_PER_SEC, (unsigned long long)sum);
    return 0;
}}

int main(int argc, char** argv) {{
    VerilatedContext context;
    Model top{{&context}};
    const int r = argc > 2 && !std::strcmp(argv[1], "speed") ? speed(top, std::strtoull(argv[2], nullptr, 10))
                : argc > 4 ? play(context, top, argc, argv) : 2;
    top.final();
    return r;
}}
"#,
        ni = text.input_limbs(),
        no = text.output_limbs(),
        low = clock(0),
        high = clock(1),
    )
}
