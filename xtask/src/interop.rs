//! `cargo xtask interop`: the official Java client runs the portal flow against the sandbox.
//!
//! The program is in `tests/interop/java`; it needs a JDK and Maven, and Maven Central the first
//! time. The sandbox is the `portal sandbox` command, as anybody would start it.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::process::{Failure, command, output, root, run};

/// The oldest JDK that the program compiles with.
const OLDEST_JDK: u32 = 11;
/// An organisation of the documentation's samples, for which the sender gets broker rights.
const BROKER_FOR: &str = "984661185";
/// How long the sandbox may take to make its certificates.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs every step of the program, or says why it can't.
pub(crate) fn check() -> Result<(), Failure> {
    if let Some(reason) = missing() {
        println!("interop SKIPPED: {reason}");
        return Ok(());
    }
    let portal = build_portal()?;
    let folder = target_folder(&portal)?.join("interop");
    let Some(class_path) = build_java(&folder.join("java"))? else {
        return Ok(());
    };
    // What is archived stays after its confirmation, so that a sandbox of either kind is needed.
    let sandbox = Sandbox::start(&portal, &folder.join("sandbox"))?;
    let mut plain = program(&class_path, &sandbox, false)?;
    let folder = folder.join("archiving");
    let archive = Sandbox::start_with(&portal, &folder, &["--long-term-storage"])?;
    let mut archiving = program(&class_path, &archive, true)?;
    // At the same time, since both wait a lot: the client repeats calls after a second.
    std::thread::scope(|scope| {
        let other = scope.spawn(|| archiving.output());
        run(&mut plain)?;
        let other = other
            .join()
            .map_err(|_| Failure::new("the program's output was lost"))?
            .map_err(|error| Failure::new(format!("cannot start java: {error}")))?;
        println!("with an archive:");
        print!("{}", String::from_utf8_lossy(&other.stdout));
        eprint!("{}", String::from_utf8_lossy(&other.stderr));
        if other.status.success() {
            Ok(())
        } else {
            let status = other.status;
            Err(Failure::new(format!(
                "with an archive it ended with {status}"
            )))
        }
    })
}

/// A Java program that uses the official client, by its class and first arguments, to be run against a sandbox.
pub(crate) fn java(
    class_path: &OsStr,
    program: &[&str],
    sandbox: &Sandbox,
) -> Result<Command, Failure> {
    let mut java = Command::new("java");
    java.arg("-cp").arg(class_path).args(program);
    for (name, setting) in [
        ("--api", "root_url"),
        ("--management", "management_url"),
        ("--pkcs12", "pkcs12"),
        ("--password", "pkcs12_password"),
        ("--trust", "trust_folder"),
        ("--server-organization", "server_organization"),
        ("--sender", "sender"),
    ] {
        java.arg(name).arg(sandbox.setting(setting)?);
    }
    Ok(java)
}

/// The program, to be run against a sandbox.
fn program(class_path: &OsStr, sandbox: &Sandbox, archives: bool) -> Result<Command, Failure> {
    let mut java = java(class_path, &["portal.interop.Interop"], sandbox)?;
    java.args(["--broker-for", BROKER_FOR]);
    java.args(["--archiving", if archives { "yes" } else { "no" }]);
    Ok(java)
}

/// What this machine lacks, if anything.
fn missing() -> Option<String> {
    let Some(version) = printed("javac", "-version") else {
        return Some("there is no JDK (javac) here".to_owned());
    };
    if major(&version).is_none_or(|major| major < OLDEST_JDK) {
        let version = version.trim();
        return Some(format!("{version} is older than JDK {OLDEST_JDK}"));
    }
    if printed("mvn", "--version").is_none() {
        return Some("there is no Maven (mvn) here".to_owned());
    }
    None
}

/// The first number of what `javac -version` prints, such as `javac 17.0.15`.
fn major(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(1)?;
    number.split(['.', '-']).next()?.parse().ok()
}

