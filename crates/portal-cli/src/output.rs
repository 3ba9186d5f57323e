//! What goes where: data to standard output, everything else to standard error.

use std::borrow::Cow;
use std::env;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use serde_json::Value;

use crate::failure::Failure;
use crate::{words, wrapping};

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
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    quiet: bool,
    colored: bool,
    colored_errors: bool,
    /// The width of the terminal, if each writes to one.
    width: Option<usize>,
    width_of_errors: Option<usize>,
    /// The profile that the command line names.
    profile: Option<String>,
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
            width: wrapping::width_of(io::stdout()),
            width_of_errors: wrapping::width_of(io::stderr()),
            profile: None,
        }
    }

    /// Lets the commands that are named next have the profile of this one.
    pub(crate) fn with_profile(mut self, profile: Option<&str>) -> Self {
        self.profile = profile.map(str::to_owned);
        self
    }

    /// Writes a remark on the command to run next.
    pub(crate) fn next(&self, command: &str) {
        let profile = self.profile.as_deref();
        self.note(&format!("next: {}", words::with_profile(command, profile)));
    }

    /// Writes a line for people. On a terminal it goes on in the next where it is too long.
    pub(crate) fn line(&self, text: &str) -> Result<(), Failure> {
        self.data(&fitting(text, self.width))
    }

    /// Writes text as it is: what programs read, or people copy.
    pub(crate) fn data(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        writeln!(out, "{text}")?;
        Ok(out.flush()?)
    }

    /// Writes an object for programs, on one line, with the version of its form.
    pub(crate) fn object(&self, kind: &str, value: Value) -> Result<(), Failure> {
        self.data(&versioned(kind, value).to_string())
    }

    /// Writes a remark to standard error, for people only.
    pub(crate) fn note(&self, text: &str) {
        if !self.json && !self.quiet {
            // There is nobody to tell if that fails.
            let text = fitting(text, self.width_of_errors);
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Writes why the command failed to standard error.
    pub(crate) fn failure(&self, failure: &Failure) {
        let text = if self.json {
            failure.json(self.profile.as_deref()).to_string()
        } else {
            let plain = fitting(
                &failure.plain(self.profile.as_deref()),
                self.width_of_errors,
            )
            .into_owned();
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

fn fitting(text: &str, width: Option<usize>) -> Cow<'_, str> {
    width.map_or(Cow::Borrowed(text), |width| {
        wrapping::wrapped(text, width).into()
    })
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
