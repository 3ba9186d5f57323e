//! Options of `portal sandbox` from a file.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::PathBuf;

use serde_json::{Map, Value};

/// Why the file of options can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("can't read {}: give a file of JSON with --settings", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} is not JSON with options, such as {{\"port\": 8443}}", path.display())]
    Json {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("`{name}` in {} is no value of an option: give a text, a number, true or a list", path.display())]
    Value { path: PathBuf, name: String },
}

/// The words of a command line with those of its file of options put before its own, which come on
/// top. Without `--settings` they stay as they are.
pub(crate) fn with_settings(words: Vec<OsString>) -> Result<Vec<OsString>, SettingsError> {
    let Some(path) = file_of(&words) else {
        return Ok(words);
    };
    let text = fs::read(&path).map_err(|source| SettingsError::Read {
        path: path.clone(),
        source,
    })?;
    let options: Map<String, Value> =
        serde_json::from_slice(&text).map_err(|source| SettingsError::Json {
            path: path.clone(),
            source,
        })?;
    let mut all = Vec::new();
    let mut words = words.into_iter();
    // The program, `sandbox`, and perhaps `start` come first.
    all.extend(words.by_ref().take(2));
    let mut rest = words.peekable();
    all.extend(rest.next_if(|word| word == "start"));
    let rest: Vec<OsString> = rest.collect();
    for (name, value) in options {
        let option = format!("--{name}");
        // What is said on the command line counts, also for options that can be given several times.
        let is_said = |word: &OsString| {
            let word = word.to_string_lossy();
            word == option || word.starts_with(&format!("{option}="))
        };
        if rest.iter().any(is_said) {
            continue;
        }
        let wrong = || SettingsError::Value {
            path: path.clone(),
            name: name.clone(),
        };
        let values = match value {
            Value::Bool(false) => continue,
            Value::Bool(true) => {
                all.push(option.into());
                continue;
            }
            Value::Array(values) => values,
            one => vec![one],
        };
        for value in values {
            let value = match value {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                _ => return Err(wrong()),
            };
            all.push(format!("{option}={value}").into());
        }
    }
    all.extend(rest);
    Ok(all)
}

fn file_of(words: &[OsString]) -> Option<PathBuf> {
    if words.get(1).is_none_or(|word| word != "sandbox") {
        return None;
    }
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--settings" {
            return words.next().map(PathBuf::from);
        }
        if let Some(path) = word.to_string_lossy().strip_prefix("--settings=") {
            return Some(PathBuf::from(path));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn options_of_a_file_come_before_those_of_the_command_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("options.json");
        let options =
            r#"{"host-name": ["a", "b"], "port": 1, "private": true, "production": false}"#;
        fs::write(&file, options).unwrap();
        let line = format!(
            "portal sandbox start --port 2 --settings {}",
            file.display()
        );
        let all = with_settings(words(&line)).unwrap();
        let expected = format!(
            "portal sandbox start --host-name=a --host-name=b --private --port 2 --settings {}",
            file.display()
        );
        assert_eq!(all, words(&expected));

        fs::write(&file, r#"{"port": null}"#).unwrap();
        let error = with_settings(words(&line.replace("--port 2", ""))).unwrap_err();
        assert!(error.to_string().contains("`port`"), "{error}");
        fs::write(&file, "port = 1").unwrap();
        assert!(with_settings(words(&line)).is_err());
        assert!(with_settings(words("portal sandbox --settings nowhere")).is_err());
    }

    #[test]
    fn without_a_file_nothing_changes() {
        for line in [
            "portal",
            "portal demo --settings x",
            "portal sandbox --port 1",
        ] {
            assert_eq!(with_settings(words(line)).unwrap(), words(line));
        }
    }
}
