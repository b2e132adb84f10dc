//! What repeats in samples: columns that say nothing, and values that a law with a density would not repeat.
//!
//! A column that is one and the same number in both samples, or a copy of another column in both, changes no divergence,
//! but takes the density away that most estimators assume: such columns are left out, and it is said. Repeated rows are
//! atoms. A column whose value the nearest neighbours share is discrete although the rows may all differ: the points lie
//! on sheets, in fewer dimensions than they have columns. Neighbours and kernels say nothing of either.

use super::door::alternatives;
use crate::error::{Error, Result};
use crate::measure::Empirical;
use crate::measure::copies::{equal, equal_rows, lexicographic};
use crate::measure::distance::squared_distance;
use ndarray::{ArrayView2, Axis};
use std::borrow::Cow;

/// Share of repeated rows from which a sample is taken for one of a law with atoms.
const MOST_REPEATED: f64 = 0.05;
/// Rows of a sample whose nearest neighbour is looked at.
const LOOKS: usize = 64;

/// Two samples without the columns that say nothing, and a word for each kind of what was left out.
pub(super) struct Columns<'a> {
    pub(super) x: Cow<'a, Empirical>,
    pub(super) y: Cow<'a, Empirical>,
    pub(super) left_out: Vec<String>,
}

/// At least one column stays.
pub(super) fn distinct_columns<'a>(x: &'a Empirical, y: &'a Empirical) -> Result<Columns<'a>> {
    let (of_x, of_y) = (x.points(), y.points());
    let d = x.dimension();
    let first = |j: usize| of_x[[0, j]];
    let is_constant = |j: &usize| of_x.column(*j).iter().chain(of_y.column(*j)).all(|v| equal(*v, first(*j)));
    let constant: Vec<usize> = (0..d).filter(is_constant).collect();
    // copies are next to each other in this order, the first of them first
    let mut order: Vec<usize> = (0..d).filter(|j| constant.binary_search(j).is_err()).collect();
    let compare = |&a: &usize, &b: &usize| {
        lexicographic(of_x.column(a), of_x.column(b)).then_with(|| lexicographic(of_y.column(a), of_y.column(b)))
    };
    order.sort_by(|a, b| compare(a, b).then(a.cmp(b)));
    let mut copies: Vec<usize> =
        order.windows(2).filter(|pair| compare(&pair[0], &pair[1]).is_eq()).map(|pair| pair[1]).collect();
    copies.sort_unstable();
    let left = |j: &usize| constant.binary_search(j).is_err() && copies.binary_search(j).is_err();
    let mut kept: Vec<usize> = (0..d).filter(left).collect();
    if kept.is_empty() {
        kept.push(0);
    }
    if kept.len() == d {
        return Ok(Columns { x: Cow::Borrowed(x), y: Cow::Borrowed(y), left_out: Vec::new() });
    }
    let gone = |columns: &[usize], what: &str| {
        let gone: Vec<String> = columns.iter().filter(|j| !kept.contains(j)).map(|j| (j + 1).to_string()).collect();
        let shown = if gone.len() > 8 { format!("{}, ...", gone[..8].join(", ")) } else { gone.join(", ") };
        (!gone.is_empty()).then(|| match gone.len() {
            1 => format!("column {shown} is {what} in both samples and left out"),
            many => format!("{many} columns ({shown}) are {what} in both samples and left out"),
        })
    };
    let left_out = [gone(&constant, "constant"), gone(&copies, "a copy of another")].into_iter().flatten().collect();
    let select = |sample: &Empirical| Empirical::new(sample.points().select(Axis(1), &kept)).map(Cow::Owned);
    Ok(Columns { x: select(x)?, y: select(y)?, left_out })
}

/// That the samples may be of laws with a density in all their columns; a word where a few rows repeat.
///
/// # Errors
/// Atoms, or a discrete column, with what was seen and what can be asked instead. O((n + m) d log(n + m)).
pub(super) fn check_density(estimator: &str, x: &Empirical, y: &Empirical) -> Result<Option<String>> {
    let refused = |seen: String| {
        Error::unsupported(
            format!("an estimate by `{estimator}` of laws without a density"),
            format!("{seen}; {}", alternatives(x.dimension())),
        )
    };
    let repeated = repeated_rows(x.points(), y.points());
    for (name, sample, repeated) in [("x", x, repeated[0]), ("y", y, repeated[1])] {
        if repeated as f64 > MOST_REPEATED * sample.len() as f64 {
            return Err(refused(format!("{repeated} of the {} rows of {name} equal another row", sample.len())));
        }
        if let Some((column, share)) = discrete_column(sample.points()) {
            return Err(refused(format!(
                "column {} of {name} is discrete, {:.0} % of nearest neighbours share its value",
                column + 1,
                100.0 * share
            )));
        }
    }
    let repeated = repeated[0] + repeated[1];
    Ok((repeated > 0).then(|| {
        format!(
            "{repeated} rows equal another row; of an atom in one law that the other does not have, nothing is seen"
        )
    }))
}

