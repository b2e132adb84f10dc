//! The classifier two-sample test by logistic regression: can a weighted sum of the columns tell generated from real?
//!
//! As [`classifier`](super::classifier) with another model: it sees differences of means, however many columns they are
//! spread over, and no others. The model is the ridge regression that most programs fit unless told otherwise:
//!
//! ```text
//! min over a, b of  Σ w_i ln(1 + exp(-s_i (a·x_i + b))) + |a|²/2
//! ```
//!
//! with signs `s_i` (+1 for generated rows), columns of mean 0 and deviation 1 over the pooled rows, and weights `w_i`
//! that make both samples count alike (`N/(2 N_label)`). Columns that are constant are left out, and of more than 256
//! it takes the leading principal components of all rows. It is solved by Newton's method; the objective is strictly
//! convex but for `b`, so there is one solution.
//!
//! Models of relabelled samples are all learnt together, by steps with a matrix that is above every Hessian (Böhning
//! and Lindsay, doi:10.1007/BF00049423). The labels that were seen are among them, and the p-value compares their model
//! by these steps with the others, so it is exact even where steps end early.

use super::Pair;
use super::classifier::LEAST;
use super::definition::{Comparison, Definition};
use super::folds::{FOLDS, Folds};
use super::forecast::{PRODUCT, ROTATION, Step};
use super::permutations::{Permutations, pool};
use super::separation::{Predictions, Separation, both};
use crate::certificate::Estimate;
use crate::error::Result;
use crate::linalg::{self, Eigh};
use crate::numeric::{sigmoid, softplus};
use ndarray::{Array1, Array2, ArrayView2, Axis, Zip, s};

pub(super) const C2ST_LOGISTIC: Definition = Definition::new(
    "c2st_logistic",
    "accuracy of a logistic regression, real against generated (1/2 is best)",
    MODELS,
    |card| Ok(found(card)?.accuracy("c2st_logistic")),
)
.aliases(&["logistic_detection", "c2st_linear"])
.rows(LEAST);
pub(super) const C2ST_LOGISTIC_AUC: Definition =
    Definition::new("c2st_logistic_auc", "area under the curve of that regression (1/2 is best)", MODELS, |card| {
        Ok(found(card)?.area("c2st_logistic_auc"))
    })
    .aliases(&["logistic_auc"])
    .rows(LEAST);

/// Principal components where there are many columns, and models of all labels.
const MODELS: Step = Step::new("logistic regressions", |task| {
    let (rows, columns) = (task.rows(), task.d.min(MOST_COLUMNS as f64) + 1.0);
    let rank = rows.min(task.d);
    let components =
        if task.d > MOST_COLUMNS as f64 { rows * task.d * rank * PRODUCT + ROTATION * rank.powi(3) } else { 0.0 };
    let newton = (FOLDS * USUAL_STEPS) as f64 * rows * columns * (columns * PRODUCT + 5.0);
    // steps end early
    let relabelled = work(FOLDS, rows, columns);
    components + newton + EARLY * task.test().about(relabelled) * relabelled
});

/// The operations of a relabelling.
fn work(folds: usize, rows: f64, columns: f64) -> f64 {
    (folds * STEPS) as f64 * rows * (4.0 * columns / PRODUCTS + 20.0)
}

/// Steps that Newton's method needs as a rule, and the share of the operations of relabelled samples that are needed.
const USUAL_STEPS: usize = 7;
const EARLY: f64 = 0.08;
/// Steps of Newton's method, and steps for relabelled samples.
const NEWTON_STEPS: usize = 100;
const STEPS: usize = 40;
/// A step that lowers the objective by less than this share ends the search.
const TOLERANCE: f64 = 1e-14;
/// The longest change of a prediction that ends the steps for relabelled samples.
const CHANGE: f64 = 1e-4;
/// The most columns of a model.
const MOST_COLUMNS: usize = 256;
/// Sums that differ by less are the same up to rounding.
const ROUNDING: f64 = 1e-9;
/// Products of matrices do so many operations in the time of others.
const PRODUCTS: f64 = 10.0;

/// The separation by logistic regression, kept by its type.
struct ByRegression(Separation);

fn found<'c>(card: &'c mut Comparison<'_>) -> Result<&'c Separation> {
    Ok(&card.shared(|card| Ok(ByRegression(separation(card.pair(), card.test())?)))?.0)
}

