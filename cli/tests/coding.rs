//! Files through `holigen encode` and `decode`, and the table of `holigen entropy`.
mod common;
use common::Bench;
use holigen_operators::REGISTRY;

const CODERS: [&str; 12] = [
    "huffdec",
    "huffdec --longest 9 --lanes 4",
    "tansdec --log 12 --states 2",
    "tansdec --symbol-bits 5 --lanes 3",
    "ransdec",
    "ransdec --states 1 --precision 10 --lanes 3",
    "ricedec --k 2 --map zigzag",
    "ricedec --symbol-bits 11 --code exp-golomb",
    "weightstream --coder huffdec --per-symbol 4 --lanes 3",
    "weightstream --weights int --wbits 5",
    "weightstream --weights bf16 --coder huffdec",
    "weightstream --weights e4m3fn --coder ricedec --lanes 3",
];

/// Bytes of a file: none, one, all alike, text, noise.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let mut x = 1u32;
    let mut noise = || {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (x >> 24) as u8
    };
    let text = include_str!("coding.rs").repeat(20).into_bytes();
    vec![
        ("empty", vec![]),
        ("single", vec![0x80]),
        ("alike", vec![7; 70_000]),
        ("text", text),
        ("noise", (0..100_003).map(|_| noise()).collect()),
    ]
}

/// A NumPy array of this kind and shape.
fn array(kind: &str, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((text.len() as u16).to_le_bytes());
    file.extend(text.bytes());
    file.extend(bytes);
    file
}

/// A NumPy array of signed bytes.
fn npy(elements: &[i8]) -> Vec<u8> {
    let bytes: Vec<u8> = elements.iter().map(|e| *e as u8).collect();
    array("|i1", &format!("({},)", elements.len()), &bytes)
}

#[test]
fn every_file_comes_back() {
    let bench = Bench::new();
    for (name, bytes) in files() {
        std::fs::write(bench.path(name), &bytes).unwrap();
        for coder in CODERS {
            let run = bench.line(&format!("encode {coder} --in {name} --out s --force"));
            assert_eq!(run.code, 0, "{coder} {name}: {}", run.err);
            let operator = coder.split(' ').next().unwrap();
            let run = bench.line(&format!("decode {operator} --in s --out back --force"));
            assert_eq!(run.code, 0, "{coder} {name}: {}", run.err);
            assert!(std::fs::read(bench.path("back")).unwrap() == bytes, "{coder} {name}");
        }
    }
}

#[test]
fn arrays_come_back_and_their_elements_are_symbols() {
    let bench = Bench::new();
    let weights: Vec<i8> = (0..30_000).map(|i| [0, 0, 0, 1, 0, -1, 0, 0][i * 5 % 8]).collect();
    std::fs::write(bench.path("w.npy"), npy(&weights)).unwrap();
    let run = bench.line("encode tansdec --symbol-bits 2 --log 8 --in w.npy --out s --json");
    assert_eq!(run.code, 0, "{}", run.err);
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["symbols"], 30_000);
    // 3/4, 1/8, 1/8: 1.0613 bits a symbol.
    let each = report["bits_per_symbol"].as_f64().unwrap();
    assert!((1.061..1.072).contains(&each), "{each}");
    assert_eq!(bench.line("decode tansdec --in s --out back.npy").code, 0);
    assert!(std::fs::read(bench.path("back.npy")).unwrap() == npy(&weights));
    let run = bench.line("encode tansdec --symbol-bits 1 --in w.npy --out t");
    assert_eq!(run.code, 2);
    assert!(run.err.contains("element 7 is 1"), "{}", run.err);
}

#[test]
fn rows_of_weights_are_filled_up_to_groups() {
    let bench = Bench::new();
    let bytes: Vec<u8> = (0..21 * 10).map(|i: u8| [0, 0, 1, 0, 255][usize::from(i) * 7 % 5]).collect();
    std::fs::write(bench.path("w.npy"), array("|i1", "(21, 10)", &bytes)).unwrap();
    for coder in ["--lanes 4 --row 3", "--coder ransdec --lanes 2 --per-symbol 2"] {
        let run = bench.line(&format!("encode weightstream {coder} --in w.npy --out s --json --force"));
        assert_eq!(run.code, 0, "{}", run.err);
        let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(report["elements"], 210);
        let groups = if coder.contains("per-symbol") { 2 * 3 } else { 4 * 3 };
        assert_eq!(report["symbols"], 21 * groups, "{coder}");
        assert_eq!(bench.line("decode weightstream --in s --out back.npy --force").code, 0);
        assert!(std::fs::read(bench.path("back.npy")).unwrap() == array("|i1", "(21, 10)", &bytes));
    }
    let run = bench.line("encode weightstream --lanes 4 --row 2 --in w.npy --out t");
    assert!(run.code == 2 && run.err.contains("rows of 10 elements are 3 groups"), "{}", run.err);
    let mut by_column = array("|i1", "(21, 10)", &bytes);
    let place = by_column.windows(5).position(|w| w == b"False").unwrap();
    by_column[place..place + 5].copy_from_slice(b"True ");
    std::fs::write(bench.path("f.npy"), by_column).unwrap();
    let run = bench.line("encode weightstream --in f.npy --out t");
    assert!(run.code == 2 && run.err.contains("ascontiguousarray"), "{}", run.err);
    assert!(!bench.path("t").exists());
}

