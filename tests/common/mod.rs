//! What several test files share.

pub mod check;
pub mod double_double;
pub mod laws;
pub mod oracles;
