//! A small tape for reverse-mode differentiation whose backward pass is differentiable.
