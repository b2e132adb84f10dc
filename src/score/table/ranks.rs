//! The ranks of the numbers of a column within the rows of one table, those of equal numbers averaged.

/// The numbers of a column over two tables, in ascending order.
pub(super) struct Sorted {
    /// The rows that have a number.
    order: Vec<usize>,
    /// Where each run of equal numbers ends.
    ends: Vec<usize>,
    rows: usize,
}

/// A row that is left aside.
pub(super) const ASIDE: usize = 2;

impl Sorted {
    /// NaN is no number.
    pub(super) fn of(values: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..values.len()).filter(|&row| !values[row].is_nan()).collect();
        // the sum of both zeros is the one without a sign
        order.sort_by(|&a, &b| (values[a] + 0.0).total_cmp(&(values[b] + 0.0)));
        let mut ends = Vec::new();
        for (k, &row) in order.iter().enumerate() {
            match order.get(k + 1) {
                Some(&next) if values[next] <= values[row] => {}
                _ => ends.push(k + 1),
            }
        }
        Self { order, ends, rows: values.len() }
    }

    /// For each row its rank among the rows of its table, from the middle one, over their number; `tables` has 0 or 1
    /// for each row, or [`ASIDE`]. NaN where a row is left aside or has no number. O(rows).
    pub(super) fn ranks(&self, tables: &[usize]) -> Vec<f64> {
        let mut all = [0usize; 3];
        self.order.iter().for_each(|&row| all[tables[row]] += 1);
        let mut ranks = vec![f64::NAN; self.rows];
        let (mut below, mut start) = ([0usize; 3], 0);
        for &end in &self.ends {
            let run = &self.order[start..end];
            let mut equal = [0usize; 3];
            run.iter().for_each(|&row| equal[tables[row]] += 1);
            for &row in run {
                let table = tables[row];
                if table < ASIDE {
                    // twice the rank from the middle, a whole number
                    let twice = 2.0 * below[table] as f64 + equal[table] as f64 - all[table] as f64;
                    ranks[row] = twice / (2.0 * all[table] as f64);
                }
            }
            (0..ASIDE).for_each(|table| below[table] += equal[table]);
            start = end;
        }
        ranks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_are_averaged_within_each_table() {
        let values = [3.0, 1.0, 3.0, f64::NAN, 7.0, 3.0, 1.0, 0.5, -0.0, 0.0];
        let tables = [0, 0, 0, 0, 0, 1, 1, ASIDE, 1, 1];
        let ranks = Sorted::of(&values).ranks(&tables);
        // of 1, 3, 3, 7 the ranks are 1, 2.5, 2.5, 4, and their middle is 2.5; of 0, 0, 1, 3 they are 1.5, 1.5, 3, 4
        let expected = [0.0, -1.5, 0.0, f64::NAN, 1.5, 1.5, 0.5, f64::NAN, -1.0, -1.0].map(|rank| rank / 4.0);
        for (found, expected) in ranks.iter().zip(expected) {
            assert!(found.total_cmp(&expected).is_eq() || (found - expected).abs() < 1e-15, "{ranks:?}");
        }
    }
}
