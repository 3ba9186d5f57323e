//! `cargo xtask browser`: the sandbox's pages in headless Chromium.
//!
//! The tests are `browser` in `tests/it`; here they are told of the driver and the browser that this
//! machine has (Debian's packages chromium and chromium-driver), and of axe-core, which npm fetches and
//! nothing ships. `--screenshots` takes the pictures of the documentation again.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::{Failure, command, root, run};

/// The version whose rules the pages are held to.
const AXE: &str = "axe-core@4.14.1";
/// Where the pictures are.
const PICTURES: &str = "crates/portal-sandbox/docs";
/// A repository is no place for larger ones.
const LARGEST_PICTURE: u64 = 150 * 1024;

/// Runs the tests, or says why not.
pub(crate) fn check() -> Result<(), Failure> {
    match test(None)? {
        Ran::Yes => Ok(()),
        Ran::No(lacks) if env::var_os("CI").is_some() => Err(Failure::new(format!(
            "{lacks}; install Debian's packages chromium and chromium-driver"
        ))),
        Ran::No(lacks) => {
            println!("browser SKIPPED: {lacks}");
            Ok(())
        }
    }
}

/// Runs the tests, and takes the pictures while at it.
pub(crate) fn take_screenshots() -> Result<(), Failure> {
    let folder = root().join(PICTURES);
    if let Ran::No(lacks) = test(Some(&folder))? {
        return Err(Failure::new(lacks));
    }
    let pictures = fs::read_dir(&folder)
        .map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "png"));
    for picture in pictures {
        // Text in few colours: a palette shows no difference.
        run(Command::new("pngquant")
            .args([
                "--force",
                "--skip-if-larger",
                "--speed",
                "1",
                "--ext",
                ".png",
                "128",
            ])
            .arg(&picture))?;
        let length = fs::metadata(&picture).map_or(0, |metadata| metadata.len());
        println!("{} {length} bytes", picture.display());
        if length > LARGEST_PICTURE {
            let name = picture.display();
            return Err(Failure::new(format!(
                "{name} is larger than {LARGEST_PICTURE} bytes"
            )));
        }
    }
    Ok(())
}

enum Ran {
    Yes,
    /// What this machine lacks.
    No(String),
}

fn test(pictures: Option<&Path>) -> Result<Ran, Failure> {
    let Some(driver) = found("chromedriver") else {
        return Ok(Ran::No("there is no chromedriver here".to_owned()));
    };
    let browsers = ["chromium", "chromium-browser", "google-chrome"];
    let Some(browser) = browsers.into_iter().find_map(found) else {
        return Ok(Ran::No("there is no Chromium here".to_owned()));
    };
    let mut tests = command(
        "cargo",
        &[
            "test",
            "--quiet",
            "--package",
            "portal-tests",
            "--test",
            "it",
            "browser::",
        ],
    );
    tests
        .env("PORTAL_CHROMEDRIVER", driver)
        .env("PORTAL_CHROMIUM", browser);
    match axe() {
        Some(axe) => drop(tests.env("PORTAL_AXE", axe)),
        None => println!("axe-core NOT RUN: npm can't fetch it here; the tests' own checks are"),
    }
    if let Some(folder) = pictures {
        tests.env("PORTAL_SCREENSHOTS", folder);
    }
    run(&mut tests)?;
    Ok(Ran::Yes)
}

/// The path of a program, if it is on the search path.
fn found(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// axe-core's one file, fetched by npm the first time.
fn axe() -> Option<PathBuf> {
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let folder = target.join("browser");
    let script = folder.join("package/axe.min.js");
    if script.is_file() {
        return Some(script);
    }
    fs::create_dir_all(&folder).ok()?;
    let packed = Command::new("npm")
        .args(["pack", "--silent", AXE])
        .current_dir(&folder)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let archive = String::from_utf8(packed.stdout).ok()?;
    let unpacked = Command::new("tar")
        .arg("-xzf")
        .arg(archive.trim())
        .arg("package/axe.min.js")
        .current_dir(&folder)
        .status()
        .ok()?;
    (unpacked.success() && script.is_file()).then_some(script)
}
