//! Run folders, atomic writes and the HTML report.
