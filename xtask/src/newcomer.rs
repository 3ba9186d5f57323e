//! `cargo xtask newcomer`: the project that a new user would write, `templates/newcomer`, builds and passes
//! its tests outside the workspace, by the crates that it is told to use alone.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::process::{Failure, command, output, root, run};

/// What the template may depend on, and whether only its tests may.
const MAY_DEPEND_ON: &[(&str, bool)] = &[("portal-client", false), ("portal-sandbox", true)];

/// The lines that its sources must stay under.
const LINES: usize = 250;

/// Copies the template out of the workspace, and lints and tests it there.
pub(crate) fn check() -> Result<(), Failure> {
    let template = root().join("templates/newcomer");
    if !template.join("Cargo.toml").is_file() {
        return Err(Failure::new(format!(
            "there is no {}: the newcomer's project is to stand there, with a Cargo.toml of its own",
            template.join("Cargo.toml").display()
        )));
    }
    let copy = copy_of(&template)?;
    let sources = sources(&copy)?;
    let lines: usize = sources
        .iter()
        .filter(|(path, _)| path.starts_with(copy.join("src")))
        .map(|(_, text)| text.lines().count())
        .sum();
    if lines >= LINES {
        return Err(Failure::new(format!(
            "the template's src has {lines} lines: a newcomer's project is to need under {LINES}"
        )));
    }
    let mut problems = undue_dependencies(&metadata(&copy)?);
    for (path, text) in &sources {
        for name in undue_names(text) {
            problems.push(format!("{} names {name}", path.display()));
        }
    }
    if !problems.is_empty() {
        return Err(Failure::new(problems.join("\n       ")));
    }
    println!("newcomer: {lines} lines in src, in {}", copy.display());
    // The flags of clippy reach only the template; RUSTFLAGS would build every dependency once more.
    let lint = ["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"];
    run(&mut cargo(&copy, &lint)?)?;
    run(&mut cargo(&copy, &["test", "--quiet"])?)
}

/// Cargo in the copy, with what the workspace has built.
fn cargo(copy: &Path, arguments: &[&str]) -> Result<std::process::Command, Failure> {
    let metadata = metadata(&root())?;
    let target = metadata["target_directory"].as_str().unwrap_or_default();
    let mut cargo = command("cargo", arguments);
    cargo
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only");
    // What is set here for the workspace's own examples is not the newcomer's.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PORTAL_") {
            cargo.env_remove(name);
        }
    }
    Ok(cargo)
}

fn metadata(folder: &Path) -> Result<Value, Failure> {
    let arguments = ["metadata", "--no-deps", "--format-version", "1"];
    let text = output(command("cargo", &arguments).current_dir(folder))?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::new(format!("cargo metadata gave no JSON: {error}")))
}

