//! The scores as tables: for people, for a text in Markdown or LaTeX, for other programs.

use crate::output::{ESTIMATE_HEADINGS, Table, estimate_cells};
use fenchel::certificate::Estimate;
use fenchel::io;
use fenchel::score::{Better, Metric, ranks};
use fenchel::text::significant;

/// The scores of one generator; those that come with a warning, such as a solver that stopped early, are marked.
pub fn of_one(scores: &[Estimate]) -> Table {
    let headings: Vec<&str> = ["score"].into_iter().chain(ESTIMATE_HEADINGS).chain(["better", "method"]).collect();
    let mut table = Table::new(&headings).spare(2);
    for score in scores {
        let cells = [score.name.clone()].into_iter().chain(estimate_cells(score));
        let cells = cells.chain([better(score).to_owned(), method(score).to_owned()]);
        if score.warnings.is_empty() { table.row(cells) } else { table.doubtful_row(cells) }
    }
    table
}

/// How a score was computed, in a word: the first of its parameters.
fn method(score: &Estimate) -> &str {
    score.parameters.split([',', ';']).next().unwrap_or_default()
}

/// A row a score and a column a generator: value with error, the rank, and `=` where the difference from the best is within its error.
pub fn of_several(generators: &[(String, Vec<Estimate>)]) -> Table {
    let names: Vec<String> = generators.iter().map(|(name, _)| format!(">{name}")).collect();
    let headings: Vec<&str> = ["score", "better"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut table = Table::new(&headings);
    for metric in Metric::all() {
        let of = |scores: &'_ [Estimate]| scores.iter().position(|score| score.name == metric.name());
        let found: Vec<Option<&Estimate>> =
            generators.iter().map(|(_, scores)| of(scores).map(|at| &scores[at])).collect();
        let Some(first) = found.iter().copied().flatten().next() else { continue };
        let cells = found.iter().zip(ranks(*metric, &found)).map(|(score, rank)| match (score, rank) {
            (Some(score), Some(rank)) => {
                let error = score.std_error.map_or(String::new(), |error| format!(" ± {}", significant(error, 2)));
                let like = if rank.place > 1 && rank.like_the_best { "=" } else { "" };
                format!("{}{error} ({}{like})", significant(score.value, 4), rank.place)
            }
            _ => "–".to_owned(),
        });
        table.row([metric.name().to_owned(), better(first).to_owned()].into_iter().chain(cells));
    }
    table
}

/// Which way a score improves, in a word.
pub fn better(score: &Estimate) -> &'static str {
    match score.name.parse().map(Metric::better) {
        Ok(Better::Lower) => "lower",
        Ok(Better::Higher) => "higher",
        Err(_) => "",
    }
}

/// The scores of all generators, one a line.
pub fn csv(generators: &[(String, Vec<Estimate>)]) -> Vec<u8> {
    let header = [
        "name",
        "value",
        "std_error",
        "low",
        "high",
        "p_value",
        "baseline",
        "baseline_spread",
        "n",
        "m",
        "dimension",
        "parameters",
        "generated",
    ];
    let field = |x: Option<f64>| x.map(|x| format!("{x:?}")).unwrap_or_default();
    let records = generators.iter().flat_map(|(file, scores)| scores.iter().map(move |score| (file, score)));
    let records = records.map(|(file, score)| {
        let (low, high) = score.interval.unzip();
        let numbers =
            [Some(score.value), score.std_error, low, high, score.p_value, score.baseline, score.baseline_spread];
        [score.name.clone()]
            .into_iter()
            .chain(numbers.map(field))
            .chain([score.n.to_string(), score.m.to_string(), score.dimension.to_string()])
            .chain([score.parameters.clone(), file.clone()])
            .collect::<Vec<String>>()
    });
    io::records_to_csv(&header, records)
}

/// Headings and cells for a text: name, value with error, interval, p-value, baseline.
fn for_text(scores: &[Estimate]) -> (Vec<String>, Vec<Vec<String>>) {
    let headings = ESTIMATE_HEADINGS.iter().map(|heading| heading.trim_start_matches('>').to_owned());
    let rows = scores.iter().map(|score| [vec![score.name.clone()], estimate_cells(score).to_vec()].concat());
    (["score".to_owned()].into_iter().chain(headings).collect(), rows.collect())
}

/// Tables for a text: what each is of, its headings and its rows.
pub type Sheets = Vec<(String, Vec<String>, Vec<Vec<String>>)>;

