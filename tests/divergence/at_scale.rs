//! Divergences of laws on many bins, where vector instructions do the sums: against twins in 32 digits, against the
//! cells one by one, and to the bit where that is the claim.

#![allow(clippy::float_cmp)] // zero means zero, and equal bits mean equal bits

use crate::common::double_double::Dd;
use crate::common::laws::generators;
use fenchel::certificate::Certified;
use fenchel::divergence::{FDivergence as F, Generator, Kind, along_axis, f_divergence, f_divergence_masses, pairwise};
use fenchel::error::{Error, Index};
use fenchel::measure::Pmf;
use fenchel::numeric::{Sum, stream};
use ndarray::{Array2, Array3, Axis, array};
use rand::RngExt;

/// The generators whose sums are vectorised.
fn vectorised() -> Vec<F> {
    vec![
        F::Kl,
        F::ReverseKl,
        F::Jeffreys,
        F::Jsd,
        F::TwoJsd,
        F::JsWeighted(0.3),
        F::Pearson,
        F::Neyman,
        F::Hellinger2,
        F::SquaredHellinger,
        F::TotalVariation,
        F::LeCam,
    ]
}

/// `ln(x/y)` in 32 digits: by the series of artanh where it is short.
fn ln_ratio(x: Dd, y: Dd) -> Dd {
    let d = (x - y) / (x + y);
    if d.to_f64().abs() > 1e-3 {
        return (x / y).ln();
    }
    let square = d * d;
    let (mut power, mut sum) = (d, d);
    for k in 1..=5 {
        power = power * square;
        sum = sum + power / Dd::from(f64::from(2 * k + 1));
    }
    sum + sum
}

/// `x ln(x/y) - x + y`, from the definition.
fn bregman(x: Dd, y: Dd) -> Dd {
    if x.is_zero() { y } else { x * ln_ratio(x, y) - (x - y) }
}

/// The contribution to the tangent-free sum of a cell of two masses, with `q` positive or the divergence finite without
/// it.
fn twin_cell(f: F, p: f64, q: f64) -> Dd {
    let c = Dd::from;
    let (x, y) = (c(p), c(q));
    if x.is_zero() && y.is_zero() {
        return Dd::ZERO;
    }
    let (half, difference) = (c(0.5), x - y);
    let m = half * (x + y);
    let root = x.sqrt() - y.sqrt();
    match f {
        F::Kl => bregman(x, y),
        F::ReverseKl => bregman(y, x),
        F::Jeffreys => difference * ln_ratio(x, y),
        F::Jsd => half * (bregman(x, m) + bregman(y, m)),
        F::TwoJsd => bregman(x, m) + bregman(y, m),
        F::JsWeighted(pi) => {
            let (a, b) = (c(pi), c(1.0) - c(pi));
            let n = a * x + b * y;
            a * bregman(x, n) + b * bregman(y, n)
        }
        F::Pearson => difference * difference / y,
        F::Neyman => difference * difference / x,
        F::Hellinger2 => half * root * root,
        F::SquaredHellinger => root * root,
        F::TotalVariation => half * difference.abs(),
        F::LeCam => difference * difference / (x + y),
        _ => unreachable!("{f:?}"),
    }
}

#[track_caller]
fn agrees(f: F, found: Certified, want: f64) {
    let off = |x: f64| (x - want).abs() / want;
    assert!(off(found.value) <= 1e-13, "{f:?}: {:e} for {want:e}, off by {:e}", found.value, off(found.value));
    assert!(off(found.dual) <= 1e-12, "{f:?}: dual {:e} for {want:e}, off by {:e}", found.dual, off(found.dual));
}

/// A million bins, each of the two masses `1e-9` apart at most: the divergence is of order `1e-18`.
#[test]
fn a_million_bins_nearly_equal() {
    let mut rng = stream(7, 0);
    let masses: Vec<f64> = (0..1_000_000).map(|_| rng.random_range(0.01..1.0)).collect();
    let p = Pmf::normalised(masses).unwrap();
    let moved: Vec<f64> = p.masses().iter().map(|p| p * (1.0 + 1e-9 * rng.random_range(-1.0..1.0))).collect();
    let q = Pmf::normalised(moved).unwrap();
    for f in [F::Kl, F::Jsd] {
        let cells = p.masses().iter().zip(q.masses());
        let want = cells.fold(Dd::ZERO, |sum, (&p, &q)| sum + twin_cell(f, p, q)).to_f64();
        assert!(want > 0.0 && want < 1e-17);
        agrees(f, f_divergence(&f, &p, &q).unwrap(), want);
    }
}

