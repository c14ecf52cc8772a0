//! Every operator of the registry in every example: a named test each for
//! - `model`: the netlist is the reference model, at several clocks and on several targets, for all operand
//!   pairs where they are few;
//! - `schedule`: any legal schedule is the same function;
//! - `stalls`: so is the core with a clock enable;
//! - `determinism`: the same core twice is the same text.
mod common;
#[path = "registry/posits.rs"]
mod posits;

use common::{Setup, agrees, instance, netlist};
use holigen_generator::rtl::{verilog, vhdl};
use holigen_operators::{Instance, REGISTRY};
use holigen_sim::check::Plan;
use holigen_verif::vectors::operand_bits;
use libtest_mimic::{Arguments, Failed, Trial};

/// Clocks and targets of every example; where the loop of a core cannot run as fast, half the clock.
const SETUPS: &[(&str, f64)] = &[
    ("kintex7", 100.0),
    ("kintex7", 400.0),
    ("ecp5", 300.0),
    ("ice40hx", 100.0),
    ("asic", 500.0),
    ("kintex7", 0.0),
];
/// Of the first setup: enough for a sum as long as the accumulator promises, which takes seconds.
const LONG: u64 = 1 << 16;
/// Of all others.
const SHORT: u64 = 1 << 14;

fn make(operator: &str, example: &str) -> Instance {
    instance(operator, example).unwrap_or_else(|e| panic!("{e}"))
}

fn failed(what: impl std::fmt::Display) -> Failed {
    what.to_string().into()
}

fn model(i: &Instance) -> Result<(), Failed> {
    let bits = operand_bits(&i.core.interface());
    let mut worked = 0;
    for (n, &(target, mhz)) in SETUPS.iter().enumerate() {
        if mhz == 0.0 && i.core.turns() > 1 {
            continue;
        }
        let setup = Setup::new(target, mhz);
        let c = netlist(&*i.core, &setup, "core")
            .or_else(|_| netlist(&*i.core, &Setup { mhz: mhz / 2.0, ..setup.clone() }, "core"))
            .map_err(|e| failed(format!("{setup:?}: {e}")))?;
        let plan = match n {
            0 if bits <= 16 => Plan::Exhaustive,
            0 => Plan::Count(LONG),
            _ => Plan::Count(SHORT),
        };
        worked += agrees(&*i.core, &c, plan, n as u64).map_err(|e| failed(format!("{setup:?}\n{e}")))?;
    }
    if worked < LONG { Err(failed(format!("only {worked} vectors"))) } else { Ok(()) }
}

fn schedule(i: &Instance) -> Result<(), Failed> {
    for seed in 1..=4 {
        let (target, mhz) = SETUPS[seed as usize % 3];
        let setup = Setup::new(target, mhz / 2.0).with_schedule(seed);
        let c = netlist(&*i.core, &setup, "core").map_err(|e| failed(format!("{setup:?}: {e}")))?;
        agrees(&*i.core, &c, Plan::Count(SHORT), seed).map_err(|e| failed(format!("{setup:?}\n{e}")))?;
    }
    Ok(())
}

fn stalls(i: &Instance) -> Result<(), Failed> {
    for mhz in [100.0, 200.0] {
        let setup = Setup::new("kintex7", mhz).with_enable();
        let c = netlist(&*i.core, &setup, "core").map_err(|e| failed(format!("{setup:?}: {e}")))?;
        if !c.module.has_enable {
            return Err(failed("there is no clock enable"));
        }
        agrees(&*i.core, &c, Plan::Count(SHORT), 7).map_err(|e| failed(format!("{setup:?}\n{e}")))?;
    }
    Ok(())
}

fn determinism(operator: &str, example: &str) -> Result<(), Failed> {
    let text = || {
        let i = make(operator, example);
        let slow = |_| netlist(&*i.core, &Setup::new("kintex7", 50.0), "core");
        let c = netlist(&*i.core, &Setup::new("kintex7", 200.0), "core").or_else(slow).map_err(failed)?;
        Ok::<_, Failed>((verilog::print(&c.module), vhdl::print(&c.module), c.stages, i.core.parameters()))
    };
    let (x, y) = (text()?, text()?);
    let same = x.0 == y.0 && x.1 == y.1 && format!("{:?}", x.2) == format!("{:?}", y.2) && x.3 == y.3;
    if same { Ok(()) } else { Err(failed("two builds differ")) }
}