fn printed(program: &str, argument: &str) -> Option<String> {
    let output = command(program, &[argument]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // Old JDKs print their version as an error.
    let text = if text.is_empty() {
        String::from_utf8_lossy(&output.stderr).into_owned()
    } else {
        text
    };
    output.status.success().then_some(text)
}

/// Builds the `portal` command and gives its path.
pub(crate) fn build_portal() -> Result<PathBuf, Failure> {
    let messages = output(&mut command(
        "cargo",
        &[
            "build",
            "--quiet",
            "--package",
            "portal-cli",
            "--message-format",
            "json-render-diagnostics",
        ],
    ))?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "portal")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| Failure::new("cargo build did not say where the portal command is"))
}

/// The folder that cargo builds to: the executable is in the profile's folder below it.
pub(crate) fn target_folder(executable: &Path) -> Result<&Path, Failure> {
    executable
        .ancestors()
        .nth(2)
        .ok_or_else(|| Failure::new("the portal command is in no target folder"))
}

/// Compiles the program and gathers its libraries, and gives the class path; `None` when Maven has
/// never fetched them and can't now, which is a failure only where everything is to be checked.
fn build_java(folder: &Path) -> Result<Option<OsString>, Failure> {
    let project = root().join("tests/interop/java/pom.xml");
    let maven = |more: &[&str]| {
        let mut maven = command("mvn", &["--quiet", "--batch-mode"]);
        maven
            .args(more)
            .arg("--file")
            .arg(&project)
            .arg(format!("-Dinterop.build={}", folder.display()))
            .arg("process-classes");
        maven
            .output()
            .map_err(|error| Failure::new(format!("cannot start mvn: {error}")))
    };
    // Offline first: with everything fetched that is quicker, and needs nobody.
    if !maven(&["--offline"])?.status.success() {
        let online = maven(&[])?;
        if !online.status.success() {
            let said = String::from_utf8_lossy(&online.stdout).into_owned();
            let unreachable = [
                "Could not transfer",
                "Unknown host",
                "Network is unreachable",
            ];
            if unreachable.iter().any(|sign| said.contains(sign)) && env::var_os("CI").is_none() {
                println!("interop SKIPPED: Maven can't fetch the Java client here");
                return Ok(None);
            }
            print!("{said}");
            return Err(Failure::new("mvn could not build tests/interop/java"));
        }
    }
    env::join_paths([folder.join("classes"), folder.join("libraries/*")])
        .map(Some)
        .map_err(|_| Failure::new("the target folder's name can't stand in a class path"))
}

/// A `portal sandbox`, ended when dropped.
pub(crate) struct Sandbox {
    process: Child,
    settings: Value,
}

impl Sandbox {
    pub(crate) fn start(portal: &Path, folder: &Path) -> Result<Self, Failure> {
        Self::start_with(portal, folder, &[])
    }

    fn start_with(portal: &Path, folder: &Path, options: &[&str]) -> Result<Self, Failure> {
        let settings = folder.join("sandbox.json");
        // Its appearance says that the sandbox is ready, so an earlier one's has to go.
        let _ = fs::remove_file(&settings);
        let process = Command::new(portal)
            .args(["sandbox", "--port", "0", "--management-port", "0"])
            .args(["--no-call-limit", "--broker-for", BROKER_FOR, "--folder"])
            .arg(folder)
            .args(options)
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| Failure::new(format!("cannot start {}: {error}", portal.display())))?;
        let mut sandbox = Self {
            process,
            settings: Value::Null,
        };
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Ok(Some(status)) = sandbox.process.try_wait() {
                return Err(Failure::new(format!("portal sandbox ended with {status}")));
            }
            if let Ok(text) = fs::read(&settings) {
                sandbox.settings = serde_json::from_slice(&text)
                    .map_err(|error| Failure::new(format!("sandbox.json: {error}")))?;
                return Ok(sandbox);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(Failure::new("portal sandbox did not start in a minute"))
    }

    pub(crate) fn setting(&self, name: &str) -> Result<&str, Failure> {
        self.settings[name]
            .as_str()
            .ok_or_else(|| Failure::new(format!("sandbox.json lacks {name}")))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_jdks_are_read() {
        assert_eq!(major("javac 17.0.15\n"), Some(17));
        assert_eq!(major("javac 1.8.0_442"), Some(1));
        assert_eq!(major("javac 25-ea"), Some(25));
        assert_eq!(major("no compiler"), None);
    }
}
