//! `cargo xtask doc-links`: the built documentation, searched for what rustdoc's own warnings let pass:
//! brackets that became no link, and links to files or headings that are not there.

mod page;

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use self::page::Page;
use crate::process::{Failure, command, output, run};

/// Pages of every documentation, whose links suppose that a list of crates was built.
const RUSTDOCS_OWN: &[&str] = &["help.html", "settings.html"];

/// Builds the documentation afresh, with rustdoc's warnings denied, and searches it.
pub(crate) fn check() -> Result<(), Failure> {
    // Pages of items that are gone would be searched too.
    run(&mut command("cargo", &["clean", "--doc", "--quiet"]))?;
    // Rustdoc links to a crate whose pages it finds, and cargo builds a workspace's crates in any order:
    // the second time all are there but the one that is built.
    let build = ["doc", "--workspace", "--no-deps", "--all-features"];
    run(command("cargo", &build).args(["--quiet"]))?;
    run(command("cargo", &build)
        .args(["--quiet", "--jobs", "1"])
        .env("RUSTDOCFLAGS", "-D warnings"))?;
    search(&folder()?)
}

fn folder() -> Result<PathBuf, Failure> {
    let text = output(&mut command(
        "cargo",
        &["metadata", "--no-deps", "--format-version", "1"],
    ))?;
    let metadata: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::new(format!("cargo metadata gave no JSON: {error}")))?;
    let target = metadata["target_directory"].as_str().unwrap_or("target");
    Ok(Path::new(target).join("doc"))
}

fn search(folder: &Path) -> Result<(), Failure> {
    let mut pages = Pages::read(folder)?;
    let mut problems = Vec::new();
    let mut links = 0_usize;
    for path in pages.paths() {
        // Sources are shown as they are, and link by their own script; the others are rustdoc's.
        if path.starts_with("src") || RUSTDOCS_OWN.iter().any(|own| path == Path::new(own)) {
            continue;
        }
        let page = pages.page(&path);
        for text in &page.brackets {
            problems.push(format!(
                "{}: literal {text} -> give the link a target that this crate can name: \
                 [`Name`](path::Name) of a dependency, or plain `Name`",
                path.display()
            ));
        }
        for link in &page.links {
            links += 1;
            if let Some(problem) = pages.problem(&path, link) {
                problems.push(format!(
                    "{}: dead link {link:?}: {problem} -> correct it, or link to docs.rs or to the code",
                    path.display()
                ));
            }
        }
    }
    for problem in &problems {
        println!("{problem}");
    }
    if problems.is_empty() {
        println!("doc-links: {} pages, {links} links", pages.paths().len());
        Ok(())
    } else {
        Err(Failure::new(format!(
            "{} problems in the built documentation",
            problems.len()
        )))
    }
}

/// The files under a folder, by their path from it; pages are read when they are asked for.
struct Pages {
    folder: PathBuf,
    files: HashMap<PathBuf, Option<std::rc::Rc<Page>>>,
}

impl Pages {
    fn read(folder: &Path) -> Result<Self, Failure> {
        let mut files = HashMap::new();
        let mut open = vec![folder.to_path_buf()];
        while let Some(next) = open.pop() {
            let entries = fs::read_dir(&next).map_err(|error| {
                Failure::new(format!("cannot read {}: {error}", next.display()))
            })?;
            for entry in entries.flatten() {
                let path = entry.path();
                if path.is_dir() {
                    open.push(path);
                } else if let Ok(path) = path.strip_prefix(folder) {
                    files.insert(path.to_path_buf(), None);
                }
            }
        }
        let folder = folder.to_path_buf();
        Ok(Self { folder, files })
    }

