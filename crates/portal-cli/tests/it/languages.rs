//! The examples for other languages, run where the language is on the machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::folder;
use super::sandbox::Running;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/interop")
        .join(name)
}

/// Runs an example against a sandbox; `None` where the language is not installed.
fn run(program: &str, name: &str) -> Option<Output> {
    if Command::new(program).arg("--version").output().is_err() {
        println!("skipped: no {program} on this machine");
        return None;
    }
    let folder = folder();
    let (_running, _) = Running::start(folder.path(), &[]);
    let output = Command::new(program)
        .arg(example(name))
        .arg(folder.path().join("portal-sandbox/sandbox.json"))
        .current_dir(folder.path())
        .output();
    Some(output.unwrap())
}

#[test]
fn the_python_test_runs() {
    let Some(output) = run("python3", "python/test_portal.py") else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("Ran 2 tests"),
        "{said}"
    );
}

#[test]
fn the_node_example_runs() {
    let Some(output) = run("node", "node/who_am_i.mjs") else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said, "You are 123456789\n", "{errors}");
}

/// With openapi-python-client and Python's modules for it; `PORTAL_PYTHON` names a folder with both, such
/// as a virtual environment's `bin`.
#[test]
fn a_generated_client_drives_a_job() {
    let tools = std::env::var_os("PORTAL_PYTHON").map(PathBuf::from);
    let tool = |name: &str| tools.as_ref().map_or(PathBuf::from(name), |t| t.join(name));
    let generator = tool("openapi-python-client");
    if Command::new(&generator).arg("--version").output().is_err() {
        println!("skipped: no openapi-python-client on this machine");
        return;
    }
    let folder = folder();
    let (_running, line) = Running::start(folder.path(), &[]);
    let management = line.split("\"management_url\":\"").nth(1).unwrap();
    let url = format!("{}/openapi.json", management.split('"').next().unwrap());
    let options = [
        "generate",
        "--meta",
        "none",
        "--output-path",
        "generated",
        "--url",
    ];
    let generated = Command::new(generator)
        .args(options)
        .arg(url)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&generated.stdout);
    assert!(generated.status.success(), "{said}");
    let driven = Command::new(tool("python3"))
        .arg(example("python/generated_client.py"))
        .arg(folder.path().join("portal-sandbox/sandbox.json"))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&driven.stderr);
    assert_eq!(driven.stdout, b"driven\n", "{errors}");
}
