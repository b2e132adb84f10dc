//! The reference values of `tests/golden/oracles.csv`, each checked at the tolerance that its own row states.
//!
//! A test names a row and hands over what the library computed; the expected number is never in the code:
//! `oracle("O012").check(kl(&p, &q)?.value)`.

#![allow(dead_code, clippy::float_cmp)] // each test file uses a part of this; `exact` rows mean bit for bit

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One row of the file.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: String,
    pub category: String,
    pub case: String,
    pub inputs: String,
    pub quantity: String,
    /// The expected entry as written.
    pub text: String,
    /// Its numbers, where it consists of numbers: separated by comma, semicolon or blank, `1/2` a fraction.
    pub expected: Vec<f64>,
    /// The tolerance as written.
    pub tolerance: String,
    pub note: String,
}

/// How far a measured number may be from the expected one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tolerance {
    /// The same number.
    Exact,
    /// `|measured - expected| <= r |expected|`.
    Relative(f64),
    /// `|measured - expected| <= a`.
    Absolute(f64),
    /// Anywhere in `[lo, hi]`.
    Within(f64, f64),
    /// The measured number is the logarithm of the expected one.
    Logarithm { value: f64, within: f64 },
}

static ROWS: LazyLock<BTreeMap<String, Row>> = LazyLock::new(|| {
    let text = include_str!("../golden/oracles.csv");
    let mut rows = BTreeMap::new();
    for record in csv::Reader::from_reader(text.as_bytes()).records() {
        let record = record.expect("oracles.csv is well formed");
        let field = |i: usize| record[i].trim().to_owned();
        let row = Row {
            id: field(0),
            category: field(1),
            case: field(2),
            inputs: field(3),
            quantity: field(4),
            text: field(5),
            expected: numbers(&field(5)),
            tolerance: field(6),
            note: field(7),
        };
        assert!(rows.insert(row.id.clone(), row).is_none(), "an id occurs twice");
    }
    rows
});

/// The row with this id.
pub fn oracle(id: &str) -> &'static Row {
    ROWS.get(id).unwrap_or_else(|| panic!("oracles.csv has no row {id}"))
}

/// All rows of these categories, by id.
pub fn rows(categories: &[&str]) -> Vec<&'static Row> {
    ROWS.values().filter(|row| categories.contains(&row.category.as_str())).collect()
}

impl Row {
    /// Panics unless the measured number is the expected one within this row's tolerance.
    #[track_caller]
    pub fn check(&self, measured: f64) {
        self.check_all(&[measured]);
    }

    /// As [`Row::check`] for rows that hold several numbers.
    #[track_caller]
    pub fn check_all(&self, measured: &[f64]) {
        if let Err(why) = self.compare(measured) {
            panic!("{} ({}; {}): {why}", self.id, self.inputs, self.quantity);
        }
    }

    /// Panics unless every one of the measured numbers is the row's one number.
    #[track_caller]
    pub fn check_each(&self, measured: &[f64]) {
        assert!(!measured.is_empty(), "{}: nothing measured", self.id);
        measured.iter().for_each(|&x| self.check(x));
    }

    /// The one number expected.
    #[track_caller]
    pub fn value(&self) -> f64 {
        assert_eq!(self.expected.len(), 1, "{} expects `{}`", self.id, self.text);
        self.expected[0]
    }

    /// Whether the measured numbers are the expected ones, with the reason where they are not.
    pub fn compare(&self, measured: &[f64]) -> Result<(), String> {
        if self.expected.is_empty() {
            return Err(format!("expects `{}`, which is no number; check `text` instead", self.text));
        }
        if self.expected.len() != measured.len() {
            return Err(format!("expects {} numbers, {} measured", self.expected.len(), measured.len()));
        }
        let tolerance = self.tolerance();
        for (&want, &got) in self.expected.iter().zip(measured) {
            if !tolerance.accepts(want, got) {
                let error = ((got - want) / want).abs();
                return Err(format!(
                    "expected {want:e}, measured {got:e} (relative error {error:.2e}), tolerance `{}`",
                    self.tolerance
                ));
            }
        }
        Ok(())
    }

    /// The tolerance as written, understood.
    pub fn tolerance(&self) -> Tolerance {
        let text = self.tolerance.as_str();
        let number_after = |word: &str| {
            let rest = text.split_once(word)?.1.trim_start();
            number(rest.split([' ', ',', ';', '(']).next()?)
        };
        if let Some(rest) = text.strip_prefix("log f* = ") {
            let (value, rest) = rest.split_once(" +- ").expect("log f* = VALUE +- WITHIN");
            let within = rest.split(' ').next().and_then(number).expect("a number after +-");
            return Tolerance::Logarithm { value: number(value).expect("a number"), within };
        }
        if text.starts_with(">=0 and <=") {
            return Tolerance::Within(0.0, number_after("<=").expect("a number after <="));
        }
        if let Some(a) = number_after("exact to ").or_else(|| number_after("abs ")) {
            return Tolerance::Absolute(a);
        }
        if text.starts_with("exact") {
            return Tolerance::Exact;
        }
        if let Some(sd) = number_after("sd ") {
            return Tolerance::Absolute(4.0 * sd);
        }
        if text.ends_with('%') || text.contains("% ") {
            let percent = text.split('%').next().and_then(|t| t.rsplit(' ').next()).and_then(number);
            return Tolerance::Relative(percent.expect("a number before %") / 100.0);
        }
        if let Some(r) = number_after("rel ") {
            return Tolerance::Relative(r);
        }
        if text.starts_with("underflow to 0") {
            return Tolerance::Within(0.0, f64::MIN_POSITIVE);
        }
        match text.split(' ').next().and_then(number) {
            Some(a) => Tolerance::Absolute(a),
            None => Tolerance::Relative(1e-12), // the row states none
        }
    }
}

impl Tolerance {
    fn accepts(self, want: f64, got: f64) -> bool {
        if got.is_nan() {
            return false;
        }
        match self {
            Self::Within(lo, hi) => (lo..=hi).contains(&got),
            Self::Logarithm { value, within } => (got - value).abs() <= within,
            _ if want.is_infinite() || got.is_infinite() => want == got,
            Self::Exact => want == got,
            Self::Relative(r) => (got - want).abs() <= r * want.abs(),
            Self::Absolute(a) => (got - want).abs() <= a,
        }
    }
}

fn numbers(text: &str) -> Vec<f64> {
    let parts = text.split([',', ';', ' ']).filter(|part| !part.is_empty());
    parts.map(number).collect::<Option<_>>().unwrap_or_default()
}

fn number(text: &str) -> Option<f64> {
    match text.split_once('/') {
        Some((over, under)) => Some(over.parse::<f64>().ok()? / under.parse::<f64>().ok()?),
        None => text.parse().ok(),
    }
}
