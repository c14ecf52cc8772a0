//! From a command to files: resolve, build, compile, check, render.
//!
//! Each step is a function, so that the commands put them together as they need, and a build file can have all
//! its cores checked before the first file is written.
use crate::args::{Compiling, Language};
use crate::datasheet;

use crate::failure::Failure;
use crate::flows;
use crate::manifest;
use crate::measured;
use crate::numbers::{self, Amount};
use crate::output::{self, Folder};
use crate::progress::Progress;
use crate::report;
use holigen_generator::Context;
use holigen_generator::compile::{CompileError, Compiled, Options, build};
use holigen_generator::rtl::cells::{verilog_models, vhdl_models};
use holigen_generator::rtl::{mlir, names, verilog, vhdl};
use holigen_generator::schedule::Infeasible;
use holigen_generator::target::{Kind as TargetKind, Target};
use holigen_operators::{Core, Instance};
use holigen_sim::check::{self, Plan, Subject};
use holigen_sim::recorded::{self, Cycle};
use holigen_sim::stream;
use holigen_templates::{FusesocCore, Testbench};
use holigen_verif::interface::{Interface, Kind};
use holigen_verif::model::Model;
use holigen_verif::stream::StreamModel;
use holigen_verif::vectors::operand_bits;
use std::path::PathBuf;

/// Version in files.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Exhaustive checks by default up to so many input bits.
pub const CHECK_BITS: u32 = 24;
/// Else so many vectors.
pub const CHECK_COUNT: u64 = 1_000_000;
/// Or as many as have so many bits of operands together: a dot product of a thousand terms takes as long as any core.
pub const CHECK_VOLUME: u64 = 1 << 29;
/// Exhaustive testbenches by default up to so many input bits.
pub const TESTBENCH_BITS: u32 = 16;
/// Else so many vectors.
pub const TESTBENCH_COUNT: u64 = 10_000;
/// Or as many as have so many bits of operands together.
pub const TESTBENCH_VOLUME: u64 = 1 << 23;

/// Vectors by default, where they are not all.
fn default_count(count: u64, volume: u64, operand_bits: u32) -> u64 {
    count.min(volume / u64::from(operand_bits.max(1)))
}

/// Of a streaming core, whose testbenches say every clock: so many symbols.
pub const STREAM_TESTBENCH_COUNT: u64 = 2_000;

/// The clock that cores are made for where none is given, MHz.
pub const STANDARD_MHZ: f64 = 300.0;

/// The common options of one core, from a command line or a build file.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Clock in MHz, if given; 0: no pipeline.
    pub freq: Option<f64>,
    /// Device.
    pub target: Target,
    /// Of `asic`.
    pub gate_ps: Option<f64>,
    /// Languages.
    pub lang: Language,
    /// Module name, if given.
    pub name: Option<String>,
    /// Folder, if given.
    pub out_dir: Option<PathBuf>,
    /// Vectors of testbenches, if given.
    pub tb: Option<Amount>,
    /// Vectors of the check, if given.
    pub check: Option<Amount>,
    /// With `ce`.
    pub ce: bool,
    /// With cells of the device.
    pub primitives: bool,
    /// Thousands of trials to find fewer tables.
    pub effort: u32,
    /// Of random vectors.
    pub seed: u64,
}

impl Settings {
    /// The defaults of the contract.
    pub fn standard() -> Self {
        Settings {
            freq: None,
            target: Target::all()[0].clone(),
            gate_ps: None,
            lang: Language::All,
            name: None,
            out_dir: None,
            tb: None,
            check: None,
            ce: false,
            primitives: false,
            effort: 0,
            seed: 1,
        }
    }
    /// Without anything to write.
    pub fn new(c: &Compiling) -> Self {
        Settings {
            freq: c.freq,
            target: c.target.clone(),
            gate_ps: c.gate_ps,
            name: c.name.clone(),
            ce: c.ce,
            primitives: c.primitives,
            effort: c.effort,
            seed: c.seed,
            ..Self::standard()
        }
    }
}

/// One core to make: everything is settled.
pub struct Job {
    /// The operator with its parameters.
    pub instance: Instance,
    /// Ports of the operator.
    pub interface: Interface,
    /// As given; the target is scaled to its gate.
    pub settings: Settings,
    /// Clock in MHz; 0: no pipeline.
    pub freq: f64,
    /// Why this is less than the default, where no clock was given.
    pub slowed: Option<String>,
    /// Module name.
    pub name: String,
    /// Where its files go.
    pub out_dir: PathBuf,
    /// Vectors of testbenches.
    pub tb: Amount,
    /// Vectors of the check.
    pub check: Amount,
    /// The command that makes it again.
    pub regenerate: String,
}

