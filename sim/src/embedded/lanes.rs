//! Runs a program on blocks of lanes.
use super::code::{Code, Op};
use super::memory::Contents;
use super::transpose::{to_columns, to_lanes};
use super::{PortColumns, Program};
use holigen_generator::cases::cases;

/// Words of a column. The same on every computer, so that the same seed gives the same vectors everywhere.
pub const WORDS: usize = 8;

/// Lanes of a machine.
pub const LANES: usize = 64 * WORDS;

/// One bit of every lane: lane l is bit `l % 64` of word `l / 64`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[repr(C, align(64))]
pub struct Column(pub [u64; WORDS]);

impl Column {
    /// The same bit in all lanes.
    pub fn splat(bit: bool) -> Self {
        Column([if bit { !0 } else { 0 }; WORDS])
    }

    /// The bit of one lane.
    pub fn lane(&self, lane: usize) -> bool {
        self.0[lane / 64] >> (lane % 64) & 1 == 1
    }
}

/// [`LANES`] copies of a core with their state.
#[derive(Clone, Debug)]
pub struct Machine<'p> {
    program: &'p Program,
    columns: Vec<Column>,
    memories: Vec<Contents>,
}

impl<'p> Machine<'p> {
    /// All registers 0, all inputs 0 but `ce`, which is 1.
    pub fn new(program: &'p Program) -> Self {
        let columns = vec![Column::default(); program.code.columns];
        let memories = program.memories.iter().map(Contents::new).collect();
        let mut m = Machine { program, columns, memories };
        m.set_enable(true);
        m
    }

    /// What it runs.
    pub fn program(&self) -> &'p Program {
        self.program
    }

    /// One clock period; see the [module](super).
    pub fn step(&mut self) {
        run(&self.program.code, &mut self.columns);
        let (inputs, outputs) = self.columns.split_at_mut(self.program.code.inputs);
        for (m, contents) in self.program.memories.iter().zip(&mut self.memories) {
            contents.edge(m, inputs, outputs);
        }
    }

    /// Zeroes all registers, as at the start; memories keep what they hold.
    pub fn clear(&mut self) {
        let first = self.program.code.inputs + self.program.code.outputs;
        self.columns[first..first + self.program.code.states].fill(Column::default());
        self.columns[self.program.data.0..self.program.code.inputs].fill(Column::default());
    }

    /// All input columns, `rst` and `ce` included; they keep their values until written.
    pub fn inputs_mut(&mut self) -> &mut [Column] {
        &mut self.columns[..self.program.data.0]
    }

    /// All output columns as sampled in the last step.
    pub fn outputs(&self) -> &[Column] {
        let first = self.program.code.inputs;
        &self.columns[first..first + self.program.data.1]
    }

    /// `rst` of all lanes; nothing happens if the core has none.
    pub fn set_reset(&mut self, on: bool) {
        if let Some(c) = self.program.reset {
            self.columns[c] = Column::splat(on);
        }
    }

    /// `ce` of all lanes; nothing happens if the core has none.
    pub fn set_enable(&mut self, on: bool) {
        if let Some(c) = self.program.enable {
            self.columns[c] = Column::splat(on);
        }
    }

    /// One input port of all lanes to a value of up to 64 bits; higher bits become 0.
    pub fn set_port(&mut self, port: usize, value: u64) {
        let columns = self.program.inputs[port].columns();
        for (k, c) in self.columns[columns].iter_mut().enumerate() {
            *c = Column::splat(k < 64 && value >> k & 1 == 1);
        }
    }

    /// Inputs from lane words: for each lane the limbs of every data port in order. Fewer than [`LANES`] lanes
    /// leave the others 0. Bits above a port's width are ignored.
    ///
    /// # Panics
    /// If the length is not a multiple of [`Program::input_limbs`] or there are more lanes than that.
    pub fn load(&mut self, words: &[u64]) {
        let stride = self.program.input_limbs();
        check_length(words.len(), stride);
        load(&self.program.inputs, stride, words, &mut self.columns);
    }

    /// Inputs of one port from one word a lane, or [`PortColumns::limbs`] words a lane.
    ///
    /// # Panics
    /// As [`Self::load`].
    pub fn load_port(&mut self, port: usize, words: &[u64]) {
        let p = &self.program.inputs[port];
        check_length(words.len(), p.limbs());
        load(std::slice::from_ref(p), p.limbs(), words, &mut self.columns);
    }

    /// Outputs of the last step as lane words, for as many lanes as `words` has room for.
    ///
    /// # Panics
    /// If the length is not a multiple of [`Program::output_limbs`] or there are more than [`LANES`] lanes.
    pub fn store(&self, words: &mut [u64]) {
        let stride = self.program.output_limbs();
        check_length(words.len(), stride);
        store(&self.program.outputs, stride, words, self.outputs());
    }

    /// One output port of the last step, [`PortColumns::limbs`] words a lane.
    ///
    /// # Panics
    /// As [`Self::store`].
    pub fn store_port(&self, port: usize, words: &mut [u64]) {
        let p = &self.program.outputs[port];
        check_length(words.len(), p.limbs());
        store(std::slice::from_ref(p), p.limbs(), words, self.outputs());
    }

    /// Limbs of a lane in [`Self::load_state`].
    pub fn state_limbs(&self) -> usize {
        self.program.state().iter().map(PortColumns::limbs).sum()
    }

    /// Sets all that a step hands on to the next, but for the contents of memories: registers, and what memories have
    /// read. As [`Self::store_state`] gives it, lane by lane.
    ///
    /// # Panics
    /// If the length is not a multiple of [`Self::state_limbs`] or there are more than [`LANES`] lanes.
    pub fn load_state(&mut self, words: &[u64]) {
        let stride = self.state_limbs();
        check_length(words.len(), stride);
        load(&self.program.state(), stride, words, &mut self.columns);
    }

    /// What [`Self::load_state`] sets, for as many lanes as `words` has room for.
    ///
    /// # Panics
    /// As [`Self::load_state`].
    pub fn store_state(&self, words: &mut [u64]) {
        let stride = self.state_limbs();
        check_length(words.len(), stride);
        store(&self.program.state(), stride, words, &self.columns);
    }
}

