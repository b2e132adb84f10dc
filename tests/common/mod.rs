//! What several test files share.

pub mod check;
pub mod oracles;
