//! What games check and make when they begin, and compare when they go on from a file.

use super::memory;
use crate::error::{Error, Result};
use crate::gan::player::{Learning, Player};
use crate::nn::{Activation, Layers, Mlp, Network};
use crate::numeric::stream;

/// Players with new networks that learn alike. Of each: what its configuration calls its hidden layers, its inputs, these layers and its
/// outputs.
pub(super) fn players<const N: usize>(
    networks: [(&str, usize, &Layers, usize); N],
    learning: &Learning,
    (batch, seed): (usize, u64),
) -> Result<[Player<Mlp<f32>>; N]> {
    learning.validate()?;
    networks.iter().try_for_each(|(what, _, hidden, _)| hidden.validate(what))?;
    memory::check(networks.map(|(_, inputs, hidden, outputs)| (inputs, hidden, outputs)), batch)?;
    let player = |(k, (_, inputs, hidden, outputs)): (u64, (&str, usize, &Layers, usize))| {
        // streams 2 to 15 are for other uses
        let rng = &mut stream(seed, if k < 2 { k } else { 14 + k });
        let network = Mlp::stacked(inputs, hidden, (outputs, Activation::Linear), rng)?;
        Ok(Player::new(network, learning.clone()))
    };
    let made: Vec<_> = (0..).zip(networks).map(player).collect::<Result<_>>()?;
    Ok(made.try_into().unwrap_or_else(|_| unreachable!("a player for each network")))
}

/// Checks counts, of which there must be one at least.
pub(super) fn counts(numbers: &[(&str, u64)]) -> Result<()> {
    match numbers.iter().find(|(_, n)| *n == 0) {
        Some(&(what, _)) => Err(Error::out_of_domain(what, 0.0, "at least 1")),
        None => Ok(()),
    }
}

/// Checks numbers that may be 0.
pub(super) fn not_negative(numbers: &[(&str, f64)]) -> Result<()> {
    match numbers.iter().find(|(_, x)| !(*x >= 0.0 && x.is_finite())) {
        Some(&(what, x)) => Err(Error::out_of_domain(what, x, "a finite number that is not negative")),
        None => Ok(()),
    }
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
    same(pairs.iter().all(|(player, new)| player.is_like(new)))
}

/// Checks that what a checkpoint has is what a new game has.
pub(super) fn same(is_same: bool) -> Result<()> {
    if is_same {
        return Ok(());
    }
    Err(Error::infeasible("the checkpoint", "its players are not those of its configuration and these data"))
}
