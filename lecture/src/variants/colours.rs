//! H8: interactive colourisation (slide 55), as a conditional game: a grey image and hints of its colours become colours.

use super::shared::{CHAPTER, GO_ON, MADE, Shown};
use crate::claim::Draft;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::gan::{Colour, ColourConfig, Hint, Painted, Training};
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use ndarray::{Array2, s};
use rand::seq::SliceRandom;
use std::f64::consts::PI;

const FIGURE: &str = "h8-hints";
const STEPS: u64 = 800;
/// Numbers of hints that are tried.
const HINTS: [usize; 4] = [0, 1, 2, 4];
const PIXELS: usize = 64;
/// Images that are drawn.
const DRAWN: usize = 10;
/// Random streams: the true colours, and the places of the hints.
const TRUE: u64 = 92;
const PLACES: u64 = 93;

/// A trained run, and painted digits that it has not seen.
struct Study {
    run: Training<Colour>,
    law: Painted,
    labels: Vec<usize>,
    truth: Array2<f64>,
    /// Pixels with ink of each image, in an order of chance.
    places: Vec<Vec<usize>>,
    seed: u64,
}

impl Study {
    fn new(seed: u64) -> Result<Self> {
        let digits = fenchel::io::digits();
        let labels = digits.labels.into_iter().map(usize::from).collect();
        let [learnt, held_out] = Shown { images: digits.images / 16.0, labels }.halves(seed);
        let config = ColourConfig { steps: STEPS, seed, ..ColourConfig::default() };
        let mut run = Training::<Colour>::new(config, Painted::new(learnt.images.view(), &learnt.labels)?)?;
        run.train(STEPS, |_| GO_ON);
        let law = Painted::new(held_out.images.view(), &held_out.labels)?;
        let truth = law.all(&mut stream(seed, TRUE));
        let mut rng = stream(seed, PLACES);
        let places = held_out.images.rows().into_iter().map(|ink| {
            let mut places: Vec<usize> = (0..PIXELS).filter(|&pixel| ink[pixel] > 0.5).collect();
            places.shuffle(&mut rng);
            places
        });
        let places = places.collect();
        Ok(Self { run, law, labels: held_out.labels, truth, places, seed })
    }

    /// The colours of all images with so many hints each, whose chroma is that of `hue(image)` or, without one, the true one.
    fn coloured(&self, number: usize, hue: Option<&dyn Fn(usize) -> f64>) -> (Array2<f64>, Vec<Vec<Hint>>) {
        let hint = |image: usize, pixel: usize| {
            let row = self.truth.row(image);
            let chroma = match hue {
                Some(hue) => [row[pixel] * hue(image).cos(), row[pixel] * hue(image).sin()],
                None => [row[PIXELS + pixel], row[2 * PIXELS + pixel]],
            };
            Hint { pixel, chroma }
        };
        let of_image = |(image, places): (usize, &Vec<usize>)| {
            places.iter().take(number).map(|&pixel| hint(image, pixel)).collect::<Vec<Hint>>()
        };
        let hints: Vec<Vec<Hint>> = self.places.iter().enumerate().map(of_image).collect();
        let made = self.run.colour(self.truth.slice(s![.., ..PIXELS]), &hints, &mut stream(self.seed, MADE));
        (made, hints)
    }

    /// Squared error of the chroma with so many true hints, in units of the squared chroma itself.
    fn error(&self, number: usize) -> f64 {
        let chroma = self.truth.slice(s![.., PIXELS..]);
        let (made, _) = self.coloured(number, None);
        (&made - &chroma).mapv(|x| x * x).sum() / chroma.mapv(|x| x * x).sum()
    }

    /// The share of hints of the hue opposite to the usual one whose pixels get that hue, within a right angle.
    fn obeyed(&self, number: usize) -> f64 {
        let opposite = |image: usize| self.law.hue(self.labels[image]) + PI;
        let (made, hints) = self.coloured(number, Some(&opposite));
        let obeys = |(image, hint): (usize, &Hint)| {
            let [a, b] = hint.chroma;
            made[[image, hint.pixel]] * a + made[[image, PIXELS + hint.pixel]] * b > 0.0
        };
        let all = hints.iter().enumerate().flat_map(|(image, hints)| hints.iter().map(move |hint| (image, hint)));
        let obeyed: Vec<bool> = all.map(obeys).collect();
        obeyed.iter().filter(|obeyed| **obeyed).count() as f64 / obeyed.len() as f64
    }
}

fn about(id: &str, statement: String) -> Draft {
    Claim::about(id, CHAPTER, statement, "S2 L1215-1221; arXiv:1705.02999, as a game by arXiv:1611.07004")
        .corrects("listed among the extensions of GAN; the network of the paper has no discriminator")
}

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let study = Study::new(seed)?;
    let errors = HINTS.map(|number| study.error(number));
    let words: Vec<String> = HINTS.iter().zip(errors).map(|(number, error)| format!("{number}: {error:.3}")).collect();
    claims.push(
        about("H8", format!("Interactive colourisation of digits whose hues their class suggests, {STEPS} steps: the squared error of the colours of unseen images falls with every further hint of 0, 1, 2 and 4, and to less than half in all"))
            .figure(FIGURE)
            .property(
                "falling, to less than half",
                words.join("; "),
                errors.windows(2).all(|pair| pair[1] < pair[0]) && errors[3] < 0.5 * errors[0],
            ),
    );
    claims.push(
        about("H8.2", "Hints of the hue that is opposite to the usual one of the digit, four an image: share of them whose pixels are coloured within a right angle of the hint".to_owned())
            .figure(FIGURE)
            .at_least(study.obeyed(4), 0.9),
    );
    figures.push(picture(&study, &errors));
    Ok(())
}

fn picture(study: &Study, errors: &[f64]) -> Illustration {
    let numbers = HINTS.map(|number| number as f64);
    let plane = |chroma: &Array2<f64>| {
        let rows = (0..DRAWN).map(|image| chroma.row(image).iter().take(PIXELS).map(|x| x.clamp(-1.0, 1.0)).collect());
        rows.collect::<Vec<Vec<f64>>>()
    };
    let truth = study.truth.slice(s![.., PIXELS..]).to_owned();
    let opposite = |image: usize| study.law.hue(study.labels[image]) + PI;
    let rows = [
        plane(&truth),
        plane(&study.coloured(0, None).0),
        plane(&study.coloured(1, None).0),
        plane(&study.coloured(4, None).0),
        plane(&study.coloured(4, Some(&opposite)).0),
    ];
    let pictures: Vec<&[f64]> = rows.iter().flatten().map(Vec::as_slice).collect();
    Illustration {
        id: FIGURE,
        figure: Figure::new(
            "Colours by hints",
            [
                Panel::pictures(&pictures, 8, DRAWN, -1.0, 1.0).title("one plane of the chroma"),
                Panel::new(Axis::new("hints"), Axis::new("squared error / squared chroma").range(0.0, 1.05))
                    .title("unseen digits")
                    .add(Series::line("true hints", &numbers, errors).markers()),
            ],
        ),
        caption: "Rows from the top: the true colours of ten unseen digits, those made with 0, 1 and 4 true hints, and those made with 4 hints of \
                  the opposite hue. Grey is no colour, black and white are opposite hues."
            .to_owned(),
    }
}
