//! `cargo xtask mutants`: mutation testing of what must not go wrong unnoticed, by cargo-mutants, in shards
//! whose results are kept; and a summary in target/mutants.md. The reasons for survivors stand in docs/mutants.md,
//! which is written by hand. A matter of hours, outside the gate.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{Failure, command, root};

/// Files of one crate that are mutated, and the parts that this is done in.
struct Target {
    package: &'static str,
    files: &'static [&'static str],
    shards: usize,
}

const TARGETS: &[Target] = &[
    Target {
        package: "portal-asice",
        files: &[
            "crates/portal-asice/src/verify*",
            "crates/portal-asice/src/verify/**",
        ],
        shards: 4,
    },
    Target {
        package: "portal-transport",
        files: &[
            "crates/portal-transport/src/tls*",
            "crates/portal-transport/src/tls/**",
        ],
        shards: 2,
    },
    Target {
        package: "portal-client",
        files: &[
            "crates/portal-client/src/watch/ledger*",
            "crates/portal-client/src/watch/job*",
            "crates/portal-client/src/watch/confirm*",
            "crates/portal-client/src/watch/restart*",
            "crates/portal-client/src/watch/schedule*",
        ],
        shards: 8,
    },
    Target {
        package: "portal-relay",
        files: &[
            "crates/portal-relay/src/receive*",
            "crates/portal-relay/src/receive/**",
            "crates/portal-relay/src/lease*",
            "crates/portal-relay/src/lease/**",
            "crates/portal-relay/src/deletion*",
            "crates/portal-relay/src/deletion/**",
            "crates/portal-relay/src/create*",
            "crates/portal-relay/src/intents*",
        ],
        shards: 8,
    },
];

/// The share of viable mutants, in per cent, that tests must catch.
const DEMANDED: f64 = 95.0;

/// Stands in the summary where nobody has said yet why a mutant survives.
const NO_REASON: &str = "no reason given yet";

/// Runs the shards that have no result yet, of all crates or of one, and writes the summary.
pub(crate) fn run(package: Option<&str>) -> Result<(), Failure> {
    let targets: Vec<&Target> = TARGETS
        .iter()
        .filter(|target| package.is_none_or(|package| package == target.package))
        .collect();
    if targets.is_empty() {
        return Err(Failure::new(
            "mutants: of portal-asice, portal-transport, portal-client or portal-relay",
        ));
    }
    for target in targets {
        for shard in 0..target.shards {
            run_shard(target, shard)?;
        }
    }
    report()
}

/// Forgets all results.
pub(crate) fn forget() -> Result<(), Failure> {
    let folder = results();
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| {
            Failure::new(format!("cannot remove {}: {error}", folder.display()))
        })?;
    }
    Ok(())
}

fn results() -> PathBuf {
    root().join("mutants.out-shards")
}

fn shard_folder(target: &Target, shard: usize) -> PathBuf {
    results().join(format!(
        "{}-{}-of-{}",
        target.package,
        shard + 1,
        target.shards
    ))
}

/// Says that a shard's results are whole.
const DONE: &str = "done";

fn run_shard(target: &Target, shard: usize) -> Result<(), Failure> {
    let folder = shard_folder(target, shard);
    if folder.join(DONE).exists() {
        println!("{}: done before", folder.display());
        return Ok(());
    }
    let fail = |error: std::io::Error| Failure::new(format!("{}: {error}", folder.display()));
    fs::create_dir_all(&folder).map_err(fail)?;
    let mut mutants = command("cargo", &["mutants", "--all-features", "--colors", "never"]);
    mutants
        .args(["--package", target.package])
        .args(["--shard", &format!("{shard}/{}", target.shards)])
        .arg("--output")
        .arg(&folder)
        // Dependencies are built once, not for each shard.
        .env("CARGO_TARGET_DIR", root().join("target/mutants"));
    for file in target.files {
        mutants.args(["--file", file]);
    }
    let status = mutants.status().map_err(|error| {
        Failure::new(format!(
            "cannot start cargo mutants: {error}: cargo install --locked cargo-mutants"
        ))
    })?;
    match status.code() {
        // All caught; some missed; some ran into the time limit.
        Some(0 | 2 | 3) => fs::write(folder.join(DONE), "").map_err(fail),
        _ => Err(Failure::new(format!("cargo mutants ended with {status}"))),
    }
}

/// What became of a crate's mutants.
#[derive(Debug, Default, PartialEq, Eq)]
struct Score {
    caught: usize,
    timed_out: usize,
    unviable: usize,
    missed: Vec<String>,
    /// Shards that have run, and how many there are.
    shards: (usize, usize),
}

impl Score {
    /// A mutant that hangs is noticed as well as one that fails.
    fn noticed(&self) -> usize {
        self.caught + self.timed_out
    }

    fn per_cent(&self) -> f64 {
        let viable = self.noticed() + self.missed.len();
        100.0 * self.noticed() as f64 / viable.max(1) as f64
    }
}

