//! The demo's account of itself: each step with the time it took.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::output;

/// Prints each finished step on a line of its own.
///
/// A step's time is the time since the step before it, so that the times add up to the total.
#[derive(Debug)]
pub(crate) struct Steps<W> {
    out: W,
    is_json: bool,
    number: u32,
    begin: Instant,
    last: Instant,
}

impl<W: Write> Steps<W> {
    /// Starts counting now.
    pub(crate) fn new(out: W, is_json: bool) -> Self {
        let now = Instant::now();
        Self {
            out,
            is_json,
            number: 0,
            begin: now,
            last: now,
        }
    }

    /// Says that a step held.
    pub(crate) fn done(&mut self, what: &str) -> io::Result<()> {
        let now = Instant::now();
        self.number += 1;
        let taken = now - self.last;
        self.last = now;
        if self.is_json {
            let number = self.number;
            let step = json!({ "number": number, "milliseconds": number_of(taken), "step": what });
            return self.object("step", step);
        }
        let taken = milliseconds(taken);
        writeln!(self.out, "{:>2}. [{taken}] {what}", self.number)
    }

    /// Adds a line to the step before.
    pub(crate) fn detail(&mut self, what: &str) -> io::Result<()> {
        if self.is_json {
            let detail = json!({ "number": self.number, "detail": what });
            return self.object("step-detail", detail);
        }
        writeln!(self.out, "                 {what}")
    }

    /// Ends the account with the time of all steps, and the files that they made.
    pub(crate) fn finish(mut self, what: &str, files: &[PathBuf]) -> io::Result<()> {
        let taken = self.begin.elapsed();
        if self.is_json {
            let files: Vec<String> = files
                .iter()
                .map(|file| file.display().to_string())
                .collect();
            let end = json!({ "milliseconds": number_of(taken), "files": files });
            return self.object("demo", end);
        }
        writeln!(self.out, "    [{}] in all. {what}", milliseconds(taken))?;
        for file in files {
            writeln!(self.out, "                 {}", file.display())?;
        }
        self.out.flush()
    }

    fn object(&mut self, kind: &str, value: Value) -> io::Result<()> {
        writeln!(self.out, "{}", output::versioned(kind, value))?;
        self.out.flush()
    }
}

/// Milliseconds, to a tenth.
fn number_of(taken: Duration) -> f64 {
    (taken.as_secs_f64() * 10_000.0).round() / 10.0
}

fn milliseconds(taken: Duration) -> String {
    format!("{:>7.1} ms", taken.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_numbered_and_timed() {
        let mut out = Vec::new();
        let mut steps = Steps::new(&mut out, false);
        steps.done("first").unwrap();
        steps.detail("more of it").unwrap();
        steps.done("second").unwrap();
        steps
            .finish("Done", &[PathBuf::from("signed.pdf")])
            .unwrap();
        let text = String::from_utf8(out).unwrap();
        let shape: Vec<String> = text
            .lines()
            .map(|line| {
                line.chars()
                    .map(|c| if c.is_ascii_digit() { '0' } else { c })
                    .collect()
            })
            .collect();
        assert_eq!(
            shape,
            [
                " 0. [    0.0 ms] first",
                "                 more of it",
                " 0. [    0.0 ms] second",
                "    [    0.0 ms] in all. Done",
                "                 signed.pdf",
            ],
            "{text}"
        );
        assert!(
            text.lines()
                .nth(2)
                .is_some_and(|line| line.starts_with(" 2. [")),
            "{text}"
        );
    }
}