/// A million bins in all, of some thousand different pairs of masses from nearly equal to a ratio of `1e260`.
#[test]
fn a_million_bins_of_every_ratio() {
    const TIMES: usize = 512;
    let mut rng = stream(8, 0);
    let different = 1 + 1_000_000 / TIMES;
    let mut p = Vec::new();
    let mut q = Vec::new();
    for i in 0..different {
        let mass: f64 = rng.random_range(0.1..1.0);
        let spread = [1e-9, 1e-6, 1e-3, 0.3, 2.0, 30.0, 300.0][i % 7];
        p.push(mass * rng.random_range::<f64, _>(-spread..spread).exp().min(1e3));
        q.push(mass * rng.random_range::<f64, _>(-spread..spread).exp().min(1e3));
    }
    let tile = |masses: &[f64]| -> Vec<f64> { (0..TIMES).flat_map(|_| masses.iter().copied()).collect() };
    let (many_p, many_q) = (tile(&p), tile(&q));
    for f in vectorised() {
        // tangent-free, so that masses of any total will do
        let f = match f {
            F::Kl => F::KlSelfNormalised,
            F::ReverseKl => F::ReverseKlSelfNormalised,
            other => other,
        };
        let as_kl = match f {
            F::KlSelfNormalised => F::Kl,
            F::ReverseKlSelfNormalised => F::ReverseKl,
            other => other,
        };
        let once = p.iter().zip(&q).fold(Dd::ZERO, |sum, (&p, &q)| sum + twin_cell(as_kl, p, q)).to_f64();
        agrees(f, f_divergence_masses(&f, &many_p, &many_q).unwrap(), once * TIMES as f64);
    }
}

/// The sum of the scalar cells, with the limits where a mass is zero.
fn one_by_one(f: F, p: &[f64], q: &[f64]) -> f64 {
    let (only_p, only_q) = (f.slope_at_infinity() - f.df(1.0), f.at_zero() + f.df(1.0) - f.f(1.0));
    Sum::of(p.iter().zip(q).map(|(&p, &q)| match (p > 0.0, q > 0.0) {
        (true, true) => f.cell(p, q),
        (true, false) => p * only_p,
        (false, true) => q * only_q,
        (false, false) => 0.0,
    }))
}

#[test]
fn every_length_with_zeros_and_extremes() {
    let mut rng = stream(9, 0);
    for n in [1, 2, 7, 8, 9, 63, 511, 512, 513, 1000, 33_000] {
        for (zeros, extremes) in [(0.0, 0.0), (0.2, 0.0), (0.2, 0.1)] {
            let mut draw = || {
                let (kind, mass): (f64, f64) = (rng.random(), rng.random());
                if kind < zeros {
                    0.0
                } else if kind > 1.0 - extremes {
                    [5e-324, 1e-310, 1e-200, 1e-160][(mass * 4.0) as usize]
                } else {
                    mass
                }
            };
            let (p, q): (Vec<f64>, Vec<f64>) = (0..n).map(|_| (draw(), draw())).unzip();
            if p.iter().sum::<f64>() == 0.0 || q.iter().sum::<f64>() == 0.0 {
                continue;
            }
            let (p, q) = (Pmf::normalised(p).unwrap(), Pmf::normalised(q).unwrap());
            for f in generators() {
                let found = f_divergence(&f, &p, &q).unwrap();
                let want = (f.f(1.0) + one_by_one(f, p.masses(), q.masses())).max(f.range().0).min(f.range().1);
                let same =
                    found.value == want || (found.value - want).abs() <= 1e-13 * want.abs() + 1e-15 * f.f(1.0).abs();
                assert!(same, "{f:?} of {n}: {:e} for {want:e}", found.value);
                assert!(
                    !found.dual.is_nan() && found.dual <= want + 1e-12 * want.abs().max(1.0),
                    "{f:?} of {n}: {found:?}"
                );
                // where masses are extreme a dual cell may overflow, and then proves nothing
                assert!(extremes > 0.0 || found.gap() <= 1e-12 * want.abs().max(1.0), "{f:?} of {n}: {found:?}");
            }
        }
    }
}

#[test]
fn equal_laws_give_zero_and_one_stray_mass_gives_what_the_definition_says() {
    let mut rng = stream(10, 0);
    let p = Pmf::normalised((0..70_000).map(|_| rng.random()).collect::<Vec<f64>>()).unwrap();
    for f in vectorised() {
        let d = f_divergence(&f, &p, &p).unwrap();
        assert_eq!((d.value.to_bits(), d.dual.to_bits()), (0, 0), "{f:?}");
        let mut hole = p.masses().to_vec();
        hole[66_000] = 0.0;
        let hole = Pmf::normalised(hole).unwrap();
        assert_eq!(
            f_divergence(&f, &p, &hole).unwrap().value.is_infinite(),
            f.slope_at_infinity().is_infinite(),
            "{f:?}"
        );
        assert_eq!(f_divergence(&f, &hole, &p).unwrap().value.is_infinite(), f.at_zero().is_infinite(), "{f:?}");
    }
}

fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

fn tables(rows: usize, others: usize, bins: usize) -> (Array2<f64>, Array2<f64>) {
    let mut rng = stream(11, 0);
    let mut table = |rows: usize| {
        let mut table = Array2::from_shape_simple_fn((rows, bins), || (rng.random::<f64>() - 0.1).max(0.0));
        for mut row in table.rows_mut() {
            let law = Pmf::normalised(row.to_vec()).unwrap();
            row.assign(&ndarray::ArrayView1::from(law.masses()));
        }
        table
    };
    (table(rows), table(others))
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let mut rng = stream(12, 0);
    let mut law = || Pmf::normalised((0..200_001).map(|_| rng.random()).collect::<Vec<f64>>()).unwrap();
    let (p, q) = (law(), law());
    let (rows, others) = tables(7, 5, 30);
    let work = |threads| {
        on_threads(threads, || {
            let one = f_divergence(&F::Jsd, &p, &q).unwrap();
            let many = pairwise(rows.view(), others.view(), Kind::F(F::Kl)).unwrap();
            (one, many)
        })
    };
    assert_eq!(work(1), work(2));
}

#[test]
fn pairs_are_what_they_are_one_by_one() {
    let (p, q) = tables(6, 4, 700);
    let law = |row: ndarray::ArrayView1<'_, f64>| Pmf::new(row.to_vec()).unwrap();
    for kind in Kind::all() {
        let found = pairwise(p.view(), q.view(), kind).unwrap();
        assert_eq!(found.value.dim(), (6, 4));
        for ((i, j), value) in found.value.indexed_iter() {
            let alone = kind.evaluate(&law(p.row(i)), &law(q.row(j))).unwrap();
            let dual = found.dual[[i, j]];
            if by_entropies(kind) {
                let near = |a: f64, b: f64| (a - b).abs() <= 1e-14 * b.abs();
                assert!(near(*value, alone.value) && near(dual, alone.dual), "{kind}: {value} {dual} {alone:?}");
            } else {
                assert_eq!((value.to_bits(), dual.to_bits()), (alone.value.to_bits(), alone.dual.to_bits()), "{kind}");
            }
        }
        let same = pairwise(p.view(), p.view(), kind).unwrap();
        if kind.is_symmetric() {
            assert_eq!(same.value, same.value.t(), "{kind}");
        }
        let zero = if kind == Kind::F(F::Gan) { -4f64.ln() } else { 0.0 };
        assert!(same.value.diag().iter().all(|&d| d == zero), "{kind}");
        assert!(same.gap() <= 1e-12, "{kind}: {:e}", same.gap());
    }
}

fn by_entropies(kind: Kind) -> bool {
    matches!(kind, Kind::F(F::Jsd | F::TwoJsd | F::Gan | F::JsWeighted(_)))
}

/// Laws from nearly equal to disjoint, flat to concentrated, with zeros and extremes: the pairs that go by entropies and
/// those that cannot, against 32 digits.
#[test]
fn pairs_by_entropies_are_as_good_as_those_without() {
    let mut rng = stream(13, 0);
    for (n, power) in [(1, 1), (2, 1), (7, 20), (9, 1), (100, 3), (520, 20), (1030, 1)] {
        let mut law = || -> Vec<f64> {
            let masses: Vec<f64> = (0..n).map(|_| (-rng.random::<f64>().ln()).powi(power) + 1e-300).collect();
            Pmf::normalised(masses).unwrap().masses().to_vec()
        };
        let (p, other) = (law(), law());
        let mixed = |share: f64| -> Vec<f64> {
            let masses: Vec<f64> = p.iter().zip(&other).map(|(p, o)| (1.0 - share) * p + share * o).collect();
            Pmf::normalised(masses).unwrap().masses().to_vec()
        };
        // one of them without every other bin
        let holes = |odd: usize| (0..n).map(|i| if i % 2 == odd || n == 1 { p[i] } else { 0.0 }).collect::<Vec<f64>>();
        let holes = |odd| Pmf::normalised(holes(odd)).unwrap().masses().to_vec();
        let mut laws: Vec<Vec<f64>> = [0.0, 1e-9, 1e-3, 0.1, 0.3, 1.0].map(mixed).to_vec();
        laws.extend([holes(0), holes(1 % n)]);
        let table = Array2::from_shape_vec((laws.len(), n), laws.concat()).unwrap();
        for f in [F::Jsd, F::TwoJsd, F::JsWeighted(0.3), F::JsWeighted(1e-3), F::Gan] {
            let found = pairwise(table.view(), table.view(), Kind::F(f)).unwrap();
            let sum = if f == F::Gan { F::TwoJsd } else { f };
            for ((i, j), &value) in found.value.indexed_iter() {
                if laws[i] == laws[j] {
                    assert_eq!(value, f.f(1.0), "{f:?}");
                    continue;
                }
                let cells = laws[i].iter().zip(&laws[j]);
                let want = cells.fold(Dd::ZERO, |sum_of, (&p, &q)| sum_of + twin_cell(sum, p, q)).to_f64() + f.f(1.0);
                let dual = found.dual[[i, j]];
                // of the GAN's -ln 4 + 2 JSD, the divergence
                let (digits, at_one) = ((want - f.f(1.0)).abs(), 1e-15 * f.f(1.0).abs());
                assert!(
                    (value - want).abs() <= 1e-13 * digits + at_one,
                    "{f:?} of {n}^{power}: {value:e} for {want:e}"
                );
                assert!((dual - want).abs() <= 1e-12 * digits + at_one, "{f:?} of {n}^{power}: {dual:e} for {want:e}");
                assert!(dual <= value + 1e-15, "{f:?} of {n}^{power}: {dual:e} above {value:e}");
            }
        }
    }
}

