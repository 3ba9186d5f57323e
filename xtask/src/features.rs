//! `cargo xtask features`: each crate compiles with no feature, each feature alone, and all.

use serde_json::Value;

use crate::process::{Failure, command, output, run};

/// Checks every member that has features; members without any are covered by clippy.
pub(crate) fn check() -> Result<(), Failure> {
    for (package, features) in members_with_features()? {
        check_one(&package, "")?;
        for feature in &features {
            check_one(&package, feature)?;
        }
        if features.len() > 1 {
            check_one(&package, &features.join(","))?;
        }
    }
    Ok(())
}

fn check_one(package: &str, features: &str) -> Result<(), Failure> {
    println!("{package}: [{features}]");
    let mut check = command(
        "cargo",
        &[
            "check",
            "--quiet",
            "--package",
            package,
            "--no-default-features",
            "--features",
            features,
        ],
    );
    run(check.env("RUSTFLAGS", "-D warnings"))
}

fn members_with_features() -> Result<Vec<(String, Vec<String>)>, Failure> {
    let text = output(&mut command(
        "cargo",
        &["metadata", "--no-deps", "--format-version", "1"],
    ))?;
    let metadata: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::new(format!("cargo metadata gave no JSON: {error}")))?;
    let packages = metadata["packages"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut members = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default().to_owned();
        let features: Vec<String> = package["features"]
            .as_object()
            .map(|features| {
                features
                    .keys()
                    .filter(|key| *key != "default")
                    .cloned()
                    .collect()
            })
            .unwrap_or_default();
        if !features.is_empty() {
            members.push((name, features));
        }
    }
    if members.is_empty() {
        return Err(Failure::new(
            "found no member with features: has cargo metadata changed?",
        ));
    }
    Ok(members)
}
