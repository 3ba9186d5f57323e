//! `cargo xtask pdf-fixtures`: signed PDFs by pyHanko and openssl, and what pyHanko and pdfsig say of
//! all that portal-verify reads.
//!
//! Makes 200 sound documents with the sandbox, adds time stamps and DSS dictionaries to three of four,
//! makes the kinds that are broken, writes the small ones to the fixtures of portal-verify, and prints a
//! table. pyHanko is installed with pip into a virtual environment under target, pdfsig with apt-get,
//! where they are missing.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{Failure, command, output, root, run};

/// The release of pyHanko that the script is written for.
const PYHANKO: &str = "pyHanko==0.38.0";
const SCRIPT: &str = "xtask/conformance/pdf_fixtures.py";
const FIXTURES: &str = "crates/portal-verify/tests/fixtures";
/// How many sound documents are made.
const DOCUMENTS: &str = "200";
/// Lines of the table for sound documents must say this, and no other line may.
const SOUND: &str = "| no broken finding,";
/// Broken kinds that show only beside the downloaded signature documents or earlier seals; the tests
/// of portal-verify have them.
const BESIDE_OTHERS: [&str; 3] = ["attachment-exchanged", "other-seal", "wrong-signer-count"];

/// Makes everything and compares; `keep` leaves the committed fixtures as they are.
pub(crate) fn make(keep: bool) -> Result<(), Failure> {
    let folder = root().join("target/pdf-fixtures");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(cannot("remove", &folder))?;
    }
    let (documents, made) = (folder.join("documents"), folder.join("made"));
    let (documents, made_text) = (text(&documents)?, text(&made)?);
    let example = ["run", "--quiet", "--package", "portal-verify", "--example"];
    let arguments = ["sandbox_documents", "--", documents, DOCUMENTS];
    run(command("cargo", &example).args(arguments))?;
    let python = python(&folder)?;
    let python = text(&python)?;
    let mut making = command(python, &[SCRIPT, "make", documents, made_text]);
    let reference = root().join("../shared/reference/pdf");
    if reference.exists() {
        making.arg(&reference);
    }
    run(&mut making)?;
    let fixtures = made.join("fixtures");
    if keep {
        let committed = root().join(FIXTURES);
        copy(&committed, &fixtures)?;
    } else {
        copy(&fixtures, &root().join(FIXTURES))?;
    }
    compare(python, made_text)
}

/// Prints the table, and fails if it has a false alarm or a kind that was not found.
fn compare(python: &str, made: &str) -> Result<(), Failure> {
    if command("pdfsig", &["-v"]).output().is_err() {
        run(&mut command("apt-get", &["update", "-qq"]))?;
        let install = ["install", "-y", "-qq", "poppler-utils"];
        run(&mut command("apt-get", &install))?;
    }
    run(&mut command(
        "cargo",
        &["build", "--quiet", "--package", "portal-cli"],
    ))?;
    let ours = root().join("target/debug/portal");
    let table = output(&mut command(
        python,
        &[SCRIPT, "compare", made, text(&ours)?],
    ))?;
    println!("{table}");
    let wrong: Vec<&str> = table
        .lines()
        .skip(2)
        .filter(|line| {
            let is_broken = line.starts_with("| broken-") || line.starts_with("| kind-");
            let is_alone = !BESIDE_OTHERS.iter().any(|kind| line.contains(kind));
            line.contains(SOUND) == (is_broken && is_alone)
        })
        .collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "portal-verify is wrong about:\n{}",
            wrong.join("\n")
        )))
    }
}

/// A Python with pyHanko, made on first use.
fn python(folder: &Path) -> Result<PathBuf, Failure> {
    let environment = folder.with_file_name("pyhanko");
    let python = environment.join("bin/python");
    let has_all = command(text(&python)?, &["-c", "import pyhanko"]).output();
    if !has_all.is_ok_and(|outcome| outcome.status.success()) {
        run(&mut command(
            "python3",
            &["-m", "venv", text(&environment)?],
        ))?;
        let install = ["-m", "pip", "install", "--quiet", PYHANKO];
        run(&mut command(text(&python)?, &install))?;
    }
    Ok(python)
}

/// Copies the PDFs of a folder to another.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    for entry in fs::read_dir(from).map_err(cannot("read", from))? {
        let path = entry.map_err(cannot("read", from))?.path();
        let Some(name) = path.file_name() else {
            continue;
        };
        if path.extension().is_some_and(|extension| extension == "pdf") {
            fs::copy(&path, to.join(name)).map_err(cannot("copy", &path))?;
        }
    }
    Ok(())
}

fn text(path: &Path) -> Result<&str, Failure> {
    path.to_str()
        .ok_or_else(|| Failure::new(format!("{} is not UTF-8", path.display())))
}

fn cannot(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    let path = path.display().to_string();
    move |error| Failure::new(format!("cannot {what} {path}: {error}"))
}
