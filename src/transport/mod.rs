//! Optimal transport: exact, entropic, sliced and in one dimension.