/// numpy writes bfloat16 as bytes without a meaning, `<V2`.
#[test]
fn exponents_of_floats_are_symbols() {
    let bench = Bench::new();
    // Of 1.0, 1.5, -0.5, 0.25: exponents 127, 127, 126, 125.
    let codes: Vec<u8> =
        (0..4000).flat_map(|i| [0x3f80u16, 0x3fc0, 0xbf00, 0x3e80][i % 4].to_le_bytes()).collect();
    for kind in ["<V2", "<u2", "<i2"] {
        let array = array(kind, "(1000, 4)", &codes);
        std::fs::write(bench.path("w.npy"), &array).unwrap();
        let run = bench.line("entropy --in w.npy --format bf16 --json");
        assert_eq!(run.code, 0, "{}", run.err);
        let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!((&report["entropy"], &report["distinct"]), (&9.5.into(), &3.into()), "{kind}");
        let run = bench.line(
            "encode weightstream --weights bf16 --coder huffdec --lanes 2 --in w.npy --out s --json --force",
        );
        assert_eq!(run.code, 0, "{}", run.err);
        let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        let each = report["bits_per_element"].as_f64().unwrap();
        assert!((9.5..9.6).contains(&each), "{kind}: {each}");
        assert_eq!(bench.line("decode weightstream --in s --out back.npy --force").code, 0);
        assert!(std::fs::read(bench.path("back.npy")).unwrap() == array, "{kind}");
    }
    let run = bench.line("entropy --in w.npy --format fp64");
    assert!(run.code == 2 && run.err.contains("exponents"), "{}", run.err);
    let run = bench.line("entropy --in w.npy --format bf16 --symbol-bits 4");
    assert_eq!(run.code, 2);
}

#[test]
fn a_fitted_table_can_be_wired_in() {
    let bench = Bench::new();
    bench.write("text", &include_str!("coding.rs").repeat(10));
    for coder in ["huffdec", "tansdec"] {
        let run = bench.line(&format!("encode {coder} --in text --out loaded --table-out table.txt --force"));
        assert_eq!(run.code, 0, "{}", run.err);
        let run =
            bench.line(&format!("encode {coder} --table table.txt --in text --out wired --force --json"));
        assert_eq!(run.code, 0, "{}", run.err);
        let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(report["table_entries"], 0);
        // The stream has the table in it.
        std::fs::remove_file(bench.path("table.txt")).unwrap();
        let each = report["bits_per_symbol"].as_f64().unwrap();
        assert!(each < 5.5, "{coder}: {each}");
        assert_eq!(bench.line(&format!("decode {coder} --in wired --out back --force")).code, 0);
        assert!(bench.read("back") == bench.read("text"));
    }
    let run = bench.line("encode ricedec --in text --out s --table-out t");
    assert!(run.code == 2 && run.err.contains("no table"), "{}", run.err);
    assert!(!bench.path("s").exists() && !bench.path("t").exists());
}

#[test]
fn no_file_is_much_longer_than_the_original() {
    let bench = Bench::new();
    let weights: Vec<u8> = (0..4096u32).map(|i| (((i * i) >> 3) & 15) as u8).collect();
    std::fs::write(bench.path("w.npy"), array("|u1", "(64, 64)", &weights)).unwrap();
    let longest = weights.len() / 2 + 600;
    for coder in ["huffdec", "tansdec --log 12", "tansdec --lanes 4", "ransdec", "ricedec"] {
        let run = bench.line(&format!("encode {coder} --symbol-bits 4 --in w.npy --out s --force --json"));
        assert_eq!(run.code, 0, "{coder}: {}", run.err);
        let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        assert!(report["file_bytes"].as_u64().unwrap() < longest as u64, "{coder}: {report}");
        let operator = coder.split(' ').next().unwrap();
        assert_eq!(bench.line(&format!("decode {operator} --in s --out back.npy --force")).code, 0);
        assert!(std::fs::read(bench.path("back.npy")).unwrap() == array("|u1", "(64, 64)", &weights));
    }
    // 4096 states of 20 bits are more than all symbols.
    let run = bench.line("encode tansdec --log 12 --symbol-bits 4 --in w.npy --out s --force --json");
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&report["table_entries"], &report["words"][0]), (&0.into(), &(3 + 1024).into()));
    // Asked for, a table is there.
    let run =
        bench.line("encode tansdec --log 12 --symbol-bits 4 --in w.npy --out s --table-out t --force --json");
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["table_entries"], 4096, "{}", run.err);
}

