//! Axes: what is measured, in which unit, on which scale, and where the ticks fall.

/// One axis of a [`Panel`](super::Panel): its label (with the unit), scale and range.
///
/// ```
/// use fenchel::plot::Axis;
/// let time = Axis::new("step");
/// let loss = Axis::new("loss (nats)").log().range(1e-3, 10.0);
/// let names = Axis::categories("metric", ["KID", "MMD"]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    pub(super) label: String,
    pub(super) log: bool,
    pub(super) range: Option<(f64, f64)>,
    pub(super) include: Vec<f64>,
    pub(super) categories: Vec<String>,
    pub(super) reversed: bool,
    pub(super) hidden: bool,
}

impl Axis {
    /// A linear axis whose range follows the data.
    #[must_use]
    pub fn new(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            log: false,
            range: None,
            include: Vec::new(),
            categories: Vec::new(),
            reversed: false,
            hidden: false,
        }
    }

    /// An axis with a name in place of each number 0, 1, 2, ...
    #[must_use]
    pub fn categories<S: Into<String>>(label: impl Into<String>, names: impl IntoIterator<Item = S>) -> Self {
        Self { categories: names.into_iter().map(Into::into).collect(), ..Self::new(label) }
    }

    /// An axis that is not drawn (for pictures).
    #[must_use]
    pub fn hidden() -> Self {
        Self { hidden: true, ..Self::new("") }
    }

    /// Logarithmic; zero and negative values have no place on it and are marked at the lower edge.
    #[must_use]
    pub fn log(mut self) -> Self {
        self.log = true;
        self
    }

    /// Shows exactly `low` to `high`. A range that is not increasing and finite is ignored.
    #[must_use]
    pub fn range(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }

    /// Widens the range so that `value` is shown.
    #[must_use]
    pub fn include(mut self, value: f64) -> Self {
        self.include.push(value);
        self
    }

    /// Runs from top to bottom, or from right to left.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.reversed = true;
        self
    }

    /// The axis over data: `values` are all that is drawn along it.
    pub(super) fn resolve(&self, values: &[f64], padding: f64) -> Scale {
        let log = self.log;
        let place = |x: f64| if log { x.log10() } else { x };
        let given = self.range.map(|(a, b)| (place(a), place(b)));
        let (low, high) = match given {
            Some((a, b)) if a < b && (b - a).is_finite() => (a, b),
            _ if !self.categories.is_empty() => (-0.5, self.categories.len() as f64 - 0.5),
            _ => {
                let shown = values.iter().chain(&self.include).map(|&x| place(x)).filter(|x| x.is_finite());
                let (low, high) = shown.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
                padded(low, high, padding, log)
            }
        };
        Scale { low, high, log, reversed: self.reversed }
    }

    /// Places (on the scale) and names of the ticks, about `wanted` of them.
    pub(super) fn ticks(&self, scale: &Scale, wanted: usize) -> Vec<(f64, String)> {
        if self.hidden {
            Vec::new()
        } else if !self.categories.is_empty() {
            self.categories.iter().enumerate().map(|(i, name)| (i as f64, name.clone())).collect()
        } else if scale.log {
            log_ticks(scale.low, scale.high, wanted)
        } else {
            linear_ticks(scale.low, scale.high, wanted)
        }
    }
}

fn padded(low: f64, high: f64, padding: f64, log: bool) -> (f64, f64) {
    if low > high {
        return (0.0, 1.0);
    }
    let span = high - low;
    if span <= 1e-12 * low.abs().max(high.abs()) || span == 0.0 {
        let half = if log { 0.5 } else { (0.1 * low.abs()).max(0.5) };
        return (low - half, high + half);
    }
    if !span.is_finite() {
        return (low / 2.0, high / 2.0);
    }
    let bottom = low - padding * span;
    // what cannot be negative does not get an axis that is
    let bottom = if !log && low >= 0.0 && bottom < 0.0 { 0.0 } else { bottom };
    (bottom, high + padding * span)
}

/// A resolved axis: numbers to fractions of the way along it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    pub low: f64,
    pub high: f64,
    pub log: bool,
    pub reversed: bool,
}

impl Scale {
    /// The place of a number, before the fraction is taken: its logarithm on a logarithmic axis, where what is not
    /// positive has the place minus infinity.
    pub fn place(&self, x: f64) -> f64 {
        if !self.log {
            x
        } else if x <= 0.0 {
            f64::NEG_INFINITY
        } else {
            x.log10()
        }
    }

    /// How far along the axis a place is: 0 at its start, 1 at its end.
    pub fn fraction(&self, place: f64) -> f64 {
        let fraction = (place - self.low) / (self.high - self.low);
        if self.reversed { 1.0 - fraction } else { fraction }
    }
}

fn linear_ticks(low: f64, high: f64, wanted: usize) -> Vec<(f64, String)> {
    let span = high - low;
    let raw = span / wanted.max(1) as f64;
    let magnitude = raw.log10().floor();
    let base = 10f64.powf(magnitude);
    if !(base > 0.0 && base.is_finite()) {
        return vec![(low, number(low, 0)), (high, number(high, 0))];
    }
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|f| f * base >= raw * 0.999).unwrap_or(10.0);
    let step = factor * base;
    let first = (low / step - 1e-9).ceil();
    let last = (high / step + 1e-9).floor();
    if last - first > 50.0 {
        return vec![(low, number(low, 0)), (high, number(high, 0))];
    }
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    (0..=(last - first).max(0.0) as usize)
        .map(|k| {
            let value = (first + k as f64) * step;
            (value, number(value, decimals))
        })
        .collect()
}

