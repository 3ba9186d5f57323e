//! `cargo xtask public-api`: each library's public items, as rustdoc knows them, in a committed list that
//! the gate compares; which types of other crates stand in them; whether two libraries share a name; and whether
//! enums can grow without breaking their users.

mod foreign;
mod growth;
mod listing;
mod names;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use serde_json::Value;

use self::listing::Listing;
use crate::process::{Failure, command, output, root, run};

/// The libraries, from the lowest layer up.
const LIBRARIES: &[&str] = &[
    "portal-model",
    "portal-rules",
    "portal-certificate",
    "portal-asice",
    "portal-verify",
    "portal-transport",
    "portal-client",
    "portal-relay",
    "portal-sandbox",
];

/// Writes the lists to `docs/api/`.
pub(crate) fn write() -> Result<(), Failure> {
    every_library_is_listed()?;
    let mut table = Vec::new();
    for package in LIBRARIES {
        let listing = listing(package)?;
        let path = snapshot(package);
        let folder = root().join("docs/api");
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&path, listing.text(package)))
            .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))?;
        table.push((*package, listing));
    }
    print_table(&table);
    foreign_types(&table)?;
    shared_names(&table)?;
    may_grow(&table)
}

/// Fails where a list is not the committed one, a foreign type is not on the list of those allowed, two
/// libraries have a type of one name, or an enum that may grow has variants that may not.
pub(crate) fn check() -> Result<(), Failure> {
    every_library_is_listed()?;
    let mut table = Vec::new();
    let mut changed = Vec::new();
    for package in LIBRARIES {
        let listing = listing(package)?;
        let path = snapshot(package);
        match fs::read_to_string(&path) {
            Ok(committed) => {
                let differences = listing::differences(&committed, &listing.text(package));
                if !differences.is_empty() {
                    println!("{package}:\n{}", differences.join("\n"));
                    changed.push(*package);
                }
            }
            Err(error) => {
                println!("{package}: cannot read {}: {error}", path.display());
                changed.push(*package);
            }
        }
        table.push((*package, listing));
    }
    print_table(&table);
    foreign_types(&table)?;
    shared_names(&table)?;
    may_grow(&table)?;
    if changed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the public API of {} is not as committed in docs/api: if it is meant to change, run \
         `cargo xtask public-api`, read the difference, and commit it",
        changed.join(", ")
    )))
}

/// Prints how many items each library has.
pub(crate) fn count() -> Result<(), Failure> {
    let mut table = Vec::new();
    for package in LIBRARIES {
        table.push((*package, listing(package)?));
    }
    print_table(&table);
    foreign_types(&table)
}

fn print_table(table: &[(&str, Listing)]) {
    print!("{:<20} {:>6}", "", "items");
    for kind in listing::KINDS {
        print!(" {kind:>9}");
    }
    println!();
    let mut sums = vec![0; listing::KINDS.len()];
    for (package, listing) in table {
        let counts = listing.counts();
        print_row(package, &counts);
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    print_row("all", &sums);
}

fn print_row(name: &str, counts: &[usize]) {
    print!("{name:<20} {:>6}", counts.iter().sum::<usize>());
    for count in counts {
        print!(" {count:>9}");
    }
    println!();
}

fn foreign_types(table: &[(&str, Listing)]) -> Result<(), Failure> {
    let mut problems = Vec::new();
    for (package, listing) in table {
        problems.extend(foreign::problems(package, listing));
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{}\n       {} types of other crates are not on the list in xtask/src/public_api/foreign.rs, or not \
         used any more: hide them behind a type of ours, or list them with the reason",
        problems.join("\n       "),
        problems.len()
    )))
}

fn shared_names(table: &[(&str, Listing)]) -> Result<(), Failure> {
    let problems = names::problems(table.iter().flat_map(|(_, listing)| listing.types()));
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{}\n       rename one of them, or list the name with the reason in xtask/src/public_api/names.rs",
        problems.join("\n       ")
    )))
}

fn may_grow(table: &[(&str, Listing)]) -> Result<(), Failure> {
    let problems = growth::against_list(table.iter().flat_map(|(_, listing)| listing.growth()));
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{}\n       add #[non_exhaustive], with a constructor where users make it, or list the enum with the \
         reason in xtask/src/public_api/growth.rs",
        problems.join("\n       ")
    )))
}

fn snapshot(package: &str) -> PathBuf {
    root().join("docs/api").join(format!("{package}.txt"))
}

fn every_library_is_listed() -> Result<(), Failure> {
    let metadata = metadata()?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let path = package["manifest_path"].as_str().unwrap_or_default();
        let targets = package["targets"].as_array().cloned().unwrap_or_default();
        let is_library = targets.iter().any(|target| {
            target["kind"]
                .as_array()
                .is_some_and(|kinds| kinds.contains(&"lib".into()))
        });
        if is_library && path.contains("/crates/") && !LIBRARIES.contains(&name) {
            return Err(Failure::new(format!(
                "the library {name} is not in the list of xtask/src/public_api.rs"
            )));
        }
    }
    Ok(())
}

fn metadata() -> Result<Value, Failure> {
    let text = output(&mut command(
        "cargo",
        &["metadata", "--no-deps", "--format-version", "1"],
    ))?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::new(format!("cargo metadata gave no JSON: {error}")))
}

fn listing(package: &str) -> Result<Listing, Failure> {
    let wrapper = std::env::current_exe()
        .map_err(|error| Failure::new(format!("cannot find this program: {error}")))?;
    let target = metadata()?["target_directory"]
        .as_str()
        .unwrap_or("target")
        .to_owned();
    let mut rustdoc = command("cargo", &["rustdoc", "--quiet", "--lib", "--all-features"]);
    rustdoc
        .args(["--package", package, "--"])
        .args(["-Z", "unstable-options", "--output-format", "json"])
        .args(["--cap-lints", "allow"])
        .env("RUSTDOC", wrapper)
        .env(AS_RUSTDOC, "1");
    run(&mut rustdoc)?;
    let file = format!("{}.json", package.replace('-', "_"));
    Listing::read(&PathBuf::from(target).join("doc").join(file))
}

/// Set where cargo starts this program in rustdoc's place.
const AS_RUSTDOC: &str = "PORTAL_XTASK_AS_RUSTDOC";

/// Runs rustdoc with its unstable options, if cargo started this program as rustdoc: its JSON is one of
/// them on the stable toolchain. For all of cargo, `RUSTC_BOOTSTRAP` would build every dependency again
/// with the unstable features that their build scripts then find.
pub(crate) fn as_rustdoc() -> Option<ExitCode> {
    std::env::var_os(AS_RUSTDOC)?;
    let status = Command::new("rustdoc")
        .args(std::env::args_os().skip(1))
        .env_remove(AS_RUSTDOC)
        .env("RUSTC_BOOTSTRAP", "1")
        .status();
    Some(match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: cannot start rustdoc: {error}");
            ExitCode::FAILURE
        }
    })
}