#[test]
fn damage_and_mistakes_are_told() {
    let bench = Bench::new();
    bench.write("text", &include_str!("coding.rs").repeat(3));
    assert_eq!(bench.line("encode huffdec --in text --out s").code, 0);
    let bytes = std::fs::read(bench.path("s")).unwrap();
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 2] ^= 4;
    std::fs::write(bench.path("damaged"), damaged).unwrap();
    std::fs::write(bench.path("cut"), &bytes[..bytes.len() - 1]).unwrap();
    for (line, told) in [
        ("decode huffdec --in damaged --out x", "damaged: its checksum"),
        ("decode huffdec --in cut --out x", "damaged"),
        ("decode huffdec --in text --out x", "no file of holigen encode"),
        ("decode tansdec --in s --out x", "holigen decode huffdec"),
        ("decode huffdec --in s --out text", "--force"),
        ("encode huffdec --in nothing --out x", "nothing: can't be read"),
        ("encode huffdec --in text --out s", "--force"),
        ("encode huffdec --in text --out no/folder", "can't be written"),
        ("encode fpmul --in text --out x", "fpmul"),
        ("entropy --in text --symbol-bits 17", "1 to 16"),
        ("entropy --in text --symbol-bits -1", "1 to 16"),
        ("entropy --in nothing", "can't be read"),
    ] {
        let run = bench.line(line);
        assert_eq!(run.code, 2, "{line}: {}", run.err);
        assert!(run.err.contains(told), "{line}: {}", run.err);
    }
    assert_eq!(bench.files(), ["cut", "damaged", "s", "text"]);
}

#[test]
fn corrupt_streams_by_the_number() {
    let bench = Bench::new();
    let run = bench.line("verify ricedec --k 2 --corrupt 1003 --seed 7 --json");
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("PASS 1 003 corrupt streams"), "{}", run.err);
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let passed = &report["passed"][0];
    assert_eq!((&passed["corrupt_streams"], &passed["mismatches"]), (&1003.into(), &0.into()));
    let errors = passed["errors"].as_u64().unwrap();
    assert!((700..=1003).contains(&errors), "{errors} errors");
    let other = bench.line("verify ricedec --k 2 --corrupt 1003 --seed 8 --json").out;
    assert_ne!(other, run.out.replace("\"seed\": 7", "\"seed\": 8"));
}

#[test]
fn a_table_to_choose_from() {
    let bench = Bench::new();
    std::fs::write(bench.path("w.npy"), npy(&[0, 1, 0, 0, -1, 0, 0, 1].repeat(4000))).unwrap();
    let run = bench.line("entropy --in w.npy --symbol-bits 2 --json");
    assert_eq!(run.code, 0, "{}", run.err);
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    // 5/8, 2/8, 1/8.
    let h = report["entropy"].as_f64().unwrap();
    assert!((h - 1.298_794_94).abs() < 1e-6, "{h}");
    for row in report["coders"].as_array().unwrap() {
        assert!(row["bits_per_symbol"].as_f64().unwrap() >= h, "{row}");
    }
    let text = bench.line("entropy --in w.npy --symbol-bits 2").out;
    assert!(text.contains("entropy of order 0: 1.2988 bits each") && text.contains("tansdec"), "{text}");
    assert_eq!(bench.line("entropy --in w.npy --symbol-bits 16").code, 0);
}

#[test]
fn operators_that_decode_say_so() {
    for entry in REGISTRY {
        let has = entry.examples().iter().any(|example| {
            let table = example.parse().expect("examples are TOML");
            entry.instance_of_toml(table).is_ok_and(|i| i.core.file_code().is_some())
        });
        assert_eq!(has, entry.decodes(), "{}", entry.name());
    }
}