impl Job {
    /// Whether the core has streams instead of tokens.
    pub fn streams(&self) -> bool {
        self.interface.ports.iter().any(|p| p.kind == Kind::Ready)
    }

    /// Input bits to enumerate; too many of a streaming core, whose inputs are whole streams.
    pub fn operand_bits(&self) -> u32 {
        if self.streams() { STREAM_BITS } else { operand_bits(&self.interface) }
    }
}

/// Input bits of a streaming core, as far as enumeration is concerned.
const STREAM_BITS: u32 = 1 << 16;

/// A core that is ready to be written.
pub struct Made {
    /// What it was made from.
    pub job: Job,
    /// The netlist.
    pub compiled: Compiled,
    /// What the check said; `None` if there was none.
    pub report: Option<check::Report>,
    /// The manifest, as it is written.
    pub manifest: String,
    /// All files.
    pub folder: Folder,
}

/// Settles what depends on the core, and refuses what contradicts itself.
pub fn resolve(instance: Instance, mut settings: Settings) -> Result<Job, Failure> {
    let core = &*instance.core;
    if let Some(ps) = settings.gate_ps {
        if settings.target.kind != TargetKind::Gates {
            return Err(Failure::usage(format!(
                "--gate-ps {ps}: {} is not made of gates\n  --gate-ps goes with --target asic",
                settings.target.name
            )));
        }
        settings.target = Target::asic(ps);
    }
    let turns = core.turns();
    let combinational = settings.freq == Some(0.0);
    if combinational && turns > 1 {
        return Err(Failure::usage(format!(
            "--freq 0: without a pipeline there are no clocks for {turns} sums in turn\n  \
             give a clock (--freq 300), or a single sum"
        )));
    }
    if combinational && settings.ce && !core.has_state() {
        return Err(Failure::usage(
            "--ce: a combinational core (--freq 0) has no registers to hold\n  leave out --ce, or give a clock",
        ));
    }
    if settings.primitives && !settings.target.carry_chain.absorbs() {
        let with: Vec<_> =
            Target::all().iter().filter(|t| t.carry_chain.absorbs()).map(|t| t.name.as_str()).collect();
        return Err(Failure::usage(format!(
            "--primitives: {} has no LUT6_2 and no CARRY4 or CARRY8\n  targets that have them: {}; or leave \
             --primitives out",
            settings.target.name,
            with.join(", ")
        )));
    }
    if settings.effort > 0 {
        can_search(core, &settings)?;
    }
    let (freq, slowed) = match settings.freq {
        Some(freq) => (freq, None),
        None => default_clock(core, &settings)?,
    };
    let default_name = if combinational && !core.has_state() {
        format!("{}_comb", core.name())
    } else {
        format!("{}_f{}", core.name(), numbers::freq_name(freq))
    };
    let name = settings.name.clone().unwrap_or_else(|| default_name.clone());
    names::check_identifier(&name).map_err(|e| Failure::usage(format!("--name: {e}")))?;
    let interface = core.interface();
    if let Some(port) = interface.ports.iter().find(|p| p.name.eq_ignore_ascii_case(&name)) {
        // Legal in Verilog, but linters and VHDL's scopes trip over it.
        return Err(Failure::usage(format!(
            "--name: `{name}` is also a port of the core; try `{}_core`",
            port.name
        )));
    }
    let streams = core.stream().is_some();
    if streams && settings.ce {
        return Err(Failure::usage(
            "--ce: a streaming core stalls by its handshake\n  leave out --ce, and hold m_ready low instead",
        ));
    }
    let row_bits = operand_bits(&interface);
    let bits = if streams { STREAM_BITS } else { row_bits };
    let tb_count = if streams { STREAM_TESTBENCH_COUNT } else { TESTBENCH_COUNT };
    let tb_count = default_count(tb_count, TESTBENCH_VOLUME, row_bits);
    let tb = Amount::settle(settings.tb, bits, TESTBENCH_BITS, tb_count, numbers::MAX_TESTBENCH)
        .map_err(|e| Failure::usage(format!("--tb: {e}")))?;
    let check_count = default_count(CHECK_COUNT, CHECK_VOLUME, row_bits);
    let check = Amount::settle(settings.check, bits, CHECK_BITS, check_count, numbers::MAX_VECTORS)
        .map_err(|e| Failure::usage(format!("--check: {e}")))?;
    let regenerate = command_line(&instance, &settings, freq, &default_name);
    if settings.out_dir.as_ref().is_some_and(|d| d.as_os_str().is_empty()) {
        return Err(Failure::usage("--out-dir: the name of the folder is empty; give e.g. --out-dir ."));
    }
    let out_dir = settings.out_dir.clone().unwrap_or_else(|| PathBuf::from(&name));
    Ok(Job { interface, name, out_dir, tb, check, regenerate, instance, settings, freq, slowed })
}

