//! What a field of a text file is: a number, something that was meant as one, nothing, or a word.

/// The kinds of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// What `f64` reads.
    Number,
    /// What another program or a person would read as a number or a truth value: `1,234`, `50%`, `$5`, `True`, `0x10`.
    Meant,
    /// Nothing, or one of the marks for it.
    Missing,
    /// Anything else.
    Word,
}

/// Marks for a missing value, in lower case.
const MISSING: [&str; 10] = ["", "na", "n/a", "#n/a", "null", "none", "nil", "?", "-", "."];

impl Field {
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim();
        if text.parse::<f64>().is_ok() {
            return Self::Number;
        }
        let lower = text.to_ascii_lowercase();
        if MISSING.contains(&lower.as_str()) {
            Self::Missing
        } else if why(&lower).is_some() || is_meant(&lower) {
            Self::Meant
        } else {
            Self::Word
        }
    }
}

/// Marks for a missing cell of a table whatever its column holds, in lower case.
const NOTHING: [&str; 11] = ["", "na", "n/a", "#n/a", "#na", "<na>", "nan", "-nan", "null", "none", "nil"];

/// Whether a cell of a table says that it is missing.
pub(super) fn is_missing(text: &str) -> bool {
    text.len() <= 4 && NOTHING.contains(&text.to_ascii_lowercase().as_str())
}

/// Whether it says so among numbers; among words `?`, `-` and `.` are words.
pub(super) fn is_missing_number(text: &str) -> bool {
    matches!(text, "?" | "-" | ".")
}

/// Digits and nothing but what stands between and around the digits of numbers, dates and times.
fn is_meant(lower: &str) -> bool {
    lower.bytes().any(|b| b.is_ascii_digit())
        && lower.chars().all(|c| c.is_ascii_digit() || "+-−.,_' ()/:%$€£¥\u{a0}".contains(c))
}

/// What is wrong with a field that is nearly a number, and what would be right.
pub(super) fn hint(field: &str) -> Option<String> {
    why(&field.trim().to_ascii_lowercase())
}

fn why(lower: &str) -> Option<String> {
    let number = |text: &str| text.trim().parse::<f64>().is_ok_and(f64::is_finite);
    if matches!(lower, "true" | "false") {
        return Some(format!("{} in its place", u8::from(lower == "true")));
    }
    if let Some(share) = lower.strip_suffix('%').filter(|rest| number(rest)) {
        return Some(format!("without the per cent sign ({share} % is a share of {share}/100)"));
    }
    if ["$", "€", "£", "¥"].iter().any(|sign| lower.contains(sign) && number(&lower.replace(sign, ""))) {
        return Some("without the sign of a currency".to_owned());
    }
    if lower.contains('_') && number(&lower.replace('_', "")) {
        return Some("without underscores".to_owned());
    }
    let unsigned = lower.trim_start_matches(['+', '-']);
    if unsigned.strip_prefix("0x").is_some_and(|hex| !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit())) {
        return Some("in decimal digits".to_owned());
    }
    if unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') && number(&lower.replacen('d', "e", 1)) {
        return Some("with e before the exponent".to_owned());
    }
    if !lower.contains(',') {
        return None;
    }
    if in_thousands(unsigned) {
        return Some("without commas between the thousands, and with a decimal point".to_owned());
    }
    number(&lower.replace(',', ".")).then(|| "with a decimal point".to_owned())
}

/// `1,234`, `1,234,567.8`: groups of three digits after the first.
fn in_thousands(unsigned: &str) -> bool {
    let whole = unsigned.split_once('.').map_or(unsigned, |(whole, _)| whole);
    let digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    let mut groups = whole.split(',');
    groups.next().is_some_and(|first| (1..=3).contains(&first.len()) && digits(first))
        && groups.all(|group| group.len() == 3 && digits(group))
        && unsigned.replace(',', "").parse::<f64>().is_ok()
}

/// A whole number without point or exponent.
pub(super) fn is_whole(field: &str) -> bool {
    let digits = field.trim().trim_start_matches(['+', '-']);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_fields() {
        for text in ["1", "-2.5e-3", ".5", "inf", "NaN", " 7 "] {
            assert_eq!(Field::of(text), Field::Number, "{text}");
        }
        for text in [
            "1,234",
            "1,234.5",
            "0,5",
            "50%",
            "12.5 %",
            "$5",
            "-$5.50",
            "5€",
            "True",
            "FALSE",
            "1_000",
            "0x10",
            "-0xff",
            "1.0D0",
            "1d-3",
            "2020-01-31",
            "12:30",
            "1.2.3",
            "1 000",
            "(5)",
        ] {
            assert_eq!(Field::of(text), Field::Meant, "{text}");
        }
        for text in ["", " ", "NA", "n/a", "null", "?", "-"] {
            assert_eq!(Field::of(text), Field::Missing, "{text}");
        }
        for text in ["x", "x1", "1st", "50m", "3d", "d", "e", "body mass", "xa0", "truth", "%", "$"] {
            assert_eq!(Field::of(text), Field::Word, "{text}");
        }
        assert!(is_whole("0") && is_whole("-12") && !is_whole("1.0") && !is_whole("1e3") && !is_whole(""));
        assert_eq!(hint("four"), None);
        assert_eq!(hint("4,5").as_deref(), Some("with a decimal point"));
        assert!(hint("1,234").unwrap().contains("thousands"));
    }
}