/// Writes target/mutants.md from the results that are there, with the reasons that stand in docs/mutants.md.
pub(crate) fn report() -> Result<(), Failure> {
    let mut scores = Vec::new();
    for target in TARGETS {
        scores.push((target.package, score(target)?));
    }
    let reviewed = fs::read_to_string(root().join("docs/mutants.md")).unwrap_or_default();
    let summary = summary(&scores, &reasons(&reviewed));
    let path = root().join("target/mutants.md");
    let fail =
        |error: std::io::Error| Failure::new(format!("cannot write {}: {error}", path.display()));
    fs::create_dir_all(root().join("target")).map_err(fail)?;
    fs::write(&path, &summary).map_err(fail)?;
    println!("{summary}");
    let low: Vec<&str> = scores
        .iter()
        .filter(|(_, score)| score.shards.0 > 0 && score.per_cent() < DEMANDED)
        .map(|(package, _)| *package)
        .collect();
    if !low.is_empty() {
        return Err(Failure::new(format!(
            "under {DEMANDED} %: {}",
            low.join(", ")
        )));
    }
    if summary.contains(NO_REASON) {
        return Err(Failure::new(
            "survivors without a reason: say it in docs/mutants.md, in the form of target/mutants.md",
        ));
    }
    Ok(())
}

fn score(target: &Target) -> Result<Score, Failure> {
    let mut score = Score {
        shards: (0, target.shards),
        ..Score::default()
    };
    for shard in 0..target.shards {
        let folder = shard_folder(target, shard);
        if !folder.join(DONE).exists() {
            continue;
        }
        score.shards.0 += 1;
        let folder = folder.join("mutants.out");
        score.caught += lines(&folder, "caught.txt").len();
        score.timed_out += lines(&folder, "timeout.txt").len();
        score.unviable += lines(&folder, "unviable.txt").len();
        score.missed.extend(
            lines(&folder, "missed.txt")
                .iter()
                .map(|line| without_place(line)),
        );
    }
    score.missed.sort();
    let is_whole = score.shards.0 == score.shards.1;
    if is_whole && score.noticed() + score.unviable + score.missed.len() == 0 {
        return Err(Failure::new(format!(
            "{}: no mutant in {}: were the files moved? They are listed in xtask/src/mutants.rs",
            target.package,
            target.files.join(", ")
        )));
    }
    Ok(score)
}

fn lines(folder: &Path, file: &str) -> Vec<String> {
    let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// A mutant's description without line and column, which change with every edit.
fn without_place(line: &str) -> String {
    let mut parts = line.splitn(4, ':');
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(file), Some(row), Some(column), Some(rest))
            if is_number(row) && is_number(column) =>
        {
            format!("{file}:{rest}")
        }
        _ => line.to_owned(),
    }
}

const HEAD: &str = "\
# Mutation testing
Written by `cargo xtask mutants`, which changes the sources below in one place at a time and runs their
crate's tests. At least 95 % of the viable mutants must be noticed: a test fails, or hangs. The reasons for
survivors are those of docs/mutants.md.
";

fn summary(scores: &[(&str, Score)], reasons: &BTreeMap<String, String>) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n| crate | noticed | of them by time limit | survived | did not compile | score | shards run |\n");
    text.push_str("|---|---|---|---|---|---|---|\n");
    for (package, score) in scores {
        let per_cent = match score.shards.0 {
            0 => "not run".to_owned(),
            _ => format!("{:.1} %", score.per_cent()),
        };
        text.push_str(&format!(
            "| `{package}` | {} | {} | {} | {} | {per_cent} | {} of {} |\n",
            score.noticed(),
            score.timed_out,
            score.missed.len(),
            score.unviable,
            score.shards.0,
            score.shards.1,
        ));
    }
    for (package, score) in scores {
        if score.missed.is_empty() {
            continue;
        }
        text.push_str(&format!("\n## Survivors of `{package}`\n"));
        for mutant in &score.missed {
            let reason = reasons.get(mutant).map_or(NO_REASON, String::as_str);
            text.push_str(&format!("- `{mutant}` - {reason}\n"));
        }
    }
    text
}

/// The reasons that stand in a summary, by mutant.
fn reasons(summary: &str) -> BTreeMap<String, String> {
    summary
        .lines()
        .filter_map(|line| line.strip_prefix("- `")?.split_once("` - "))
        .map(|(mutant, reason)| (mutant.to_owned(), reason.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survivors_keep_their_reasons_when_lines_move() {
        let mutant = without_place("crates/a/src/b.rs:12:5: replace c -> bool with true");
        assert_eq!(mutant, "crates/a/src/b.rs: replace c -> bool with true");
        assert_eq!(without_place("no: place"), "no: place");
        let score = Score {
            caught: 18,
            timed_out: 1,
            unviable: 4,
            missed: vec![mutant.clone()],
            shards: (2, 2),
        };
        let first = summary(&[("a", score)], &BTreeMap::new());
        assert!(first.contains("| `a` | 19 | 1 | 1 | 4 | 95.0 % | 2 of 2 |"));
        assert!(first.contains(NO_REASON));
        let edited = first.replace(NO_REASON, "the same `c` either way");
        let kept = reasons(&edited);
        assert_eq!(kept[&mutant], "the same `c` either way");
    }

    #[test]
    fn what_did_not_run_has_no_score() {
        let score = Score {
            shards: (0, 4),
            ..Score::default()
        };
        assert!(summary(&[("a", score)], &BTreeMap::new()).contains("| not run | 0 of 4 |"));
    }

    #[test]
    fn every_pattern_names_files() {
        for target in TARGETS {
            for pattern in target.files {
                let name = pattern.trim_end_matches("/**").trim_end_matches('*');
                let (folder, name) = name.rsplit_once('/').unwrap();
                let files = fs::read_dir(root().join(folder)).unwrap();
                let named = files
                    .flatten()
                    .filter(|file| file.file_name().to_string_lossy().starts_with(name))
                    .count();
                assert!(named > 0, "{pattern}");
            }
        }
    }
}
