//! The memory that training takes, which is asked for before it is taken.

use crate::error::{Error, Result};
use crate::nn::{Activation, Layers, through};
use crate::numeric::is_there_memory;

/// Numbers kept of each weight: itself, two of the optimiser, an average, the same four in the last good state, two on
/// the tape.
const COPIES_OF_WEIGHTS: f64 = 10.0;
/// Numbers kept of each unit and row: forward, backward, and the same again for a penalty.
const COPIES_OF_UNITS: f64 = 6.0;

/// Checks that networks, each of so many inputs, hidden layers and outputs, are possible, and that the memory suffices for them:
/// for what is kept of each weight, and of each unit for each row of a batch.
pub(super) fn check<'a>(networks: impl IntoIterator<Item = (usize, &'a Layers, usize)>, batch: usize) -> Result<()> {
    let (mut bytes, mut widest) = (0.0, 0);
    for (inputs, hidden, outputs) in networks {
        let planned = through(hidden, inputs, (outputs, Activation::Linear))?;
        let product = |(rows, columns): (usize, usize)| (rows as f64 + 1.0) * columns as f64;
        let weights: f64 = planned.iter().map(|plan| product(plan.weight)).sum();
        let units = planned.iter().map(|plan| plan.outputs as f64 + plan.on_the_way as f64).sum::<f64>();
        let units = batch as f64 * (units + inputs as f64);
        bytes += size_of::<f32>() as f64 * (COPIES_OF_WEIGHTS * weights + COPIES_OF_UNITS * units);
        let inner = planned.iter().rev().skip(1).map(|plan| plan.outputs);
        widest = inner.chain([inputs, widest]).max().unwrap_or(0);
    }
    if is_there_memory(bytes) {
        return Ok(());
    }
    Err(Error::unsupported(
        format!("training with batch = {batch}"),
        format!(
            "with layers of up to {widest} units it takes about {bytes:.1e} bytes of memory, and so much cannot be had; take \
             a smaller batch, smaller layers or fewer columns"
        ),
    ))
}
