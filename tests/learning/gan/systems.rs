//! Systems of labels and pictures: what they are told they obey, their runs go on to the bit, and data that cannot be used are
//! refused with a word.

use super::games::goes_on_to_the_bit;
use fenchel::Error;
use fenchel::certificate::Status;
use fenchel::gan::{
    AcGan, AcGanConfig, Colour, ColourConfig, Faces, Generative, Hint, Labelled, LabelledRows, Painted, Rows, Semi,
    SemiConfig, Source, Stacked, StackedConfig, Toy, Training, source_logit,
};
use fenchel::measure::Empirical;
use fenchel::nn::{Layers, Tape};
use fenchel::numeric::stream;
use fenchel::score::classes::ByNearest;
use ndarray::{Array2, Axis, array, s};
use std::ops::ControlFlow;

const GO_ON: ControlFlow<()> = ControlFlow::Continue(());

/// Four images of each of three classes.
fn images() -> LabelledRows {
    let pixels =
        Array2::from_shape_fn((12, 16), |(i, pixel)| if pixel % 3 == i % 3 { 1.0 - i as f64 / 40.0 } else { -1.0 });
    LabelledRows::new(pixels.view(), (0..12).map(|i| i % 3).collect()).unwrap()
}

fn painted() -> Painted {
    let pixels = Array2::from_shape_fn((6, 16), |(i, pixel)| f64::from(u8::from(pixel % 3 == i % 3)));
    Painted::new(pixels.view(), &[0, 1, 2, 0, 1, 2]).unwrap()
}

fn small() -> Layers {
    Layers::leaky(&[16])
}

#[test]
fn runs_of_labels_and_pictures_go_on_to_the_bit() {
    let semi = SemiConfig {
        generator: small(),
        discriminator: small(),
        batch: 8,
        labels_per_class: 2,
        ..SemiConfig::default()
    };
    goes_on_to_the_bit::<Semi, _>(&semi, images(), 60, 1);
    goes_on_to_the_bit::<Semi, _>(&SemiConfig { unlabelled: 0.0, ..semi }, Toy::ring8(), 40, 2);
    for first in [0.0, 0.5] {
        let stacked = StackedConfig { hidden: small(), batch: 8, steps: 60, first, ..StackedConfig::default() };
        goes_on_to_the_bit::<Stacked, _>(&stacked, images(), 60, 3);
    }
    let colour = ColourConfig { hidden: small(), batch: 8, steps: 60, ..ColourConfig::default() };
    goes_on_to_the_bit::<Colour, _>(&colour, painted(), 60, 4);
    let factors = AcGanConfig { hidden: small(), batch: 8, ..AcGanConfig::default() };
    goes_on_to_the_bit::<AcGan, _>(&factors, Faces, 40, 5);
}

/// Two factors of a class are told apart: the hair of a face, and its smile.
#[test]
fn a_generator_obeys_both_factors_of_its_class() {
    let config = AcGanConfig { steps: 400, ..AcGanConfig::pictures() };
    let mut run = Training::<AcGan>::new(config, Faces).unwrap();
    assert_eq!(run.train(400, |_| GO_ON), Status::IterationLimit);
    let classes: Vec<usize> = (0..400).map(|i| i % 4).collect();
    let made = Empirical::new(run.generate(&classes, &mut stream(1, 0))).unwrap();
    let templates = Empirical::new(Faces::templates()).unwrap();
    let share = ByNearest::new(&templates, &[0, 1, 2, 3]).unwrap().share_as_asked(&made, &classes).unwrap();
    assert!(share.value > 0.9, "{share:?}");
}

#[test]
fn the_logit_of_real_is_that_of_the_sum_of_all_classes() {
    let tape = Tape::<f64>::new();
    let logit = source_logit(tape.leaf(array![[1.0, 2.0, 0.5], [-800.0, -801.0, -800.0]]));
    let z = 1f64.exp() + 2f64.exp() + 0.5f64.exp();
    assert!((logit.sigmoid().value()[[0, 0]] - z / (z + 1.0)).abs() < 1e-15);
    assert!((logit.value()[[1, 0]] + 800.0 - (2.0 + (-1f64).exp()).ln()).abs() < 1e-12);
}

/// Half of the digits with five labels of each, and the other half to be named.
#[test]
fn few_labels_are_learnt_from_and_the_rest_of_the_data_helps() {
    let digits = fenchel::io::digits();
    let images = digits.images.mapv(|ink| ink / 8.0 - 1.0);
    let labels: Vec<usize> = digits.labels.into_iter().map(usize::from).collect();
    let (learnt, unseen) = images.view().split_at(Axis(0), 900);
    let right = |unlabelled: f64| {
        let data = LabelledRows::new(learnt, labels[..900].to_vec()).unwrap();
        let config = SemiConfig { unlabelled, steps: 800, ..SemiConfig::pictures() };
        let mut run = Training::<Semi>::new(config, data).unwrap();
        assert_eq!(run.train(800, |_| GO_ON), Status::IterationLimit);
        let value = run.game().value_on(run.data(), unseen, Array2::ones((50, 64)).view()).unwrap();
        assert!(value.value.is_finite());
        run.classify(unseen).iter().zip(&labels[900..]).filter(|(found, label)| found == label).count()
    };
    let (alone, with) = (right(0.0), right(1.0));
    assert!(alone > 600 && with > alone + 10, "{with} of 897 with all images, {alone} by the labels alone");
}

