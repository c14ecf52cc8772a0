//! What stands between a code that was read and its symbol.
use super::code::{Read, Symbol};
use super::shape::Shape;
use holigen_generator::Bits;

/// Levels of tables behind a symbol: plain or not, and in which of two places a group of them waits for another stream.
const BEHIND_A_SYMBOL: f64 = 3.0;

/// SymbolPath of the way: some in front of its *middle*, where the code has become something else, some behind it.
pub struct SymbolPath<'r, 'b> {
    read: &'r Read<'b>,
    /// What the names of their registers begin with.
    names: Vec<&'static str>,
    middle: usize,
}

impl<'r, 'b> SymbolPath<'r, 'b> {
    /// Behind what was read, none behind the middle: where ends are known ahead of time there is one, since a clock is that
    /// short.
    pub fn new(read: &'r Read<'b>, shape: Shape) -> Self {
        let names = if shape.ends_ahead() { vec!["coded"] } else { Vec::new() };
        Self { read, middle: names.len(), names }
    }

    /// With one more at the end.
    #[must_use]
    pub fn and(mut self, name: &'static str) -> Self {
        self.names.push(name);
        self
    }

    /// With one more behind a memory in the middle, if there is no time for anything behind it.
    #[must_use]
    pub fn and_found(self) -> Self {
        let context = self.read.valid.builder().context();
        let behind = context.target.memory() + BEHIND_A_SYMBOL * context.target.lut_level();
        if behind > context.budget_ps { self.and("found") } else { self }
    }

    /// A value behind all of them.
    pub fn to(&self, value: Bits<'b>, what: &str) -> Bits<'b> {
        self.through(&self.names, value, what)
    }

    /// A value in the middle.
    pub fn to_middle(&self, value: Bits<'b>, what: &str) -> Bits<'b> {
        self.through(&self.names[..self.middle], value, what)
    }

    /// A value of the middle behind all of them.
    pub fn from_middle(&self, value: Bits<'b>, what: &str) -> Bits<'b> {
        self.through(&self.names[self.middle..], value, what)
    }

    fn through(&self, names: &[&str], value: Bits<'b>, what: &str) -> Bits<'b> {
        let to = |v: Bits<'b>, name: &&str| v.delayed(&format!("{name}_{what}"), self.read.behind);
        names.iter().fold(value, to)
    }

    /// What comes out of them: the symbol that stands in the stream as it is, or else `symbol`, from behind all of them.
    pub fn symbol(&self, symbol: Bits<'b>) -> Symbol<'b> {
        let (read, bits, w) = (self.read, symbol.width(), self.read.head.width());
        let plain = self.to(read.head.bits(w - 1, w - bits), "plain");
        let symbol = self.to(read.plain, "is_plain").mux(plain, symbol);
        let (mut valid, mut busy) = (read.valid, symbol.builder().lit(0u8, 1));
        for name in &self.names {
            valid = valid.delayed(&format!("{name}_there"), read.behind);
            busy = busy | valid;
        }
        Symbol { valid, last: self.to(read.last, "last"), symbol, busy }
    }
}
