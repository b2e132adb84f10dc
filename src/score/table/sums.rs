//! What the association of two columns is computed from: sums over rows, which add up and can be taken apart again.

use super::levels::MergedColumn;

/// A sum of squares about a mean that is smaller, relative to the squares, is rounding.
const ROUNDING: f64 = 1e-13;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum PairSums {
    /// Rows, `Σx`, `Σy`, `Σx²`, `Σy²`, `Σxy`.
    Line([f64; 6]),
    /// Rows, `Σx` and `Σx²` of each category.
    Ratio(Vec<[f64; 3]>),
    /// Rows of each pair of categories, and how many the second column has.
    Table(Vec<f64>, usize),
}

impl PairSums {
    /// Over these rows, those left aside in which a cell is missing.
    pub(super) fn of(x: &MergedColumn, y: &MergedColumn, rows: &[usize]) -> Self {
        match (x, y) {
            (MergedColumn::Numbers(x), MergedColumn::Numbers(y)) => {
                let mut sums = [0.0; 6];
                for &row in rows {
                    let (x, y) = (x[row], y[row]);
                    if !(x.is_nan() || y.is_nan()) {
                        let terms = [1.0, x, y, x * x, y * y, x * y];
                        sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
                    }
                }
                Self::Line(sums)
            }
            (MergedColumn::Numbers(x), MergedColumn::Codes(codes, levels))
            | (MergedColumn::Codes(codes, levels), MergedColumn::Numbers(x)) => {
                let mut sums = vec![[0.0; 3]; *levels];
                for &row in rows {
                    if let (Some(sums), false) = (sums.get_mut(codes[row]), x[row].is_nan()) {
                        let terms = [1.0, x[row], x[row] * x[row]];
                        sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
                    }
                }
                Self::Ratio(sums)
            }
            (MergedColumn::Codes(x, rows_of), MergedColumn::Codes(y, columns)) => {
                let mut counts = vec![0.0; rows_of * columns];
                for &row in rows {
                    if x[row] < *rows_of && y[row] < *columns {
                        counts[x[row] * columns + y[row]] += 1.0;
                    }
                }
                Self::Table(counts, *columns)
            }
        }
    }

    /// The sums of all parts, of which there is at least one.
    pub(super) fn total(parts: &[Self]) -> Self {
        let mut total = parts[0].clone();
        for part in &parts[1..] {
            total.add(part, 1.0);
        }
        total
    }

    /// The sums without a part.
    pub(super) fn less(&self, part: &Self) -> Self {
        let mut rest = self.clone();
        rest.add(part, -1.0);
        rest
    }

    fn add(&mut self, part: &Self, sign: f64) {
        let add = |to: &mut f64, term: &f64| *to += sign * term;
        match (self, part) {
            (Self::Line(sums), Self::Line(terms)) => sums.iter_mut().zip(terms).for_each(|(a, b)| add(a, b)),
            (Self::Ratio(sums), Self::Ratio(terms)) => {
                sums.iter_mut().flatten().zip(terms.iter().flatten()).for_each(|(a, b)| add(a, b));
            }
            (Self::Table(sums, _), Self::Table(terms, _)) => sums.iter_mut().zip(terms).for_each(|(a, b)| add(a, b)),
            _ => unreachable!("sums of one pair of columns"),
        }
    }

    /// The association; 0 where a column is constant.
    pub(super) fn value(&self) -> f64 {
        match self {
            Self::Line([n, x, y, xx, yy, xy]) => {
                let (vx, vy) = (xx - x * x / n, yy - y * y / n);
                if *n < 2.0 || vx <= ROUNDING * xx || vy <= ROUNDING * yy {
                    return 0.0;
                }
                ((xy - x * y / n) / (vx.sqrt() * vy.sqrt())).clamp(-1.0, 1.0)
            }
            Self::Ratio(levels) => ratio(levels),
            Self::Table(counts, columns) => cramers_v(counts, *columns),
        }
    }
}

fn ratio(levels: &[[f64; 3]]) -> f64 {
    let some = || levels.iter().filter(|level| level[0] > 0.5);
    let (n, k) = (some().map(|level| level[0]).sum::<f64>(), some().count() as f64);
    let (sum, squares) = some().fold((0.0, 0.0), |total, level| (total.0 + level[1], total.1 + level[2]));
    let all = squares - sum * sum / n;
    if k < 2.0 || n <= k || all <= ROUNDING * squares {
        return 0.0;
    }
    let within = some().map(|level| (level[2] - level[1] * level[1] / level[0]).max(0.0)).sum::<f64>();
    (1.0 - within / all * (n - 1.0) / (n - k)).clamp(0.0, 1.0).sqrt()
}

