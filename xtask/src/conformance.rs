//! `cargo xtask conformance`: the model and the schema against xmllint, and the schema against the
//! service's own, where that is at hand.

use crate::process::{Failure, command, root, run};
use crate::schema;

/// How many valid documents are made.
const VALID: &str = "10000";
/// How many documents with a breach each, and how many damaged ones.
const BROKEN: &str = "1000";

/// Runs all comparisons. They take minutes, so they are no part of the gate.
pub(crate) fn check() -> Result<(), Failure> {
    install_xmllint()?;
    let mut arguments = vec![
        "run",
        "--quiet",
        "--release",
        "--package",
        "portal-model",
        "--features",
        "proptest",
        "--example",
        "conformance",
        "--",
        VALID,
        BROKEN,
        "xsd/portal.xsd",
    ];
    let reference = root().join("../shared/reference");
    if reference.exists() {
        schema::compare(&root().join("xsd"), &reference.join("xsd"))?;
        arguments.extend([
            "../shared/reference/xsd/portal.xsd",
            "../shared/reference/examples/portal",
        ]);
    } else {
        println!("the service's own schema and examples are not at hand: not compared with");
    }
    run(&mut command("cargo", &arguments))
}

/// xmllint is part of libxml2; Debian has it in a package of its own.
fn install_xmllint() -> Result<(), Failure> {
    let present = command("xmllint", &["--version"]).output().is_ok();
    if present {
        return Ok(());
    }
    println!("xmllint is missing; installing libxml2-utils");
    run(&mut command(
        "apt-get",
        &["install", "--yes", "libxml2-utils"],
    ))
    .map_err(|failure| {
        Failure::new(format!(
            "{failure}; install xmllint, a part of libxml2, by hand"
        ))
    })
}
