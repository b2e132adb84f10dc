//! The fields of a text as they stand there, where not all of them are numbers.

/// All fields, row by row, in one text.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    text: String,
    /// Where each field begins; it ends where the next one begins.
    starts: Vec<usize>,
    /// The line of each row.
    lines: Vec<u64>,
}

impl Fields {
    pub(super) fn start_row(&mut self, line: u64) {
        self.lines.push(line);
    }

    pub(super) fn push(&mut self, field: &str) {
        self.starts.push(self.text.len());
        self.text.push_str(field.trim());
    }

    /// Takes away the first row, which was a header.
    pub(super) fn drop_first_row(&mut self, width: usize) {
        self.starts.drain(..width);
        self.lines.remove(0);
    }

    /// Takes the rows of another text after its own.
    pub(super) fn append(&mut self, other: &Self) {
        let before = self.text.len();
        self.text.push_str(&other.text);
        self.starts.extend(other.starts.iter().map(|start| start + before));
        self.lines.extend(&other.lines);
    }

    /// The field of this number, counted through all rows.
    pub(super) fn get(&self, k: usize) -> &str {
        &self.text[self.starts[k]..self.starts.get(k + 1).copied().unwrap_or(self.text.len())]
    }

    pub(super) fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }
}
