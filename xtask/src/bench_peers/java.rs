//! The Java programs of `tests/interop/java`, built for measuring.

use std::env;
use std::ffi::OsString;
use std::path::Path;

use crate::process::{Failure, command, root};

/// Builds them and gives their class path, or says why they can't be built here.
pub(super) fn build(folder: &Path) -> Result<Result<OsString, String>, Failure> {
    for program in ["javac", "mvn"] {
        let there = command(program, &["--version"]).output();
        if !there.is_ok_and(|output| output.status.success()) {
            return Ok(Err(format!("the Java client: there is no {program} here")));
        }
    }
    // Offline first: with everything fetched that is quicker, and needs nobody.
    for offline in [true, false] {
        let mut maven = command("mvn", &["--quiet", "--batch-mode"]);
        if offline {
            maven.arg("--offline");
        }
        let built = maven
            .arg("--file")
            .arg(root().join("tests/interop/java/pom.xml"))
            .arg(format!("-Dinterop.build={}", folder.display()))
            .arg("process-classes")
            .output()
            .map_err(|error| Failure::new(format!("cannot start mvn: {error}")))?;
        if built.status.success() {
            let paths = [folder.join("classes"), folder.join("libraries/*")];
            return env::join_paths(paths)
                .map(Ok)
                .map_err(|_| Failure::new("the target folder's name can't stand in a class path"));
        }
        if !offline {
            print!("{}", String::from_utf8_lossy(&built.stdout));
        }
    }
    Ok(Err(
        "the Java client: Maven could not build it here".to_owned()
    ))
}
