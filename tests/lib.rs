//! What the tests share with the processes that they start. The tests themselves live in `it/`.

use std::path::{Path, PathBuf};

/// Where the watching process stores what was signed.
#[must_use]
pub fn store(folder: &Path) -> PathBuf {
    folder.join("signed")
}

/// Where a job's document is stored: under its final name, or, while the job goes on, that of the number of
/// signatures.
#[must_use]
pub fn stored_as(folder: &Path, job: i64, signatures: Option<usize>) -> PathBuf {
    let name = match signatures {
        None => format!("{job}.pdf"),
        Some(signatures) => format!("{job}-{signatures}.pdf"),
    };
    store(folder).join(name)
}
