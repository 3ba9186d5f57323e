//! `cargo xtask anchors`: the table of issuers' certificates in portal-certificate, written from a
//! folder of certificates. An example of that crate reads them: this one depends on no member, so
//! that it builds when they don't.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{Failure, command, output, root, run};

/// The generated table.
const TABLE: &str = "crates/portal-certificate/src/known_anchors/table.rs";
/// The certificates that come with the service's own clients; not part of this repository.
const REFERENCE: &str = "../shared/reference/certificates";

/// Writes the table from a folder with the folders `prod` and `test`.
pub(crate) fn write(folder: &str) -> Result<(), Failure> {
    let table = generate(&PathBuf::from(folder))?;
    fs::write(root().join(TABLE), table)
        .map_err(|error| Failure::new(format!("cannot write {TABLE}: {error}")))
}

/// Compares the table with the reference certificates, where they are there.
pub(crate) fn check() -> Result<(), Failure> {
    let folder = root().join(REFERENCE);
    if !folder.is_dir() {
        println!("no {REFERENCE} here: the table of anchors is not compared");
        return Ok(());
    }
    let written = fs::read_to_string(root().join(TABLE))
        .map_err(|error| Failure::new(format!("cannot read {TABLE}: {error}")))?;
    if generate(&folder)? == written {
        println!("{TABLE} is what the certificates in {REFERENCE} say");
        return Ok(());
    }
    Err(Failure::new(format!(
        "{TABLE} is not what the certificates in {REFERENCE} say; run `cargo xtask anchors {REFERENCE}`"
    )))
}

/// Fails where a certificate of the table that is valid today ends within 400 days.
pub(crate) fn check_expiry() -> Result<(), Failure> {
    run(&mut command("cargo", &example("--expiry")))
}

fn generate(folder: &Path) -> Result<String, Failure> {
    output(&mut command("cargo", &example(&folder.to_string_lossy())))
}

fn example(argument: &str) -> [&str; 8] {
    [
        "run",
        "--quiet",
        "--package",
        "portal-certificate",
        "--example",
        "anchor_table",
        "--",
        argument,
    ]
}
