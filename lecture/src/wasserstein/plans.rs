//! F1 to F4: moving plans, and the best of them.

use super::shared::{CHAPTER, PILES, Proof, TARGET, distance_matrix};
use crate::claim::{difference, larger, smaller};
use crate::shared::linspace;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::divergence::jsd;
use fenchel::measure::{Empirical, Pmf};
use fenchel::numeric::{Sum, stream};
use fenchel::plot::{Axis, Figure, Panel, Segment, Series};
use fenchel::transport::{Cost, Exact, Ground, Plan, Problem, line, w1};
use ndarray::{Array2, array};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

/// F1: a pile and a target.
pub(super) fn two_points(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let at = |x: f64| Empirical::new(Array2::from_elem((1, 1), x));
    // a pile of twelve parts in the plane, and the same pile moved
    let mut rng = stream(seed, 65);
    let pile = Array2::from_shape_simple_fn((12, 2), || StandardNormal.sample(&mut rng));
    let weights = Pmf::normalised((1..=12).map(f64::from).collect::<Vec<f64>>())?.masses().to_vec();
    let distances = [0.5, 1.0, 3.0, 100.0];
    let (mut sorted, mut simplex) = (Vec::new(), Vec::new());
    for d in distances {
        sorted.push(w1(&at(0.0)?, &at(d)?)?.distance());
        let moved = &pile + &array![[0.6 * d, -0.8 * d]];
        let costs = Cost::between(pile.view(), moved.view(), Ground::Euclidean)?.to_dense();
        let problem = Problem::with_cost(costs, Some(weights.clone()), Some(weights.clone()))?;
        simplex.push(Exact::new().solve(&problem)?.cost());
    }
    let about =
        |id: &str, statement: &str| Claim::about(id, CHAPTER, statement, "S3 L578-595").figure("f1-pile-and-target");
    claims.push(
        about("F1", "Two point masses at distance d: all of the earth moves by d, W1(δ₀, δ_d) = d. d = ½, 1, 3, 100, by sorting")
            .vector(&sorted, &distances, 1e-12),
    );
    claims.push(
        about("F1.2", "A pile of twelve parts of different weight in the plane, moved by d in one direction: W1 = d by the network simplex, which knows nothing of directions. d = ½, 1, 3, 100")
            .vector(&simplex, &distances, 1e-12),
    );

    let far = linspace(0.0, 5.0, 21);
    let mut values = (Vec::new(), Vec::new());
    for &d in &far {
        values.0.push(w1(&at(0.0)?, &at(d)?)?.distance());
        let atoms = |first: bool| {
            Pmf::new(if d == 0.0 {
                vec![1.0]
            } else if first {
                vec![1.0, 0.0]
            } else {
                vec![0.0, 1.0]
            })
        };
        values.1.push(jsd(&atoms(true)?, &atoms(false)?)?.value);
    }
    let piles = Panel::new(Axis::new("position").range(-0.7, 3.7), Axis::new("mass").range(0.0, 1.35))
        .title("All of P moves by d = 3")
        .add(Series::boxes("P, the earth", &[[-0.3, 0.0, 0.3, 1.0]]))
        .add(Series::boxes("Q, the hole", &[[2.7, 0.0, 3.3, 1.0]]))
        .add(
            Series::segments("the move", &[Segment { from: (0.0, 1.12), to: (3.0, 1.12), mass: 1.0 }])
                .arrows()
                .style(2),
        )
        .note(1.5, 1.22, "distance d = 3");
    let curve = Panel::new(Axis::new("distance d"), Axis::new("W1 (unit of d), JSD (nats)"))
        .title("W1 grows with the distance, JSD does not")
        .add(Series::line("W1", &far, &values.0).style(3))
        .add(Series::points("JSD (nats)", &far, &values.1).style(4));
    figures.push(Illustration {
        id: "f1-pile-and-target",
        figure: Figure::new("The earth mover", [piles, curve]),
        caption:
            "Moving one pile costs its mass times the distance. The Jensen-Shannon divergence only knows whether the \
                  pile lies in place."
                .to_owned(),
    });
    Ok(())
}

fn average_distance(plan: &Array2<f64>, costs: &Array2<f64>) -> f64 {
    Sum::of(plan.iter().zip(costs).map(|(p, c)| p * c))
}

