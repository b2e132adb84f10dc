//! What several test files share.

pub mod check;
pub mod degenerate;
pub mod double_double;
pub mod laws;
pub mod oracles;
pub mod trials;
pub mod truth;