/// What the manifest says is a core that resolves to itself, and the interface is well-formed.
fn manifest(i: &Instance) -> Result<(), Failed> {
    let interface = i.core.interface();
    for p in &interface.ports {
        if p.width == 0 || p.description.is_empty() {
            return Err(failed(format!("port {} has no width or no description", p.name)));
        }
    }
    if i.core.semantics().is_empty() || i.core.title().contains('\n') {
        return Err(failed("no semantics, or a title of several lines"));
    }
    holigen_generator::rtl::names::check_identifier(&i.core.name()).map_err(failed)?;
    let setup = Setup::new("kintex7", 50.0);
    let c = netlist(&*i.core, &setup, "core").map_err(failed)?;
    let ports = interface.inputs().map(|p| (p.name.clone(), p.width));
    let mut ports: Vec<_> = ports.collect();
    if i.core.stream().is_none() {
        ports.insert(0, ("in_valid".into(), 1));
    }
    let built: Vec<_> = c
        .module
        .inputs
        .iter()
        .map(|s| (c.module.signal(*s).name.clone(), c.module.signal(*s).width))
        .collect();
    if ports != built {
        return Err(failed(format!("the interface says {ports:?}, the netlist {built:?}")));
    }
    let ports = interface.outputs().map(|p| (p.name.clone(), p.width));
    let mut ports: Vec<_> = ports.collect();
    if i.core.stream().is_none() {
        ports.insert(0, ("out_valid".into(), 1));
    }
    let built: Vec<_> =
        c.module.outputs.iter().map(|o| (o.name.clone(), c.module.signal(o.signal).width)).collect();
    if ports == built {
        Ok(())
    } else {
        Err(failed(format!("the interface says {ports:?}, the netlist {built:?}")))
    }
}

/// Every file of `ops` is in the registry.
fn nobody_forgotten() -> Result<(), Failed> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/ops");
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.extension().is_some_and(|e| e == "rs") && stem != "mod" {
            let name = stem.replace('_', "-");
            if !REGISTRY.iter().any(|e| e.name() == name || e.name() == stem) {
                return Err(failed(format!("{} has no line in REGISTRY", path.display())));
            }
        }
    }
    let mut names: Vec<&str> = REGISTRY.iter().map(|e| e.name()).collect();
    names.sort_unstable();
    if names.windows(2).any(|w| w[0] == w[1]) {
        return Err(failed("two operators of one name"));
    }
    Ok(())
}

