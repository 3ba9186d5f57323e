//! `cargo xtask conformance packages`: packages of ours before verifiers that we did not write, and
//! packages that were tampered with before ours.
//!
//! xmlsec1 and a JDK are installed with apt-get, signxml with pip into a virtual environment under
//! target, where they are missing.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{Failure, command, output, root, run};

/// How many packages are made.
const PACKAGES: usize = 200;
/// The release of signxml that the script is written for.
pub(crate) const SIGNXML: &str = "signxml==5.2.*";
/// The release of python-xmlsec that is measured.
pub(crate) const XMLSEC: &str = "xmlsec==1.3.*";
/// The table of tamperings that the tests of portal-asice keep.
const TABLE: &str = "crates/portal-asice/tests/it/snapshots/\
                     it__tampering__the_errors_say_what_was_changed.snap";
/// How many of its lines are of kinds that must each have an error of its own.
const KINDS: usize = 12;

/// Runs everything; fails if one verifier refuses one package, or ours takes a tampered one.
pub(crate) fn check() -> Result<(), Failure> {
    let folder = root().join("target/conformance");
    let packages = folder.join("packages");
    if packages.exists() {
        fs::remove_dir_all(&packages).map_err(cannot("remove", &packages))?;
    }
    let packages_text = text(&packages)?;
    let count = PACKAGES.to_string();
    run(&mut command(
        "cargo",
        &[
            "run",
            "--quiet",
            "--package",
            "portal-asice",
            "--example",
            "conformance_packages",
            "--",
            packages_text,
            &count,
        ],
    ))?;

    install(&[("xmlsec1", "xmlsec1"), ("java", "default-jdk-headless")])?;
    let python = python(&["signxml"], &[SIGNXML])?;
    // This one unpacks the packages, too.
    run(&mut command(
        text(&python)?,
        &["xtask/conformance/verify.py", packages_text],
    ))?;
    run(&mut command(
        "java",
        &["xtask/conformance/Verify.java", packages_text],
    ))?;
    xmlsec(&packages)?;
    tamperings()
}

/// Verifies every unpacked package with xmlsec1.
fn xmlsec(packages: &Path) -> Result<(), Failure> {
    let mut accepted = 0;
    for index in 0..PACKAGES {
        let folder = packages.join(format!("{index:03}"));
        let outcome = command(
            "xmlsec1",
            &[
                "--verify",
                "--id-attr:Id",
                "http://uri.etsi.org/01903/v1.3.2#:SignedProperties",
                "--trusted-pem",
                "../root.pem",
                "META-INF/signatures.xml",
            ],
        )
        .current_dir(&folder)
        .output()
        .map_err(|error| Failure::new(format!("cannot start xmlsec1: {error}")))?;
        if outcome.status.success() {
            accepted += 1;
        } else {
            println!(
                "xmlsec1 refuses {index:03}: {}",
                String::from_utf8_lossy(&outcome.stderr)
            );
        }
    }
    println!("xmlsec1: {accepted} of {PACKAGES} accepted");
    if accepted == PACKAGES {
        Ok(())
    } else {
        Err(Failure::new("xmlsec1 refuses packages"))
    }
}

/// Has the tests of portal-asice try the tamperings, and prints their table.
fn tamperings() -> Result<(), Failure> {
    let tests = [
        "test",
        "--quiet",
        "--package",
        "portal-asice",
        "--test",
        "it",
        "--",
        "tampering::",
    ];
    output(&mut command("cargo", &tests))?;
    let path = root().join(TABLE);
    let table = fs::read_to_string(&path).map_err(cannot("read", &path))?;
    let lines = table
        .lines()
        .skip_while(|line| !line.starts_with("byte of"));
    println!("tampering, and what portal-asice says:");
    let mut kinds = 0;
    for line in lines {
        if !line.starts_with(' ') {
            kinds += 1;
        }
        if kinds <= KINDS {
            println!("  {line}");
        }
    }
    println!("{kinds} kinds of tampering refused, {KINDS} of them each with an error of its own");
    if kinds >= KINDS {
        Ok(())
    } else {
        Err(Failure::new("the table of tamperings is too short"))
    }
}

/// Installs packages whose commands are missing.
fn install(commands: &[(&str, &str)]) -> Result<(), Failure> {
    let missing: Vec<&str> = commands
        .iter()
        .filter(|(program, _)| command(program, &["--version"]).output().is_err())
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    run(&mut command("apt-get", &["update", "-qq"]))?;
    run(command("apt-get", &["install", "-y", "-qq"]).args(missing))
}

/// A Python with these modules, made on first use.
pub(crate) fn python(modules: &[&str], requirements: &[&str]) -> Result<PathBuf, Failure> {
    let environment = root().join("target/conformance/python");
    let python = environment.join("bin/python");
    let import = format!("import {}", modules.join(", "));
    let has_all = command(text(&python)?, &["-c", &import])
        .output()
        .is_ok_and(|outcome| outcome.status.success());
    if !has_all {
        run(&mut command(
            "python3",
            &["-m", "venv", text(&environment)?],
        ))?;
        let install = ["-m", "pip", "install", "--quiet"];
        run(command(text(&python)?, &install).args(requirements))?;
    }
    Ok(python)
}

fn text(path: &Path) -> Result<&str, Failure> {
    path.to_str()
        .ok_or_else(|| Failure::new(format!("{} is not UTF-8", path.display())))
}

fn cannot(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    let path = path.display().to_string();
    move |error| Failure::new(format!("cannot {what} {path}: {error}"))
}
