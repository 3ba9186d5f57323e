//! Options of `portal sandbox` from a file.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::PathBuf;

use clap::CommandFactory;
use serde_json::{Map, Value};

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::Failure;

/// Why the file of options can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("can't read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} is not JSON with options, such as {{\"port\": 8443}}", path.display())]
    Json {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("`{name}` in {} is no value of an option: give a text, a number, true or a list", path.display())]
    Value { path: PathBuf, name: String },
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        let exit = match error {
            SettingsError::Read { .. } => Exit::Computer,
            SettingsError::Json { .. } | SettingsError::Value { .. } => Exit::Configuration,
        };
        Self::of(exit, "settings", &error).next("portal sandbox start --help")
    }
}

/// The words of a command line with those of its file of options put before its own, which come on
/// top. Without `--settings` they stay as they are.
pub(crate) fn with_settings(words: Vec<OsString>) -> Result<Vec<OsString>, SettingsError> {
    let Some((at, path)) = file_of(&words) else {
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
    // The program, options of every command, `sandbox`, and perhaps `start` come first.
    all.extend(words.by_ref().take(at + 1));
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

/// Where the word `sandbox` is, and the file that its options name.
fn file_of(words: &[OsString]) -> Option<(usize, PathBuf)> {
    let is_named = |word: &OsString| word.to_string_lossy().starts_with("--settings");
    if !words.iter().any(is_named) {
        return None;
    }
    let at = command_at(words).filter(|at| words[*at] == "sandbox")?;
    let mut rest = words[at..].iter();
    while let Some(word) = rest.next() {
        if word == "--settings" {
            return Some((at, rest.next()?.into()));
        }
        if let Some(path) = word.to_string_lossy().strip_prefix("--settings=") {
            return Some((at, path.into()));
        }
    }
    None
}

/// Where the command is: the first word that is no option of every command, and no value of one.
fn command_at(words: &[OsString]) -> Option<usize> {
    let arguments = Arguments::command();
    let with_value = || {
        let mut options = arguments.get_arguments();
        std::iter::from_fn(move || options.find(|option| option.get_action().takes_values()))
    };
    let mut is_value = true; // The program.
    for (at, word) in words.iter().enumerate() {
        let word = word.to_string_lossy();
        if is_value {
            is_value = false;
        } else if let Some(long) = word.strip_prefix("--") {
            is_value = with_value().any(|option| option.get_long() == Some(long));
        } else if let Some(short) = word.strip_prefix('-') {
            // Of several in one word, the first with a value takes the rest of it, or the next word.
            let takes = |letter| with_value().any(|option| option.get_short() == Some(letter));
            is_value = short.find(takes).is_some_and(|at| at + 1 == short.len());
        } else {
            return Some(at);
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

        for global in [
            "--json",
            "-p x",
            "-px",
            "-qp x",
            "--profile x",
            "--config=x --color never",
        ] {
            let line = format!("portal {global} sandbox --settings={}", file.display());
            let all = with_settings(words(&line)).unwrap();
            let begin = format!("portal {global} sandbox --host-name=a --host-name=b --port=1");
            assert_eq!(all[..words(&begin).len()], words(&begin), "{line}");
        }

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
            "portal -p sandbox demo --settings x",
            "portal sandbox --port 1",
        ] {
            assert_eq!(with_settings(words(line)).unwrap(), words(line));
        }
    }
}
