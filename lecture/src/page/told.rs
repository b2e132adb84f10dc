//! The text of a section: Markdown with TeX, and the places of its figures, tables, notes and things to play with.
//!
//! A line `::figure ID`, `::play ID` or `::table N` stands for what the section holds under that name, and `::note ID` for
//! what the source of a claim had wrong. In the text `` `=B9.2` `` is the number that was measured for a claim,
//! `` `=B9.2:4` `` the same to four digits, `` `=F2.3#1` `` the first of several, and a link to `claim:B9` leads to its
//! row. What the text does not place comes after it.

use super::figure::FigureItem;
use super::play::PlayItem;
use super::section::{ClaimRow, Section};
use super::table::TableItem;
use super::typeset::{anchor, escaped, math};
use fenchel::text::significant;
use fenchel::{Error, Result};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, html};

/// A part of a section: its one field that is not empty.
#[derive(Default)]
pub(super) struct Piece<'a> {
    pub prose: String,
    pub figure: Option<&'a FigureItem>,
    pub play: Option<&'a PlayItem>,
    /// A table with the name of its files.
    pub table: Option<(String, &'a TableItem)>,
    pub note: Option<&'a ClaimRow>,
}

/// The parts of a section in the order in which they are read.
///
/// # Errors
/// [`Error::UnknownName`] for a name in the text that the section does not have.
pub(super) fn pieces(section: &Section) -> Result<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut prose = String::new();
    for line in section.text.lines() {
        let Some((kind, name)) = line.strip_prefix("::").and_then(|rest| rest.split_once(' ')) else {
            prose += line;
            prose.push('\n');
            continue;
        };
        push_prose(&mut pieces, &mut prose, section)?;
        pieces.push(placed(section, kind, name.trim())?);
    }
    push_prose(&mut pieces, &mut prose, section)?;
    let rest = left_over(section, &pieces);
    pieces.extend(rest);
    Ok(pieces)
}

/// What a line of the text stands for.
fn placed<'a>(section: &'a Section, kind: &str, name: &str) -> Result<Piece<'a>> {
    let unknown = |known: Vec<&str>| unknown(section, format!("{kind} {name}"), &known.join(", "));
    match kind {
        "figure" => {
            let figure = section.figures.iter().find(|figure| figure.id == name);
            let figure = figure.ok_or_else(|| unknown(section.figures.iter().map(|f| f.id.as_str()).collect()))?;
            Ok(Piece { figure: Some(figure), ..Piece::default() })
        }
        "play" => {
            let play = section.plays.iter().find(|play| play.id == name);
            let play = play.ok_or_else(|| unknown(section.plays.iter().map(|p| p.id.as_str()).collect()))?;
            Ok(Piece { play: Some(play), ..Piece::default() })
        }
        "table" => {
            let k = name.parse::<usize>().ok().and_then(|k| k.checked_sub(1));
            let table = k.and_then(|k| Some((section.table_name(k), section.tables.get(k)?)));
            let table = table.ok_or_else(|| unknown(vec![&*format!("1 to {}", section.tables.len())]))?;
            Ok(Piece { table: Some(table), ..Piece::default() })
        }
        "note" => Ok(Piece { note: Some(claim(section, name)?), ..Piece::default() }),
        _ => Err(unknown(vec!["figure", "play", "table", "note"])),
    }
}

fn claim<'a>(section: &'a Section, id: &str) -> Result<&'a ClaimRow> {
    let found = section.claims.iter().find(|claim| claim.id == id);
    let known = || section.claims.iter().map(|claim| claim.id.as_str()).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| unknown(section, format!("claim {id}"), &known()))
}

fn unknown(section: &Section, found: String, known: &str) -> Error {
    Error::unknown_name("name", found, known).context(format!("the text of {}", section.id))
}

