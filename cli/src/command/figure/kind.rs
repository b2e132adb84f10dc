//! The kinds of figures, and what each makes of a table.

use super::tikz::Plot;
use anyhow::{Result, bail};
use fenchel::io::Table;
use fenchel::plot::{Axis, Panel, Series};

/// Bins of a histogram.
const BINS: usize = 40;
/// Pictures of a row of them.
const ACROSS: usize = 10;

/// A figure under a name.
pub struct FigureKind {
    pub name: &'static str,
    /// What it is, and which columns it takes.
    pub what: &'static str,
    pub drawn: fn(&Given) -> Result<Drawn>,
}

/// What a figure is made of.
pub struct Given<'a> {
    pub table: &'a Table,
    /// What is along the two axes, where that was told.
    pub labels: [Option<&'a str>; 2],
    pub log: [bool; 2],
    pub image: Option<(usize, usize)>,
}

/// The panel, and what it is in TeX where there is such a thing.
pub struct Drawn {
    pub panel: Panel,
    pub plots: Option<Vec<Plot>>,
}

pub const KINDS: [FigureKind; 7] = [
    FigureKind { name: "lines", what: "a line for each column over the first", drawn: lines },
    FigureKind {
        name: "points",
        what: "points of two columns, each pair of further columns another series",
        drawn: points,
    },
    FigureKind { name: "bars", what: "a bar for each row, each column another series", drawn: bars },
    FigureKind { name: "histogram", what: "how often the numbers of each column occur", drawn: histogram },
    FigureKind { name: "band", what: "a line in its band: x, value, low, high", drawn: band },
    FigureKind { name: "cells", what: "a matrix in shades", drawn: cells },
    FigureKind { name: "pictures", what: "a picture for each row, of the size --image", drawn: pictures },
];

impl Given<'_> {
    fn column(&self, k: usize) -> Vec<f64> {
        self.table.values.column(k).to_vec()
    }

    /// The name of a column, or its number counted from 1.
    fn name(&self, k: usize) -> String {
        self.table.columns.as_ref().map_or_else(|| format!("column {}", k + 1), |names| names[k].clone())
    }

    fn columns(&self) -> usize {
        self.table.values.ncols()
    }

    fn need(&self, columns: usize, which: &str) -> Result<()> {
        if self.columns() < columns {
            bail!("the file has {} columns, and {which}", self.columns());
        }
        Ok(())
    }

    /// A panel with these names at axes that were given none.
    fn panel(&self, x: &str, y: &str) -> Panel {
        let axis = |k: usize, name: &str| {
            let axis = Axis::new(self.labels[k].unwrap_or(name));
            if self.log[k] { axis.log() } else { axis }
        };
        Panel::new(axis(0, x), axis(1, y))
    }
}

fn lines(given: &Given) -> Result<Drawn> {
    given.need(2, "lines need x and at least one more")?;
    let x = given.column(0);
    let only = if given.columns() == 2 { given.name(1) } else { String::new() };
    let (mut panel, mut plots) = (given.panel(&given.name(0), &only), Vec::new());
    for k in 1..given.columns() {
        let (name, y) = (given.name(k), given.column(k));
        panel = panel.add(Series::line(&name, &x, &y));
        plots.push(Plot::line(&name, &x, &y));
    }
    Ok(Drawn { panel, plots: Some(plots) })
}

fn points(given: &Given) -> Result<Drawn> {
    given.need(2, "points need two a series")?;
    if !given.columns().is_multiple_of(2) {
        bail!("the file has {} columns, and points need two a series; --columns chooses", given.columns());
    }
    let (mut panel, mut plots) = (given.panel(&given.name(0), &given.name(1)), Vec::new());
    for k in (0..given.columns()).step_by(2) {
        let (name, x, y) = (given.name(k + 1), given.column(k), given.column(k + 1));
        panel = panel.add(Series::points(&name, &x, &y));
        plots.push(Plot::points(&name, &x, &y));
    }
    Ok(Drawn { panel, plots: Some(plots) })
}

fn bars(given: &Given) -> Result<Drawn> {
    let (mut panel, mut plots) = (given.panel("row", ""), Vec::new());
    let rows: Vec<f64> = (0..given.table.values.nrows()).map(|row| row as f64).collect();
    for k in 0..given.columns() {
        let (name, heights) = (given.name(k), given.column(k));
        panel = panel.add(Series::bars(&name, &heights));
        plots.push(Plot::bars(&name, &rows, &heights));
    }
    Ok(Drawn { panel, plots: Some(plots) })
}

fn histogram(given: &Given) -> Result<Drawn> {
    let only = if given.columns() == 1 { given.name(0) } else { "value".to_owned() };
    let (mut panel, mut plots) = (given.panel(&only, "share of rows"), Vec::new());
    let all = &given.table.values;
    let (low, high) =
        (all.iter().copied().fold(f64::INFINITY, f64::min), all.iter().copied().fold(f64::NEG_INFINITY, f64::max));
    // halves, so that the range of two large numbers is finite
    let width = (high / BINS as f64 - low / BINS as f64).max(f64::MIN_POSITIVE);
    for k in 0..given.columns() {
        let (name, values) = (given.name(k), given.column(k));
        let mut shares = [0.0; BINS];
        for value in &values {
            shares[(((value - low) / width) as usize).min(BINS - 1)] += 1.0 / values.len() as f64;
        }
        // a step at either end of each bin
        let edge = |bin: usize| low + bin as f64 * width;
        let (x, y): (Vec<f64>, Vec<f64>) =
            shares.iter().enumerate().flat_map(|(bin, &share)| [(edge(bin), share), (edge(bin + 1), share)]).unzip();
        panel = panel.add(Series::line(&name, &x, &y));
        plots.push(Plot::line(&name, &x, &y));
    }
    Ok(Drawn { panel, plots: Some(plots) })
}

fn band(given: &Given) -> Result<Drawn> {
    if given.columns() != 4 {
        bail!(
            "the file has {} columns, and a band has four: x, value, low and high; --columns chooses",
            given.columns()
        );
    }
    let [x, value, low, high] = [0, 1, 2, 3].map(|k| given.column(k));
    let name = given.name(1);
    let between = format!("{} to {}", given.name(2), given.name(3));
    let panel = given.panel(&given.name(0), &name);
    let panel = panel.add(Series::band(&between, &x, &low, &high)).add(Series::line(&name, &x, &value));
    let plots = vec![Plot::band(&between, &x, &low, &high), Plot::line(&name, &x, &value)];
    Ok(Drawn { panel, plots: Some(plots) })
}

fn cells(given: &Given) -> Result<Drawn> {
    let values: Vec<f64> = given.table.values.iter().copied().collect();
    let panel = given.panel("column", "row").add(Series::cells("value", &values, given.columns()));
    Ok(Drawn { panel, plots: None })
}

fn pictures(given: &Given) -> Result<Drawn> {
    let Some((height, width)) = given.image else {
        bail!("pictures need their size: --image HxW, such as --image 8x8");
    };
    if Some(given.columns()) != height.checked_mul(width) {
        bail!("--image {height}x{width}: the rows of the file have {} numbers", given.columns());
    }
    let rows: Vec<Vec<f64>> = given.table.values.rows().into_iter().map(|row| row.to_vec()).collect();
    let views: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let all = given.table.values.iter().copied();
    let (low, high) = (all.clone().fold(f64::INFINITY, f64::min), all.fold(f64::NEG_INFINITY, f64::max));
    Ok(Drawn { panel: Panel::pictures(&views, width, ACROSS, low, high), plots: None })
}