/// The first stage knows small images only; the second corrects them, and begins with no correction.
#[test]
fn a_second_stage_begins_where_the_first_ended() {
    let config = StackedConfig { hidden: small(), batch: 8, steps: 400, first: 0.5, ..StackedConfig::default() };
    let mut run = Training::<Stacked>::new(config, images()).unwrap();
    let mut stages = Vec::new();
    run.train(200, |record| {
        stages.push(record.stage);
        GO_ON
    });
    let blocks = |made: &Array2<f64>| {
        made.rows().into_iter().all(|row| (0..16).all(|k| row[k] == row[k / 8 * 8 + k % 4 / 2 * 2]))
    };
    let made = run.generate(&[0, 1, 2], &mut stream(2, 0));
    assert!(blocks(&made), "enlarged images: {made}");
    run.train(400, |record| {
        stages.push(record.stage);
        GO_ON
    });
    assert!(stages[..200].iter().all(|stage| *stage == 1) && stages[200..].iter().all(|stage| *stage == 2));
    assert!(!blocks(&run.generate(&[0, 1, 2], &mut stream(2, 0))));
}

/// Hints of hues that no class has usually, those of the classes being 0, 2π/3 and 4π/3: the more of them, the nearer the colours.
#[test]
fn hints_are_obeyed() {
    let config = ColourConfig { steps: 1000, hints: 8, ..ColourConfig::default() };
    let mut run = Training::<Colour>::new(config, painted()).unwrap();
    assert_eq!(run.train(1000, |_| GO_ON), Status::IterationLimit);
    let rows = painted().all(&mut stream(3, 0));
    let lightness = rows.slice(s![.., ..16]);
    let hue = |pixel: usize| [1.0_f64, 3.1][pixel / 8];
    let error = |number: usize| {
        let hints: Vec<Vec<Hint>> = (0..6)
            .map(|row| {
                let inked = (0..16).map(|k| k * 7 % 16).filter(|&pixel| lightness[[row, pixel]] > 0.0).take(number);
                inked.map(|pixel| Hint { pixel, chroma: [hue(pixel).cos(), hue(pixel).sin()] }).collect()
            })
            .collect();
        let made = run.colour(lightness, &hints, &mut stream(4, 0));
        let off = |((row, pixel), ink): ((usize, usize), &f64)| {
            (made[[row, pixel]] - ink * hue(pixel).cos()).hypot(made[[row, 16 + pixel]] - ink * hue(pixel).sin())
        };
        lightness.indexed_iter().map(off).sum::<f64>() / lightness.sum()
    };
    let errors = [0, 2, 5].map(error);
    assert!(errors[2] < 0.5 * errors[0] && errors[1] < errors[0], "errors of a pixel of ink: {errors:?}");
}

#[test]
fn data_that_cannot_be_used_are_refused_with_a_word() {
    let said = |error: Error, words: &[&str]| {
        let text = error.to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    };
    let one_row = LabelledRows::new(array![[0.0], [1.0], [2.0], [1.5]].view(), vec![0, 1, 1, 1]).unwrap();
    let config = SemiConfig { labels_per_class: 2, ..SemiConfig::default() };
    said(Training::<Semi>::new(config, one_row).unwrap_err(), &["class 0 has 1 different", "labels_per_class"]);
    for config in [
        SemiConfig { labels_per_class: 0, ..SemiConfig::default() },
        SemiConfig { unlabelled: -1.0, ..SemiConfig::default() },
        SemiConfig { instance_noise: f64::NAN, ..SemiConfig::default() },
    ] {
        assert!(matches!(Training::<Semi>::new(config, Toy::ring8()), Err(Error::OutOfDomain { .. })));
    }
    let bare = SemiConfig { discriminator: Layers::leaky(&[]), ..SemiConfig::default() };
    said(Training::<Semi>::new(bare, Toy::ring8()).unwrap_err(), &["hidden layers"]);

    said(Training::<Stacked>::new(StackedConfig::default(), Toy::ring8()).unwrap_err(), &["2 columns", "even side"]);
    let config = StackedConfig { first: 1.0, ..StackedConfig::default() };
    assert!(matches!(Training::<Stacked>::new(config, images()), Err(Error::OutOfDomain { .. })));

    let plane = Rows::new(array![[0.0, 1.0, 2.0, 3.0]].view()).unwrap();
    said(Training::<Colour>::new(ColourConfig::default(), plane).unwrap_err(), &["4 columns", "three planes"]);
    said(Painted::new(array![[0.5, 1.5]].view(), &[0]).unwrap_err(), &["ink", "1.5"]);
    said(Painted::new(array![[0.5]].view(), &[0, 1]).unwrap_err(), &["labels"]);
    said(images().with_factors(&[2, 2]).unwrap_err(), &["[2, 2]", "3 classes"]);

    // a checkpoint of one game of labels is none of another
    let checkpoint = Training::<Semi>::new(SemiConfig::default(), Toy::ring8()).unwrap().checkpoint();
    assert!(Training::resume(checkpoint, images()).is_err());
}

#[test]
fn faces_have_the_classes_that_are_drawn() {
    let (images, classes) = Faces.draw_labelled(500, &mut stream(5, 0));
    let (images, templates) =
        (Empirical::new(images.mapv(f64::from)).unwrap(), Empirical::new(Faces::templates()).unwrap());
    assert_eq!(ByNearest::new(&templates, &[0, 1, 2, 3]).unwrap().names(&images).unwrap(), classes);
    assert_eq!(Faces.dimension(), images.dimension());
}
