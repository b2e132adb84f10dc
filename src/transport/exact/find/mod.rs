//! Looking for arcs of negative reduced cost without looking at all of them.

pub(in crate::transport) mod kdtree;
pub(in crate::transport) mod near;
pub(in crate::transport) mod scan;
