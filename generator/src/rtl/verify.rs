//! The invariants of a [`Module`], each with its own error.
use super::cells::Cell;
use super::names::{NameError, check_identifier};
use super::{BinaryOp, Expr, Memory, Module, Signal, SignalId, SignalKind, Table};
use num_bigint::BigUint;
use std::collections::BTreeMap;

/// Widest shift amount: VHDL's `integer` has 32 bits, so a wider one couldn't be converted.
pub const MAX_SHIFT_AMOUNT_WIDTH: u32 = 30;

/// Widest index of a table.
pub const MAX_INDEX_WIDTH: u32 = 20;

/// Which invariant a module breaks, and where. Author errors: no user input should lead here.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum VerifyError {
    /// Illegal identifier.
    #[error("illegal name: {0}")]
    Name(#[from] NameError),
    /// Two things share a name, perhaps in different cases.
    #[error("`{name}` names two things: VHDL ignores case")]
    DuplicateName {
        /// In lower case.
        name: String,
    },
    /// An id beyond the end of its list.
    #[error("{place}: {kind} {index} doesn't exist")]
    NoSuchId {
        /// Where it is used.
        place: String,
        /// Signal or table.
        kind: &'static str,
        /// The id.
        index: u32,
    },
    /// A signal or constant of no bits.
    #[error("`{place}` has no bits")]
    NoBits {
        /// Name of a signal or table, or the wire whose expression it is.
        place: String,
    },
    /// A signal is driven by something else than its kind says, by nothing or twice.
    #[error("`{name}` is declared as {kind:?} and driven as such {times} times; it must be once")]
    Drivers {
        /// The signal.
        name: String,
        /// Its kind.
        kind: SignalKind,
        /// How often it is driven.
        times: usize,
    },
    /// A wire or register names a signal of another kind.
    #[error("`{name}` is declared as {found:?} but driven as {expected:?}")]
    Kind {
        /// The signal.
        name: String,
        /// As declared.
        found: SignalKind,
        /// As used.
        expected: SignalKind,
    },
    /// Something is read above its assignment.
    #[error("`{by}` reads `{name}` before it is assigned")]
    ReadBeforeAssigned {
        /// The reader.
        by: String,
        /// What it reads.
        name: String,
    },
    /// Two widths that must agree don't.
    #[error("`{place}`: {what} has {found} bits where {expected} are needed")]
    Width {
        /// The wire or register.
        place: String,
        /// The operand.
        what: &'static str,
        /// Bits found.
        found: u32,
        /// Bits needed.
        expected: u32,
    },
    /// A constant or table entry too large for its width.
    #[error("`{place}`: {value} doesn't fit {width} bits")]
    ConstantTooLarge {
        /// The wire or table.
        place: String,
        /// The value.
        value: BigUint,
        /// Bits there are.
        width: u32,
    },
    /// A slice outside of its signal, reversed, or the whole of it.
    #[error("`{place}`: [{hi}:{lo}] isn't a proper part of `{of}`, which has {width} bits")]
    Slice {
        /// The wire.
        place: String,
        /// The signal sliced.
        of: String,
        /// Its width.
        width: u32,
        /// Upper bound.
        hi: u32,
        /// Lower bound.
        lo: u32,
    },
    /// A concatenation of nothing.
    #[error("`{place}`: empty concatenation")]
    EmptyConcat {
        /// The wire.
        place: String,
    },
    /// A replication of fewer than two copies.
    #[error("`{place}`: replicated {times} times; a copy or none needs no replication")]
    Replication {
        /// The wire.
        place: String,
        /// Copies.
        times: u32,
    },
    /// A multiplexer or look-up inside of another expression.
    #[error("`{place}`: {what} must be the whole of a wire's expression; give it a wire of its own")]
    NotRoot {
        /// The wire.
        place: String,
        /// Which operator.
        what: &'static str,
    },
    /// Shift amount too wide for VHDL's integers.
    #[error("`{place}`: a shift amount has {width} bits, at most {MAX_SHIFT_AMOUNT_WIDTH} are possible")]
    ShiftAmount {
        /// The wire.
        place: String,
        /// Bits of the amount.
        width: u32,
    },
    /// A table whose entries don't match its index.
    #[error("table `{name}` has {found} entries for an index of {index_width} bits (1 to {MAX_INDEX_WIDTH})")]
    TableSize {
        /// The table.
        name: String,
        /// Entries found.
        found: usize,
        /// Bits of the index.
        index_width: u32,
    },
    /// A memory without a size, a reader, or room for its contents.
    #[error(
        "memory `{name}`: {found} entries for an index of {index_width} bits (1 to {MAX_INDEX_WIDTH}), {reads} read ports"
    )]
    Memory {
        /// The memory.
        name: String,
        /// Entries found.
        found: usize,
        /// Bits of the index.
        index_width: u32,
        /// Read ports.
        reads: usize,
    },
    /// `rst`, `ce` or a register without the port it needs.
    #[error("`{name}` needs the port `{port}`, which the module doesn't have")]
    MissingPort {
        /// Who needs it.
        name: String,
        /// The port.
        port: &'static str,
    },
}

