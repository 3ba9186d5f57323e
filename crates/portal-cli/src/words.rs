//! The command's own words for what the libraries call by the names of their functions.

use serde_json::Value;

/// What the libraries say, and what a person with a profile and flags does in its place.
const WORDS: &[(&str, &str)] = &[
    (
        "set those of its server with ClientBuilder::trust",
        "set `anchors` in the profile to those of its server",
    ),
    (
        "use Environment::production or Environment::difitest",
        "set `environment` to production or difitest",
    ),
    (
        "and set them with ClientBuilder::trust",
        "and set `anchors` in the profile to them",
    ),
    (
        "leave out ClientBuilder::trust",
        "leave `anchors` out of the profile",
    ),
    (
        "Set one with ClientBuilder::sender, or one on each job and each request",
        "Set `organization` in the profile, or give the sender in each job file under [sender]",
    ),
    (
        "give each a queue with Sender::with_queue",
        "give each a queue of a different name by `queue` in its profile",
    ),
    (
        "Use Authentication::Certificate with this server",
        "Leave `client-id` and `broker-id` out of the profile for this server",
    ),
    ("pdate this library", "pdate `portal`"),
    (
        "settle it by hand (Creator::settle)",
        "settle it with `portal settle`",
    ),
    (
        "PEM files are loaded by from_pem",
        "give a PKCS#12 or a PEM file",
    ),
    (
        "load them with all_from_pkcs12 (or all_from_pem) and choose one by its certificate",
        "export the one that is meant to a file that holds no other",
    ),
    (
        "give its password to from_encrypted_pem",
        "give its password by `password` in the profile, or --password-file",
    ),
    (
        "and load it with from_encrypted_pem",
        "and give the new file",
    ),
    (
        "load it with from_pkcs12 and its password",
        "give it as the certificate, with its password",
    ),
    (
        "load it with from_pem, or from_encrypted_pem if the key has a password",
        "give it as the certificate, with a password if its key is encrypted",
    ),
];

/// A text of a library in the command's words.
pub(crate) fn of_command(text: &str) -> String {
    let say = |text: String, (theirs, ours): &(&str, &str)| {
        if text.contains(theirs) {
            text.replace(theirs, ours)
        } else {
            text
        }
    };
    WORDS.iter().fold(text.to_owned(), say)
}

/// The same for every text of an object.
pub(crate) fn in_object(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(of_command(&text)),
        Value::Array(values) => values.into_iter().map(in_object).collect(),
        Value::Object(entries) => entries
            .into_iter()
            .map(|(key, value)| (key, in_object(value)))
            .collect(),
        value => value,
    }
}

/// The commands that work by a profile.
const OF_PROFILES: [&str; 13] = [
    "cancel",
    "certificate",
    "config",
    "delete",
    "doctor",
    "events",
    "fetch",
    "list",
    "send",
    "settle",
    "show",
    "verify",
    "wait",
];

/// Commands that a person runs next, with the profile of the one before.
pub(crate) fn with_profile(commands: &str, profile: Option<&str>) -> String {
    let Some(profile) = profile else {
        return commands.to_owned();
    };
    let mut parts = commands.split("portal ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = part.split([' ', ',', '`']).next().unwrap_or_default();
        text.push_str("portal ");
        // Which files are read does not depend on it.
        let is_of_none = part.ends_with("--help") || part.starts_with("config path");
        if OF_PROFILES.contains(&name) && !is_of_none {
            text.push_str(&format!("-p {profile} "));
        }
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    /// The libraries' files with texts that the command shows.
    fn sources(of: &Path, files: &mut Vec<PathBuf>) {
        if of.is_dir() {
            for entry in fs::read_dir(of).unwrap() {
                sources(&entry.unwrap().path(), files);
            }
        } else {
            files.push(of.to_owned());
        }
    }

    /// String literals of a file without its comments and tests, with continued lines as one.
    fn texts(source: &str) -> Vec<String> {
        let source = source.split("#[cfg(test)]").next().unwrap();
        let lines = source
            .lines()
            .map(str::trim_start)
            .filter(|line| !line.starts_with("//"));
        let joined = lines.collect::<Vec<_>>().join("\n").replace("\\\n", "");
        // Quotation marks inside texts split them, which leaves their words readable all the same.
        joined
            .split('"')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    }

    /// A path such as `Sender::with_queue`, or a function such as `from_pem`.
    fn library_word(text: &str) -> Option<&str> {
        text.split(|letter: char| !(letter.is_alphanumeric() || "_:".contains(letter)))
            .find(|word| {
                let path = word.split_once("::").is_some_and(|(kind, item)| {
                    kind.starts_with(char::is_uppercase) && !item.is_empty()
                });
                path || ["from_", "with_", "all_from_"]
                    .iter()
                    .any(|start| word.starts_with(start))
            })
    }

    #[test]
    fn no_text_names_a_function_of_a_library() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut files = Vec::new();
        for part in [
            "portal-client/src/builder.rs",
            "portal-client/src/check",
            "portal-client/src/error.rs",
            "portal-certificate/src/error.rs",
            "portal-certificate/src/file_format.rs",
            "portal-relay/src/create.rs",
            "portal-transport/src/error.rs",
        ] {
            sources(&crates.join(part), &mut files);
        }
        let (mut found, mut translated) = (Vec::new(), 0);
        for file in files {
            let source = fs::read_to_string(&file).unwrap();
            for text in texts(&source).iter().filter(|text| text.contains(' ')) {
                let ours = of_command(text);
                translated += u32::from(ours != *text);
                if library_word(&ours).is_some() || ours.contains("this library") {
                    found.push(format!("{}: {ours}", file.display()));
                }
            }
        }
        assert!(found.is_empty(), "{found:#?}");
        assert!(translated > 10, "{translated}");
    }

    #[test]
    fn every_phrase_is_one_that_a_library_has() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut files = Vec::new();
        for name in ["client", "certificate", "relay", "transport"] {
            sources(&crates.join(format!("portal-{name}/src")), &mut files);
        }
        let all: String = files
            .iter()
            .filter_map(|file| fs::read_to_string(file).ok())
            .flat_map(|source| texts(&source))
            .collect();
        for (theirs, ours) in WORDS {
            assert!(all.contains(theirs), "{theirs}");
            assert_eq!(library_word(ours), None);
        }
    }

    #[test]
    fn objects_are_translated_at_every_depth() {
        let object = serde_json::json!({ "fix": ["Update this library."], "count": 1 });
        let expected = serde_json::json!({ "fix": ["Update `portal`."], "count": 1 });
        assert_eq!(in_object(object), expected);
    }

    #[test]
    fn commands_keep_their_profile() {
        let both = "portal wait one, or portal settle one";
        assert_eq!(with_profile(both, None), both);
        assert_eq!(
            with_profile(both, Some("test")),
            "portal -p test wait one, or portal -p test settle one"
        );
        for command in [
            "portal rules",
            "portal sandbox",
            "portal init",
            "portal send --help",
        ] {
            assert_eq!(with_profile(command, Some("test")), command);
        }
    }
}
