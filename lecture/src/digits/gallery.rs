//! The figures of the study: samples of the sources, and the course of the training.

use super::Study;
use crate::Illustration;
use fenchel::plot::{Axis, Figure, Panel, Series};

/// Images shown of each source.
const SHOWN: usize = 50;

/// Sample grids of all sources, and the trace of the training.
pub(crate) fn figures(study: &Study) -> Vec<Illustration> {
    vec![samples(study), training(study)]
}

fn samples(study: &Study) -> Illustration {
    let panels = study.grids().into_iter().map(|(name, samples)| {
        let rows: Vec<Vec<f64>> = samples.rows().into_iter().take(SHOWN).map(|row| row.to_vec()).collect();
        let pictures: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        Panel::pictures(&pictures, 8, 10, -1.0, 1.0).title(name)
    });
    Illustration {
        id: "digits-samples",
        figure: Figure::grid("What was scored", 3, panels),
        caption: "The first images of each source: the held-out half that all are scored against, the half that the generator \
                  learnt from, the generator, and three references whose faults are known."
            .to_owned(),
    }
}

fn training(study: &Study) -> Illustration {
    let step: Vec<f64> = study.trace.iter().map(|record| record.step as f64).collect();
    let curve = |f: &dyn Fn(&fenchel::gan::Record) -> f64| study.trace.iter().map(f).collect::<Vec<f64>>();
    Illustration {
        id: "digits-training",
        figure: Figure::new(
            "The game on the digits",
            [
                Panel::new(Axis::new("step"), Axis::new("loss (nats)").include(0.0))
                    .title("Losses")
                    .add(Series::line("discriminator", &step, &curve(&|r| r.discriminator.loss)))
                    .add(Series::line("generator", &step, &curve(&|r| r.generator_loss)))
                    .guide_y(4f64.ln(), "ln 4: D, equal laws")
                    .guide_y(2f64.ln(), "ln 2: G, equal laws"),
                Panel::new(Axis::new("step"), Axis::new("(V + ln 4)/2 (nats)").range(0.0, 0.72))
                    .title("What the discriminator claims of JSD")
                    .add(Series::line(
                        "(V + ln 4)/2 on the training batch",
                        &step,
                        &curve(&|r| r.discriminator.value.jsd_lower_bound()),
                    ))
                    .guide_y(2f64.ln(), "ln 2"),
            ],
        ),
        caption:
            "Every hundredth step. With equal laws the losses would be ln 4 and ln 2. The value on a batch that the \
                  discriminator trains on is no bound for unseen data: it may be too high."
                .to_owned(),
    }
}
