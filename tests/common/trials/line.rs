//! The line, the circle, and slices of clouds.

use super::super::check::{self, Fault, bracket, is_true};
use super::super::degenerate::{Kind, clouds};
use super::super::truth::{self, Truth};
use super::shared::{Outcome, held, laws, program, refused};
use fenchel::transport::{MaxSliced, Sliced, circle, line};
use ndarray::Array2;

pub fn line_of(points: &Array2<f64>) -> Vec<f64> {
    points.column(0).to_vec()
}

pub fn on_the_line(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let c = clouds(kind, 1, 450, seed);
    let (x, y) = (line_of(&c.x), line_of(&c.y));
    let p: f64 = [1.0, 2.0, 3.0][(seed % 3) as usize];
    let p = if kind == Kind::Scaled { p.min(2.0) } else { p };
    let costs = Array2::from_shape_fn((x.len(), y.len()), |(i, j)| (x[i] - y[j]).abs().powf(p));
    let value = truth::line(&x, &c.a, &y, &c.b, p);
    let truth = Truth { cost: value, moved: value, precision: 1e-15 };
    match line::wasserstein(&x, Some(&c.a), &y, Some(&c.b), p) {
        Err(error) => refused(kind, &error),
        Ok(s) => {
            check::balanced(&costs, (&c.a, &c.b), &s, Some(truth), true)?;
            let distance =
                line::distance(&x, Some(&c.a), &y, Some(&c.b), p).map_err(|e| Fault::Wrong(e.to_string()))?;
            bracket("distance", distance.dual, distance.value)?;
            is_true((distance.value - s.distance()).abs() <= 1e-12 * s.distance(), || {
                format!("distance {:e}, with the plan {:e}", distance.value, s.distance())
            })?;
            Ok(held(&s.report))
        }
    }
}

pub fn on_the_circle(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let c = clouds(kind, 1, 450, seed);
    let (x, y) = (line_of(&c.x), line_of(&c.y));
    let p: f64 = [1.0, 2.0][(seed % 2) as usize];
    let round =
        if kind == Kind::Scaled { 3.0 * x.iter().chain(&y).fold(0.0f64, |most, t| most.max(t.abs())) } else { 2.0 };
    if round <= 0.0 {
        return Ok(Outcome::Refused);
    }
    let costs = Array2::from_shape_fn((x.len(), y.len()), |(i, j)| {
        let wrap = |t: f64| t - round * (t / round).round();
        let around = [-1.0, 0.0, 1.0].map(|k| (wrap(x[i]) - (wrap(y[j]) + k * round)).abs());
        around.into_iter().fold(f64::INFINITY, f64::min).powf(p)
    });
    let truth = truth::transport(costs.view(), &c.a, &c.b, program(kind, seed));
    let truth = truth.filter(|_| kind != Kind::Outliers);
    match circle::wasserstein(&x, Some(&c.a), &y, Some(&c.b), round, p) {
        Err(error) => refused(kind, &error),
        Ok(s) if kind == Kind::Outliers => {
            // far points lose digits when they are wound up, so costs are the solver's own
            check::report(&s.report)?;
            Ok(held(&s.report))
        }
        Ok(s) => {
            check::balanced(&costs, (&c.a, &c.b), &s, truth, true)?;
            Ok(held(&s.report))
        }
    }
}

pub fn sliced(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let c = clouds(kind, 3, 450, seed);
    let (x, y) = laws(&c);
    let p: f64 = [1.0, 2.0][(seed % 2) as usize];
    let (mean, most) = match (Sliced::new(12).solve(&x, &y, p), MaxSliced::new(2).solve(&x, &y, p)) {
        (Ok(mean), Ok(most)) => (mean, most),
        (Err(error), _) | (_, Err(error)) => return refused(kind, &error),
    };
    let (low, high) = mean.interval.unwrap_or((mean.value, mean.value));
    bracket("interval", low, high)?;
    bracket("interval and value", low, mean.value)?;
    bracket("value and interval", mean.value, high)?;
    bracket("max-sliced", most.distance, most.upper)?;
    is_true(mean.value >= 0.0 && mean.value <= most.upper * (1.0 + 1e-12), || {
        format!("sliced {:e} above every slice, {:e}", mean.value, most.upper)
    })?;
    let projected = |points: &Array2<f64>| points.dot(&most.direction).to_vec();
    let (px, py) = (projected(&c.x), projected(&c.y));
    let slice = truth::line(&px, &c.a, &py, &c.b, p).powf(1.0 / p);
    let size = px.iter().chain(&py).fold(0.0f64, |most, t| most.max(t.abs()));
    is_true((slice - most.distance).abs() <= 1e-9 * slice + 1e-7 * size, || {
        format!("max-sliced {:e} is {slice:e} along its direction", most.distance)
    })?;
    Ok(Outcome::Held)
}