/// A plan by filling greedily along random orders of sources and targets: a vertex of the polytope of plans.
fn random_plan(a: &[f64], b: &[f64], rng: &mut impl Rng) -> Array2<f64> {
    let (mut rows, mut columns): (Vec<usize>, Vec<usize>) = ((0..a.len()).collect(), (0..b.len()).collect());
    rows.shuffle(rng);
    columns.shuffle(rng);
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    let mut plan = Array2::zeros((a.len(), b.len()));
    for &i in &rows {
        for &j in &columns {
            let amount = a[i].min(b[j]);
            plan[[i, j]] += amount;
            a[i] -= amount;
            b[j] -= amount;
        }
    }
    plan
}

/// Masses left by rounding, which no figure should show.
const DUST: f64 = 1e-12;

fn swept(plan: &Plan) -> Vec<f64> {
    plan.to_dense().iter().map(|&mass| if mass > DUST { mass } else { 0.0 }).collect()
}

/// F2: many plans, and the best of them.
pub(super) fn moving_plans(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let about =
        |id: &str, statement: &str| Claim::about(id, CHAPTER, statement, "S3 L602-638").figure("f2-moving-plans");

    // two piles at 0 and 3, two holes at 1 and 2: all plans are [[s, 1/2 - s], [1/2 - s, s]]
    let costs = array![[1.0, 2.0], [2.0, 1.0]];
    let cost_of = |s: f64| average_distance(&array![[s, 0.5 - s], [0.5 - s, s]], &costs);
    let shares = linspace(0.0, 0.5, 51);
    let best = line::wasserstein(&[0.0, 3.0], None, &[1.0, 2.0], None, 1.0)?;
    let least = shares.iter().map(|&s| cost_of(s)).fold(f64::INFINITY, smaller);
    claims.push(
        about("F2", "There are many moving plans; W is the least average distance. Piles ½ at 0 and 3, holes ½ at 1 and 2, plans γ(s) = [[s, ½ − s], [½ − s, s]]: the least over s and the W1 that the library finds are 1")
            .vector(&[least, best.distance()], &[1.0; 2], 1e-12),
    );
    let mut rng = stream(seed, 63);
    let mut off = 0.0;
    for _ in 0..200 {
        let costs = Array2::from_shape_simple_fn((2, 2), || rng.random::<f64>());
        let slope = costs[[0, 0]] + costs[[1, 1]] - costs[[0, 1]] - costs[[1, 0]];
        let solution = Exact::new().solve(&Problem::with_cost(costs, Some(vec![0.5; 2]), Some(vec![0.5; 2]))?)?;
        let end = if slope < 0.0 { 0.5 } else { 0.0 };
        off = larger(off, difference(solution.plan.to_dense()[[0, 0]], end));
    }
    claims.push(
        about("F2.2", "The average cost of γ(s) = [[s, ½ − s], [½ − s, s]] is linear in s. So its least value is at an end: s = ½ if it falls, s = 0 if it rises. Largest distance of the plan of the network simplex from that end, under 200 random costs")
            .absolute(off, 0.0, 1e-12),
    );
    five_piles(seed, claims, figures)
}

/// Rows F2.3 and F2.4: the best and the worst plan between the five piles and holes.
fn five_piles(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let about =
        |id: &str, statement: &str| Claim::about(id, CHAPTER, statement, "S3 L602-638").figure("f2-moving-plans");
    let costs = distance_matrix(5);
    let solve = |costs: Array2<f64>| -> Result<(Plan, f64)> {
        let solution = Exact::new().solve(&Problem::with_cost(costs, Some(PILES.to_vec()), Some(TARGET.to_vec()))?)?;
        Ok((solution.plan.clone(), solution.cost()))
    };
    let (best, least) = solve(costs.clone())?;
    let (worst, greatest) = solve(-&costs)?;
    let greatest = -greatest;
    let bins = [0.0, 1.0, 2.0, 3.0, 4.0];
    claims.push(
        about("F2.3", "On the five piles of the figure the least average distance over all plans is the area between the distribution functions, 0.15 + 0.15 + 0.3 + 0.3. Measured by the network simplex, and as that area. The greatest average distance, that of the plan that reverses the order, is 2.3")
            .vector(&[least, line::area(&bins, Some(&PILES), &bins, Some(&TARGET))?, greatest], &[0.9, 0.9, 2.3], 1e-12),
    );
    let mut rng = stream(seed, 60);
    let mut seen = (f64::INFINITY, f64::NEG_INFINITY);
    for _ in 0..10_000 {
        let cost = average_distance(&random_plan(&PILES, &TARGET, &mut rng), &costs);
        seen = (smaller(seen.0, cost), larger(seen.1, cost));
    }
    claims.push(
        about(
            "F2.4",
            "None of 10,000 random plans between the five piles and holes is better than the best plan that the solver finds, nor worse than the worst; their least and greatest average distance",
        )
        .property(
            format!("within [{least:.4}, {greatest:.4}]"),
            format!("[{:.4}, {:.4}]", seen.0, seen.1),
            seen.0 >= least - 1e-12 && seen.1 <= greatest + 1e-12,
        ),
    );
    figures.push(two_plans((&best, least), (&worst, greatest)));
    Ok(())
}