/// Bits of a signal that nothing reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnreadBits {
    /// The signal.
    pub signal: SignalId,
    /// Highest bit of the run.
    pub hi: u32,
    /// Lowest bit of the run.
    pub lo: u32,
}

impl Module {
    /// Checks every invariant that the printers and the simulator rely on.
    ///
    /// # Errors
    /// The first one broken.
    pub fn verify(&self) -> Result<(), VerifyError> {
        self.verify_names()?;
        self.tables.iter().try_for_each(verify_table)?;
        for s in &self.signals {
            if s.width == 0 {
                return Err(VerifyError::NoBits { place: s.name.clone() });
            }
        }
        self.verify_drivers()?;
        let port = |name: &str, present: bool, port| match present {
            true => Ok(()),
            false => Err(VerifyError::MissingPort { name: name.into(), port }),
        };
        port("rst", self.clocked || !self.has_reset, "clk")?;
        port("ce", self.clocked || !self.has_enable, "clk")?;

        let readable = |s: &Signal| s.kind != SignalKind::Wire;
        let mut assigned: Vec<bool> = self.signals.iter().map(readable).collect();
        for section in &self.sections {
            for wire in &section.wires {
                let place = &self.signal(wire.signal).name;
                Check { m: self, place, assigned: &assigned }.root(&wire.expr)?;
                self.same_width(
                    place,
                    "the expression",
                    self.width(&wire.expr),
                    self.signal(wire.signal).width,
                )?;
                assigned[wire.signal.0 as usize] = true;
            }
            for r in &section.registers {
                let signal = self.signal(r.signal);
                port(&signal.name, self.clocked, "clk")?;
                port(&signal.name, self.has_reset || !r.reset, "rst")?;
                let check = Check { m: self, place: &signal.name, assigned: &assigned };
                let control = [(r.enable, "the enable"), (r.clear, "the clear")];
                self.same_width(&signal.name, "the data", check.read(r.data)?.width, signal.width)?;
                for (s, what) in control {
                    if let Some(s) = s {
                        self.same_width(&signal.name, what, check.read(s)?.width, 1)?;
                    }
                }
            }
        }
        for memory in self.memories() {
            port(&memory.name, self.clocked && !self.has_enable, "clk")?;
            self.verify_memory(memory, &assigned)?;
        }
        for o in &self.outputs {
            Check { m: self, place: &o.name, assigned: &assigned }.read(o.signal)?;
        }
        Ok(())
    }

    /// Runs of bits that nothing reads. Linters report each; a lowered core has none, except for inputs
    /// that an operator ignores.
    pub fn unread_bits(&self) -> Vec<UnreadBits> {
        let mut read: Vec<Vec<bool>> = self.signals.iter().map(|s| vec![false; s.width as usize]).collect();
        let mut whole = |s: SignalId| read[s.0 as usize].fill(true);
        self.outputs.iter().for_each(|o| whole(o.signal));
        for r in self.sections.iter().flat_map(|s| &s.registers) {
            whole(r.data);
            r.enable.into_iter().chain(r.clear).for_each(&mut whole);
        }
        for memory in self.memories() {
            memory.write.iter().flatten().for_each(|s| whole(*s));
            memory.reads.iter().for_each(|r| [r.enable, r.address].into_iter().for_each(&mut whole));
        }
        for wire in self.sections.iter().flat_map(|s| &s.wires) {
            mark_read(&wire.expr, &mut read);
        }
        let mut out = Vec::new();
        for (i, bits) in read.iter().enumerate() {
            let mut lo = 0;
            for run in bits.chunk_by(|a, b| a == b) {
                if !run[0] {
                    let hi = lo + run.len() - 1;
                    out.push(UnreadBits { signal: SignalId(i as u32), hi: hi as u32, lo: lo as u32 });
                }
                lo += run.len();
            }
        }
        out
    }

