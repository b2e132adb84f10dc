//! The spanning tree of the network simplex: flows, potentials, and the pivot that exchanges one arc.
//!
//! Nodes are the `n` sources, the `m` sinks and one root. A basis is a tree on them; its real arcs lead from sources to
//! sinks, and an artificial arc to the root, which never carries flow, holds each part of the tree that the real arcs
//! do not connect. The tree is *strongly feasible*: an arc without flow points towards the root. The leaving arc is
//! chosen so that this stays true.
//!
//! No sequence of pivots is endless, on a computer, too. The reduced cost of an arc is the sum of the costs around the cycle
//! that it closes in the tree. That sum does not depend on potentials, nor on their rounding: [`Tree::pivot`] adds it up
//! while it walks the cycle, with a bound of its own rounding, and refuses an arc whose sum is not *proven* to be negative.
//! Flows are integers and exact. So each pivot is one of the simplex method in exact arithmetic on a strongly feasible tree:
//! it lowers the cost of the flow, or leaves it and lowers the sum of the exact potentials (Cunningham 1976,
//! doi:10.1007/BF01580379). No tree comes back, and there are finitely many. Potentials in floating point only say where
//! to look.
//!
//! The tree knows nothing of where arcs come from.

use crate::numeric::Sum;
use crate::transport::problem::masses::Flow;

const NONE: u32 = u32::MAX;

#[derive(Debug)]
pub(in crate::transport) struct Tree {
    sources: usize,
    links: Vec<Links>,
    /// Nodes in the subtree.
    size: Vec<u32>,
    /// The arc to the parent.
    up: Vec<Up>,
    /// `u_i` for a source, `-v_j` for a sink, so that an arc of the tree has `c = potential[i] - potential[j]` and a
    /// shift of a subtree adds one constant.
    potential: Vec<f64>,
    /// The largest potential on the path from the root when potentials were last computed anew: their rounding is in
    /// proportion to it.
    scale: Vec<f64>,
    queue: Vec<u32>,
    path: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Up {
    flow: i64,
    cost: f64,
}

/// The cycle that an arc closes.
struct Cycle {
    apex: u32,
    /// The node whose arc to its parent leaves.
    out: u32,
    on_source_side: bool,
    /// The flow that can be sent.
    moved: i64,
    /// The sum of the costs around it: the reduced cost of the arc.
    reduced: f64,
    /// How far that sum may be from the true one.
    error: f64,
}

#[derive(Debug, Clone, Copy)]
struct Links {
    parent: u32,
    child: u32,
    next: u32,
    previous: u32,
}

impl Tree {
    /// The tree of arcs that form a forest. Each part hangs from the root by the source in `roots`, at the potential
    /// given there; seen from it, the arcs without flow must point upwards, from source to sink.
    pub(in crate::transport) fn of_forest(
        sources: usize,
        sinks: usize,
        arcs: &[Flow],
        roots: &[(u32, f64)],
        cost: impl Fn(usize, usize) -> f64,
    ) -> Self {
        let nodes = sources + sinks;
        let root = nodes as u32;
        let mut tree = Self {
            sources,
            links: vec![Links { parent: NONE, child: NONE, next: NONE, previous: NONE }; nodes + 1],
            size: vec![1; nodes + 1],
            up: vec![Up { flow: 0, cost: 0.0 }; nodes + 1],
            potential: vec![0.0; nodes + 1],
            scale: vec![0.0; nodes + 1],
            queue: vec![0; nodes + 3],
            path: Vec::new(),
        };
        let neighbours = Neighbours::of(sources, nodes, arcs);
        let mut seen = vec![false; nodes];
        // nodes without an arc hang from the root, too
        let alone = (0..nodes as u32).filter(|&node| neighbours.of_node(node).is_empty()).map(|node| (node, 0.0));
        let mut queue = Vec::with_capacity(nodes);
        for (start, potential) in roots.iter().copied().chain(alone) {
            if std::mem::replace(&mut seen[start as usize], true) {
                continue;
            }
            tree.attach(start, root);
            tree.up[start as usize].cost = potential;
            queue.clear();
            queue.push(start);
            let mut head = 0;
            while head < queue.len() {
                let node = queue[head];
                head += 1;
                for &arc in neighbours.of_node(node) {
                    let Flow { i, j, mass } = arcs[arc as usize];
                    let sink = j + sources as u32;
                    let other = if node == i { sink } else { i };
                    if std::mem::replace(&mut seen[other as usize], true) {
                        continue;
                    }
                    tree.attach(other, node);
                    tree.up[other as usize] = Up { flow: mass, cost: cost(i as usize, j as usize) };
                    queue.push(other);
                }
            }
        }
        debug_assert!(seen.iter().all(|&seen| seen), "every part has a root");
        tree.refresh();
        tree
    }

