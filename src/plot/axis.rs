//! Axes: label, unit, scale, range, and the places of the ticks.

use crate::text::typeset::{full, number, power_of_ten, signed};

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
    pub(super) fn resolve(&self, values: &[f64], padding: f64) -> AxisScale {
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
        AxisScale { low, high, log, reversed: self.reversed }
    }

    /// The ticks, about `wanted` of them.
    pub(super) fn ticks(&self, scale: &AxisScale, wanted: usize) -> Ticks {
        if self.hidden {
            Ticks::default()
        } else if !self.categories.is_empty() {
            Ticks::plain(self.categories.iter().enumerate().map(|(i, name)| (i as f64, name.clone())).collect())
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
    // fewer than some ten floats apart: one value
    if span <= 8.0 * f64::EPSILON * low.abs().max(high.abs()) || span == 0.0 {
        let half = if log { 0.5 } else { (0.1 * low.abs()).max(0.5) };
        return (low - half, high + half);
    }
    if !span.is_finite() {
        return (low / 2.0, high / 2.0);
    }
    let bottom = low - padding * span;
    // an axis of non-negative data does not start below zero
    let bottom = if !log && low >= 0.0 && bottom < 0.0 { 0.0 } else { bottom };
    (bottom, high + padding * span)
}

/// A resolved axis: numbers to fractions of the way along it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct AxisScale {
    pub low: f64,
    pub high: f64,
    pub log: bool,
    pub reversed: bool,
}

impl AxisScale {
    /// The place of a number on the scale: the number itself, or its logarithm on a logarithmic axis. There a number
    /// that is not positive has the place minus infinity.
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

/// Ticks of an axis.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Ticks {
    /// Places on the scale, with what is written there.
    pub marks: Vec<(f64, String)>,
    /// The common offset of all tick numbers, with its sign; empty if there is none.
    pub offset: String,
}

impl Ticks {
    fn plain(marks: Vec<(f64, String)>) -> Self {
        Self { marks, offset: String::new() }
    }
}

/// The most digits of a tick's number that are easy to read: with a power of ten, and without.
const DIGITS: (i32, i32) = (3, 6);

/// Multiples of 1, 2 or 5 times a power of ten. Where the numbers would have many digits in common, these digits are
/// subtracted and printed once beside the axis.
fn linear_ticks(low: f64, high: f64, wanted: usize) -> Ticks {
    let largest = low.abs().max(high.abs());
    let ends = || Ticks::plain(vec![(low, full(low)), (high, full(high))]);
    // no step is finer than the floats themselves
    let raw = ((high - low) / wanted.max(1) as f64).max(largest * f64::EPSILON);
    let exponent = raw.log10().floor();
    let base = 10f64.powf(exponent);
    if !(base > 0.0 && base.is_finite()) {
        return ends();
    }
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|f| f * base >= raw * 0.999).unwrap_or(10.0);
    let step = factor * base;
    let first = (low / step - 1e-9).ceil();
    let last = (high / step + 1e-9).floor();
    if last - first > 50.0 {
        return ends();
    }
    let count = (last - first).max(0.0) as usize;
    let order = step.log10().floor() as i32;
    let decimals = (-order).max(0) as usize;
    let top = (first.abs().max(last.abs()) * step).max(step);
    let digits = (top * (1.0 + 1e-12)).log10().floor() as i32 - order + 1;
    let readable = if top >= 1e5 || decimals > 4 { DIGITS.0 } else { DIGITS.1 };
    let place = |k: usize| (first + k as f64) * step;
    if digits <= readable {
        return Ticks::plain((0..=count).map(|k| (place(k), number(place(k), decimals))).collect());
    }
    // the offset: a multiple of a power of ten no shorter than the axis, nearest to the middle; counted in whole steps,
    // so it is exact
    let order = (count.max(1) as f64 * step * (1.0 - 1e-12)).log10().ceil() as i32;
    if !10f64.powi(order).is_normal() {
        return ends();
    }
    let per = (10f64.powi(order) / step).round();
    let multiple = (0.5 * (first + last) / per).round();
    let mark = |k: usize| (place(k), number((first + k as f64 - multiple * per) * step, decimals));
    Ticks { marks: (0..=count).map(mark).collect(), offset: signed(multiple, order) }
}

