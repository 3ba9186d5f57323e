//! `cargo xtask words`: public docs and user-visible texts say what CONTRIBUTING's list of words says, and
//! no file names what was renamed.

mod list;
mod mask;
mod rust;
mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use self::mask::Public;
use self::search::Finding;
use crate::process::{Failure, output, root};

/// Fails on every word that is not to be used, with what to say instead.
pub(crate) fn check() -> Result<(), Failure> {
    let files = files()?;
    let mut count = 0_usize;
    for (path, findings) in &files {
        for finding in findings {
            println!("{}:{finding}", path.display());
            count += 1;
        }
    }
    if count == 0 {
        println!("words: {} files, none to replace", files.len());
        return Ok(());
    }
    Err(Failure::new(format!(
        "{count} words to replace; `words: allow` in a comment on the line or above it exempts one"
    )))
}

/// Prints how many there are in each crate, and which.
pub(crate) fn count() -> Result<(), Failure> {
    let mut crates: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut words: BTreeMap<String, usize> = BTreeMap::new();
    for (path, findings) in files()? {
        let (docs, names) = crates.entry(owner(&path)).or_default();
        for finding in findings {
            *(if finding.is_name {
                &mut *names
            } else {
                &mut *docs
            }) += 1;
            *words.entry(finding.found).or_default() += 1;
        }
    }
    println!("{:<22} {:>6} {:>6}", "", "words", "names");
    for (name, (docs, names)) in &crates {
        println!("{name:<22} {docs:>6} {names:>6}");
    }
    let (docs, names) = crates
        .values()
        .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    println!("{:<22} {docs:>6} {names:>6}\n", "all");
    let mut by_number: Vec<_> = words.into_iter().collect();
    by_number.sort_by_key(|(word, number)| (usize::MAX - number, word.clone()));
    for (word, number) in by_number {
        println!("{number:>6} {word}");
    }
    Ok(())
}

/// The names in a Rust source's code.
pub(crate) fn names_in(source: &str) -> Vec<String> {
    rust::pieces(source)
        .into_iter()
        .filter(|piece| piece.kind == rust::Kind::Ident)
        .map(|piece| source[piece.place].to_owned())
        .collect()
}

/// The crate that a file belongs to, or the folder it is in.
fn owner(path: &Path) -> String {
    let mut parts = path.iter().map(|part| part.to_string_lossy().into_owned());
    match (parts.next(), parts.next()) {
        (Some(first), Some(second)) if first == "crates" => second,
        (Some(first), Some(_)) => first,
        _ => "the workspace's pages".to_owned(),
    }
}

/// What is found in each file that git knows or would add.
fn files() -> Result<Vec<(PathBuf, Vec<Finding>)>, Failure> {
    let listed = output(&mut crate::process::command(
        "git",
        &[
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ],
    ))?;
    let mut sources = BTreeMap::new();
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        let path = PathBuf::from(name);
        if kind(&path).is_none() || is_ours(&path) {
            continue;
        }
        // A file that was deleted and not yet committed is listed as well.
        if let Ok(text) = fs::read_to_string(root().join(&path)) {
            sources.insert(path, text);
        }
    }
    let tests = test_files(&sources);
    Ok(sources
        .into_iter()
        .map(|(path, source)| {
            let kind = kind(&path).unwrap_or(FileKind::Text);
            let in_test = tests.iter().any(|test| path.starts_with(test));
            let findings = findings(kind, in_test, &source);
            (path, findings)
        })
        .collect())
}