    /// Sources and sinks.
    pub(in crate::transport) fn nodes(&self) -> usize {
        self.links.len() - 1
    }

    /// Computes sizes and potentials anew from the arcs of the tree, free of the rounding that shifts accumulate.
    pub(in crate::transport) fn refresh(&mut self) {
        let root = self.root();
        self.potential[root as usize] = 0.0;
        let nodes = self.collect(root);
        for k in 1..nodes {
            let node = self.queue[k] as usize;
            let parent = self.links[node].parent as usize;
            self.potential[node] = self.potential[parent] + self.rise(node);
            self.scale[node] = self.scale[parent].max(self.potential[node].abs());
            self.size[node] = 1;
        }
        self.size[root as usize] = 1;
        for k in (1..nodes).rev() {
            let node = self.queue[k] as usize;
            self.size[self.links[node].parent as usize] += self.size[node];
        }
    }

    /// Potentials `u` of the sources and `-v` of the sinks.
    pub(in crate::transport) fn potentials(&self) -> (&[f64], &[f64]) {
        let (sources, rest) = self.potential.split_at(self.sources);
        (sources, &rest[..rest.len() - 1])
    }

    /// What the rounding of the potentials is in proportion to, for the sources and for the sinks.
    pub(in crate::transport) fn scales(&self) -> (&[f64], &[f64]) {
        let (sources, rest) = self.scale.split_at(self.sources);
        (sources, &rest[..rest.len() - 1])
    }

    /// Potentials `u` of the sources and `v` of the sinks.
    pub(in crate::transport) fn duals(&self) -> (Vec<f64>, Vec<f64>) {
        let (u, minus_v) = self.potentials();
        (u.to_vec(), minus_v.iter().map(|v| -v).collect())
    }

    /// The arcs that carry flow.
    pub(in crate::transport) fn arcs(&self) -> Vec<Flow> {
        let mut arcs = Vec::new();
        for node in 0..self.nodes() {
            let mass = self.up[node].flow;
            if mass > 0 {
                let (below, parent) = (node as u32, self.links[node].parent);
                let (i, j) = if self.is_source(node) { (below, parent) } else { (parent, below) };
                arcs.push(Flow { i, j: j - self.sources as u32, mass });
            }
        }
        arcs.sort_unstable();
        arcs
    }

    /// Whether no arc with flow has a positive cost.
    pub(in crate::transport) fn is_free(&self) -> bool {
        self.up.iter().all(|up| up.flow == 0 || up.cost <= 0.0)
    }

    /// Brings the arc `(source, sink)` of this cost into the tree and sends around the cycle what fits; or refuses, if the
    /// reduced cost of the arc is not proven to be negative.
    pub(in crate::transport) fn pivot(&mut self, source: usize, sink: usize, cost: f64) -> bool {
        let (i, j) = (source as u32, (self.sources + sink) as u32);
        let Cycle { apex, out, on_source_side, moved, mut reduced, error } = self.cycle(i, j, cost);
        let proven = |reduced: f64, error: f64| reduced < -error;
        if !proven(reduced, error) {
            let error;
            (reduced, error) = self.reduced_cost(i, j, apex, cost);
            if !proven(reduced, error) {
                return false;
            }
        }
        if moved > 0 {
            self.send(i, apex, moved, false);
            self.send(j, apex, moved, true);
        }
        // the part that the leaving arc cuts off hangs from the other end of the entering arc
        let (inner, outer, shift) = if on_source_side { (i, j, reduced) } else { (j, i, -reduced) };
        let size = self.size[out as usize];
        // from the apex upwards all sizes stay as they are
        let mut node = self.links[out as usize].parent;
        while node != apex {
            self.size[node as usize] -= size;
            node = self.links[node as usize].parent;
        }
        self.detach(out);
        if 2 * (size as usize) <= self.links.len() {
            self.shift(out, shift);
        } else {
            let root = self.root();
            self.shift(root, -shift);
        }
        self.reroot(inner, out);
        self.attach(inner, outer);
        self.up[inner as usize] = Up { flow: moved, cost };
        let mut node = outer;
        while node != apex {
            self.size[node as usize] += size;
            node = self.links[node as usize].parent;
        }
        true
    }

