//! `cargo xtask fuzz-seed` and `fuzz-smoke`: seeds for the fuzz targets, and a short run of each.
//!
//! The seeds are made by programs of the crates that the targets test, so that this crate, which
//! generates code for them, builds without them.

use crate::process::{Failure, command, output, root, run};

/// The programs that write seeds: package, features and example.
const WRITERS: &[(&str, &str, &str)] = &[
    ("portal-model", "proptest", "fuzz_seeds"),
    ("portal-asice", "", "fuzz_seeds"),
    ("portal-verify", "", "fuzz_seeds"),
];

/// How long a smoke run takes in all, in seconds.
const SMOKE: usize = 30;

/// Runs every program; each takes the corpus folder, which has one folder for each target.
pub(crate) fn seed() -> Result<(), Failure> {
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

/// Runs every target for a part of the time. Fuzzing needs cargo-fuzz; where it is missing that is
/// said and is no failure. Without a sanitizer, targets build on a stable toolchain.
pub(crate) fn smoke() -> Result<(), Failure> {
    let mut list = command("cargo", &["fuzz", "list"]);
    let Ok(targets) = output(&mut list) else {
        println!("fuzz targets NOT RUN: cargo-fuzz is missing");
        return Ok(());
    };
    seed()?;
    let targets: Vec<&str> = targets.lines().collect();
    let seconds = SMOKE.div_ceil(targets.len().max(1));
    for target in targets {
        println!("{target}: {seconds} s");
        let time = format!("-max_total_time={seconds}");
        let dictionary = format!("-dict={}", root().join("fuzz/xml.dict").display());
        // All code forbids unsafe, so there is nothing for an address sanitizer to find.
        run(&mut command(
            "cargo",
            &[
                "fuzz",
                "run",
                "--sanitizer",
                "none",
                target,
                "--",
                &time,
                &dictionary,
                "-max_len=8192",
                "-verbosity=0",
            ],
        ))?;
    }
    Ok(())
}