    fn paths(&self) -> Vec<PathBuf> {
        let is_page = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "html");
        let mut paths: Vec<PathBuf> = self.files.keys().filter(is_page).cloned().collect();
        paths.sort();
        paths
    }

    fn page(&mut self, path: &Path) -> std::rc::Rc<Page> {
        if let Some(Some(page)) = self.files.get(path) {
            return page.clone();
        }
        let html = fs::read_to_string(self.folder.join(path)).unwrap_or_default();
        let page = std::rc::Rc::new(Page::parse(&html));
        self.files.insert(path.to_path_buf(), Some(page.clone()));
        page
    }

    /// Why a link leads nowhere. Links that name a scheme or a host are not followed.
    fn problem(&mut self, from: &Path, link: &str) -> Option<String> {
        let first = link.split(['/', '#', '?']).next().unwrap_or_default();
        if first.contains("::") {
            return Some("a path that rustdoc could not resolve".to_owned());
        }
        let is_elsewhere = link.starts_with("//") || first.contains(':');
        if is_elsewhere {
            return None;
        }
        let (address, fragment) = link.split_once('#').unwrap_or((link, ""));
        let address = address.split('?').next().unwrap_or_default();
        let target = resolve(from, &decode(address));
        if !self.files.contains_key(&target) {
            return Some(format!("there is no {}", target.display()));
        }
        // Lines of sources are marked by a script; `#` alone is the page's beginning.
        if fragment.is_empty() || target.starts_with("src") {
            return None;
        }
        // An item that is exported elsewhere has a page there; the one at its own place leads to it.
        let mut page = self.page(&target);
        if let Some(next) = &page.redirect {
            page = self.page(&resolve(&target, &decode(next)));
        }
        let is_there = page.ids.contains(fragment) || page.ids.contains(&decode(fragment));
        (!is_there).then(|| format!("{} has no #{fragment}", target.display()))
    }
}

/// The file that a link without its fragment leads to.
fn resolve(from: &Path, address: &str) -> PathBuf {
    if address.is_empty() {
        return from.to_path_buf();
    }
    let mut path = from.parent().map(Path::to_path_buf).unwrap_or_default();
    for part in Path::new(address).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(part) => path.push(part),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    let is_folder = address.ends_with('/') || address.ends_with("..") || address == ".";
    if is_folder {
        path.join("index.html")
    } else {
        path
    }
}

/// A text with its percent escapes replaced.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let value = escape.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, value) {
            (b'%', Some(value)) => {
                bytes.push(value);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_resolve_as_a_browser_does() {
        let from = Path::new("a/b/index.html");
        let to = |address| resolve(from, address).display().to_string();
        assert_eq!(to(""), "a/b/index.html");
        assert_eq!(to("c.html"), "a/b/c.html");
        assert_eq!(to("./c.html"), "a/b/c.html");
        assert_eq!(to("../c/index.html"), "a/c/index.html");
        assert_eq!(to("../../"), "index.html");
        assert_eq!(to("c/"), "a/b/c/index.html");
        assert_eq!(decode("a%20b%2"), "a b%2");
    }

    #[test]
    fn dead_links_are_found_and_others_not() {
        let file = |path: &str, html: &str| {
            (
                PathBuf::from(path),
                Some(std::rc::Rc::new(Page::parse(html))),
            )
        };
        let mut pages = Pages {
            folder: PathBuf::new(),
            files: HashMap::from([
                file("a/index.html", "<h2 id=\"there\">"),
                file("b/index.html", "<a id=x>"),
                file(
                    "b/c/old.html",
                    "<meta http-equiv=\"refresh\" content=\"0;URL=../index.html\">",
                ),
            ]),
        };
        let mut problem = |link: &str| pages.problem(Path::new("a/index.html"), link);
        for link in [
            "#there",
            "index.html#there",
            "../b/index.html#x",
            "#",
            "https://a/b",
            "mailto:a@b",
            "//a",
        ] {
            assert_eq!(problem(link), None, "{link}");
        }
        assert!(problem("../b/c/old.html#y").is_some());
        assert!(problem("other_crate::Type").unwrap().starts_with("a path"));
        assert_eq!(problem("#gone").unwrap(), "a/index.html has no #gone");
        assert_eq!(problem("c.html").unwrap(), "there is no a/c.html");
        assert_eq!(
            problem("../b/index.html#y").unwrap(),
            "b/index.html has no #y"
        );
    }
}
