//! Exact transport where some masses are tiny beside others, in units that 128 bits hold.
//!
//! Masses are sent along shortest paths, one source after another, with potentials that keep all reduced costs `c_ij - u_i - v_j`
//! non-negative and those of arcs with flow zero. Flows are integers in units of 2^-119 of the total, so a mass of 1e-20 is moved as
//! exactly as the others. It is slower than the simplex method and only used where what that method's coarser unit loses may count.
//! It then starts from the forest and the potentials of that method, and little is left to send.
//!
//! Source: Edmonds and Karp 1972 (doi:10.1145/321694.321699), Tomizawa 1971 (doi:10.1002/net.3230010206).

use crate::certificate::Status;
use crate::error::{Error, Result};
use crate::numeric::Sum;
use crate::transport::exact::basis::parts::Sets;
use crate::transport::problem::Problem;
use crate::transport::problem::certify::{self, Given, c_transform, dual_value, excess};
use crate::transport::problem::cost::Cost;
use crate::transport::problem::limits::Watch;
use crate::transport::problem::masses::{Masses, WholeMass};
use crate::transport::problem::plan::Plan;
use crate::transport::problem::solution::{GAP, Solution, is_proven};
use std::collections::BTreeMap;

/// Most entries of costs that the paths may have to read: a few minutes.
const READ: f64 = 1e11;
/// An arc of the coarser solution is tight up to the rounding of its potentials.
const TIGHT: f64 = 8.0 * f64::EPSILON;
/// The part of the mass of a set of points that may have nowhere to go, because sums of masses balance to rounding only.
const ROUNDED: f64 = 4e-13;

/// The optimum in fine units. `coarse` is the solution in coarser ones, if there is one: it is returned, and what it lost counted in its
/// gap, where the problem is too large for this method or time is up.
pub(in crate::transport) fn solve(
    problem: &Problem,
    coarse: Option<Solution>,
    mut watch: Watch<'_>,
) -> Result<Solution> {
    let (a, b, cost) = (problem.a(), problem.b(), problem.cost());
    let ((n, m), start) = (cost.shape(), watch.started());
    let masses = Masses::<i128>::of(a, b);
    let table = cost.tabulated_if_slow();
    let mut run = match &coarse {
        Some(solution) => Run::after(&table, &masses, solution),
        None => Run::new(&table, &masses),
    };
    let too_large = (n * m) as f64 * (n + m) as f64 > READ;
    let mut stopped = (too_large && coarse.is_some()).then_some(Status::Stalled);
    for source in 0..n {
        while stopped.is_none() && run.supply[source] > 0 {
            run.augment(source)?;
            run.paths += 1;
            stopped = watch.check(run.paths, || (f64::INFINITY, f64::NEG_INFINITY));
        }
    }
    let plan_of = |masses: &Masses<i128>, flow: &[(usize, usize, i128)]| {
        Plan::sparse((n, m), flow.iter().map(|&(i, j, mass)| (i, j, mass.to_f64() * masses.unit)).collect())
    };
    if let (Some(status), Some(mut solution)) = (stopped, coarse) {
        let lost = Masses::<i64>::of(a, b).lost(a, b);
        let moved = problem.moved(&solution.plan);
        solution.add_lost(lost * cost.largest(), moved);
        if solution.report.status != Status::Converged {
            solution.report.status = status;
        }
        return Ok(solution);
    }
    let plan = plan_of(&masses, &run.forest());
    let potentials = run.proof(problem, &plan);
    let given = Given { a, b, cost: |i, j| cost.at(i, j), root: problem.root() };
    let mut solution = given.solution(plan, potentials, "shortest paths", run.paths, stopped, start);
    if stopped.is_some() {
        // the plan is not complete
        solution.report.primal = f64::INFINITY;
    }
    let moved = problem.moved(&solution.plan);
    solution.add_lost(masses.lost(a, b) * cost.largest(), moved);
    Ok(certify::beyond_rounding(problem, solution, stopped))
}

