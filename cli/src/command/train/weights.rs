//! The weights of the players in files that other programs read.
//!
//! A file of `safetensors` is a header of JSON with the shapes, and the numbers. The names are those of layers in order,
//! `layers.0.weight` and `layers.0.bias`; rows of samples are multiplied from the left, `y = x W + b`, so a weight is inputs
//! x outputs; under spectral normalisation it is that before the division. A layer
//! that is normalised has `layers.0.gain` too; the running means of batch normalisation are in the checkpoint alone. What a run continues from is its checkpoint, which has more in it: optimisers, averages, random streams.

use super::data::Data;
use super::playing::{Playing, layered};
use anyhow::{Context, Result};
use fenchel::record::Run;
use fenchel::record::json;
use ndarray::Array1;
use safetensors::tensor::{Dtype, TensorView, serialize};
use serde::Serialize;
use std::collections::HashMap;
use toml::Table;

/// What a file says of itself.
#[derive(Serialize)]
struct About<'a> {
    player: &'a str,
    steps: u64,
    settings: &'a Table,
}

/// Writes a file a player. The generator's has what turns its outputs into the data's own units.
pub fn save(run: &Run, game: &dyn Playing, data: &Data, settings: &Table) -> Result<()> {
    for (k, (name, weights)) in game.players().into_iter().enumerate() {
        let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = layered(&weights)
            .into_iter()
            .zip(&weights)
            .map(|((layer, what), w)| {
                let bytes = w.iter().flat_map(|x| x.to_le_bytes()).collect();
                (format!("layers.{layer}.{what}"), Dtype::F32, vec![w.nrows(), w.ncols()], bytes)
            })
            .collect();
        if k == 0 {
            let row = |name: &str, x: &Array1<f64>| {
                let bytes = x.iter().flat_map(|x| x.to_le_bytes()).collect();
                (name.to_owned(), Dtype::F64, vec![x.len()], bytes)
            };
            tensors.push(row("output.scale", &(data.scale() * game.unit())));
            tensors.push(row("output.shift", data.shift()));
        }
        // one entry: several would stand in an order of chance
        let about =
            HashMap::from([("fenchel".to_owned(), json::line(&About { player: name, steps: game.steps(), settings }))]);
        let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
            TensorView::new(*dtype, shape.clone(), bytes).map(|view| (name.as_str(), view))
        });
        let views = views.collect::<Result<Vec<_>, _>>().context("weights")?;
        run.save(&format!("{name}.safetensors"), &serialize(views, Some(about)).context("weights")?)?;
    }
    Ok(())
}
