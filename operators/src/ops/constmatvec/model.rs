//! Reference model: sums of products, entry by entry. It knows nothing of the architecture.
use super::{ConstMatVecCore, Matrix};
use holigen_verif::integer::IntFormat;
use holigen_verif::interface::{bits_of, put_bits};
use holigen_verif::model::Model;
use std::sync::Arc;

/// See the module.
#[derive(Clone)]
pub struct MatVecModel {
    matrix: Arc<Matrix>,
    x: IntFormat,
    r: IntFormat,
    /// Columns that one input brings.
    chunk: usize,
    /// Inputs of this product so far.
    at: usize,
    sums: Vec<i64>,
}

impl MatVecModel {
    /// The model of a resolved core.
    pub fn new(core: &ConstMatVecCore) -> Self {
        Self {
            matrix: core.matrix.clone(),
            x: core.x,
            r: core.format(),
            chunk: core.chunk(),
            at: 0,
            sums: vec![0; core.matrix.rows],
        }
    }
}

impl Model for MatVecModel {
    fn reset(&mut self) {
        self.at = 0;
        self.sums.fill(0);
    }

    /// Inputs: `in_first` if the product is folded, `x`.
    fn step(&mut self, inputs: &[u64], outputs: &mut [u64]) {
        let folded = self.chunk < self.matrix.columns;
        let x = &inputs[usize::from(folded)..];
        if !folded || inputs[0] == 1 {
            self.reset();
        }
        let x: Vec<i64> = (0..self.chunk as u32)
            .map(|j| self.x.decode(bits_of(x, j * self.x.width, self.x.width)))
            .collect();
        outputs.fill(0);
        for (i, sum) in self.sums.iter_mut().enumerate() {
            let row = &self.matrix.row(i)[self.at * self.chunk..(self.at + 1) * self.chunk];
            *sum += row.iter().zip(&x).map(|(w, x)| w * x).sum::<i64>();
            let mut code = [0];
            self.r.write((*sum).into(), &mut code);
            put_bits(outputs, i as u32 * self.r.width, self.r.width, code[0]);
        }
        self.at = (self.at + 1) % (self.matrix.columns / self.chunk);
    }

    fn fresh(&self) -> Box<dyn Model> {
        let mut fresh = self.clone();
        fresh.reset();
        Box::new(fresh)
    }
}
