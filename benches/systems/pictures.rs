//! Systems of labels and pictures: on the digits, on faces with two factors, on the ring.

use super::{Numbers, Row, worked};
use fenchel::Result;
use fenchel::gan::{
    AcGan, AcGanConfig, Colour, ColourConfig, Config, Faces, Gan, Hint, LabelledRows, Painted, Rows, Semi, SemiConfig,
    Stacked, StackedConfig, Toy, Training,
};
use fenchel::linalg;
use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::score::{Pair, Permutations, classes::ByNearest, frechet::frechet};
use ndarray::{Array2, Axis, concatenate, s};
use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};
use std::f64::consts::PI;
use std::ops::ControlFlow;
use std::time::Instant;

const GO_ON: ControlFlow<()> = ControlFlow::Continue(());
/// Random streams beside those of the games.
const SPLIT: u64 = 91;
const MADE: u64 = 90;
/// Samples of a conditional generator.
const ASKED: usize = 2000;
/// Principal components of the digits, for Fréchet's distance.
const COMPONENTS: usize = 16;
/// By how many pixels a row of a leaning digit is moved against the next.
const LEAN: f64 = 0.6;

pub fn rows() -> Vec<Row> {
    vec![
        Row { name: "AC-GAN, ring", run: ring },
        Row { name: "AC-GAN, digits", run: conditional_digits },
        Row { name: "AC-GAN, digits leaning to either side", run: leaning },
        Row { name: "semi-supervised, digits, 5 labels a class", run: |seed| labels(5, seed) },
        Row { name: "semi-supervised, digits, 10 labels a class", run: |seed| labels(10, seed) },
        Row { name: "StackGAN, digits", run: stages },
        Row { name: "colourisation, painted digits", run: colours },
        Row { name: "latent arithmetic, faces", run: arithmetic },
        Row { name: "DCGAN and MLP, digits, equal time", run: convolutions },
    ]
}

/// Images, one a row, and what each shows.
struct Shown {
    images: Array2<f64>,
    labels: Vec<usize>,
}

impl Shown {
    fn digits() -> Self {
        let digits = fenchel::io::digits();
        let labels = digits.labels.into_iter().map(usize::from).collect();
        Self { images: digits.images.mapv(|ink| ink / 8.0 - 1.0), labels }
    }

    /// Two halves at random: one to learn from, and one that no game sees.
    fn halves(&self, seed: u64) -> [Self; 2] {
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.shuffle(&mut stream(seed, SPLIT));
        let (first, second) = order.split_at(order.len() / 2);
        [first, second].map(|rows| Self {
            images: self.images.select(Axis(0), rows),
            labels: rows.iter().map(|&row| self.labels[row]).collect(),
        })
    }

    fn source(&self) -> Result<LabelledRows> {
        LabelledRows::new(self.images.view(), self.labels.clone())
    }

    /// What some images show, by the nearest of these.
    fn names(&self, images: &Array2<f64>) -> Result<Vec<usize>> {
        ByNearest::new(&Empirical::new(self.images.clone())?, &self.labels)?.names(&Empirical::new(images.clone())?)
    }
}

/// The share of classes that agree, or of a part of each.
fn agreement(one: &[usize], other: &[usize], part: impl Fn(usize) -> usize) -> f64 {
    one.iter().zip(other).filter(|(a, b)| part(**a) == part(**b)).count() as f64 / one.len() as f64
}

fn ring(seed: u64) -> Result<Numbers> {
    let config = AcGanConfig { seed, ..AcGanConfig::default() };
    let steps = config.steps;
    let mut run = Training::<AcGan>::new(config, Toy::ring8())?;
    run.train(steps, |_| GO_ON);
    let asked: Vec<usize> = (0..ASKED).map(|k| k % 8).collect();
    let made = run.generate(&asked, &mut stream(seed, MADE));
    let modes = Shown { images: Toy::ring8().centres(), labels: (0..8).collect() };
    Ok(vec![("samples of the class asked for", agreement(&modes.names(&made)?, &asked, |class| class))])
}

fn conditional(data: LabelledRows, classes: usize, seed: u64) -> Result<(Array2<f64>, Vec<usize>)> {
    let config = AcGanConfig { seed, ..AcGanConfig::pictures() };
    let steps = config.steps;
    let mut run = Training::<AcGan>::new(config, data)?;
    run.train(steps, |_| GO_ON);
    let asked: Vec<usize> = (0..ASKED).map(|k| k % classes).collect();
    Ok((run.generate(&asked, &mut stream(seed, MADE)), asked))
}