/// Values that are refused, and the parameter that the message names.
const REFUSED: &[(&str, &[(&str, &str)])] = &[
    (
        "mxdot",
        &[
            ("format = \"e4m3fm\"", "format"),
            ("format = \"fp32\"", "format"),
            ("format = \"e8m0\"", "format"),
            ("b-format = \"int8\"", "b-format"),
            ("format = \"mxint8\"\nb-format = \"e4m3\"", "b-format"),
            ("scale = \"e8\"", "scale"),
            ("scale = \"e5m2\"", "scale"),
            ("scale = \"fp32\"", "scale"),
            ("block = 1", "block"),
            ("block = 65", "block"),
            ("n = 33", "n"),
            ("n = 0", "n"),
            ("n = 1024", "n"),
            ("sum = \"fp16\"", "sum"),
            ("out = \"binary8p3ue\"", "out"),
            ("out = \"fp16\"\nsum = \"fp32\"", "out"),
            ("n = 64\nsum = \"fp32\"\nround = \"sr:4\"", "round"),
            ("round = \"up\"", "round"),
            ("saturation = \"sat\"", "saturation"),
        ],
    ),
    (
        "huffdec",
        &[
            ("table = \"1,2,2,2\"", "table"),
            ("table = \"1,2,3\"", "table"),
            ("table = \"1,2,x\"", "table"),
            ("table = \"1,2,-3\"", "table"),
            ("table = \"nowhere.txt\"", "table"),
            ("table = \"1,2,3,3\"\nsymbol-bits = 1", "table"),
            ("table = \"1,2,3,3\"\nlongest = 2", "table"),
            ("longest = 1", "longest"),
            ("longest = 16", "longest"),
            ("symbol-bits = 9", "symbol-bits"),
            ("lanes = 0", "lanes"),
        ],
    ),
    (
        "ransdec",
        &[
            ("table = \"4096\"", "table"),
            ("table = \"4000,95\"", "table"),
            ("table = \"4097,-1\"", "table"),
            ("table = \"a\"", "table"),
            ("table = \"4000,94,1,1\"\nsymbol-bits = 1", "table"),
            ("precision = 5", "precision"),
            ("precision = 13", "precision"),
            ("states = 0", "states"),
            ("states = 6", "states"),
            ("symbol-bits = 9", "symbol-bits"),
            ("lanes = 17", "lanes"),
        ],
    ),
    (
        "weightstream",
        &[
            ("coder = \"fpmul\"", "coder"),
            ("coder = \"ricedec\"\nlog = 9", "log"),
            ("table = \"1,2\"", "table"),
            ("weights = \"float\"", "weights"),
            ("weights = \"fp64\"", "weights"),
            ("weights = \"e8m0\"", "weights"),
            ("weights = \"bf16\"\nlanes = 9", "lanes"),
            ("weights = \"bf16\"\nxbits = 8", "xbits"),
            ("weights = \"bf16\"\nrow = 3", "row"),
            ("weights = \"bf16\"\nper-symbol = 2", "per-symbol"),
            ("weights = \"bf16\"\nsymbol-bits = 8", "symbol-bits"),
            ("wbits = 3", "wbits"),
            ("weights = \"int\"\nwbits = 9", "wbits"),
            ("weights = \"int\"\nzero = 8", "zero"),
            ("weights = \"int\"\nvalues = \"1,2\"", "values"),
            ("weights = \"codebook\"", "values"),
            ("weights = \"codebook\"\nvalues = \"1,x\"", "values"),
            ("weights = \"codebook\"\nvalues = \"1,40000\"", "values"),
            ("weights = \"codebook\"\nwbits = 1\nvalues = \"1,2,3\"", "values"),
            ("per-symbol = 5", "per-symbol"),
            ("per-symbol = 0", "per-symbol"),
            ("lanes = 17", "lanes"),
            ("xbits = 17", "xbits"),
            ("lanes = 16\nxbits = 9", "xbits"),
            ("row = 65537", "row"),
            ("terms = 0", "terms"),
            ("scale = 0", "scale"),
            ("shift = 3", "shift"),
            ("scale = 3\nshift = 63", "shift"),
            ("scale = 3\nrbits = 33", "rbits"),
            ("runsigned = true", "runsigned"),
        ],
    ),
    (
        "tansdec",
        &[
            ("table = \"512,512,1\"", "table"),
            ("table = \"512,-2,510\"", "table"),
            ("table = \"a\"", "table"),
            ("table = \"512,510,1,1\"\nsymbol-bits = 1", "table"),
            ("log = 4", "log"),
            ("log = 13", "log"),
            ("states = 3", "states"),
            ("symbol-bits = 0", "symbol-bits"),
            ("lanes = 17", "lanes"),
        ],
    ),
    (
        "codebook",
        &[
            ("index-bits = 1", "index-bits"),
            ("index-bits = 9", "index-bits"),
            ("format = \"e4m3fm\"", "format"),
            ("format = \"posit64_2\"", "format"),
            ("format = \"fixed:1\"", "format"),
            ("lanes = 9", "lanes"),
            ("table = \"1,2,x\"", "table"),
            ("table = \"1,1000\"\nformat = \"int8\"", "table"),
            ("table = \"1,2,3,4,5\"\nindex-bits = 2", "table"),
        ],
    ),
    (
        "ricedec",
        &[
            ("k = 8", "k"),
            ("symbol-bits = 0", "symbol-bits"),
            ("symbol-bits = 13", "symbol-bits"),
            ("lanes = 0", "lanes"),
            ("lanes = 17", "lanes"),
            ("escape = 0", "escape"),
            ("escape = 24", "escape"),
            ("symbol-bits = 4\nk = 1\nescape = 9", "escape"),
            ("code = \"exp-golomb\"\nescape = 3", "escape"),
        ],
    ),
    (
        "fpmul",
        &[
            ("we = 0", "we"),
            ("wf = 53", "wf"),
            ("format = \"e4m3fm\"", "format"),
            ("format = \"e5m2\"\nwe = 4", "format"),
            ("format = \"e5m2\"\na-format = \"e5m2\"", "a-format"),
            ("b-format = \"e4\"", "b-format"),
            ("out = \"e9\"", "out"),
            ("encoding = \"scale\"", "encoding"),
            ("round = \"sr:33\"", "round"),
            ("saturation = \"sat\"", "saturation"),
            ("subnormals = \"off\"", "subnormals"),
            ("specials = \"flush\"", "specials"),
            ("arch = \"small\"", "arch"),
            ("arch = \"table\"", "arch"),
            ("format = \"e2m1\"\nround = \"sr:3\"\narch = \"table\"", "arch"),
            ("format = \"fp16\"\narch = \"fused\"", "arch"),
        ],
    ),
    (
        "fpdot",
        &[
            ("n = 1", "n"),
            ("n = 65", "n"),
            ("arch = \"exsdotp\"\nn = 3", "n"),
            ("format = \"e4m3fm\"", "format"),
            ("format = \"fp64\"", "format"),
            ("format = \"e8m0\"", "format"),
            ("b-format = \"e12m3\"", "b-format"),
            ("c-format = \"fp64\"", "c-format"),
            ("arch = \"exsdotp\"\nc-format = \"none\"\nout = \"fp64\"", "c-format"),
            ("add-c = \"on\"", "add-c"),
            ("add-c = \"yes\"\nc-format = \"fp32\"", "add-c"),
            ("arch = \"exsdotp\"\nadd-c = \"off\"", "add-c"),
            ("out = \"fixed\"", "out"),
            ("out = \"e8m0\"", "out"),
            ("out = \"binary8p3ue\"", "out"),
            ("arch = \"kulisch\"", "arch"),
            ("arch = \"exact\"\nlike = \"v100\"", "arch"),
            ("like = \"p100\"", "like"),
            ("like = \"v100\"\nformat = \"bf16\"", "format"),
            ("frac-bits = 9", "frac-bits"),
            ("arch = \"aligned\"\nfrac-bits = 65", "frac-bits"),
            ("floor = \"-3\"", "floor"),
            ("arch = \"aligned\"\nfloor = \"low\"", "floor"),
            ("arch = \"aligned\"\nfloor = \"1001\"", "floor"),
            ("precision = 25", "precision"),
            ("precision = 0", "precision"),
            ("precision = 1", "precision"),
            ("out = \"e4m3\"\nprecision = 3", "precision"),
            ("round = \"up\"", "round"),
            ("round = \"sr:33\"", "round"),
            ("saturation = \"sat\"", "saturation"),
            ("out = \"e4m3\"\nsaturation = \"infinity\"", "saturation"),
            ("subnormals = \"off\"", "subnormals"),
            ("specials = \"flush\"", "specials"),
        ],
    ),
    (
        "fpadd",
        &[
            ("we = 0", "we"),
            ("wf = 53", "wf"),
            ("format = \"e5m2\"\nwe = 4", "format"),
            ("we = 4\na-format = \"e5m2\"", "a-format"),
            ("b-format = \"e4\"", "b-format"),
            ("out = \"fixed\"", "out"),
            ("round = \"sr:33\"", "round"),
            ("saturation = \"sat\"", "saturation"),
            ("subnormals = \"off\"", "subnormals"),
            ("specials = \"flush\"", "specials"),
        ],
    ),
    (
        "fpsub",
        &[
            ("we = 0", "we"),
            ("wf = 53", "wf"),
            ("format = \"e5m2\"\nwe = 4", "format"),
            ("we = 4\na-format = \"e5m2\"", "a-format"),
            ("b-format = \"e4\"", "b-format"),
            ("out = \"fixed\"", "out"),
            ("round = \"sr:33\"", "round"),
            ("saturation = \"sat\"", "saturation"),
            ("subnormals = \"off\"", "subnormals"),
            ("specials = \"flush\"", "specials"),
        ],
    ),
    (
        "fpaddsub",
        &[
            ("we = 0", "we"),
            ("wf = 53", "wf"),
            ("format = \"e5m2\"\nwe = 4", "format"),
            ("we = 4\na-format = \"e5m2\"", "a-format"),
            ("b-format = \"e4\"", "b-format"),
            ("out = \"fixed\"", "out"),
            ("round = \"sr:33\"", "round"),
            ("saturation = \"sat\"", "saturation"),
            ("subnormals = \"off\"", "subnormals"),
            ("specials = \"flush\"", "specials"),
        ],
    ),
    (
        "fpfma",
        &[
            ("we = 0", "we"),
            ("wf = 32", "wf"),
            ("format = \"fp64\"", "format"),
            ("format = \"e5m2\"\nwe = 4", "format"),
            ("we = 4\na-format = \"e5m2\"", "a-format"),
            ("b-format = \"e4\"", "b-format"),
            ("c-format = \"int8\"", "c-format"),
            ("out = \"fixed\"", "out"),
            ("round = \"sr:33\"", "round"),
            ("saturation = \"sat\"", "saturation"),
            ("subnormals = \"off\"", "subnormals"),
            ("specials = \"flush\"", "specials"),
        ],
    ),
    (
        "fpconv",
        &[
            ("we = 12", "we"),
            ("wf = 53", "wf"),
            ("in = \"e4m3fm\"", "in"),
            ("in = \"int65\"", "in"),
            ("in = \"int1\"", "in"),
            ("in = \"int\"", "in"),
            ("in = \"fixed:3\"", "in"),
            ("in = \"e5m2\"\nwe = 4", "in"),
            ("out = \"fixed:-3:3\"", "out"),
            ("out = \"fixed:2147483647:-2147483648\"", "out"),
            ("out = \"fixed:1000:990\"", "out"),
            ("in = \"fixed:-1000:-1010\"", "out"),
            ("in = \"int8\"\nout = \"fixed:-100:-110\"", "out"),
            ("out = \"int8\"\nsaturation = \"satfinite\"", "saturation"),
            ("out = \"int8\"\nround = \"near\"", "round"),
            ("in = \"fp16\"\narch = \"table\"", "arch"),
            ("arch = \"lut\"", "arch"),
            ("specials = \"none\"", "specials"),
        ],
    ),
    (
        "fp8mac",
        &[
            ("we = 0", "we"),
            ("we = 9", "we"),
            ("wf = 11", "wf"),
            ("format = \"e4m3fm\"", "format"),
            ("format = \"e8m0\"", "format"),
            ("format = \"fp32\"", "format"),
            ("format = \"e5m2\"\nwe = 4", "format"),
            ("encoding = \"iee\"", "encoding"),
            ("encoding = \"scale\"", "encoding"),
            ("b-format = \"e4\"", "b-format"),
            ("b-format = \"fp64\"", "b-format"),
            ("acc = \"exactly\"", "acc"),
            ("acc = \"fixed\"", "acc"),
            ("acc = \"fixed:3\"", "acc"),
            ("acc = \"fixed:a:b\"", "acc"),
            ("acc = \"fixed:-3:3\"", "acc"),
            ("acc = \"fixed:2147483647:-2147483648\"", "acc"),
            ("acc = \"fixed:1000000:999999\"", "acc"),
            ("acc = \"fixed:-100:-110\"", "acc"),
            ("acc = \"fixed:1000:900\"", "acc"),
            ("acc = \"fp64\"", "acc"),
            ("acc = \"binary8p3ue\"", "acc"),
            ("acc = \"e8m0\"", "acc"),
            ("acc = \"fixed:3:0\"\nacc-round = \"rne\"", "acc-round"),
            ("acc = \"fixed:3:0\"\nacc-overflow = \"clamp\"", "acc-overflow"),
            ("terms = 0", "terms"),
            ("terms = 4294967297", "terms"),
            ("out = \"e9\"", "out"),
            ("out = \"binary8p3ue\"", "out"),
            ("out = \"e8m0\"", "out"),
            ("acc = \"e6m5\"\nout = \"fixed\"", "out"),
            ("acc = \"e6m5\"\nout = \"e4m3\"", "out"),
            ("out = \"fixed\"\nround = \"rtz\"", "round"),
            ("out = \"fixed\"\nsaturation = \"satfinite\"", "saturation"),
            ("round = \"up\"", "round"),
            ("round = \"sr\"", "round"),
            ("round = \"sr:0\"", "round"),
            ("round = \"sr:33\"", "round"),
            ("round = \"sr:-1\"", "round"),
            ("saturation = \"sat\"", "saturation"),
            ("subnormals = \"off\"", "subnormals"),
            ("specials = \"flush\"", "specials"),
            ("rng = \"dice\"", "rng"),
            ("rng = \"lfsr\"", "rng"),
            ("lfsr-seed = 5", "lfsr-seed"),
            ("rng = \"lfsr\"\nround = \"sr:8\"\nlfsr-seed = 0", "lfsr-seed"),
            ("sr = \"late\"", "sr"),
            ("sr = \"eager\"\nround = \"sr:8\"", "sr"),
            ("sr = \"eager\"\nacc = \"e8m7\"\nout = \"e8m7\"", "sr"),
            ("sr = \"eager\"\nacc = \"e8m7\"\nout = \"e8m7\"\nround = \"srb:8\"", "sr"),
            ("sr = \"eager\"\nacc = \"e6m5\"\nround = \"sr:8\"", "sr"),
            ("arch = \"triple\"", "arch"),
            ("arch = \"single\"", "arch"),
            ("arch = \"dual\"\nacc = \"e5m0\"", "arch"),
            ("arch = \"dual\"\nacc = \"e8m7\"\nout = \"e8m7\"\nsr = \"eager\"\nround = \"sr:8\"", "arch"),
            ("interleave = 0", "interleave"),
            ("interleave = 65", "interleave"),
        ],
    ),
    (
        "intmul",
        &[("abits = 0", "abits"), ("abits = 33", "abits"), ("bbits = 0", "bbits"), ("bbits = 33", "bbits")],
    ),
    (
        "intmac",
        &[
            ("abits = 0", "abits"),
            ("bbits = 33", "bbits"),
            ("terms = 0", "terms"),
            ("terms = 4294967297", "terms"),
        ],
    ),
    (
        "intdot",
        &[
            ("n = 0", "n"),
            ("n = 4097", "n"),
            ("abits = 33", "abits"),
            ("bbits = 0", "bbits"),
            ("b = \"one\"", "b"),
            ("b = \"ones\"\nbbits = 4", "b"),
            ("b = \"ones\"\nbunsigned = true", "b"),
        ],
    ),
    (
        "ternarymac",
        &[
            ("xbits = 0", "xbits"),
            ("xbits = 17", "xbits"),
            ("terms = 0", "terms"),
            ("terms = 4294967297", "terms"),
        ],
    ),
    (
        "ternarydot",
        &[
            ("n = 0", "n"),
            ("n = 4097", "n"),
            ("xbits = 0", "xbits"),
            ("xbits = 17", "xbits"),
            ("terms = 5", "terms"),
            ("acc = true\nterms = 0", "terms"),
            ("acc = true\nterms = 4294967297", "terms"),
        ],
    ),
    (
        "binarydot",
        &[
            ("n = 0", "n"),
            ("n = 4097", "n"),
            ("mode = \"or\"", "mode"),
            ("out = \"sums\"", "out"),
            ("mode = \"and\"\nout = \"count\"", "out"),
            ("xbits = 4", "xbits"),
            ("xunsigned = true", "xunsigned"),
            ("mode = \"sign\"\nxbits = 0", "xbits"),
            ("mode = \"sign\"\nxbits = 17", "xbits"),
        ],
    ),
    (
        "tritdot",
        &[
            ("n = 0", "n"),
            ("packing = \"4in7\"", "packing"),
            ("x = \"float\"", "x"),
            ("x = \"trit\"\nxbits = 3", "xbits"),
            ("x = \"trit\"\nxunsigned = true", "xunsigned"),
            ("x = \"trit\"\nx-packing = \"2in4\"", "x-packing"),
            ("x-packing = \"5in8\"", "x-packing"),
            ("xbits = 17", "xbits"),
        ],
    ),
    ("tritpack", &[("n = 0", "n"), ("n = 4097", "n"), ("packing = \"plain\"", "packing")]),
    (
        "tritunpack",
        &[
            ("n = 0", "n"),
            ("n = 4097", "n"),
            ("packing = \"8in5\"", "packing"),
            ("stream = true\npacking = \"3in5\"", "packing"),
            ("n = 65\nstream = true", "n"),
        ],
    ),
    (
        "nmdot",
        &[
            ("n = 0", "n"),
            ("n = 18", "n"),
            ("n = 4100", "n"),
            ("pattern = \"2-4\"", "pattern"),
            ("pattern = \"0:4\"", "pattern"),
            ("pattern = \"5:4\"", "pattern"),
            ("pattern = \"2:6\"", "pattern"),
            ("pattern = \"1:32\"", "pattern"),
            ("weights = \"fp4\"", "weights"),
            ("wbits = 4", "wbits"),
            ("weights = \"int\"\nwbits = 17", "wbits"),
            ("xbits = 0", "xbits"),
        ],
    ),
    (
        "constmatvec",
        &[
            ("", "weights"),
            ("weights = \"nowhere.npy\"", "weights"),
            ("weights = \"Cargo.toml\"", "weights"),
            ("weights = \"w.npy\"\nmatrix = \"1\"", "weights"),
            ("matrix = \"\"", "matrix"),
            ("matrix = \"1,2;3\"", "matrix"),
            ("matrix = \"1,x\"", "matrix"),
            ("matrix = \"1,128\"", "matrix"),
            ("matrix = \"1,2\"\nentries = \"ternary\"", "matrix"),
            ("matrix = \"1,2\"\nentries = \"int9\"", "entries"),
            ("matrix = \"1,2\"\nxbits = 0", "xbits"),
            ("matrix = \"1,2\"\nxbits = 17", "xbits"),
            ("matrix = \"1,2\"\nserial = 0", "serial"),
            ("matrix = \"1,2,3\"\nserial = 2", "serial"),
        ],
    ),
];