/// One solve under way.
struct Run<'a> {
    cost: &'a Cost,
    supply: Vec<i128>,
    demand: Vec<i128>,
    masses: &'a Masses<i128>,
    /// The flow into each sink, by source.
    into: Vec<BTreeMap<usize, i128>>,
    u: Vec<f64>,
    v: Vec<f64>,
    paths: usize,
}

impl<'a> Run<'a> {
    fn new(cost: &'a Cost, masses: &'a Masses<i128>) -> Self {
        let (n, m) = cost.shape();
        let (mut u, mut v) = (vec![0.0; n], vec![0.0; m]);
        // potentials with which no arc has a negative reduced cost
        c_transform(cost, &mut u, &mut v);
        let (supply, demand) = (masses.a.clone(), masses.b.clone());
        Self { cost, supply, demand, masses, into: vec![BTreeMap::new(); m], u, v, paths: 0 }
    }

    /// Starts from a solution in coarser units: from its potentials, which are feasible, and its forest, where no cost exceeds their
    /// sum. From the leaves inwards each arc takes what fits, so that all is sent but what the parts of the forest differ by.
    fn after(cost: &'a Cost, masses: &'a Masses<i128>, coarse: &Solution) -> Self {
        let (u, v) = coarse.potentials.clone();
        let (n, m) = (u.len(), v.len());
        let mut arcs = Vec::new();
        coarse.plan.for_each(|i, j, mass| {
            let (c, u, v) = (cost.at(i, j), u[i], v[j]);
            if mass > 0.0 && c - u - v <= TIGHT * (c.abs() + u.abs() + v.abs()) {
                arcs.push([i, n + j]);
            }
        });
        let mut tied = vec![Vec::new(); n + m];
        arcs.iter().enumerate().for_each(|(k, ends)| ends.iter().for_each(|&node| tied[node].push(k)));
        let mut open: Vec<usize> = tied.iter().map(Vec::len).collect();
        let mut leaves: Vec<usize> = (0..n + m).filter(|&node| open[node] == 1).collect();
        let mut left = [&masses.a[..], &masses.b].concat();
        let (mut used, mut into) = (vec![false; arcs.len()], vec![BTreeMap::new(); m]);
        while let Some(leaf) = leaves.pop() {
            let Some(&k) = tied[leaf].iter().find(|&&k| !used[k]) else { continue };
            let [source, sink] = arcs[k];
            let units = left[source].min(left[sink]);
            if units > 0 {
                left[source] -= units;
                left[sink] -= units;
                into[sink - n].insert(source, units);
            }
            used[k] = true;
            let inner = source + sink - leaf;
            open[inner] -= 1;
            if open[inner] == 1 {
                leaves.push(inner);
            }
        }
        let demand = left.split_off(n);
        Self { cost, supply: left, demand, masses, into, u, v, paths: coarse.report.iterations }
    }

    /// Potentials that prove the plan, if there are any: those of the paths, or shortest paths from all sources, or from the heaviest.
    /// Potentials may carry the rounding of costs far larger than those in use, which is dear where much mass has them.
    fn proof(&self, problem: &Problem, plan: &Plan) -> (Vec<f64>, Vec<f64>) {
        let (a, b, cost) = (problem.a(), problem.b(), problem.cost());
        let (n, m) = cost.shape();
        let heaviest = (0..n).max_by_key(|&i| self.masses.a[i]).unwrap_or(0);
        let from = |near: &dyn Fn(usize) -> bool| (0..n).map(|i| if near(i) { 0.0 } else { f64::INFINITY }).collect();
        let (mut primal, mut moved) = (Sum::new(), Sum::new());
        plan.for_each(|i, j, mass| {
            let term = mass * cost.at(i, j);
            primal.add(term);
            moved.add(term.abs());
        });
        let (primal, moved) = (primal.value(), moved.value());
        let (mut best, mut potentials) = (f64::NEG_INFINITY, (vec![0.0; n], vec![0.0; m]));
        for route in 0..3 {
            let (mut u, mut v) = match route {
                0 => (self.u.clone(), self.v.clone()),
                1 => self.potentials(from(&|_| true)),
                _ => self.potentials(from(&|i| i == heaviest)),
            };
            c_transform(cost, &mut u, &mut v);
            let proven = dual_value(a, b, &u, &v) - excess(cost, (a, b), (&u, &v), 0.1 * GAP * moved);
            if proven > best {
                (best, potentials) = (proven, (u, v));
            }
            if is_proven(primal, best, moved) {
                break;
            }
        }
        potentials
    }

