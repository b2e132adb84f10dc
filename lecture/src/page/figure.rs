//! Figures on a page.

use super::typeset::{anchor, escaped};

/// The width of the text, in pixels.
const MEASURE: f64 = 640.0;

/// A figure.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FigureItem {
    /// Unique on the page.
    pub id: String,
    /// The title for the contents and for those who cannot see the figure; may be empty.
    pub title: String,
    /// An SVG document.
    pub svg: String,
    /// What it shows.
    pub caption: String,
    /// What is seen in it, for those who cannot see it; may be empty.
    pub seen: String,
    /// Files of the figure beside the page: the picture in other formats, its data.
    pub files: Vec<String>,
}

impl FigureItem {
    /// The SVG element without its prologue, its ids made unique on the page, described for those who cannot see it.
    pub(super) fn inline(&self) -> String {
        let element = self.svg.find("<svg").map_or("", |start| &self.svg[start..]);
        let prefix = anchor(&self.id);
        let unique = element
            .replace(" id=\"", &format!(" id=\"{prefix}-"))
            .replace("url(#", &format!("url(#{prefix}-"))
            .replace("href=\"#", &format!("href=\"#{prefix}-"));
        let plain = without(&without(&unique, "role"), "aria-label");
        let said: Vec<&str> = [&*self.title, &*self.seen].into_iter().filter(|text| !text.is_empty()).collect();
        let label = if said.is_empty() { self.caption.clone() } else { said.join(". ") };
        // a figure that is wider than a phone keeps a size at which its numbers can be read, and moves sideways
        let least =
            self.width().map_or_else(String::new, |width| format!(" style=\"min-width:{:.0}px\"", 0.85 * width));
        plain.replacen("<svg", &format!("<svg role=\"img\" aria-label=\"{}\"{least}", escaped(&label)), 1)
    }

    /// Whether it needs the margin of the text too.
    pub(super) fn is_wide(&self) -> bool {
        self.width().is_none_or(|width| width > MEASURE)
    }

    /// The width that the SVG asks for, in pixels.
    fn width(&self) -> Option<f64> {
        let head = self.svg.split_once("<svg")?.1.split_once('>')?.0;
        head.split_once(" width=\"")?.1.split_once('"')?.0.parse().ok()
    }

    /// Its files, by the ending that a reader looks for.
    pub(super) fn links(&self) -> Vec<(String, &str)> {
        let ending = |file: &str| file.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_uppercase());
        self.files.iter().map(|file| (ending(file), file.as_str())).collect()
    }
}

/// An element without this attribute of its first tag.
fn without(element: &str, attribute: &str) -> String {
    let Some((head, rest)) = element.split_once('>') else { return element.to_owned() };
    let name = format!(" {attribute}=\"");
    let cut = head.split_once(&name).and_then(|(before, after)| Some((before, after.split_once('"')?.1)));
    cut.map_or_else(|| element.to_owned(), |(before, after)| format!("{before}{after}>{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_attribute_stands_twice() {
        let svg = "<svg width=\"400\" role=\"img\" aria-label=\"old\" stroke=\"x\"><g aria-label=\"inner\"/></svg>";
        let item = FigureItem { svg: svg.to_owned(), title: "A \"title\"".to_owned(), ..FigureItem::default() };
        assert_eq!(
            item.inline(),
            "<svg role=\"img\" aria-label=\"A &quot;title&quot;\" style=\"min-width:340px\" width=\"400\" stroke=\"x\"><g aria-label=\"inner\"/></svg>"
        );
    }
}