    /// The cycle that `(i, j)` closes. Of several blocking arcs the last one along it, from the apex through `(i, j)`,
    /// leaves.
    fn cycle(&self, i: u32, j: u32, cost: f64) -> Cycle {
        let (mut x, mut y) = (i, j);
        let (mut least_x, mut out_x) = (i64::MAX, NONE);
        let (mut least_y, mut out_y) = (i64::MAX, NONE);
        let (mut rise_x, mut rise_y, mut total, mut terms) = (0.0, 0.0, cost.abs(), 4.0);
        while x != y {
            terms += 1.0;
            if self.size[x as usize] < self.size[y as usize] {
                let Up { flow, cost } = self.up[x as usize];
                // downwards to i: the cycle runs against arcs that point up
                if self.points_up(x) && flow < least_x {
                    (least_x, out_x) = (flow, x);
                }
                rise_x += self.rise(x as usize);
                total += cost.abs();
                x = self.links[x as usize].parent;
            } else {
                let Up { flow, cost } = self.up[y as usize];
                if !self.points_up(y) && flow <= least_y {
                    (least_y, out_y) = (flow, y);
                }
                rise_y += self.rise(y as usize);
                total += cost.abs();
                y = self.links[y as usize].parent;
            }
        }
        // a sum of k numbers errs by (k - 1) units in the last place of the sum of their sizes; twice that covers the rounding
        // of the bound
        let (reduced, error) = (cost - rise_x + rise_y, f64::EPSILON * terms * total);
        let (on_source_side, out, moved) =
            if least_y <= least_x { (false, out_y, least_y) } else { (true, out_x, least_x) };
        Cycle { apex: x, out, on_source_side, moved, reduced, error }
    }

    /// The sum of the costs around the cycle that `(i, j)` closes, in twice the digits, and a bound of its error (Ogita, Rump
    /// and Oishi 2005, doi:10.1137/030601818).
    fn reduced_cost(&self, i: u32, j: u32, apex: u32, cost: f64) -> (f64, f64) {
        let mut sum = Sum::from_iter([cost]);
        let (mut total, mut terms) = (cost.abs(), 4.0);
        for (end, sign) in [(i, -1.0), (j, 1.0)] {
            let mut node = end;
            while node != apex {
                let rise = self.rise(node as usize);
                sum.add(sign * rise);
                total += rise.abs();
                terms += 1.0;
                node = self.links[node as usize].parent;
            }
        }
        let part = f64::EPSILON * terms;
        (sum.value(), part * part * total)
    }

    /// The potential of a node less that of its parent.
    #[inline(always)]
    fn rise(&self, node: usize) -> f64 {
        let cost = self.up[node].cost;
        if self.is_source(node) { cost } else { -cost }
    }

    /// Sends flow along the path from `node` up to `apex` (or down it).
    fn send(&mut self, mut node: u32, apex: u32, flow: i64, up: bool) {
        while node != apex {
            let with = self.points_up(node) == up;
            self.up[node as usize].flow += if with { flow } else { -flow };
            node = self.links[node as usize].parent;
        }
    }

