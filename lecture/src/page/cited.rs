//! Citations as links: to the list of the sources, to the reference values, and to papers.

use super::typeset::{anchor, scripts};

/// The papers that a citation may name, by what it begins with.
const PAPERS: [(&str, &str); 2] = [("arXiv:", "https://arxiv.org/abs/"), ("doi:", "https://doi.org/")];

/// Text in which the names of sources (`S3`), reference values (`O082`) and papers (`arXiv:1606.00709`) are links.
///
/// `known` are the names of the sources that the page lists.
pub(super) fn linked(text: &str, known: &[(String, String)]) -> String {
    let mut html = String::new();
    for (k, word) in text.split(' ').enumerate() {
        if k > 0 {
            html.push(' ');
        }
        let end = word.trim_end_matches([',', ';', '.', ')']).len();
        let (name, rest) = word.split_at(end);
        match target(name, known) {
            Some(target) => html.push_str(&format!("<a href=\"{target}\">{}</a>{}", scripts(name), scripts(rest))),
            None => html.push_str(&scripts(word)),
        }
    }
    html
}

fn target(name: &str, known: &[(String, String)]) -> Option<String> {
    if let Some((id, place)) = PAPERS.iter().find_map(|(prefix, place)| Some((name.strip_prefix(prefix)?, place))) {
        let is_plain = id.chars().all(|c| c.is_ascii_alphanumeric() || "./-_()".contains(c));
        return is_plain.then(|| format!("{place}{id}"));
    }
    let is_value = name.starts_with('O') && name.len() >= 4 && name[1..4].bytes().all(|b| b.is_ascii_digit());
    let listed = if is_value { "O" } else { name };
    known.iter().any(|(source, _)| source == listed).then(|| format!("#source-{}", anchor(listed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_values_and_papers_are_links() {
        let known = ["S3", "O"].map(|name| (name.to_owned(), String::new()));
        assert_eq!(
            linked("S3 L1-2, S4 L3; O082-O092; arXiv:1606.00709, <b>", &known),
            "<a href=\"#source-S3\">S3</a> L1-2, S4 L3; <a href=\"#source-O\">O082-O092</a>; \
             <a href=\"https://arxiv.org/abs/1606.00709\">arXiv:1606.00709</a>, &lt;b&gt;"
        );
        assert!(!linked("arXiv:\"onclick=", &known).contains("href"));
    }
}
