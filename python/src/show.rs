//! Results as text and, in notebooks, as a small table.

/// A number as Python writes it.
pub fn number(x: f64) -> String {
    let text = format!("{x:?}");
    match text.as_str() {
        "NaN" => "nan".to_owned(),
        _ => text,
    }
}

/// A number that may be missing.
pub fn optional(x: Option<f64>) -> String {
    x.map_or_else(|| "None".to_owned(), number)
}

/// A pair of numbers.
pub fn pair((low, high): (f64, f64)) -> String {
    format!("({}, {})", number(low), number(high))
}

/// Text in quotes.
pub fn quoted(text: &str) -> String {
    format!("'{text}'")
}

/// The name of a class, and what to show of a value of it.
pub struct Shown {
    title: &'static str,
    rows: Vec<(&'static str, String)>,
}

impl Shown {
    /// Nothing to show yet.
    pub fn new(title: &'static str) -> Self {
        Self { title, rows: Vec::new() }
    }

    /// With one more row.
    pub fn row(mut self, name: &'static str, value: String) -> Self {
        self.rows.push((name, value));
        self
    }

    /// `Title(name=value, ...)`.
    pub fn text(&self) -> String {
        let rows: Vec<String> = self.rows.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}({})", self.title, rows.join(", "))
    }

    /// A table of two columns.
    pub fn html(&self) -> String {
        let cell = |(name, value): &(&str, String)| {
            format!("<tr><th style=\"text-align:left\">{name}</th><td><code>{}</code></td></tr>", escaped(value))
        };
        let rows: String = self.rows.iter().map(cell).collect();
        format!("<table><caption>{}</caption><tbody>{rows}</tbody></table>", self.title)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