/// The clock of a core for which none was asked: the standard one, or the whole number of MHz that its loop reaches; and
/// what was in the way.
fn default_clock(core: &dyn Core, settings: &Settings) -> Result<(f64, Option<String>), Failure> {
    // Only a loop cannot be cut into stages.
    if !core.has_state() || core.stream().is_some() {
        return Ok((STANDARD_MHZ, None));
    }
    let (mut mhz, mut why) = (STANDARD_MHZ, None);
    loop {
        let CompileError::Infeasible(e) = match compiled(core, settings, mhz, core.name()) {
            Ok(_) => return Ok((mhz, why)),
            Err(e) => e,
        };
        // A slower clock has other structures, whose loop may be longer than the estimate of the faster one's.
        let slower = e.closes_mhz().map(|f| f.min(mhz - 1.0).floor()).filter(|f| *f >= 1.0);
        let Some(slower) = slower else {
            return Err(too_fast(core, &core.name(), settings, mhz, &e));
        };
        why.get_or_insert_with(|| format!("at the default {STANDARD_MHZ} MHz {e}\n{}", core.timing_advice()));
        mhz = slower;
    }
}

/// Whether there is anything that `--effort` could do.
fn can_search(core: &dyn Core, settings: &Settings) -> Result<(), Failure> {
    let effort = settings.effort;
    if !settings.primitives {
        return Err(Failure::usage(format!(
            "--effort {effort}: the tables that a search finds are printed as cells of the device\n  \
             add --primitives; a synthesiser would undo them as plain text"
        )));
    }
    if core.has_state() {
        return Err(Failure::usage(format!(
            "--effort {effort}: this core keeps a state\n  the search is for cores whose results depend on the inputs of \
             one clock alone"
        )));
    }
    Ok(())
}

/// The command with all common options that differ from their defaults. Where files go is not among them:
/// the same core has the same bytes in any folder.
fn command_line(instance: &Instance, s: &Settings, freq: f64, default_name: &str) -> String {
    let mut line = instance.command();
    let mut push = |option: &str, value: &dyn std::fmt::Display| {
        line.push_str(&format!(" --{option} {value}"));
    };
    if freq != STANDARD_MHZ {
        push("freq", &freq);
    }
    if s.target.name != "kintex7" {
        push("target", &s.target.name);
    }
    if let Some(ps) = s.gate_ps {
        push("gate-ps", &ps);
    }
    if s.lang != Language::All {
        push("lang", &s.lang.name());
    }
    if let Some(name) = s.name.as_ref().filter(|n| *n != default_name) {
        push("name", name);
    }
    if let Some(tb) = s.tb {
        push("tb", &tb);
    }
    if let Some(check) = s.check {
        push("check", &check);
    }
    if s.seed != 1 {
        push("seed", &s.seed);
    }
    if s.effort != 0 {
        push("effort", &s.effort);
    }
    if s.ce {
        line.push_str(" --ce");
    }
    if s.primitives {
        line.push_str(" --primitives");
    }
    line
}

/// Names of the files of a core, in the order of the manifest; kind and file.
pub fn file_names(job: &Job) -> Vec<(&'static str, String)> {
    let (lang, tb, name) = (job.settings.lang, job.tb != Amount::None, &job.name);
    let cells = job.settings.primitives;
    let all = [
        ("verilog", lang.verilog(), ".v"),
        ("vhdl", lang.vhdl(), ".vhd"),
        ("mlir", lang.mlir(), ".mlir"),
        ("verilog_primitives", lang.verilog() && cells, "_primitives.v"),
        ("vhdl_primitives", lang.vhdl() && cells, "_primitives.vhd"),
        ("verilog_testbench", lang.verilog() && tb, "_tb.v"),
        ("vhdl_testbench", lang.vhdl() && tb, "_tb.vhd"),
        ("verilator_main", lang.verilog() && tb, "_tb.cpp"),
        ("manifest", true, ".json"),
        // FuseSoC has no file type for MLIR.
        ("fusesoc", !lang.mlir(), ".core"),
        ("datasheet", true, ".html"),
    ];
    all.into_iter().filter(|f| f.1).map(|(kind, _, end)| (kind, format!("{name}{end}"))).collect()
}

