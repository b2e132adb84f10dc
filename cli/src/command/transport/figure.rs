//! The figures of a transport: the plan, and how the bracket closed.

use fenchel::measure::Empirical;
use fenchel::plot::{Axis, Figure, Panel, Segment, Series};
use fenchel::text;
use fenchel::transport::{Plan, Progress, Solution};

/// A cloud as it is drawn: the points, and the names of their columns where the file has a header.
pub struct Cloud<'a> {
    pub law: &'a Empirical,
    pub columns: Option<&'a [String]>,
}

/// The plan between clouds of one or two columns; masses are drawn as given, `total` in all.
pub fn plan(plan: &Plan, x: &Cloud<'_>, y: &Cloud<'_>, total: f64) -> Figure {
    let panel = if x.law.dimension() == 1 { matrix(plan, x, y, total) } else { moves(plan, x, y) };
    Figure::new("Transport plan", [panel])
}

/// The label of axis `k`: its name in the headers, or its number.
fn axis_label(x: &Cloud<'_>, y: &Cloud<'_>, k: usize) -> String {
    let name = |cloud: &Cloud<'_>| cloud.columns.and_then(|names| names.get(k)).cloned();
    match (name(x), name(y)) {
        (Some(x), Some(y)) if x != y => format!("{x} (x), {y} (y)"),
        (Some(name), _) | (None, Some(name)) => name,
        (None, None) => format!("column {}", k + 1),
    }
}

/// The most moves whose width shows their mass; more are drawn as one line of hairs.
const WIDE: usize = 1000;

/// Clouds in the plane and the moves between them. An entropic plan has a small move between any two points. Its
/// smallest moves are left out, up to one per cent of the mass.
fn moves(plan: &Plan, x: &Cloud<'_>, y: &Cloud<'_>) -> Panel {
    let mut arcs = plan.arcs();
    arcs.sort_by(|a, b| b.2.total_cmp(&a.2));
    let mut shown = 0.0;
    arcs.retain(|arc| {
        let keep = shown < 0.99 || plan.is_sparse();
        shown += arc.2;
        keep
    });
    let place = |cloud: &Cloud<'_>, i: usize| {
        let point = cloud.law.point(i);
        (point[0], point[1])
    };
    let segments: Vec<Segment> =
        arcs.iter().map(|&(i, j, mass)| Segment { from: place(x, i), to: place(y, j), mass }).collect();
    let moves = if segments.len() <= WIDE {
        Series::segments("moves (width: mass)", &segments)
    } else {
        let gap = (f64::NAN, f64::NAN);
        let (across, up): (Vec<f64>, Vec<f64>) = segments.iter().flat_map(|step| [step.from, step.to, gap]).unzip();
        Series::line("moves", &across, &up)
    };
    let points = |label, cloud: &Cloud<'_>| {
        let (across, up): (Vec<f64>, Vec<f64>) = (0..cloud.law.len()).map(|i| place(cloud, i)).unzip();
        Series::points(label, &across, &up)
    };
    Panel::new(Axis::new(axis_label(x, y, 0)), Axis::new(axis_label(x, y, 1)))
        .add(moves)
        .add(points("from x", x))
        .add(points("to y", y))
        .size(460.0, 400.0)
        .equal()
}

/// The most rows and columns of the matrix; with more points on the line, points share bins.
const BINS: usize = 40;
/// The most bins whose masses are printed.
const PRINTED: usize = 8;

