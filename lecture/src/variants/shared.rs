//! The name of the chapter.

pub(super) const CHAPTER: &str = "variants";
