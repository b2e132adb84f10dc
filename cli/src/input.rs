//! Files as laws; errors speak of the file.

use anyhow::Result;
use fenchel::divergence::Kind;
use fenchel::measure::{Empirical, Pmf};
use fenchel::{Error, io};
use ndarray::{Array2, ArrayView1};

/// One number a bin. Without `normalize` the numbers must sum to one.
pub fn pmf(path: &str, normalize: bool) -> Result<Pmf> {
    let masses = io::read_vector(path)?;
    Ok(if normalize { Pmf::normalised_named(masses, path)? } else { Pmf::named(masses, path)? })
}

/// Laws, one a row. With `normalize` each is divided by its total; otherwise they are left for the library to check.
pub fn pmfs(path: &str, normalize: bool) -> Result<Array2<f64>> {
    let mut table = io::read_table(path)?.values;
    if normalize {
        for (i, mut row) in table.rows_mut().into_iter().enumerate() {
            let law = Pmf::normalised_named(row.to_vec(), &format!("row {i} of {path}"))?;
            row.assign(&ArrayView1::from(law.masses()));
        }
    }
    Ok(table)
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

/// Divergences by name; `all` stands for the whole list.
pub fn kinds(names: &[String]) -> fenchel::Result<Vec<Kind>> {
    let mut kinds = Vec::new();
    for name in names {
        match name.trim() {
            "all" => kinds.extend(Kind::all()),
            name => kinds.push(name.parse()?),
        }
    }
    Ok(kinds)
}
