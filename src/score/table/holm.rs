//! The p-values of all columns, corrected for their number.

use super::column::ColumnScores;

/// The columns with their corrected p-values.
pub(super) fn corrected(mut columns: Vec<ColumnScores>) -> Vec<ColumnScores> {
    let p_values: Vec<Option<f64>> = columns.iter().map(ColumnScores::p_value).collect();
    columns.iter_mut().zip(holm(&p_values)).for_each(|(scores, p)| scores.p_adjusted = p);
    columns
}

/// p-values corrected for their number (Holm 1979): the smallest times all, the next times one less, never falling.
fn holm(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut sorted: Vec<(f64, usize)> = p_values.iter().enumerate().filter_map(|(k, p)| Some(((*p)?, k))).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut corrected = vec![None; p_values.len()];
    let mut most: f64 = 0.0;
    for (rank, (p, k)) in sorted.iter().enumerate() {
        most = most.max(p * (sorted.len() - rank) as f64).min(1.0);
        corrected[*k] = Some(most);
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holms_correction() {
        // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
        let found = holm(&[Some(0.01), None, Some(0.04), Some(0.03), Some(0.005)]);
        for (found, expected) in found.into_iter().zip([Some(0.03), None, Some(0.06), Some(0.06), Some(0.02)]) {
            assert!(found.zip(expected).map_or(found == expected, |(a, b)| (a - b).abs() < 1e-15), "{found:?}");
        }
        assert_eq!(holm(&[Some(0.9), Some(0.8)]), [Some(1.0), Some(1.0)]);
    }
}