#[test]
fn laws_along_each_axis() {
    let (rows, others) = tables(12, 12, 5);
    let shape = (3, 4, 5);
    let cube = |table: &Array2<f64>| Array3::from_shape_vec(shape, table.iter().copied().collect()).unwrap();
    let (p, q) = (cube(&rows), cube(&others));
    let law = |row: ndarray::ArrayView1<'_, f64>| Pmf::new(row.to_vec()).unwrap();
    let pairs = rows.rows().into_iter().zip(others.rows());
    let want: Vec<f64> = pairs.map(|(p, q)| f_divergence(&F::Jsd, &law(p), &law(q)).unwrap().value).collect();
    let last = along_axis(p.view(), q.view(), Axis(2), Kind::F(F::Jsd)).unwrap();
    assert_eq!(last.value.dim(), (3, 4));
    assert!(last.value.iter().eq(want.iter()));
    // the same laws, lying along the first axis
    let (p, q) = (p.permuted_axes([2, 0, 1]), q.permuted_axes([2, 0, 1]));
    assert_eq!(along_axis(p.view(), q.view(), Axis(0), Kind::F(F::Jsd)).unwrap(), last);
    let one = along_axis(array![0.5, 0.5].view(), array![1.0, 0.0].view(), Axis(0), Kind::F(F::Kl)).unwrap();
    assert!(one.value[[]].is_infinite() && one.gap() == 0.0);
}

#[test]
fn what_is_wrong_is_named() {
    let good = array![[0.5, 0.5], [0.25, 0.75]];
    let kind = Kind::F(F::Jsd);
    let refused = |p: &Array2<f64>, q: &Array2<f64>| pairwise(p.view(), q.view(), kind).unwrap_err();
    let unequal = refused(&good, &array![[0.5, 0.5], [0.5, 0.6]]);
    assert!(unequal.to_string().starts_with("row 1 of q: "), "{unequal}");
    assert!(matches!(unequal.cause(), Error::NotNormalised { total, .. } if (total - 1.1).abs() < 1e-15));
    let negative = refused(&array![[1.5, -0.5]], &good);
    assert!(matches!(negative.cause(), Error::Negative { at: Index::Entry(1), .. }), "{negative}");
    assert!(matches!(refused(&array![[f64::NAN, 1.0]], &good).cause(), Error::NotFinite { .. }));
    assert!(matches!(refused(&array![[0.5, 0.25, 0.25]], &good), Error::SizeMismatch { unit: "bins", .. }));
    assert!(matches!(refused(&Array2::zeros((1, 0)), &Array2::zeros((1, 0))).cause(), Error::TooFew { .. }));
    assert!(pairwise(good.view(), good.view(), Kind::F(F::JsWeighted(2.0))).is_err());
    let along = |q: &Array2<f64>, axis| along_axis(good.view(), q.view(), Axis(axis), kind);
    assert!(matches!(along(&good, 2), Err(Error::OutOfDomain { .. })));
    assert!(matches!(along(&array![[0.5, 0.5]], 1), Err(Error::SizeMismatch { .. })));
    assert!(matches!(along(&good, 0).unwrap_err().cause(), Error::NotNormalised { .. }));
}
