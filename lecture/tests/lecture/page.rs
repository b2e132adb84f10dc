//! The report is one page that needs nothing else.

use fenchel::Error;
use fenchel_lecture::page::{ClaimRow, FigureItem, ReportPage, Section, TableItem};

fn page() -> ReportPage {
    let svg = "<?xml version=\"1.0\"?>\n<svg width=\"10\" height=\"10\" viewBox=\"0 0 10 10\">\
               <clipPath id=\"c\"/><g clip-path=\"url(#c)\"><use href=\"#c\"/></g></svg>";
    let caption = |id: &str| format!("\"{id}\" & more");
    let figure =
        |id: &str| FigureItem { id: id.to_owned(), svg: svg.to_owned(), caption: caption(id), ..FigureItem::default() };
    let claim = |id: &str, holds: bool| ClaimRow {
        id: id.to_owned(),
        statement: "KL(p‖q) ≥ 0 <b>".to_owned(),
        correction: (!holds).then(|| "says max".to_owned()),
        expected: "0.45".to_owned(),
        holds,
        figure: Some("one two".to_owned()),
        ..ClaimRow::default()
    };
    ReportPage {
        title: "Report".to_owned(),
        lead: String::new(),
        chapters: vec![Section {
            id: "likelihood".to_owned(),
            title: "Likelihood".to_owned(),
            claims: vec![claim("A1", true), claim("A2", false)],
            tables: vec![TableItem {
                caption: "scores".to_owned(),
                columns: vec!["law".to_owned(), "W1".to_owned()],
                rows: vec![vec!["noise".to_owned(), "1.5".to_owned()]],
                ..TableItem::default()
            }],
            figures: vec![figure("one two"), figure("three")],
            ..Section::default()
        }],
        about: vec![("seed".to_owned(), "0".to_owned())],
        ..ReportPage::default()
    }
}

#[test]
fn the_report_is_one_page_without_a_network() {
    let html = page().html().unwrap();
    for outside in ["http:", "https:", "<script src", "<link rel=\"stylesheet\"", "@import", "<?xml"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(html.contains("KL(p‖q) ≥ 0 &lt;b&gt;"), "text is escaped");
    assert!(html.contains("1 of 2 claims does not hold") && html.contains("href=\"#claim-A2\""));
    assert!(html.contains("✓</span> holds") && html.contains("✗</span> fails"), "a word, not a colour alone");
    assert!(html.contains("<b>In the source:</b> says max"));
    // every link leads somewhere
    for target in html.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(html.contains(&format!("id=\"{target}\"")), "#{target}");
    }
    // ids are unique, also those inside the figures
    let mut ids: Vec<&str> = html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    assert!(
        html.contains("url(#one-two-c)") && html.contains("id=\"one-two-c\"") && html.contains("href=\"#three-c\"")
    );
}

#[test]
fn claims_that_all_hold_say_so() {
    let mut page = page();
    page.chapters[0].claims.pop();
    assert!(page.html().unwrap().contains("The one claim holds."));
    page.chapters[0].claims.clear();
    assert!(!page.html().unwrap().contains("class=\"verdict"));
}

#[test]
fn a_ragged_table_is_refused() {
    let mut page = page();
    page.chapters[0].tables[0].rows[0].pop();
    assert!(matches!(page.html(), Err(Error::SizeMismatch { left_size: 2, right_size: 1, .. })));
}
