//! What is the best discriminator, and what is the game worth when it plays?
//!
//! With as many real points as generated ones D* = p/(p+q), and V(D*, G) = -ln 4 + 2 JSD. Both sides are computed
//! along different routes here: the left one from the logits of D*, the right one from the divergence.
#![allow(clippy::print_stdout)] // an example answers on stdout

use fenchel::divergence::{jsd, optimal_discriminator, value_at_optimum};
use fenchel::measure::Pmf;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::record::write_atomic;

fn main() -> fenchel::Result<()> {
    let die = Pmf::normalised([1.0, 1.0, 1.0, 0.0, 1.0, 2.0])?;
    let fair = Pmf::uniform(6)?;
    let best = optimal_discriminator(&die, &fair)?;
    println!("face     p       q       D*");
    for (face, ((p, q), d)) in die.masses().iter().zip(fair.masses()).zip(&best.values).enumerate() {
        println!("{:>4}  {p:.4}  {q:.4}  {d:.4}", face + 1);
    }
    let value = value_at_optimum(&die, &fair)?.value;
    let identity = -4f64.ln() + 2.0 * jsd(&die, &fair)?.value;
    println!("\nV(D*, G)        {value:.15}");
    println!("-ln 4 + 2 JSD   {identity:.15}");
    // the figure of the gallery, where a path is given for it
    if let Some(path) = std::env::args().nth(1) {
        let faces = ["1", "2", "3", "4", "5", "6"];
        let panel = Panel::new(Axis::categories("face", faces), Axis::new("probability"))
            .add(Series::bars("p, loaded", die.masses()))
            .add(Series::bars("q, fair", fair.masses()))
            .add(Series::bars("D*", &best.values.to_vec()));
        let figure = Figure::new("What the best discriminator says of each face", [panel]);
        write_atomic(path, figure.svg().as_bytes())?;
    }
    Ok(())
}
