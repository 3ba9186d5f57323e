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

#[test]
fn the_node_example_of_access_tokens_runs() {
    let Some(output) = run("node", "node/access_token.mjs") else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said, "You are 123456789\n", "{errors}");
}

/// A piece of code as it stands in the guide, under a heading, run from the folder that the sandbox was
/// started in.
fn run_from_guide(program: &[&str], heading: &str, language: &str, last: &str) -> String {
    let guide = include_str!("../../../portal-sandbox/docs/languages.md");
    let section = guide.split(&format!("## {heading}\n")).nth(1).unwrap();
    let code = section.split(&format!("```{language}\n")).nth(1).unwrap();
    let code = code.split("```").next().unwrap();
    let folder = folder();
    let (_running, line) = Running::start(folder.path(), &[]);
    let root = line.split("\"root_url\":\"").nth(1).unwrap();
    let root = root.split('"').next().unwrap();
    let code = code.replace("https://127.0.0.1:8443/api", root);
    let output = Command::new(program[0])
        .args(&program[1..])
        .arg(format!("{code}{last}"))
        .env("PATH", with_portal())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The search path with the folder of the program under test before all others.
fn with_portal() -> std::ffi::OsString {
    let program = Path::new(env!("CARGO_BIN_EXE_portal"));
    let mut folders = vec![program.parent().unwrap().to_owned()];
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    std::env::join_paths(folders).unwrap()
}

#[test]
fn the_guides_php_runs() {
    let with_curl = ["-r", "exit(extension_loaded('curl') ? 0 : 1);"];
    if !Command::new("php")
        .args(with_curl)
        .status()
        .is_ok_and(|s| s.success())
    {
        println!("skipped: no PHP with curl on this machine");
        return;
    }
    let said = run_from_guide(&["php", "-r"], "PHP", "php", "echo $text;");
    assert_eq!(said, "You are 123456789");
}

#[cfg(unix)]
#[test]
fn the_guides_request_for_a_token_runs() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: no curl on this machine");
        return;
    }
    let program = ["bash", "-euc"];
    let said = run_from_guide(&program, "Access tokens", "sh", "");
    assert!(said.contains("\"access_token\":\""), "{said}");
    assert!(said.contains("\"expires_in\":3600"), "{said}");
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
