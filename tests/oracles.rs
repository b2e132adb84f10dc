//! The reader of the reference values reads them as they are meant.

#![allow(clippy::float_cmp)] // what is written in the file is what must be read

mod common;

use common::oracles::{Tolerance, oracle};

#[test]
fn tolerances_are_read_as_written() {
    let tolerance = |id: &str| oracle(id).tolerance();
    assert_eq!(tolerance("O001"), Tolerance::Relative(1e-14));
    assert_eq!(tolerance("O031"), Tolerance::Exact);
    assert_eq!(tolerance("O037"), Tolerance::Absolute(1e-12));
    assert_eq!(tolerance("O046"), Tolerance::Relative(1e-6));
    assert_eq!(tolerance("O047"), Tolerance::Absolute(1e-15));
    assert_eq!(tolerance("O052"), Tolerance::Within(0.0, 1e-30));
    assert_eq!(tolerance("O053"), Tolerance::Exact);
    assert_eq!(tolerance("O073"), Tolerance::Relative(1e-5));
    assert_eq!(tolerance("O099"), Tolerance::Absolute(1e-15));
    assert_eq!(tolerance("O141"), Tolerance::Logarithm { value: 999.0, within: 1e-9 });
    assert_eq!(tolerance("O167"), Tolerance::Relative(0.05));
    assert_eq!(tolerance("O170"), Tolerance::Absolute(4.0 * 0.0021));
    assert_eq!(tolerance("O175"), Tolerance::Relative(0.1));
    assert_eq!(tolerance("O197"), Tolerance::Absolute(1e-12));
    assert_eq!(oracle("O035").expected, [0.5, 0.0, 2.0 / 3.0]);
    assert_eq!(oracle("O153").expected, [-2.0, -1.0]);
    assert_eq!(oracle("O205").expected.len(), 4);
    assert!(oracle("O031").value().is_infinite());
    assert!(oracle("O068").expected.is_empty());
}

#[test]
fn a_wrong_number_is_refused() {
    let row = oracle("O001");
    assert!(row.compare(&[row.value()]).is_ok());
    assert!(row.compare(&[row.value() * (1.0 + 2e-14)]).is_err());
    assert!(row.compare(&[f64::NAN]).is_err());
    assert!(row.compare(&[]).is_err());
    assert!(oracle("O031").compare(&[1e308]).is_err());
    assert!(oracle("O031").compare(&[f64::NEG_INFINITY]).is_err());
}
