//! `cargo xtask layering`: the arrows of ARCHITECTURE.md, proven with `cargo tree`.

use crate::process::{Failure, command, output};

/// Crates that reach the network or run a runtime; the layers below transport name none of them.
const NETWORK: &[&str] = &[
    "axum",
    "hyper",
    "hyper-util",
    "reqwest",
    "rustls",
    "tokio",
    "tower",
];

/// Crates that would be a second TLS or crypto provider.
const OTHER_PROVIDERS: &[&str] = &["native-tls", "openssl", "openssl-sys", "ring", "rsa"];

/// What one crate's tree must not hold.
struct Rule {
    package: &'static str,
    /// Members that this crate may depend on, directly or not.
    members: &'static [&'static str],
    /// Whether the network crates may stand in its tree.
    network: bool,
    /// Features that the arrows are proven with: all, or the default ones where a feature is for users'
    /// convenience and says so in ARCHITECTURE.md.
    features: &'static [&'static str],
    /// The only direct dependencies, where the crate promises them; empty for no such promise.
    only_direct: &'static [&'static str],
}

const ALL: &[&str] = &["--all-features"];
const DEFAULT: &[&str] = &[];

const RULES: &[Rule] = &[
    Rule {
        package: "portal-model",
        members: &[],
        network: false,
        features: ALL,
        only_direct: &[
            "jiff",
            "proptest",
            "quick-xml",
            "serde",
            "thiserror",
            "unicode-normalization",
        ],
    },
    Rule {
        package: "portal-rules",
        members: &["portal-model"],
        network: false,
        features: ALL,
        only_direct: &[],
    },
    Rule {
        package: "portal-certificate",
        members: &["portal-model"],
        network: false,
        features: ALL,
        only_direct: &[],
    },
    Rule {
        package: "portal-asice",
        members: &["portal-model", "portal-certificate"],
        network: false,
        features: ALL,
        only_direct: &[],
    },
    Rule {
        package: "portal-verify",
        members: &["portal-model", "portal-certificate", "portal-asice"],
        network: false,
        features: ALL,
        only_direct: &[],
    },
    Rule {
        package: "portal-transport",
        members: &["portal-model", "portal-certificate"],
        network: true,
        features: ALL,
        only_direct: &[],
    },
    Rule {
        package: "portal-client",
        members: &[
            "portal-asice",
            "portal-certificate",
            "portal-model",
            "portal-rules",
            "portal-transport",
            "portal-verify",
        ],
        network: true,
        features: ALL,
        only_direct: &[],
    },
    Rule {
        package: "portal-relay",
        members: &[
            "portal-asice",
            "portal-certificate",
            "portal-client",
            "portal-model",
            "portal-rules",
            "portal-transport",
            "portal-verify",
        ],
        network: true,
        features: ALL,
        only_direct: &[],
    },
    Rule {
        package: "portal-sandbox",
        members: &[
            "portal-asice",
            "portal-certificate",
            "portal-model",
            "portal-rules",
        ],
        network: true,
        features: DEFAULT,
        only_direct: &[],
    },
    Rule {
        package: "portal-cli",
        members: &[
            "portal-asice",
            "portal-certificate",
            "portal-client",
            "portal-model",
            "portal-relay",
            "portal-rules",
            "portal-sandbox",
            "portal-transport",
            "portal-verify",
        ],
        network: true,
        features: ALL,
        only_direct: &[],
    },
];

/// Checks every rule and names all that are broken.
pub(crate) fn check() -> Result<(), Failure> {
    let mut broken = Vec::new();
    for rule in RULES {
        let tree = tree(rule.package, rule.features)?;
        for name in &tree {
            let allowed_member = name == rule.package || rule.members.contains(&name.as_str());
            if name.starts_with("portal-") && !allowed_member {
                broken.push(format!("{} must not depend on {name}", rule.package));
            }
            if !rule.network && NETWORK.contains(&name.as_str()) {
                broken.push(format!("{} must not pull in {name}", rule.package));
            }
            if OTHER_PROVIDERS.contains(&name.as_str()) {
                broken.push(format!(
                    "{} pulls in {name}: aws-lc-rs is the provider",
                    rule.package
                ));
            }
            if name.starts_with("xsd-parser") || matches!(name.as_str(), "public-api" | "plotters")
            {
                broken.push(format!(
                    "{} pulls in {name}, a build-time tool",
                    rule.package
                ));
            }
        }
        if !rule.only_direct.is_empty() {
            let direct = [rule.features, &["--depth", "1"]].concat();
            for name in self::tree(rule.package, &direct)? {
                if name != rule.package && !rule.only_direct.contains(&name.as_str()) {
                    broken.push(format!("{} has the new dependency {name}", rule.package));
                }
            }
        }
        println!("{}: {} crates in its tree", rule.package, tree.len());
    }
    if broken.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(broken.join("\n       ")))
    }
}

/// The names in a crate's tree of normal dependencies, on every platform.
fn tree(package: &str, more: &[&str]) -> Result<Vec<String>, Failure> {
    let mut arguments = vec![
        "tree",
        "--package",
        package,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--no-dedupe",
    ];
    arguments.extend(more);
    let text = output(&mut command("cargo", &arguments))?;
    let mut names: Vec<String> = text
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Err(Failure::new(format!(
            "cargo tree printed nothing for {package}"
        )));
    }
    Ok(names)
}
