//! Formulas on a page: TeX as MathML, which browsers set without a font or a script, and the indices of plain text.

use pulldown_latex::config::DisplayMode;
use pulldown_latex::{Parser, RenderConfig, Storage, push_mathml};

/// TeX as MathML, with the TeX itself as annotation, so that it can be copied.
///
/// What is no TeX becomes an `<merror>` with the reason.
pub(super) fn math(tex: &str, display: bool) -> String {
    let storage = Storage::new();
    let display_mode = if display { DisplayMode::Block } else { DisplayMode::Inline };
    let config = RenderConfig { display_mode, annotation: Some(tex), ..RenderConfig::default() };
    let mut mathml = String::new();
    push_mathml(&mut mathml, Parser::new(tex, &storage), config).expect("writing to memory");
    mathml
}

/// A name that can stand in an `id` and in a link.
pub(super) fn anchor(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect()
}

/// Text that may stand in HTML.
pub(super) fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut html, c| {
        push_escaped(&mut html, c);
        html
    })
}

fn push_escaped(html: &mut String, c: char) {
    match c {
        '&' => html.push_str("&amp;"),
        '<' => html.push_str("&lt;"),
        '>' => html.push_str("&gt;"),
        '"' => html.push_str("&quot;"),
        c => html.push(c),
    }
}

/// Plain text with its indices lowered and its exponents raised: `q_θ`, `q(c)^{n_c}`, `e^−s`, `P_G0`, `W1`.
///
/// An index belongs to one letter or to a bracket, so the underscore of `kl_div` is kept.
pub(super) fn scripts(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut html = String::with_capacity(text.len());
    let mut k = 0;
    while k < chars.len() {
        let tag = match chars[k] {
            '_' if carries_index(&chars[..k]) => "sub",
            '^' if k > 0 => "sup",
            'W' if is_distance(&chars, k) => {
                html.push_str(&format!("W<sub>{}</sub>", chars[k + 1]));
                k += 2;
                continue;
            }
            c => {
                push_escaped(&mut html, c);
                k += 1;
                continue;
            }
        };
        let (script, next) = script_at(&chars, k + 1);
        if script.is_empty() {
            push_escaped(&mut html, chars[k]);
            k += 1;
        } else {
            html.push_str(&format!("<{tag}>{}</{tag}>", scripts(&script)));
            k = next;
        }
    }
    html
}

/// Whether an underscore after these characters begins an index: after a single letter, a star or a bracket.
fn carries_index(before: &[char]) -> bool {
    let letters = before.iter().rev().take_while(|c| c.is_alphanumeric()).count();
    match before.last() {
        Some(c) if c.is_alphanumeric() => letters == 1,
        Some(c) => ")]}*‖|'’′\u{302}".contains(*c),
        None => false,
    }
}

/// Whether the letter at `k` is that of W1 or W2.
fn is_distance(chars: &[char], k: usize) -> bool {
    let alone = |at: Option<&char>| at.is_none_or(|c| !c.is_alphanumeric());
    let before = k.checked_sub(1).and_then(|k| chars.get(k));
    alone(before) && matches!(chars.get(k + 1), Some('1' | '2')) && alone(chars.get(k + 2))
}

/// The index or exponent that begins at `k`, and where the text goes on.
fn script_at(chars: &[char], k: usize) -> (String, usize) {
    if chars.get(k) == Some(&'{') {
        let mut depth = 0;
        for (end, c) in chars.iter().enumerate().skip(k) {
            depth += i32::from(*c == '{') - i32::from(*c == '}');
            if depth == 0 {
                return (chars[k + 1..end].iter().collect(), end + 1);
            }
        }
        return (String::new(), k);
    }
    let sign = usize::from(matches!(chars.get(k), Some('−' | '-')));
    let run = chars.iter().skip(k + sign).take_while(|c| c.is_alphanumeric() || **c == '*').count();
    let end = if run > 0 { k + sign + run } else { k };
    (chars[k..end].iter().collect(), end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_and_exponents_of_plain_text() {
        for (text, html) in [
            ("ln q_θ(x_n) < 0", "ln q<sub>θ</sub>(x<sub>n</sub>) &lt; 0"),
            ("Π_c q(c)^{n_c}", "Π<sub>c</sub> q(c)<sup>n<sub>c</sub></sup>"),
            ("E_{x∼p_g} f and P_G0", "E<sub>x∼p<sub>g</sub></sub> f and P<sub>G0</sub>"),
            ("e^−s, 10^{-3}", "e<sup>−s</sup>, 10<sup>-3</sup>"),
            ("W1 of W12 and W1x", "W<sub>1</sub> of W12 and W1x"),
            ("scipy.special.kl_div, a _ b", "scipy.special.kl_div, a _ b"),
            ("D*_q ‖h‖_L ≤ 1", "D*<sub>q</sub> ‖h‖<sub>L</sub> ≤ 1"),
            ("open {brace and x_{", "open {brace and x_{"),
        ] {
            assert_eq!(scripts(text), html);
        }
    }

    #[test]
    fn tex_becomes_mathml_and_keeps_its_source() {
        let html = math(r"D^\ast = \frac{p}{p+q}", true);
        assert!(html.starts_with("<math display=\"block\""), "{html}");
        assert!(html.contains("<mfrac>") && html.contains(r"D^\ast = \frac{p}{p+q}"), "{html}");
        assert!(!html.contains("merror") && math(r"\nonsense{", false).contains("merror"));
    }
}
