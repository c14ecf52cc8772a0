//! What a reference model is.

/// A reference model of an operator: codes in, codes out, one token (valid input) at a time.
///
/// Codes are flat little-endian 64-bit limbs in port order, [`crate::interface::limbs`] of them for each port;
/// bits above a port's width are zero. `in_valid` and `out_valid` are not among them: a model sees valid
/// inputs only. A core that serves K sums in turn calls K models.
pub trait Model: Send {
    /// Forget all state, as after power-up.
    fn reset(&mut self);

    /// One token.
    fn step(&mut self, inputs: &[u64], outputs: &mut [u64]);

    /// A fresh model of the same core.
    fn fresh(&self) -> Box<dyn Model>;
}

/// A stateless model from a function.
#[derive(Clone)]
pub struct Stateless<F>(pub F);

impl<F: Fn(&[u64], &mut [u64]) + Clone + Send + 'static> Model for Stateless<F> {
    fn reset(&mut self) {}
    fn step(&mut self, inputs: &[u64], outputs: &mut [u64]) {
        (self.0)(inputs, outputs)
    }
    fn fresh(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}
