//! Jobs from a shell, against a sandbox that runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::{portal, shown};

mod ending;
mod sending;

pub(crate) fn run(path: &Path, arguments: &[&str]) -> Output {
    portal(path, &[&["--profile=sandbox"], arguments].concat())
}

pub(crate) fn code(path: &Path, arguments: &[&str]) -> i32 {
    run(path, arguments).status.code().unwrap()
}

pub(crate) fn text(path: &Path, arguments: &[&str]) -> String {
    shown(path, &[&["--profile=sandbox"], arguments].concat())
}

/// A job with one signer, by flags.
pub(crate) fn send_small(path: &Path, reference: &str, more: &[&str]) -> Output {
    let reference = format!("--reference={reference}");
    let all = [
        &[
            "send",
            "--pdf=agreement.pdf",
            "--title=Agreement",
            "--to=signer@example.com",
            &reference,
        ],
        more,
    ]
    .concat();
    run(path, &all)
}

pub(crate) fn sandbox_does(path: &Path, arguments: &[&str]) {
    let output = portal(path, &[&["sandbox"], arguments].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
}

pub(crate) fn creates(path: &Path) -> usize {
    let calls = portal(path, &["sandbox", "calls", "--operation=create"]).stdout;
    String::from_utf8(calls).unwrap().lines().count()
}

/// The files below a folder with this content.
pub(crate) fn stored_copies(folder: &Path, content: &[u8]) -> Vec<PathBuf> {
    let mut copies = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            copies.extend(stored_copies(&path, content));
        } else if fs::read(&path).unwrap() == content {
            copies.push(path);
        }
    }
    copies
}