fn log_ticks(low: f64, high: f64, wanted: usize) -> Vec<(f64, String)> {
    let decades = high - low;
    let name = |exponent: f64| {
        if low >= -3.5 && high <= 4.5 {
            number(10f64.powf(exponent), (-exponent).max(0.0) as usize)
        } else {
            power_of_ten(exponent as i64)
        }
    };
    let stride = (decades / wanted.max(1) as f64).ceil().max(1.0);
    let first = (low - 1e-9).ceil();
    let mut ticks = Vec::new();
    let mut exponent = if stride > 1.0 { (first / stride).ceil() * stride } else { first };
    while exponent <= high + 1e-9 && ticks.len() < 60 {
        ticks.push((exponent, name(exponent)));
        exponent += stride;
    }
    if ticks.len() < 3 && decades < 2.5 {
        // less than two whole decades: the twos and fives in between read better than two lonely powers
        ticks.clear();
        let mut exponent = low.floor();
        while exponent <= high && ticks.len() < 60 {
            for digit in [1.0, 2.0, 5.0] {
                let value = digit * 10f64.powf(exponent);
                let place = value.log10();
                if (low - 1e-9..=high + 1e-9).contains(&place) {
                    ticks.push((place, number(value, (-exponent).max(0.0) as usize)));
                }
            }
            exponent += 1.0;
        }
    }
    ticks
}

/// A number as a person would write it: `decimals` places, a true minus sign, powers of ten where zeros would pile up.
pub(super) fn number(value: f64, decimals: usize) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "∞".to_owned() } else { "−∞".to_owned() };
    }
    let size = value.abs();
    let text = if value == 0.0 || size < 0.5 * 10f64.powi(-(decimals.min(300) as i32)) {
        "0".to_owned()
    } else if size >= 1e5 || decimals > 4 {
        scientific(value)
    } else {
        format!("{value:.decimals$}")
    };
    text.replace('-', "−")
}

/// Four significant digits, for values printed beside data.
pub(super) fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || !value.is_finite() {
        return number(value, 0);
    }
    if !(1e-4..1e5).contains(&size) {
        return scientific(value).replace('-', "−");
    }
    let decimals = (3.0 - size.log10().floor()).clamp(0.0, 7.0) as usize;
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.replace('-', "−")
}

/// At most three digits and a power of ten.
fn scientific(value: f64) -> String {
    let text = format!("{value:.2e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let power = power_of_ten(exponent.parse().unwrap_or(0));
    match mantissa.trim_end_matches('0').trim_end_matches('.') {
        "1" => power,
        "-1" => format!("-{power}"),
        mantissa => format!("{mantissa}×{power}"),
    }
}

fn power_of_ten(exponent: i64) -> String {
    if exponent == 0 {
        return "1".to_owned();
    }
    let digits = exponent.to_string();
    let raised = digits.chars().map(|c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        _ => char::from_u32(0x2070 + c.to_digit(10).unwrap_or(0)).unwrap_or(c),
    });
    "10".chars().chain(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(ticks: &[(f64, String)]) -> Vec<&str> {
        ticks.iter().map(|(_, name)| name.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(names(&linear_ticks(0.0, 0.7, 5)), ["0", "0.2", "0.4", "0.6"]);
        assert_eq!(names(&linear_ticks(-1.0, 1.0, 4)), ["−1.0", "−0.5", "0", "0.5", "1.0"]);
        assert_eq!(names(&linear_ticks(0.0, 3e6, 3)), ["0", "10⁶", "2×10⁶", "3×10⁶"]);
        assert_eq!(names(&log_ticks(-2.0, 2.0, 6)), ["0.01", "0.1", "1", "10", "100"]);
        assert_eq!(names(&log_ticks(-8.0, 0.0, 4)), ["10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "1"]);
        assert_eq!(names(&log_ticks(0.0, 1.0, 4)), ["1", "2", "5", "10"]);
    }

    #[test]
    fn ranges_survive_odd_data() {
        let axis = Axis::new("x");
        for values in [
            vec![],
            vec![f64::NAN],
            vec![f64::INFINITY],
            vec![3.0],
            vec![0.0, 0.0],
            vec![f64::MIN, f64::MAX],
            vec![1.0, 1.0 + 1e-16],
            vec![-5e-324, 5e-324],
        ] {
            for axis in [axis.clone(), axis.clone().log(), axis.clone().range(2.0, 1.0), axis.clone().range(0.0, 0.0)] {
                let scale = axis.resolve(&values, 0.05);
                assert!(scale.low < scale.high && (scale.high - scale.low).is_finite(), "{values:?} {scale:?}");
                assert!(axis.ticks(&scale, 5).len() < 70);
            }
        }
    }

    #[test]
    fn short_numbers() {
        assert_eq!(short(std::f64::consts::LN_2), "0.6931");
        assert_eq!(short(100.0), "100");
        assert_eq!(short(0.05), "0.05");
        assert_eq!(short(0.099_999_999_9), "0.1");
        assert_eq!(short(9.9999e-9), "10⁻⁸");
        assert_eq!(short(0.1 + 0.2), "0.3");
        assert_eq!(short(-2.5e-7), "−2.5×10⁻⁷");
        assert_eq!(short(f64::INFINITY), "∞");
    }
}
