//! Where a password comes from. Never from a flag: other users of a computer see those.

use std::env;
use std::fmt;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use crate::failure::Failure;

/// Where a password comes from: one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PasswordSource {
    /// Name of a credential of systemd, in `$CREDENTIALS_DIRECTORY`.
    Credential(String),
    /// File that holds it. A line break at the end is left out.
    File(PathBuf),
    /// Environment variable that holds it.
    Env(String),
    /// Program with its arguments, which prints it.
    Command(Vec<String>),
}

/// A password, which is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Password(String);

impl Password {
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl PasswordSource {
    pub(crate) fn password(&self) -> Result<Password, Failure> {
        match self {
            Self::Credential(name) => {
                let folder = env::var_os("CREDENTIALS_DIRECTORY").ok_or_else(|| {
                    failure(format!("the password's credential `{name}` is only there in a service of systemd"))
                        .fix("add LoadCredential to the unit, or give the password by file, env or command")
                })?;
                read(&PathBuf::from(folder).join(name))
            }
            Self::File(path) => read(path),
            Self::Env(name) => env::var(name).map(Password).map_err(|_| {
                failure(format!(
                    "the environment variable {name} with the password is not set"
                ))
            }),
            Self::Command(words) => run(words),
        }
    }
}

fn failure(message: String) -> Failure {
    Failure::new(Exit::Configuration, "password", message)
}

fn read(path: &PathBuf) -> Result<Password, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        failure(format!(
            "the password can't be read from {}",
            path.display()
        ))
        .because(&error)
    })?;
    Ok(without_line_break(text))
}

fn run(words: &[String]) -> Result<Password, Failure> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(failure("the password's command is empty".to_owned()));
    };
    let failed = |problem: &str| {
        failure(format!("the password's command {program} {problem}"))
            .fix("run it by hand; it has to print the password and end with 0")
    };
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failed("can't be run").because(&error))?;
    if !output.status.success() {
        return Err(failed("failed"));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| failed("printed no text"))?;
    Ok(without_line_break(text))
}

fn without_line_break(mut text: String) -> Password {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Password(text)
}

/// Asks for the password, without an echo. None where nobody can be asked.
pub(crate) fn ask(question: &str, no_input: bool) -> Result<Option<Password>, Failure> {
    if no_input || !io::stdin().is_terminal() {
        return Ok(None);
    }
    let typed = rpassword::prompt_password(question);
    typed
        .map(|text| Some(Password(text)))
        .map_err(|error| failure("the password could not be asked for".to_owned()).because(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_at_the_end_is_no_part_of_a_password() {
        for (text, password) in [("a b\n", "a b"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("", "")] {
            assert_eq!(without_line_break(text.to_owned()).reveal(), password);
        }
    }

    #[test]
    fn a_password_is_read_from_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        fs::write(&path, "pass word\n").unwrap();
        let of_file = PasswordSource::File(path.clone()).password().unwrap();
        assert_eq!(of_file.reveal(), "pass word");
        assert_eq!(format!("{of_file:?}"), "Password(…)");
        let cat = vec!["cat".to_owned(), path.display().to_string()];
        let of_command = PasswordSource::Command(cat).password().unwrap();
        assert_eq!(of_command.reveal(), "pass word");
        for source in [
            PasswordSource::Command(vec!["false".to_owned()]),
            PasswordSource::Command(Vec::new()),
            PasswordSource::Env("PORTAL_TEST_NOT_SET".to_owned()),
            PasswordSource::File(folder.path().join("missing")),
        ] {
            let failed = source.password().unwrap_err();
            assert_eq!(failed.exit(), Exit::Configuration, "{}", failed.plain(None));
        }
    }
}
