//! Memories: what the straight line of gates cannot be. Before each edge the gates say what every port does; then
//! each lane's port acts on that lane's own contents, and what it read stands beside the inputs of the next step.
use super::lanes::{Column, LANES, WORDS};
use super::transpose::{to_columns, to_lanes};

/// Where the ports of a memory are: data columns are inputs, all others outputs of the program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct MemoryColumns {
    pub index_width: u32,
    pub width: u32,
    /// At power-up; zeros behind.
    pub entries: Vec<u64>,
    /// Enable, address, data.
    pub write: Option<[usize; 3]>,
    pub reads: Vec<MemoryRead>,
}

/// A read port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct MemoryRead {
    pub data: usize,
    pub enable: usize,
    pub address: usize,
}

/// What a memory holds.
#[derive(Clone, Debug)]
pub(super) enum Contents {
    /// Nobody writes: the same in all lanes.
    Shared(Vec<u64>),
    /// Entry by entry, each with all lanes.
    Own(Vec<u64>),
}

impl Contents {
    pub fn new(m: &MemoryColumns) -> Self {
        let mut entries = m.entries.clone();
        entries.resize(1 << m.index_width, 0);
        match m.write {
            None => Contents::Shared(entries),
            Some(_) => Contents::Own(entries.iter().flat_map(|e| [*e; LANES]).collect()),
        }
    }

    /// All ports of all lanes: reads see the old entries.
    pub fn edge(&mut self, m: &MemoryColumns, inputs: &mut [Column], outputs: &[Column]) {
        let address = |at: usize| lanes(&outputs[at..at + m.index_width as usize]);
        for r in &m.reads {
            let enable = outputs[r.enable];
            if enable == Column::default() {
                continue;
            }
            let at = address(r.address);
            let entry = |l: usize| match &*self {
                Contents::Shared(e) => e[at[l] as usize],
                Contents::Own(e) => e[at[l] as usize * LANES + l],
            };
            let data = &mut inputs[r.data..r.data + m.width as usize];
            for block in 0..WORDS {
                let on = enable.0[block];
                let put = |bit: usize, new: u64| {
                    let old = &mut data[bit].0[block];
                    *old = *old & !on | new & on;
                };
                if on != 0 {
                    to_columns(m.width as usize, |i| entry(block * 64 + i), put);
                }
            }
        }
        if let (Some([enable, index, data]), Contents::Own(entries)) = (m.write, self) {
            if outputs[enable] == Column::default() {
                return;
            }
            let at = address(index);
            let data = lanes(&outputs[data..data + m.width as usize]);
            for l in (0..LANES).filter(|l| outputs[enable].lane(*l)) {
                entries[at[l] as usize * LANES + l] = data[l];
            }
        }
    }
}

/// One word a lane from columns.
fn lanes(columns: &[Column]) -> [u64; LANES] {
    let mut out = [0; LANES];
    for block in 0..WORDS {
        to_lanes(columns.len(), |bit| columns[bit].0[block], |i, w| out[block * 64 + i] = w);
    }
    out
}