/// Values of the wrong type, and unknown parameters: the message holds the word.
const MISTYPED: &[&str] = &["we", "wf", "nonsense"];

fn refused(operator: &str) -> Result<(), Failed> {
    let cases = REFUSED.iter().chain(posits::REFUSED).find(|c| c.0 == operator).map(|c| c.1);
    let cases = cases.ok_or_else(|| failed("no refused values are listed"))?;
    for (text, parameter) in cases {
        match instance(operator, text) {
            Ok(_) => return Err(failed(format!("{text} was taken"))),
            Err(e) if e.parameter != *parameter => {
                return Err(failed(format!("{text} should be refused for {parameter}: {e}")));
            }
            Err(e) if e.problem.is_empty() || e.expected.is_empty() => {
                return Err(failed(format!("{text}: {e:?} does not help")));
            }
            Err(_) => {}
        }
    }
    for parameter in MISTYPED {
        for value in ["\"four\"", "-1", "1.5"] {
            let text = format!("{parameter} = {value}");
            match instance(operator, &text) {
                Ok(_) => return Err(failed(format!("{text} was taken"))),
                Err(e) if !e.to_string().contains(parameter) => {
                    return Err(failed(format!("{text}: the message does not name it: {e}")));
                }
                Err(_) => {}
            }
        }
    }
    Ok(())
}

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = vec![Trial::test("registry::nobody_forgotten", nobody_forgotten)];
    for entry in REGISTRY {
        let operator = entry.name();
        trials.push(Trial::test(format!("{operator}::refused"), move || refused(operator)));
        for (n, example) in entry.examples().iter().enumerate() {
            // The number keeps names apart; the core's name says which it is.
            let label =
                |what: &str| format!("{operator}::{what}::{n}_{}", make(operator, example).core.name());
            let mut add = |what: &str, test: fn(&Instance) -> Result<(), Failed>| {
                trials.push(Trial::test(label(what), move || test(&make(operator, example))));
            };
            add("manifest", manifest);
            // Streaming cores have no schedule; the test `streams` holds them against their models.
            if make(operator, example).core.stream().is_none() {
                add("model", model);
                add("schedule", schedule);
                add("stalls", stalls);
            }
            trials.push(Trial::test(label("determinism"), move || determinism(operator, example)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}
