//! Things to play with: the numbers of the library for every place that their handles can take.
//!
//! A page can compute nothing with the library, so the report computes beforehand. Handles move on a lattice, and every
//! place of it has its own numbers. So what is shown is what the library returned, and nothing is interpolated.

use crate::Code;
use fenchel::record::json::{self, Number};
use serde::Serialize;
use std::panic::Location;

/// A thing to play with.
#[derive(Debug, Clone, PartialEq)]
pub struct Explorable {
    /// The name of what the page draws: `densities`, `saturation`, `generators`, `sinkhorn` or `ring`.
    pub id: &'static str,
    /// The chapter that it belongs to.
    pub chapter: &'static str,
    /// The heading.
    pub title: &'static str,
    /// What to try.
    pub caption: String,
    /// The numbers, as JSON.
    pub data: String,
    /// Where they are computed.
    pub code: Code,
}

impl Explorable {
    #[track_caller]
    pub(crate) fn new(
        (chapter, id): (&'static str, &'static str),
        title: &'static str,
        caption: impl Into<String>,
        data: &impl Serialize,
    ) -> Self {
        let code = Code::of(Location::caller());
        Self { id, chapter, title, caption: caption.into(), data: json::line(data), code }
    }
}

/// Numbers to eight significant digits, more than a page shows.
pub(crate) fn shortened(values: &[f64]) -> Vec<Number> {
    values.iter().map(|x| Number(format!("{x:.7e}").parse().unwrap_or(*x))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_eight_digits() {
        let line = json::line(&shortened(&[1.0 / 3.0, 0.25, f64::INFINITY, -0.0]));
        assert_eq!(line, "[0.33333333,0.25,\"inf\",-0.0]");
    }
}