fn conditional_digits(seed: u64) -> Result<Numbers> {
    let [learnt, held_out] = Shown::digits().halves(seed);
    let (made, asked) = conditional(learnt.source()?, 10, seed)?;
    let real = agreement(&held_out.names(&learnt.images)?, &learnt.labels, |class| class);
    Ok(vec![
        ("images of the digit asked for", agreement(&held_out.names(&made)?, &asked, |class| class)),
        ("real images, by the same judge", real),
    ])
}

fn leaning(seed: u64) -> Result<Numbers> {
    let digits = fenchel::io::digits();
    let images = concatenate![Axis(0), digits.leaning(-LEAN), digits.leaning(LEAN)].mapv(|ink| ink / 8.0 - 1.0);
    let labels =
        [0, 1].into_iter().flat_map(|lean| digits.labels.iter().map(move |&digit| 2 * usize::from(digit) + lean));
    let [learnt, held_out] = Shown { images, labels: labels.collect() }.halves(seed);
    let (made, asked) = conditional(learnt.source()?.with_factors(&[10, 2])?, 20, seed)?;
    let names = held_out.names(&made)?;
    Ok(vec![
        ("images of the digit asked for", agreement(&names, &asked, |class| class / 2)),
        ("images that lean as asked for", agreement(&names, &asked, |class| class % 2)),
        ("images of both", agreement(&names, &asked, |class| class)),
    ])
}

fn labels(labels_per_class: usize, seed: u64) -> Result<Numbers> {
    let [learnt, held_out] = Shown::digits().halves(seed);
    let accuracy = |unlabelled: f64| {
        let config = SemiConfig { labels_per_class, unlabelled, seed, ..SemiConfig::pictures() };
        let steps = config.steps;
        let mut run = Training::<Semi>::new(config, learnt.source()?)?;
        run.train(steps, |_| GO_ON);
        Ok::<f64, fenchel::Error>(agreement(&run.classify(held_out.images.view()), &held_out.labels, |class| class))
    };
    let (alone, with) = (accuracy(0.0)?, accuracy(1.0)?);
    Ok(vec![("accuracy, labels alone", alone), ("accuracy, with all images", with), ("gain", with - alone)])
}

fn distance(real: &Array2<f64>, made: &Array2<f64>) -> Result<f64> {
    let (real, made) = (Empirical::new(real.clone())?, Empirical::new(made.clone())?);
    Ok(frechet(&Pair::new(&real, &made)?, Permutations::none())?.value)
}

fn stages(seed: u64) -> Result<Numbers> {
    let [learnt, held_out] = Shown::digits().halves(seed);
    let made = |first: f64| {
        let config = StackedConfig { first, seed, ..StackedConfig::default() };
        let steps = config.steps;
        let mut run = Training::<Stacked>::new(config, learnt.source()?)?;
        run.train(steps, |_| GO_ON);
        Ok::<_, fenchel::Error>(run.generate(&held_out.labels, &mut stream(seed, MADE)))
    };
    let (one, two) = (made(0.0)?, made(StackedConfig::default().first)?);
    let (of_one, of_two) = (distance(&held_out.images, &one)?, distance(&held_out.images, &two)?);
    Ok(vec![
        ("Fréchet, one stage", of_one),
        ("Fréchet, two stages", of_two),
        ("difference", of_two - of_one),
        ("Fréchet, the half that was learnt", distance(&held_out.images, &learnt.images)?),
        (
            "two stages: images of the digit asked for",
            agreement(&held_out.names(&two)?, &held_out.labels, |class| class),
        ),
    ])
}

