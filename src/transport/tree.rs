//! The spanning tree of the network simplex: flows, potentials, and the pivot that exchanges one arc.
//!
//! Nodes are the `n` sources, the `m` sinks and one root. A basis is a tree on them; its real arcs lead from sources to
//! sinks, and an artificial arc to the root, which never carries flow, holds each part of the tree that the real arcs
//! do not connect. The tree is *strongly feasible*: an arc without flow points towards the root. The leaving arc is
//! chosen so that this stays true, and then no sequence of pivots can cycle (Cunningham 1976,
//! doi:10.1007/BF01580379). Flows are integers, so it is also true on a computer.
//!
//! The tree knows nothing of where arcs come from: [`Tree::pivot`] takes any arc of negative reduced cost.

const NONE: u32 = u32::MAX;

/// An arc of a basis and the mass it carries, which may be zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Flow {
    pub i: u32,
    pub j: u32,
    pub mass: i64,
}

#[derive(Debug)]
pub(super) struct Tree {
    sources: usize,
    links: Vec<Links>,
    /// Nodes in the subtree.
    size: Vec<u32>,
    /// Flow on the arc to the parent.
    flow: Vec<i64>,
    /// Cost of the arc to the parent.
    cost: Vec<f64>,
    /// `u_i` for a source, `-v_j` for a sink, so that an arc of the tree has `c = potential[i] - potential[j]` and a
    /// shift of a subtree adds one constant.
    potential: Vec<f64>,
    queue: Vec<u32>,
    path: Vec<u32>,
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
    pub(super) fn of_forest(
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
            flow: vec![0; nodes + 1],
            cost: vec![0.0; nodes + 1],
            potential: vec![0.0; nodes + 1],
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
            tree.cost[start as usize] = potential;
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
                    tree.flow[other as usize] = mass;
                    tree.cost[other as usize] = cost(i as usize, j as usize);
                    queue.push(other);
                }
            }
        }
        debug_assert!(seen.iter().all(|&seen| seen), "every part has a root");
        tree.refresh();
        tree
    }

    /// Sources and sinks.
    pub(super) fn nodes(&self) -> usize {
        self.links.len() - 1
    }

    /// Computes sizes and potentials anew from the arcs of the tree, free of the rounding that shifts accumulate.
    pub(super) fn refresh(&mut self) {
        let root = self.root();
        self.potential[root as usize] = 0.0;
        let nodes = self.collect(root);
        for k in 1..nodes {
            let node = self.queue[k] as usize;
            let parent = self.links[node].parent as usize;
            let cost = if self.is_source(node) { self.cost[node] } else { -self.cost[node] };
            self.potential[node] = self.potential[parent] + cost;
            self.size[node] = 1;
        }
        self.size[root as usize] = 1;
        for k in (1..nodes).rev() {
            let node = self.queue[k] as usize;
            self.size[self.links[node].parent as usize] += self.size[node];
        }
    }

    /// Potentials `u` of the sources and `-v` of the sinks.
    pub(super) fn potentials(&self) -> (&[f64], &[f64]) {
        let (sources, rest) = self.potential.split_at(self.sources);
        (sources, &rest[..rest.len() - 1])
    }

    /// Potentials `u` of the sources and `v` of the sinks.
    pub(super) fn duals(&self) -> (Vec<f64>, Vec<f64>) {
        let (u, minus_v) = self.potentials();
        (u.to_vec(), minus_v.iter().map(|v| -v).collect())
    }

    /// The arcs that carry flow.
    pub(super) fn arcs(&self) -> Vec<Flow> {
        let mut arcs = Vec::new();
        for node in 0..self.nodes() {
            if self.flow[node] > 0 {
                let (below, parent) = (node as u32, self.links[node].parent);
                let (i, j) = if self.is_source(node) { (below, parent) } else { (parent, below) };
                arcs.push(Flow { i, j: j - self.sources as u32, mass: self.flow[node] });
            }
        }
        arcs.sort_unstable();
        arcs
    }

    /// Whether no arc with flow has a positive cost.
    pub(super) fn is_free(&self) -> bool {
        self.flow.iter().zip(&self.cost).all(|(flow, cost)| *flow == 0 || *cost <= 0.0)
    }

    /// Brings the arc `(source, sink)` of this cost into the tree and sends around the cycle what fits.
    pub(super) fn pivot(&mut self, source: usize, sink: usize, cost: f64) {
        let (i, j) = (source as u32, (self.sources + sink) as u32);
        let reduced = cost - self.potential[i as usize] + self.potential[j as usize];
        let (apex, out, on_source_side, moved) = self.leaving_arc(i, j);
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
        self.flow[inner as usize] = moved;
        self.cost[inner as usize] = cost;
        let mut node = outer;
        while node != apex {
            self.size[node as usize] += size;
            node = self.links[node as usize].parent;
        }
    }

    /// The apex of the cycle that `(i, j)` closes, the node whose arc to its parent leaves, whether it is on the side
    /// of `i`, and the flow that can be sent. Of several blocking arcs the last one along the cycle from the apex
    /// through `(i, j)` leaves.
    fn leaving_arc(&self, i: u32, j: u32) -> (u32, u32, bool, i64) {
        let (mut x, mut y) = (i, j);
        let (mut least_x, mut out_x) = (i64::MAX, NONE);
        let (mut least_y, mut out_y) = (i64::MAX, NONE);
        while x != y {
            if self.size[x as usize] < self.size[y as usize] {
                // downwards to i: the cycle runs against arcs that point up
                if self.points_up(x) && self.flow[x as usize] < least_x {
                    (least_x, out_x) = (self.flow[x as usize], x);
                }
                x = self.links[x as usize].parent;
            } else {
                if !self.points_up(y) && self.flow[y as usize] <= least_y {
                    (least_y, out_y) = (self.flow[y as usize], y);
                }
                y = self.links[y as usize].parent;
            }
        }
        if least_y <= least_x { (x, out_y, false, least_y) } else { (x, out_x, true, least_x) }
    }

    /// Sends flow along the path from `node` up to `apex` (or down it).
    fn send(&mut self, mut node: u32, apex: u32, flow: i64, up: bool) {
        while node != apex {
            let with = self.points_up(node) == up;
            self.flow[node as usize] += if with { flow } else { -flow };
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
            self.flow[upper] = self.flow[lower];
            self.cost[upper] = self.cost[lower];
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
