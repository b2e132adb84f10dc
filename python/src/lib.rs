//! The compiled half of the Python package `fenchel`.
//!
//! Nothing is computed here. Each function takes NumPy arrays as views, lets go of Python's lock, asks the library, and hands the answer
//! back with its certificate. Defaults, checks of what may be an array, and docstrings are in `python/package/fenchel`.

mod accumulate;
mod divergence;
mod estimate;
mod failure;
mod game;
mod gradient;
mod gromov;
mod input;
mod line;
mod mean;
mod pickle;
mod plan;
mod problem;
mod report;
mod running;
mod score;
mod show;
mod solution;
mod stored;
mod watch;

use pyo3::prelude::*;

/// `fenchel._fenchel`.
#[pymodule(name = "_fenchel")]
mod compiled {
    #[pymodule_export]
    use crate::accumulate::PartialState;
    #[pymodule_export]
    use crate::divergence::{divergence, kinds, pairwise, rows, samples};
    #[pymodule_export]
    use crate::estimate::Estimate;
    #[pymodule_export]
    use crate::game::Gan;
    #[pymodule_export]
    use crate::gradient::{Debiased, sinkhorn_divergence};
    #[pymodule_export]
    use crate::gromov::{Matching, gromov};
    #[pymodule_export]
    use crate::line::{Slice, circle, line, line_distances, max_sliced, sliced};
    #[pymodule_export]
    use crate::mean::{
        Barycenter, fixed_barycenter, free_barycenter, gaussian_barycenter, gaussian_distance, gaussian_map,
    };
    #[pymodule_export]
    use crate::plan::Plan;
    #[pymodule_export]
    use crate::problem::{between, costs, with_costs};
    #[pymodule_export]
    use crate::report::{Certified, Report};
    #[pymodule_export]
    use crate::running::Running;
    #[pymodule_export]
    use crate::score::{metrics, scores};
    #[pymodule_export]
    use crate::solution::Solution;
    #[pymodule_export]
    use crate::stored::stored;
    #[pymodule_export]
    use crate::watch::Progress;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
