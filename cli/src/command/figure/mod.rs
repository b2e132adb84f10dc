//! `fenchel figure`: figures of one's own numbers.

mod kind;
mod tikz;

use crate::figure::{bytes, check_name, extension};
use crate::input::{self, File};
use crate::output::Answer;
use anyhow::Result;
use clap::{Args, ValueEnum};
use fenchel::Error;
use fenchel::io::Table;
use fenchel::plot::Figure as Picture;
use fenchel::record::{ensure_writable, write_atomic};
use kind::{FigureKind, Given, KINDS};
use serde::Serialize;
use std::path::PathBuf;

/// Draw figures of your own numbers, as those of the report are drawn
///
/// The file is a table; its header, where it has one, gives the series their names.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Figure {
    /// What to draw: lines, points, bars, histogram, band, cells or pictures
    name: String,
    /// The numbers
    #[arg(long, value_name = "FILE")]
    data: File,
    /// Where to draw: .svg, .png, .pdf, or .tex for pgfplots [default: NAME.svg]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The title above the figure
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    title: String,
    /// What is along the horizontal axis, with its unit [default: the name of the column]
    #[arg(long, value_name = "TEXT")]
    x: Option<String>,
    /// What is along the vertical axis
    #[arg(long, value_name = "TEXT")]
    y: Option<String>,
    /// Make the horizontal axis logarithmic
    #[arg(long)]
    log_x: bool,
    /// Make the vertical axis logarithmic
    #[arg(long)]
    log_y: bool,
    /// Width of the panel in pixels, of which 96 are an inch in print
    #[arg(long, value_name = "PIXELS", default_value_t = 420.0, value_parser = pixels)]
    width: f64,
    /// Height of the panel
    #[arg(long, value_name = "PIXELS", default_value_t = 280.0, value_parser = pixels)]
    height: f64,
    /// Size of the letters in points, of which 72 are an inch; lines and marks grow with them [default: 9.75]
    #[arg(long, value_name = "POINTS", value_parser = points)]
    font_size: Option<f64>,
    /// Colours: `colour`, or `grey` for print without colour
    #[arg(long, alias = "colors", value_enum, value_name = "COLOURS", default_value_t = Colours::Colour)]
    colours: Colours,
    /// Height and width of pictures
    #[arg(long, value_name = "HxW", value_parser = crate::command::score::image)]
    image: Option<(usize, usize)>,
}

const AFTER_HELP: &str = "\
Examples:
  fenchel figure lines --data losses.csv --log-y --y 'loss (nats)'    columns over the first
  fenchel figure points --data cloud.npy --out cloud.pdf              for a paper
  fenchel figure lines --data losses.csv --font-size 8 --width 240 --colours grey --out losses.pdf
  fenchel figure histogram --data ages.csv --columns 1 --out ages.png
  fenchel figure band --data curve.csv --out curve.tex                x, value, low, high
  fenchel figure pictures --data digits.npy --image 28x28             a picture a row

Colours differ in brightness too, so they are told apart in grey and by those who see fewer colours. In a .tex file colours and letters are those
of the document.";

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Colours {
    Colour,
    Grey,
}

/// Points of the letters of a figure as it is drawn: 13 pixels.
const LETTERS: f64 = 9.75;

#[derive(Serialize)]
struct Told {
    figure: String,
    kind: &'static str,
    rows: usize,
    columns: usize,
}

impl Figure {
    pub fn run(&self) -> Result<Answer> {
        let kind = self.kind()?;
        let out = self.out.clone().unwrap_or_else(|| PathBuf::from(format!("{}.svg", kind.name)));
        check_name("--out", &out, &["svg", "png", "pdf", "tex"])?;
        ensure_writable(&out)?;
        let table = input::table(&self.data)?;
        let drawn = (kind.drawn)(&self.given(&table))?;
        if extension(&out) == "tex" && (self.font_size.is_some() || self.colours == Colours::Grey) {
            let why =
                "letters and colours of a .tex file are those of the document; draw it as .pdf, or leave them out";
            return Err(Error::unsupported("--font-size and --colours of a .tex file", why).into());
        }
        let content = match (extension(&out).as_str(), &drawn.plots) {
            ("tex", Some(plots)) => {
                let name = |k: usize| table.columns.as_ref().and_then(|names| names.get(k)).map_or("", String::as_str);
                let frame = tikz::Axes {
                    title: &self.title,
                    x: self.x.as_deref().unwrap_or_else(|| name(0)),
                    y: self.y.as_deref().unwrap_or_else(|| if table.values.ncols() == 2 { name(1) } else { "" }),
                    log: [self.log_x, self.log_y],
                    size: (self.width, self.height),
                };
                tikz::source(&frame, plots).into_bytes()
            }
            ("tex", None) => {
                return Err(Error::unsupported(
                    format!("{} as .tex", kind.name),
                    "pgfplots draws lines, points, bars and bands; draw it as .pdf",
                )
                .into());
            }
            _ => {
                let factor = self.font_size.unwrap_or(LETTERS) / LETTERS;
                let (width, height) = (self.width / factor, self.height / factor);
                let sized = if self.image.is_some() { drawn.panel } else { drawn.panel.size(width, height) };
                let picture = Picture::new(&self.title, [sized]).resized(factor)?;
                bytes(&if self.colours == Colours::Grey { picture.grey() } else { picture }, &out)?
            }
        };
        write_atomic(&out, &content)?;
        let (rows, columns) = table.values.dim();
        let figure = out.display().to_string();
        Ok(Answer::new(format!("{figure}\n"), &Told { figure, kind: kind.name, rows, columns }))
    }

    fn kind(&self) -> Result<&'static FigureKind> {
        let wanted = self.name.to_ascii_lowercase();
        KINDS.iter().find(|kind| kind.name == wanted).ok_or_else(|| {
            let list: Vec<String> = KINDS.iter().map(|kind| format!("{} ({})", kind.name, kind.what)).collect();
            Error::unknown_name("figure", &self.name, list.join(", ")).into()
        })
    }

    fn given<'a>(&'a self, table: &'a Table) -> Given<'a> {
        let labels = [self.x.as_deref(), self.y.as_deref()];
        Given { table, labels, log: [self.log_x, self.log_y], image: self.image }
    }
}

fn points(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|x| (4.0..=72.0).contains(x));
    number.ok_or_else(|| "expected a number of points from 4 to 72".to_owned())
}

fn pixels(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|x| (50.0..=4000.0).contains(x));
    number.ok_or_else(|| "expected a number of pixels from 50 to 4000".to_owned())
}
