//! What operators are written in.
//!
//! [`Bits`] is a copyable handle on a value of the graph under construction. On plain bits, operands must be
//! equally wide; [`UInt`] and [`SInt`] are numbers, whose `+ - *` are exact and grow. Wrong widths are bugs
//! of the operator's author: they panic with both widths at the author's line.
use crate::ir::{Graph, Node, Op, State, Table, ValueId};
use crate::target::Target;
use num_bigint::BigUint;
use smallvec::SmallVec;
use std::cell::RefCell;

mod bits;
mod clocked;
mod number;
pub(crate) mod simplify;

pub use bits::Bits;
pub use clocked::Memory;
pub use number::{SInt, UInt};

/// The clock and the technology that structures are chosen for.
#[derive(Clone, Debug)]
pub struct Context {
    /// Delays and features of the FPGA or ASIC.
    pub target: Target,
    /// Picoseconds of logic that fit between two registers; infinite for a core without pipeline.
    pub budget_ps: f64,
    /// Whether cells of the device may stand in the text, see [`Builder::chain`].
    pub primitives: bool,
    /// Thousands of trials to find fewer tables for a core without state, see [`resynthesis`](crate::resynthesis).
    pub effort: u32,
    /// Rows of a sum that are added in turn before their sum goes on a heap, where that has been decided, see
    /// [`rows`](crate::structures::rows).
    pub rows_in_turn: Option<usize>,
    /// Which of the core's ways is built, see [`Builder::way`].
    pub way: u32,
}

impl Context {
    /// For a clock in MHz; 0 means without pipeline.
    pub fn new(target: Target, mhz: f64) -> Self {
        let budget_ps = if mhz > 0.0 { target.budget(mhz) } else { f64::INFINITY };
        Self { target, budget_ps, primitives: false, effort: 0, rows_in_turn: None, way: 0 }
    }

    /// The same with cells of the device in the text, or without.
    pub fn with_primitives(self, primitives: bool) -> Self {
        Self { primitives, ..self }
    }

    /// The same with so many thousand trials to find fewer tables.
    pub fn with_effort(self, effort: u32) -> Self {
        Self { effort, ..self }
    }

    /// Whether the text may name the device's tables of six inputs and two outputs before a carry chain of so many
    /// bits, and the chain fits the clock.
    pub fn has_chain(&self, bits: u32) -> bool {
        self.has_cells() && self.adder_fits(bits + 1)
    }

    /// Whether the text may name cells of the device.
    pub fn has_cells(&self) -> bool {
        self.primitives && self.target.carry_chain.absorbs()
    }

    /// Whether an adder of `width` bits fits one clock period.
    pub fn adder_fits(&self, width: u32) -> bool {
        self.target.add(width) <= self.budget_ps
    }
}

/// A graph under construction.
pub struct Builder {
    graph: RefCell<Graph>,
    scopes: RefCell<Vec<u32>>,
    context: Context,
}

impl Builder {
    /// An empty graph for a clock and a target.
    pub fn new(context: Context) -> Self {
        Self { graph: RefCell::default(), scopes: RefCell::default(), context }
    }

    /// What structures are chosen for.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The finished graph.
    pub fn finish(self) -> Graph {
        self.graph.into_inner()
    }

    /// Says that the core can be built in so many ways, of which only the pipeline tells which is the smallest; the way to build
    /// now, from 0.
    pub fn way(&self, ways: u32) -> u32 {
        self.edit(|g| g.ways = ways);
        self.context.way
    }