fn check_length(words: usize, stride: usize) {
    if stride > 0 {
        assert!(words.is_multiple_of(stride), "{words} words are no whole number of lanes of {stride} limbs");
        assert!(words / stride <= LANES, "{} lanes where a machine has {LANES}", words / stride);
    }
}

/// `load_in` and `store_in` by the widest instructions that this computer has.
fn load(ports: &[PortColumns], stride: usize, words: &[u64], columns: &mut [Column]) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn wide(ports: &[PortColumns], stride: usize, words: &[u64], columns: &mut [Column]) {
            load_in(ports, stride, words, columns);
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the feature is there.
            return unsafe { wide(ports, stride, words, columns) };
        }
    }
    load_in(ports, stride, words, columns);
}

fn store(ports: &[PortColumns], stride: usize, words: &mut [u64], columns: &[Column]) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn wide(ports: &[PortColumns], stride: usize, words: &mut [u64], columns: &[Column]) {
            store_in(ports, stride, words, columns);
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the feature is there.
            return unsafe { wide(ports, stride, words, columns) };
        }
    }
    store_in(ports, stride, words, columns);
}

#[inline(always)]
fn load_in(ports: &[PortColumns], stride: usize, words: &[u64], columns: &mut [Column]) {
    let mut limb = 0;
    for p in ports {
        for k in 0..p.limbs() {
            let width = (p.width as usize - 64 * k).min(64);
            let columns = &mut columns[p.first + 64 * k..][..width];
            for block in 0..WORDS {
                let words = words.get(block * 64 * stride + limb..).unwrap_or_default();
                let put = |bit: usize, w: u64| columns[bit].0[block] = w;
                if let Some(words) = words.get(..63 * stride + 1) {
                    to_columns(width, |i| words[i * stride], put);
                } else {
                    to_columns(width, |i| words.get(i * stride).copied().unwrap_or(0), put);
                }
            }
            limb += 1;
        }
    }
}

#[inline(always)]
fn store_in(ports: &[PortColumns], stride: usize, words: &mut [u64], columns: &[Column]) {
    let mut limb = 0;
    for p in ports {
        for k in 0..p.limbs() {
            let width = (p.width as usize - 64 * k).min(64);
            let columns = &columns[p.first + 64 * k..][..width];
            for block in 0..WORDS {
                let words = words.get_mut(block * 64 * stride + limb..).unwrap_or_default();
                to_lanes(
                    width,
                    |bit| columns[bit].0[block],
                    |i, w| {
                        if let Some(to) = words.get_mut(i * stride) {
                            *to = w;
                        }
                    },
                );
            }
            limb += 1;
        }
    }
}

