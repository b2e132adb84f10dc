//! How do I know that a transport cost is right?
//!
//! The exact solver returns a plan (an upper bound) and potentials (a lower bound) that meet. Sinkhorn's entropic plan does not
//! have the optimal cost, but after rounding it brackets it: the bracket narrows as epsilon falls.
#![allow(clippy::print_stdout)] // an example answers on stdout

use fenchel::measure::{Empirical, Gaussian};
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::record::write_atomic;
use fenchel::transport::{Exact, Ground, Problem, Sinkhorn};
use ndarray::{Array2, array};

fn main() -> fenchel::Result<()> {
    let mut rng = stream(0, 0);
    let near = Gaussian::new(array![0.0, 0.0], Array2::eye(2))?.sample(150, &mut rng)?;
    let far = Gaussian::new(array![2.0, 1.0], array![[1.0, 0.6], [0.6, 1.0]])?.sample(200, &mut rng)?;
    let (x, y) = (Empirical::new(near)?, Empirical::new(far)?);
    let problem = Problem::between(&x, &y, Ground::SqEuclidean)?;

    println!("{:<18} {:>12} {:>12} {:>9}  status", "method", "lower", "upper", "gap");
    let exact = Exact::new().solve(&problem)?.report;
    println!("{:<18} {:>12.8} {:>12.8} {:>9.1e}  {}", "exact", exact.dual, exact.primal, exact.gap(), exact.status);
    let (mut at, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
    for epsilon in [1.0, 0.3, 0.1, 0.03] {
        let r = Sinkhorn::new(epsilon).tolerance(1e-9).solve(&problem)?.report;
        let name = format!("sinkhorn {epsilon}");
        println!("{name:<18} {:>12.8} {:>12.8} {:>9.1e}  {}", r.dual, r.primal, r.gap(), r.status);
        at.push(epsilon);
        low.push(r.dual);
        high.push(r.primal);
    }
    // the figure of the gallery, where a path is given for it
    if let Some(path) = std::env::args().nth(1) {
        let panel = Panel::new(Axis::new("regularisation ε").log(), Axis::new("transport cost"))
            .add(Series::band("bracket of Sinkhorn", &at, &low, &high))
            .guide_y(exact.primal, "exact");
        let figure = Figure::new("Two bounds that close in on the optimum", [panel]);
        write_atomic(path, figure.svg().as_bytes())?;
    }
    Ok(())
}
