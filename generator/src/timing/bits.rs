//! From a netlist of words to logic of bits, in the way of synthesis: short sums are gates and longer ones carry
//! chains, shifters are rows of multiplexers, tables are trees of them.
use super::logic::{Bit, Cell, Logic};
use crate::rtl::{BinaryOp, Expr, Module, ReduceOp, Register, SignalId, Table, TableId, cells};
use crate::target::Target;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

/// Where a path ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pin {
    /// The data input of a register.
    Data,
    /// Its enable.
    Enable,
    /// Its synchronous set or reset.
    Reset,
}

/// The end of a path: which bit arrives at which pin of which signal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) bit: Bit,
    pub(crate) pin: Pin,
    pub(crate) of: SignalId,
    /// The section of the module that it stands in.
    pub(crate) section: usize,
}

/// A module in bits.
pub(crate) struct Blasted {
    pub(crate) logic: Logic,
    pub(crate) ends: Vec<End>,
    /// The name of each source's signal.
    pub(crate) sources: Vec<String>,
    /// The bits of each signal, by its id; none of a signal that nothing reads.
    pub(crate) values: Vec<Vec<Bit>>,
}

/// A multiplexer of one bit with a constant at one of its inputs.
#[derive(Clone, Copy)]
struct Gated {
    /// When the constant is chosen.
    select: Bit,
    constant: Bit,
    /// The other input.
    data: Bit,
}

/// Bits of a module, and the ends of its paths: registers, memories and output ports.
pub(crate) fn blast(module: &Module, target: &Target, purpose: Purpose) -> Blasted {
    let multiplexers = purpose == Purpose::Timing && target.carry_chain.has_multiplexers();
    let mut b = Blaster {
        module,
        multiplexers,
        target,
        logic: Logic::new(),
        value: vec![Vec::new(); module.signals.len()],
        sources: Vec::new(),
        gated: BTreeMap::new(),
        registers: BTreeMap::new(),
        largest: BTreeMap::new(),
        chains: BTreeMap::new(),
        ends: Vec::new(),
        section: 0,
        reset: None,
        enable: None,
    };
    b.reset = module.has_reset.then(|| b.source("rst"));
    b.enable = module.has_enable.then(|| b.source("ce"));
    for (number, section) in module.sections.iter().enumerate() {
        b.section = number;
        let registered: HashSet<SignalId> = section.registers.iter().map(|r| r.data).collect();
        for wire in &section.wires {
            let value = match (&wire.expr, module.cells.get(&wire.signal).filter(|_| multiplexers)) {
                (_, Some(cell)) => b.instance(cell, wire.signal),
                (Expr::Lookup(t, index), None) => b.table(*t, *index, registered.contains(&wire.signal)),
                (expr, None) => b.expr(expr),
            };
            b.value[wire.signal.0 as usize] = value;
        }
        for register in &section.registers {
            b.register(register);
        }
        for memory in &section.memories {
            let read = memory.reads.iter().flat_map(|r| [r.enable, r.address]);
            for of in read.chain(memory.write.into_iter().flatten()) {
                b.end(of, of);
            }
        }
    }
    for port in &module.outputs {
        b.end(port.signal, port.signal);
    }
    b.cut_chains();
    Blasted { logic: b.logic, ends: b.ends, sources: b.sources, values: b.value }
}

/// What a module is taken apart for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// What it computes.
    Function,
    /// How long that takes. Where a bit of a chain is a table and a multiplexer, a chain's operands are what goes straight to
    /// the multiplexer and what the table makes; cells of the device, and tables of which synthesis may make two levels, are
    /// blocks.
    Timing,
}

/// Of a carry chain.
struct Outputs {
    bits: Vec<Bit>,
    /// Whether its carry is read.
    carry: bool,
}

struct Blaster<'m> {
    module: &'m Module,
    /// Whether it is taken apart into tables and the multiplexers of carry chains, see [`Purpose::Timing`].
    multiplexers: bool,
    target: &'m Target,
    logic: Logic,
    /// Of each signal; empty until it is read or written.
    value: Vec<Vec<Bit>>,
    sources: Vec<String>,
    /// Multiplexers by what they put out.
    gated: BTreeMap<Bit, Gated>,
    /// Registers of one bit by data, enable and resets: those of the same are one.
    registers: BTreeMap<(Bit, Bit, Vec<Bit>), Bit>,
    /// Tables of numbers by their lowest bits: all bits, and the largest number.
    largest: BTreeMap<Bit, (Vec<Bit>, u64)>,
    /// Chains by carry in and operands.
    chains: BTreeMap<(Bit, Vec<[Bit; 2]>), Outputs>,
    ends: Vec<End>,
    /// The one being read.
    section: usize,
    /// The ports `rst` and `ce`.
    reset: Option<Bit>,
    enable: Option<Bit>,
}

