//! What is moved where.

use crate::numeric::{self, Sum};
use crate::transport::problem::cost::Cost;
use ndarray::{Array1, Array2};
use std::sync::Arc;

/// A transport plan `P`, n×m. Exact plans are sparse (at most n + m - 1 arcs); entropic plans are a formula; plans of low rank
/// are a product.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "stored::Plan", into = "stored::Plan"))]
pub struct Plan {
    shape: (usize, usize),
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    Sparse(Vec<(usize, usize, f64)>),
    Entropic(Box<Entropic>),
    Factored(Box<Factored>),
}

/// `P = scale Qᵀ R r` of two plans that start from `r` hubs of equal mass.
#[derive(Debug, Clone)]
struct Factored {
    from: Plan,
    to: Plan,
    scale: f64,
}

/// `P_ij = left_i exp((f_i + g_j - c_ij)/eps) right_j + r_i s_j`: a scaled Gibbs kernel and the rank-one term that makes
/// its marginals exact. `left` and `right` are zero on points without mass.
#[derive(Debug, Clone)]
pub(in crate::transport) struct Entropic {
    pub cost: Arc<Cost>,
    pub eps: f64,
    pub f: Vec<f64>,
    pub g: Vec<f64>,
    pub left: Vec<f64>,
    pub right: Vec<f64>,
    pub r: Vec<f64>,
    pub s: Vec<f64>,
}

/// The exponents between which the sweeps tell terms apart. An arc below the first carries nothing.
const EXPONENTS: (f64, f64) = (-600.0, 709.0);
/// The terms of the sweeps at the first of them, or below.
pub(in crate::transport) const NOTHING: f64 = 2.66e-261;

impl Entropic {
    /// The mass of an arc. The exponent is bounded as in the sweeps, whose sums `left` and `right` were made from: where
    /// costs are large beside `eps`, the exponential would overflow by the rounding of the costs alone.
    pub(in crate::transport) fn at(&self, i: usize, j: usize, cost: f64) -> f64 {
        let (left, right) = (self.left[i], self.right[j]);
        let exponent = ((self.f[i] + self.g[j]) - cost) * self.eps.recip();
        let open = left > 0.0 && right > 0.0 && exponent > EXPONENTS.0;
        let gibbs = if open { left * (exponent.min(EXPONENTS.1).exp() * right) } else { 0.0 };
        gibbs + self.r[i] * self.s[j]
    }
}

impl Plan {
    pub(in crate::transport) fn sparse(shape: (usize, usize), arcs: Vec<(usize, usize, f64)>) -> Self {
        Self { shape, form: Form::Sparse(arcs) }
    }

    pub(in crate::transport) fn entropic(entropic: Entropic) -> Self {
        Self { shape: entropic.cost.shape(), form: Form::Entropic(Box::new(entropic)) }
    }

    /// The plan that takes the mass of each hub, `1/r` of the total, from where `from` (r×n) takes it to where `to` (r×m) takes it.
    pub(in crate::transport) fn factored(from: Self, to: Self, total: f64) -> Self {
        let shape = (from.shape.1, to.shape.1);
        let scale = total * from.shape.0 as f64;
        Self { shape, form: Form::Factored(Box::new(Factored { from, to, scale })) }
    }

    /// Of a plan of low rank, the factors `Q` (r×n) and `R` (r×m): which mass of the first law goes through which of `r` hubs of
    /// equal mass, and which mass of the second law comes from there; the totals are one.
    #[must_use]
    pub fn factors(&self) -> Option<(&Self, &Self)> {
        match &self.form {
            Form::Factored(factored) => Some((&factored.from, &factored.to)),
            _ => None,
        }
    }

    /// The plan of `2^k` times the masses.
    pub(in crate::transport) fn times_power(mut self, k: i32) -> Self {
        let times = |mass: &mut f64| *mass = numeric::times_power(*mass, k);
        match &mut self.form {
            Form::Sparse(arcs) => {
                arcs.iter_mut().for_each(|(.., mass)| times(mass));
                // a mass may be too small for the unit
                arcs.retain(|(.., mass)| *mass > 0.0);
            }
            Form::Entropic(e) => e.left.iter_mut().chain(&mut e.r).for_each(times),
            Form::Factored(factored) => times(&mut factored.scale),
        }
        self
    }

