//! A real and a generated sample, both seen block by block, and the scores of the two.

use super::copies::Counted;
use super::sample::{Sample, Setting};
use super::{Running, stored::Version};
use crate::certificate::Estimate;
use crate::error::Result;
use crate::score::normal_estimate;

/// The running states of a real and of a generated sample, which finish into scores.
///
/// Rows are pushed into either [`Sample`]; parts are merged as pairs or sample by sample.
///
/// ```
/// use fenchel::score::running::{Running, RunningPair, Setting};
/// use ndarray::Array2;
/// let mut pair = RunningPair::new(&["x", "y"], Setting::default())?;
/// for block in 0..4 {
///     pair.real.push(Array2::from_shape_fn((25, 2), |(i, j)| ((25 * block + i) * (j + 1) % 17) as f64).view())?;
///     pair.generated.push(Array2::from_shape_fn((25, 2), |(i, j)| 1.0 + ((25 * block + i) * (j + 2) % 17) as f64).view())?;
/// }
/// let names: Vec<String> = pair.finish()?.into_iter().map(|found| found.name).collect();
/// assert_eq!(names[..5], ["frechet", "mmd", "sliced_w2", "ks:x", "w1:x"]);
/// assert_eq!(names[names.len() - 3..], ["copies_real", "copies_generated", "copies_across"]);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RunningPair {
    version: Version,
    /// The real sample.
    pub real: Sample,
    /// The generated sample.
    pub generated: Sample,
}

impl RunningPair {
    /// No rows yet, of columns with these names.
    ///
    /// # Errors
    /// As [`Sample::new`].
    ///
    /// ```
    /// use fenchel::score::running::{RunningPair, Setting};
    /// assert!(RunningPair::new(&[], Setting::default()).is_err());
    /// ```
    pub fn new(names: &[&str], setting: Setting) -> Result<Self> {
        let real = Sample::new(names, setting)?;
        Ok(Self { version: Version, generated: real.clone(), real })
    }

    /// Of two samples that were seen apart.
    ///
    /// # Errors
    /// Columns of different names.
    ///
    /// ```
    /// use fenchel::score::running::{RunningPair, Sample, Setting};
    /// let sample = |name| Sample::new(&[name], Setting::default());
    /// assert!(RunningPair::of(sample("x")?, sample("x")?).is_ok());
    /// let error = RunningPair::of(sample("x")?, sample("y")?).unwrap_err();
    /// assert!(error.to_string().contains("x and y"));
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn of(real: Sample, generated: Sample) -> Result<Self> {
        real.same_names(&generated)?;
        Ok(Self { version: Version, real, generated })
    }

    /// Takes what another pair has seen.
    ///
    /// # Errors
    /// As [`Running::merge`], of either sample; the pair is then as it was.
    ///
    /// ```
    /// use fenchel::score::running::{Running, RunningPair, Setting};
    /// use ndarray::array;
    /// let mut first = RunningPair::new(&["x"], Setting::default())?;
    /// first.real.push(array![[1.0]].view())?;
    /// assert!(first.clone().merge(&first).is_err()); // the same row twice
    /// let mut second = RunningPair::new(&["x"], Setting::default())?;
    /// second.real = second.real.starting_at(1);
    /// second.real.push(array![[2.0]].view())?;
    /// first.merge(&second)?;
    /// assert_eq!(first.real.rows(), 2);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        let mut real = self.real.clone();
        real.merge(&other.real)?;
        self.generated.merge(&other.generated)?;
        self.real = real;
        Ok(())
    }

    /// The scores: `frechet`, `mmd` and `sliced_w2`; then `ks:NAME`, `w1:NAME` and `jsd:NAME` for each column; then the numbers of rows that are copies:
    /// `copies_real` and `copies_generated` within a sample, and `copies_across`, generated rows that are equal to a real one.
    ///
    /// The same as [`finish_each`](Self::finish_each), and the first error in place of all others.
    ///
    /// # Errors
    /// A score that cannot be had: see [`Moments::frechet`](super::Moments::frechet), [`RandomFeatures::mmd`](super::RandomFeatures::mmd),
    /// [`Slices::sliced_w2`](super::Slices::sliced_w2) and [`ColumnSketches::ks`](super::ColumnSketches::ks).
    ///
    /// ```
    /// use fenchel::score::running::{RunningPair, Setting};
    /// assert!(RunningPair::new(&["x"], Setting::default())?.finish().is_err()); // there are no rows
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn finish(&self) -> Result<Vec<Estimate>> {
        self.finish_each().into_iter().map(|(_, found)| found).collect()
    }

    /// As [`finish`](Self::finish), with the name of each score and its reason where it cannot be had.
    ///
    /// ```
    /// use fenchel::score::running::{Running, RunningPair, Setting};
    /// use ndarray::array;
    /// let mut pair = RunningPair::new(&["x"], Setting::default())?;
    /// pair.real.push(array![[1.0], [2.0]].view())?;
    /// pair.generated.push(array![[3.0]].view())?;
    /// let found = pair.finish_each();
    /// assert!(found[0].0 == "frechet" && found[0].1.is_err()); // one row has no covariance
    /// assert!(found[3].0 == "ks:x" && found[3].1.as_ref().unwrap().value == 1.0);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn finish_each(&self) -> Vec<(String, Result<Estimate>)> {
        let (x, y) = (&self.real, &self.generated);
        let mut found = vec![
            ("frechet".to_owned(), x.moments.frechet(&y.moments)),
            ("mmd".to_owned(), x.features.mmd(&y.features)),
            ("sliced_w2".to_owned(), x.slices.sliced_w2(&y.slices)),
        ];
        let columns =
            [("ks", x.columns.ks(&y.columns)), ("w1", x.columns.w1(&y.columns)), ("jsd", x.columns.jsd(&y.columns))];
        for (j, column) in x.names().iter().enumerate() {
            for (score, all) in &columns {
                let name = format!("{score}:{column}");
                let one = all.clone().map(|mut all| Estimate { name: name.clone(), ..all.swap_remove(j) });
                found.push((name, one));
            }
        }
        let copies = [
            ("copies_real", x.copies.finish()),
            ("copies_generated", y.copies.finish()),
            ("copies_across", x.copies.copied(&y.copies)),
        ];
        found
            .extend(copies.map(|(name, counted)| (name.to_owned(), counted.map(|counted| self.copies(name, counted)))));
        found
    }

    fn copies(&self, name: &str, counted: Counted) -> Estimate {
        let how = if counted.is_exact() {
            "hashes of 128 bits, all different rows".to_owned()
        } else {
            format!("hashes of 128 bits, 1 in {} of the different rows", 1.0 / counted.share)
        };
        let sizes = (self.real.rows() as usize, self.generated.rows() as usize, self.real.names().len());
        normal_estimate(name, counted.value, Some(counted.std_error), (0.0, counted.rows as f64), sizes, how)
    }
}