impl Blaster<'_> {
    /// A signal's bits; of a register or a port that nothing has written yet, new ones.
    fn signal(&mut self, s: SignalId) -> Vec<Bit> {
        if self.value[s.0 as usize].is_empty() {
            let width = self.module.signal(s).width;
            let name = &self.module.signal(s).name;
            self.value[s.0 as usize] = (0..width).map(|_| self.source(name)).collect();
        }
        self.value[s.0 as usize].clone()
    }

    fn source(&mut self, name: &str) -> Bit {
        self.sources.push(name.into());
        self.logic.source()
    }

    fn end(&mut self, driver: SignalId, of: SignalId) {
        for bit in self.signal(driver) {
            self.arrives(bit, Pin::Data, of);
        }
    }

    fn arrives(&mut self, bit: Bit, pin: Pin, of: SignalId) {
        if !bit.is_constant() {
            self.ends.push(End { bit, pin, of, section: self.section });
        }
    }

    fn register(&mut self, r: &Register) {
        let data = self.signal(r.data);
        let enable = r.enable.map_or(Bit::ONE, |s| self.signal(s)[0]);
        let enable = self.logic.and(enable, self.enable.unwrap_or(Bit::ONE));
        let clear = r.clear.map(|s| self.signal(s)[0]);
        let read = !self.value[r.signal.0 as usize].is_empty();
        let own = if read { self.signal(r.signal) } else { Vec::new() };
        let mut bits = Vec::with_capacity(data.len());
        for (i, data) in data.into_iter().enumerate() {
            let (data, resets) = self.resets(data, clear, r.reset);
            let known = (data, enable, resets);
            let bit = match (own.get(i), self.registers.get(&known)) {
                (Some(own), _) => *own,
                (None, Some(same)) => {
                    bits.push(*same);
                    continue;
                }
                // Without a value at power-up, it is that constant from the start.
                (None, None) if data.is_constant() && known.2.is_empty() => {
                    bits.push(data);
                    continue;
                }
                (None, None) => self.source(&self.module.signal(r.signal).name),
            };
            self.arrives(data, Pin::Data, r.signal);
            self.arrives(enable, Pin::Enable, r.signal);
            if let Some(reset) = self.any(&known.2) {
                self.arrives(reset, Pin::Reset, r.signal);
            }
            self.registers.insert(known, bit);
            bits.push(bit);
        }
        self.value[r.signal.0 as usize] = bits;
    }

    /// What a multiplexer with a constant decides becomes the register's set or reset, one behind the other.
    fn resets(&self, data: Bit, clear: Option<Bit>, reset: bool) -> (Bit, Vec<Bit>) {
        let mut data = data;
        let mut resets: Vec<Bit> = clear.into_iter().chain(self.reset.filter(|_| reset)).collect();
        let mut value = (!resets.is_empty()).then_some(Bit::ZERO);
        while let Some(g) = self.gated.get(&data).filter(|g| value.is_none_or(|v| v == g.constant)) {
            value = Some(g.constant);
            resets.push(g.select);
            data = g.data;
        }
        (data, resets)
    }

    fn any(&mut self, bits: &[Bit]) -> Option<Bit> {
        let inverted: Vec<Bit> = bits.iter().map(|b| !*b).collect();
        (!bits.is_empty()).then(|| !self.logic.all(&inverted))
    }

    fn mux(&mut self, select: Bit, one: Bit, zero: Bit) -> Bit {
        let out = self.logic.mux(select, one, zero);
        if select.is_constant() || out == one || out == zero {
            return out;
        }
        match (one.is_constant(), zero.is_constant()) {
            (true, false) => self.gated.insert(out, Gated { select, constant: one, data: zero }),
            (false, true) => self.gated.insert(out, Gated { select: !select, constant: zero, data: one }),
            _ => None,
        };
        out
    }

    fn expr(&mut self, e: &Expr) -> Vec<Bit> {
        match e {
            Expr::Signal(s) => self.signal(*s),
            Expr::Const { value, width } => {
                (0..u64::from(*width)).map(|i| Bit::constant(value.bit(i))).collect()
            }
            Expr::Slice { of, hi, lo } => self.signal(*of)[*lo as usize..=*hi as usize].to_vec(),
            Expr::Concat(parts) => parts.iter().rev().flat_map(|p| self.expr(p)).collect(),
            Expr::Replicate { bit, times } => vec![self.expr(bit)[0]; *times as usize],
            Expr::Not(a) => self.expr(a).into_iter().map(|b| !b).collect(),
            Expr::Reduce(op, a) => {
                let bits = self.expr(a);
                vec![self.reduce(*op, &bits)]
            }
            Expr::Mux(select, one, zero) => {
                let (select, one, zero) = (self.expr(select)[0], self.expr(one), self.expr(zero));
                one.into_iter().zip(zero).map(|(one, zero)| self.mux(select, one, zero)).collect()
            }
            Expr::Lookup(t, index) => self.table(*t, *index, false),
            Expr::Binary(op, x, y) => {
                let (x, y) = (self.expr(x), self.expr(y));
                self.binary(*op, &x, &y)
            }
        }
    }

    fn reduce(&mut self, op: ReduceOp, bits: &[Bit]) -> Bit {
        match op {
            ReduceOp::And => self.logic.all(bits),
            ReduceOp::Or => {
                let inverted: Vec<Bit> = bits.iter().map(|b| !*b).collect();
                !self.logic.all(&inverted)
            }
            ReduceOp::Xor => self.logic.parity(bits),
        }
    }

    fn binary(&mut self, op: BinaryOp, x: &[Bit], y: &[Bit]) -> Vec<Bit> {
        let logic = &mut self.logic;
        let bitwise = |logic: &mut Logic, f: fn(&mut Logic, Bit, Bit) -> Bit| -> Vec<Bit> {
            x.iter().zip(y).map(|(x, y)| f(logic, *x, *y)).collect()
        };
        match op {
            BinaryOp::And => bitwise(logic, Logic::and),
            BinaryOp::Or => bitwise(logic, Logic::or),
            BinaryOp::Xor => bitwise(logic, Logic::xor),
            BinaryOp::Eq => {
                let equal: Vec<Bit> = bitwise(logic, Logic::xor).into_iter().map(|b| !b).collect();
                vec![logic.all(&equal)]
            }
            BinaryOp::Add => {
                let mut sum = self.sum(x, y, Bit::ZERO, false);
                sum.pop();
                sum
            }
            BinaryOp::Sub => {
                let inverted: Vec<Bit> = y.iter().map(|b| !*b).collect();
                let mut sum = self.sum(x, &inverted, Bit::ONE, true);
                sum.pop();
                sum
            }
            BinaryOp::Ult => {
                let inverted: Vec<Bit> = y.iter().map(|b| !*b).collect();
                vec![!self.carry(x, &inverted, Bit::ONE)]
            }
            BinaryOp::Mul => {
                let ps = self.target.mul(x.len() as u32, y.len() as u32);
                let inputs = x.iter().chain(y).copied().collect();
                self.logic.cell(Cell::Block { inputs, outputs: (x.len() + y.len()) as u32, ps })
            }
            BinaryOp::Shl => self.shift(x, y),
            BinaryOp::Shr => {
                let reversed: Vec<Bit> = x.iter().rev().copied().collect();
                self.shift(&reversed, y).into_iter().rev().collect()
            }
        }
    }

    /// A row of multiplexers for each bit of the amount, left.
    fn shift(&mut self, x: &[Bit], amount: &[Bit]) -> Vec<Bit> {
        let mut rows = x.to_vec();
        for (k, select) in amount.iter().enumerate() {
            let by = 1usize.checked_shl(k as u32).unwrap_or(usize::MAX);
            rows = (0..x.len())
                .map(|i| {
                    let shifted = i.checked_sub(by).map_or(Bit::ZERO, |j| rows[j]);
                    self.mux(*select, shifted, rows[i])
                })
                .collect();
        }
        rows
    }

    /// What a cell of the device puts out, which synthesis leaves as it is.
    fn instance(&mut self, cell: &cells::Cell, of: SignalId) -> Vec<Bit> {
        let (inputs, outputs) = (cell.inputs(), self.module.signal(of).width);
        let behind_tables = |s: &SignalId| matches!(self.module.cells.get(s), Some(cells::Cell::Lut(_)));
        let ps = match cell {
            cells::Cell::Lut(_) => self.target.lut_level(),
            cells::Cell::Chain(c) if c.runs().is_empty() && inputs.iter().any(|(s, _)| behind_tables(s)) => {
                self.target.add(c.width()) - self.target.lut_level()
            }
            cells::Cell::Chain(c) => self.target.add(c.width()),
        };
        let inputs = inputs.into_iter().map(|(s, bit)| self.signal(s)[bit as usize]).collect();
        self.logic.cell(Cell::Block { inputs, outputs, ps })
    }

    /// All bits of a table; `registered`: registers take them.
    fn table(&mut self, t: TableId, index: SignalId, registered: bool) -> Vec<Bit> {
        let (index, table) = (self.signal(index), &self.module.tables[t.0 as usize]);
        let (inputs, full) = (index.len() as u32, self.target.lut_inputs);
        let shares = inputs == full || registered && inputs > 2;
        if self.multiplexers && table.width > 1 && inputs <= full && shares {
            // Synthesis knows no loads, and tables and chains by other figures: where it sees time for it, it has two levels,
            // of which the first is common to the bits. Those at a chain's tables are left whole nearly always.
            let ps = 2.0 * self.target.lut_level();
            return self.logic.cell(Cell::Block { inputs: index, outputs: table.width, ps });
        }
        let bits: Vec<Bit> = (0..table.width).map(|bit| self.lookup(table, bit, &index)).collect();
        if let Some(largest) = table.entries.iter().max().and_then(|e| u64::try_from(e).ok()) {
            self.largest.insert(bits[0], (bits.clone(), largest));
        }
        bits
    }

    /// Positions of a sum into which no carry comes, whatever the operands: a table's values may be so small that nothing is
    /// carried out of its positions.
    fn without_carry(&self, x: &[Bit], y: &[Bit], carry: Bit) -> Vec<bool> {
        let most = |bits: &[Bit]| bits.iter().rev().fold(0u64, |sum, b| 2 * sum + u64::from(*b != Bit::ZERO));
        let mut without = vec![false; x.len()];
        let (mut at, mut carried) = (0, u64::from(carry != Bit::ZERO));
        while at < x.len() {
            without[at] = carried == 0;
            let word = |b: &Bit| self.largest.get(b).filter(|(bits, _)| bits.len() < 32);
            let [of_x, of_y] = [(x, y), (y, x)].map(|(table, other)| {
                let (bits, largest) = word(&table[at])?;
                let end = at + bits.len();
                (table.get(at..end)? == bits).then(|| (bits.len(), largest + most(&other[at..end])))
            });
            let alone = (1, most(&x[at..=at]) + most(&y[at..=at]));
            let (positions, sum) = of_x.or(of_y).unwrap_or(alone);
            carried = (sum + carried) >> positions;
            at += positions;
        }
        without
    }

    /// One bit of a table: multiplexers from its highest index bit down, those of equal contents once.
    fn lookup(&mut self, table: &Table, bit: u32, index: &[Bit]) -> Bit {
        let mut rows: Vec<Bit> = table.entries.iter().map(|e| Bit::constant(e.bit(u64::from(bit)))).collect();
        for select in index {
            rows = rows.chunks(2).map(|two| self.mux(*select, two[1], two[0])).collect();
        }
        rows[0]
    }

    /// The sum of two numbers and a carry, with its carry out. Where it `subtracts`, `y` is the inverse.
    fn sum(&mut self, x: &[Bit], y: &[Bit], carry: Bit, subtracts: bool) -> Vec<Bit> {
        let zero = |i: usize| x[i].is_constant() && y[i].is_constant() && x[i] == y[i];
        // Below, where nothing can carry.
        let (mut low, mut carry) = (0, carry);
        let mut out = Vec::with_capacity(x.len() + 1);
        while low < x.len() {
            if carry == Bit::ZERO && (x[low] == Bit::ZERO || y[low] == Bit::ZERO) {
                out.push(if x[low] == Bit::ZERO { y[low] } else { x[low] });
            } else if carry == Bit::ONE && (x[low] == Bit::ONE || y[low] == Bit::ONE) {
                out.push(if x[low] == Bit::ONE { y[low] } else { x[low] });
            } else if x[low] == y[low] && x[low].is_constant() {
                // Two ones are a carry.
                out.push(carry);
                carry = x[low];
            } else {
                break;
            }
            low += 1;
        }
        if low == x.len() {
            out.push(carry);
            return out;
        }
        // Above, where both are extended.
        let mut high = x.len();
        while high > low + 2
            && x[high - 1] == x[high - 2]
            && y[high - 1] == y[high - 2]
            && zero(high - 1) == zero(high - 2)
        {
            high -= 1;
        }
        if self.target.carry_chain.ends_with_carry()
            && high > low + 1
            && x[high - 1] == Bit::ZERO
            && y[high - 1] == Bit::ZERO
        {
            high -= 1;
            return self.sum_above(x, y, (carry, subtracts), out, low..high);
        }
        let extended = high < x.len();
        let unsigned = extended && zero(high - 1);
        if extended && !unsigned {
            // Two signs add up to one bit more, which all above repeat.
            high += 1;
        }
        let sums = self.sums(&x[low..high], &y[low..high], carry, subtracts, 0);
        let (top, above) = (sums[sums.len() - 2], sums[sums.len() - 1]);
        out.extend(&sums[..sums.len() - 1]);
        let fill = if unsigned { x[high - 1] } else { top };
        out.extend((high..x.len()).map(|_| fill));
        out.push(if extended && unsigned { x[high - 1] } else { above });
        out
    }

    /// A sum whose carry is its highest bit, with zeros above.
    fn sum_above(
        &mut self,
        x: &[Bit],
        y: &[Bit],
        (carry, subtracts): (Bit, bool),
        low: Vec<Bit>,
        at: Range<usize>,
    ) -> Vec<Bit> {
        let mut out = low;
        out.extend(self.sums(&x[at.clone()], &y[at], carry, subtracts, 1));
        out.resize(x.len() + 1, Bit::ZERO);
        out
    }

    /// `above`: bits of the sum beyond those of the operands. They count where synthesis tells short sums from long ones.
    fn sums(&mut self, x: &[Bit], y: &[Bit], carry: Bit, subtracts: bool, above: u32) -> Vec<Bit> {
        let short = x.len() as u32 + above <= self.target.carry_chain.shortest();
        if short { self.ripple(x, y, carry) } else { self.chain(x, y, carry, subtracts) }
    }

    /// The carry out of a difference. Where the device has several bits in a cell of its chain, only their last carry
    /// leaves it; a table makes the one of a bit beyond.
    fn carry(&mut self, x: &[Bit], y: &[Bit], carry: Bit) -> Bit {
        let all = x.len();
        if all as u32 <= self.target.carry_chain.shortest() {
            return self.ripple(x, y, carry)[all];
        }
        let even = all - all % self.target.carry_chain.leaving() as usize;
        let below = self.chain(&x[..even], &y[..even], carry, true)[even];
        let operands = x[..even].iter().zip(y).map(|(x, y)| [*x, *y]).collect();
        self.chains.entry((carry, operands)).and_modify(|c| c.carry = true);
        self.ripple(&x[even..], &y[even..], below)[all - even]
    }

    fn chain(&mut self, x: &[Bit], y: &[Bit], carry: Bit, subtracts: bool) -> Vec<Bit> {
        let mut operands: Vec<[Bit; 2]> = x.iter().zip(y).map(|(x, y)| [*x, *y]).collect();
        let multiplexers = self.multiplexers;
        let without_carry = if multiplexers { self.without_carry(x, y, carry) } else { Vec::new() };
        let logic = &mut self.logic;
        if multiplexers {
            // The operand of fewer bits goes straight to the multiplexers.
            let bits = |v: &[Bit]| v.iter().rev().skip_while(|b| **b == Bit::ZERO).count();
            let straight = usize::from(bits(y) < bits(x));
            operands.iter_mut().for_each(|p| *p = [p[straight], logic.xor(p[0], p[1])]);
        }
        let tables: Vec<Bit> = operands.iter().map(|p| p[1]).collect();
        let chain = self.chains.entry((carry, operands.clone())).or_insert_with(|| {
            let mut bits = logic.cell(Cell::Chain { operands, carry, cut: None, subtracts });
            if multiplexers && carry.is_constant() {
                // Where nothing is carried, the table makes the bit already.
                bits[0] = tables[0].invert_if(carry == Bit::ONE);
                let without = without_carry.iter().zip(&tables).zip(&mut bits);
                without.filter(|((without, _), _)| **without).for_each(|((_, table), bit)| *bit = *table);
            }
            Outputs { bits, carry: false }
        });
        chain.bits.clone()
    }

    /// A sum and a comparison of the same operands are one chain; it is cut where the carry of the comparison leaves.
    fn cut_chains(&mut self) {
        for cell in &mut self.logic.cells {
            let Cell::Chain { operands, carry, cut, .. } = cell else { continue };
            let below = operands.len() - operands.len() % self.target.carry_chain.leaving() as usize;
            if below < operands.len() {
                let shorter = self.chains.get(&(*carry, operands[..below].to_vec()));
                *cut = shorter.is_some_and(|c| c.carry).then_some(below as u32);
            }
        }
    }

    fn ripple(&mut self, x: &[Bit], y: &[Bit], carry: Bit) -> Vec<Bit> {
        let mut carry = carry;
        let mut out = Vec::with_capacity(x.len() + 1);
        for (x, y) in x.iter().zip(y) {
            let propagate = self.logic.xor(*x, *y);
            out.push(self.logic.xor(propagate, carry));
            carry = self.logic.mux(propagate, carry, *y);
        }
        out.push(carry);
        out
    }
}
