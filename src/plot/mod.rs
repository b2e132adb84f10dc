//! Figures from plain slices, as SVG and as PNG from one description.
//!
//! A [`Figure`] holds [`Panel`]s in rows; a panel has two [`Axis`]es and any number of [`Series`].
//!
//! ```
//! use fenchel::plot::{Axis, Figure, Panel, Series};
//! let t: Vec<f64> = (0..=40).map(|k| f64::from(k) * 0.05).collect();
//! let jsd: Vec<f64> = t.iter().map(|t| t.min(1.0) * std::f64::consts::LN_2).collect();
//! let figure = Figure::new(
//!     "Saturation",
//!     [Panel::new(Axis::new("shift t"), Axis::new("value (nats)"))
//!         .add(Series::line("JSD", &t, &jsd))
//!         .add(Series::line("W1", &t, &t))
//!         .guide_y(std::f64::consts::LN_2, "ln 2")],
//! );
//! assert!(figure.svg().contains("shift t"));
//! let png = figure.png(2.0)?;
//! # assert!(png.len() > 1000);
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! Series differ by colour (the palette of Okabe and Ito, made for colour blindness), by dashes, by marker and by
//! hatch, so they can be told apart in a grey print. The legend and the labels of guides stand outside the data. A NaN
//! leaves a gap; an infinity is marked at the edge. PNGs are set in the font that the library ships, so they look the
//! same on every machine. A browser takes that font or a similar one. In every label `_{...}` is an index. The data of a figure are
//! there as [CSV](Figure::csv), and what is seen in it [in words](Figure::description). For print it can be [resized](Figure::resized) with its letters, and be
//! [grey](Figure::grey).

mod axis;
mod canvas;
mod data;
mod figure;
mod marks;
mod panel;
mod pdf;
mod print;
mod render;
mod series;
mod view;
mod words;

pub use axis::Axis;
pub use figure::Figure;
pub use panel::Panel;
pub use series::{Segment, Series};
