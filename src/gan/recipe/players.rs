//! What games check and make when they begin, and compare when they go on from a file.

use super::memory;
use crate::error::{Error, Result};
use crate::gan::player::{Learning, Player};
use crate::nn::{Activation, Layers, Mlp, Network};
use crate::numeric::stream;

/// Players with new networks, each of so many inputs, hidden layers and outputs. They learn alike.
pub(super) fn players<const N: usize>(
    networks: [(usize, &Layers, usize); N],
    learning: &Learning,
    (batch, seed): (usize, u64),
) -> Result<[Player<Mlp<f32>>; N]> {
    learning.validate()?;
    networks.iter().try_for_each(|(_, hidden, _)| hidden.validate("hidden"))?;
    memory::check(networks, batch)?;
    let player = |(k, (inputs, hidden, outputs)): (u64, (usize, &Layers, usize))| {
        // streams 2 to 15 are for other uses
        let rng = &mut stream(seed, if k < 2 { k } else { 14 + k });
        let network = Mlp::stacked(inputs, hidden, (outputs, Activation::Linear), rng)?;
        Ok(Player::new(network, learning.clone()))
    };
    let made: Vec<_> = (0..).zip(networks).map(player).collect::<Result<_>>()?;
    Ok(made.try_into().unwrap_or_else(|_| unreachable!("a player for each network")))
}

/// Checks numbers that must be positive.
pub(super) fn positive(numbers: &[(&str, f64)]) -> Result<()> {
    match numbers.iter().find(|(_, x)| !(*x > 0.0 && x.is_finite())) {
        Some(&(what, x)) => Err(Error::out_of_domain(what, x, "a positive finite number")),
        None => Ok(()),
    }
}

/// Checks that each player of a checkpoint differs from a new one in what it has learnt only.
pub(super) fn alike<N: Network<f32>>(pairs: &[(&Player<N>, &Player<N>)]) -> Result<()> {
    if pairs.iter().all(|(player, new)| player.is_like(new)) {
        return Ok(());
    }
    Err(Error::infeasible("the checkpoint", "its players are not those of its configuration and these data"))
}
