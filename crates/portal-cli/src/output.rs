//! What goes where: data to standard output, everything else to standard error.

use std::env;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use serde_json::Value;

use crate::failure::Failure;

/// When to color.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    fn is_on(self, is_terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let forbidden = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                is_terminal && !forbidden && env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        }
    }
}

/// How a command speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    quiet: bool,
    colored: bool,
    colored_errors: bool,
}

/// A color of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Bad,
    Doubtful,
    Good,
    Strong,
}

impl Paint {
    fn code(self) -> &'static str {
        match self {
            Self::Bad => "31;1",
            Self::Doubtful => "33",
            Self::Good => "32",
            Self::Strong => "1",
        }
    }
}

impl Output {
    pub(crate) fn new(json: bool, quiet: bool, color: Color) -> Self {
        Self {
            json,
            quiet,
            colored: !json && color.is_on(io::stdout().is_terminal()),
            colored_errors: !json && color.is_on(io::stderr().is_terminal()),
        }
    }

    /// Writes a line for people.
    pub(crate) fn line(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        writeln!(out, "{text}")?;
        Ok(out.flush()?)
    }

    /// Writes an object for programs, on one line, with the version of its form.
    pub(crate) fn object(&self, kind: &str, value: Value) -> Result<(), Failure> {
        self.line(&versioned(kind, value).to_string())
    }

    /// Writes a remark to standard error, for people only.
    pub(crate) fn note(&self, text: &str) {
        if !self.json && !self.quiet {
            // There is nobody to tell if that fails.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Writes why the command failed to standard error.
    pub(crate) fn failure(&self, failure: &Failure) {
        let text = if self.json {
            failure.json().to_string()
        } else {
            let plain = failure.plain();
            match plain.strip_prefix("portal:") {
                Some(rest) if self.colored_errors => {
                    format!("{}{rest}", painted("portal:", Paint::Bad))
                }
                _ => plain,
            }
        };
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// The text in a color, where there are colors.
    pub(crate) fn paint(&self, text: &str, paint: Paint) -> String {
        if self.colored {
            painted(text, paint)
        } else {
            text.to_owned()
        }
    }
}

/// An object with its kind, and with the version of its form.
pub(crate) fn versioned(kind: &str, mut value: Value) -> Value {
    value["version"] = 1.into();
    value["kind"] = kind.into();
    value
}

fn painted(text: &str, paint: Paint) -> String {
    format!("\x1b[{}m{text}\x1b[0m", paint.code())
}
