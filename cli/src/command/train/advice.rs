//! Settings in words, and what to try where they do not work.

use super::start::Start;
use fenchel::text::significant;
use toml::{Table, Value};

/// The settings that make a run what it is.
pub fn in_words(start: &Start) -> String {
    let word = |key: &str| start.gan.get(key).and_then(Value::as_str).map(|value| format!("{key} {value}"));
    let seed = start.gan.get("seed").map(|seed| format!("seed {seed}"));
    let named = [Some(format!("game {}", start.game)), word("objective"), word("penalty"), word("limit"), seed];
    named.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What to try after a loss or a gradient was not finite.
pub fn against_divergence(settings: &Table) -> String {
    let says = |key: &str, word: &str| settings.get(key).and_then(Value::as_str) == Some(word);
    let mut tries = Vec::new();
    if says("penalty", "none") && says("limit", "none") {
        tries.push("--penalty r1r2:0.1, which keeps the discriminator from being steep".to_owned());
    }
    if let Some(rate) = rates(settings).into_iter().reduce(f64::max) {
        tries.push(format!("--rate {}, a quarter of the largest rate", significant(rate / 4.0, 2)));
    }
    if !settings.contains_key("clipping") {
        tries.push("--clip-gradients 1".to_owned());
    }
    format!("try {}", tries.join("; or "))
}

/// The rates of the optimisers.
fn rates(settings: &Table) -> Vec<f64> {
    let of = |(key, value): (&String, &Value)| match value {
        Value::Table(part) => rates(part),
        Value::Float(rate) if key == "rate" => vec![*rate],
        _ => Vec::new(),
    };
    settings.iter().flat_map(of).collect()
}
