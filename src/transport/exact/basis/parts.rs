//! Parts of a graph that grow together.

/// Disjoint sets of nodes; each is known by its least node.
pub(in crate::transport) struct Sets(Vec<u32>);

impl Sets {
    /// Each node alone.
    pub(in crate::transport) fn new(size: usize) -> Self {
        Self((0..size as u32).collect())
    }

    /// The set of a node.
    pub(in crate::transport) fn of(&mut self, mut x: u32) -> u32 {
        while self.0[x as usize] != x {
            let above = self.0[self.0[x as usize] as usize];
            self.0[x as usize] = above;
            x = above;
        }
        x
    }

    /// Makes the sets of two nodes one; whether they were two.
    pub(in crate::transport) fn join(&mut self, x: u32, y: u32) -> bool {
        let (x, y) = (self.of(x), self.of(y));
        self.0[x.max(y) as usize] = x.min(y);
        x != y
    }
}
