//! The operators of holigen, one file each, and the registry that everything else is derived from.
//!
//! An operator is a parameter struct ([`Operator`]) that resolves to a [`Core`]: its ports, its architecture
//! and its reference model. The model comes from `holigen-verif` and shares no code with the architecture.
use clap::{ArgMatches, Args, Command};
use elements::ElementLayout;
use holigen_generator::Builder;
use holigen_verif::entropy::scenario::Decoder;
use holigen_verif::interface::Interface;
use holigen_verif::model::Model;
use holigen_verif::specification::Specification;
use holigen_verif::stream::{FileCode, StreamModel};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

mod coder;
pub mod elements;
pub mod ops;
pub mod parts;
pub mod products;
pub mod reference;

/// Every operator, in the order of `holigen list`.
pub static REGISTRY: &[&dyn Entry] = &[
    &Of::<ops::fp8mac::Fp8Mac>::NEW,
    &Of::<ops::fpmul::FpMul>::NEW,
    &Of::<ops::fpadd::FpAdd>::NEW,
    &Of::<ops::fpsub::FpSub>::NEW,
    &Of::<ops::fpaddsub::FpAddSub>::NEW,
    &Of::<ops::fpfma::FpFma>::NEW,
    &Of::<ops::fpconv::FpConv>::NEW,
    &Of::<ops::fpdot::FpDot>::NEW,
    &Of::<ops::mxdot::MxDot>::NEW,
    &Of::<ops::positadd::PositAdd>::NEW,
    &Of::<ops::positsub::PositSub>::NEW,
    &Of::<ops::positmul::PositMul>::NEW,
    &Of::<ops::positfma::PositFma>::NEW,
    &Of::<ops::positmac::PositMac>::NEW,
    &Of::<ops::positdot::PositDot>::NEW,
    &Of::<ops::positconv::PositConv>::NEW,
    &Of::<ops::posit2fp::Posit2Fp>::NEW,
    &Of::<ops::fp2posit::Fp2Posit>::NEW,
    &Of::<ops::posit2int::Posit2Int>::NEW,
    &Of::<ops::int2posit::Int2Posit>::NEW,
    &Of::<ops::positdecode::PositDecode>::NEW,
    &Of::<ops::positencode::PositEncode>::NEW,
    &Of::<ops::intmul::IntMul>::NEW,
    &Of::<ops::intmac::IntMac>::NEW,
    &Of::<ops::intdot::IntDot>::NEW,
    &Of::<ops::ternarymac::TernaryMac>::NEW,
    &Of::<ops::ternarydot::TernaryDot>::NEW,
    &Of::<ops::tritdot::TritDot>::NEW,
    &Of::<ops::tritpack::TritPack>::NEW,
    &Of::<ops::tritunpack::TritUnpack>::NEW,
    &Of::<ops::binarydot::BinaryDot>::NEW,
    &Of::<ops::nmdot::NmDot>::NEW,
    &Of::<ops::constmatvec::ConstMatVec>::NEW,
    &Of::<ops::codebook::CodebookLookUp>::NEW,
    &Of::<ops::huffdec::HuffDec>::NEW,
    &Of::<ops::ricedec::RiceDec>::NEW,
    &Of::<ops::tansdec::TansDec>::NEW,
    &Of::<ops::ransdec::RansDec>::NEW,
    &Of::<ops::weightstream::WeightStream>::NEW,
];

/// What is wrong with a parameter, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("--{parameter} {found}: {problem}\n  {expected}")]
pub struct ParamError {
    /// Without dashes in front, e.g. `b-format`.
    pub parameter: String,
    /// As given.
    pub found: String,
    /// What is wrong with it.
    pub problem: String,
    /// What would be right: a sentence.
    pub expected: String,
}

impl ParamError {
    /// A value that is not allowed.
    pub fn new(
        parameter: &str,
        found: impl ToString,
        problem: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            parameter: parameter.into(),
            found: found.to_string(),
            problem: problem.into(),
            expected: expected.into(),
        }
    }
}

