//! The search through all patterns of stalls finds what goes wrong under some of them only.
use holigen_generator::builder::Context;
use holigen_generator::compile::{Options, compile};
use holigen_generator::rtl::Module;
use holigen_generator::structures::stream::{OutputRegister, WordSlice};
use holigen_generator::target::Target;
use holigen_generator::{Bits, Builder};
use holigen_sim::stream::Subject;
use holigen_sim::stream::stalls::{Bounds, Report, search};
use holigen_verif::rng::SplitMix64;
use holigen_verif::stream::{Beat, Decoded, Scenario, StreamModel};

/// Words come out as they went in.
struct Pass;

impl StreamModel for Pass {
    fn channels(&self) -> Vec<String> {
        vec!["s".into()]
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn run(&self, inputs: &Scenario) -> Decoded {
        Decoded { beats: inputs[0].iter().map(|b| (b.data, b.last)).collect(), error: false }
    }

    fn scenario(&self, rng: &mut SplitMix64, symbols: usize, _: bool) -> Scenario {
        vec![(1..=symbols).map(|i| Beat::new(rng.bits(8), i == symbols)).collect()]
    }
}

/// A core that passes words on; `take` and `valid` are made of: a word is there, it can leave, a register.
fn core(parts: impl for<'b> Fn(Bits<'b>, Bits<'b>, Bits<'b>) -> [Bits<'b>; 2]) -> Module {
    let context = Context::new(Target::by_name("kintex7").expect("it is there"), 200.0);
    let b = Builder::new(context.clone());
    b.clear_input("start");
    let out = OutputRegister::new(&b);
    let slice = WordSlice::new(&b, "s", 8, None);
    let odd = b.register("odd", 1);
    let (there, advance, word, last) = (slice.there(), out.advance(), slice.word(), slice.last());
    let [take, valid] = parts(there, advance, odd);
    // Whether the neighbour behind has ever hesitated with a word waiting.
    odd.load(odd | (there & !advance));
    slice.take(take);
    out.drive(valid, &[("m_data", word), ("m_last", last)]);
    b.output("error", b.lit(0u8, 1));
    let options = Options { name: "core".into(), clock_enable: false, turns: 1 };
    compile(b.finish(), &context, &options).expect("it closes").module
}

fn searched(module: &Module) -> Report {
    let bounds = Bounds { streams: 5, symbols: 6, states: 10_000 };
    search(&Subject { module, model: &Pass }, bounds, 1, |_| true)
}

fn fault(module: &Module) -> String {
    let m = searched(module).mismatch.expect("a fault is found");
    format!("{}; {}", m.what, m.stalls.expect("the clocks that lead there"))
}

#[test]
fn a_sound_core_passes() {
    let found = searched(&core(|there, advance, _| [advance, there]));
    assert_eq!(found.mismatch, None);
    assert_eq!(found.streams, 5);
    // Slice and output hold up to three words: more states than words.
    assert!(found.states > 60 && found.clocks > 2 * found.states, "{found:?}");
}

#[test]
fn a_lost_word_is_found() {
    let what = fault(&core(|there, _, _| [there, there]));
    assert!(what.contains("expected") && what.contains("s+m"), "{what}");
}

#[test]
fn a_word_that_comes_twice_is_found() {
    // After the first stall words stay where they are.
    let what = fault(&core(|there, advance, odd| [advance & !odd, there]));
    assert!(what.contains("beat"), "{what}");
}

#[test]
fn a_dead_lock_is_found() {
    let what = fault(&core(|there, advance, odd| [advance & !odd, there & !odd]));
    assert!(what.contains("no progress any more"), "{what}");
}
