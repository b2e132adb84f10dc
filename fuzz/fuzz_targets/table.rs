//! A file of samples from bytes: what is read is finite, and survives being written and read again.

use fenchel::io::{read_table, to_npy};
use std::cell::RefCell;
use std::fs;
use tempfile::TempDir;

thread_local!(static FOLDER: RefCell<Option<TempDir>> = const { RefCell::new(None) });

/// Reads the bytes as a file of this name.
pub fn read(name: &str, bytes: &[u8]) {
    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(|| tempfile::tempdir().expect("a folder for the input"));
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("the input is written");
        match read_table(&path) {
            Ok(table) => {
                let (rows, columns) = table.values.dim();
                assert!(rows > 0 && columns > 0, "a table without numbers");
                assert!(table.values.iter().all(|x| x.is_finite()), "a number that is not finite");
                assert!(table.columns.is_none_or(|names| names.len() == columns), "a name a column");
                let again = folder.path().join("again.npy");
                fs::write(&again, to_npy(table.values.view())).expect("the copy is written");
                let copy = read_table(&again).expect("what was written can be read");
                let same = copy.values.iter().zip(&table.values).all(|(x, y)| x.to_bits() == y.to_bits());
                assert!(copy.values.dim() == (rows, columns) && same, "the copy differs");
            }
            Err(error) => assert!(!error.to_string().is_empty(), "an error without words"),
        }
    });
}
