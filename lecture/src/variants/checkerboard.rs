//! H11: why transposed convolutions draw checkerboards (Odena et al. 2016, doi:10.23915/distill.00003).
//!
//! A transposed convolution adds up windows that overlap. With a constant image and a kernel of ones a pixel is the number of
//! windows over it, and it is uneven where the stride does not divide the side of the kernel.

use super::shared::CHAPTER;
use crate::{Claim, Illustration};
use fenchel::nn::{Tape, Window};
use fenchel::plot::{Axis, Figure, Panel, Series};
use ndarray::Array2;
use std::f64::consts::TAU;

const FIGURE: &str = "h11-checkerboard";
/// Pixels at either end that not all windows reach.
const EDGE: usize = 8;
/// Pixels between them that are looked at.
const LENGTH: usize = 32;

/// A strip of one pixel's height, scaled up by a transposed convolution with a kernel of ones.
fn scaled_up(strip: &[f64], side: usize, stride: usize) -> Vec<f64> {
    let width = (strip.len() - 1) * stride + side;
    // the window is as high as the image, so it moves across only
    let window = Window { height: side, width, channels: 1, side, stride, padding: 0 };
    let tape = Tape::<f64>::new();
    let windows = Array2::from_shape_fn((strip.len(), side * side), |(place, _)| strip[place]);
    let image = tape.leaf(windows).fold(window);
    image.value().iter().take(width).copied().collect()
}

/// A strip with each pixel doubled, and then a convolution with a kernel of ones.
fn resized(strip: &[f64], side: usize) -> Vec<f64> {
    let width = 2 * strip.len();
    let window = Window { height: side, width, channels: 1, side, stride: 1, padding: 0 };
    let tape = Tape::<f64>::new();
    let image = Array2::from_shape_fn((1, side * width), |(_, k)| strip[k % width / 2]);
    // one row of the kernel is enough, since the rows of the image are equal
    let kernel = Array2::from_shape_fn((side * side, 1), |(k, _)| f64::from(u8::from(k < side)));
    let out = tape.leaf(image).unfold(window).matmul(tape.leaf(kernel));
    out.value().iter().copied().collect()
}

/// What is far enough from the ends, in whole periods.
fn inside(strip: &[f64]) -> &[f64] {
    &strip[EDGE..EDGE + LENGTH]
}

/// Amplitude of the wave of this period.
fn amplitude(strip: &[f64], period: f64) -> f64 {
    let n = strip.len() as f64;
    let wave = |part: fn(f64) -> f64| {
        strip.iter().enumerate().map(|(k, x)| x * part(TAU * k as f64 / period)).sum::<f64>() / n
    };
    wave(f64::cos).hypot(wave(f64::sin))
}

pub(super) fn claims(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) {
    let about = |id: &str, statement: &str, row: &str| {
        Claim::about(id, CHAPTER, statement, format!("S2 L1250-1270{row}"))
            .corrects("“frequency” is the period in pixels")
            .figure(FIGURE)
    };
    let once = scaled_up(&[1.0; 8], 3, 2);
    claims.push(
        about("H11", "A transposed convolution with side 3 and stride 2 of 8 equal pixels, a kernel of ones: pixels are covered by 1 or 2 windows in turn", "; O178")
            .vector(&once, &[1.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 1.0], 0.0),
    );
    let constant = [1.0; 28];
    let (once, twice) = (scaled_up(&constant, 3, 2), scaled_up(&scaled_up(&constant, 3, 2), 3, 2));
    // the pattern from one of its least pixels on
    let start = inside(&twice).iter().position(|&x| x < 1.5).map_or(0, |k| k + 1);
    let pattern: Vec<f64> = inside(&twice).iter().skip(start).take(8).copied().collect();
    claims.push(
        about("H11.2", "Two of them, one after the other, make a pattern of period 4: 3, 2, 3, 1", "; O198").vector(
            &pattern,
            &[3.0, 2.0, 3.0, 1.0, 3.0, 2.0, 3.0, 1.0],
            0.0,
        ),
    );
    let even = scaled_up(&constant, 4, 2);
    let smooth = resized(&constant, 3);
    let spread = |strip: &[f64]| {
        let ends =
            inside(strip).iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)));
        [ends.0, ends.1]
    };
    claims.push(
        about("H11.3", "A side that the stride divides covers all pixels alike, and so does a convolution after the image is resized: least and most for side 4 and stride 2, and for side 3 on doubled pixels", "")
            .vector(&[spread(&even), spread(&smooth)].concat(), &[2.0, 2.0, 3.0, 3.0], 0.0),
    );
    let peaks = |strip: &[f64]| [amplitude(inside(strip), 2.0), amplitude(inside(strip), 4.0)];
    claims.push(
        about("H11.4", "Amplitudes of the waves of period 2 and of period 4: after one transposed convolution, after two, after resizing", "")
            .vector(&[peaks(&once), peaks(&twice), peaks(&smooth)].concat(), &[0.5, 0.0, 0.75, 0.25, 0.0, 0.0], 1e-12),
    );
    figures.push(picture(&[
        ("transposed convolution", &once),
        ("two of them", &twice),
        ("resizing, then a convolution", &smooth),
    ]));
}

/// The pattern in two dimensions, which is the product of that of the rows and that of the columns, and its waves.
fn picture(strips: &[(&str, &[f64])]) -> Illustration {
    const SIDE: usize = 16;
    let squares = strips.iter().map(|(_, strip)| {
        let row = Array2::from_shape_vec((1, SIDE), inside(strip)[..SIDE].to_vec()).unwrap_or_default();
        row.t().dot(&row)
    });
    let squares: Vec<Array2<f64>> = squares.collect();
    let images = squares.iter().zip(strips).map(|(square, (name, _))| {
        let high = square.iter().copied().fold(0.0, f64::max);
        let cells: Vec<f64> = square.iter().copied().collect();
        Panel::pictures(&[&cells], SIDE, 1, 0.0, high).title(*name)
    });
    let waves = strips.iter().map(|(_, strip)| {
        let mean = inside(strip).iter().sum::<f64>() / inside(strip).len() as f64;
        let periods = [2.0, 4.0, 8.0, 16.0];
        let heights: Vec<f64> = periods.iter().map(|&period| amplitude(inside(strip), period) / mean).collect();
        Panel::new(
            Axis::categories("period (pixels)", periods.iter().map(|p| format!("{p}"))),
            Axis::new("amplitude / mean").range(0.0, 0.4),
        )
        .add(Series::bars("wave", &heights))
        .size(200.0, 120.0)
    });
    Illustration {
        id: FIGURE,
        figure: Figure::grid("Checkerboards of transposed convolutions", strips.len(), images.chain(waves)),
        caption: "A constant image through kernels of ones. Above: how many windows cover a pixel, darker for more. Below: the waves in a row of it. \
                  One transposed convolution has period 2, two have periods 2 and 4, and resizing has none."
            .to_owned(),
    }
}
