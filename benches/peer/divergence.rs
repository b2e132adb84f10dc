//! Divergences of two pmfs.

use crate::options::{Options, number};
use fenchel::Result;
use fenchel::divergence;
use serde_json::Value;

/// `--p --q`: the divergence `kind` of two pmfs from files.
pub fn discrete(kind: &str, options: &Options) -> Result<Value> {
    let pmf = |key| -> Result<_> { fenchel::measure::Pmf::new(options.vector(key)?.expect("a file")) };
    let (p, q) = (pmf("p")?, pmf("q")?);
    let (value, seconds) = match kind {
        "kl" => options.time(|| divergence::kl(&p, &q))?,
        _ => options.time(|| divergence::jsd(&p, &q))?,
    };
    Ok(number(seconds, value.value))
}