fn log_ticks(low: f64, high: f64, wanted: usize) -> Ticks {
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
        // so short that there is at most one of these
        let (from, to) = (10f64.powf(low), 10f64.powf(high));
        if ticks.len() < 2 && from > 0.0 && to < f64::INFINITY {
            let linear = linear_ticks(from, to, wanted);
            let marks = linear.marks.into_iter().filter(|(value, _)| *value > 0.0);
            return Ticks { marks: marks.map(|(value, name)| (value.log10(), name)).collect(), ..linear };
        }
    }
    Ticks::plain(ticks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::typeset::short_pair;
    use proptest::prelude::*;

    fn names(ticks: &Ticks) -> Vec<&str> {
        assert!(ticks.offset.is_empty());
        ticks.marks.iter().map(|(_, name)| name.as_str()).collect()
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
    fn what_all_numbers_share_stands_once() {
        let shown = |low: f64, high: f64| {
            let ticks = linear_ticks(low, high, 4);
            (ticks.marks.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(" "), ticks.offset)
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(shown(1e9 - 1e-3, 1e9 + 1e-3), pair("−0.0010 −0.0005 0 0.0005 0.0010", "+10⁹"));
        assert_eq!(shown(4_649_276.0, 4_650_276.0), pair("−500 0", "+4650000"));
        assert_eq!(shown(1_732_829_012.0, 1_732_829_090.0), pair("−80 −60 −40 −20", "+1732829100"));
        assert_eq!(shown(-1.000_02, -0.999_98), pair("−2×10⁻⁵ −10⁻⁵ 0 10⁻⁵ 2×10⁻⁵", "−1"));
        assert_eq!(shown(99_900.0, 100_100.0), pair("−100 −50 0 50 100", "+10⁵"));
        assert_eq!(shown(0.123_456_7, 0.123_456_9), pair("−3×10⁻⁷ −2.5×10⁻⁷ −2×10⁻⁷ −1.5×10⁻⁷ −10⁻⁷", "+0.123457"));
        // numbers that are easy to read keep all their digits
        assert_eq!(shown(1990.0, 2024.0).1, "");
        assert_eq!(shown(1_000_000.0, 1_040_000.0), pair("10⁶ 1.01×10⁶ 1.02×10⁶ 1.03×10⁶ 1.04×10⁶", ""));
        assert_eq!(short_pair(1e9, 1e9 + 1e-3), pair("1×10⁹", "1.000000000001×10⁹"));
    }

    proptest! {
        #[test]
        fn no_two_ticks_read_the_same(
            middle in prop_oneof![-1e3..1e3f64, (-300.0..300.0f64).prop_map(|e| 10f64.powf(e)), (-300.0..300.0f64).prop_map(|e| -(10f64.powf(e)))],
            width in (-14.5..3.0f64).prop_map(|e| 10f64.powf(e)),
            wanted in 1usize..12,
        ) {
            let half = 0.5 * width * middle.abs();
            for axis in [Axis::new("x"), Axis::new("x").log()] {
                let data = [middle - half, middle + half];
                let scale = axis.resolve(&data, 0.025);
                // a logarithm near 300 has fewer digits left for differences
                if axis.log && scale.high - scale.low < 1e-12 {
                    continue;
                }
                let ticks = axis.ticks(&scale, wanted);
                let mut names: Vec<_> = ticks.marks.iter().map(|(_, name)| name.clone()).collect();
                names.sort();
                names.dedup();
                prop_assert_eq!(names.len(), ticks.marks.len(), "{:?} {:?}", data, ticks);
                prop_assert!(ticks.marks.windows(2).all(|w| w[0].0 < w[1].0), "{:?} {:?}", data, ticks);
                prop_assert!(!names.is_empty() || wanted < 3, "{:?} {:?}", data, ticks);
            }
        }
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
                assert!(axis.ticks(&scale, 5).marks.len() < 70);
            }
        }
    }
}
