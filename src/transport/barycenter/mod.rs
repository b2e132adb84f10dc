//! Barycenters: the law that is nearest to several laws on average.

pub(in crate::transport) mod fixed;
pub(in crate::transport) mod free;
mod projections;