/// The tool's own list and tests name every word.
fn is_ours(path: &Path) -> bool {
    path.starts_with("xtask/src/words") || path.starts_with("xtask/src/words.rs")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileKind {
    Rust(Public),
    Text,
    Html,
    Script,
    Snapshot,
}

/// How a file is searched, if at all.
fn kind(path: &Path) -> Option<FileKind> {
    let has = |folder: &str| path.iter().any(|part| part == folder);
    let in_crate = path.starts_with("crates");
    let ending = path.extension()?.to_str()?;
    match ending {
        "rs" if has("examples") => Some(FileKind::Rust(Public::Example)),
        "rs" if (in_crate || path.starts_with("xtask")) && path.iter().nth_back(0).is_some() => {
            let in_source = has("src") && !has("tests") && !has("benches");
            Some(FileKind::Rust(if in_source {
                Public::Source
            } else {
                Public::Nothing
            }))
        }
        "rs" if path.starts_with("templates") => Some(FileKind::Rust(Public::Example)),
        "rs" => Some(FileKind::Rust(Public::Nothing)),
        "md" if path.starts_with("tests") => None,
        "md" => Some(FileKind::Text),
        // The description and the features' comments are on the crate's page.
        "toml" if path.ends_with("Cargo.toml") => Some(FileKind::Text),
        "html" if in_crate => Some(FileKind::Html),
        "js" if in_crate => Some(FileKind::Script),
        "snap" => Some(FileKind::Snapshot),
        _ => None,
    }
}

/// The files of modules that are compiled for tests alone, and their folders.
fn test_files(sources: &BTreeMap<PathBuf, String>) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for (path, source) in sources {
        if !matches!(kind(path), Some(FileKind::Rust(_))) {
            continue;
        }
        let is_root = path
            .file_stem()
            .is_some_and(|stem| matches!(stem.to_str(), Some("lib" | "main" | "mod")));
        let folder = if is_root {
            path.parent().map(Path::to_path_buf).unwrap_or_default()
        } else {
            path.with_extension("")
        };
        for module in rust::tests_only(source, &rust::pieces(source)).modules {
            found.insert(folder.join(format!("{module}.rs")));
            found.insert(folder.join(module));
        }
    }
    found
}

