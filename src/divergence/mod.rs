//! Divergences between laws, each value with its dual.
