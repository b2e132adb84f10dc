//! What is written of a state, and what is checked when it is read.

#[cfg(feature = "serde")]
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The format of all states, raised whenever one changes.
#[cfg(feature = "serde")]
const FORMAT: u32 = 1;

/// Stands for the version of the format in a state; another one is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::score) struct Version;

#[cfg(feature = "serde")]
impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(FORMAT)
    }
}

#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = u32::deserialize(deserializer)?;
        if found == FORMAT {
            return Ok(Self);
        }
        Err(de::Error::custom(format!("a state of version {found}; this library reads version {FORMAT}")))
    }
}

/// `serde` for a type whose derived implementations are remote ones of itself: what is read has to pass its `check`, which returns an
/// error in words.
macro_rules! checked_when_read {
    ($($state:ty),+) => {$(
        #[cfg(feature = "serde")]
        impl serde::Serialize for $state {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                <$state>::serialize(self, serializer)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $state {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                let read = <$state>::deserialize(deserializer)?;
                read.check().map_err(serde::de::Error::custom)?;
                Ok(read)
            }
        }
    )+};
}
pub(in crate::score) use checked_when_read;

/// That a stored state is one that this library could have made.
#[cfg(feature = "serde")]
pub(in crate::score) fn sound(is: bool, what: &str) -> Result<(), String> {
    if is { Ok(()) } else { Err(format!("not a state that was written here: {what}")) }
}
