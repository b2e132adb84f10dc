//! The contents of a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Names, relative to the folder, and contents.
pub type Files = BTreeMap<String, Vec<u8>>;

/// All files below `folder`; none where there is no folder.
pub fn files(folder: &Path) -> Files {
    let mut found = Files::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name().into_string().unwrap())).unwrap();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}

/// The hidden names in a folder, which no finished work leaves.
pub fn hidden(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with('.') && name != ".fenchel").collect()
}
