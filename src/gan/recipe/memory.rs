//! The memory that training takes, which is asked for before it is taken.

use crate::error::{Error, Result};
use crate::nn::Layers;
use crate::numeric::is_there_memory;

/// Numbers kept of each weight: itself, two of the optimiser, an average, the same four in the last good state, two on
/// the tape.
const COPIES_OF_WEIGHTS: f64 = 10.0;
/// Numbers kept of each unit and row: forward, backward, and the same again for a penalty.
const COPIES_OF_UNITS: f64 = 6.0;

/// Checks that the memory suffices for two networks, each of so many inputs, hidden layers and outputs: for what is kept of each
/// weight, and of each unit for each row of a batch.
pub(super) fn check(networks: [(usize, &Layers, usize); 2], batch: usize) -> Result<()> {
    let mut bytes = 0.0;
    for (inputs, hidden, outputs) in networks {
        let sizes: Vec<f64> =
            [inputs].into_iter().chain(hidden.sizes()).chain([outputs]).map(|size| size as f64).collect();
        let weights: f64 = sizes.windows(2).map(|pair| (pair[0] + 1.0) * pair[1]).sum();
        let units = batch as f64 * sizes.iter().sum::<f64>();
        bytes += size_of::<f32>() as f64 * (COPIES_OF_WEIGHTS * weights + COPIES_OF_UNITS * units);
    }
    if is_there_memory(bytes) {
        return Ok(());
    }
    let widest = networks.iter().flat_map(|(inputs, hidden, _)| hidden.sizes().chain([*inputs])).max();
    Err(Error::unsupported(
        format!("training with batch = {batch}"),
        format!(
            "with layers of up to {} units it takes about {bytes:.1e} bytes of memory, and so much cannot be had; take \
             a smaller batch, smaller layers or fewer columns",
            widest.unwrap_or(0)
        ),
    ))
}
