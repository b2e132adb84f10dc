//! What is odd about two samples, in words: nothing that forbids a score, and all that a reader of it should know.

use super::Pair;
use crate::measure::Empirical;
use crate::measure::copies::equal_rows;
use ndarray::{ArrayView1, Axis};

/// Sizes that differ by more leave the bias of the smaller sample.
const RATIO: f64 = 10.0;
/// Columns whose spreads differ by more are hardly in one unit.
const UNITS: f64 = 30.0;

impl Pair<'_> {
    /// What a reader of any score of these samples should know: too few rows for their columns, very different sizes, columns in
    /// different units or constant, rows that are copies, one sample in [0, 1] and the other in 0 to 255. Columns are counted from 1.
    ///
    /// ```
    /// use fenchel::measure::Empirical;
    /// use fenchel::score::Pair;
    /// use ndarray::array;
    /// let real = Empirical::new(array![[0.1, 900.0], [0.4, 150.0], [0.9, 4000.0]])?;
    /// let generated = Empirical::new(array![[0.4, 150.0], [0.3, 90.0], [0.8, 6000.0]])?;
    /// let doubts = Pair::new(&real, &generated)?.doubts();
    /// assert!(doubts[0].contains("units") && doubts[1].starts_with("1 of the 3 generated rows"));
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = self.doubts_of_sizes();
        doubts.extend(self.units());
        let points = self.real().points();
        let constant: Vec<usize> = (0..self.sizes().2).filter(|&j| spread(points.column(j)) <= 0.0).collect();
        if !constant.is_empty() {
            doubts.push(format!("constant in the real sample: {}", listed(&constant)));
        }
        doubts.extend(self.pixels());
        doubts.extend(self.copies());
        doubts
    }

    /// What a reader should know of the rows, and not of the columns: too few, very different sizes, copies. For points that are categories in
    /// [coordinates](super::table::Encoding).
    ///
    /// ```
    /// use fenchel::measure::Empirical;
    /// use fenchel::score::Pair;
    /// use ndarray::array;
    /// let real = Empirical::new(array![[0.1, 900.0], [0.4, 150.0], [0.9, 4000.0]])?;
    /// let generated = Empirical::new(array![[0.4, 150.0], [0.3, 90.0], [0.8, 6000.0]])?;
    /// assert_eq!(Pair::new(&real, &generated)?.doubts_of_rows(), ["1 of the 3 generated rows are copies of real ones"]);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn doubts_of_rows(&self) -> Vec<String> {
        let mut doubts = self.doubts_of_sizes();
        doubts.extend(self.copies());
        doubts
    }

    fn doubts_of_sizes(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        let (n, m, d) = self.sizes();
        for (what, rows) in [("real", n), ("generated", m)] {
            if rows <= d {
                doubts.push(format!(
                    "{rows} {what} rows are too few for {d} columns: frechet is mostly bias; read it beside its baseline"
                ));
            }
        }
        let ratio = n.max(m) as f64 / n.min(m) as f64;
        if ratio > RATIO {
            doubts.push(format!(
                "{n} real rows against {m} generated: the bias of frechet, energy and the transport distances is that of the smaller sample"
            ));
        }
        doubts
    }

    fn units(&self) -> Option<String> {
        let points = self.real().points();
        let spreads = points.columns().into_iter().map(spread).enumerate();
        let spreads: Vec<(usize, f64)> = spreads.filter(|(_, spread)| *spread > 0.0).collect();
        let by_spread = |a: &&(usize, f64), b: &&(usize, f64)| a.1.total_cmp(&b.1);
        let (least, most) = (spreads.iter().min_by(by_spread)?, spreads.iter().max_by(by_spread)?);
        let times = most.1 / least.1;
        (times > UNITS).then(|| {
            format!(
                "the columns may be in different units: column {} spreads {} times as far as column {}, and distances see little else; \
                 divide each by its deviation among the real rows (`fenchel score --scale`)",
                most.0 + 1,
                if times < 1e6 { format!("{times:.0}") } else { format!("{times:.0e}") },
                least.0 + 1
            )
        })
    }

    fn pixels(&self) -> Option<String> {
        let is_bytes = |sample: &Empirical| {
            let most = sample.points().iter().fold(0.0, |most: f64, &x| most.max(x));
            most > 50.0 && sample.points().iter().all(|x| (0.0..=255.0).contains(x) && x.fract() == 0.0)
        };
        let is_share = |sample: &Empirical| sample.points().iter().all(|x| (0.0..=1.0).contains(x));
        let (real, generated) = (self.real(), self.generated());
        let apart = (is_bytes(real) && is_share(generated)) || (is_bytes(generated) && is_share(real));
        apart.then(|| {
            "one sample has whole numbers up to 255 and the other numbers between 0 and 1: bring both to one scale"
                .to_owned()
        })
    }

    /// Copies, counted exactly.
    fn copies(&self) -> Vec<String> {
        let (n, m, _) = self.sizes();
        let (mut real, mut generated, mut across) = (0, 0, 0);
        for group in equal_rows(self.real().points(), self.generated().points()) {
            let of_real = group.iter().filter(|&&i| i < n).count();
            let of_generated = group.len() - of_real;
            // the first of each is no copy
            real += of_real.saturating_sub(1);
            generated += of_generated.saturating_sub(1);
            across += if of_real > 0 { of_generated } else { 0 };
        }
        let said = |count: usize, text: String| (count > 0).then_some(text);
        [
            said(real, format!("{real} of the {n} real rows repeat an earlier one")),
            said(generated, format!("{generated} of the {m} generated rows repeat an earlier one")),
            said(across, format!("{across} of the {m} generated rows are copies of real ones")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The standard deviation of a column; 0 for one that is constant.
#[allow(clippy::float_cmp)]
fn spread(column: ArrayView1<'_, f64>) -> f64 {
    if column.iter().all(|x| *x == column[0]) {
        return 0.0;
    }
    // halves: the difference of two numbers may overflow
    let scaled = column.mapv(|x| 0.5 * x - 0.5 * column[0]);
    let largest = scaled.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    2.0 * largest * (scaled / largest).var_axis(Axis(0), 0.0).into_scalar().sqrt()
}

/// Columns by number, counted from 1; the first few of many.
fn listed(columns: &[usize]) -> String {
    const SHOWN: usize = 8;
    let shown = columns.iter().take(SHOWN).map(|j| (j + 1).to_string()).collect::<Vec<_>>().join(", ");
    match columns.len() {
        1 => format!("column {shown}"),
        many if many > SHOWN => format!("{many} columns ({shown}, ...)"),
        _ => format!("columns {shown}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array, concatenate, s};

    fn of(real: Array2<f64>, generated: Array2<f64>) -> Vec<String> {
        let (real, generated) = (Empirical::new(real).unwrap(), Empirical::new(generated).unwrap());
        Pair::new(&real, &generated).unwrap().doubts()
    }

    fn wave(n: usize, d: usize, frequency: f64) -> Array2<f64> {
        Array2::from_shape_fn((n, d), |(i, j)| (frequency * (i + 1) as f64 * (j + 1) as f64).sin())
    }

    #[test]
    fn each_oddity_is_said_once_and_ordinary_samples_have_none() {
        let (x, y) = (wave(40, 3, 0.7), wave(30, 3, 1.37));
        assert_eq!(of(x.clone(), y.clone()), Vec::<String>::new());
        let one = |doubts: Vec<String>, word: &str| {
            assert!(doubts.len() == 1 && doubts[0].contains(word), "{word}: {doubts:?}");
        };
        one(of(x.slice(s![..20, ..]).to_owned(), y.slice(s![..3, ..]).to_owned()), "3 generated rows are too few");
        one(of(wave(400, 3, 0.7), y.clone()), "400 real rows against 30");
        one(of(&x * &array![[1.0, 1.0, 40.0]], y.clone()), "column 3 spreads");
        one(of(&x * &array![[1.0, 0.0, 1.0]], y.clone()), "constant in the real sample: column 2");
        one(of(x.mapv(|t| (127.0 * (t + 1.0)).floor()), y.mapv(|t| 0.5 * (t + 1.0))), "255");
        let copied = concatenate(Axis(0), &[y.view(), x.slice(s![5..7, ..]), y.slice(s![..1, ..])]).unwrap();
        let doubts = of(concatenate(Axis(0), &[x.view(), x.slice(s![5..8, ..])]).unwrap(), copied);
        let expected = [
            "3 of the 43 real rows repeat an earlier one",
            "1 of the 33 generated rows repeat an earlier one",
            "2 of the 33 generated rows are copies of real ones",
        ];
        assert_eq!(doubts, expected);
        // numbers that overflow when they are subtracted or squared
        one(of(array![[1e308, 1.0], [-1e308, 2.0], [0.0, 3.0]], array![[1.0, 1.5], [2.0, 2.5], [3.0, 0.5]]), "units");
    }
}
