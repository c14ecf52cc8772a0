//! `holigen verify <operator>`: the netlist and the emitted text against the reference model.
use crate::args::{Engine, VerifyArgs};
use crate::failure::{Failure, note, say};
use crate::numbers::{self, Amount};
use crate::pipeline::{self, Settings};
use crate::report::grouped;
use holigen_operators::Instance;
use holigen_verif::vectors::operand_bits;
use serde_json::json;

/// Verifies in one engine or in all.
pub fn run(instance: Instance, args: &VerifyArgs) -> Result<(), Failure> {
    let settings =
        Settings { tb: Some(Amount::None), check: Some(Amount::None), ..Settings::new(&args.compiling) };
    let job = pipeline::resolve(instance, settings)?;
    let bits = operand_bits(&job.interface);
    let amount =
        Amount::settle(args.vectors, bits, pipeline::CHECK_BITS, pipeline::CHECK_COUNT, numbers::MAX_VECTORS)
            .map_err(|e| Failure::usage(format!("--vectors: {e}")))?;
    let compiled = pipeline::netlist(&job)?;
    if args.engine != Engine::Embedded {
        return Err(Failure::Tool(
            "only the embedded engine is available yet; give --engine embedded".into(),
        ));
    }
    let report = pipeline::check(&job, &compiled, amount)?;
    let Some(report) = report else { return Ok(()) };
    if args.json {
        let result = json!({
            "module": job.name, "engine": "embedded", "vectors": report.vectors,
            "exhaustive": report.exhaustive, "mismatches": 0,
        });
        return say(&format!("{result:#}\n"));
    }
    let all = if report.exhaustive { " (every input)" } else { "" };
    note(&format!("{}: embedded: PASS {} vectors{all}", job.name, grouped(report.vectors)));
    Ok(())
}