/// The accuracy of a cross-fitted logistic regression: one half for equal laws, 1 for laws that it tells apart.
///
/// The mean of two shares, of real and of generated rows that are called what they are, with their binomial error and
/// Wilson's interval; a row that the model puts in the middle counts half. O((n+m) min(d, 256)²) time a step, of a
/// few; relabellings are as many as take about a second, at most 99.
///
/// # Errors
/// Fewer than four rows, more than a million permutations; a decomposition that fails.
///
/// ```
/// use fenchel::measure::{Empirical, Gaussian};
/// use fenchel::numeric::stream;
/// use fenchel::score::{Pair, Permutations, logistic};
/// let law = Gaussian::univariate(0.0, 1.0)?;
/// let x = Empirical::new(law.sample(200, &mut stream(0, 0))?)?;
/// let y = Empirical::new(law.sample(150, &mut stream(0, 1))? + 2.0)?;
/// let found = logistic::c2st_logistic(&Pair::new(&x, &y)?, Permutations::new(99, 0))?;
/// assert!((found.value - 0.841).abs() < 0.06 && found.p_value == Some(0.01)); // the best threshold has Φ(1)
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn c2st_logistic(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    Ok(separation(pair, test)?.accuracy("c2st_logistic"))
}

/// The area under the curve of the regression of [`c2st_logistic`], within folds, with the error of placements.
///
/// # Errors
/// As [`c2st_logistic`].
pub fn c2st_logistic_auc(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    Ok(separation(pair, test)?.area("c2st_logistic_auc"))
}

fn separation(pair: &Pair<'_>, test: Permutations) -> Result<Separation> {
    pair.at_least(LEAST)?;
    test.validate()?;
    let (real, generated, _) = pair.scaled();
    let folds = Folds::new(real.points(), generated.points(), test.seed);
    let design = design(pool(real.points(), generated.points()).view())?;
    let (rows, columns) = design.dim();
    let count = test.within(work(folds.count(), rows as f64, columns as f64));
    let seen = predictions(
        &design,
        &folds,
        |train, labels| Ok(Model::newton(train, labels)?.0.insert_axis(Axis(1))),
        &[folds.labels()],
    )?;
    let mut labellings = vec![folds.labels()];
    labellings.extend((0..count).map(|relabelling| folds.relabelled(test, relabelling)));
    let all = if count == 0 { Vec::new() } else { predictions(&design, &folds, Model::majorised, &labellings)? };
    let mut separated: Vec<(f64, f64)> =
        labellings.iter().zip(&all).map(|(labels, of)| both(labels, of, &folds)).collect();
    let tested = (!separated.is_empty()).then(|| separated.remove(0));
    let of = if pair.sizes().2 > MOST_COLUMNS { format!(" on {} components", columns - 1) } else { String::new() };
    let how = format!(
        "logistic regression{of}, cross-fitted in {} folds, sizes balanced; binomial and placements",
        folds.count()
    );
    Ok(Separation::new(pair, &folds, &seen[0], tested, separated, (test, how)))
}

/// The columns in units of their deviations and a last column of ones. Of more columns than are taken, the leading
/// principal components of all rows; these do not depend on labels.
fn design(pooled: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    let centred = &pooled - &pooled.row(0);
    let varies: Vec<usize> = (0..pooled.ncols()).filter(|&j| centred.column(j).iter().any(|x| x.abs() > 0.0)).collect();
    let columns = centred.select(Axis(1), &varies);
    let mut columns = match columns.mean_axis(Axis(0)) {
        Some(mean) => columns - &mean,
        None => columns,
    };
    let deviations = columns.map_axis(Axis(0), |column| (column.dot(&column) / column.len() as f64).sqrt());
    columns /= &deviations.mapv(|deviation| if deviation > 0.0 { deviation } else { 1.0 });
    if columns.ncols() > MOST_COLUMNS {
        columns = leading(&columns)?;
    }
    let mut design = Array2::ones((columns.nrows(), columns.ncols() + 1));
    design.slice_mut(s![.., ..columns.ncols()]).assign(&columns);
    Ok(design)
}

