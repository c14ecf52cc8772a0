//! Clocked cores: registers and memories instead of tokens and pipelines.
use super::{Bits, Builder};
use crate::ir::{self, Node, Op, ReadPort, State, WritePort};
use num_bigint::BigUint;
use smallvec::SmallVec;

/// A memory under construction; copying the handle costs nothing.
#[derive(Clone, Copy)]
pub struct Memory<'b> {
    b: &'b Builder,
    index: u32,
}

impl Builder {
    /// Makes this a clocked core: every clock is a token, and nothing is pipelined.
    pub fn clocked(&self) {
        self.edit(|g| g.clocked = true);
    }

    /// Declares an input port of one bit that clears every register as `rst` does. Memories keep what they hold.
    pub fn clear_input(&self, name: &str) {
        self.clocked();
        self.input(name, 1);
        self.edit(|g| g.clear = Some(g.inputs.len() as u32 - 1));
    }

    /// A register; `rst` clears it. Load it with [`Bits::load`] or [`Bits::load_if`].
    pub fn register(&self, name: &str, width: u32) -> Bits<'_> {
        self.register_of(name, width, true)
    }

    /// As [`Builder::register`], but nothing clears it: for data whose valid bit stands elsewhere.
    pub fn data_register(&self, name: &str, width: u32) -> Bits<'_> {
        self.register_of(name, width, false)
    }

    fn register_of(&self, name: &str, width: u32, reset: bool) -> Bits<'_> {
        self.clocked();
        let mut g = self.graph.borrow_mut();
        let s = g.states.len() as u32;
        let read = g.intern(Node { op: Op::State(s), args: SmallVec::new(), width });
        g.states.push(State {
            name: name.into(),
            width,
            read,
            next: None,
            restart: None,
            enable: None,
            reset,
        });
        g.names.insert(read, name.into());
        self.place(&mut g, read);
        Bits { b: self, id: read }
    }

    /// A memory of `2^index_width` entries, which starts with `entries` and zeros behind them.
    pub fn memory(&self, name: &str, index_width: u32, width: u32, entries: &[u64]) -> Memory<'_> {
        let entries = entries.iter().map(|e| BigUint::from(*e)).collect();
        self.memory_of(ir::Memory {
            name: name.into(),
            width,
            index_width,
            entries,
            write: None,
            block: false,
            apart: false,
        })
    }

    pub(crate) fn memory_of(&self, memory: ir::Memory) -> Memory<'_> {
        self.clocked();
        let mut g = self.graph.borrow_mut();
        g.memories.push(memory);
        Memory { b: self, index: g.memories.len() as u32 - 1 }
    }
}

impl<'b> Memory<'b> {
    /// Has the text ask for a block RAM: for contents that stay, of which synthesisers make logic if that is not large, and
    /// much slower.
    #[must_use]
    pub fn in_block(self) -> Self {
        self.b.graph.borrow_mut().memories[self.index as usize].block = true;
        self
    }

    /// Has the text say that nobody minds what is read of an entry at the edge that writes it: where a block RAM does not
    /// give the old one there, synthesisers would compare addresses.
    #[must_use]
    pub fn read_apart(self) -> Self {
        self.b.graph.borrow_mut().memories[self.index as usize].apart = true;
        self
    }

    /// The data register of a new read port; connect it with [`Memory::connect`].
    pub fn read(self, name: &str) -> Bits<'b> {
        let mut g = self.b.graph.borrow_mut();
        let p = g.reads.len() as u32;
        let width = g.memories[self.index as usize].width;
        let id = g.intern(Node { op: Op::Read(p), args: SmallVec::new(), width });
        g.reads.push(ReadPort { memory: self.index, read: id, enable: None, address: None });
        g.names.insert(id, name.into());
        self.b.place(&mut g, id);
        Bits { b: self.b, id }
    }

    /// What a read port reads: at each edge with `enable`, the entry at `address`, before a write at this edge.
    ///
    /// # Panics
    /// If `data` is no read port, or widths differ.
    #[track_caller]
    pub fn connect(self, data: Bits<'b>, enable: Bits<'b>, address: Bits<'b>) {
        let mut g = self.b.graph.borrow_mut();
        let m = &g.memories[self.index as usize];
        let widths = (g.node(enable.id).width, g.node(address.id).width);
        assert_eq!(widths, (1, m.index_width), "enable and address of a read port");
        let Op::Read(p) = g.node(data.id).op else { panic!("only a read port can be connected") };
        let port = &mut g.reads[p as usize];
        assert_eq!(port.memory, self.index, "the port belongs to another memory");
        (port.enable, port.address) = (Some(enable.id), Some(address.id));
    }

    /// Connects the write port.
    ///
    /// # Panics
    /// If widths differ.
    #[track_caller]
    pub fn write(self, enable: Bits<'b>, address: Bits<'b>, data: Bits<'b>) {
        let mut g = self.b.graph.borrow_mut();
        let widths = [enable, address, data].map(|v| g.node(v.id).width);
        let m = &mut g.memories[self.index as usize];
        assert_eq!(widths, [1, m.index_width, m.width], "enable, address and data of a write port");
        m.write = Some(WritePort { enable: enable.id, address: address.id, data: data.id });
    }
}

impl<'b> Bits<'b> {
    /// A register takes `next` at every edge.
    ///
    /// # Panics
    /// If `self` is no register, or its width differs.
    #[track_caller]
    pub fn load(self, next: Self) {
        self.write_state(next);
    }

    /// A register takes `next` at every edge with `enable`.
    ///
    /// # Panics
    /// As [`Bits::load`].
    #[track_caller]
    pub fn load_if(self, enable: Self, next: Self) {
        assert_eq!(enable.width(), 1, "an enable has one bit");
        if enable.constant().is_some_and(|c| c == BigUint::from(1u8)) {
            // A text has no condition that always holds.
            return self.load(next);
        }
        self.write_state(next);
        self.b.edit(|g| {
            let Op::State(s) = g.node(self.id).op else { panic!("only a register can be loaded") };
            g.states[s as usize].enable = Some(enable.id);
        });
    }

    /// In a clocked core: a lookup table of its own, for what is early where something late is decided.
    pub fn apart(self) -> Self {
        self.registered()
    }

    /// The same value from a register, loaded at every edge with `enable`.
    #[track_caller]
    pub fn delayed(self, name: &str, enable: Self) -> Self {
        let r = self.b.register(name, self.width());
        r.load_if(enable, self);
        r
    }
}
