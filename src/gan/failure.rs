//! Why training stopped: which player could not move, and where its numbers had gone.

use super::player::Trained;
use crate::nn::Blame;

/// What was not finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFinite {
    /// The loss.
    Loss,
    /// The gradient by the parameter of this number; the loss was finite.
    Gradient(usize),
    /// The parameter of this number, after a step.
    Weight(usize),
}

/// The player that could not move, as it was then.
///
/// Players are numbered as in [`Game::players`](super::Game::players), parameters as in
/// [`Network::parameters`](crate::nn::Network::parameters): weight and bias of each layer in turn for a perceptron.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Failure {
    /// Rounds finished before it was found. Weights are looked at every hundred rounds only.
    pub step: u64,
    /// The player.
    pub player: usize,
    /// What was not finite.
    pub what: NotFinite,
    /// The player and its parameter with the largest entry of all, which is often where it began.
    pub largest: (usize, usize),
    /// The size of that entry; infinite where it is no number.
    pub size: f64,
}

impl Failure {
    /// The failure of a round, if it was noted or weights show it.
    pub(super) fn of(step: u64, players: &[&dyn Trained], fault: Option<Blame>) -> Option<Self> {
        let noted = fault.and_then(|fault| {
            let is_owner =
                |player: &&dyn Trained| player.weights().first().map(|w| w.as_ptr() as usize) == Some(fault.owner);
            let what = fault.parameter.map_or(NotFinite::Loss, NotFinite::Gradient);
            Some((players.iter().position(is_owner)?, what))
        });
        let broken = || {
            players.iter().enumerate().find_map(|(k, player)| {
                let weights = player.weights();
                Some((k, NotFinite::Weight(weights.iter().position(|w| !w.iter().all(|w| w.is_finite()))?)))
            })
        };
        let (player, what) = noted.or_else(broken)?;
        let (mut largest, mut most) = ((player, 0), 0.0);
        for (p, player) in players.iter().enumerate() {
            for (k, weight) in player.weights().into_iter().enumerate() {
                let size =
                    weight.iter().fold(0.0, |most, w| if w.is_nan() { f32::INFINITY } else { f32::max(most, w.abs()) });
                if f64::from(size) > most {
                    (largest, most) = ((p, k), f64::from(size));
                }
            }
        }
        Some(Self { step, player, what, largest, size: most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gan::{Learning, Player};
    use crate::nn::{Activation, Mlp, Rule, Tape};
    use crate::numeric::stream;
    use ndarray::array;

    fn player(seed: u64, rate: f64) -> Player<Mlp<f32>> {
        let network = Mlp::new(&[1, 2, 1], Activation::Linear, Activation::Linear, &mut stream(seed, 0));
        Player::new(network, Learning::new(Rule::gradient_descent(rate)))
    }

    /// What a player notes on the tape when its loss of the input cannot be followed.
    fn fault(player: &mut Player<Mlp<f32>>, x: f32, scale: f64) -> Option<Blame> {
        let tape = Tape::new();
        let bound = player.bind(&tape);
        let loss = bound.forward(tape.leaf(array![[x]])).mean().scale(scale);
        assert!(player.descend(&bound, loss, 0.0).is_none());
        tape.fault()
    }

    #[test]
    fn the_player_and_what_was_not_finite_are_named() {
        let (mut first, mut second) = (player(0, 0.1), player(1, 0.1));
        let of = |fault, players: [&dyn Trained; 2]| Failure::of(7, &players, fault).unwrap();

        let nan = fault(&mut second, f32::NAN, 1.0);
        let failure = of(nan, [&first, &second]);
        assert_eq!((failure.step, failure.player, failure.what), (7, 1, NotFinite::Loss));
        assert!(failure.size > 0.0 && failure.size.is_finite());

        // finite, but its square is not
        let steep = fault(&mut first, 1e-10, 1e30);
        let failure = of(steep, [&first, &second]);
        assert_eq!(failure.player, 0);
        assert!(matches!(failure.what, NotFinite::Gradient(_)), "{failure:?}");
    }

    #[test]
    fn a_weight_that_is_not_finite_is_found_without_a_note() {
        let (first, mut second) = (player(0, 0.1), player(1, 1e30));
        assert_eq!(Failure::of(0, &[&first, &second], None), None);
        let tape = Tape::new();
        let bound = second.bind(&tape);
        let loss = bound.forward(tape.leaf(array![[1.0_f32]])).mean().scale(1e19);
        let gradients = second.gradients(&bound, loss).expect("their squares are finite");
        second.learn(gradients, 0.0);
        let failure = Failure::of(100, &[&first, &second], None).expect("weights that are not finite");
        assert_eq!((failure.player, failure.size, failure.largest.0), (1, f64::INFINITY, 1));
        assert!(matches!(failure.what, NotFinite::Weight(_)));
    }
}