    /// Declares an input port.
    pub fn input(&self, name: &str, width: u32) -> Bits<'_> {
        let mut g = self.graph.borrow_mut();
        let i = g.inputs.len() as u32;
        g.inputs.push((name.into(), width));
        let id = g.intern(Node { op: Op::Input(i), args: SmallVec::new(), width });
        g.names.insert(id, name.into());
        Bits { b: self, id }
    }

    /// Declares an output port.
    pub fn output(&self, name: &str, value: Bits<'_>) {
        self.graph.borrow_mut().outputs.push((name.into(), value.id));
    }

    /// A constant.
    #[track_caller]
    pub fn lit(&self, value: impl Into<BigUint>, width: u32) -> Bits<'_> {
        let value = value.into();
        assert!(value.bits() <= u64::from(width), "{value} does not fit in {width} bits");
        self.make(Op::Const(value), &[], width)
    }

    /// A two's-complement constant.
    #[track_caller]
    pub fn signed_lit(&self, value: i64, width: u32) -> Bits<'_> {
        let magnitude = BigUint::from(value.unsigned_abs());
        assert!(
            width > 64 || (-(1i128 << (width - 1))..1i128 << (width - 1)).contains(&i128::from(value)),
            "{value} does not fit in {width} bits, signed"
        );
        let code = if value < 0 { (BigUint::from(1u8) << width) - magnitude } else { magnitude };
        self.make(Op::Const(code), &[], width)
    }

    /// A state: its value for this token is what the previous token wrote, or 0 where `restart` is 1.
    /// Write it with [`Bits::write_state`].
    pub fn state(&self, name: &str, width: u32, restart: Option<Bits<'_>>) -> Bits<'_> {
        let mut g = self.graph.borrow_mut();
        let s = g.states.len() as u32;
        let read = g.intern(Node { op: Op::State(s), args: SmallVec::new(), width });
        let restart = restart.map(|r| r.id);
        g.states.push(State {
            name: name.into(),
            width,
            read,
            next: None,
            restart,
            enable: None,
            reset: true,
        });
        g.names.insert(read, name.into());
        self.place(&mut g, read);
        Bits { b: self, id: read }
    }

    /// A constant table of `width`-bit entries; the index has as many bits as the number of entries asks for.
    #[track_caller]
    pub fn table<'b>(&'b self, name: &str, index: Bits<'b>, width: u32, entries: &[u64]) -> Bits<'b> {
        assert_eq!(entries.len(), 1 << index.width(), "entries of {name} and bits of its index");
        let entries = entries.iter().map(|e| BigUint::from(*e)).collect();
        let t = self.graph.borrow_mut().tables.insert_full(Table { name: name.into(), width, entries }).0;
        self.make(Op::Lookup(t as u32), &[index], width)
    }

    /// A carry chain with its tables, as cells of the device: see [`Op::Chain`]. `inputs` are the tables' inputs, the
    /// last one deciding between their halves; `tables` are their contents by position, lowest first. The sum is one bit
    /// wider than they are.
    ///
    /// # Panics
    /// If the context has no such cells, or widths differ.
    #[track_caller]
    pub fn chain<'b>(&'b self, inputs: [Bits<'b>; 6], carry: Bits<'b>, tables: Vec<u64>) -> Bits<'b> {
        let bits = tables.len() as u32;
        assert!(self.context.has_chain(bits), "no chain of {bits} bits here");
        assert!(inputs.iter().all(|i| i.width() == bits) && carry.width() == 1, "widths at a chain differ");
        let args: Vec<Bits<'b>> = inputs.into_iter().chain([carry]).collect();
        self.make(Op::Chain(tables), &args, bits + 1)
    }

    /// A carry chain of the device by itself: see [`Op::Carry`].
    ///
    /// # Panics
    /// If the context has no such cells, or widths differ.
    #[track_caller]
    pub fn carry<'b>(&'b self, propagate: Bits<'b>, generate: Bits<'b>, carry: Bits<'b>) -> Bits<'b> {
        let bits = propagate.width();
        assert!(self.context.has_cells(), "no cells of the device here");
        assert!(generate.width() == bits && carry.width() == 1, "widths at a chain differ");
        self.make(Op::Carry, &[propagate, generate, carry], bits + 1)
    }

    /// A lookup table of the device by itself: see [`Op::Lut`]. `inputs`: one to six bits, the lowest of the index first.
    ///
    /// # Panics
    /// If the context has no such cells, or there are other inputs.
    #[track_caller]
    pub fn lut<'b>(&'b self, inputs: &[Bits<'b>], contents: u64) -> Bits<'b> {
        self.table_cell(inputs, 6, contents, 1)
    }

    /// Two tables of the same one to five inputs at one site of the device: bit 0 is the first.
    ///
    /// # Panics
    /// If the context has no such cells, or there are other inputs.
    #[track_caller]
    pub fn two_luts<'b>(&'b self, inputs: &[Bits<'b>], contents: [u64; 2]) -> Bits<'b> {
        self.table_cell(inputs, 5, contents[0] | contents[1] << 32, 2)
    }

    #[track_caller]
    fn table_cell<'b>(&'b self, inputs: &[Bits<'b>], most: usize, contents: u64, outputs: u32) -> Bits<'b> {
        assert!(self.context.has_cells(), "no cells of the device here");
        let fit = (1..=most).contains(&inputs.len()) && inputs.iter().all(|i| i.width() == 1);
        assert!(fit, "inputs of a table");
        self.make(Op::Lut(contents), inputs, outputs)
    }

    /// Runs `f`; what it builds belongs to the part of the core called `title`, which opens its section of
    /// the text.
    pub fn scope<R>(&self, title: &str, f: impl FnOnce() -> R) -> R {
        let s = {
            let mut g = self.graph.borrow_mut();
            let known = g.scopes.iter().position(|t| t == title);
            known.unwrap_or_else(|| {
                g.scopes.push(title.into());
                g.scopes.len() - 1
            })
        };
        self.scopes.borrow_mut().push(s as u32);
        let r = f();
        self.scopes.borrow_mut().pop();
        r
    }

    fn place(&self, g: &mut Graph, id: ValueId) {
        if let Some(s) = self.scopes.borrow().last() {
            g.scope_of.entry(id).or_insert(*s);
        }
    }

    pub(crate) fn edit<R>(&self, f: impl FnOnce(&mut Graph) -> R) -> R {
        f(&mut self.graph.borrow_mut())
    }

    pub(crate) fn make(&self, op: Op, args: &[Bits<'_>], width: u32) -> Bits<'_> {
        let mut g = self.graph.borrow_mut();
        let node = Node { op, args: args.iter().map(|a| a.id).collect(), width };
        let id = simplify::intern(&mut g, node);
        self.place(&mut g, id);
        Bits { b: self, id }
    }
}
