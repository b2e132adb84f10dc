//! Sentences with their translations, word by word as vectors with a single 1.

use crate::error::{Error, Result};
use ndarray::{Array2, ArrayView2, Axis};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Pairs of sentences. All sentences of a side have as many words.
///
/// A sentence is a row: for each of its words a vector with a single 1 at the number of the word. Words are numbered in the order of the
/// alphabet, each side by itself.
///
/// ```
/// use fenchel::gan::Phrases;
/// let pairs = Phrases::new(&[("a b", "x"), ("b a", "y")])?;
/// assert_eq!(pairs.rows()[0], ndarray::array![[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0]]);
/// assert_eq!(pairs.read(1, ndarray::array![[0.2, 0.8]].view()), ["y"]);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Phrases {
    words: [Vec<String>; 2],
    rows: [Array2<f32>; 2],
}

impl Phrases {
    /// Sentences of words between spaces, each with its translation.
    ///
    /// # Errors
    /// No pairs; a sentence with more or fewer words than the first of its side, or with none.
    pub fn new<S: AsRef<str>>(pairs: &[(S, S)]) -> Result<Self> {
        if pairs.is_empty() {
            return Err(Error::too_few("sentences", 0, 1, "pairs"));
        }
        let one = Self::side("sentences", pairs.iter().map(|(one, _)| one.as_ref()))?;
        let other = Self::side("translations", pairs.iter().map(|(_, other)| other.as_ref()))?;
        Ok(Self { words: [one.0, other.0], rows: [one.1, other.1] })
    }

    fn side<'a>(what: &str, sentences: impl Iterator<Item = &'a str>) -> Result<(Vec<String>, Array2<f32>)> {
        let sentences: Vec<Vec<&str>> = sentences.map(|sentence| sentence.split_whitespace().collect()).collect();
        let length = sentences[0].len();
        if let Some((k, odd)) = sentences.iter().enumerate().find(|(_, s)| s.len() != length || s.is_empty()) {
            let found = (format!("{what}: number {}, \"{}\"", k + 1, odd.join(" ")), odd.len());
            return Err(Error::size_mismatch(found, ("the first of them, and at least one", length), "words"));
        }
        let mut words: Vec<String> = sentences.iter().flatten().map(|&word| word.to_owned()).collect();
        words.sort();
        words.dedup();
        let number = |word: &str| words.binary_search_by(|known| known.as_str().cmp(word)).unwrap_or(0);
        let mut rows = Array2::zeros((sentences.len(), length * words.len()));
        for (mut row, sentence) in rows.rows_mut().into_iter().zip(&sentences) {
            for (place, word) in sentence.iter().enumerate() {
                row[place * words.len() + number(word)] = 1.0;
            }
        }
        Ok((words, rows))
    }

    /// All sentences of four symbols a, b and c. Their translations have x, y and z for them, from the last to the first.
    #[must_use]
    pub fn permutation() -> Self {
        let symbols = |k: usize| (0..4).map(move |place| k / 3_usize.pow(place) % 3);
        let written = |numbers: &mut dyn Iterator<Item = usize>, alphabet: [&str; 3]| {
            numbers.map(|number| alphabet[number]).collect::<Vec<_>>().join(" ")
        };
        let pairs: Vec<(String, String)> = (0..81)
            .map(|k| (written(&mut symbols(k), ["a", "b", "c"]), written(&mut symbols(k).rev(), ["y", "z", "x"])))
            .collect();
        Self::new(&pairs).expect("sentences of one length")
    }

    /// 144 English sentences with their German ones, in which words have other places, and articles the gender and the case of
    /// their nouns.
    #[must_use]
    pub fn sentences() -> Self {
        const NOUNS: [(&str, &str, &str); 4] = [
            ("dog", "der Hund", "den Hund"),
            ("cat", "die Katze", "die Katze"),
            ("horse", "das Pferd", "das Pferd"),
            ("wolf", "der Wolf", "den Wolf"),
        ];
        const VERBS: [(&str, &str); 3] = [("sees", "sieht"), ("hears", "hört"), ("seeks", "sucht")];
        const TIMES: [(&str, &str); 3] = [("today", "heute"), ("often", "oft"), ("now", "jetzt")];
        let mut pairs = Vec::new();
        for (who, wer, _) in NOUNS {
            for (whom, _, wen) in NOUNS {
                for (does, tut) in VERBS {
                    for (when, wann) in TIMES {
                        pairs
                            .push((format!("the {who} {does} the {whom} {when}"), format!("{wann} {tut} {wer} {wen}")));
                    }
                }
            }
        }
        Self::new(&pairs).expect("sentences of one length")
    }

    /// The pairs of this name.
    ///
    /// # Errors
    /// A name other than `permutation` and `sentences`.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "permutation" => Ok(Self::permutation()),
            "sentences" => Ok(Self::sentences()),
            _ => Err(Error::unknown_name("sentences", name, "permutation, sentences")),
        }
    }

    /// The pairs with these numbers, by the words of all.
    #[must_use]
    pub fn select(&self, numbers: &[usize]) -> Self {
        Self { words: self.words.clone(), rows: self.rows.each_ref().map(|rows| rows.select(Axis(0), numbers)) }
    }

    /// Number of pairs.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows[0].nrows()
    }

    /// The words of both sides.
    #[must_use]
    pub fn words(&self) -> [&[String]; 2] {
        self.words.each_ref().map(Vec::as_slice)
    }

    /// Sentences and translations, one a row.
    #[must_use]
    pub fn rows(&self) -> [ArrayView2<'_, f32>; 2] {
        self.rows.each_ref().map(|rows| rows.view())
    }

    /// The sentences that rows of a side (0 or 1) stand for: of each place the word with the largest number.
    #[must_use]
    pub fn read(&self, side: usize, rows: ArrayView2<'_, f64>) -> Vec<String> {
        let words = &self.words[side];
        let word = |place: &[f64]| {
            let best = place.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(k, _)| k);
            words[best].as_str()
        };
        let sentence = |row: ndarray::ArrayView1<'_, f64>| {
            row.to_vec().chunks_exact(words.len()).map(word).collect::<Vec<_>>().join(" ")
        };
        rows.rows().into_iter().map(sentence).collect()
    }

    /// `n` pairs at random, with replacement: sentences and translations, one a row.
    pub fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> [Array2<f32>; 2] {
        let numbers: Vec<usize> = (0..n).map(|_| rng.random_range(0..self.count())).collect();
        self.rows.each_ref().map(|rows| rows.select(Axis(0), &numbers))
    }
}
