//! Developer's probe: prints or checks one core from TOML.
use holigen_generator::compile::{Options, compile};
use holigen_generator::rtl::{verilog, vhdl};
use holigen_generator::target::Target;
use holigen_generator::{Builder, Context};
use holigen_operators::REGISTRY;
use holigen_sim::check::{Plan, Subject, run};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (toml, mhz, target, what) =
        (args[1].replace(',', "\n"), args[2].parse::<f64>().unwrap(), &args[3], &args[4]);
    let entry = REGISTRY[0];
    let i = entry.instance_of_toml(toml.parse().unwrap()).unwrap_or_else(|e| panic!("{e}"));
    let context = Context::new(Target::by_name(target).unwrap(), mhz);
    let b = Builder::new(context.clone());
    i.core.build(&b);
    let o = Options { name: "core".into(), clock_enable: false, turns: i.core.turns() };
    let t = std::time::Instant::now();
    let c = compile(b.finish(), &context, &o).unwrap_or_else(|e| panic!("{e}"));
    eprintln!(
        "{}: latency {} fmax {:.0} bits {} {:?} in {:?}",
        i.core.name(),
        c.latency,
        c.estimated_fmax_mhz,
        c.register_bits,
        c.method,
        t.elapsed()
    );
    match what.as_str() {
        "verilog" => print!("{}", verilog::print(&c.module)),
        "vhdl" => print!("{}", vhdl::print(&c.module)),
        _ => {
            let interface = i.core.interface();
            let model = i.core.model();
            let s = Subject {
                module: &c.module,
                latency: c.latency,
                interface: &interface,
                model: model.as_ref(),
                turns: i.core.turns(),
                stateful: i.core.has_state(),
                longest_sum: i.core.longest_sum(),
            };
            let plan =
                if what == "exhaustive" { Plan::Exhaustive } else { Plan::Count(what.parse().unwrap()) };
            let t = std::time::Instant::now();
            let r = run(&s, plan, 1, &|_| {});
            eprintln!("{} vectors {:?} {:x?}", r.vectors, t.elapsed(), r.mismatch);
        }
    }
}
