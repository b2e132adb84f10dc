//! The basis of the network simplex: a spanning tree, the arcs it was chosen from, and the pivots on it.

pub(in crate::transport) mod arcs;
pub(in crate::transport) mod parts;
pub(in crate::transport) mod simplex;
pub(in crate::transport) mod tree;
