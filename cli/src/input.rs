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

/// Divergences by name, each once; `all` stands for the whole list.
pub fn kinds(names: &[String]) -> fenchel::Result<Vec<Kind>> {
    let mut kinds: Vec<Kind> = Vec::new();
    for name in names {
        let named = if name.trim() == "all" { Kind::all() } else { vec![name.trim().parse()?] };
        for kind in named {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    Ok(kinds)
}

/// What is meant by names, each once; `None` where `all` is among them. All names must be known.
pub fn chosen<T: PartialEq>(
    names: &[String],
    parse: impl Fn(&str) -> fenchel::Result<T>,
) -> fenchel::Result<Option<Vec<T>>> {
    let mut chosen = Vec::new();
    for name in names.iter().map(|name| name.trim()).filter(|name| *name != "all") {
        let one = parse(name)?;
        if !chosen.contains(&one) {
            chosen.push(one);
        }
    }
    Ok((!names.iter().any(|name| name.trim() == "all")).then_some(chosen))
}

/// The error in words of the files, where the library knows its arguments only.
pub fn about(error: Error, files: &[(&str, &str)]) -> Error {
    let of_file = |what: String| {
        let named = files.iter().find_map(|(argument, file)| {
            let after = what.strip_prefix(argument).filter(|rest| rest.is_empty() || rest.starts_with(" at "));
            let before = what.strip_suffix(argument).filter(|rest| rest.ends_with(" of "));
            after.map(|rest| format!("{file}{rest}")).or_else(|| before.map(|rest| format!("{rest}{file}")))
        });
        named.unwrap_or(what)
    };
    match error {
        Error::TooFew { what, unit, needed, found } => Error::TooFew { what: of_file(what), unit, needed, found },
        Error::OutOfDomain { what, value, expected } => Error::OutOfDomain { what: of_file(what), value, expected },
        Error::NotPositiveDefinite { what, pivot, hint } => {
            Error::NotPositiveDefinite { what: of_file(what), pivot, hint }
        }
        other => other,
    }
}
