//! A core without state, put together from what an operator settles.
use crate::Core;
use holigen_generator::Builder;
use holigen_verif::interface::Interface;
use holigen_verif::model::{Model, Stateless};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;

type Build = dyn Fn(&Builder) + Send + Sync;
type Function = dyn Fn(&[u64], &mut [u64]) + Send + Sync;

/// A resolved operator whose result depends on the operands of one clock alone.
pub struct StatelessCore {
    /// Every parameter, defaults resolved.
    pub parameters: Map<String, Value>,
    /// The module's name without the clock.
    pub name: String,
    /// One line.
    pub title: String,
    /// One paragraph.
    pub semantics: String,
    /// Operands and results.
    pub interface: Interface,
    /// The architecture.
    pub architecture: Box<Build>,
    /// The reference model: limbs of the inputs, limbs of the outputs.
    pub function: Arc<Function>,
}

/// A parameter struct as the manifest has it.
pub fn parameters(of: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(of) {
        Ok(Value::Object(m)) => m,
        _ => unreachable!("parameters are a struct of plain values"),
    }
}

impl Core for StatelessCore {
    fn parameters(&self) -> Map<String, Value> {
        self.parameters.clone()
    }
    fn name(&self) -> String {
        self.name.clone()
    }
    fn title(&self) -> String {
        self.title.clone()
    }
    fn semantics(&self) -> String {
        self.semantics.clone()
    }
    fn interface(&self) -> Interface {
        self.interface.clone()
    }
    fn has_state(&self) -> bool {
        false
    }
    fn build(&self, b: &Builder) {
        (self.architecture)(b);
    }
    fn model(&self) -> Box<dyn Model> {
        let function = self.function.clone();
        Box::new(Stateless(move |inputs: &[u64], outputs: &mut [u64]| function(inputs, outputs)))
    }
}
