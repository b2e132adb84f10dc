//! The page of a run: losses and distances over one axis of steps, samples by a slider, scores and settings. One file that asks
//! for nothing from elsewhere.

mod curves;

use super::frames::Frame;
use crate::output::{ESTIMATE_HEADINGS, estimate_cells};
use anyhow::Result;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use curves::{Chart, charts};
use fenchel::certificate::Estimate;
use fenchel::record::json;
use fenchel_lecture::page::{CHART, CHART_STYLE, COLOURS, UPLOT};
use serde::Serialize;

/// Its name in the folder of a run.
pub const FILE: &str = "index.html";

/// What the page is made of.
pub struct Page<'a> {
    pub title: String,
    /// How the run stands, in a word.
    pub status: &'a str,
    /// Steps done, and steps in all.
    pub steps: (u64, u64),
    /// The lines of metrics.jsonl.
    pub metrics: &'a str,
    pub frames: &'a [Frame],
    /// The ending of the pictures: svg or png.
    pub ending: &'a str,
    /// The scores at the end, where there are some.
    pub scores: &'a [Estimate],
    /// The text of config.toml.
    pub settings: &'a str,
}

/// What the script of the page reads.
#[derive(Serialize)]
struct Content<'a> {
    status: &'a str,
    step: u64,
    charts: Vec<Chart>,
    frames: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    step: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    svg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    png: Option<String>,
}

impl Page<'_> {
    pub fn html(&self) -> Result<String> {
        let (done, all) = self.steps;
        let frames = self.frames.iter().map(|frame| {
            let is_svg = self.ending == "svg";
            Shown {
                step: frame.step,
                svg: is_svg.then(|| String::from_utf8_lossy(&frame.bytes).trim_end().to_owned()),
                png: (!is_svg).then(|| BASE64_STANDARD.encode(&frame.bytes)),
            }
        });
        let content =
            Content { status: self.status, step: done, charts: charts(self.metrics)?, frames: frames.collect() };
        let status = match self.status {
            "running" => format!("Running: {done} of {all} steps. This page reads itself again while it is open."),
            "reached" => format!("Stopped after {done} of {all} steps, where it was asked to."),
            status => format!("{}{} after {done} of {all} steps.", status[..1].to_uppercase(), &status[1..]),
        };
        let parts = [
            ("version", format!("Made by fenchel {}.", env!("CARGO_PKG_VERSION"))),
            ("style", COLOURS.to_owned() + CHART_STYLE + include_str!("run.css")),
            ("uplot", UPLOT.to_owned()),
            ("chart", CHART.to_owned()),
            ("script", include_str!("run.js").to_owned()),
            ("status", status),
            ("title", escaped(&self.title)),
            ("scores", table(self.scores)),
            ("settings", escaped(self.settings)),
            // no text in it can end the element that it stands in
            ("data", json::line(&content).replace('<', "\\u003c")),
        ];
        let template = include_str!("run.html").to_owned();
        Ok(parts.iter().fold(template, |page, (name, text)| page.replace(&format!("{{{{{name}}}}}"), text)))
    }
}

/// The scores as a table.
fn table(scores: &[Estimate]) -> String {
    if scores.is_empty() {
        return String::new();
    }
    let cells = |cells: &[String], tag: &str| -> String {
        cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell))).collect()
    };
    let headings: Vec<String> =
        ESTIMATE_HEADINGS.iter().map(|heading| heading.trim_start_matches('>').to_owned()).collect();
    let rows: String = scores
        .iter()
        .map(|score| {
            let name = escaped(&score.name);
            format!("<tr><th scope=\"row\">{name}</th>{}</tr>\n", cells(&estimate_cells(score), "td"))
        })
        .collect();
    format!(
        "<div class=\"scroll\"><table><caption>Scores against held-out samples</caption>\n<thead><tr><th scope=\"col\">score</th>{}</tr></thead>\n\
         <tbody>\n{rows}</tbody></table></div>",
        cells(&headings, "th scope=\"col\"").replace("</th scope=\"col\">", "</th>")
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('{', "&#123;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_run_ends_the_element_it_stands_in() {
        let frame = Frame { step: 10, bytes: b"<svg></svg>\n".to_vec() };
        let metrics = "{\"step\":50,\"</script>_loss\":1.5}\n";
        let page = Page {
            title: "<b>, plain".to_owned(),
            status: "completed",
            steps: (50, 50),
            metrics,
            frames: &[frame],
            ending: "svg",
            scores: &[],
            settings: "data = \"<i>\" # {{data}}",
        };
        let html = page.html().unwrap();
        assert_eq!(html.matches("</script>").count(), 2);
        assert!(html.contains("&lt;b&gt;, plain") && html.contains("data = &quot;&lt;i&gt;&quot;"));
        assert!(html.contains("Completed after 50 of 50 steps."));
        assert!(!html.contains("http-equiv=\"refresh\"") && !html.contains("src=\"http"));
    }
}
