//! Numbers as text that reads back to the same bits.
//!
//! Formats such as JSON have no infinities and no NaN; there these are the strings `"inf"`, `"-inf"` and `"nan"`.
//! Binary formats keep the numbers as they are. `#[serde(with = "crate::serial")]` on a field applies this to all
//! numbers in it.

use ndarray::Array2;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A number that reads back to the same bits in every format.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(pub f64);

impl From<f64> for Number {
    fn from(x: f64) -> Self {
        Self(x)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(x) = *self;
        if x.is_finite() || !serializer.is_human_readable() {
            serializer.serialize_f64(x)
        } else if x.is_nan() {
            serializer.serialize_str("nan")
        } else {
            serializer.serialize_str(if x > 0.0 { "inf" } else { "-inf" })
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = f64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, \"inf\", \"-inf\" or \"nan\"")
            }

            fn visit_f64<E>(self, x: f64) -> Result<f64, E> {
                Ok(x)
            }

            fn visit_i64<E>(self, x: i64) -> Result<f64, E> {
                Ok(x as f64)
            }

            fn visit_u64<E>(self, x: u64) -> Result<f64, E> {
                Ok(x as f64)
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<f64, E> {
                match word {
                    "inf" => Ok(f64::INFINITY),
                    "-inf" => Ok(f64::NEG_INFINITY),
                    "nan" => Ok(f64::NAN),
                    _ => Err(E::invalid_value(de::Unexpected::Str(word), &self)),
                }
            }
        }

        if deserializer.is_human_readable() {
            deserializer.deserialize_any(Text).map(Self)
        } else {
            f64::deserialize(deserializer).map(Self)
        }
    }
}

/// A type made of numbers, and how it is written in terms of [`Number`].
pub(crate) trait MadeOfNumbers: Sized {
    type Written: Serialize + for<'de> Deserialize<'de>;

    fn write(&self) -> Self::Written;

    /// The value, or an error of its shape.
    fn read(written: Self::Written) -> Result<Self, String>;
}

/// For `#[serde(with = "crate::serial")]`.
pub(crate) fn serialize<T: MadeOfNumbers, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.write().serialize(serializer)
}

/// For `#[serde(with = "crate::serial")]`.
pub(crate) fn deserialize<'de, T: MadeOfNumbers, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::read(T::Written::deserialize(deserializer)?).map_err(de::Error::custom)
}

impl MadeOfNumbers for f64 {
    type Written = Number;

    fn write(&self) -> Number {
        Number(*self)
    }

    fn read(Number(x): Number) -> Result<Self, String> {
        Ok(x)
    }
}

impl MadeOfNumbers for usize {
    type Written = Self;

    fn write(&self) -> Self {
        *self
    }

    fn read(count: Self) -> Result<Self, String> {
        Ok(count)
    }
}

impl<T: MadeOfNumbers> MadeOfNumbers for Option<T> {
    type Written = Option<T::Written>;

    fn write(&self) -> Self::Written {
        self.as_ref().map(T::write)
    }

    fn read(written: Self::Written) -> Result<Self, String> {
        written.map(T::read).transpose()
    }
}

impl<T: MadeOfNumbers> MadeOfNumbers for Vec<T> {
    type Written = Vec<T::Written>;

    fn write(&self) -> Self::Written {
        self.iter().map(T::write).collect()
    }

    fn read(written: Self::Written) -> Result<Self, String> {
        written.into_iter().map(T::read).collect()
    }
}

impl<A: MadeOfNumbers, B: MadeOfNumbers> MadeOfNumbers for (A, B) {
    type Written = (A::Written, B::Written);

    fn write(&self) -> Self::Written {
        (self.0.write(), self.1.write())
    }

    fn read((a, b): Self::Written) -> Result<Self, String> {
        Ok((A::read(a)?, B::read(b)?))
    }
}

impl<A: MadeOfNumbers, B: MadeOfNumbers, C: MadeOfNumbers> MadeOfNumbers for (A, B, C) {
    type Written = (A::Written, B::Written, C::Written);

    fn write(&self) -> Self::Written {
        (self.0.write(), self.1.write(), self.2.write())
    }

    fn read((a, b, c): Self::Written) -> Result<Self, String> {
        Ok((A::read(a)?, B::read(b)?, C::read(c)?))
    }
}

/// A matrix is a list of rows.
impl MadeOfNumbers for Array2<f64> {
    type Written = Vec<Vec<Number>>;

    fn write(&self) -> Self::Written {
        self.rows().into_iter().map(|row| row.iter().map(f64::write).collect()).collect()
    }

    fn read(rows: Self::Written) -> Result<Self, String> {
        let (n, m) = (rows.len(), rows.first().map_or(0, Vec::len));
        if let Some((i, row)) = rows.iter().enumerate().find(|(_, row)| row.len() != m) {
            return Err(format!("row {i} (counted from 0) has {} numbers where row 0 has {m}", row.len()));
        }
        let numbers = rows.into_iter().flatten().map(|Number(x)| x).collect();
        Self::from_shape_vec((n, m), numbers).map_err(|e| e.to_string())
    }
}
