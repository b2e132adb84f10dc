//! A figure as paper wants it: larger or smaller as a whole, and in grey.

use super::canvas::UNIT;
use super::figure::Figure;
use crate::error::{Error, Result};
use std::ops::RangeInclusive;

/// What a figure may be resized by.
const FACTORS: RangeInclusive<f64> = 0.1..=20.0;

impl Figure {
    /// The same figure `factor` times as wide and as high, with its letters and lines.
    ///
    /// Letters of a figure have 13 pixels, at 96 pixels an inch 9.75 points. For letters of `p` points in a panel of given size, the panel is
    /// drawn `9.75/p` times that size and the figure resized by `p/9.75`.
    ///
    /// # Errors
    /// A factor that is not from 0.1 to 20.
    ///
    /// ```
    /// use fenchel::plot::{Axis, Figure, Panel, Series};
    /// let panel = Panel::new(Axis::new("x"), Axis::new("y")).add(Series::line("y = x", &[0.0, 1.0], &[0.0, 1.0]));
    /// let figure = Figure::new("A line", [panel]);
    /// let (width, height) = figure.size();
    /// assert_eq!(figure.resized(0.5)?.size(), (0.5 * width, 0.5 * height));
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn resized(self, factor: f64) -> Result<Self> {
        if !FACTORS.contains(&factor) {
            return Err(Error::out_of_domain("factor", factor, "from 0.1 to 20"));
        }
        let (width, height) = self.size();
        Ok(self.redrawn((factor * width, factor * height), |svg| {
            // the units within stay as they are; the sheet that they cover has another size
            let old =
                format!("width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\"", width * UNIT, height * UNIT);
            let new = format!(
                "width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\"",
                factor * width,
                factor * height,
                width * UNIT,
                height * UNIT
            );
            svg.replacen(&old, &new, 1)
        }))
    }

    /// The same figure in shades of grey, each as bright as the colour that it stands for.
    ///
    /// Series stay apart by their brightness, dashes, markers and hatches.
    ///
    /// ```
    /// use fenchel::plot::{Axis, Figure, Panel, Series};
    /// let panel = Panel::new(Axis::new("x"), Axis::new("y")).add(Series::line("y = x", &[0.0, 1.0], &[0.0, 1.0]));
    /// let figure = Figure::new("A line", [panel]);
    /// assert!(figure.svg().contains("#0072B2") && figure.grey().svg().contains("#6D6D6D"));
    /// ```
    #[must_use]
    pub fn grey(self) -> Self {
        let size = self.size();
        self.redrawn(size, in_grey)
    }
}

/// All colours of an SVG in grey; they stand in quotes, which those of a text are written without.
fn in_grey(svg: &str) -> String {
    let mut parts = svg.split("\"#");
    let mut grey = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        grey += "\"#";
        match part.split_once('"').and_then(|(colour, rest)| Some((brightness(colour)?, rest))) {
            Some((shade, rest)) => grey += &format!("{shade:02X}{shade:02X}{shade:02X}\"{rest}"),
            None => grey += part,
        }
    }
    grey
}

/// The grey that is as bright: the luminance of ITU-R BT.709 of linear light, back in the steps of sRGB (IEC 61966-2-1).
fn brightness(colour: &str) -> Option<u8> {
    let number = (colour.len() == 6).then(|| u32::from_str_radix(colour, 16).ok()).flatten()?;
    let linear = |shift: u32| {
        let step = f64::from(number >> shift & 0xff) / 255.0;
        if step <= 0.04045 { step / 12.92 } else { ((step + 0.055) / 1.055).powf(2.4) }
    };
    let light = 0.2126 * linear(16) + 0.7152 * linear(8) + 0.0722 * linear(0);
    let step = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    Some((255.0 * step).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_of_marks_become_grey_and_texts_stay() {
        let svg = "<rect fill=\"#FF0000\"/><path stroke=\"#0072B2\" fill=\"none\"/><text>\n\"#12\"\n</text><use href=\"#a\"/>";
        let grey = in_grey(svg);
        assert_eq!(
            grey,
            "<rect fill=\"#7F7F7F\"/><path stroke=\"#6D6D6D\" fill=\"none\"/><text>\n\"#12\"\n</text><use href=\"#a\"/>"
        );
        // grey stays what it is
        for (step, text) in [(0, "000000"), (34, "222222"), (95, "5F5F5F"), (225, "E1E1E1"), (255, "FFFFFF")] {
            assert_eq!(brightness(text), Some(step));
        }
    }
}
