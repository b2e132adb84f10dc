//! H12: translation by a discriminator of pairs, through words that no gradient passes.

use super::shared::CHAPTER;
use crate::claim::Draft;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::gan::{Phrases, SeqGan, SeqGanConfig, Training, WordGradient};
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use rand::seq::SliceRandom;
use std::ops::ControlFlow;

const FIGURE: &str = "h12-words";
const STEPS: u64 = 600;

/// What came of a run: accuracies on sentences that were not learnt from, and the surprise over the steps.
struct Outcome {
    name: String,
    tokens: f64,
    pairs: f64,
    surprise: Vec<f64>,
    example: String,
}

fn run(language: &str, gradient: WordGradient, seed: u64) -> Result<Outcome> {
    let all = Phrases::named(language)?;
    let mut order: Vec<usize> = (0..all.count()).collect();
    order.shuffle(&mut stream(seed, 150));
    let (learnt, fresh) = order.split_at(all.count() * 3 / 4);
    let config = SeqGanConfig { gradient, steps: STEPS, seed, ..SeqGanConfig::default() };
    let mut run = Training::<SeqGan>::new(config, all.select(learnt))?;
    let mut surprise = Vec::new();
    run.train(STEPS, |record| {
        surprise.push(record.surprise);
        ControlFlow::Continue(())
    });
    let fresh = all.select(fresh);
    let [sentences, right] = fresh.rows();
    let found = run.translate(sentences);
    let (found, right) = (fresh.read(1, found.view()), fresh.read(1, right.mapv(f64::from).view()));
    let words = found.iter().zip(&right).flat_map(|(one, other)| one.split(' ').zip(other.split(' ')));
    let (hits, count) =
        words.fold((0, 0_usize), |(hits, count), (one, other)| (hits + usize::from(one == other), count + 1));
    let pairs = found.iter().zip(&right).filter(|(one, other)| one == other).count();
    let given = fresh.read(0, sentences.mapv(f64::from).view());
    Ok(Outcome {
        name: format!("{language}, {gradient}"),
        tokens: hits as f64 / count as f64,
        pairs: pairs as f64 / found.len() as f64,
        surprise,
        example: format!("“{}” → “{}”", given[0], found[0]),
    })
}

fn about(id: &str, statement: String) -> Draft {
    Claim::about(id, CHAPTER, statement, "S2 L1275-1290; arXiv:1609.05473, 1611.01144")
        .corrects("the slide does not say how a gradient passes words; it does not, and is estimated")
        .figure(FIGURE)
}

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let estimators = [WordGradient::Gumbel(1.0), WordGradient::Reinforce];
    let of = |language: &str| estimators.into_iter().map(|g| run(language, g, seed)).collect::<Result<Vec<_>>>();
    let (symbols, sentences) = (of("permutation")?, of("sentences")?);
    let tokens = |runs: &[Outcome]| runs.iter().map(|run| run.tokens).fold(f64::INFINITY, crate::claim::smaller);
    claims.push(
        about("H12", format!("A discriminator of pairs teaches the translation of a language of three symbols, whose words change and turn round, to sentences that were not learnt from: share of words that are right after {STEPS} steps, the lesser of Gumbel-softmax and REINFORCE; chance has 1/3"))
            .at_least(tokens(&symbols), 0.9),
    );
    claims.push(
        about("H12.2", "English sentences into German ones, whose words have other places and whose articles follow gender and case: share of words that are right in sentences that were not learnt from, the lesser of the two estimators; chance has 1/14".to_owned())
            .at_least(tokens(&sentences), 0.7),
    );
    let whole = symbols.iter().chain(&sentences);
    let whole: Vec<String> = whole.map(|run| format!("{}: {:.2}, {}", run.name, run.pairs, run.example)).collect();
    claims.push(
        about("H12.3", "Whole sentences that are right, of those that were not learnt from; chance has 1/81 in the language of symbols and less than 10⁻⁶ in German".to_owned())
            .property(
                "more than .5 of symbols, more than .2 of sentences",
                whole.join("; "),
                symbols.iter().all(|run| run.pairs > 0.5) && sentences.iter().all(|run| run.pairs > 0.2),
            ),
    );
    figures.push(picture(symbols.iter().chain(&sentences)));
    Ok(())
}

fn picture<'a>(runs: impl Iterator<Item = &'a Outcome>) -> Illustration {
    let panels = runs.map(|run| {
        let blocks: Vec<f64> =
            run.surprise.chunks(10).map(|block| block.iter().sum::<f64>() / block.len() as f64).collect();
        let steps: Vec<f64> = (0..blocks.len()).map(|k| 10.0 * (k as f64 + 0.5)).collect();
        Panel::new(Axis::new("step"), Axis::new("nats a sentence").include(0.0))
            .title(run.name.clone())
            .size(200.0, 150.0)
            .add(Series::line("−ln p of the right translation", &steps, &blocks))
    });
    Illustration {
        id: FIGURE,
        figure: Figure::grid("Translations that no player was shown as right", 2, panels),
        caption: "The generator is trained by what the discriminator says of its own translations alone. How likely the right ones become is watched, in means of 10 steps.".to_owned(),
    }
}