    fn verify_names(&self) -> Result<(), VerifyError> {
        let mut seen: BTreeMap<String, ()> = BTreeMap::new();
        let mut take = |name: &str| match seen.insert(name.to_ascii_lowercase(), ()) {
            None => Ok(()),
            Some(()) => Err(VerifyError::DuplicateName { name: name.to_ascii_lowercase() }),
        };
        // Reserved even when absent, so that a signal never takes a name that means the port elsewhere.
        for port in ["clk", "rst", "ce"] {
            take(port)?;
        }
        let names = std::iter::once(&self.name)
            .chain(self.signals.iter().map(|s| &s.name))
            .chain(self.outputs.iter().map(|o| &o.name))
            .chain(self.tables.iter().map(|t| &t.name))
            .chain(self.memories().map(|m| &m.name))
            .map(String::as_str)
            .chain(self.cells.values().flat_map(Cell::names));
        for name in names {
            take(name)?;
            check_identifier(name)?;
        }
        Ok(())
    }

    /// Every signal is driven once, and as its kind says.
    fn verify_drivers(&self) -> Result<(), VerifyError> {
        let mut times = vec![0; self.signals.len()];
        let inputs = self.inputs.iter().map(|&s| (s, SignalKind::Input, "inputs".to_string()));
        let inner = self.sections.iter().flat_map(|section| {
            let wires = section.wires.iter().map(|w| (w.signal, SignalKind::Wire));
            let registers = section.registers.iter().map(|r| (r.signal, SignalKind::Register));
            let reads = section.memories.iter().flat_map(|m| &m.reads);
            let reads = reads.map(|r| (r.signal, SignalKind::Register));
            wires.chain(registers).chain(reads).map(|(s, kind)| (s, kind, section.title.clone()))
        });
        for (s, expected, place) in inputs.chain(inner) {
            let Some(signal) = self.signals.get(s.0 as usize) else {
                return Err(VerifyError::NoSuchId { place, kind: "signal", index: s.0 });
            };
            if signal.kind != expected {
                return Err(VerifyError::Kind { name: signal.name.clone(), found: signal.kind, expected });
            }
            times[s.0 as usize] += 1;
        }
        match self.signals.iter().zip(times).find(|(_, n)| *n != 1) {
            Some((s, times)) => Err(VerifyError::Drivers { name: s.name.clone(), kind: s.kind, times }),
            None => Ok(()),
        }
    }

    fn verify_memory(&self, m: &Memory, assigned: &[bool]) -> Result<(), VerifyError> {
        let sized = (1..=MAX_INDEX_WIDTH).contains(&m.index_width) && m.entries.len() <= 1 << m.index_width;
        if !sized || m.reads.is_empty() {
            let (name, index_width) = (m.name.clone(), m.index_width);
            return Err(VerifyError::Memory {
                name,
                found: m.entries.len(),
                index_width,
                reads: m.reads.len(),
            });
        }
        m.entries.iter().try_for_each(|e| fits(&m.name, e, m.width))?;
        let check = Check { m: self, place: &m.name, assigned };
        let width = |s: SignalId, what, expected| check.same(what, check.read(s)?.width, expected);
        for r in &m.reads {
            width(r.signal, "a read port's data", m.width)?;
            width(r.enable, "a read port's enable", 1)?;
            width(r.address, "a read port's address", m.index_width)?;
        }
        if let Some([enable, address, data]) = m.write {
            width(enable, "the write port's enable", 1)?;
            width(address, "the write port's address", m.index_width)?;
            width(data, "the write port's data", m.width)?;
        }
        Ok(())
    }

    fn same_width(
        &self,
        place: &str,
        what: &'static str,
        found: u32,
        expected: u32,
    ) -> Result<(), VerifyError> {
        if found == expected {
            return Ok(());
        }
        Err(VerifyError::Width { place: place.into(), what, found, expected })
    }
}

fn verify_table(t: &Table) -> Result<(), VerifyError> {
    if t.width == 0 {
        return Err(VerifyError::NoBits { place: t.name.clone() });
    }
    let sized = (1..=MAX_INDEX_WIDTH).contains(&t.index_width) && t.entries.len() == 1 << t.index_width;
    if !sized {
        let (name, found) = (t.name.clone(), t.entries.len());
        return Err(VerifyError::TableSize { name, found, index_width: t.index_width });
    }
    t.entries.iter().try_for_each(|e| fits(&t.name, e, t.width))
}

fn fits(place: &str, value: &BigUint, width: u32) -> Result<(), VerifyError> {
    if value.bits() <= u64::from(width) {
        return Ok(());
    }
    Err(VerifyError::ConstantTooLarge { place: place.into(), value: value.clone(), width })
}

