//! Samples together with the law that they are drawn from, where it is known.

use super::source::Scaled;
use super::toy::Toy;

/// A source, and its law if that has a density that is known.
#[derive(Debug)]
pub struct Known {
    /// The samples.
    pub source: Scaled,
    /// Their law.
    pub law: Option<Toy>,
}

impl From<Toy> for Known {
    fn from(law: Toy) -> Self {
        Self { source: law.into(), law: Some(law) }
    }
}

impl From<Scaled> for Known {
    /// Of a law that is not known.
    fn from(source: Scaled) -> Self {
        Self { source, law: None }
    }
}
