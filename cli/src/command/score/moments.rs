//! Files of means and covariances in the place of samples: the `mu` and `sigma` of pytorch-fid.

use super::{Found, Json, Row, Score, table};
use crate::input::{self, File};
use crate::output::{Answer, EstimateJson, Output};
use crate::provenance::{Provenance, Source};
use crate::warning::warn;
use anyhow::{Result, bail};
use fenchel::certificate::Estimate;
use fenchel::measure::{Empirical, Gaussian};
use fenchel::score::Metric;
use fenchel::score::moments::frechet_of_moments;
use std::ffi::OsString;

/// A law, and how many rows it was fitted to, where that is known.
struct Law {
    gaussian: Gaussian,
    rows: usize,
}

impl Score {
    /// The Fréchet distances, where a file holds moments; nothing where all hold samples.
    pub fn of_moments(&self, metrics: Option<&[Metric]>, seed: u64, output: &Output) -> Result<Option<Answer>> {
        let files: Vec<&File> = [&self.real].into_iter().chain(&self.generated).collect();
        let given = files.iter().map(|file| moments(file)).collect::<Result<Vec<_>>>()?;
        let Some(first) = given.iter().position(Option::is_some) else { return Ok(None) };
        if metrics.is_some_and(|metrics| metrics != [Metric::Frechet]) {
            bail!(
                "{} holds a mean and a covariance (mu, sigma) and no samples; only --metrics frechet can be had of them",
                files[first]
            );
        }
        if self.scale || self.train.is_some() || self.out.is_some() || self.image.is_some() {
            bail!(
                "--scale, --train, --image and --out need samples, and {} holds a mean and a covariance",
                files[first]
            );
        }
        let laws = given.into_iter().zip(&files).map(|(law, file)| law.map_or_else(|| fitted(file), Ok));
        let laws = laws.collect::<Result<Vec<_>>>()?;
        let mut found: Vec<(String, Vec<Estimate>)> = Vec::new();
        for (law, file) in laws.iter().zip(&files).skip(1) {
            let score = frechet_of_moments(&laws[0].gaussian, &law.gaussian)
                .map_err(|error| input::about(error, &[("real", &self.real), ("generated", file)]))?;
            found.push((file.to_string(), vec![Estimate { n: laws[0].rows, m: law.rows, ..score }]));
        }
        found[0].1[0].warnings.iter().for_each(warn);
        let roles = ["real"].into_iter().chain(self.generated.iter().map(|_| "generated"));
        let sources = roles.zip(&files).zip(&laws);
        let sources = sources.map(|((role, file), law)| Source::of(role, file, law.rows, law.gaussian.dimension()));
        let provenance = Provenance::new(seed, sources.collect());
        let several = found.len() > 1;
        let rows = found.iter().map(|(file, scores)| Row {
            result: Found::Score(EstimateJson::from(&scores[0])),
            generated: several.then_some(&**file),
        });
        let json = Json::of_scores(rows.collect(), &provenance);
        let text = if several { table::of_several(&found) } else { table::of_one(&found[0].1) };
        let d = laws[0].gaussian.dimension();
        let head = format!("means and covariances of {d} columns; 0 rows stands for an unknown number\n\n");
        Ok(Some(Answer::new(head + &text.render(output), &json)))
    }
}

/// The mean and the covariance that a file holds as `mu` and `sigma`; none where it is no such archive.
fn moments(file: &File) -> Result<Option<Law>> {
    if !file.to_ascii_lowercase().ends_with(".npz") {
        return Ok(None);
    }
    let array = |key: &str| File::from(OsString::from(format!("{file}:{key}")));
    let (Ok(mu), Ok(sigma)) = (input::vector(&array("mu")), input::numbers(&array("sigma"))) else {
        return Ok(None);
    };
    let gaussian = Gaussian::new(mu.into(), sigma).map_err(|error| error.context(file.to_string()))?;
    Ok(Some(Law { gaussian, rows: 0 }))
}

/// The moments of the samples in a file.
fn fitted(file: &File) -> Result<Law> {
    let sample = Empirical::new(input::table(file)?.values).map_err(|error| error.context(file.to_string()))?;
    let gaussian = Gaussian::fit(&sample).map_err(|error| error.context(file.to_string()))?;
    Ok(Law { gaussian, rows: sample.len() })
}
