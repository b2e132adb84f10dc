//! What a scorecard knows of a score: one constant in the score's own file, and the comparison that it is run on.

use super::choices::Choices;
use super::compat::{Compat, Subsets};
use super::forecast::{Step, Workload};
use super::permutations::Permutations;
use super::similarity::{Kernel, Similarity};
use super::{Better, Pair};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::Empirical;
use std::any::Any;

/// What a score sees of a generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sees {
    /// Any difference of the two laws.
    Distribution,
    /// Whether generated points are where real ones are.
    Fidelity,
    /// Whether all of the real law is reached.
    Diversity,
    /// Whether training points are copied.
    Memorisation,
}

/// A score as the scorecard sees it. Unless it says otherwise it sees the whole law, is better the lower it is, and
/// needs two rows of either sample.
pub(super) struct Definition {
    pub(super) name: &'static str,
    /// Names that other programs give it, in lower case.
    pub(super) aliases: &'static [&'static str],
    /// What it says, in half a line.
    pub(super) description: &'static str,
    pub(super) better: Better,
    pub(super) sees: Sees,
    /// The rows that it needs of either sample.
    pub(super) rows: usize,
    /// The neighbours that it takes where the user does not say how many; of a score that takes none, 0.
    pub(super) neighbours: fn(Option<Compat>) -> usize,
    pub(super) needs_train: bool,
    /// What takes nearly all of its time.
    pub(super) step: Step,
    pub(super) score: fn(&mut Comparison<'_>) -> Result<Estimate>,
}

impl Definition {
    pub(super) const fn new(
        name: &'static str,
        description: &'static str,
        step: Step,
        score: fn(&mut Comparison<'_>) -> Result<Estimate>,
    ) -> Self {
        Self {
            name,
            aliases: &[],
            description,
            better: Better::Lower,
            sees: Sees::Distribution,
            rows: 2,
            neighbours: |_| 0,
            needs_train: false,
            step,
            score,
        }
    }

    pub(super) const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    pub(super) const fn sees(mut self, sees: Sees, better: Better) -> Self {
        (self.sees, self.better) = (sees, better);
        self
    }

    pub(super) const fn rows(mut self, rows: usize) -> Self {
        self.rows = rows;
        self
    }

    pub(super) const fn neighbours(mut self, neighbours: fn(Option<Compat>) -> usize) -> Self {
        self.neighbours = neighbours;
        self
    }

    pub(super) const fn needs_train(mut self) -> Self {
        self.needs_train = true;
        self
    }
}

/// Two samples, the choices, and what several scores share, which is computed once.
pub(super) struct Comparison<'a> {
    choices: &'a Choices,
    pair: &'a Pair<'a>,
    train: Option<&'a Empirical>,
    shared: Vec<Box<dyn Any>>,
    neighbours: fn(Option<Compat>) -> usize,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(choices: &'a Choices, pair: &'a Pair<'a>, train: Option<&'a Empirical>) -> Self {
        Self { choices, pair, train, shared: Vec::new(), neighbours: |_| 0 }
    }

    pub(super) fn score(&mut self, score: &Definition) -> Result<Estimate> {
        self.neighbours = score.neighbours;
        (score.score)(self)
    }

    /// Whether there are the rows and the training sample that a score needs.
    pub(super) fn allows(&self, score: &Definition) -> bool {
        let rows = self.pair.rows();
        let usual = (score.neighbours)(self.choices.compat);
        let neighbours = if usual == 0 { 0 } else { self.choices.k.unwrap_or(usual) };
        rows >= score.rows && neighbours < rows && (self.train.is_some() || !score.needs_train)
    }

    /// The sizes and choices that the time of a score follows from.
    pub(super) fn task(&self) -> Workload<'a> {
        let (n, m, d) = self.pair.sizes();
        Workload::new(self.choices, (n, m, d), self.train.map_or(0, Empirical::len))
    }

    pub(super) fn pair(&self) -> &'a Pair<'a> {
        self.pair
    }

    pub(super) fn compat(&self) -> Option<Compat> {
        self.choices.compat
    }

    /// The neighbours that the score takes.
    pub(super) fn k(&self) -> usize {
        self.choices.k.unwrap_or_else(|| (self.neighbours)(self.choices.compat))
    }

    pub(super) fn kernel(&self) -> &'a Kernel {
        &self.choices.kernel
    }

    pub(super) fn similarity(&self) -> Similarity {
        self.choices.similarity
    }

    pub(super) fn order(&self) -> f64 {
        self.choices.order
    }

    pub(super) fn subsets(&self) -> Option<Subsets> {
        self.choices.subsets
    }

    pub(super) fn seed(&self) -> u64 {
        self.choices.seed
    }

    /// See [`Choices::test`].
    pub(super) fn test(&self) -> Permutations {
        self.choices.test()
    }

    /// See [`Choices::of_pairs`].
    pub(super) fn of_pairs(&self, kernels: f64) -> Permutations {
        let (n, m, _) = self.pair.sizes();
        self.choices.of_pairs(n + m, kernels)
    }

    /// See [`Choices::again`].
    pub(super) fn again(&self) -> Permutations {
        self.choices.again()
    }

    /// What several scores are read from, computed for the first of them and kept by its type.
    pub(super) fn shared<T: Any>(&mut self, make: impl FnOnce(&Self) -> Result<T>) -> Result<&T> {
        let at = match self.shared.iter().position(|kept| kept.is::<T>()) {
            Some(at) => at,
            None => {
                let made = make(self)?;
                self.shared.push(Box::new(made));
                self.shared.len() - 1
            }
        };
        match self.shared[at].downcast_ref() {
            Some(kept) => Ok(kept),
            None => unreachable!("it was found by its type"),
        }
    }

    /// The training sample of a score that compares with it.
    pub(super) fn train(&self, score: &str) -> Result<&'a Empirical> {
        let why = "it compares with the training sample, and none was given";
        self.train.ok_or_else(|| Error::unsupported(score, why))
    }

    /// A score of a sample against the training sample, which takes the place of the real one: that of the generated
    /// sample, with that of the real sample as its baseline.
    pub(super) fn beside_real(&self, name: &str, score: impl Fn(&Pair<'_>) -> Result<Estimate>) -> Result<Estimate> {
        let train = self.train(name)?;
        let of = |sample| {
            let pair = Pair::new(train, sample);
            score(&pair.map_err(|error| error.context("training sample in the place of `real`"))?)
        };
        let found = of(self.pair.generated())?;
        if !self.choices.baseline {
            return Ok(found);
        }
        let real = of(self.pair.real())?;
        Ok(Estimate {
            baseline: Some(real.value),
            baseline_spread: real.std_error,
            parameters: format!("{}; baseline: {} real rows", found.parameters, real.m),
            ..found
        })
    }
}
