//! `cargo xtask features`: each crate compiles with no feature, each feature alone, and all.

use crate::process::{Failure, command, run};

/// Runs cargo-hack with warnings denied. By clippy, whose flags reach only our crates: `RUSTFLAGS` would
/// build every dependency once more. Its `--no-dev-deps` would rewrite the manifests for a moment; without
/// tests, the features that dev-dependencies ask for are left out anyway (resolver 2 and later).
pub(crate) fn check() -> Result<(), Failure> {
    run(command(
        "cargo",
        &["hack", "clippy", "--workspace", "--each-feature"],
    )
    // What is on by default are features that have their own turn.
    .args(["--skip", "default", "--quiet", "--", "-D", "warnings"]))
}
