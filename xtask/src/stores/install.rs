//! Getting programs from their registries, by the registries' own clients.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Failure, command};

/// What came of installing something.
pub(crate) enum Installed {
    /// It is there.
    At(PathBuf),
    /// The client is missing, or its registry can't be reached.
    OutOfReach(String),
}

/// What the clients say when they can't reach a registry.
const UNREACHABLE: &[&str] = &[
    "dial tcp",
    "no such host",
    "i/o timeout",
    "TLS handshake timeout",
    "connection refused",
    "Connection refused",
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ETIMEDOUT",
    "network is unreachable",
    "Network is unreachable",
    "Temporary failure in name resolution",
    "Failed to establish a new connection",
    "NewConnectionError",
    "ConnectTimeoutError",
    // All that pip says in the end when it could not ask.
    "from versions: none",
];

/// Installs a program of a Go module; once it is there, nothing is fetched.
pub(crate) fn go_program(folder: &Path, name: &str, module: &str) -> Result<Installed, Failure> {
    let bin = folder.join("bin");
    let version = module.rsplit('@').next().unwrap_or_default();
    // A new version is another file, so that the pinned one runs.
    let program = bin.join(format!("{name}-{version}"));
    if program.is_file() {
        return Ok(Installed::At(program));
    }
    let built = bin.join(name);
    let outcome = install(command("go", &["install", module]).env("GOBIN", &bin), name)?;
    if let Some(reason) = outcome {
        return Ok(Installed::OutOfReach(reason));
    }
    std::fs::rename(&built, &program)
        .map_err(|error| Failure::new(format!("go did not build {name}: {error}")))?;
    Ok(Installed::At(program))
}

/// Installs a package of npm and gives its program.
pub(crate) fn npm_package(
    folder: &Path,
    (name, version): (&str, &str),
) -> Result<Installed, Failure> {
    let prefix = folder.join(format!("npm-{name}-{version}"));
    let program = prefix.join("node_modules/.bin").join(name);
    if program.exists() {
        return Ok(Installed::At(program));
    }
    let mut npm = command("npm", &["install", "--no-audit", "--no-fund", "--prefix"]);
    npm.arg(&prefix).arg(format!("{name}@{version}"));
    Ok(install(&mut npm, name)?.map_or(Installed::At(program), Installed::OutOfReach))
}

/// Makes a virtual environment with packages of PyPI and gives its Python.
pub(crate) fn python_packages(folder: &Path, packages: &[&str]) -> Result<Installed, Failure> {
    let environment = folder.join("python");
    let python = environment.join("bin/python");
    let mut venv = command("python3", &["-m", "venv"]);
    if let Some(reason) = install(venv.arg(&environment), "venv")? {
        return Ok(Installed::OutOfReach(reason));
    }
    let mut pip = Command::new(&python);
    // With everything there that is quick, and fetches nothing.
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    let outcome = install(pip.args(packages), "the receiver's packages")?;
    Ok(outcome.map_or(Installed::At(python), Installed::OutOfReach))
}

/// Runs a registry's client; a reason if it is missing or can't reach its registry.
fn install(client: &mut Command, what: &str) -> Result<Option<String>, Failure> {
    let name = client.get_program().to_string_lossy().into_owned();
    let output = match client.output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Some(format!("there is no {name} here")));
        }
        Err(error) => return Err(Failure::new(format!("cannot start {name}: {error}"))),
    };
    if output.status.success() {
        return Ok(None);
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    if is_unreachable(&said) {
        return Ok(Some(format!("{name} can't reach its registry")));
    }
    eprint!("{said}");
    Err(Failure::new(format!("{name} could not install {what}")))
}

fn is_unreachable(said: &str) -> bool {
    UNREACHABLE.iter().any(|sign| said.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_that_is_out_of_reach_is_told_from_a_package_that_is_broken() {
        for said in [
            "dial tcp: lookup proxy.golang.org: no such host",
            "npm ERR! code ENOTFOUND",
            "Failed to establish a new connection: [Errno 111] Connection refused",
            "that satisfies the requirement standardwebhooks==1.1.0 (from versions: none)",
        ] {
            assert!(is_unreachable(said), "{said}");
        }
        for said in [
            "module github.com/x/y@v9: not found",
            "npm ERR! code ETARGET",
            "that satisfies the requirement standardwebhooks==99 (from versions: 1.0.0, 1.1.0)",
        ] {
            assert!(!is_unreachable(said), "{said}");
        }
    }
}