/// Rows of either sample that equal another row of one of them.
fn repeated_rows(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> [usize; 2] {
    let n = x.nrows();
    let mut repeated = [0, 0];
    for group in equal_rows(x, y) {
        group.iter().for_each(|&i| repeated[usize::from(i >= n)] += 1);
    }
    repeated
}

/// A column in which most rows repeat a value and most nearest neighbours share it, and how many do.
fn discrete_column(points: ArrayView2<'_, f64>) -> Option<(usize, f64)> {
    let (n, d) = points.dim();
    let repeats = |j: &usize| {
        let mut values = points.column(*j).to_vec();
        values.sort_unstable_by(f64::total_cmp);
        let alone = values.chunk_by(|a, b| equal(*a, *b)).filter(|group| group.len() == 1).count();
        2 * alone < n
    };
    let columns: Vec<usize> = (0..d).filter(repeats).collect();
    if columns.is_empty() {
        return None;
    }
    let looks = LOOKS.min(n);
    let mut shared = vec![0usize; columns.len()];
    for i in (0..looks).map(|look| look * n / looks) {
        let distance = |j: &usize| squared_distance(points.row(i), points.row(*j));
        let others = (0..n).filter(|&j| j != i);
        let Some(nearest) = others.min_by(|a, b| distance(a).total_cmp(&distance(b))) else { continue };
        for (count, &j) in shared.iter_mut().zip(&columns) {
            *count += usize::from(equal(points[[i, j]], points[[nearest, j]]));
        }
    }
    let (most, &count) = shared.iter().enumerate().max_by_key(|(place, count)| (**count, usize::MAX - place))?;
    (2 * count > looks).then(|| (columns[most], count as f64 / looks as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream;
    use ndarray::{Array2, concatenate, s};
    use rand::RngExt;

    fn draw(rows: usize, columns: usize, task: u64) -> Array2<f64> {
        let mut rng = stream(31, task);
        Array2::from_shape_simple_fn((rows, columns), || rng.random())
    }

    fn sample(points: Array2<f64>) -> Empirical {
        Empirical::new(points).unwrap()
    }

    #[test]
    fn columns_that_say_nothing_are_left_out() {
        let with = |points: Array2<f64>| {
            let tenths = Array2::from_elem((points.nrows(), 1), 0.1);
            sample(concatenate![Axis(1), tenths, points, points.slice(s![.., 1..2]), tenths])
        };
        let (x, y) = (draw(40, 2, 0), draw(30, 2, 1));
        let (long_x, long_y) = (with(x.clone()), with(y.clone()));
        let found = distinct_columns(&long_x, &long_y).unwrap();
        assert_eq!((found.x.points(), found.y.points()), (x.view(), y.view()));
        assert_eq!(found.left_out.len(), 2);
        assert!(found.left_out[0].starts_with("2 columns (1, 5) are constant"), "{:?}", found.left_out);
        assert!(found.left_out[1].starts_with("column 4 is a copy"), "{:?}", found.left_out);
        // in one sample only they say something
        let other = sample(draw(30, 5, 2));
        assert!(distinct_columns(&long_x, &other).unwrap().left_out.is_empty());
        let zeros = sample(Array2::zeros((9, 3)));
        assert_eq!(distinct_columns(&zeros, &zeros).unwrap().x.dimension(), 1);
    }

    #[test]
    fn atoms_and_discrete_columns_are_told_from_rounded_numbers() {
        let (x, y) = (draw(300, 2, 3), draw(200, 2, 4));
        let of = |x: &Array2<f64>, y: &Array2<f64>| check_density("knn", &sample(x.clone()), &sample(y.clone()));
        assert_eq!(of(&x, &y).unwrap(), None);
        // digits enough to tell neighbours apart
        let rounded = |z: &Array2<f64>, steps: f64| z.mapv(|v| (v * steps).round() / steps);
        assert!(of(&rounded(&x, 1000.0), &rounded(&y, 1000.0)).is_ok());
        let message = |found: Result<Option<String>>| found.unwrap_err().to_string();
        assert!(message(of(&rounded(&x, 4.0), &rounded(&y, 4.0))).contains("rows of x equal another row"));
        let mut few = x.clone();
        few.row_mut(7).assign(&y.row(0));
        assert!(of(&few, &y).unwrap().unwrap().starts_with("2 rows equal another row"));
        let mut coin = x.clone();
        coin.column_mut(1).mapv_inplace(f64::round);
        assert!(message(of(&coin, &y)).contains("column 2 of x is discrete, 100 %"));
        // binary pixels: no row repeats
        let pixels = draw(200, 300, 5).mapv(f64::round);
        let refused = message(of(&pixels, &pixels.slice(s![..;-1, ..;-1]).to_owned()));
        assert!(refused.contains("is discrete") && !refused.contains("histogram"), "{refused}");
    }
}
