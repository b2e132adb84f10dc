//! H4.2 to H4.4: few labels, and many images without one.

use super::shared::{CHAPTER, GO_ON, Shown, agreement, mean_of_few};
use crate::claim::Draft;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::gan::{Semi, SemiConfig, Training};
use fenchel::plot::{Axis, Figure, Panel, Series};
use rayon::prelude::*;

const FIGURE: &str = "h4-labels";
const STEPS: u64 = 1000;
const SEEDS: u64 = 4;
/// Labels of each digit.
const LABELS: [usize; 2] = [5, 10];

/// The share of held-out digits that are named rightly, after training with this weight of the digits without a label.
fn accuracy(labels_per_class: usize, unlabelled: f64, seed: u64) -> Result<f64> {
    let [learnt, held_out] = Shown::digits().halves(seed);
    let config = SemiConfig { labels_per_class, unlabelled, steps: STEPS, seed, ..SemiConfig::pictures() };
    let mut run = Training::<Semi>::new(config, learnt.source()?)?;
    run.train(STEPS, |_| GO_ON);
    Ok(agreement(&run.classify(held_out.images.view()), &held_out.labels))
}

/// Accuracies by the labels alone and with all images, of each seed.
struct Compared {
    alone: Vec<f64>,
    with: Vec<f64>,
}

impl Compared {
    fn new(labels: usize, seed: u64) -> Result<Self> {
        let all = |unlabelled: f64| {
            let of_seeds = (0..SEEDS).into_par_iter().map(|k| accuracy(labels, unlabelled, seed + k));
            of_seeds.collect::<Result<Vec<f64>>>()
        };
        Ok(Self { alone: all(0.0)?, with: all(1.0)? })
    }

    fn gain(&self) -> (f64, f64) {
        let differences: Vec<f64> = self.with.iter().zip(&self.alone).map(|(with, alone)| with - alone).collect();
        mean_of_few(&differences)
    }
}

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let compared = LABELS.map(|labels| Compared::new(labels, seed));
    let compared = compared.into_iter().collect::<Result<Vec<_>>>()?;
    for (k, (labels, compared)) in LABELS.into_iter().zip(&compared).enumerate() {
        let (gain, half) = compared.gain();
        let [alone, with] = [&compared.alone, &compared.with].map(|accuracies| mean_of_few(accuracies).0);
        claims.push(
            about(&format!("H4.{}", k + 2), format!("Semi-supervised GAN on half of the digits, {labels} labels of each, {STEPS} steps: more of the other half is named rightly than by the same network trained on the labels alone, over {SEEDS} seeds in pairs"))
                .figure(FIGURE)
                .property(
                    "the interval of the gain is above 0",
                    format!("{alone:.3} with the labels alone, {with:.3} with all images; gain {gain:.3} ± {half:.3}"),
                    gain - half > 0.0,
                ),
        );
    }
    figures.push(bars(&compared));
    Ok(())
}

fn about(id: &str, statement: String) -> Draft {
    Claim::about(id, CHAPTER, statement, "S2 L1071-1112; arXiv:1606.03498")
}

fn bars(compared: &[Compared]) -> Illustration {
    let names = LABELS.map(|labels| format!("{labels} labels of each digit"));
    let series = |label: &str, of: &dyn Fn(&Compared) -> &Vec<f64>| {
        Series::bars(label, &compared.iter().map(|c| mean_of_few(of(c)).0).collect::<Vec<f64>>())
    };
    let mut seeds = Panel::new(Axis::new("share named rightly, labels alone"), Axis::new("with all images"))
        .equal()
        .title("Each seed");
    for (labels, compared) in LABELS.iter().zip(compared) {
        seeds = seeds.add(Series::points(format!("{labels} labels"), &compared.alone, &compared.with));
    }
    Illustration {
        id: FIGURE,
        figure: Figure::new(
            "What images without a label are worth",
            [
                Panel::new(Axis::categories("", names), Axis::new("share of unseen digits named rightly").range(0.0, 1.0))
                    .title(format!("Mean of {SEEDS} seeds"))
                    .add(series("labels alone", &|c| &c.alone))
                    .add(series("with all images", &|c| &c.with)),
                seeds.add(Series::line("equal", &[0.6, 1.0], &[0.6, 1.0])),
            ],
        ),
        caption: "The same network, the same labels. Where a generator and the images without a label take part in the training, more of the \
                  digits that were kept apart are named rightly."
            .to_owned(),
    }
}
