//! Transport: exact and entropic solvers, the line, closed forms and what is built on them.

#[path = "../common/mod.rs"]
mod common;

mod angular;
mod barycenter;
mod bures;
mod clouds;
mod degenerate;
mod entropic;
mod exact;
mod extremes;
mod farthest;
mod gradient;
mod gromov;
mod line;
mod low_rank;
mod partial;
mod pivots;
mod problems;
mod sliced;
mod unbalanced;