/// Looks whether the files of a core can go where they shall.
pub fn preflight(job: &Job, force: bool) -> Result<(), Failure> {
    let names = file_names(job);
    output::preflight(&job.out_dir, names.iter().map(|f| f.1.as_str()), force)
}

/// The netlist.
pub fn netlist(job: &Job) -> Result<Compiled, Failure> {
    let core = &*job.instance.core;
    let searching = job.settings.effort > 0;
    let _waiting =
        searching.then(|| Progress::waiting(&format!("searching for fewer tables in {}", job.name)));
    compiled(core, &job.settings, job.freq, job.name.clone())
        .map_err(|CompileError::Infeasible(e)| too_fast(core, &job.name, &job.settings, job.freq, &e))
}

fn compiled(core: &dyn Core, s: &Settings, mhz: f64, name: String) -> Result<Compiled, CompileError> {
    let context = Context::new(s.target.clone(), mhz).with_primitives(s.primitives).with_effort(s.effort);
    let options = Options { name, clock_enable: s.ce, turns: core.turns() };
    build(&|b| core.build(b), &context, &options)
}

fn too_fast(core: &dyn Core, name: &str, s: &Settings, mhz: f64, e: &Infeasible) -> Failure {
    let advice = core.timing_advice();
    let advice = if advice.is_empty() { advice } else { format!("\n  {advice}") };
    Failure::usage(format!("{name} does not meet {mhz} MHz on {}: {e}{advice}", s.target.name))
}

/// The plan of an amount that is not none.
pub fn plan(amount: Amount) -> Option<Plan> {
    match amount {
        Amount::Exhaustive => Some(Plan::Exhaustive),
        Amount::Count(n) => Some(Plan::Count(n)),
        Amount::None => None,
    }
}

/// Vectors that a plan means.
pub fn vectors(plan: &Plan, interface: &Interface) -> u64 {
    match plan {
        Plan::Exhaustive => 1 << operand_bits(interface).min(63),
        Plan::Count(n) => *n,
    }
}

/// What is held against the model.
fn subject<'a>(job: &'a Job, compiled: &'a Compiled, model: &'a dyn Model) -> Subject<'a> {
    let core = &*job.instance.core;
    Subject {
        module: &compiled.module,
        latency: compiled.latency,
        interface: &job.interface,
        model,
        turns: core.turns(),
        stateful: core.has_state(),
        longest_sum: core.longest_sum(),
    }
}

/// Runs the netlist against the model, before anything is written.
pub fn check(job: &Job, compiled: &Compiled, amount: Amount) -> Result<Option<check::Report>, Failure> {
    let Some(plan) = plan(amount) else { return Ok(None) };
    if let Some(model) = job.instance.core.stream() {
        return check_stream(job, compiled, &*model, vectors(&plan, &job.interface)).map(Some);
    }
    let model = job.instance.core.model();
    let progress = Progress::new(&format!("checking {}", job.name), vectors(&plan, &job.interface));
    let subject = subject(job, compiled, &*model);
    let report = check::run(&subject, plan, job.settings.seed, &|n| progress.add(n));
    drop(progress);
    match &report.mismatch {
        None => Ok(Some(report)),
        Some(m) => Err(Failure::Check(format!(
            "the netlist of {} differs from the reference model; nothing was written\n{}\n  \
             this is a bug of holigen: please report it with the command\n    {}",
            job.name,
            report::mismatch(&job.interface, m),
            job.regenerate
        ))),
    }
}

/// As [`check()`], of a streaming core.
fn check_stream(
    job: &Job,
    compiled: &Compiled,
    model: &dyn StreamModel,
    beats: u64,
) -> Result<check::Report, Failure> {
    let progress = Progress::new(&format!("checking {}", job.name), beats);
    let subject = stream::Subject { module: &compiled.module, model };
    let report = stream::run(&subject, beats, job.settings.seed, &|n| progress.add(n));
    drop(progress);
    match &report.mismatch {
        None => Ok(check::Report { vectors: report.vectors, exhaustive: false, mismatch: None }),
        Some(m) => Err(stream_failure(job, m)),
    }
}