fn colours(seed: u64) -> Result<Numbers> {
    let digits = fenchel::io::digits();
    let labels = digits.labels.into_iter().map(usize::from).collect();
    let [learnt, held_out] = Shown { images: digits.images / 16.0, labels }.halves(seed);
    let config = ColourConfig { seed, ..ColourConfig::default() };
    let steps = config.steps;
    let mut run = Training::<Colour>::new(config, Painted::new(learnt.images.view(), &learnt.labels)?)?;
    run.train(steps, |_| GO_ON);
    let law = Painted::new(held_out.images.view(), &held_out.labels)?;
    let truth = law.all(&mut stream(seed, 92));
    let (ink, chroma) = (truth.slice(s![.., ..64]), truth.slice(s![.., 64..]));
    let mut rng = stream(seed, 93);
    let places = ink.rows().into_iter().map(|ink| {
        let mut places: Vec<usize> = (0..64).filter(|&pixel| ink[pixel] > 0.5).collect();
        places.shuffle(&mut rng);
        places
    });
    let places: Vec<Vec<usize>> = places.collect();
    let hinted = |number: usize, chroma: &dyn Fn(usize, usize) -> [f64; 2]| {
        let of_image = |(image, places): (usize, &Vec<usize>)| {
            let hint = |&pixel: &usize| Hint { pixel, chroma: chroma(image, pixel) };
            places.iter().take(number).map(hint).collect::<Vec<Hint>>()
        };
        places.iter().enumerate().map(of_image).collect::<Vec<_>>()
    };
    let error = |number: usize| {
        let hints = hinted(number, &|image, pixel| [truth[[image, 64 + pixel]], truth[[image, 128 + pixel]]]);
        let made = run.colour(ink, &hints, &mut stream(seed, MADE));
        (&made - &chroma).mapv(|x| x * x).sum() / chroma.mapv(|x| x * x).sum()
    };
    let hints = hinted(4, &|image, pixel| {
        let hue = law.hue(held_out.labels[image]) + PI;
        [ink[[image, pixel]] * hue.cos(), ink[[image, pixel]] * hue.sin()]
    });
    let made = run.colour(ink, &hints, &mut stream(seed, MADE));
    let obeyed = hints.iter().enumerate().flat_map(|(image, hints)| {
        let obeys = |hint: &Hint| {
            made[[image, hint.pixel]] * hint.chroma[0] + made[[image, 64 + hint.pixel]] * hint.chroma[1] > 0.0
        };
        hints.iter().map(obeys).collect::<Vec<bool>>()
    });
    let obeyed: Vec<bool> = obeyed.collect();
    Ok(vec![
        ("relative squared error, no hint", error(0)),
        ("1 hint", error(1)),
        ("2 hints", error(2)),
        ("4 hints", error(4)),
        ("8 hints", error(8)),
        ("opposite hints obeyed", obeyed.iter().filter(|o| **o).count() as f64 / obeyed.len() as f64),
    ])
}

/// The terms of the sum for a class: the other mouth, the other mouth with the other hair, and the other hair.
fn terms(class: usize) -> [usize; 3] {
    [class ^ 1, class ^ 3, class ^ 2]
}

fn arithmetic(seed: u64) -> Result<Numbers> {
    const LATENT: usize = 8;
    let config = Config {
        penalty: fenchel::gan::Penalty::R1R2(1.0),
        latent: LATENT,
        generator_hidden: fenchel::nn::Layers::leaky(&[128; 2]),
        discriminator_hidden: fenchel::nn::Layers::leaky(&[128; 2]),
        batch: 64,
        steps: 3000,
        seed,
        ..Config::digits()
    };
    let steps = config.steps;
    let mut run = Gan::new(config, Faces)?;
    run.train(steps, |_| GO_ON);
    let judge = Shown { images: Faces::templates(), labels: (0..4).collect() };
    let noise = {
        let mut rng = stream(seed, 94);
        Array2::<f32>::from_shape_simple_fn((4000, LATENT), || StandardNormal.sample(&mut rng))
    };
    let made = |noise: &Array2<f32>| run.generator().apply(noise.view()).mapv(f64::from);
    let names = judge.names(&made(&noise))?;
    let (mut hits, mut tried, mut rare) = (0, 0, f64::INFINITY);
    for class in 0..4 {
        let rows = terms(class).map(|term| (0..names.len()).filter(|&i| names[i] == term).collect::<Vec<usize>>());
        rare = rare.min(rows[0].len() as f64 / names.len() as f64);
        let sums = rows.iter().map(|rows| rows.len() / 3).min().unwrap_or(0).min(200);
        let mut totals = Array2::<f32>::zeros((sums, LATENT));
        for k in 0..sums {
            let mean = |rows: &Vec<usize>| noise.select(Axis(0), &rows[3 * k..3 * k + 3]).sum_axis(Axis(0)) / 3.0_f32;
            let [a, b, c] = rows.each_ref().map(mean);
            totals.row_mut(k).assign(&(&a - &b + &c));
        }
        if sums > 0 {
            hits += judge.names(&made(&totals))?.iter().filter(|name| **name == class).count();
            tried += sums;
        }
    }
    Ok(vec![
        ("sums in their class, of which chance gives 0.25", hits as f64 / tried.max(1) as f64),
        ("sums that could be tried", tried as f64),
        ("share of the rarest class among samples", rare),
    ])
}

