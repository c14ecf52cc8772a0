//! Matrices in files that numpy wrote (`weights/write.py`): read as they are, or refused with the entry's name.
mod common;

use common::{Setup, instance, netlist};
use holigen_verif::interface::{bits_of, put_bits};

const W: [[i64; 4]; 3] = [[1, -2, 3, 0], [-128, 127, 5, -6], [0, 0, 7, 1]];

fn path(file: &str) -> String {
    format!("{}/tests/weights/{file}", env!("CARGO_MANIFEST_DIR"))
}

/// The matrix behind a core: what its model makes of unit vectors.
fn columns(parameters: &str) -> Vec<Vec<i64>> {
    let i = instance("constmatvec", parameters).unwrap_or_else(|e| panic!("{e}"));
    let interface = i.core.interface();
    let (x, r) = (interface.inputs().next().expect("x"), interface.outputs().next().expect("r"));
    let mut model = i.core.model();
    (0..x.elements)
        .map(|j| {
            let mut inputs = vec![0; x.width.div_ceil(64) as usize];
            let mut outputs = vec![0; r.width.div_ceil(64) as usize];
            put_bits(&mut inputs, j * x.element_width(), x.element_width(), 1);
            model.step(&inputs, &mut outputs);
            let w = r.element_width();
            let element = |i: u32| (bits_of(&outputs, i * w, w) << (64 - w)) as i64 >> (64 - w);
            (0..r.elements).map(element).collect()
        })
        .collect()
}

#[test]
fn files_of_numpy_are_read() {
    let expected: Vec<Vec<i64>> = (0..4).map(|j| W.iter().map(|row| row[j]).collect()).collect();
    for file in
        ["int8.npy", "int16_fortran.npy", "int32_big_endian.npy", "int64.npy", "version_2.npy", "table.csv"]
    {
        assert_eq!(columns(&format!("weights = {:?}", path(file))), expected, "{file}");
    }
    let of = |file: &str, f: fn(i64) -> i64| {
        let expected: Vec<Vec<i64>> = (0..4).map(|j| W.iter().map(|row| f(row[j])).collect()).collect();
        assert_eq!(columns(&format!("weights = {:?}", path(file))), expected, "{file}");
    };
    of("uint8.npy", |w| w.abs().min(127));
    of("bool.npy", |w| i64::from(w > 0));
}

#[test]
fn others_are_refused_by_name() {
    for (file, entries, words) in [
        ("float32.npy", "int8", "dtype '<f4'"),
        ("three_dimensions.npy", "int8", "shape (3, 2, 2)"),
        ("vector.npy", "int8", "shape (12,)"),
        ("empty.npy", "int8", "shape (0, 4)\n  give 1 to 4096 rows (outputs) and 1 to 4096 columns"),
        ("too_large.npy", "int8", "entry [1, 0] is -256"),
        ("int8.npy", "ternary", "entry [0, 1] is -2"),
        ("int8.npy", "int4", "entry [1, 0] is -128"),
        ("table.csv", "int3", "entry [1, 0] is -128"),
        ("write.py", "int8", "no integer"),
    ] {
        let parameters = format!("weights = {:?}\nentries = {entries:?}", path(file));
        let e = instance("constmatvec", &parameters).err().unwrap_or_else(|| panic!("{file} was taken"));
        assert_eq!(e.parameter, "weights");
        assert!(e.to_string().contains(words), "{file}: {e}");
    }
}

#[test]
fn sums_are_shared_as_deep_as_makes_the_smallest_pipeline() {
    // Fewer than adders above each other in da4ml's solutions, which has one of them a stage at this clock.
    for (file, stages) in [("t16", 4), ("b16", 8), ("i16", 5)] {
        let weights = format!("{}/../bench/matrices/{file}.npy", env!("CARGO_MANIFEST_DIR"));
        let made = |share: &str| {
            let parameters = format!("weights = {weights:?}\nshare = {share:?}");
            let i = instance("constmatvec", &parameters).unwrap_or_else(|e| panic!("{e}"));
            netlist(&*i.core, &Setup::new("kintex7", 400.0), "core").expect("400 MHz")
        };
        let size = |share: &str| {
            let c = made(share);
            2 * c.estimated_tables + c.register_bits
        };
        assert_eq!(Some(size("on")), ["1", "2", "3"].map(size).into_iter().min(), "{file}");
        assert_eq!(made("on").latency, stages, "{file}");
    }
}
