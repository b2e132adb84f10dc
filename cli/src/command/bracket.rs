//! An answer that is one bracket: its part of the JSON, and its lines of the table.

use crate::command::transport::named_lines;
use crate::output::{Answer, Output, significant};
use crate::solving;
use fenchel::certificate::{Report, Status};
use fenchel::record::json::Number;
use serde::Serialize;

#[derive(Serialize)]
pub struct Bracket {
    method: String,
    cost: String,
    value: Number,
    primal: Number,
    dual: Number,
    gap: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    residual: Option<Number>,
    status: Status,
    iterations: usize,
    seconds: Number,
}

#[derive(Serialize)]
struct Json<'a, R> {
    results: [&'a R; 1],
}

impl Bracket {
    /// The bracket of a report, without its residual.
    pub fn new(report: &Report, cost: String) -> Self {
        Self {
            method: report.method.clone().into_owned(),
            cost,
            value: Number(report.primal),
            primal: Number(report.primal),
            dual: Number(report.dual),
            gap: Number(report.gap()),
            residual: None,
            status: report.status,
            iterations: report.iterations,
            seconds: Number(report.seconds),
        }
    }

    /// The same with the residual of the report.
    pub fn with_residual(report: &Report, cost: String) -> Self {
        Self { residual: Some(Number(report.residual)), ..Self::new(report, cost) }
    }

    /// The answer with this bracket in the row of its JSON; `own` are the command's own lines of the table.
    pub fn answer(
        &self,
        row: &impl Serialize,
        gap_digits: usize,
        own: Vec<(&'static str, String)>,
        output: &Output,
    ) -> Answer {
        let mut lines = vec![
            ("method", self.method.clone()),
            ("cost", self.cost.clone()),
            ("value", significant(self.value.0, 10)),
            ("primal (upper bound)", significant(self.primal.0, 12)),
            ("dual (lower bound)", significant(self.dual.0, 12)),
            ("gap", significant(self.gap.0, gap_digits)),
        ];
        lines.extend(own);
        lines.extend([
            ("status", self.status.to_string()),
            ("iterations", self.iterations.to_string()),
            ("seconds", format!("{:.3}", self.seconds.0)),
        ]);
        let unfinished = solving::unfinished(self.status);
        Answer { unfinished, ..Answer::new(named_lines(&lines, output), &Json { results: [row] }) }
    }
}