fn findings(kind: FileKind, in_test: bool, source: &str) -> Vec<Finding> {
    let shown = match kind {
        FileKind::Rust(_) if in_test => mask::rust(source, Public::Nothing),
        FileKind::Rust(public) => mask::rust(source, public),
        FileKind::Text => mask::text(source),
        FileKind::Html => mask::html(source),
        FileKind::Script => mask::script(source),
        FileKind::Snapshot => mask::snapshot(source),
    };
    let mut findings = search::words(&shown, list::WORDS);
    if let FileKind::Rust(_) = kind {
        let (shown, pieces) = mask::names(source);
        findings.extend(search::names(source, &shown, &pieces));
    }
    let allowed = search::allowed_lines(source);
    findings.retain(|finding| !allowed.contains(&finding.line));
    findings.sort_by_key(|finding| finding.line);
    // What is a word and a name on the list is reported once.
    let words: Vec<(usize, String)> = findings
        .iter()
        .filter(|finding| !finding.is_name)
        .map(|finding| (finding.line, finding.found.clone()))
        .collect();
    findings.retain(|finding| {
        !finding.is_name
            || !words
                .iter()
                .any(|(line, word)| (*line, word) == (finding.line, &finding.found))
    });
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(kind: FileKind, source: &str) -> Vec<String> {
        findings(kind, false, source)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn the_message_names_line_word_and_replacement() {
        let source = "/// Gives the Answer, and what\n/// is to be\n/// had.\nfn answer() { f(\"mend\"); }\n";
        assert_eq!(
            lines(FileKind::Rust(Public::Source), source),
            [
                "1: answer -> say response",
                "2: to be had -> say available",
                "4: mend -> say fix, help",
            ]
        );
    }

    #[test]
    fn renamed_names_are_found_in_code_and_tests() {
        let removed = lines(FileKind::Rust(Public::Nothing), "a.issuer_common_name()");
        assert_eq!(removed, ["1: issuer_common_name -> was removed"]);
        let source = "use a::{SetUpError, grace};\n// A SetUpError, and `grace`; with grace.\n";
        assert_eq!(
            lines(FileKind::Rust(Public::Nothing), source),
            [
                "1: SetUpError -> is called BuildError",
                "1: grace -> is called shutdown_timeout",
                "2: SetUpError -> is called BuildError",
                "2: grace -> is called shutdown_timeout",
            ]
        );
    }

    #[test]
    fn ordinary_words_at_the_beginning_of_a_sentence_are_no_names() {
        let source = "/// Notify is what a type was called, [`Notify`] and `Notify::email`.\n// Pacing is a word here.\n";
        let found = lines(FileKind::Rust(Public::Nothing), source);
        assert_eq!(found, ["1: Notify -> is called Notification"; 2]);
    }

    #[test]
    fn what_is_word_and_name_is_reported_once() {
        let source = "/// The `grace`.\nfn f(grace: u8) {}\n";
        assert_eq!(
            lines(FileKind::Rust(Public::Source), source),
            [
                "1: grace -> say shutdown timeout",
                "2: grace -> is called shutdown_timeout"
            ]
        );
    }

    #[test]
    fn a_library_may_have_the_same_name() {
        for import in [
            "use tokio::sync::Notify;",
            "use tokio::sync::{Mutex, Notify};",
        ] {
            let source = format!("{import}\nfn f(a: Notify) {{}}\n");
            assert!(
                lines(FileKind::Rust(Public::Source), &source).is_empty(),
                "{import}"
            );
        }
        let source = "use tokio::sync::Mutex;\nfn f(a: Notify) {}\n";
        assert_eq!(lines(FileKind::Rust(Public::Source), source).len(), 1);
    }

    #[test]
    fn a_marker_exempts_its_line_or_the_next() {
        let page = "An answer. <!-- words: allow -->\nanswer\n<!-- words: allow -->\nanswer\nanswer\n\
            <!-- words: allow begin -->\n| answer |\n| mend |\n<!-- words: allow end -->\nanswer\n";
        let found: Vec<usize> = findings(FileKind::Text, false, page)
            .iter()
            .map(|finding| finding.line)
            .collect();
        assert_eq!(found, [2, 5, 10]);
        let code = "f(\"door\"); // words: allow\n// words: allow\n/// door\n/// door\nfn a() {}\n";
        assert_eq!(lines(FileKind::Rust(Public::Source), code).len(), 1);
    }

    #[test]
    fn modules_for_tests_in_other_files_are_exempt() {
        let mut sources = BTreeMap::new();
        let mut add = |path: &str, text: &str| sources.insert(PathBuf::from(path), text.to_owned());
        add("crates/a/src/lib.rs", "#[cfg(test)]\nmod tests;\nmod b;\n");
        add("crates/a/src/b.rs", "#[cfg(test)]\npub(crate) mod stage;\n");
        let found: Vec<String> = test_files(&sources)
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        assert_eq!(
            found,
            [
                "crates/a/src/b/stage",
                "crates/a/src/b/stage.rs",
                "crates/a/src/tests",
                "crates/a/src/tests.rs",
            ]
        );
    }

    #[test]
    fn each_file_is_searched_for_what_it_is() {
        let kind_of = |path: &str| kind(Path::new(path));
        assert_eq!(kind_of("README.md"), Some(FileKind::Text));
        assert_eq!(kind_of("tests/peer-tests.md"), None);
        assert_eq!(kind_of("crates/a/Cargo.toml"), Some(FileKind::Text));
        assert_eq!(kind_of("deny.toml"), None);
        assert_eq!(
            kind_of("crates/a/src/b.rs"),
            Some(FileKind::Rust(Public::Source))
        );
        assert_eq!(
            kind_of("crates/a/tests/it/b.rs"),
            Some(FileKind::Rust(Public::Nothing))
        );
        assert_eq!(
            kind_of("crates/a/examples/b.rs"),
            Some(FileKind::Rust(Public::Example))
        );
        assert_eq!(
            kind_of("tests/it/b.rs"),
            Some(FileKind::Rust(Public::Nothing))
        );
        assert_eq!(kind_of("crates/a/templates/b.html"), Some(FileKind::Html));
        assert_eq!(kind_of("crates/a/assets/b.js"), Some(FileKind::Script));
        assert_eq!(
            kind_of("crates/a/src/b/snapshots/c.snap"),
            Some(FileKind::Snapshot)
        );
        assert_eq!(kind_of("crates/a/assets/b.css"), None);
    }
}
