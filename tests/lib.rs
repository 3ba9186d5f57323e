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

/// The address and the options of an object store, which is given as a text: its address, and a line for each option,
/// such as `aws_region=us-east-1`.
#[must_use]
pub fn object_store(place: &str) -> (&str, Vec<(String, String)>) {
    let mut lines = place.lines();
    let address = lines.next().unwrap_or_default();
    let options = lines.map(|option| {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        (name.to_owned(), value.to_owned())
    });
    (address, options.collect())
}
