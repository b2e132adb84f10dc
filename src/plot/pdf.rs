//! SVG with its letters as outlines, turned into PDF.

use svg2pdf::usvg::{Options, Tree};
use svg2pdf::{ConversionOptions, PageOptions, to_pdf};

/// Pixels of an inch on paper, as CSS has them.
const PIXELS_PER_INCH: f32 = 96.0;

/// One page of the size of the picture, the same to the byte each time; what is wrong, in words, where it cannot be made.
pub(super) fn pdf(outlined: &str) -> Result<Vec<u8>, String> {
    let tree = Tree::from_str(outlined, &Options::default()).map_err(|e| e.to_string())?;
    let page = PageOptions { dpi: PIXELS_PER_INCH };
    let bytes = to_pdf(&tree, ConversionOptions::default(), page).map_err(|e| e.to_string())?;
    Ok(in_order(&bytes))
}

/// The entries of every dictionary of resources in one order: the converter writes them as its hash map has them. A line is moved
/// within its dictionary only, so no object changes its place.
fn in_order(pdf: &[u8]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = pdf.split(|&byte| byte == b'\n').collect();
    let is_entry = |line: &[u8]| line.starts_with(b"      /") && line.ends_with(b" 0 R");
    lines.chunk_by_mut(|a, b| is_entry(a) == is_entry(b)).filter(|run| is_entry(run[0])).for_each(<[&[u8]]>::sort);
    lines.join(&b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_entries_of_a_dictionary_change_their_order() {
        let pdf = b"2 0 obj\n    /XObject <<\n      /xo2 9 0 R\n      /xo10 7 0 R\n    >>\n    /Y <<\n      /gs1 3 0 R\n    >>\n\n\x00\n";
        let ordered = b"2 0 obj\n    /XObject <<\n      /xo10 7 0 R\n      /xo2 9 0 R\n    >>\n    /Y <<\n      /gs1 3 0 R\n    >>\n\n\x00\n";
        assert!(in_order(pdf) == ordered);
    }
}