    /// Sends what fits along a shortest path from this source to a sink that lacks mass (Dijkstra).
    fn augment(&mut self, source: usize) -> Result<()> {
        let (n, m) = self.cost.shape();
        let (mut to_source, mut to_sink) = (vec![f64::INFINITY; n], vec![f64::INFINITY; m]);
        // the source before each sink, and the sink before each source
        let (mut before_sink, mut before_source) = (vec![usize::MAX; m], vec![usize::MAX; n]);
        let mut done = vec![false; m];
        let mut row = vec![0.0; m];
        to_source[source] = 0.0;
        let mut reached = vec![source];
        let mut next = 0;
        let end = loop {
            while next < reached.len() {
                let i = reached[next];
                next += 1;
                self.cost.fill(i, 0, &mut row);
                for (j, c) in row.iter().enumerate().filter(|(j, c)| !done[*j] && c.is_finite()) {
                    // rounding must not make a path shorter by going on
                    let length = to_source[i] + (c - self.u[i] - self.v[j]).max(0.0);
                    if length < to_sink[j] {
                        (to_sink[j], before_sink[j]) = (length, i);
                    }
                }
            }
            let open = (0..m).filter(|&j| !done[j] && to_sink[j] < f64::INFINITY);
            let Some(j) = open.min_by(|&j, &k| to_sink[j].total_cmp(&to_sink[k])) else {
                return self.leave(source, &reached);
            };
            done[j] = true;
            if self.demand[j] > 0 {
                break j;
            }
            for &i in self.into[j].keys() {
                if to_source[i] == f64::INFINITY {
                    (to_source[i], before_source[i]) = (to_sink[j], j);
                    reached.push(i);
                }
            }
        };
        let length = to_sink[end];
        reached.iter().for_each(|&i| self.u[i] += length - to_source[i]);
        (0..m).filter(|&j| done[j]).for_each(|j| self.v[j] -= length - to_sink[j]);

        let mut amount = self.supply[source].min(self.demand[end]);
        let mut sink = end;
        while before_sink[sink] != source {
            let i = before_sink[sink];
            sink = before_source[i];
            amount = amount.min(self.into[sink][&i]);
        }
        self.supply[source] -= amount;
        self.demand[end] -= amount;
        let mut sink = end;
        loop {
            let i = before_sink[sink];
            *self.into[sink].entry(i).or_insert(0) += amount;
            if i == source {
                return Ok(());
            }
            sink = before_source[i];
            let flow = self.into[sink].get_mut(&i).expect("a path goes back along arcs with flow");
            *flow -= amount;
            if *flow == 0 {
                self.into[sink].remove(&i);
            }
        }
    }

    /// Nothing that these sources reach lacks mass: what is left of the source is rounding, or there is no plan.
    fn leave(&mut self, source: usize, reached: &[usize]) -> Result<()> {
        let mass = reached.iter().fold(0, |mass, &i| mass + self.masses.a[i]);
        if self.supply[source].to_f64() > ROUNDED * mass.to_f64() {
            return Err(Error::infeasible(
                "the transport problem",
                "forbidden arcs (infinite costs) leave no way to move all the mass",
            ));
        }
        self.supply[source] = 0;
        Ok(())
    }

