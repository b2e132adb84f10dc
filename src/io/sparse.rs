//! Sparse matrices as SciPy saves them (`scipy.sparse.save_npz`): an archive of the entries and where they stand.
//!
//! Format: <https://docs.scipy.org/doc/scipy/reference/generated/scipy.sparse.save_npz.html>.

use super::broken;
use super::limits::Room;
use super::npy::{self, Archive};
use crate::error::{Result, quoted};
use ndarray::{Array2, ArrayD};

/// Whether the archive is a sparse matrix.
pub(super) fn is_sparse(archive: &Archive<'_>) -> bool {
    let keys = archive.keys();
    ["format", "shape", "data"].iter().all(|key| keys.contains(key))
}

/// The matrix, its zeros filled in; entries at the same place are added.
pub(super) fn matrix(archive: &mut Archive<'_>, name: &str, room: Room) -> Result<ArrayD<f64>> {
    let format = npy::text(&archive.bytes("format")?, name)?;
    let (rows, columns) = match *whole(archive, "shape", name)? {
        [rows, columns] => (rows, columns),
        ref other => return Err(broken(name, format!("a sparse array of shape {other:?}; expected two axes"))),
    };
    // the file may be small, the matrix is not
    room.check_shape(&[rows, columns], name)?;
    let values: Vec<f64> = match format.as_str() {
        "csr" | "csc" | "coo" => archive.array(Some("data"))?.iter().copied().collect(),
        other => {
            let why = format!(
                "a sparse matrix of SciPy in the format `{}`; expected csr, csc or coo (`matrix.tocsr()` makes one)",
                quoted(other)
            );
            return Err(broken(name, why));
        }
    };
    let (i, j) = match format.as_str() {
        "csr" => (along(archive, rows, values.len(), name)?, whole(archive, "indices", name)?),
        "csc" => {
            let j = along(archive, columns, values.len(), name)?;
            (whole(archive, "indices", name)?, j)
        }
        _ => (whole(archive, "row", name)?, whole(archive, "col", name)?),
    };
    if i.len() != values.len() || j.len() != values.len() {
        return Err(broken(name, format!("{} entries at {} rows and {} columns", values.len(), i.len(), j.len())));
    }
    let mut dense = Array2::zeros((rows, columns));
    for ((i, j), value) in i.into_iter().zip(j).zip(values) {
        match dense.get_mut((i, j)) {
            Some(entry) => *entry += value,
            None => return Err(broken(name, format!("an entry at ({i}, {j}) of a {rows} x {columns} matrix"))),
        }
    }
    Ok(dense.into_dyn())
}

/// The row (column) of each entry, from where each row (column) begins.
fn along(archive: &mut Archive<'_>, count: usize, entries: usize, name: &str) -> Result<Vec<usize>> {
    let starts = whole(archive, "indptr", name)?;
    let ascending = starts.windows(2).all(|pair| pair[0] <= pair[1]);
    if starts.len() != count + 1 || starts[0] != 0 || starts[count] != entries || !ascending {
        return Err(broken(name, format!("`indptr` does not divide its {entries} entries into {count} parts")));
    }
    Ok(starts.windows(2).enumerate().flat_map(|(k, pair)| std::iter::repeat_n(k, pair[1] - pair[0])).collect())
}

/// An array of whole numbers, zero or more.
fn whole(archive: &mut Archive<'_>, key: &str, name: &str) -> Result<Vec<usize>> {
    let numbers = archive.array(Some(key))?;
    let as_index = |&x: &f64| (x >= 0.0 && x.fract() == 0.0 && x < 9e15).then_some(x as usize);
    numbers.iter().map(as_index).collect::<Option<_>>().ok_or_else(|| broken(name, format!("`{key}` is no index")))
}