    /// Rows and columns.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        self.shape
    }

    /// Whether the plan is kept as a list of arcs.
    #[must_use]
    pub fn is_sparse(&self) -> bool {
        matches!(self.form, Form::Sparse(_))
    }

    /// Calls `visit(i, j, mass)` for each arc that carries mass. For plans that are not sparse these are nearly all n m.
    pub fn for_each(&self, mut visit: impl FnMut(usize, usize, f64)) {
        match &self.form {
            Form::Sparse(arcs) => arcs.iter().for_each(|&(i, j, mass)| visit(i, j, mass)),
            Form::Entropic(e) => {
                let mut costs = vec![0.0; self.shape.1];
                for i in 0..self.shape.0 {
                    e.cost.fill(i, 0, &mut costs);
                    for (j, &cost) in costs.iter().enumerate() {
                        let mass = e.at(i, j, cost);
                        if mass > 0.0 {
                            visit(i, j, mass);
                        }
                    }
                }
            }
            Form::Factored(factored) => {
                let (hubs, to) = (factored.from.by_column(), factored.to.to_dense());
                for (i, hubs) in hubs.iter().enumerate() {
                    let mut row = Array1::<f64>::zeros(self.shape.1);
                    hubs.iter().for_each(|&(k, mass)| row.scaled_add(factored.scale * mass, &to.row(k)));
                    row.iter().enumerate().filter(|(_, mass)| **mass > 0.0).for_each(|(j, mass)| visit(i, j, *mass));
                }
            }
        }
    }

    /// The arcs of each column: row and mass.
    fn by_column(&self) -> Vec<Vec<(usize, f64)>> {
        let mut columns = vec![Vec::new(); self.shape.1];
        self.for_each(|k, i, mass| columns[i].push((k, mass)));
        columns
    }

    /// The arcs `(i, j, mass)` that carry mass.
    #[must_use]
    pub fn arcs(&self) -> Vec<(usize, usize, f64)> {
        let mut arcs = Vec::new();
        self.for_each(|i, j, mass| arcs.push((i, j, mass)));
        arcs
    }

    /// The plan as a matrix. O(n m) memory.
    #[must_use]
    pub fn to_dense(&self) -> Array2<f64> {
        let mut dense = Array2::zeros(self.shape);
        self.for_each(|i, j, mass| dense[[i, j]] += mass);
        dense
    }

    /// Row sums and column sums. O(n m), of a plan of low rank O((n + m) r).
    #[must_use]
    pub fn marginals(&self) -> (Vec<f64>, Vec<f64>) {
        if let Form::Factored(factored) = &self.form {
            let Factored { from, to, scale } = &**factored;
            let through = |plan: &Self, other: &Self| {
                let sums = other.marginals().0;
                let along = |column: &Vec<(usize, f64)>| Sum::of(column.iter().map(|(k, mass)| mass * sums[*k]));
                plan.by_column().iter().map(|column| scale * along(column)).collect()
            };
            return (through(from, to), through(to, from));
        }
        let mut rows = vec![Sum::new(); self.shape.0];
        let mut columns = vec![Sum::new(); self.shape.1];
        self.for_each(|i, j, mass| {
            rows[i].add(mass);
            columns[j].add(mass);
        });
        let values = |sums: Vec<Sum>| sums.iter().map(Sum::value).collect();
        (values(rows), values(columns))
    }

    /// `sum_ij P_ij c_ij`.
    ///
    /// # Panics
    /// If the costs have fewer rows or columns than the plan.
    #[must_use]
    pub fn cost(&self, cost: &Cost) -> f64 {
        let mut total = Sum::new();
        self.for_each(|i, j, mass| total.add(mass * cost.at(i, j)));
        total.value()
    }

    /// Row by row, the point of `y` that each point of `x` goes to on average: `sum_j P_ij y_j / sum_j P_ij`. Rows
    /// without mass are NaN-free zeros.
    ///
    /// # Panics
    /// If `y` has not as many rows as the plan has columns.
    #[must_use]
    pub fn barycentric(&self, y: ndarray::ArrayView2<'_, f64>) -> Array2<f64> {
        assert_eq!(y.nrows(), self.shape.1, "barycentric: rows of y");
        if let Form::Factored(factored) = &self.form {
            let Factored { from, to, .. } = &**factored;
            // the image of a hub, then that of a point: an average of hubs
            let (hubs, sent) = (to.barycentric(y), to.marginals().0);
            let mut image = Array2::zeros((self.shape.0, y.ncols()));
            for (mut row, hubs_of) in image.rows_mut().into_iter().zip(from.by_column()) {
                let total = Sum::of(hubs_of.iter().map(|(k, mass)| mass * sent[*k]));
                if total > 0.0 {
                    hubs_of.iter().for_each(|(k, mass)| row.scaled_add(mass * sent[*k] / total, &hubs.row(*k)));
                }
            }
            return image;
        }
        let mut image = Array2::zeros((self.shape.0, y.ncols()));
        let mut mass_of = vec![0.0; self.shape.0];
        self.for_each(|i, j, mass| {
            image.row_mut(i).scaled_add(mass, &y.row(j));
            mass_of[i] += mass;
        });
        for (mut row, mass) in image.rows_mut().into_iter().zip(mass_of) {
            if mass > 0.0 {
                row /= mass;
            }
        }
        image
    }
}

