//! Fused operators: multiply-add, dot products, the quire.
use super::common::{Setup, agrees, instance, netlist};
use super::oracle::Oracle;
use super::{same, step};
use holigen_sim::check::Plan;
use holigen_verif::rng::SplitMix64;
use rug::Rational;

#[test]
fn multiply_adds_are_rationals_rounded() {
    for (n, es) in [(3, 0), (4, 5), (4, 2), (5, 1), (5, 3)] {
        let o = Oracle::new(n, es);
        let mut m = instance("positfma", &format!("n = {n}\nes = {es}")).unwrap().core.model();
        let values: Vec<Option<Rational>> = (0..1 << n).map(|c| o.decode(c)).collect();
        for i in 0..1u64 << (3 * n) {
            let codes = [i >> (2 * n), i >> n, i].map(|c| c & ((1 << n) - 1));
            let [a, b, c] = codes.map(|c| values[c as usize].as_ref());
            let exact = (|| Some(Rational::from(a? * b?) + c?))();
            assert_eq!(step(&mut *m, &codes), o.round(exact.as_ref()), "<{n},{es}> {codes:x?}");
        }
    }
}

#[test]
fn all_triples_of_small_posits() {
    for es in 0..=5 {
        (3..=5).for_each(|n| same("positfma", n, es, Plan::Exhaustive));
    }
    same("positfma", 6, 2, Plan::Exhaustive);
}

/// Elements of a and b, and c, as codes.
fn dot_inputs(rng: &mut SplitMix64, n: u32, terms: u32, out: u32) -> [Vec<u64>; 3] {
    let mut some = |n: u32, count: u32| {
        let mask = u64::MAX >> (64 - n);
        // Half of them large or small.
        let code = |r: u64| if r & 1 == 1 { r >> 8 } else { (r >> 8) % 5 + ((r >> 1) & 1) * (mask / 2 - 4) };
        (0..count).map(|_| code(rng.next_u64()) & mask).collect()
    };
    [some(n, terms), some(n, terms), some(out, 1)]
}

fn packed(codes: &[u64], n: u32) -> u64 {
    codes.iter().rev().fold(0, |word, c| word << n | c)
}

#[test]
fn dot_products_are_rationals_rounded() {
    for (n, es, terms, out_n, out_es) in
        [(8, 2, 4, 16, 2), (8, 0, 3, 8, 1), (5, 3, 8, 9, 0), (16, 1, 2, 32, 2)]
    {
        let (o, r) = (Oracle::new(n, es), Oracle::new(out_n, out_es));
        let parameters = format!(
            "n = {n}\nes = {es}\nterms = {terms}\nout-n = {out_n}\nout-es = {out_es}\naddend = \"on\""
        );
        let mut exact = instance("positdot", &parameters).unwrap().core.model();
        // So many bits that none is cut.
        let wide = format!("{parameters}\nalign = \"128\"");
        let mut aligned =
            (4 * o.max_scale() < 100).then(|| instance("positdot", &wide).unwrap().core.model());
        let mut rng = SplitMix64::new(3);
        for _ in 0..3000 {
            let [a, b, c] = dot_inputs(&mut rng, n, terms, out_n);
            let sum = (|| {
                let mut sum = r.decode(c[0])?;
                for (a, b) in a.iter().zip(&b) {
                    sum += o.decode(*a)? * o.decode(*b)?;
                }
                Some(sum)
            })();
            let inputs = [packed(&a, n), packed(&b, n), c[0]];
            let want = r.round(sum.as_ref());
            assert_eq!(step(&mut *exact, &inputs), want, "{parameters} {a:x?} {b:x?} {c:x?}");
            if let Some(m) = &mut aligned {
                assert_eq!(step(&mut **m, &inputs), want, "{wide} {a:x?} {b:x?} {c:x?}");
            }
        }
    }
}

