//! Numbers as people read them, in tables, figures and reports.
//!
//! Numbers in error messages read back to the same bits and have their own function, [`shown`](crate::error::shown).

#[cfg(feature = "plot")]
pub(crate) mod typeset;

/// A number with this many decimals, without zeros at the end.
#[must_use]
pub fn fixed(x: f64, decimals: usize) -> String {
    trimmed(&format!("{x:.decimals$}")).to_owned()
}

/// The text of a number without zeros after its last decimal.
fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// Mantissa, without zeros at its end, and exponent of a number in scientific notation.
fn split(scientific: &str) -> (String, i64) {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    (trimmed(mantissa).to_owned(), exponent.parse().unwrap_or(0))
}

/// A number to so many significant digits, for the columns of a table: zeros at the end stay.
///
/// ```
/// use fenchel::text::significant;
/// assert_eq!([0.5, 1e-9, 0.0].map(|x| significant(x, 3)), ["0.500", "1.00e-9", "0"]);
/// ```
#[must_use]
pub fn significant(x: f64, digits: usize) -> String {
    if x.is_infinite() {
        return if x > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if x == 0.0 {
        return "0".to_owned();
    }
    let places = digits.saturating_sub(1);
    let scientific = format!("{x:.places$e}");
    let (_, exponent) = split(&scientific);
    if (-4..6).contains(&exponent) {
        let decimals = usize::try_from(places as i64 - exponent).unwrap_or(0);
        format!("{x:.decimals$}")
    } else {
        scientific
    }
}

/// A number to ten significant digits, for numbers that are to be compared: no zeros at the end, and a true minus sign.
///
/// ```
/// use fenchel::text::ten_digits;
/// assert_eq!([-0.5, 2e-7 / 3.0, f64::INFINITY].map(ten_digits), ["−0.5", "6.666666667e-8", "∞"]);
/// ```
#[must_use]
pub fn ten_digits(x: f64) -> String {
    if x.is_infinite() {
        return if x > 0.0 { "∞" } else { "−∞" }.to_owned();
    }
    if x == 0.0 {
        return "0".to_owned();
    }
    let text = if (1e-3..1e6).contains(&x.abs()) {
        fixed(x, (9 - x.abs().log10().floor() as i32).max(0) as usize)
    } else {
        let (mantissa, exponent) = split(&format!("{x:.9e}"));
        format!("{mantissa}e{exponent}")
    };
    text.replace('-', "−").replace("e−", "e-")
}

/// A size to two significant digits, for errors and tolerances.
///
/// ```
/// use fenchel::text::two_digits;
/// assert_eq!([0.0, 1e-9, 0.25].map(two_digits), ["0", "1e-9", "2.5e-1"]);
/// ```
#[must_use]
pub fn two_digits(x: f64) -> String {
    if x.abs() < f64::MIN_POSITIVE {
        "0".to_owned()
    } else if x.is_infinite() {
        "∞".to_owned()
    } else {
        let (mantissa, exponent) = split(&format!("{x:.1e}"));
        format!("{mantissa}e{exponent}")
    }
}

/// A value to the second digit of its standard error, with at most six decimals; with three if there is no error.
///
/// ```
/// use fenchel::text::with_error;
/// assert_eq!([with_error(-0.51234, Some(0.012)), with_error(0.5, None)], ["−0.512 ± 0.012", "0.500"]);
/// ```
#[must_use]
pub fn with_error(value: f64, error: Option<f64>) -> String {
    let decimals = match error {
        Some(error) if error > 0.0 => (1.0 - error.log10().floor()).clamp(0.0, 6.0) as usize,
        _ => 3,
    };
    let value = format!("{value:.decimals$}").replace('-', "−");
    match error {
        Some(error) => format!("{value} ± {error:.decimals$}"),
        None => value,
    }
}

/// A place on an axis, for the name of a row or a column: three decimals, or two digits and an exponent.
#[must_use]
pub fn place(t: f64) -> String {
    if t.abs() >= 1e5 || (t != 0.0 && t.abs() < 1e-3) { format!("{t:.1e}") } else { fixed(t, 3) }
}

/// A share in per cent, with all the digits it was given with: 0.9999 is not 100.
#[must_use]
pub fn percent(share: f64) -> String {
    let rounded = (1e12 * share).round() / 1e10;
    format!("{}", if rounded < 100.0 { rounded } else { 100.0 * share })
}
