//! Files as laws; errors speak of the file.

use anyhow::Result;
use fenchel::measure::{Empirical, Pmf};
use fenchel::{Error, io};

/// One number a bin. Without `normalize` the numbers must sum to one.
pub fn pmf(path: &str, normalize: bool) -> Result<Pmf> {
    let masses = io::read_vector(path)?;
    Ok(if normalize { Pmf::normalised_named(masses, path)? } else { Pmf::named(masses, path)? })
}

/// Samples, one a row.
pub fn samples(path: &str) -> Result<Empirical> {
    Ok(Empirical::named(io::read_table(path)?.values, path)?)
}

/// Samples of which a statistic with an uncertainty can be made.
pub fn several_samples(path: &str) -> Result<Empirical> {
    let samples = samples(path)?;
    if samples.len() < 2 {
        let found = samples.len();
        return Err(Error::TooFew { what: path.to_owned(), unit: "rows (samples)", needed: 2, found }.into());
    }
    Ok(samples)
}