/// An operator's parameters, as a user gives them: the same struct is command line, TOML and help.
///
/// Every field is a value with a name, so that `--name value` and `name = value` say the same; what is on or off is a
/// `bool`: `--name` and `name = true`.
/// The doc comment of the struct is the help: a summary line, then sections `# Semantics`,
/// `# Architecture`, `# Sources`.
pub trait Operator: Args + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// As typed: `holigen NAME`.
    const NAME: &'static str;

    /// Whether its cores, with some parameters at least, have a [`Core::file_code`].
    const DECODES: bool = false;

    /// Checks the parameters, settles the defaults that depend on others.
    fn resolve(&self) -> Result<Box<dyn Core>, ParamError>;

    /// Parameter sets in TOML that tests, documentation and benchmarks go over.
    fn examples() -> &'static [&'static str];
}

/// One core: an operator with all parameters settled. Independent of clock and target until it is built.
pub trait Core: Send + Sync {
    /// Every parameter, defaults resolved, in the order of the help.
    fn parameters(&self) -> Map<String, Value>;

    /// The module's name without the clock, e.g. `fp8mac_e4m3`.
    fn name(&self) -> String;

    /// One line: what it is, e.g. `Multiply-accumulate of E4M3 (OCP) into fp32`.
    fn title(&self) -> String;

    /// One paragraph: what r is, exactly, and what happens at the edges.
    fn semantics(&self) -> String;

    /// Ports without the pipeline's own (`clk`, `rst`, `ce`, `in_valid`, `out_valid`).
    fn interface(&self) -> Interface;

    /// Whether results depend on earlier inputs; then the core has a clock even at `--freq 0`.
    fn has_state(&self) -> bool;

    /// Independent sums served in turn, clock by clock: 1 unless the operator interleaves.
    fn turns(&self) -> u32 {
        1
    }

    /// Terms of the largest product that a sum is said to hold; 0 where nothing is promised.
    fn longest_sum(&self) -> u64 {
        0
    }

    /// What a user can change when a loop or an operation does not meet the clock.
    fn timing_advice(&self) -> String {
        String::new()
    }

    /// Builds the architecture.
    fn build(&self, b: &Builder);

    /// What provers hold the core against, as text written from the definition. `None`: the operator has none; a core
    /// without state and with few input bits is then held against the table of its model's values.
    fn specification(&self) -> Option<Specification> {
        None
    }

    /// The reference model of one sum. Streaming cores have [`Core::stream`] instead.
    fn model(&self) -> Box<dyn Model> {
        panic!("{} has a model of streams, not of tokens", self.name())
    }

    /// The reference model of a streaming core; others have none.
    fn stream(&self) -> Option<Box<dyn StreamModel>> {
        self.decoder().map(|d| Box::new(d) as Box<dyn StreamModel>)
    }

    /// The reference model of an entropy decoder, with the encoder beside it; others have none.
    fn decoder(&self) -> Option<Decoder> {
        None
    }

    /// What makes files for a streaming core, and reads them; others have none.
    fn file_code(&self) -> Option<Box<dyn FileCode>> {
        self.decoder().map(|d| Box::new(d) as Box<dyn FileCode>)
    }

    /// How the elements of a file become the symbols of [`Core::decoder`]; `None` where they are symbols.
    fn elements(&self) -> Option<ElementLayout> {
        None
    }
}

/// An operator with parameters that passed their check.
pub struct Instance {
    /// Name of the operator.
    pub operator: &'static str,
    /// The core.
    pub core: Box<dyn Core>,
    /// The parameters that differ from the defaults, as given: flag without dashes, value.
    pub given: Vec<(String, String)>,
}

impl Instance {
    /// The command that makes this core, without clock, target and files.
    pub fn command(&self) -> String {
        let mut s = format!("holigen {}", self.operator);
        for (k, v) in &self.given {
            s += &format!(" --{k}");
            // What is on or off is a flag without a value.
            if v != "true" {
                s += &format!(" {v}");
            }
        }
        s
    }
}

/// What everybody else sees of an operator.
pub trait Entry: Sync {
    /// As typed.
    fn name(&self) -> &'static str;
    /// Its subcommand, with the parameters only.
    fn command(&self) -> Command;
    /// From the matches of [`Entry::command`].
    fn instance_of_matches(&self, matches: &ArgMatches) -> Result<Instance, ParamError>;
    /// From a table of a build file.
    fn instance_of_toml(&self, table: toml::Table) -> Result<Instance, ParamError>;
    /// Parameter sets in TOML.
    fn examples(&self) -> &'static [&'static str];
    /// Whether there are files for its cores.
    fn decodes(&self) -> bool;
}