#[test]
fn cut_terms_are_what_the_definition_says() {
    let (o, r) = (Oracle::new(8, 2), Oracle::new(16, 2));
    let mut m = instance("positdot", "n = 8\nterms = 4\nout-n = 16\nalign = \"14\"").unwrap().core.model();
    let mut rng = SplitMix64::new(4);
    for _ in 0..20_000 {
        let [a, b, _] = dot_inputs(&mut rng, 8, 4, 16);
        let values = |codes: &[u64]| codes.iter().map(|c| o.decode(*c)).collect::<Option<Vec<_>>>();
        let sum = values(&a).zip(values(&b)).map(|(a, b)| {
            let pairs: Vec<_> = a.iter().zip(&b).filter(|(a, b)| **a != 0 && **b != 0).collect();
            let exponents = pairs.iter().map(|(a, b)| Oracle::floor_log2(a) + Oracle::floor_log2(b));
            let unit = Oracle::power(exponents.max().unwrap_or(0) + 2 - 14);
            let cut = |(a, b): &(&Rational, &Rational)| (Rational::from(*a * *b) / &unit).trunc() * &unit;
            pairs.iter().map(cut).sum::<Rational>()
        });
        let got = step(&mut *m, &[packed(&a, 8), packed(&b, 8)]);
        assert_eq!(got, r.round(sum.as_ref()), "{a:x?} {b:x?}");
    }
}

#[test]
fn the_quire_does_not_know_an_order() {
    let (n, count) = (8, 1 << 16);
    for parameters in ["n = 8\nout = \"quire\"", "n = 8\nquire = \"exact:65536\"\nout = \"quire\""] {
        let core = instance("positmac", parameters).unwrap().core;
        let mut rng = SplitMix64::new(5);
        let mut products: Vec<[u64; 2]> = (0..count)
            .map(|_| {
                [0, 0].map(|_: u64| rng.next_u64() >> (64 - n)).map(|c| if c == 0x80 { 0x7f } else { c })
            })
            .collect();
        let sum = |products: &[[u64; 2]]| {
            let (mut m, mut out) = (core.model(), [0; 3]);
            for (i, [a, b]) in products.iter().enumerate() {
                m.step(&[u64::from(i == 0), *a, *b], &mut out);
            }
            out
        };
        let first = sum(&products);
        for _ in 0..4 {
            for i in (1..products.len()).rev() {
                products.swap(i, rng.below(i as u64 + 1) as usize);
            }
            assert_eq!(sum(&products), first, "{parameters}");
        }
        let o = Oracle::new(8, 2);
        let unit = Oracle::power(-2 * o.max_scale());
        let exact = products
            .iter()
            .fold(Rational::new(), |s, [a, b]| s + o.decode(*a).unwrap() * o.decode(*b).unwrap());
        let in_units = (exact / unit).into_numer_denom().0;
        assert_eq!(first[0], in_units.to_u64_wrapping(), "{parameters}");
    }
}

#[test]
fn a_quire_that_overflows_is_nar_until_the_next_sum() {
    // Three products of maxpos fit two bits above the largest; the fourth does not.
    let core = instance("positmac", "n = 5\nquire = \"exact:3\"").unwrap().core;
    let c = netlist(&*core, &Setup::new("kintex7", 200.0), "core").unwrap();
    agrees(&*core, &c, Plan::Count(1 << 18), 3).unwrap_or_else(|e| panic!("{e}"));
    let mut m = core.model();
    let (nar, maxpos, minus) = (0x10, 0x0f, 0x11);
    let mut said = |first: u64, a: u64, b: u64| step(&mut *m, &[first, a, b]);
    assert_eq!(said(1, maxpos, maxpos), maxpos);
    assert_eq!([said(0, maxpos, maxpos), said(0, maxpos, maxpos)], [maxpos; 2]);
    assert_eq!(said(0, maxpos, maxpos), nar);
    assert_eq!(said(0, maxpos, minus), nar);
    assert_eq!(said(1, maxpos, minus), minus);
    assert_eq!([said(0, nar, 0), said(0, 1, 1), said(1, 1, 0)], [nar, nar, 0]);
}
