//! Tables, and their text for other programs: CSV, Markdown and LaTeX.

use super::typeset::{escaped, math, scripts};

/// A table: the first column names the row, the others are numbers as text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableItem {
    /// What the table shows, with units.
    pub caption: String,
    /// Headings, one a column.
    pub columns: Vec<String>,
    /// Rows, each as long as `columns`.
    pub rows: Vec<Vec<String>>,
    /// Whether TeX stands between dollar signs, to be typeset.
    pub typeset: bool,
}

impl TableItem {
    /// The table as CSV, with a heading.
    ///
    /// ```
    /// use fenchel_lecture::page::TableItem;
    /// let columns = vec!["law".to_owned(), "W1, exact".to_owned()];
    /// let table = TableItem { columns, rows: vec![vec!["noise".into(), "1.5".into()]], ..TableItem::default() };
    /// assert_eq!(table.csv(), "law,\"W1, exact\"\nnoise,1.5\n");
    /// ```
    #[must_use]
    pub fn csv(&self) -> String {
        let cell = |text: &String| {
            if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.clone() }
        };
        self.lines().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(",") + "\n").collect()
    }

    /// The table in Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let line = |row: &[String]| {
            let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule = (0..self.columns.len()).map(|k| if k == 0 || self.typeset { "---" } else { "---:" });
        let rule = format!("| {} |\n", rule.collect::<Vec<_>>().join(" | "));
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!("{}\n\n{}{rule}{rows}", self.caption, line(&self.columns))
    }

    /// The table as a `tabular` of LaTeX, with its caption as a comment. It needs an engine that reads Unicode.
    ///
    /// ```
    /// use fenchel_lecture::page::TableItem;
    /// let columns = vec!["name".to_owned(), "f".to_owned()];
    /// let rows = vec![vec!["50 %".to_owned(), "$u \\ln u$".to_owned()]];
    /// let table = TableItem { columns, rows, typeset: true, ..TableItem::default() };
    /// assert!(table.latex().contains("50 \\% & $u \\ln u$ \\\\"));
    /// ```
    #[must_use]
    pub fn latex(&self) -> String {
        let line = |row: &[String]| {
            let cells: Vec<String> = row.iter().map(|cell| self.latex_cell(cell)).collect();
            format!("  {} \\\\\n", cells.join(" & "))
        };
        let other = if self.typeset { "l" } else { "r" };
        let columns = format!("l{}", other.repeat(self.columns.len().saturating_sub(1)));
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        let caption = self.caption.replace('\n', " ");
        format!(
            "% {caption}\n\\begin{{tabular}}{{{columns}}}\n  \\hline\n{}  \\hline\n{rows}  \\hline\n\\end{{tabular}}\n",
            line(&self.columns)
        )
    }

    fn latex_cell(&self, cell: &str) -> String {
        let parts = cell.split('$').enumerate();
        if !self.typeset {
            return latex_escaped(cell);
        }
        parts.map(|(k, part)| if k % 2 == 1 { format!("${part}$") } else { latex_escaped(part) }).collect()
    }

    /// A cell in HTML.
    pub(super) fn html(&self, cell: &str) -> String {
        if !self.typeset {
            return escaped(cell);
        }
        let parts = cell.split('$').enumerate();
        parts.map(|(k, part)| if k % 2 == 1 { math(part, false) } else { scripts(part) }).collect()
    }

    fn lines(&self) -> impl Iterator<Item = &Vec<String>> {
        std::iter::once(&self.columns).chain(&self.rows)
    }
}

fn latex_escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut latex, c| {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => latex.extend(['\\', c]),
            '~' => latex.push_str("\\textasciitilde{}"),
            '^' => latex.push_str("\\textasciicircum{}"),
            '\\' => latex.push_str("\\textbackslash{}"),
            '\n' => latex.push(' '),
            c => latex.push(c),
        }
        latex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(typeset: bool) -> TableItem {
        TableItem {
            caption: "Two rows".to_owned(),
            columns: vec!["name".to_owned(), "value".to_owned()],
            rows: vec![vec!["a_b".to_owned(), "$x|y$".to_owned()], vec!["say \"1, 2\"".to_owned(), "3 %".to_owned()]],
            typeset,
        }
    }

    #[test]
    fn a_table_in_three_languages() {
        assert_eq!(table(false).csv(), "name,value\na_b,$x|y$\n\"say \"\"1, 2\"\"\",3 %\n");
        assert!(table(false).markdown().contains("| a_b | $x\\|y$ |\n"));
        assert!(table(false).latex().contains("  a\\_b & \\$x|y\\$ \\\\\n"));
        assert!(table(true).latex().contains("  a\\_b & $x|y$ \\\\\n") && table(true).latex().contains("{ll}"));
        assert!(table(true).html("$x$, W1").contains("<math") && table(false).html("a<b") == "a&lt;b");
    }
}
