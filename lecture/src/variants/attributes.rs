//! H15: visual attributes carried from one picture to another by matching patches (after Liao et al., arXiv:1705.01088).
//!
//! Deep image analogy matches patches of network features. Here the features of a pixel are those of its patch of brightness: how much it
//! varies across and down, whatever the colours are. The exact plan between the patches of two pictures of as many pixels is a
//! one-to-one map, so its way there and back is the identity, and the new picture has exactly the colours of the model.

use super::shared::CHAPTER;
use crate::claim::Draft;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::measure::Empirical;
use fenchel::plot::{Figure, Panel};
use fenchel::transport::{Exact, Ground, Problem, Sinkhorn, Solution, w1};
use ndarray::{Array2, Axis as Along};

const FIGURE: &str = "h15-attributes";
const SIDE: usize = 24;
const PIXELS: usize = SIDE * SIDE;
/// Pixels on either side of the middle of a patch.
const REACH: i64 = 2;

/// A picture: colours (one row a pixel) and the part that each pixel belongs to.
struct Picture {
    colours: Array2<f64>,
    parts: Vec<usize>,
}

/// Light and dark colour of each part: of the plain ground, of the bars, and of the chequered square.
type Palette = [[[f64; 3]; 2]; 3];
const CONTENT: Palette =
    [[[0.75, 0.85, 0.95]; 2], [[0.55, 0.75, 0.35], [0.15, 0.35, 0.1]], [[0.9, 0.55, 0.3], [0.5, 0.2, 0.1]]];
const MODEL: Palette =
    [[[0.2, 0.12, 0.35]; 2], [[0.95, 0.75, 0.35], [0.55, 0.35, 0.15]], [[0.85, 0.85, 0.9], [0.3, 0.45, 0.6]]];

/// Bars in the rows below `ground`, a chequered square with this corner, and a plain ground. Both pictures have parts of the same sizes.
fn picture(palette: &Palette, bars: impl Fn(usize, usize) -> bool, (top, left): (usize, usize)) -> Picture {
    let mut parts = vec![0; PIXELS];
    let colours = Array2::from_shape_fn((PIXELS, 3), |(pixel, channel)| {
        let (y, x) = (pixel / SIDE, pixel % SIDE);
        let in_square = (top..top + 9).contains(&y) && (left..left + 9).contains(&x);
        let (part, dark) = if in_square {
            (2, (x + y) % 2)
        } else if bars(y, x) {
            (1, y % 2)
        } else {
            (0, 0)
        };
        parts[pixel] = part;
        palette[part][dark][channel]
    });
    Picture { colours, parts }
}

/// How much the brightness of each pixel's patch varies across and down, by how much that of the whole picture does.
fn features(picture: &Picture) -> Array2<f64> {
    let brightness = picture.colours.mean_axis(Along(1)).unwrap_or_default();
    let side = SIDE as i64;
    let at = |y: i64, x: i64| brightness[(y.clamp(0, side - 1) * side + x.clamp(0, side - 1)) as usize];
    let varies = |pixel: usize, down: i64, across: i64| {
        let (y, x) = ((pixel / SIDE) as i64, (pixel % SIDE) as i64);
        let places = (-REACH..=REACH).flat_map(|i| (-REACH..=REACH).map(move |j| (y + i, x + j)));
        places.map(|(y, x)| (at(y, x) - at(y + down, x + across)).abs()).sum::<f64>()
    };
    let mut rows = Array2::from_shape_fn((PIXELS, 2), |(pixel, axis)| varies(pixel, axis as i64, 1 - axis as i64));
    for mut column in rows.columns_mut() {
        let most = column.iter().copied().fold(0.0, f64::max);
        column.mapv_inplace(|x| x / most);
    }
    rows
}

/// Share of the mass of a plan that goes from a part to the same part.
fn kept(solution: &Solution, from: &Picture, to: &Picture) -> f64 {
    let mut share = 0.0;
    solution.plan.for_each(|i, j, mass| share += mass * f64::from(u8::from(from.parts[i] == to.parts[j])));
    share
}

/// Share of the pixels whose nearest patch has them as its nearest.
fn mutual(x: &Array2<f64>, y: &Array2<f64>) -> f64 {
    let nearest = |row: ndarray::ArrayView1<'_, f64>, others: &Array2<f64>| {
        let square = |k: usize| (&row - &others.row(k)).mapv(|d| d * d).sum();
        (0..PIXELS).min_by(|&a, &b| square(a).total_cmp(&square(b))).unwrap_or(0)
    };
    let back = |i: usize| nearest(y.row(nearest(x.row(i), y)), x);
    (0..PIXELS).filter(|&i| back(i) == i).count() as f64 / PIXELS as f64
}

fn about(id: &str, statement: &str) -> Draft {
    Claim::about(id, CHAPTER, statement, "S2 L1215-1221; arXiv:1705.01088")
        .corrects("listed under “extensions of GAN”; deep image analogy matches patches and has no adversary")
        .figure(FIGURE)
}

