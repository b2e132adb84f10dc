//! Examples with their figures, one a page.
//!
//! | page | question |
//! |---|---|
//! | [`jsd_saturates`] | What do JSD, TV and W1 see of two laws whose supports do not meet? |
//! | [`optimal_discriminator`] | What is the best discriminator, and what is the game worth when it plays? |
//! | [`own_divergence`] | How do I use a convex function of my own? |
//! | [`estimators`] | Which estimator of a divergence, for how many samples in how many dimensions? |
//! | [`certified_transport`] | How do I know that a transport cost is right? |
//! | [`cost_of_a_solve`] | How does the cost of a solve grow with the number of points? |
//! | [`barycenter`] | What is halfway between a ring and a cross? |
//! | [`colour_transfer`] | How does one picture take on the colours of another? |
//! | [`trained_bound`] | What does a trained discriminator prove about two laws that nobody knows? |
//! | [`own_game`] | How do I write a game of my own? |
//! | [`score_samples`] | Is this generator good, and would I have noticed if it were not? |
//! | [`which_score_sees_what`] | Which score catches which failure of a generator? |
//!
//! Each figure is what the example draws: `tests/examples.rs` runs the examples and compares, and with `GALLERY=draw` it draws them anew.

/// A page: the figure, and the file of the example, whose first lines are the text.
macro_rules! page {
    ($name:ident, $title:literal) => {
        #[doc = $title]
        #[doc = "\n<div>"]
        #[doc = include_str!(concat!("gallery/", stringify!($name), ".svg"))]
        #[doc = "</div>\n"]
        #[doc = concat!("\n\n`cargo run --example ", stringify!($name), "` runs this file, and so do the tests:\n\n```rust,ignore")]
        #[doc = include_str!(concat!("../../examples/", stringify!($name), ".rs"))]
        #[doc = "```"]
        pub mod $name {}
    };
}

page!(jsd_saturates, "What do JSD, TV and W1 see of two laws whose supports do not meet?");
page!(optimal_discriminator, "What is the best discriminator, and what is the game worth when it plays?");
page!(own_divergence, "How do I use a convex function of my own?");
page!(estimators, "Which estimator of a divergence, for how many samples in how many dimensions?");
page!(certified_transport, "How do I know that a transport cost is right?");
page!(cost_of_a_solve, "How does the cost of a solve grow with the number of points?");
page!(barycenter, "What is halfway between a ring and a cross?");
page!(colour_transfer, "How does one picture take on the colours of another?");
page!(trained_bound, "What does a trained discriminator prove about two laws that nobody knows?");
page!(own_game, "How do I write a game of my own?");
page!(score_samples, "Is this generator good, and would I have noticed if it were not?");
page!(which_score_sees_what, "Which score catches which failure of a generator?");