    /// Turns the detached subtree of `old` into the subtree of `new`, one of its nodes: reverses the path between them.
    fn reroot(&mut self, new: u32, old: u32) {
        let total = self.size[old as usize];
        let mut path = std::mem::take(&mut self.path);
        path.clear();
        path.push(new);
        while *path.last().expect("starts with one node") != old {
            let last = path[path.len() - 1];
            path.push(self.links[last as usize].parent);
        }
        for k in (1..path.len()).rev() {
            // hang path[k] below path[k - 1]
            let (upper, lower) = (path[k] as usize, path[k - 1] as usize);
            self.detach(path[k - 1]);
            self.size[upper] -= self.size[lower];
            self.up[upper] = self.up[lower];
        }
        for k in 1..path.len() {
            self.attach(path[k], path[k - 1]);
        }
        for k in (0..path.len() - 1).rev() {
            self.size[path[k] as usize] += self.size[path[k + 1] as usize];
        }
        debug_assert_eq!(self.size[new as usize], total);
        self.path = path;
    }

    /// Adds a constant to the potentials of a subtree.
    fn shift(&mut self, top: u32, shift: f64) {
        let nodes = self.collect(top);
        for &node in &self.queue[..nodes] {
            self.potential[node as usize] += shift;
        }
    }

    /// Fills the queue with the nodes of a subtree, parents before children, and counts them.
    ///
    /// Child and next sibling are written whether they exist or not, and the end of the queue advances by 0 or 1: how
    /// a tree branches cannot be predicted, so nothing here branches on it.
    fn collect(&mut self, top: u32) -> usize {
        let (links, queue) = (&self.links, &mut self.queue);
        queue[0] = top;
        queue[1] = links[top as usize].child;
        let (mut head, mut end) = (1, 1 + usize::from(queue[1] != NONE));
        while head < end {
            let Links { child, next, .. } = links[queue[head] as usize];
            queue[end] = next;
            end += usize::from(next != NONE);
            queue[end] = child;
            end += usize::from(child != NONE);
            head += 1;
        }
        end
    }

    /// Every node with its parent, the cost of the arc between them and the flow on it.
    #[cfg(test)]
    pub(in crate::transport) fn basis(&self) -> Vec<(usize, usize, f64, i64)> {
        let of_node = |node: usize| (node, self.links[node].parent as usize, self.up[node].cost, self.up[node].flow);
        (0..self.nodes()).map(of_node).collect()
    }

    fn attach(&mut self, node: u32, parent: u32) {
        let next = std::mem::replace(&mut self.links[parent as usize].child, node);
        if next != NONE {
            self.links[next as usize].previous = node;
        }
        let links = &mut self.links[node as usize];
        (links.parent, links.next, links.previous) = (parent, next, NONE);
    }

    fn detach(&mut self, node: u32) {
        let Links { parent, next, previous, .. } = self.links[node as usize];
        if previous == NONE {
            self.links[parent as usize].child = next;
        } else {
            self.links[previous as usize].next = next;
        }
        if next != NONE {
            self.links[next as usize].previous = previous;
        }
        let links = &mut self.links[node as usize];
        (links.parent, links.next, links.previous) = (NONE, NONE, NONE);
    }

    fn root(&self) -> u32 {
        self.links.len() as u32 - 1
    }

    fn is_source(&self, node: usize) -> bool {
        node < self.sources
    }

    /// Whether the arc between this node and its parent leads to the parent.
    fn points_up(&self, node: u32) -> bool {
        self.is_source(node as usize) || self.links[node as usize].parent == self.root()
    }
}

/// Arcs by node.
struct Neighbours {
    first: Vec<u32>,
    arcs: Vec<u32>,
}

impl Neighbours {
    fn of(sources: usize, nodes: usize, arcs: &[Flow]) -> Self {
        let ends = |f: &Flow| [f.i as usize, f.j as usize + sources];
        let mut first = vec![0u32; nodes + 1];
        arcs.iter().flat_map(ends).for_each(|node| first[node + 1] += 1);
        for node in 0..nodes {
            first[node + 1] += first[node];
        }
        let mut place = first.clone();
        let mut by_node = vec![0; 2 * arcs.len()];
        for (k, arc) in arcs.iter().enumerate() {
            for node in ends(arc) {
                by_node[place[node] as usize] = k as u32;
                place[node] += 1;
            }
        }
        Self { first, arcs: by_node }
    }

    fn of_node(&self, node: u32) -> &[u32] {
        &self.arcs[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }
}
