//! The claims of GAN theory as numbers that are checked.