pub(super) fn claims(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    // ten rows of bars below, less a square of 9 × 9 that stands above them, and the same turned and moved
    let content = picture(&CONTENT, |y, _| y >= 14, (3, 4));
    let model = picture(&MODEL, |y, _| y < 10, (12, 11));
    let (x, y) = (features(&content), features(&model));
    let problem = Problem::between(&Empirical::new(x.view())?, &Empirical::new(y.view())?, Ground::SqEuclidean)?;
    let exact = Exact::new().solve(&problem)?;
    let entropic = Sinkhorn::new(0.01).relative_to_mean_cost().solve(&problem)?;
    let [sharp, soft] = [&exact, &entropic].map(|solution| solution.plan.barycentric(model.colours.view()));

    claims.push(
        about("H15", "The exact plan between the patches of two pictures takes each part to the part of the same structure, whatever their colours: share of the pixels")
            .at_least(kept(&exact, &content, &model), 0.9),
    );
    let mut back = Array2::<f64>::zeros((PIXELS, PIXELS));
    exact.plan.for_each(|i, j, mass| back[[j, i]] += mass * PIXELS as f64);
    let there = exact.plan.to_dense() * PIXELS as f64;
    let returned = there.dot(&back).diag().mean().unwrap_or(f64::NAN);
    claims.push(
        about("H15.2", "The exact plan of as many patches as patches is a map that comes back: share of the pixels that return to themselves")
            .absolute(returned, 1.0, 1e-9),
    );
    claims.push(
        // no plan of the library, so that no fault of it could break this
        about(
            "H15.3",
            "Nearest patches do not come back: share of the pixels that are the nearest of their nearest patch",
        )
        .identity()
        .at_most(mutual(&x, &y), 0.5),
    );
    let colours = |rows: &Array2<f64>| Empirical::new(rows.view());
    let apart = |rows: &Array2<f64>| Ok(w1(&colours(rows)?, &colours(&model.colours)?)?.distance());
    let distances: Vec<f64> = [&sharp, &soft, &content.colours].into_iter().map(apart).collect::<Result<_>>()?;
    claims.push(
        about("H15.4", "Carried by the exact plan, the picture has the colours of the model and no others: W1 of the colours, and what it was before")
            // 0.5325… is the optimum over the five colours of either picture, by augmenting paths
            .vector(&[distances[0], distances[2]], &[0.0, 0.532_505_101_308_090_4], 1e-7),
    );
    claims.push(
        about("H15.5", "An entropic plan carries colours too, and blurs them; its bracket holds the exact cost. W1 of the colours to those of the model; lower bound, exact cost, upper bound")
            .property(
                "W1 above 0, less than half of that before; rising",
                format!(
                    "{:.3}; {:.6}, {:.6}, {:.6}",
                    distances[1],
                    entropic.report.dual,
                    exact.cost(),
                    entropic.report.primal
                ),
                distances[1] > 0.0
                    && 2.0 * distances[1] < distances[2]
                    && entropic.report.dual <= exact.cost() + 1e-12
                    && exact.cost() <= entropic.report.primal + 1e-12,
            ),
    );
    claims.push(
        about("H15.6", "The picture keeps its structure: correlation of the patches’ variation, before and after the colours are carried over by the exact plan")
            .at_least(correlation(&x, &features(&Picture { colours: sharp.clone(), parts: content.parts.clone() })), 0.5),
    );
    figures.push(show(&[
        ("structure", &content.colours),
        ("model", &model.colours),
        ("exact plan", &sharp),
        ("entropic plan", &soft),
    ]));
    Ok(())
}

fn correlation(x: &Array2<f64>, y: &Array2<f64>) -> f64 {
    let centred = |rows: &Array2<f64>| rows - rows.mean().unwrap_or(f64::NAN);
    let (x, y) = (centred(x), centred(y));
    (&x * &y).sum() / ((&x * &x).sum() * (&y * &y).sum()).sqrt()
}

fn show(pictures: &[(&str, &Array2<f64>)]) -> Illustration {
    let panels = pictures.iter().map(|(name, colours)| {
        let channels: Vec<Vec<f64>> = colours.columns().into_iter().map(|channel| channel.to_vec()).collect();
        let channels: Vec<&[f64]> = channels.iter().map(Vec::as_slice).collect();
        // three channels, one below the other with a line between
        let (across, down) = (SIDE as f64, (3 * (SIDE + 1) - 1) as f64);
        Panel::pictures(&channels, SIDE, 1, 1.0, 0.0).title(*name).size(11.0 * across, 11.0 * down)
    });
    Illustration {
        id: FIGURE,
        figure: Figure::grid("Attributes of one picture on the structure of another", pictures.len(), panels),
        caption: "Red, green and blue of each picture, dark for little. The plan matches patches by their structure, and the colours of the model go along: to the ground, the bars and the square. Which of two colours a pixel of the square has, its patch does not tell.".to_owned(),
    }
}