/// A fresh copy in the folder for temporary files, always of the same name, so that cargo need not build
/// it again. Its versions are those of the workspace.
fn copy_of(template: &Path) -> Result<PathBuf, Failure> {
    let name = root().display().to_string().replace(['/', '\\', ':'], "-");
    let copy = std::env::temp_dir().join(format!("portal-newcomer{name}"));
    if copy.starts_with(root()) {
        return Err(Failure::new(format!(
            "the folder for temporary files, {}, is inside the workspace",
            std::env::temp_dir().display()
        )));
    }
    let fail = |error: std::io::Error| Failure::new(format!("cannot copy the template: {error}"));
    if copy.exists() {
        fs::remove_dir_all(&copy).map_err(fail)?;
    }
    copy_folder(template, &copy).map_err(fail)?;
    fs::copy(root().join("Cargo.lock"), copy.join("Cargo.lock")).map_err(fail)?;
    let manifest = fs::read_to_string(template.join("Cargo.toml")).map_err(fail)?;
    let manifest = with_paths_to(&root(), &manifest)?;
    fs::write(copy.join("Cargo.toml"), manifest).map_err(fail)?;
    Ok(copy)
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() && name != "target" {
            copy_folder(&path, &to.join(name))?;
        } else if path.is_file() {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// The template's manifest with paths that lead to the workspace from anywhere.
fn with_paths_to(root: &Path, manifest: &str) -> Result<String, Failure> {
    if !manifest.lines().any(|line| line.trim() == "[workspace]") {
        return Err(Failure::new(
            "the template's Cargo.toml has no [workspace]: it would belong to ours",
        ));
    }
    let inside = "path = \"../../";
    if !manifest.contains(inside) {
        return Err(Failure::new(format!(
            "the template's Cargo.toml has no dependency with {inside}…\": it is to build against the workspace"
        )));
    }
    Ok(manifest.replace(inside, &format!("path = \"{}/", root.display())))
}

fn sources(copy: &Path) -> Result<Vec<(PathBuf, String)>, Failure> {
    let mut found = Vec::new();
    let mut open = vec![copy.to_path_buf()];
    while let Some(folder) = open.pop() {
        let fail = |error| Failure::new(format!("cannot read {}: {error}", folder.display()));
        for entry in fs::read_dir(&folder).map_err(fail)?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).map_err(fail)?;
                found.push((path, text));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Dependencies on our crates that a newcomer is not told of.
fn undue_dependencies(metadata: &Value) -> Vec<String> {
    let array = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut problems = Vec::new();
    for package in array(&metadata["packages"]) {
        for dependency in array(&package["dependencies"]) {
            let name = dependency["name"].as_str().unwrap_or_default();
            let is_for_tests = dependency["kind"] == "dev";
            let is_due = MAY_DEPEND_ON
                .iter()
                .any(|(due, for_tests)| *due == name && (is_for_tests || !for_tests));
            if name.starts_with("portal-") && !is_due {
                problems.push(format!("the template depends on {name}"));
            }
        }
    }
    problems
}

/// Crates of ours that a source names and that a newcomer is not told of.
fn undue_names(source: &str) -> Vec<String> {
    let is_due = |name: &str| {
        MAY_DEPEND_ON
            .iter()
            .any(|(due, _)| due.replace('-', "_") == name)
    };
    const OURS: &[&str] = &[
        "asice",
        "certificate",
        "model",
        "rules",
        "transport",
        "verify",
        "relay",
    ];
    crate::words::names_in(source)
        .into_iter()
        .filter(|name| {
            name.strip_prefix("portal_")
                .is_some_and(|rest| OURS.contains(&rest))
        })
        .filter(|name| !is_due(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_the_workspace_from_anywhere() {
        let manifest = "[workspace]\n[dependencies]\nportal-client = { path = \"../../crates/portal-client\" }\n";
        let rewritten = with_paths_to(Path::new("/w"), manifest).unwrap();
        assert!(rewritten.contains("path = \"/w/crates/portal-client\""));
        assert!(with_paths_to(Path::new("/w"), "[workspace]\n").is_err());
        assert!(with_paths_to(Path::new("/w"), &manifest[12..]).is_err());
    }

    #[test]
    fn only_what_a_newcomer_is_told_of_may_be_used() {
        let metadata = serde_json::json!({"packages": [{"dependencies": [
            {"name": "portal-client", "kind": null},
            {"name": "portal-sandbox", "kind": "dev"},
            {"name": "tokio", "kind": null},
        ]}]});
        assert!(undue_dependencies(&metadata).is_empty());
        let metadata = serde_json::json!({"packages": [{"dependencies": [
            {"name": "portal-model", "kind": null},
            {"name": "portal-sandbox", "kind": null},
        ]}]});
        assert_eq!(undue_dependencies(&metadata).len(), 2);
        let source = "use portal_client::Job; // portal_rules\nuse portal_model::DateTime; let portal_time = 1;";
        assert_eq!(undue_names(source), ["portal_model"]);
    }
}
