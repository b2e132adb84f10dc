//! The figure as source for pgfplots, in the font of the document that it is put into.

use std::fmt::Write;

/// A series of a `tikzpicture`.
pub struct Plot {
    label: String,
    options: &'static str,
    /// Closed: the points run there and back.
    filled: bool,
    points: Vec<(f64, f64)>,
}

/// What stands at the axes.
pub struct Axes<'a> {
    pub title: &'a str,
    pub x: &'a str,
    pub y: &'a str,
    pub log: [bool; 2],
    /// Width and height in pixels of a 96th of an inch.
    pub size: (f64, f64),
}

impl Plot {
    fn new(label: &str, options: &'static str, points: Vec<(f64, f64)>) -> Self {
        Self { label: label.to_owned(), options, filled: false, points }
    }

    pub fn line(label: &str, x: &[f64], y: &[f64]) -> Self {
        Self::new(label, "no marks, thick", pairs(x, y))
    }

    pub fn points(label: &str, x: &[f64], y: &[f64]) -> Self {
        Self::new(label, "only marks, mark size=1.2pt", pairs(x, y))
    }

    pub fn bars(label: &str, x: &[f64], y: &[f64]) -> Self {
        Self::new(label, "ybar, fill", pairs(x, y))
    }

    pub fn band(label: &str, x: &[f64], low: &[f64], high: &[f64]) -> Self {
        let mut points = pairs(x, low);
        points.extend(pairs(x, high).into_iter().rev());
        Self { filled: true, ..Self::new(label, "no marks, draw=none, fill, fill opacity=0.25", points) }
    }
}

fn pairs(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    x.iter().copied().zip(y.iter().copied()).collect()
}

/// A `tikzpicture`; the preamble needs `\usepackage{pgfplots}`.
pub fn source(frame: &Axes, plots: &[Plot]) -> String {
    let points = |pixels: f64| pixels * 0.75;
    let mut text = String::from(
        "% needs \\usepackage{pgfplots} and \\pgfplotsset{compat=1.18}\n\\begin{tikzpicture}\n\\begin{axis}[\n",
    );
    let mut option = |name: &str, value: &str| writeln!(text, "  {name}={value},").expect("writing into a text");
    option("width", &format!("{:.0}pt", points(frame.size.0)));
    option("height", &format!("{:.0}pt", points(frame.size.1)));
    if !frame.title.is_empty() {
        option("title", &format!("{{{}}}", escaped(frame.title)));
    }
    option("xlabel", &format!("{{{}}}", escaped(frame.x)));
    option("ylabel", &format!("{{{}}}", escaped(frame.y)));
    for (axis, log) in ["xmode", "ymode"].into_iter().zip(frame.log) {
        if log {
            option(axis, "log");
        }
    }
    option("cycle list name", "mark list*");
    text += "]\n";
    for plot in plots {
        writeln!(text, "\\addplot+[{}] coordinates {{", plot.options).expect("writing into a text");
        for (x, y) in plot.points.iter().filter(|(x, y)| x.is_finite() && y.is_finite()) {
            writeln!(text, "  ({x},{y})").expect("writing into a text");
        }
        text += if plot.filled { "} \\closedcycle;\n" } else { "};\n" };
        writeln!(text, "\\addlegendentry{{{}}}", escaped(&plot.label)).expect("writing into a text");
    }
    text + "\\end{axis}\n\\end{tikzpicture}\n"
}

/// Characters that TeX takes for commands.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => safe.extend(['\\', c]),
            '~' => safe += "\\textasciitilde{}",
            '^' => safe += "\\textasciicircum{}",
            '\\' => safe += "\\textbackslash{}",
            c => safe.push(c),
        }
    }
    safe
}