/// The rows in the coordinates of their leading principal components, by the smaller of the two matrices of products.
fn leading(columns: &Array2<f64>) -> Result<Array2<f64>> {
    let (rows, all) = columns.dim();
    let few = MOST_COLUMNS.min(rows);
    if all <= rows {
        let vectors = linalg::eigh(linalg::gram(columns.view()).view())?.vectors;
        return Ok(linalg::matmul(columns.view(), vectors.slice(s![.., all - few..])));
    }
    let Eigh { values, vectors } = linalg::eigh(linalg::gram(columns.t()).view())?;
    let lengths = values.slice(s![rows - few..]).mapv(|value| value.max(0.0).sqrt());
    Ok(&vectors.slice(s![.., rows - few..]) * &lengths)
}

/// What models of the other folds say of each row, by labelling.
fn predictions(
    design: &Array2<f64>,
    folds: &Folds,
    learn: impl Fn(ArrayView2<'_, f64>, &[Vec<bool>]) -> Result<Array2<f64>>,
    labellings: &[Vec<bool>],
) -> Result<Vec<Predictions>> {
    let empty = || Predictions { called: vec![0.5; design.nrows()], score: vec![0.0; design.nrows()] };
    let mut all: Vec<Predictions> = labellings.iter().map(|_| empty()).collect();
    for fold in 0..folds.count() {
        let (asked, known) = (folds.rows(fold, true), folds.rows(fold, false));
        let labels: Vec<Vec<bool>> =
            labellings.iter().map(|labels| known.iter().map(|&row| labels[row]).collect()).collect();
        // every labelling has the same numbers of labels outside of a fold
        if labels[0].iter().all(|label| *label == labels[0][0]) {
            continue;
        }
        let models = learn(design.select(Axis(0), &known).view(), &labels)?;
        let sums = linalg::matmul(design.select(Axis(0), &asked).view(), models.view());
        for (of, sums) in all.iter_mut().zip(sums.columns()) {
            for (&row, &sum) in asked.iter().zip(sums) {
                of.score[row] = sum;
                // up to rounding in the middle, which is where a model without columns puts all
                of.called[row] = if sum.abs() <= ROUNDING { 0.5 } else { f64::from(u8::from(sum > 0.0)) };
            }
        }
    }
    Ok(all)
}

/// Ridge regression of labels on a design whose last column is that of ones.
struct Model(Array1<f64>);

impl Model {
    /// Weights that make both labels count alike: of real rows, of generated ones.
    fn weights(labels: &[bool]) -> [f64; 2] {
        let all = labels.len() as f64;
        let generated = labels.iter().filter(|label| **label).count() as f64;
        [all / (2.0 * (all - generated)), all / (2.0 * generated)]
    }

    /// The ridge: of every coefficient but the last.
    fn ridge(columns: usize) -> Array1<f64> {
        let mut ridge = Array1::ones(columns);
        ridge[columns - 1] = 0.0;
        ridge
    }

    /// The solution of the first labelling, by Newton's method with halved steps.
    fn newton(train: ArrayView2<'_, f64>, labellings: &[Vec<bool>]) -> Result<Self> {
        let labels = &labellings[0];
        let weights = Self::weights(labels);
        let ridge = Self::ridge(train.ncols());
        let weight = |i: usize| weights[usize::from(labels[i])];
        let sign = |i: usize| if labels[i] { 1.0 } else { -1.0 };
        let objective = |a: &Array1<f64>| {
            let sums = train.dot(a);
            let loss: f64 = sums.iter().enumerate().map(|(i, sum)| weight(i) * softplus(-sign(i) * sum)).sum();
            loss + 0.5 * (a * a * &ridge).sum()
        };
        let mut a = Array1::zeros(train.ncols());
        let mut value = objective(&a);
        for _ in 0..NEWTON_STEPS {
            let likely = train.dot(&a).mapv(sigmoid);
            let residuals: Array1<f64> =
                likely.iter().enumerate().map(|(i, p)| weight(i) * (p - f64::from(u8::from(labels[i])))).collect();
            let roots: Array1<f64> =
                likely.iter().enumerate().map(|(i, p)| (weight(i) * p * (1.0 - p)).sqrt()).collect();
            let mut hessian = linalg::gram((&train * &roots.insert_axis(Axis(1))).view());
            hessian.diag_mut().zip_mut_with(&ridge, |h, ridge| *h += ridge);
            // the intercept has no ridge, and no curvature where all rows are told apart
            let last = train.ncols() - 1;
            hessian[[last, last]] += f64::EPSILON * train.nrows() as f64;
            let gradient = train.t().dot(&residuals) + &a * &ridge;
            let inverse = inverse_root(hessian.view())?;
            let step = inverse.t().dot(&inverse.dot(&gradient));
            let mut length = 1.0;
            let (mut next, mut lower) = (&a - &step, objective(&(&a - &step)));
            while lower > value && length > 1e-6 {
                length /= 2.0;
                next = &a - &(length * &step);
                lower = objective(&next);
            }
            if lower >= value {
                break;
            }
            let done = value - lower <= TOLERANCE * value;
            (a, value) = (next, lower);
            if done {
                break;
            }
        }
        Ok(Self(a))
    }

    /// Models of all labellings, a column each, by steps with one matrix.
    fn majorised(train: ArrayView2<'_, f64>, labellings: &[Vec<bool>]) -> Result<Array2<f64>> {
        let weights = Self::weights(&labellings[0]);
        let ridge = Self::ridge(train.ncols());
        let mut above = linalg::gram(train) * (0.25 * weights[0].max(weights[1]));
        above.diag_mut().zip_mut_with(&ridge, |h, ridge| *h += ridge);
        let root = inverse_root(above.view())?;
        let ridge = ridge.insert_axis(Axis(1));
        let labels = Array2::from_shape_fn((train.nrows(), labellings.len()), |(i, b)| labellings[b][i]);
        let mut models = Array2::zeros((train.ncols(), labellings.len()));
        for _ in 0..STEPS {
            let mut residuals = linalg::matmul(train, models.view());
            Zip::from(&mut residuals).and(&labels).par_for_each(|sum, &label| {
                *sum = weights[usize::from(label)] * (sigmoid(*sum) - f64::from(u8::from(label)));
            });
            let gradient = linalg::matmul(train.t(), residuals.view()) + &models * &ridge;
            let step = linalg::matmul(root.t(), linalg::matmul(root.view(), gradient.view()).view());
            models -= &step;
            if step.iter().all(|change| change.abs() < CHANGE) {
                break;
            }
        }
        Ok(models)
    }
}

/// `M` with `Mᵀ M` the inverse of a positive definite matrix.
fn inverse_root(a: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    let lower = linalg::cholesky(a, "Hessian of the logistic regression")?;
    Ok(linalg::solve_lower(lower.view(), Array2::eye(a.nrows()).view()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream;
    use rand_distr::{Distribution, StandardNormal};

    /// Rows that any program can write down.
    fn wave(rows: usize, frequency: f64) -> Array2<f64> {
        Array2::from_shape_fn((rows, 3), |(i, j)| (frequency * (i + 1) as f64 * ((j + 1) as f64).sqrt()).sin())
    }

    /// scikit-learn 1.9.1: `LogisticRegression(C=1, class_weight="balanced", tol=1e-12)` on the same rows.
    #[test]
    fn coefficients_are_those_of_another_program() {
        let x = ndarray::concatenate![Axis(0), wave(30, 0.7), wave(20, 1.3) + 0.5];
        let train = ndarray::concatenate![Axis(1), x, Array2::ones((50, 1))];
        let labels: Vec<bool> = (0..50).map(|i| i >= 30).collect();
        let found = Model::newton(train.view(), &[labels]).unwrap().0;
        for (found, peer) in found.iter().zip(PEER) {
            assert!((found - peer).abs() < 1e-9, "{found} {peer}");
        }
    }

    const PEER: [f64; 4] =
        [0.724_222_147_073_445_5, 0.710_534_077_295_477_7, 0.732_735_544_380_816_8, -0.596_233_292_460_261_2];

    #[test]
    fn models_learnt_together_are_those_learnt_one_by_one() {
        let mut rng = stream(3, 0);
        let mut train: Array2<f64> = Array2::from_shape_simple_fn((60, 4), || StandardNormal.sample(&mut rng));
        train.column_mut(3).fill(1.0);
        let labellings: Vec<Vec<bool>> =
            (0..5).map(|b| (0..60).map(|i| (i * (b + 1) + i * i / (b + 2)) % 7 < 3).collect()).collect();
        for labels in &labellings {
            let one = Model::newton(train.view(), std::slice::from_ref(labels)).unwrap().0;
            let steps = Model::majorised(train.view(), std::slice::from_ref(labels)).unwrap();
            for (one, steps) in one.iter().zip(steps.column(0)) {
                assert!((one - steps).abs() < 2e-3, "{one} {steps}");
            }
        }
    }
}
