//! The first half hour: a divergence, a transport, a score, a training, and a figure of your own data.
//!
//! You need the [Rust toolchain](https://rustup.rs). Everything here runs as it stands.
//!
//! # A figure of your own data, in five minutes
//!
//! Install the program from a clone (`cargo install --path cli`). Then write down some numbers of yours, with a header, and ask for a figure:
//!
//! ```text
//! $ cat losses.csv
//! step,training,validation
//! 0,2.31,2.35
//! 100,1.12,1.20
//! 200,0.74,0.91
//! 300,0.52,0.83
//! $ fenchel figure lines --data losses.csv --y "loss (nats)" --out losses.svg
//! $ fenchel figure lines --data losses.csv --y "loss (nats)" --out losses.tex  # the same for pgfplots, for a paper
//! ```
//!
//! Two tables of samples are compared just so. A row is a sample, a column a feature:
//!
//! ```text
//! $ fenchel score real.csv generated.csv  # what differs, and by more than chance?
//! $ fenchel transport real.csv generated.csv  # how far is the way?
//! $ fenchel estimate real.csv generated.csv  # how many nats?
//! $ fenchel train real.csv --out runs/first  # a generator for your rows; runs/first/index.html shows it
//! ```
//!
//! The rest of this page is the same in a program. Begin one with `cargo new lesson`, and `cargo add fenchel --features io,plot`.
//!
//! # The first divergence
//!
//! A law on bins is a [`Pmf`](crate::measure::Pmf). A divergence of two laws comes with a second number, its dual value, which proves it.
//!
//! ```
//! use fenchel::prelude::*;
//!
//! let weather = Pmf::new([0.5, 0.3, 0.2])?; // sun, clouds, rain
//! let forecast = Pmf::new([0.6, 0.3, 0.1])?;
//! let d = kl(&weather, &forecast)?;
//! println!("{:.4} nats are lost by believing the forecast, proven up to {:.0e}", d.value, d.gap());
//! assert!((d.value - 0.0475).abs() < 1e-4 && d.gap() < 1e-15);
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # The first transport
//!
//! A cloud of points is an [`Empirical`](crate::measure::Empirical) law, a row a point. The plan says what goes where. Its cost is an upper bound of
//! the optimum, the potentials give a lower one, and here they meet.
//!
//! ```
//! use fenchel::ndarray::array;
//! use fenchel::prelude::*;
//!
//! let bakeries = Empirical::new(array![[0.0, 0.0], [4.0, 0.0], [2.0, 3.0]])?;
//! let cafes = Empirical::new(array![[1.0, 0.0], [4.0, 1.0], [2.0, 4.0]])?;
//! let way = w1(&bakeries, &cafes)?;
//! assert_eq!(way.distance(), 1.0);                       // each delivers to the café next to it
//! assert_eq!(way.plan.arcs().len(), 3);
//! assert!(way.report.gap() < 1e-12);
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # The first score
//!
//! Are these samples from the law of those? A [`Scorecard`](crate::score::Scorecard) answers with a value, and with what equal laws would get.
//!
//! ```
//! use fenchel::prelude::*;
//! use fenchel::score::Metric;
//!
//! let law = Gaussian::univariate(0.0, 1.0)?;
//! let real = Empirical::new(law.sample(200, &mut stream(0, 0))?)?;
//! let shifted = Empirical::new(law.sample(200, &mut stream(0, 1))? + 0.5)?;
//! let score = Scorecard::new().metrics(&[Metric::Energy]).score(&real, &shifted, None)?.remove(0);
//! println!("{:.3}, where equal laws get {:.3}", score.value, score.baseline.unwrap());
//! assert!(score.p_value.unwrap() < 0.01);                // this is no chance
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # The first training
//!
//! A generator learns rows of yours by playing against a discriminator. The same configuration gives the same bits.
//!
//! ```
//! use fenchel::gan::{Config, Gan, Rows};
//! use fenchel::prelude::*;
//! use std::ops::ControlFlow;
//!
//! let rows = Gaussian::univariate(3.0, 0.5)?.sample(500, &mut stream(0, 0))?; // or read them from a file, as below
//! let small = Config { generator_hidden: "16".parse()?, discriminator_hidden: "16".parse()?, ..Config::plain() };
//! let mut game = Gan::new(small, Rows::new(rows.view())?)?;
//! game.train(300, |_| ControlFlow::Continue(()));
//! let generated = game.generate(500, &mut stream(0, 1));
//! let before = w1(&Empirical::new(rows.clone())?, &Empirical::new(rows.mapv(|_| 0.0))?)?.distance();
//! let after = w1(&Empirical::new(rows)?, &Empirical::new(generated)?)?.distance();
//! assert!(after < before);
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # The first figure
//!
//! A file in, a figure out. CSV, TSV, NPY, NPZ and IDX files are read (feature `io`), and SVG, PNG and PDF are drawn (feature `plot`).
//!
//! ```
//! use fenchel::io::read_table;
//! use fenchel::plot::{Axis, Figure, Panel, Series};
//!
//! # let folder = std::env::temp_dir().join(format!("fenchel-tutorial-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder).unwrap();
//! # std::env::set_current_dir(&folder).unwrap();
//! # std::fs::write("losses.csv", "step,training\n0,2.31\n100,1.12\n200,0.74\n").unwrap();
//! let table = read_table("losses.csv")?;
//! let (steps, losses) = (table.values.column(0).to_vec(), table.values.column(1).to_vec());
//! let panel = Panel::new(Axis::new("step"), Axis::new("loss (nats)")).add(Series::line("training", &steps, &losses));
//! let figure = Figure::new("My own run", [panel]);
//! std::fs::write("losses.svg", figure.svg()).unwrap();
//! std::fs::write("losses.pdf", figure.pdf()?).unwrap();
//! # std::fs::remove_dir_all(&folder).unwrap();
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # And then
//!
//! - [`how_to`](super::how_to) has a recipe for most things that you may want next.
//! - [`explanation`](super::explanation) says why each number has a second one beside it.
//! - [`gallery`](super::gallery) shows examples with their figures.
//! - The notebooks in `notebooks/python` and `notebooks/rust` are nine short lessons with exercises, one a chapter of the lectures.
