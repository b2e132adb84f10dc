//! Where a run stops before its last step: below a value of something that is watched.

use fenchel::Error;
use std::fmt;
use std::str::FromStr;

/// `NAME=VALUE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    pub name: String,
    pub value: f64,
}

impl FromStr for Stop {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts = text.split_once('=').map(|(name, value)| (name.trim().to_lowercase(), value.trim().parse()));
        match parts {
            Some((name, Ok(value))) if f64::is_finite(value) && !name.is_empty() => Ok(Self { name, value }),
            _ => Err(Error::unknown_name("stop", text, "NAME=VALUE with a finite number, such as w2=0.02")),
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)
    }
}
