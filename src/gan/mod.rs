//! Adversarial games: objectives, the alternating loop, toy data.
