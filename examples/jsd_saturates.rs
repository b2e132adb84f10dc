//! What do JSD, TV and W1 see of two laws whose supports do not meet?
//!
//! U[0,1] against U[t, t+1]: at t = 1 the supports part. From there on JSD stands at ln 2 and TV at 1 however far the laws are
//! from each other, KL is infinite all along, and only the transport distance still says how far.
#![allow(clippy::print_stdout)] // an example answers on stdout

use fenchel::divergence::density;
use fenchel::measure::density::Law;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::record::write_atomic;
use fenchel::transport::line;

fn main() -> fenchel::Result<()> {
    let still = Law::uniform(0.0, 1.0)?;
    println!("{:>6} {:>12} {:>8} {:>6} {:>8}", "t", "JSD (nats)", "TV", "KL", "W1");
    for t in [0.0, 0.25, 0.5, 1.0, 2.0, 10.0, 100.0] {
        let moved = Law::uniform(t, t + 1.0)?;
        let jsd = density::jsd(&still, &moved)?.value;
        let tv = density::total_variation(&still, &moved)?.value;
        let kl = density::kl(&still, &moved)?.value;
        // a thousand equally likely points stand for each uniform law
        let grid: Vec<f64> = (0..1000).map(|k| (f64::from(k) + 0.5) / 1000.0).collect();
        let shifted: Vec<f64> = grid.iter().map(|x| x + t).collect();
        let w1 = line::wasserstein(&grid, None, &shifted, None, 1.0)?.distance();
        println!("{t:>6} {jsd:>12.6} {tv:>8.4} {kl:>6} {w1:>8.4}");
    }
    println!("\nln 2 = {:.6}", std::f64::consts::LN_2);
    // the figure of the gallery, where a path is given for it
    if let Some(path) = std::env::args().nth(1) {
        write_atomic(path, figure(&still)?.svg().as_bytes())?;
    }
    Ok(())
}

fn figure(still: &Law) -> fenchel::Result<Figure> {
    let t: Vec<f64> = (0..=50).map(|k| 0.05 * f64::from(k)).collect();
    let of = |what: fn(&Law, &Law) -> fenchel::Result<f64>| {
        t.iter().map(|&t| what(still, &Law::uniform(t, t + 1.0)?)).collect::<fenchel::Result<Vec<f64>>>()
    };
    let panel = Panel::new(Axis::new("shift t"), Axis::new("value"))
        .add(Series::line("JSD (nats)", &t, &of(|p, q| Ok(density::jsd(p, q)?.value))?))
        .add(Series::line("TV", &t, &of(|p, q| Ok(density::total_variation(p, q)?.value))?))
        .add(Series::line("W1", &t, &t))
        .guide_y(std::f64::consts::LN_2, "ln 2");
    Ok(Figure::new("U[0,1] against U[t, t+1]", [panel]))
}
