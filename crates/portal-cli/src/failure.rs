//! How an error reads: cause, fix and next command on a terminal, and an object as JSON.

use std::error::Error;
use std::io;

use portal_client::{ErrorOrigin, Report, Severity};
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::words;

mod client;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure(Box<Parts>);

#[derive(Debug)]
struct Parts {
    exit: Exit,
    code: &'static str,
    message: String,
    origin: ErrorOrigin,
    causes: Vec<String>,
    violations: Vec<Value>,
    fix: Option<String>,
    next: Option<String>,
}

impl Failure {
    /// `code` is stable.
    pub(crate) fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        let origin = match exit {
            Exit::Configuration => ErrorOrigin::Configuration,
            Exit::Computer => ErrorOrigin::Computer,
            Exit::Unreachable => ErrorOrigin::Network,
            Exit::Refused => ErrorOrigin::JobState,
            _ => ErrorOrigin::Caller,
        };
        Self(Box::new(Parts {
            exit,
            code,
            message: words::of_command(&message.into()),
            origin,
            causes: Vec::new(),
            violations: Vec::new(),
            fix: None,
            next: None,
        }))
    }

    /// An error with the causes that it names.
    pub(crate) fn of(exit: Exit, code: &'static str, error: &dyn Error) -> Self {
        let mut failure = Self::new(exit, code, error.to_string());
        if let Some(source) = error.source() {
            failure = failure.because(source);
        }
        failure
    }

    /// Arguments that make no sense together.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// Adds a cause, and its own causes. One that the text before it says already is left out.
    pub(crate) fn because(mut self, cause: &dyn Error) -> Self {
        let mut next = Some(cause);
        while let Some(cause) = next {
            let text = words::of_command(&cause.to_string());
            let said = self.0.causes.last().unwrap_or(&self.0.message);
            if !said.ends_with(&text) {
                self.0.causes.push(text);
            }
            next = cause.source();
        }
        self
    }

    /// Says which file it is about.
    pub(crate) fn in_file(mut self, name: &str) -> Self {
        self.0.message = format!("{name}: {}", self.0.message);
        self
    }

    /// Says who can fix it, where the exit code alone does not.
    pub(crate) fn fixed_by(mut self, origin: ErrorOrigin) -> Self {
        self.0.origin = origin;
        self
    }

    /// Says what to do.
    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.0.fix = Some(fix.into());
        self
    }

    /// Names the command to run next.
    pub(crate) fn next(mut self, command: impl Into<String>) -> Self {
        self.0.next = Some(command.into());
        self
    }

    /// Names the help of the command, such as `portal watch`, where the failure names no other. What was
    /// interrupted needs none.
    pub(crate) fn with_help_of(mut self, command: &str) -> Self {
        let is_interrupted = matches!(self.0.exit, Exit::Interrupted | Exit::Terminated);
        if self.0.next.is_none() && !is_interrupted {
            self.0.next = Some(format!("{command} --help"));
        }
        self
    }

    /// Adds what a job breaks.
    pub(crate) fn with_violations(mut self, report: &Report) -> Self {
        self.0.causes.clear();
        self.0.causes.extend(shown(report));
        self.0.violations = violations(report);
        if let Some(first) = report.errors().next() {
            self.0.next = Some(format!("portal rules {}", first.code));
        }
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.0.exit
    }

    /// Whether the reader of standard output has gone, which is no error.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        self.0.code == CLOSED_PIPE
    }

    fn next_command(&self, profile: Option<&str>) -> Option<String> {
        let next = self.0.next.as_deref()?;
        Some(words::with_profile(next, profile))
    }

    /// For people: several lines, without a line break at the end.
    pub(crate) fn plain(&self, profile: Option<&str>) -> String {
        let mut text = format!("portal: {}", indented(&self.0.message, "  "));
        for cause in &self.0.causes {
            text.push_str("\n  because: ");
            text.push_str(&indented(cause, "    "));
        }
        for (label, line) in [("fix", &self.0.fix), ("next", &self.next_command(profile))] {
            if let Some(line) = line {
                text.push_str(&format!("\n  {label}: {line}"));
            }
        }
        text
    }

    /// For programs: one object.
    pub(crate) fn json(&self, profile: Option<&str>) -> Value {
        let causes: Vec<&String> = if self.0.violations.is_empty() {
            self.0.causes.iter().collect()
        } else {
            Vec::new()
        };
        json!({
            "version": 1,
            "kind": "error",
            "exit": self.0.exit as u8,
            "code": self.0.code,
            "message": self.0.message,
            "fixed_by": origin(self.0.origin),
            "retry": self.0.exit.retry(),
            "causes": causes,
            "violations": self.0.violations,
            "fix": self.0.fix,
            "next": self.next_command(profile),
        })
    }
}

const CLOSED_PIPE: &str = "closed-pipe";

/// Standard output can't be written.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Exit::Done, CLOSED_PIPE, "nobody reads the output");
        }
        Self::new(Exit::Computer, "output", "the output could not be written").because(&error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::of(Exit::Computer, "output", &error)
    }
}

/// The report as it reads, errors and warnings only where there are errors.
fn shown(report: &Report) -> Option<String> {
    (!report.is_empty()).then(|| report.to_string().trim_end().to_owned())
}

/// The violations as JSON.
pub(crate) fn violations(report: &Report) -> Vec<Value> {
    let object = |violation: &portal_client::Violation| {
        json!({
            "code": violation.code.as_str(),
            "severity": severity(violation.severity),
            "path": violation.path,
            "problem": violation.problem,
            "help": violation.help,
            "source": violation.source,
        })
    };
    report.violations().iter().map(object).collect()
}

pub(crate) fn severity(severity: Severity) -> String {
    severity.to_string()
}

fn origin(origin: ErrorOrigin) -> &'static str {
    match origin {
        ErrorOrigin::Configuration => "configuration",
        ErrorOrigin::JobState => "nobody",
        ErrorOrigin::Service => "service",
        ErrorOrigin::Network => "network",
        ErrorOrigin::Computer => "computer",
        _ => "caller",
    }
}

fn indented(text: &str, by: &str) -> String {
    text.replace('\n', &format!("\n{by}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] Middle);

    #[derive(Debug, thiserror::Error)]
    #[error(transparent)]
    struct Middle(#[from] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("inner\nwith a second line")]
    struct Inner;

    #[test]
    fn causes_are_on_separate_lines_and_once() {
        let failure = Failure::of(Exit::Computer, "code", &Outer(Middle(Inner)))
            .fix("do this")
            .next("portal doctor");
        assert_eq!(
            failure.plain(None),
            "portal: outer\n  because: inner\n    with a second line\n  fix: do this\n  next: portal doctor"
        );
        let object = failure.json(None);
        assert_eq!(object["exit"], 9);
        assert_eq!(object["fixed_by"], "computer");
        assert_eq!(object["retry"], "after-a-change");
        assert_eq!(object["causes"], json!(["inner\nwith a second line"]));
    }

    #[test]
    fn a_reader_that_has_gone_is_no_error() {
        let closed = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(closed.is_closed_pipe());
        let full = Failure::from(io::Error::from(io::ErrorKind::StorageFull));
        assert!(!full.is_closed_pipe());
        assert_eq!(full.exit(), Exit::Computer);
    }
}
