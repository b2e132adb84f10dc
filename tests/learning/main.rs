//! Networks, the games they play, and the scores of their samples.

#[path = "../common/mod.rs"]
mod common;

mod conventions;
mod fused;
mod gan;
mod layers;
mod nn;
mod running_tables;
mod score;
mod tables;
mod toys;