/// The best and the worst plan with their costs, as moves and as matrices.
fn two_plans(best: (&Plan, f64), worst: (&Plan, f64)) -> Illustration {
    let moves = |plan: &Plan| -> Vec<Segment> {
        let arcs = plan.arcs().into_iter().filter(|arc| arc.2 > DUST);
        arcs.map(|(i, j, mass)| Segment { from: (i as f64, 1.0), to: (j as f64, 0.0), mass }).collect()
    };
    let widths = |heights: &[f64], base: f64, sign: f64| -> Vec<[f64; 4]> {
        heights.iter().enumerate().map(|(k, h)| [k as f64 - 0.3, base, k as f64 + 0.3, base + sign * h]).collect()
    };
    let mut panels = Vec::new();
    for (title, (plan, cost)) in [("Best plan", best), ("Worst plan", worst)] {
        panels.push(
            Panel::new(Axis::categories("position", ["0", "1", "2", "3", "4"]), Axis::hidden().range(-0.5, 1.5))
                .title(format!("{title}: average distance {cost:.2}"))
                .add(Series::segments("mass moved (width)", &moves(plan)).arrows().style(2))
                .add(Series::boxes("piles P", &widths(&PILES, 1.05, 1.0)).style(0))
                .add(Series::boxes("target Q", &widths(&TARGET, -0.05, -1.0)).style(1))
                .size(300.0, 230.0),
        );
    }
    for plan in [best.0, worst.0] {
        let dense = swept(plan);
        panels.push(Panel::plan(("piles P", &PILES), ("target Q", &TARGET), &dense));
    }
    Illustration {
        id: "f2-moving-plans",
        figure: Figure::grid("The same earth, two moving plans", 2, panels),
        caption:
            "Both plans turn the piles P into the target Q. The best one keeps near the diagonal of the matrix (rows: \
                  where mass comes from; columns: where it goes); the worst one crosses as far as it can."
                .to_owned(),
    }
}

/// F3: the sum on the board.
pub(super) fn board(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let (p, q) = ([0.4, 0.3, 0.2, 0.1], [0.3, 0.2, 0.3, 0.2]);
    let bins = [0.0, 1.0, 2.0, 3.0];
    let about = |id: &str, statement: &str| {
        Claim::about(id, CHAPTER, statement, "S0 L79-83; O037")
            .corrects("the picture is lost and the plan cannot be recovered; P = (4, 3, 2, 1)/10 and Q = (3, 2, 3, 2)/10 give these numbers, as any pair with P − Q = (1, 1, −1, −1)/10 does")
            .figure("f3-board")
    };
    let sorted = line::wasserstein(&bins, Some(&p), &bins, Some(&q), 1.0)?;
    let solution = Exact::new().solve(&Problem::with_cost(distance_matrix(4), Some(p.to_vec()), Some(q.to_vec()))?)?;
    claims.push(
        about("F3", "The board’s 1/10 + 2/10 + 1/10 = 4/10 is the least work of turning P into Q: by sorting")
            .absolute(sorted.distance(), 0.4, 1e-12),
    );
    claims.push(
        about(
            "F3.2",
            "The least work of turning the board’s P into Q is 4/10: by linear programming (network simplex)",
        )
        .absolute(solution.cost(), 0.4, 1e-12),
    );
    claims.push(
        about(
            "F3.3",
            "The least work of turning the board’s P into Q is 4/10: as the area between the distribution functions",
        )
        .absolute(line::area(&bins, Some(&p), &bins, Some(&q))?, 0.4, 1e-12),
    );
    let arcs = solution.plan.arcs();
    let crossings = [0, 1, 2].map(|k| {
        // both ways: a plan that is not best carries something back
        Sum::of(arcs.iter().map(|&(i, j, mass)| if (i <= k) == (j <= k) { 0.0 } else { mass }))
    });
    claims.push(
        about("F3.4", "The board’s three terms are the earth that the best plan carries past each of the three borders between the bins, both ways together (network simplex)")
            .vector(&crossings, &[0.1, 0.2, 0.1], 1e-12),
    );
    let names = ["0", "1", "2", "3"];
    let bars = Panel::new(Axis::categories("bin", names), Axis::new("mass").range(0.0, 0.45))
        .title("The board’s P and Q")
        .add(Series::bars("P", &p))
        .add(Series::bars("Q", &q));
    let crossing = Panel::new(
        Axis::categories("from bin to bin", ["0 to 1", "1 to 2", "2 to 3"]),
        Axis::new("mass").range(0.0, 0.25),
    )
    .title("Past each border: 0.1 + 0.2 + 0.1")
    .add(Series::bars("earth that crosses", &crossings));
    let dense = swept(&solution.plan);
    figures.push(Illustration {
        id: "f3-board",
        figure: Figure::new("The sum on the board", [bars, crossing, Panel::plan(("P", &p), ("Q", &q), &dense).title("A best plan").size(230.0, 230.0)]),
        caption: "P has one tenth too much in each of the first two bins. One tenth crosses from bin 0 to 1, two tenths from 1 \
                  to 2, one tenth from 2 to 3."
            .to_owned(),
    });
    Ok(())
}