/// The scores of every generator.
pub fn sheets(generators: &[(String, Vec<Estimate>)]) -> Sheets {
    let one = |(file, scores): &(String, Vec<Estimate>)| {
        let (headings, rows) = for_text(scores);
        (file.clone(), headings, rows)
    };
    generators.iter().map(one).collect()
}

/// Tables in Markdown.
pub fn markdown(sheets: &Sheets) -> String {
    let plain = |cell: &String| cell.replace('|', "\\|");
    let line = |cells: &[String]| format!("| {} |\n", cells.iter().map(plain).collect::<Vec<_>>().join(" | "));
    let one = |(file, headings, rows): &(String, Vec<String>, Vec<Vec<String>>)| {
        let sides: Vec<String> = (0..headings.len()).map(|j| if j == 0 { "---" } else { "---:" }.to_owned()).collect();
        let rows: String = rows.iter().map(|row| line(row)).collect();
        format!("**{}**\n\n{}{}{rows}", plain(file), line(headings), line(&sides))
    };
    sheets.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// Tables in LaTeX; they need the package `booktabs`.
pub fn latex(sheets: &Sheets) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
        format!("{} \\\\\n", cells.join(" & "))
    };
    let one = |(file, headings, rows): &(String, Vec<String>, Vec<Vec<String>>)| {
        let rows: String = rows.iter().map(|row| line(row)).collect();
        format!(
            "% {file}\n\\begin{{tabular}}{{l{}}}\n\\toprule\n{}\\midrule\n{rows}\\bottomrule\n\\end{{tabular}}\n",
            "r".repeat(headings.len() - 1),
            line(headings)
        )
    };
    sheets.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// What LaTeX would read as a command or cannot set.
fn escaped(cell: &str) -> String {
    let mut text = String::new();
    for c in cell.chars() {
        match c {
            '_' | '%' | '&' | '#' | '$' | '{' | '}' => text.extend(['\\', c]),
            '±' => text.push_str("$\\pm$"),
            '–' => text.push_str("--"),
            '−' => text.push_str("$-$"),
            '→' => text.push_str("$\\to$"),
            '\\' => text.push_str("\\textbackslash{}"),
            '~' => text.push_str("\\textasciitilde{}"),
            '^' => text.push_str("\\textasciicircum{}"),
            _ => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(name: &str, value: f64, error: f64) -> Estimate {
        Estimate {
            name: name.to_owned(),
            value,
            std_error: Some(error),
            interval: Some((value - error, value + error)),
            level: 0.9,
            p_value: Some(0.01),
            baseline: Some(0.5),
            baseline_spread: Some(0.1),
            n: 10,
            m: 20,
            dimension: 2,
            parameters: "k = 5, \"open\"".to_owned(),
            warnings: Vec::new(),
        }
    }

    fn two() -> Vec<(String, Vec<Estimate>)> {
        vec![
            ("a_1.csv".to_owned(), vec![score("recall", 0.8, 0.01), score("sliced_w2", 2.0, 0.1)]),
            ("b|2.csv".to_owned(), vec![score("recall", 0.81, 0.01)]),
        ]
    }

    #[test]
    fn every_row_has_as_many_cells_as_the_heading() {
        let text = markdown(&sheets(&two()));
        let cells = |line: &str| line.matches(" |").count();
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
        assert!(rows.len() == 7 && rows.iter().all(|row| cells(row) == cells(rows[0])), "{text}");
        assert!(text.contains("**b\\|2.csv**") && text.contains("| 0.5000 ± 0.10 |"), "{text}");
    }

    #[test]
    fn latex_has_no_bare_specials() {
        let text = latex(&sheets(&two()));
        assert!(
            text.contains("sliced\\_w2") && text.contains("90 \\% interval") && text.contains("0.5000 $\\pm$ 0.10"),
            "{text}"
        );
        for line in text.lines().filter(|line| line.ends_with("\\\\")) {
            assert_eq!(line.matches(" & ").count(), 6, "{line}");
        }
        assert_eq!(text.matches("\\toprule").count(), 2);
    }

    #[test]
    fn csv_reads_back() {
        let text = String::from_utf8(csv(&two())).unwrap();
        assert_eq!(text.lines().count(), 4);
        assert!(text.lines().nth(1).unwrap().starts_with("recall,0.8,0.01,"), "{text}");
        assert!(text.contains("\"k = 5, \"\"open\"\"\""), "{text}");
    }
}
