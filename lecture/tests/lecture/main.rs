//! The claims, the study of the digits and the page of the report.

mod claims;
mod digits;
#[path = "../../../tests/common/oracles.rs"]
mod oracles;
mod page;