/// A NumPy array of floats of 32 bits.
fn floats(elements: &[f32]) -> Vec<u8> {
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({},), }}\n", elements.len());
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((text.len() as u16).to_le_bytes());
    file.extend(text.bytes());
    elements.iter().for_each(|e| file.extend(e.to_le_bytes()));
    file
}

#[test]
fn trits_come_back() {
    let bench = Bench::new();
    let weights: Vec<i8> = (0..1003).map(|i| [0, 1, -1, 0, -1][i * 7 % 5]).collect();
    std::fs::write(bench.path("w.npy"), npy(&weights)).unwrap();
    for n in [1, 5, 12, 64] {
        let run =
            bench.line(&format!("encode tritunpack --stream --n {n} --in w.npy --out s --force --json"));
        assert_eq!(run.code, 0, "{}", run.err);
        let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        let words = 1003u64.div_ceil(n) * n.div_ceil(5);
        assert_eq!(report["words"][0], words, "{n} trits a word");
        assert_eq!(bench.line("decode tritunpack --in s --out back.npy --force").code, 0);
        assert!(std::fs::read(bench.path("back.npy")).unwrap() == npy(&weights));
    }
    std::fs::write(bench.path("two.npy"), npy(&[0, 1, -2])).unwrap();
    for (line, told) in [
        ("encode tritunpack --stream --in two.npy --out t", "symbol 2 is -2"),
        ("encode tritunpack --in w.npy --out t", "no files for"),
        ("encode tritunpack --stream --nearest --in w.npy --out t", "--nearest"),
    ] {
        let run = bench.line(line);
        assert!(run.code == 2 && run.err.contains(told), "{line}: {}", run.err);
    }
}

#[test]
fn books_of_values() {
    let bench = Bench::new();
    let values = [-1.5f32, -0.25, 0.0, 0.3125, 2.0];
    let weights: Vec<f32> = (0..2001).map(|i| values[i * 3 % 5]).collect();
    std::fs::write(bench.path("w.npy"), floats(&weights)).unwrap();
    let back = |line: &str| {
        let run = bench.line(line);
        assert_eq!(run.code, 0, "{line}: {}", run.err);
        let run = bench.line("decode codebook --in s --out back.npy --force");
        assert_eq!(run.code, 0, "{line}: {}", run.err);
        std::fs::read(bench.path("back.npy")).unwrap()
    };
    // Of its own values, which then can be wired in.
    let own = "encode codebook --index-bits 3 --lanes 4 --in w.npy --out s --table-out book.txt --force";
    assert!(back(own) == floats(&weights));
    assert_eq!(bench.read("book.txt"), "0xbfc0,0xbe80,0x0,0x3ea0,0x4000\n");
    assert!(back("encode codebook --table book.txt --in w.npy --out s --force") == floats(&weights));
    // An array of indices.
    let indices: Vec<i8> = (0..999).map(|i| (i * 3 % 5) as i8).collect();
    std::fs::write(bench.path("i.npy"), npy(&indices)).unwrap();
    assert!(back("encode codebook --table book.txt --in i.npy --out s --force") == npy(&indices));
    // The nearest; of two as near, the first.
    std::fs::write(bench.path("x.npy"), floats(&[0.1, -3.0, 1.0, -0.0, -0.625, 9.0])).unwrap();
    let run = bench.line("encode codebook --table -1,0,2 --nearest --in x.npy --out s --force");
    assert!(run.err.contains("6 of 6 elements changed, by 7e0"), "{}", run.err);
    assert_eq!(bench.line("decode codebook --in s --out back.npy --force").code, 0);
    assert!(std::fs::read(bench.path("back.npy")).unwrap() == floats(&[0.0, -1.0, 0.0, 0.0, -1.0, 2.0]));
    for (line, told) in [
        ("encode codebook --table -1,0,2 --in x.npy --out t", "element 0 is 0.1"),
        ("encode codebook --index-bits 2 --in w.npy --out t", "more than 4 different values"),
        ("encode codebook --format int8 --in w.npy --out t", "the value -1.5 is not in the format"),
        ("encode codebook --in i.npy --out t", "of which values"),
        ("encode codebook --table 1,2,3 --in i.npy --out t", "element 3 is 4, which is no index of 2 bits"),
        ("encode codebook --table 1,2,3 --index-bits 3 --in i.npy --out t", "symbol 1 is 3"),
        ("codebook --table 1,x", "'x' is not a number"),
        ("codebook --table nothing.npy", "can't be read"),
    ] {
        let run = bench.line(line);
        assert!(run.code == 2 && run.err.contains(told), "{line}: {}", run.err);
    }
}
