//! `cargo xtask ci`: everything that the gate asks beside the tests.

use std::time::{Duration, Instant};

use crate::process::{Failure, command, run};
use crate::{
    browser, campaigns, codegen, doc_links, examples, features, fuzz, interop, layering, newcomer,
    public_api, words,
};

type Step = fn() -> Result<(), Failure>;

/// In the order that fails soonest: the quick checks first.
const STEPS: &[(&str, Step)] = &[
    ("format", format),
    ("words", words::check),
    ("codegen", codegen::check),
    ("layering", layering::check),
    ("deny", deny),
    ("clippy", clippy),
    ("docs", doc_links::check),
    ("public API", public_api::check),
    ("features", features::check),
    ("examples", examples::check),
    ("newcomer", newcomer::check),
    ("load", campaigns::load_smoke),
    ("interop", interop::check),
    ("browser", browser::check),
    ("fuzz", fuzz::smoke),
];

/// Runs every step, stops at the first that fails, and prints how long each took.
fn run_all(steps: &[(&str, Step)]) -> Result<(), Failure> {
    let mut times = Vec::new();
    for (name, step) in steps {
        println!("== {name}");
        let start = Instant::now();
        let outcome = step();
        times.push((*name, start.elapsed()));
        if let Err(failure) = outcome {
            print_times(&times);
            return Err(Failure::new(format!("{name}: {failure}")));
        }
        println!("== {name}: ok, {}", minutes(start.elapsed()));
    }
    print_times(&times);
    println!("ci: {} steps passed", steps.len());
    Ok(())
}

fn print_times(times: &[(&str, Duration)]) {
    println!("== minutes");
    for (name, took) in times {
        println!("{name:<12} {}", minutes(*took));
    }
    let all = times.iter().map(|(_, took)| *took).sum();
    println!("{:<12} {}", "all", minutes(all));
}

fn minutes(took: Duration) -> String {
    let seconds = took.as_secs();
    format!("{:>2} min {:>2} s", seconds / 60, seconds % 60)
}

/// Runs the whole gate.
pub(crate) fn run_all_steps() -> Result<(), Failure> {
    run_all(STEPS)
}

fn format() -> Result<(), Failure> {
    run(&mut command("cargo", &["fmt", "--all", "--check"]))
}

fn clippy() -> Result<(), Failure> {
    run(&mut command(
        "cargo",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--",
            "-D",
            "warnings",
        ],
    ))
}

/// Licences, sources and banned crates need no network; the advisory database does. Where it
/// cannot be fetched that is said and is no failure, so that the gate runs without the internet.
fn deny() -> Result<(), Failure> {
    run(&mut command(
        "cargo",
        &["deny", "check", "bans", "licenses", "sources"],
    ))?;
    let advisories = command("cargo", &["deny", "check", "advisories"])
        .output()
        .map_err(|error| Failure::new(format!("cannot start cargo deny: {error}")))?;
    let printed = String::from_utf8_lossy(&advisories.stderr);
    if advisories.status.success() {
        println!("advisories ok");
    } else if printed.contains("failed to fetch advisory database") {
        println!("advisories NOT CHECKED: the advisory database could not be fetched");
    } else {
        eprint!("{printed}");
        return Err(Failure::new("cargo deny check advisories found something"));
    }
    Ok(())
}