/// The [`Entry`] of an operator.
pub struct Of<O>(std::marker::PhantomData<fn() -> O>);

impl<O> Of<O> {
    /// For the registry.
    pub const NEW: Self = Of(std::marker::PhantomData);
}

fn plain(v: &Value) -> String {
    match v {
        Value::String(s) => s.clone(),
        v => v.to_string(),
    }
}

impl<O: Operator> Of<O> {
    /// The parameters of a table, by their names on the command line.
    pub(crate) fn from_toml(table: toml::Table) -> Result<O, ParamError> {
        // Flattened groups of parameters leave serde without a list of all of them.
        let command = O::augment_args(Command::new(O::NAME));
        let known: Vec<&str> = command.get_arguments().filter_map(clap::Arg::get_long).collect();
        if let Some(key) = table.keys().find(|k| !known.contains(&k.as_str())) {
            let right = format!("parameters are {}; see: holigen help {}", known.join(", "), O::NAME);
            return Err(ParamError::new(key, &table[key], format!("is no parameter of {}", O::NAME), right));
        }
        table.clone().try_into().map_err(|e: toml::de::Error| Self::wrong_value(&table, &e))
    }

    /// Which value of a table `e` is about: serde does not say, so each is read alone.
    fn wrong_value(table: &toml::Table, e: &toml::de::Error) -> ParamError {
        let alone = |key: &str, value: &toml::Value| {
            let one = toml::Table::from_iter([(key.to_owned(), value.clone())]);
            one.try_into::<O>().err().filter(|alone| alone.message() == e.message())
        };
        let Some((key, value)) = table.iter().find(|(key, value)| alone(key, value).is_some()) else {
            let right = format!("see: holigen help {}", O::NAME);
            return ParamError::new(O::NAME, table.to_string().trim(), e.message(), right);
        };
        let problem = if e.message().starts_with("invalid type") {
            format!("is of type {}", value.type_str())
        } else {
            "is out of range".into()
        };
        let right = match e.message().rsplit_once("expected ").map_or("", |m| m.1) {
            "a boolean" => "give true or false, without quotes".into(),
            "a string" => "give a text in quotes".into(),
            number @ ("u32" | "u64") => {
                let legal = Self::legal(table, key, number).filter(|_| value.is_integer());
                legal.unwrap_or("give a whole number from 0 on, without quotes".into())
            }
            "i8" | "i16" | "i32" | "i64" | "isize" => "give a whole number, without quotes".into(),
            other => format!("give {other}"),
        };
        ParamError::new(key, value, problem, right)
    }

    /// What would be right for a number: what is said about the largest of its type, which is out of range.
    fn legal(table: &toml::Table, key: &str, number: &str) -> Option<String> {
        let mut table = table.clone();
        table.insert(key.to_owned(), if number == "u32" { u32::MAX.into() } else { i64::MAX.into() });
        let refused = table.try_into::<O>().ok()?.resolve().err()?;
        (refused.parameter == key).then_some(refused.expected)
    }

    fn instance(o: &O) -> Result<Instance, ParamError> {
        let defaults = toml::from_str::<O>("").map(|d| parts::stateless::parameters(&d)).unwrap_or_default();
        let given = parts::stateless::parameters(o)
            .into_iter()
            .filter(|(k, v)| !v.is_null() && defaults.get(k) != Some(v))
            .map(|(k, v)| (k.replace('_', "-"), plain(&v)))
            .collect();
        Ok(Instance { operator: O::NAME, core: o.resolve()?, given })
    }
}

impl<O: Operator> Entry for Of<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn command(&self) -> Command {
        O::augment_args(Command::new(O::NAME))
    }

    fn instance_of_matches(&self, matches: &ArgMatches) -> Result<Instance, ParamError> {
        let o = O::from_arg_matches(matches)
            .map_err(|e| ParamError::new(O::NAME, "", e.to_string(), "see holigen help"))?;
        Self::instance(&o)
    }

    fn instance_of_toml(&self, table: toml::Table) -> Result<Instance, ParamError> {
        Self::instance(&Self::from_toml(table)?)
    }

    fn examples(&self) -> &'static [&'static str] {
        O::examples()
    }

    fn decodes(&self) -> bool {
        O::DECODES
    }
}