fn mark_read(e: &Expr, read: &mut [Vec<bool>]) {
    match e {
        Expr::Slice { of, hi, lo } => read[of.0 as usize][*lo as usize..=*hi as usize].fill(true),
        Expr::Signal(s) | Expr::Lookup(_, s) => read[s.0 as usize].fill(true),
        Expr::Const { .. } => {}
        Expr::Concat(parts) => parts.iter().for_each(|p| mark_read(p, read)),
        Expr::Replicate { bit: a, .. } | Expr::Not(a) | Expr::Reduce(_, a) => mark_read(a, read),
        Expr::Binary(_, a, b) => {
            mark_read(a, read);
            mark_read(b, read);
        }
        Expr::Mux(c, a, b) => [c, a, b].into_iter().for_each(|e| mark_read(e, read)),
    }
}

/// Checks the expression of one wire.
struct Check<'m> {
    m: &'m Module,
    /// The wire, for messages.
    place: &'m str,
    assigned: &'m [bool],
}

impl<'m> Check<'m> {
    fn read(&self, s: SignalId) -> Result<&'m Signal, VerifyError> {
        let Some(signal) = self.m.signals.get(s.0 as usize) else {
            return Err(VerifyError::NoSuchId { place: self.place.into(), kind: "signal", index: s.0 });
        };
        if !self.assigned[s.0 as usize] {
            let (by, name) = (self.place.into(), signal.name.clone());
            return Err(VerifyError::ReadBeforeAssigned { by, name });
        }
        Ok(signal)
    }

    fn same(&self, what: &'static str, found: u32, expected: u32) -> Result<(), VerifyError> {
        self.m.same_width(self.place, what, found, expected)
    }

    fn root(&self, e: &Expr) -> Result<(), VerifyError> {
        match e {
            Expr::Mux(c, a, b) => {
                self.inner(c)?;
                self.inner(a)?;
                self.inner(b)?;
                self.same("the condition of a multiplexer", self.m.width(c), 1)?;
                self.same("the second arm of a multiplexer", self.m.width(b), self.m.width(a))
            }
            Expr::Lookup(t, s) => {
                let Some(table) = self.m.tables.get(t.0 as usize) else {
                    return Err(VerifyError::NoSuchId {
                        place: self.place.into(),
                        kind: "table",
                        index: t.0,
                    });
                };
                self.same("the index of a table", self.read(*s)?.width, table.index_width)
            }
            e => self.inner(e),
        }
    }

    fn inner(&self, e: &Expr) -> Result<(), VerifyError> {
        let place = || self.place.to_string();
        let width = |e: &Expr| self.m.width(e);
        match e {
            Expr::Signal(s) => self.read(*s).map(|_| ()),
            Expr::Const { width: 0, .. } => Err(VerifyError::NoBits { place: place() }),
            Expr::Const { value, width } => fits(self.place, value, *width),
            Expr::Slice { of, hi, lo } => {
                let signal = self.read(*of)?;
                if lo > hi || *hi >= signal.width || hi - lo + 1 == signal.width {
                    let (of, width) = (signal.name.clone(), signal.width);
                    return Err(VerifyError::Slice { place: place(), of, width, hi: *hi, lo: *lo });
                }
                Ok(())
            }
            Expr::Concat(parts) if parts.is_empty() => Err(VerifyError::EmptyConcat { place: place() }),
            Expr::Concat(parts) => parts.iter().try_for_each(|p| self.inner(p)),
            Expr::Replicate { bit, times } => {
                self.inner(bit)?;
                if *times < 2 {
                    return Err(VerifyError::Replication { place: place(), times: *times });
                }
                self.same("what is replicated", width(bit), 1)
            }
            Expr::Not(a) | Expr::Reduce(_, a) => self.inner(a),
            Expr::Binary(op, a, b) => {
                self.inner(a)?;
                self.inner(b)?;
                match op {
                    BinaryOp::Mul => Ok(()),
                    BinaryOp::Shl | BinaryOp::Shr if width(b) > MAX_SHIFT_AMOUNT_WIDTH => {
                        Err(VerifyError::ShiftAmount { place: place(), width: width(b) })
                    }
                    BinaryOp::Shl | BinaryOp::Shr => Ok(()),
                    _ => self.same("the right operand", width(b), width(a)),
                }
            }
            Expr::Mux(..) => Err(VerifyError::NotRoot { place: place(), what: "a multiplexer" }),
            Expr::Lookup(..) => Err(VerifyError::NotRoot { place: place(), what: "a table look-up" }),
        }
    }
}
