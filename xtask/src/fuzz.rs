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

/// The gate's runs begin the same way each time, so that what fails there does so again.
const SMOKE_SEED: &str = "-seed=1";

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

/// Runs every target for a part of the time, and always the same way as far as the time goes. Where
/// cargo-fuzz is missing that is said and is no failure.
pub(crate) fn smoke() -> Result<(), Failure> {
    let Ok(targets) = targets() else {
        println!("fuzz targets NOT RUN: cargo-fuzz is missing");
        return Ok(());
    };
    seed()?;
    let seconds = SMOKE.div_ceil(targets.len().max(1));
    for target in targets {
        fuzz(&target, seconds, &[SMOKE_SEED])?;
    }
    Ok(())
}

/// Runs every target for so many minutes, each time in another way, and says at the end which of them
/// found something.
pub(crate) fn campaign(minutes: &str) -> Result<(), Failure> {
    let minutes: usize = minutes
        .parse()
        .map_err(|_| Failure::new("fuzz: give the minutes for each target as a whole number"))?;
    let targets = targets()?;
    seed()?;
    let outcomes = targets.iter().map(|target| fuzz(target, minutes * 60, &[]));
    let failures: Vec<String> = outcomes
        .filter_map(Result::err)
        .map(|failure| failure.to_string())
        .collect();
    if failures.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(failures.join("\n")))
    }
}

fn targets() -> Result<Vec<String>, Failure> {
    let list = output(&mut command("cargo", &["fuzz", "list"]))?;
    Ok(list.lines().map(str::to_owned).collect())
}

/// Without a sanitizer, targets build on a stable toolchain; and all code forbids unsafe, so there is
/// nothing for an address sanitizer to find.
fn fuzz(target: &str, seconds: usize, options: &[&str]) -> Result<(), Failure> {
    println!("{target}: {seconds} s");
    let time = format!("-max_total_time={seconds}");
    let dictionary = format!("-dict={}", root().join("fuzz/xml.dict").display());
    let run_target = ["fuzz", "run", "--sanitizer", "none", target, "--"];
    let limits = [
        &*time,
        &*dictionary,
        "-max_len=8192",
        "-verbosity=0",
        "-print_final_stats=1",
    ];
    let arguments = [&run_target[..], &limits, options].concat();
    run(&mut command("cargo", &arguments))
}
