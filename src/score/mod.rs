//! Scores of generated samples against real ones, each with its uncertainty.
