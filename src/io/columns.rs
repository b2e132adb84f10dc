//! Which columns of a table are kept: those that were asked for, and not one that only counts the rows.

use super::{Note, Table, broken};
use crate::error::{Error, Result};
use ndarray::Axis;

/// Names of columns shown in a message.
const SHOWN: usize = 30;

/// The columns that the reader asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Selection {
    #[default]
    All,
    /// These, in this order.
    Only(Vec<String>),
    /// All but these.
    Without(Vec<String>),
}

impl Selection {
    /// The places of the columns that are kept, of `width`.
    pub(super) fn of(&self, names: Option<&[String]>, width: usize, file: &str) -> Result<Vec<usize>> {
        let find = |words: &[String]| -> Result<Vec<usize>> {
            let mut found = Vec::new();
            for word in words {
                for place in places(word.trim(), names, width, file)? {
                    if !found.contains(&place) {
                        found.push(place);
                    }
                }
            }
            Ok(found)
        };
        let kept = match self {
            Self::All => return Ok((0..width).collect()),
            Self::Only(words) => find(words)?,
            Self::Without(words) => {
                let gone = find(words)?;
                (0..width).filter(|place| !gone.contains(place)).collect()
            }
        };
        if kept.is_empty() {
            return Err(broken(file, format!("none of the {width} columns would be left")));
        }
        Ok(kept)
    }

    /// The table with these columns only, and their places. An index is left out unless it was asked for.
    pub(super) fn cut(&self, mut table: Table, labelled: bool, file: &str) -> Result<(Table, Vec<usize>)> {
        let (rows, width) = table.values.dim();
        let mut kept = self.of(table.columns.as_deref(), width, file)?;
        let counts = (labelled && width > 1 && rows > 1).then(|| first_of_counts(&table)).flatten();
        if let (Some(from), false) = (counts, matches!(self, Self::Only(_))) {
            let unnamed = table.columns.as_ref().map(|names| is_no_name(&names[0]));
            if unnamed == Some(true) && kept.first() == Some(&0) && kept.len() > 1 {
                kept.remove(0);
                table.notes.push(Note::Column(format!(
                    "{file}: column 1, which has no name, counts the rows from {from}: taken for an index and left out"
                )));
            } else if unnamed.is_none() && rows >= MANY && kept.first() == Some(&0) {
                table.notes.push(Note::Column(format!(
                    "{file}: column 1 counts the rows from {from} and is kept, although it may be an index"
                )));
            }
        }
        if kept.iter().copied().ne(0..width) {
            table.values = table.values.select(Axis(1), &kept);
            table.columns = table.columns.map(|names| kept.iter().map(|&place| names[place].clone()).collect());
        }
        Ok((table, kept))
    }
}

/// Rows from which numbers that count them are no accident, even without a header.
const MANY: usize = 10;

/// The places that a word stands for: the column of this name, else a number or a range of numbers, counted from 1.
fn places(word: &str, names: Option<&[String]>, width: usize, file: &str) -> Result<Vec<usize>> {
    if let Some(names) = names {
        let of_name: Vec<usize> = (0..width).filter(|&place| names[place] == word).collect();
        if !of_name.is_empty() {
            return Ok(of_name);
        }
    }
    let number = |text: &str| text.parse::<usize>().ok().filter(|k| (1..=width).contains(k));
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Ok((first - 1..last).collect()),
        _ => {
            let known = names.map_or(String::new(), |names| format!("{}, ", listed(names)));
            let expected = format!("{known}or a number from 1 to {width}");
            Err(Error::unknown_name("column", word, expected).context(file))
        }
    }
}

/// Names with commas between them, not too many.
fn listed(names: &[String]) -> String {
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown}, ...") } else { shown }
}

/// A name that other programs give to what has none.
pub(super) fn is_no_name(name: &str) -> bool {
    name.is_empty() || name.eq_ignore_ascii_case("unnamed: 0")
}

/// 0 or 1, where the first column counts the rows from it.
#[allow(clippy::float_cmp)]
fn first_of_counts(table: &Table) -> Option<u8> {
    let column = table.values.column(0);
    [0, 1]
        .into_iter()
        .find(|&from| column.iter().enumerate().all(|(row, &value)| value == row as f64 + f64::from(from)))
}