fn cramers_v(counts: &[f64], columns: usize) -> f64 {
    let of_row: Vec<f64> = counts.chunks(columns.max(1)).map(|row| row.iter().sum()).collect();
    let mut of_column = vec![0.0; columns];
    for row in counts.chunks(columns.max(1)) {
        of_column.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
    }
    let n: f64 = of_row.iter().sum();
    let some = |sums: &[f64]| sums.iter().filter(|sum| **sum > 0.5).count() as f64;
    let (r, c) = (some(&of_row), some(&of_column));
    if r < 2.0 || c < 2.0 {
        return 0.0;
    }
    let cells = counts.iter().enumerate().filter(|(_, count)| **count > 0.5);
    let phi2 =
        cells.map(|(k, count)| count * count / (of_row[k / columns] * of_column[k % columns])).sum::<f64>() - 1.0;
    let less = |k: f64| k - (k - 1.0) * (k - 1.0) / (n - 1.0);
    let phi2 = (phi2 - (r - 1.0) * (c - 1.0) / (n - 1.0)).max(0.0);
    let most = (less(r) - 1.0).min(less(c) - 1.0);
    if most > 0.0 { (phi2 / most).clamp(0.0, 1.0).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    #[test]
    fn known_values() {
        let rows: Vec<usize> = (0..6).collect();
        let numbers = |values: [f64; 6]| MergedColumn::Numbers(values.to_vec());
        // numpy.corrcoef([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 7, 5])
        let (x, y) = (numbers([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), numbers([2.0, 1.0, 4.0, 3.0, 7.0, 5.0]));
        near(PairSums::of(&x, &y, &rows).value(), 0.791_794_654_888_629_7);
        // three groups of two about 1.5, 3.5, 5.5: within 1.5, all 17.5, less the bias: 1 - 1.5/17.5 · 5/3
        let groups = MergedColumn::Codes(vec![0, 0, 1, 1, 2, 2], 3);
        near(PairSums::of(&x, &groups, &rows).value(), (6.0 / 7.0f64).sqrt());
        near(PairSums::of(&groups, &x, &rows).value(), (6.0 / 7.0f64).sqrt());
        // a table of 30, 10, 10, 30: φ² = 1/4, φ²⁺ = 1/4 - 1/79, of 1 - 1/79
        let counts = [30.0, 10.0, 10.0, 30.0];
        near(cramers_v(&counts, 2), ((0.25 - 1.0 / 79.0) / (1.0 - 1.0 / 79.0f64)).sqrt());
        // independence, a constant, and a bijection of many rows
        near(cramers_v(&[10.0, 20.0, 30.0, 60.0], 2), 0.0);
        near(cramers_v(&[10.0, 20.0, 0.0, 0.0], 2), 0.0);
        near(cramers_v(&[50.0, 0.0, 0.0, 50.0], 2), 1.0);
        near(PairSums::of(&x, &numbers([3.3; 6]), &rows).value(), 0.0);
        near(PairSums::of(&numbers([0.1; 6]), &groups, &rows).value(), 0.0);
    }

    #[test]
    fn parts_add_up_and_come_off() {
        let x = MergedColumn::Numbers((0..50).map(|i| f64::from(i * 17 % 23)).collect());
        let y =
            MergedColumn::Numbers((0..50).map(|i| if i % 9 == 0 { f64::NAN } else { f64::from(i * 5 % 11) }).collect());
        let c = MergedColumn::Codes((0..50).map(|i| if i % 7 == 0 { usize::MAX } else { i % 4 }).collect(), 4);
        for (a, b) in [(&x, &y), (&x, &c), (&c, &y), (&c, &c)] {
            let of = |rows: &[usize]| PairSums::of(a, b, rows);
            let (some, others): (Vec<usize>, Vec<usize>) = (0..50).partition(|row| row % 3 == 0);
            let all = PairSums::total(&[of(&some), of(&others)]);
            near(all.value(), of(&(0..50).collect::<Vec<_>>()).value());
            near(all.less(&of(&some)).value(), of(&others).value());
        }
    }
}
