//! The sources of this crate as pages, so that every number leads to the line that computes it.

use super::COLOURS;
use super::typeset::escaped;
use crate::Code;
use include_dir::{Dir, include_dir};

static SOURCES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src");

const STYLE: &str = "body{margin:2rem auto;max-width:70rem;padding:0 1rem;background:var(--paper);color:var(--ink);font:1rem/1.5 var(--plain)}\
pre{font-size:.8125rem;line-height:1.5;overflow-x:auto;counter-reset:line}\
code{display:block;counter-increment:line}\
code::before{content:counter(line);display:inline-block;width:3em;margin-right:1.5em;text-align:right;color:var(--soft)}\
code:target{background:var(--mark)}a{color:var(--link)}";

/// Where the page of a line stands, from the folder of the report.
pub(crate) fn place(code: &Code) -> String {
    format!("{}#L{}", file(&code.file), code.line)
}

/// The file of the page of a source.
pub(crate) fn file(source: &str) -> String {
    format!("code/{source}.html")
}

/// A source as a page with an anchor for each line; none if this crate has no such source.
pub(crate) fn page(source: &str) -> Option<String> {
    let text = SOURCES.get_file(source.strip_prefix("lecture/src/")?)?.contents_utf8()?;
    let lines: String =
        text.lines().enumerate().map(|(k, line)| format!("<code id=\"L{}\">{}</code>", k + 1, escaped(line))).collect();
    let back = "../".repeat(file(source).matches('/').count());
    Some(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{source}</title>\n<style>{COLOURS}{STYLE}</style>\n</head>\n<body>\n\
         <p><a href=\"{back}index.html\">The report</a></p>\n<h1>{source}</h1>\n<pre>{lines}</pre>\n</body>\n</html>\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_source_is_found() {
        let code = Code { file: "lecture/src/page/listing.rs".to_owned(), line: 1 };
        assert_eq!(place(&code), "code/lecture/src/page/listing.rs.html#L1");
        let html = page(&code.file).unwrap();
        assert!(html.contains("<code id=\"L1\">//! The sources of this crate as pages"));
        assert!(html.contains("href=\"../../../../index.html\""));
        assert!(page("lecture/src/none.rs").is_none() && page("elsewhere.rs").is_none());
    }
}