/// Counts: lane l gets the bits of `base + l`, column k bit k. All values of n bits are 2^n / [`LANES`] calls,
/// `base` a multiple of [`LANES`] (for fewer than 9 bits, the values repeat).
pub fn count(columns: &mut [Column], base: u64) {
    assert!(base.is_multiple_of(LANES as u64), "counting starts at a multiple of {LANES}, not at {base}");
    for (k, c) in (0..).zip(columns) {
        for (w, word) in c.0.iter_mut().enumerate() {
            *word = cases(k, base + 64 * w as u64);
        }
    }
}

/// One step by the widest instructions that this computer has.
fn run(code: &Code, columns: &mut [Column]) {
    assert_eq!(columns.len(), code.columns, "the machine's memory fits its program");
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the feature is there; `interpret`'s contract as below.
            return unsafe { run_avx512(code, columns) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            return unsafe { run_avx2(code, columns) };
        }
    }
    // SAFETY: `Code` is only made by `emit`, which audits that every operand is less than `code.columns`, that
    // is `columns.len()`, and that there are as many operands as the runs consume.
    unsafe { interpret(code, columns) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn run_avx512(code: &Code, columns: &mut [Column]) {
    // SAFETY: the caller's promise.
    unsafe { interpret(code, columns) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn run_avx2(code: &Code, columns: &mut [Column]) {
    // SAFETY: the caller's promise.
    unsafe { interpret(code, columns) }
}

/// `count` operations with D destinations and S sources from `operands`; returns the operands behind them.
///
/// # Safety
/// There are `count * (D + S)` operands, each the index of a column behind `columns`.
#[inline(always)]
unsafe fn repeat<const D: usize, const S: usize>(
    mut operands: *const u32,
    count: u32,
    columns: *mut Column,
    f: impl Fn([u64; S]) -> [u64; D],
) -> *const u32 {
    for _ in 0..count {
        // SAFETY: the caller's promise. Sources are copied before destinations are written, so they may be
        // the same columns.
        unsafe {
            let mut s = [[0u64; WORDS]; S];
            for (k, s) in s.iter_mut().enumerate() {
                *s = (*columns.add(*operands.add(D + k) as usize)).0;
            }
            let mut d = [[0u64; WORDS]; D];
            for w in 0..WORDS {
                let r = f(std::array::from_fn(|k| s[k][w]));
                for k in 0..D {
                    d[k][w] = r[k];
                }
            }
            for (k, d) in d.iter().enumerate() {
                (*columns.add(*operands.add(k) as usize)).0 = *d;
            }
            operands = operands.add(D + S);
        }
    }
    operands
}

/// A chain of `count` full adders, NOT with the first operand inverted for the carry, SUM with sums; returns the
/// operands behind it.
///
/// # Safety
/// There are `2 + count * (2 + SUM)` operands, each the index of a column behind `columns`.
#[inline(always)]
unsafe fn ripple<const NOT: bool, const SUM: bool>(
    operands: *const u32,
    count: u32,
    columns: *mut Column,
) -> *const u32 {
    // SAFETY: the caller's promise. Operands of a link are copied before its sum is written.
    unsafe {
        let mut carry = (*columns.add(*operands as usize)).0;
        let mut operands = operands.add(1);
        for _ in 0..count {
            let first = operands.add(usize::from(SUM));
            let a = (*columns.add(*first as usize)).0;
            let b = (*columns.add(*first.add(1) as usize)).0;
            if SUM {
                let sum: [u64; WORDS] = std::array::from_fn(|w| a[w] ^ b[w] ^ carry[w]);
                (*columns.add(*operands as usize)).0 = sum;
            }
            for w in 0..WORDS {
                let a = if NOT { !a[w] } else { a[w] };
                // Two operations from carry to carry.
                carry[w] = (a & b[w]) | ((a ^ b[w]) & carry[w]);
            }
            operands = first.add(2);
        }
        (*columns.add(*operands as usize)).0 = carry;
        operands.add(1)
    }
}

/// # Safety
/// The operands of `code` are as many as its runs consume and each is less than `columns.len()`.
#[inline(always)]
unsafe fn interpret(code: &Code, columns: &mut [Column]) {
    let c = columns.as_mut_ptr();
    let mut p = code.operands.as_ptr();
    let mux = |s: u64, a: u64, b: u64| b ^ (s & (a ^ b));
    // majority = a where a = b, else c
    let majority = |a: u64, b: u64, c: u64| a ^ ((a ^ b) & (a ^ c));
    // majority(~a, b, c) = b where ~a = b, else c
    let majority_not = |a: u64, b: u64, c: u64| c ^ ((a ^ b) & (b ^ c));
    for r in &code.runs {
        let n = r.count;
        // SAFETY: the caller's promise.
        p = unsafe {
            match r.op {
                Op::Zero => repeat(p, n, c, |[]: [u64; 0]| [0]),
                Op::Ones => repeat(p, n, c, |[]: [u64; 0]| [!0]),
                Op::Copy => repeat(p, n, c, |[a]| [a]),
                Op::Not => repeat(p, n, c, |[a]| [!a]),
                Op::And => repeat(p, n, c, |[a, b]| [a & b]),
                Op::AndNot => repeat(p, n, c, |[a, b]| [!a & b]),
                Op::Or => repeat(p, n, c, |[a, b]| [a | b]),
                Op::OrNot => repeat(p, n, c, |[a, b]| [!a | b]),
                Op::Nand => repeat(p, n, c, |[a, b]| [!(a & b)]),
                Op::Nor => repeat(p, n, c, |[a, b]| [!(a | b)]),
                Op::Xor => repeat(p, n, c, |[a, b]| [a ^ b]),
                Op::Xnor => repeat(p, n, c, |[a, b]| [!(a ^ b)]),
                Op::Mux => repeat(p, n, c, |[s, a, b]| [mux(s, a, b)]),
                Op::MuxNot => repeat(p, n, c, |[s, a, b]| [mux(s, !a, b)]),
                Op::Sum => repeat(p, n, c, |[a, b, c]| [a ^ b ^ c]),
                Op::Carry => repeat(p, n, c, |[a, b, c]| [majority(a, b, c)]),
                Op::CarryNot => repeat(p, n, c, |[a, b, c]| [majority_not(a, b, c)]),
                Op::Full => repeat(p, n, c, |[a, b, c]| [a ^ b ^ c, majority(a, b, c)]),
                Op::FullNot => repeat(p, n, c, |[a, b, c]| [a ^ b ^ c, majority_not(a, b, c)]),
                Op::Half => repeat(p, n, c, |[a, b]| [a ^ b, a & b]),
                Op::HalfNot => repeat(p, n, c, |[a, b]| [a ^ b, !a & b]),
                Op::HalfOr => repeat(p, n, c, |[a, b]| [a ^ b, a | b]),
                Op::FullChain => ripple::<false, true>(p, n, c),
                Op::FullNotChain => ripple::<true, true>(p, n, c),
                Op::CarryChain => ripple::<false, false>(p, n, c),
                Op::CarryNotChain => ripple::<true, false>(p, n, c),
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holigen_generator::rtl::{
        BinaryOp, Expr, Module, OutputPort, Section, Signal, SignalId, SignalKind, Wire,
    };

    /// The instructions of this computer and the portable ones give the same columns.
    #[test]
    fn portable_is_the_same() {
        let width = 21;
        let read = |i| Box::new(Expr::Signal(SignalId(i)));
        let operators = [
            BinaryOp::Add,
            BinaryOp::Sub,
            BinaryOp::Mul,
            BinaryOp::Ult,
            BinaryOp::Shl,
            BinaryOp::Or,
            BinaryOp::Eq,
        ];
        let mut m = Module {
            name: "operators".into(),
            header: vec![],
            clocked: false,
            has_reset: false,
            has_enable: false,
            inputs: vec![SignalId(0), SignalId(1)],
            outputs: vec![],
            signals: ["a", "b"].map(|n| Signal { name: n.into(), width, kind: SignalKind::Input }).into(),
            tables: vec![],
            sections: vec![Section::default()],
            cells: Default::default(),
        };
        for (k, op) in operators.into_iter().enumerate() {
            let expr = Expr::Binary(op, read(0), read(1));
            let signal = SignalId(m.signals.len() as u32);
            let width = m.width(&expr);
            m.signals.push(Signal { name: format!("w{k}"), width, kind: SignalKind::Wire });
            m.sections[0].wires.push(Wire { signal, expr, note: None });
            m.outputs.push(OutputPort { name: format!("y{k}"), signal });
        }
        m.verify().expect("a legal netlist");
        let program = Program::compile(&m);
        let mut machine = Machine::new(&program);
        let mut random = crate::embedded::Random::new(1);
        for _ in 0..20 {
            random.fill(machine.inputs_mut());
            let mut portable = machine.clone();
            machine.step();
            // SAFETY: as in `run`.
            unsafe { interpret(&program.code, &mut portable.columns) };
            assert_eq!(machine.columns, portable.columns);

            let stride = program.output_limbs();
            let (mut fast, mut slow) = (vec![0; LANES * stride], vec![0; LANES * stride]);
            machine.store(&mut fast);
            store_in(program.outputs(), stride, &mut slow, portable.outputs());
            assert_eq!(fast, slow);
        }
    }
}