    /// Potentials for this flow by shortest paths, from sources at these distances (Bellman-Ford).
    fn potentials(&self, mut to_source: Vec<f64>) -> (Vec<f64>, Vec<f64>) {
        let (n, m) = self.cost.shape();
        let mut to_sink = vec![f64::INFINITY; m];
        let mut row = vec![0.0; m];
        for _ in 0..=n {
            for (i, from) in to_source.iter().enumerate() {
                self.cost.fill(i, 0, &mut row);
                to_sink.iter_mut().zip(&row).for_each(|(to, c)| *to = to.min(from + c));
            }
            let mut changed = false;
            for (j, into) in self.into.iter().enumerate() {
                for &i in into.keys() {
                    let c = self.cost.at(i, j);
                    let shorter = to_sink[j] - c;
                    if shorter < to_source[i] - 4.0 * f64::EPSILON * (to_sink[j].abs() + c.abs()) {
                        to_source[i] = shorter;
                        changed = true;
                    }
                }
            }
            if !changed {
                break;
            }
        }
        let known = |d: &f64| if d.is_finite() { *d } else { 0.0 };
        (to_source, to_sink) = (to_source.iter().map(|d| -known(d)).collect(), to_sink.iter().map(known).collect());
        (to_source, to_sink)
    }

    /// The flow on at most n + m - 1 arcs. Where arcs with flow form a cycle, mass goes around it until one of them is empty, which
    /// costs nothing, since their reduced costs are zero.
    fn forest(&self) -> Vec<(usize, usize, i128)> {
        let n = self.supply.len();
        let mut flow = BTreeMap::new();
        let mut parts = Sets::new(n + self.demand.len());
        // the neighbours in the forest of sources and, behind them, sinks
        let mut tied: Vec<Vec<usize>> = vec![Vec::new(); n + self.demand.len()];
        for (j, into) in self.into.iter().enumerate() {
            for (&source, &mass) in into {
                let (mut mass, sink) = (mass, n + j);
                // within one part the arc closes a cycle
                if !parts.join(source as u32, sink as u32)
                    && let Some(path) = path(&tied, sink, source)
                {
                    let arc = |k: usize| (path[k].min(path[k + 1]), path[k].max(path[k + 1]));
                    // less on this arc is more on the first of the path, less on the second, and so on
                    let (least, at) =
                        (1..path.len() - 1).step_by(2).map(|k| (flow[&arc(k)], k)).min().unwrap_or((mass, 0));
                    let around = mass.min(least);
                    for k in 0..path.len() - 1 {
                        *flow.entry(arc(k)).or_insert(0) += if k % 2 == 0 { around } else { -around };
                    }
                    mass -= around;
                    if mass == 0 {
                        continue;
                    }
                    let (from, to) = arc(at);
                    flow.remove(&(from, to));
                    tied[from].retain(|&other| other != to);
                    tied[to].retain(|&other| other != from);
                }
                flow.insert((source, sink), mass);
                tied[source].push(sink);
                tied[sink].push(source);
            }
        }
        let carries = flow.into_iter().filter(|(_, mass)| *mass > 0);
        carries.map(|((source, sink), mass)| (source, sink - n, mass)).collect()
    }
}

/// No node.
const NONE: usize = usize::MAX;

/// The nodes between two of a forest, both ends included, if they are in one part of it.
fn path(tied: &[Vec<usize>], from: usize, to: usize) -> Option<Vec<usize>> {
    let mut before = vec![NONE; tied.len()];
    before[from] = from;
    let mut queue = vec![from];
    while let Some(node) = queue.pop() {
        if node == to {
            let mut path = vec![to];
            while path[path.len() - 1] != from {
                path.push(before[path[path.len() - 1]]);
            }
            path.reverse();
            return Some(path);
        }
        for &other in &tied[node] {
            if before[other] == NONE {
                before[other] = node;
                queue.push(other);
            }
        }
    }
    None
}
