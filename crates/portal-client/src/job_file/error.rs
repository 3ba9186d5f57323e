//! Why a job file can't be used.

use std::fmt;
use std::io;

use portal_model::FacetError;

/// Why a job file can't be read, or no job can be made of it. Texts hold no value of the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobFileError {
    /// The file is not TOML or not JSON.
    #[error("line {line} is not {language}: {problem}")]
    #[non_exhaustive]
    Syntax {
        /// `TOML` or `JSON`.
        language: &'static str,
        /// Counted from 1.
        line: usize,
        /// What the reader of the language says.
        problem: String,
    },
    /// The file holds what a job file can't hold: every problem at once.
    #[error("{}", Listed(problems))]
    #[non_exhaustive]
    Content {
        /// What is wrong, in the order of the file's keys; at least one.
        problems: Vec<JobFileProblem>,
    },
    /// The environment variable with a signer's personal number is not set.
    #[error(
        "signer {signer}: the environment variable {variable} is not set; set it to the personal number"
    )]
    #[non_exhaustive]
    NoVariable {
        /// Counted from 1.
        signer: usize,
        /// The variable's name.
        variable: String,
    },
    /// The file with a signer's personal number can't be read.
    #[error("signer {signer}: the file with the personal number can't be read: {source}")]
    #[non_exhaustive]
    NumberFile {
        /// Counted from 1.
        signer: usize,
        /// What the system says.
        source: io::Error,
    },
    /// The sender's organisation number is not nine digits.
    #[error("sender: organization is no organisation number: {source}")]
    #[non_exhaustive]
    Sender {
        /// What is wrong.
        source: FacetError,
    },
}

/// One thing that is wrong with a job file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobFileProblem {
    /// The line it stands on, counted from 1; none where there is no file.
    pub line: Option<usize>,
    /// Where in the job, such as `signer 2: notify`.
    pub place: String,
    /// What is wrong, and what to do.
    pub problem: String,
}

impl JobFileProblem {
    pub(super) fn unquoted(line: Option<usize>, place: impl Into<String>) -> Self {
        Self {
            line,
            place: place.into(),
            problem: "a personal number must be in quotes: without them it is another number"
                .to_owned(),
        }
    }
}

impl fmt::Display for JobFileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.problem)
    }
}

/// One problem a line.
struct Listed<'a>(&'a [JobFileProblem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}
