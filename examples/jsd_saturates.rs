//! What do JSD, TV and W1 see of two laws whose supports do not meet?
//!
//! U[0,1] against U[t, t+1]: at t = 1 the supports part. From there on JSD stands at ln 2 and TV at 1 however far the laws are
//! from each other, KL is infinite all along, and only the transport distance still says how far.
#![allow(clippy::print_stdout)] // an example answers on stdout

use fenchel::divergence::density;
use fenchel::measure::density::Law;
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
    Ok(())
}
