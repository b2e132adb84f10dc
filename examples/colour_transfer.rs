//! How does one picture take on the colours of another?
//!
//! Its colours are a cloud of points in red, green and blue. The optimal plan from a sample of them to a sample of the
//! other picture's colours gives the mean target of each sampled colour (the barycentric map). Every pixel moves along
//! with the sampled colours nearest to it. The pictures are painted below; before, model and after are written side by
//! side as a PNG.
//!
//! `cargo run --example colour_transfer [FILE.png] [COLOURS.svg]`
#![allow(clippy::print_stdout)] // an example answers on stdout

use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::plot::{Axis as Scale, Figure, Panel, Series};
use fenchel::transport::{Ground, wasserstein};
use ndarray::{Array2, ArrayView1, Axis};
use rand::RngExt;

const WIDTH: usize = 160;
const HEIGHT: usize = 120;
/// Colours taken from each picture.
const SAMPLE: usize = 400;

/// One row a pixel: red, green and blue in [0, 1].
type Picture = Array2<f64>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (day, dusk) = (landscape(&DAY, 1), landscape(&DUSK, 2));
    let (x, y) = (sampled(&day, 1)?, sampled(&dusk, 2)?);
    let solution = wasserstein(&x, &y, Ground::SqEuclidean)?;
    solution.report.require_converged()?;
    let goes_to = solution.plan.barycentric(y.points());
    let moves = &goes_to - &x.points();
    let after = moved(&day, &x, &moves);

    // fresh samples, so that the fit is not judged on its own data
    let (fresh_day, fresh_dusk, fresh_after) = (sampled(&day, 3)?, sampled(&dusk, 4)?, sampled(&after, 5)?);
    let apart = |x: &Empirical, y: &Empirical| wasserstein(x, y, Ground::SqEuclidean).map(|s| s.distance());
    println!(
        "plan: {} arcs, cost {:.6}, gap {:.1e}",
        solution.plan.arcs().len(),
        solution.cost(),
        solution.report.gap()
    );
    for (name, picture) in [("day", &day), ("dusk", &dusk), ("after", &after)] {
        let mean = picture.mean_axis(Axis(0)).expect("pixels");
        println!("mean colour of {name:<6} {:.3} {:.3} {:.3}", mean[0], mean[1], mean[2]);
    }
    println!("W2 of the colours to those of dusk, before {:.4}", apart(&fresh_day, &fresh_dusk)?);
    println!("W2 of the colours to those of dusk, after  {:.4}", apart(&fresh_after, &fresh_dusk)?);
    println!("two samples of dusk itself are apart by    {:.4}", apart(&sampled(&dusk, 6)?, &fresh_dusk)?);

    let path = std::env::args().nth(1).map_or_else(|| std::env::temp_dir().join("colour_transfer.png"), Into::into);
    std::fs::write(&path, png(&[&day, &dusk, &after])?)?;
    println!("day, dusk, and day in the colours of dusk: {}", path.display());
    // the figure of the gallery, where a path is given for it
    if let Some(path) = std::env::args().nth(2) {
        let panels =
            [("day", &x), ("dusk", &y), ("day in the colours of dusk", &fresh_after)].map(|(name, colours)| {
                let column = |k| colours.points().column(k).to_vec();
                Panel::new(Scale::new("red").range(0.0, 1.0), Scale::new("blue").range(0.0, 1.0))
                    .title(name)
                    .add(Series::points("colours", &column(0), &column(2)))
                    .size(180.0, 180.0)
            });
        std::fs::write(path, Figure::new("The colours of three pictures", panels).svg())?;
    }
    Ok(())
}

/// Colours of the top and the foot of the sky, of the sun, of the far and the near hills.
type Palette = [[f64; 3]; 5];
const DAY: Palette =
    [[0.25, 0.50, 0.85], [0.75, 0.87, 0.95], [1.0, 0.98, 0.85], [0.35, 0.55, 0.45], [0.20, 0.45, 0.15]];