/// Runs the netlist of a streaming core and its model on so many corrupt streams.
pub fn check_corrupt(
    job: &Job,
    compiled: &Compiled,
    model: &dyn StreamModel,
    streams: u64,
) -> Result<stream::Report, Failure> {
    let progress = Progress::new(&format!("corrupt streams through {}", job.name), streams);
    let subject = stream::Subject { module: &compiled.module, model };
    let report = stream::run_corrupt(&subject, streams, job.settings.seed, &|n| progress.add(n));
    drop(progress);
    report.mismatch.as_ref().map_or(Ok(()), |m| Err(stream_failure(job, m)))?;
    Ok(report)
}

/// What a difference of a streaming core means.
pub fn stream_failure(job: &Job, m: &stream::Mismatch) -> Failure {
    Failure::Check(format!(
        "the netlist of {} differs from the reference model; nothing was written\n{}\n  \
         this is a bug of holigen: please report it with the command\n    {}",
        job.name,
        report::stream_mismatch(m),
        job.regenerate
    ))
}

/// All texts of a core.
pub fn render(job: Job, mut compiled: Compiled, report: Option<check::Report>) -> Result<Made, Failure> {
    let ports = manifest::ports(&job, &compiled);
    let kept = measured::read(&job.out_dir, &job, &compiled);
    compiled.module.header = manifest::header(&job, &compiled, &ports).lines();
    let names = file_names(&job);
    let bench = plan(job.tb).map(|plan| testbench(&job, &compiled, &plan)).transpose()?;
    let texts = bench
        .map(|b| b.texts())
        .transpose()
        .map_err(|e| Failure::Check(format!("the testbench of {} can't be written: {e}", job.name)))?;
    let manifest = manifest::text(&job, &compiled, &ports, &names, report.as_ref());
    let sheet = datasheet::text(&job, &compiled, &ports, &names, report.as_ref(), &kept);
    let core = FusesocCore {
        module: job.name.clone(),
        description: job.instance.core.title(),
        version: VERSION.into(),
        regenerate: job.regenerate.clone(),
        mhz: flows::clock(&job).to_string(),
        pins: ports.iter().map(|p| p.width).sum(),
        verilog: job.settings.lang.verilog(),
        vhdl: job.settings.lang.vhdl(),
        testbench: texts.is_some(),
        primitives: job.settings.primitives,
    };
    let mut files = Vec::new();
    for (kind, file) in names {
        let text = match (kind, &texts) {
            ("verilog", _) => verilog::print(&compiled.module),
            ("vhdl", _) => vhdl::print(&compiled.module),
            ("verilog_primitives", _) => verilog_models(),
            ("vhdl_primitives", _) => vhdl_models(),
            ("mlir", _) => mlir::print(&compiled.module),
            ("verilog_testbench", Some(t)) => t.verilog.clone(),
            ("vhdl_testbench", Some(t)) => t.vhdl.clone(),
            ("verilator_main", Some(t)) => t.cpp.clone(),
            ("fusesoc", _) => core.render_text(),
            ("datasheet", _) => sheet.clone(),
            _ => manifest.clone(),
        };
        files.push((file, text));
    }
    let folder = Folder { path: job.out_dir.clone(), files };
    Ok(Made { job, compiled, report, manifest, folder })
}

/// The testbench of a plan.
pub fn testbench(job: &Job, compiled: &Compiled, plan: &Plan) -> Result<Testbench, Failure> {
    Ok(manifest::testbench(job, compiled, cycles(job, compiled, plan, recorded::vectors_and_brink)?))
}

/// The vectors that another simulator gets, clock by clock.
pub fn clocks(job: &Job, compiled: &Compiled, plan: &Plan) -> Result<Vec<Cycle>, Failure> {
    cycles(job, compiled, plan, recorded::vectors)
}

/// A stream's record, or what `vectors` makes for other cores.
fn cycles(
    job: &Job,
    compiled: &Compiled,
    plan: &Plan,
    vectors_of: fn(&Subject<'_>, bool, Plan, u64) -> Vec<Cycle>,
) -> Result<Vec<Cycle>, Failure> {
    if let Some(model) = job.instance.core.stream() {
        let subject = stream::Subject { module: &compiled.module, model: &*model };
        let beats = vectors(plan, &job.interface);
        let record = stream::record(&subject, beats, job.settings.seed);
        return Ok(record.map_err(|m| stream_failure(job, &m))?.cycles());
    }
    let model = job.instance.core.model();
    let subject = subject(job, compiled, &*model);
    Ok(vectors_of(&subject, compiled.module.has_enable, *plan, job.settings.seed))
}
