//! Numbers as figures print them: a true minus sign, and powers of ten with raised exponents.

use super::{fixed, split};

/// A label in which `_{...}` is an index, without the signs that say so.
pub(crate) fn without_scripts(text: &str) -> String {
    if text.contains("_{") { text.replace("_{", "").replace('}', "") } else { text.to_owned() }
}

/// `multiple` times a power of ten with all its digits and its sign, in the shorter notation.
pub(crate) fn signed(multiple: f64, order: i32) -> String {
    if multiple == 0.0 {
        return String::new();
    }
    let digits = format!("{:.0}", multiple.abs());
    let short = digits.trim_end_matches('0');
    let exponent = order as i64 + digits.len() as i64 - 1;
    let mantissa = if short.len() > 1 { format!("{}.{}×", &short[..1], &short[1..]) } else { format!("{short}×") };
    let power = if mantissa == "1×" { power_of_ten(exponent) } else { mantissa + &power_of_ten(exponent) };
    let written = if !(-4..=15).contains(&exponent) {
        power.clone()
    } else {
        let point = exponent + 1;
        let zeros = |n: i64| "0".repeat(n.max(0) as usize);
        if point <= 0 {
            format!("0.{}{short}", zeros(-point))
        } else if point as usize >= short.len() {
            format!("{short}{}", zeros(point - short.len() as i64))
        } else {
            format!("{}.{}", &short[..point as usize], &short[point as usize..])
        }
    };
    let shortest = if power.chars().count() < written.chars().count() { power } else { written };
    format!("{}{shortest}", if multiple < 0.0 { '−' } else { '+' })
}

/// A number with all the digits that distinguish it from its neighbours.
pub(crate) fn full(value: f64) -> String {
    if value == 0.0 || (1e-4..1e5).contains(&value.abs()) {
        return format!("{value}").replace('-', "−");
    }
    let (mantissa, exponent) = split(&format!("{value:e}"));
    format!("{mantissa}×{}", power_of_ten(exponent)).replace('-', "−")
}

/// Two values printed beside data, in as many digits as tell them apart.
pub(crate) fn short_pair(a: f64, b: f64) -> (String, String) {
    let (x, y) = (short(a), short(b));
    #[allow(clippy::float_cmp)] // told apart if they differ at all
    if x != y || a == b || !(a.is_finite() && b.is_finite()) { (x, y) } else { (full(a), full(b)) }
}

/// A number as a person would write it: `decimals` places, a true minus sign, powers of ten where zeros would pile up.
pub(crate) fn number(value: f64, decimals: usize) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "∞".to_owned() } else { "−∞".to_owned() };
    }
    let size = value.abs();
    let text = if value == 0.0 || (decimals < 300 && size < 0.5 * 10f64.powi(-(decimals as i32))) {
        "0".to_owned()
    } else if size >= 1e5 || decimals > 4 {
        scientific(value)
    } else {
        format!("{value:.decimals$}")
    };
    text.replace('-', "−")
}

/// Four significant digits, for values printed beside data.
pub(crate) fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || !value.is_finite() {
        return number(value, 0);
    }
    if !(1e-4..1e5).contains(&size) {
        return scientific(value).replace('-', "−");
    }
    let decimals = (3.0 - size.log10().floor()).clamp(0.0, 7.0) as usize;
    fixed(value, decimals).replace('-', "−")
}

/// At most three digits and a power of ten.
fn scientific(value: f64) -> String {
    let (mantissa, exponent) = split(&format!("{value:.2e}"));
    let power = power_of_ten(exponent);
    match mantissa.as_str() {
        "1" => power,
        "-1" => format!("-{power}"),
        mantissa => format!("{mantissa}×{power}"),
    }
}

/// A power of ten with a raised exponent; 1 for the exponent 0.
pub(crate) fn power_of_ten(exponent: i64) -> String {
    if exponent == 0 {
        return "1".to_owned();
    }
    let digits = exponent.to_string();
    let raised = digits.chars().map(|c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        _ => char::from_u32(0x2070 + c.to_digit(10).unwrap_or(0)).unwrap_or(c),
    });
    "10".chars().chain(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers() {
        assert_eq!(short(std::f64::consts::LN_2), "0.6931");
        assert_eq!(short(100.0), "100");
        assert_eq!(short(0.05), "0.05");
        assert_eq!(short(0.099_999_999_9), "0.1");
        assert_eq!(short(9.9999e-9), "10⁻⁸");
        assert_eq!(short(0.1 + 0.2), "0.3");
        assert_eq!(short(-2.5e-7), "−2.5×10⁻⁷");
        assert_eq!(short(f64::INFINITY), "∞");
    }
}