/// Images along the principal components of real ones.
fn features(real: &Array2<f64>, images: &Array2<f64>) -> Result<Array2<f64>> {
    let mean = real.sum_axis(Axis(0)) / real.nrows() as f64;
    let centred = real - &mean;
    let vectors = linalg::eigh(centred.t().dot(&centred).view())?.vectors;
    // the largest eigenvalues come last
    let largest = vectors.slice(s![.., vectors.ncols() - COMPONENTS..]);
    Ok((images - &mean).dot(&largest))
}

/// Power of the waves of period 2 across and down, over that of the waves next to them.
fn checkerboard(images: &Array2<f64>) -> f64 {
    let power = |down: usize, across: usize| {
        let of_image = |image: ndarray::ArrayView1<'_, f64>| {
            let wave = |part: fn(f64) -> f64| {
                let at = |pixel: usize| PI / 4.0 * (down * (pixel / 8) + across * (pixel % 8)) as f64;
                image.iter().enumerate().map(|(pixel, ink)| ink * part(at(pixel))).sum::<f64>()
            };
            wave(f64::cos).powi(2) + wave(f64::sin).powi(2)
        };
        images.rows().into_iter().map(of_image).sum::<f64>()
    };
    (power(0, 4) + power(4, 0)) / (power(0, 3) + power(3, 0))
}

/// Trains for so many steps, and makes as many images as are real.
fn trained(config: &Config, learnt: &Shown, number: usize) -> Result<Array2<f64>> {
    let mut run = Gan::new(config.clone(), Rows::new(learnt.images.view())?)?;
    run.train(config.steps, |_| GO_ON);
    Ok(run.generate(number, &mut stream(config.seed, MADE)))
}

fn convolutions(seed: u64) -> Result<Numbers> {
    let [learnt, held_out] = Shown::digits().halves(seed);
    let images = held_out.labels.len();
    let start = Instant::now();
    let timed = |work: &mut dyn FnMut() -> Result<Array2<f64>>| {
        let before = worked(start);
        work().map(|images| (images, worked(start) - before))
    };
    let dcgan = Config { steps: 1000, seed, averaging: Some(0.99), ..Config::dcgan() };
    let resized = Config {
        generator_hidden: "2x2x64 batch relu, nearest 32 3/2 batch relu, nearest 1 3/2 tanh".parse()?,
        ..dcgan.clone()
    };
    let (transposed, seconds) = timed(&mut || trained(&dcgan, &learnt, images))?;
    let (smooth, of_smooth) = timed(&mut || trained(&resized, &learnt, images))?;
    // the same game of dense networks, for as many steps as take the same time
    let layers = || fenchel::nn::Layers::leaky(&[128; 2]);
    let short = Config { steps: 200, generator_hidden: layers(), discriminator_hidden: layers(), ..dcgan.clone() };
    let (_, of_short) = timed(&mut || trained(&short, &learnt, images))?;
    let steps = (200.0 * seconds / of_short) as u64;
    let (dense, of_dense) = timed(&mut || trained(&Config { steps, ..short.clone() }, &learnt, images))?;
    let apart = |made: &Array2<f64>| {
        distance(&features(&held_out.images, &held_out.images)?, &features(&held_out.images, made)?)
    };
    Ok(vec![
        ("seconds of the DCGAN", seconds),
        ("seconds with resizing", of_smooth),
        ("seconds of the MLP", of_dense),
        ("Fréchet on 16 components, DCGAN", apart(&transposed)?),
        ("Fréchet on 16 components, DCGAN with resizing", apart(&smooth)?),
        ("Fréchet on 16 components, MLP", apart(&dense)?),
        ("DCGAN less MLP", apart(&transposed)? - apart(&dense)?),
        ("Fréchet on 16 components, the half that was learnt", apart(&learnt.images)?),
        ("waves of period 2, DCGAN", checkerboard(&transposed)),
        ("waves of period 2, with resizing", checkerboard(&smooth)),
        ("waves of period 2, real digits", checkerboard(&held_out.images)),
    ])
}