/// What is written and read: the arcs, or the formula with its costs.
#[cfg(feature = "serde")]
mod stored {
    use super::{Cost, Entropic, Form};
    use crate::error::{Error, Result};
    use std::sync::Arc;

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub(super) enum Plan {
        Sparse {
            shape: (usize, usize),
            arcs: Vec<(usize, usize, f64)>,
        },
        Entropic {
            cost: Box<Cost>,
            eps: f64,
            #[serde(with = "crate::serial")]
            f: Vec<f64>,
            #[serde(with = "crate::serial")]
            g: Vec<f64>,
            left: Vec<f64>,
            right: Vec<f64>,
            r: Vec<f64>,
            s: Vec<f64>,
        },
        Factored {
            from: Box<Plan>,
            to: Box<Plan>,
            scale: f64,
        },
    }

    impl From<super::Plan> for Plan {
        fn from(super::Plan { shape, form }: super::Plan) -> Self {
            match form {
                Form::Sparse(arcs) => Self::Sparse { shape, arcs },
                Form::Factored(factored) => {
                    let super::Factored { from, to, scale } = *factored;
                    Self::Factored { from: Box::new(from.into()), to: Box::new(to.into()), scale }
                }
                Form::Entropic(entropic) => {
                    let Entropic { cost, eps, f, g, left, right, r, s } = *entropic;
                    Self::Entropic { cost: Box::new(Arc::unwrap_or_clone(cost)), eps, f, g, left, right, r, s }
                }
            }
        }
    }

    fn contradiction<T>(why: String) -> Result<T> {
        Err(Error::infeasible("the plan", why))
    }

    /// A number of each row or column, and that none of them is what it may not be.
    fn check(name: &str, values: &[f64], size: usize, may_be: impl Fn(f64) -> bool) -> Result<()> {
        if values.len() != size {
            return contradiction(format!("it has {} numbers `{name}` where {size} are needed", values.len()));
        }
        match values.iter().find(|x| !may_be(**x)) {
            Some(x) => contradiction(format!("{x} is none of the numbers `{name}`")),
            None => Ok(()),
        }
    }

    impl TryFrom<Plan> for super::Plan {
        type Error = Error;

        fn try_from(read: Plan) -> Result<Self> {
            let is_mass = |x: f64| x.is_finite() && x >= 0.0;
            match read {
                Plan::Sparse { shape, arcs } => {
                    let wrong = |&&(i, j, mass): &&(usize, usize, f64)| i >= shape.0 || j >= shape.1 || !is_mass(mass);
                    if let Some((i, j, mass)) = arcs.iter().find(wrong) {
                        let (n, m) = shape;
                        return contradiction(format!(
                            "mass {mass} on the arc ({i}, {j}) is none of {n} rows and {m} columns"
                        ));
                    }
                    Ok(Self::sparse(shape, arcs))
                }
                Plan::Factored { from, to, scale } => {
                    let (from, to) = (Self::try_from(*from)?, Self::try_from(*to)?);
                    if from.shape.0 != to.shape.0 || !is_mass(scale) {
                        return contradiction(format!(
                            "its factors have {} and {} hubs, and its scale is {scale}",
                            from.shape.0, to.shape.0
                        ));
                    }
                    let shape = (from.shape.1, to.shape.1);
                    Ok(Self { shape, form: Form::Factored(Box::new(super::Factored { from, to, scale })) })
                }
                Plan::Entropic { cost, eps, f, g, left, right, r, s } => {
                    let (n, m) = cost.shape();
                    if !(eps.is_finite() && eps > 0.0) {
                        return contradiction(format!("its regularisation {eps} is not positive"));
                    }
                    for (name, values, size) in [("f", &f, n), ("g", &g, m)] {
                        check(name, values, size, |x| !x.is_nan() && x < f64::INFINITY)?;
                    }
                    for (name, values, size) in [("left", &left, n), ("right", &right, m), ("r", &r, n), ("s", &s, m)] {
                        check(name, values, size, is_mass)?;
                    }
                    Ok(Self::entropic(Entropic { cost: Arc::new(*cost), eps, f, g, left, right, r, s }))
                }
            }
        }
    }
}
