//! Modules of random expressions.
use super::*;

pub struct RandomModule {
    pub m: Build,
    pub rng: Random,
    pub signals: Vec<SignalId>,
}

impl RandomModule {
    pub fn make(name: &str, seed: u64) -> Module {
        let mut r = Self { m: Build::new(name), rng: Random::new(seed), signals: vec![] };
        const INPUTS: [u32; 8] = [1, 1, 2, 3, 8, 9, 33, 65];
        for (i, width) in INPUTS.into_iter().enumerate() {
            let s = r.m.input(&format!("i{i}"), width);
            r.m.output(&format!("oi{i}"), s);
            r.signals.push(s);
        }
        for k in 0..3 {
            let (index, width) = ([1, 3, 8][k as usize], [1, 5, 20, 33][r.rng.below(4) as usize]);
            let seed = r.rng.next();
            r.m.table(&format!("t{k}"), index, width, |i| Random::new(seed ^ (i << 20)).bits(width));
        }
        for section in 0..3 {
            r.m.section(&format!("part {section}"));
            for i in 0..8 {
                let e = r.root();
                let s = r.m.shown(&format!("w{section}_{i}"), e);
                r.signals.push(s);
            }
        }
        r.m.0
    }

    pub fn root(&mut self) -> Expr {
        let width = [1, 1, 2, 5, 8, 9, 13, 32, 33, 70][self.rng.below(10) as usize];
        match self.rng.below(6) {
            0 => mux(self.expr(1, 2), self.expr(width, 2), self.expr(width, 2)),
            1 => {
                let t = self.rng.below(3);
                let index_width = self.m.0.tables[t as usize].index_width;
                let fitting: Vec<_> = self
                    .signals
                    .iter()
                    .copied()
                    .filter(|s| self.m.0.signal(*s).width == index_width)
                    .collect();
                Expr::Lookup(TableId(t), fitting[self.rng.below(fitting.len() as u32) as usize])
            }
            _ => self.expr(width, 3),
        }
    }

    pub fn leaf(&mut self, width: u32) -> Expr {
        let wide: Vec<_> =
            self.signals.iter().copied().filter(|s| self.m.0.signal(*s).width >= width).collect();
        if wide.is_empty() || self.rng.below(8) == 0 {
            return Expr::Const { value: self.rng.value(width), width };
        }
        let s = wide[self.rng.below(wide.len() as u32) as usize];
        let spare = self.m.0.signal(s).width - width;
        if spare == 0 {
            return sig(s);
        }
        let lo = self.rng.below(spare + 1);
        slice(s, lo + width - 1, lo)
    }

    pub fn expr(&mut self, width: u32, depth: u32) -> Expr {
        use BinaryOp::*;
        if depth == 0 {
            return self.leaf(width);
        }
        let d = depth - 1;
        match self.rng.below(10) {
            0 => not(self.expr(width, d)),
            1..=3 => {
                let op = [And, Or, Xor, Add, Sub, Add][self.rng.below(6) as usize];
                bin(op, self.expr(width, d), self.expr(width, d))
            }
            4 => {
                let op = [Shl, Shr][self.rng.below(2) as usize];
                let amount = 1 + self.rng.below(8);
                bin(op, self.expr(width, d), self.expr(amount, d))
            }
            5 | 6 if width > 1 => {
                let split = 1 + self.rng.below(width - 1);
                let (a, b) = (self.expr(split, d), self.expr(width - split, d));
                if self.rng.below(2) == 0 { cat([a, b]) } else { bin(Mul, a, b) }
            }
            7 if width > 1 => rep(self.expr(1, d), width),
            5..=8 if width == 1 => {
                let w = [1, 2, 5, 9, 33][self.rng.below(5) as usize];
                match self.rng.below(5) {
                    0 => bin(Eq, self.expr(w, d), self.expr(w, d)),
                    1 => bin(Ult, self.expr(w, d), self.expr(w, d)),
                    n => red([ReduceOp::And, ReduceOp::Or, ReduceOp::Xor][n as usize - 2], self.expr(w, d)),
                }
            }
            _ => self.leaf(width),
        }
    }
}