const DUSK: Palette =
    [[0.15, 0.10, 0.35], [0.95, 0.50, 0.25], [1.0, 0.85, 0.45], [0.35, 0.18, 0.30], [0.12, 0.07, 0.12]];

/// Sky, sun and two ranges of hills, with some grain.
fn landscape(palette: &Palette, seed: u64) -> Picture {
    let mut rng = stream(seed, 0);
    let shape = seed as f64;
    let pixels = (0..HEIGHT * WIDTH).flat_map(|k| {
        let (across, down) = ((k % WIDTH) as f64 / WIDTH as f64, (k / WIDTH) as f64 / HEIGHT as f64);
        let far = 0.62 + 0.07 * (7.0 * across + shape).sin();
        let near = 0.80 + 0.08 * (4.0 * across + 2.0 * shape).cos();
        let from_sun = ((across - 0.3 * shape).powi(2) + 0.5 * (down - 0.35).powi(2)).sqrt();
        let light = 0.85 + 0.3 * (1.0 - down) + 0.1 * (rng.random::<f64>() - 0.5);
        let colour = if down > near {
            palette[4].map(|c| c * light)
        } else if down > far {
            palette[3].map(|c| c * light)
        } else {
            let glow = (-40.0 * from_sun * from_sun).exp();
            let sky: [f64; 3] =
                std::array::from_fn(|c| palette[0][c] + (palette[1][c] - palette[0][c]) * (down / 0.65).min(1.0));
            std::array::from_fn(|c| sky[c] + (palette[2][c] - sky[c]) * glow)
        };
        colour.map(|c| (c + 0.03 * (rng.random::<f64>() - 0.5)).clamp(0.0, 1.0))
    });
    Array2::from_shape_vec((HEIGHT * WIDTH, 3), pixels.collect()).expect("three numbers a pixel")
}

fn sampled(picture: &Picture, seed: u64) -> fenchel::Result<Empirical> {
    let mut rng = stream(seed, 1);
    let chosen: Vec<usize> = (0..SAMPLE).map(|_| rng.random_range(0..picture.nrows())).collect();
    Empirical::new(picture.select(Axis(0), &chosen))
}

/// Every pixel moves by the mean move of the sampled colours near it.
fn moved(picture: &Picture, colours: &Empirical, moves: &Array2<f64>) -> Picture {
    const REACH: f64 = 0.03;
    let mut after = picture.clone();
    for mut pixel in after.rows_mut() {
        let apart: Vec<f64> = colours.points().rows().into_iter().map(|c| squared(pixel.view(), c)).collect();
        let nearest = apart.iter().copied().fold(f64::INFINITY, f64::min);
        let weights: Vec<f64> = apart.iter().map(|d| (-(d - nearest) / (2.0 * REACH * REACH)).exp()).collect();
        let total: f64 = weights.iter().sum();
        for (weight, step) in weights.iter().zip(moves.rows()) {
            pixel.scaled_add(weight / total, &step);
        }
        pixel.mapv_inplace(|c| c.clamp(0.0, 1.0));
    }
    after
}

fn squared(a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// The pictures side by side, eight bits a channel.
fn png(pictures: &[&Picture]) -> Result<Vec<u8>, png::EncodingError> {
    const GAP: usize = 6;
    let width = pictures.len() * (WIDTH + GAP) - GAP;
    let mut channels = Vec::new();
    for row in 0..HEIGHT {
        for (k, picture) in pictures.iter().enumerate() {
            if k > 0 {
                channels.extend([255; 3 * GAP]);
            }
            let pixels = (row * WIDTH..(row + 1) * WIDTH).flat_map(|p| picture.row(p).to_vec());
            channels.extend(pixels.map(|c| (255.0 * c).round() as u8));
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, HEIGHT as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header()?.write_image_data(&channels)?;
    Ok(bytes)
}