/// F4: the definition.
pub(super) fn definition(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    let mut rng = stream(seed, 61);
    let (n, m) = (60, 45);
    let mut cloud = |n: usize, shift: f64| -> Result<Empirical> {
        let points = Array2::from_shape_simple_fn((n, 2), || {
            let z: f64 = StandardNormal.sample(&mut rng);
            z + shift
        });
        let weights = Pmf::normalised((0..n).map(|_| rng.random_range(0.1..1.0)).collect::<Vec<f64>>())?;
        Empirical::weighted(points, weights.masses().to_vec())
    };
    let (x, y) = (cloud(n, 0.0)?, cloud(m, 1.0)?);
    let solution = w1(&x, &y)?;
    let costs = Cost::between(x.points(), y.points(), Ground::Euclidean)?.to_dense();
    let proof = Proof::of(&solution, &costs, (x.weights(), y.weights()));
    let about = |id: &str, statement: &str| {
        Claim::about(id, CHAPTER, statement, "S1 L142, L155-169, S4 L49").corrects("writes δ for γ; S4 has “y ~ p(y)”")
    };
    claims.push(
        about("F4", "W(p, q) = inf over γ ∈ Π(p, q) of E_γ ‖x − y‖ with ∫ γ(x, y) dx = q(y), ∫ γ(x, y) dy = p(x): largest error of the marginals of the plan found (60 and 45 weighted points in the plane)")
            .absolute(proof.residual, 0.0, 1e-12),
    );
    claims.push(
        about(
            "F4.2",
            "E_γ ‖x − y‖ summed over the plan between 60 and 45 weighted points is the distance that is reported",
        )
        .relative(solution.distance(), proof.primal, 1e-12),
    );
    claims.push(
        about("F4.3", "No plan between 60 and 45 weighted points does better than the one found. Measured by the claim’s own sums: its cost minus Σ a u + Σ b v of the potentials found; and the largest excess of u_i + v_j over ‖x_i − y_j‖")
            .vector(&[proof.primal - proof.dual, proof.excess.max(0.0)], &[0.0; 2], 1e-12),
    );
    let least = solution.plan.to_dense().iter().copied().fold(f64::INFINITY, smaller);
    claims.push(
        about(
            "F4.4",
            "The plan between 60 and 45 weighted points is a law: its least entry is not negative, and its total is 1",
        )
        .vector(&[least.min(0.0), Sum::of(solution.plan.to_dense())], &[0.0, 1.0], 1e-14),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greedy_plans_are_plans() {
        let plan = random_plan(&PILES, &TARGET, &mut stream(3, 0));
        for (i, row) in plan.rows().into_iter().enumerate() {
            assert!((row.sum() - PILES[i]).abs() < 1e-15);
        }
        for (j, column) in plan.columns().into_iter().enumerate() {
            assert!((column.sum() - TARGET[j]).abs() < 1e-15);
        }
    }
}
