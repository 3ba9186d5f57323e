//! `cargo xtask fuzz-seed`: valid documents as seeds for the fuzz targets.
//!
//! The documents are made by programs of the crates that the targets test, so that this crate, which
//! generates code for them, builds without them.

use crate::process::{Failure, command, run};

/// The programs that write seeds: package, features and example.
const WRITERS: &[(&str, &str, &str)] = &[("portal-model", "proptest", "fuzz_seeds")];

/// Runs every program; each takes the corpus folder, which has one folder for each target.
pub(crate) fn write() -> Result<(), Failure> {
    for (package, features, example) in WRITERS {
        run(&mut command(
            "cargo",
            &[
                "run",
                "--quiet",
                "--package",
                package,
                "--features",
                features,
                "--example",
                example,
                "--",
                "fuzz/corpus",
            ],
        ))?;
    }
    Ok(())
}