/// Figures, things to play with and tables that the text does not place.
fn left_over<'a>(section: &'a Section, pieces: &[Piece<'a>]) -> Vec<Piece<'a>> {
    let plays = section.plays.iter().filter(|play| !pieces.iter().any(|p| p.play.is_some_and(|p| p.id == play.id)));
    let figures = section.figures.iter().filter(|f| !pieces.iter().any(|p| p.figure.is_some_and(|p| p.id == f.id)));
    let tables = section.tables.iter().enumerate().map(|(k, table)| (section.table_name(k), table));
    let tables =
        tables.filter(|(name, _)| !pieces.iter().any(|p| p.table.as_ref().is_some_and(|(known, _)| known == name)));
    let plays = plays.map(|play| Piece { play: Some(play), ..Piece::default() });
    let tables = tables.map(|table| Piece { table: Some(table), ..Piece::default() });
    let figures = figures.map(|figure| Piece { figure: Some(figure), ..Piece::default() });
    plays.chain(tables).chain(figures).collect()
}

fn push_prose(pieces: &mut Vec<Piece<'_>>, text: &mut String, section: &Section) -> Result<()> {
    let text = std::mem::take(text);
    if !text.trim().is_empty() {
        pieces.push(Piece { prose: markdown(&text, section)?, ..Piece::default() });
    }
    Ok(())
}

/// Markdown with TeX as HTML.
fn markdown(text: &str, section: &Section) -> Result<String> {
    let options = Options::ENABLE_MATH | Options::ENABLE_SMART_PUNCTUATION;
    let mut wrong = None;
    let events = Parser::new_ext(text, options).map(|event| match event {
        Event::InlineMath(tex) => Event::InlineHtml(math(&tex, false).into()),
        Event::DisplayMath(tex) => {
            Event::InlineHtml(format!("<span class=\"formula\" tabindex=\"0\">{}</span>", math(&tex, true)).into())
        }
        Event::Code(code) if code.starts_with('=') => match measured(&code[1..], section) {
            Ok(html) => Event::InlineHtml(html.into()),
            Err(error) => {
                wrong = Some(error);
                Event::Text(code)
            }
        },
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let to_claim = dest_url.strip_prefix("claim:").map(|id| CowStr::from(format!("#claim-{}", anchor(id))));
            Event::Start(Tag::Link { link_type, dest_url: to_claim.unwrap_or(dest_url), title, id })
        }
        event => event,
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    wrong.map_or(Ok(out), Err)
}

/// The measured number of a claim, with a link to it: `B9.2`, `B9.2:4` for four digits, `F2.3#1` for the first of several.
fn measured(name: &str, section: &Section) -> Result<String> {
    let (name, digits) = name.split_once(':').map_or((name, None), |(name, digits)| (name, digits.parse().ok()));
    let (id, which) = name.split_once('#').map_or((name, None), |(id, k)| (id, k.parse::<usize>().ok()));
    let claim = claim(section, id)?;
    let all = claim.measured.trim_matches(['(', ')']);
    let one = which.and_then(|k| all.split(", ").nth(k.checked_sub(1)?)).unwrap_or(&claim.measured);
    let exact = one.replace(['−', '\u{2011}'], "-").parse::<f64>();
    let text = match (exact, digits) {
        (Ok(x), Some(digits)) => significant(x, digits).replace('-', "−").replace("e−", "e\u{2011}"),
        _ => one.to_owned(),
    };
    Ok(format!(
        "<a class=\"value\" href=\"#claim-{}\" title=\"{}, measured; expected {}\">{}</a>",
        anchor(id),
        escaped(&claim.id),
        escaped(&claim.expected),
        escaped(&text)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(text: &str) -> Section {
        let claim = |id: &str| ClaimRow {
            id: id.to_owned(),
            measured: "−0.25".to_owned(),
            correction: Some("says max".to_owned()),
            ..ClaimRow::default()
        };
        let figure = |id: &str| FigureItem { id: id.to_owned(), ..FigureItem::default() };
        Section {
            text: text.to_owned(),
            claims: vec![claim("A1"), claim("A1.2")],
            figures: vec![figure("one"), figure("two")],
            tables: vec![TableItem::default()],
            ..Section::default()
        }
    }

    #[test]
    fn the_text_places_what_the_section_holds() {
        let section = section("It is $x$, `=A1.2:1`, [here](claim:A1).\n\n::note A1\n::figure two\nThen.\n");
        let pieces = pieces(&section).unwrap();
        let several = Section {
            claims: vec![ClaimRow { measured: "(0.9, −2.31)".into(), ..section.claims[0].clone() }],
            ..section.clone()
        };
        assert!(measured("A1#2:2", &several).unwrap().ends_with(">−2.3</a>"));
        assert!(pieces[0].prose.starts_with("<p>It is <math"), "{}", pieces[0].prose);
        assert!(
            pieces[0].prose.contains("href=\"#claim-A1.2\"") && pieces[0].prose.contains(">−0.2<"),
            "{}",
            pieces[0].prose
        );
        assert!(pieces[0].prose.contains("<a href=\"#claim-A1\">here</a>"));
        assert_eq!(pieces[1].note.unwrap().id, "A1");
        assert_eq!(pieces[2].figure.unwrap().id, "two");
        assert_eq!(pieces[3].prose, "<p>Then.</p>\n");
        // what was not placed comes after the text
        assert!(pieces[4].table.is_some());
        assert_eq!(pieces[5].figure.unwrap().id, "one");
    }

    #[test]
    fn a_name_that_nothing_has_is_an_error() {
        for text in ["::figure three", "::play one", "::table 2", "::note B1", "::picture one", "See `=B1`."] {
            let error = pieces(&section(text)).err().expect(text).to_string();
            assert!(error.starts_with("the text of "), "{error}");
        }
    }
}
