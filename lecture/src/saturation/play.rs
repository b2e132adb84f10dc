//! The generator of E4 on a slider.

use super::shared::{CHAPTER, quantile_w1, shifted, tv};
use crate::play::{Explorable, shortened};
use fenchel::Result;
use fenchel::divergence::density;
use fenchel::record::json::Number;
use serde::Serialize;

/// Steps of the shift, and how many.
const STEP: f64 = 0.01;
const STEPS: usize = 500;

#[derive(Serialize)]
struct Data {
    step: f64,
    jsd: Vec<Number>,
    tv: Vec<Number>,
    w1: Vec<Number>,
    kl: Vec<Number>,
}

/// The shift of a uniform law from another.
pub(crate) fn shift() -> Result<Explorable> {
    let at = |k: usize| -> Result<[f64; 4]> {
        let (p, q) = shifted(STEP * k as f64)?;
        Ok([density::jsd(&p, &q)?.value, tv(&p, &q)?, quantile_w1(&p, &q)?, density::kl(&p, &q)?.value])
    };
    let found = (0..=STEPS).map(at).collect::<Result<Vec<_>>>()?;
    let of = |k: usize| shortened(&found.iter().map(|values| values[k]).collect::<Vec<_>>());
    let data = Data { step: STEP, jsd: of(0), tv: of(1), w1: of(2), kl: of(3) };
    Ok(Explorable::new(
        (CHAPTER, "saturation"),
        "Move the generator",
        "Data U[0, 1], generator U[t, t + 1]. From t = 1 on the Jensen-Shannon divergence and the total variation stand still, and so does \
         what a generator could learn from them. Each of the 501 places was computed by the library.",
        &data,
    ))
}