/// Points on the line: the plan as a matrix, from where to where, with the masses of both laws along its edges.
fn matrix(plan: &Plan, x: &Cloud<'_>, y: &Cloud<'_>, total: f64) -> Panel {
    let (from, to) = (Bins::of(x.law), Bins::of(y.law));
    let (rows, columns) = (from.names.len(), to.names.len());
    let mut cells = vec![0.0; rows * columns];
    plan.for_each(|i, j, mass| {
        cells[from.bin(x.law.point(i)[0]) * columns + to.bin(y.law.point(j)[0])] += total * mass
    });
    let row_sums: Vec<f64> = cells.chunks(columns).map(|row| row.iter().sum()).collect();
    let column_sums: Vec<f64> = (0..columns).map(|j| cells.iter().skip(j).step_by(columns).sum()).collect();
    let largest = row_sums.iter().chain(&column_sums).copied().fold(f64::MIN_POSITIVE, f64::max);
    let side = rows.max(columns) as f64;
    let (right, below) = (columns as f64 - 0.5 + 0.02 * side, rows as f64 - 0.5 + 0.02 * side);
    let reach = 0.28 * side / largest;
    let beside: Vec<[f64; 4]> =
        (0..rows).map(|i| [right, i as f64 - 0.4, right + reach * row_sums[i], i as f64 + 0.4]).collect();
    let under: Vec<[f64; 4]> =
        (0..columns).map(|j| [j as f64 - 0.4, below, j as f64 + 0.4, below + reach * column_sums[j]]).collect();
    // entropic dust is not printed
    cells.iter_mut().filter(|mass| **mass < 1e-9 * largest).for_each(|mass| *mass = 0.0);
    let matrix = Series::cells("", &cells, columns);
    let name = |cloud: &Cloud<'_>| cloud.columns.map_or_else(String::new, |names| format!(": {}", names[0]));
    Panel::new(
        Axis::categories(format!("to y{}", name(y)), to.names).range(-0.5, right + 0.32 * side),
        Axis::categories(format!("from x{}", name(x)), from.names).range(-0.5, below + 0.32 * side).reversed(),
    )
    .add(if rows.max(columns) <= PRINTED { matrix.printed() } else { matrix })
    .add(Series::boxes("mass of x", &beside))
    .add(Series::boxes("mass of y", &under))
    .size(430.0, 430.0)
}

/// The places of a law on the line: each point its own where they are few, else bins of equal width.
struct Bins {
    /// Ascending; where a bin begins.
    starts: Vec<f64>,
    names: Vec<String>,
}

impl Bins {
    fn of(law: &Empirical) -> Self {
        let mut points: Vec<f64> = law.points().iter().copied().collect();
        points.sort_by(f64::total_cmp);
        points.dedup_by(|a, b| a.total_cmp(b).is_eq());
        if points.len() > BINS {
            let (low, high) = (points[0], points[points.len() - 1]);
            points = (0..BINS).map(|k| low + (high - low) * k as f64 / BINS as f64).collect();
        }
        // about eight names fit
        let every = points.len().div_ceil(8);
        let named = |(k, t): (usize, &f64)| if k % every == 0 { text::place(*t) } else { String::new() };
        Self { names: points.iter().enumerate().map(named).collect(), starts: points }
    }

    fn bin(&self, t: f64) -> usize {
        self.starts.partition_point(|&start| start <= t).saturating_sub(1)
    }
}

/// How the bracket of the optimum closed, and the marginal error where the solver records it.
pub fn convergence(solution: &Solution, watched: &[Progress], total: f64) -> Figure {
    let report = &solution.report;
    let mut steps: Vec<(f64, f64, f64)> =
        watched.iter().map(|seen| (seen.iterations as f64, total * seen.primal, total * seen.dual)).collect();
    steps.push((report.iterations as f64, total * report.primal, total * report.dual));
    // the best upper bound and the best lower bound so far remain bounds
    for k in 1..steps.len() {
        steps[k].1 = steps[k].1.min(steps[k - 1].1);
        steps[k].2 = steps[k].2.max(steps[k - 1].2);
    }
    let at: Vec<f64> = steps.iter().map(|step| step.0).collect();
    let (upper, lower): (Vec<f64>, Vec<f64>) = steps.iter().map(|step| (step.1, step.2)).unzip();
    let what = "iteration (pivot for the simplex)";
    let bracket = Panel::new(Axis::new(what), Axis::new("cost"))
        .title("the optimum lies between")
        .add(Series::line("primal (a plan)", &at, &upper).markers())
        .add(Series::line("dual (prices)", &at, &lower).markers())
        .size(330.0, 240.0);
    let mut panels = vec![bracket];
    let gaps: Vec<(f64, f64)> = steps.iter().map(|s| (s.0, s.1 - s.2)).filter(|gap| gap.1 > 0.0).collect();
    let mut errors: Vec<(f64, f64)> =
        report.trace.iter().map(|&(step, error)| (step as f64, error)).filter(|point| point.1 > 0.0).collect();
    errors.dedup_by_key(|point| point.0.to_bits());
    if !gaps.is_empty() || !errors.is_empty() {
        let mut panel =
            Panel::new(Axis::new(what), Axis::new("distance from the end").log()).title("how fast").size(330.0, 240.0);
        for (label, points) in [("gap (unit of cost)", gaps), ("marginal error (L1, mass)", errors)] {
            if !points.is_empty() {
                let (at, values): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
                panel = panel.add(Series::line(label, &at, &values).markers());
            }
        }
        panels.push(panel);
    }
    Figure::new(format!("Convergence: {}, {}", report.method, report.status), panels)
}
