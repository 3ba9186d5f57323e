//! `docs/benchmarks.md`: tables, what they say, and under what load they were measured.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::effort::Effort;
use super::machine::{Load, Machine};
use super::series::Measured;
use crate::process::Failure;

pub(super) const FLOW: &str = "\
Each job is created with a PDF of 20 kB, signed, polled, its signed PDF stored, and confirmed, against \
one `portal sandbox`. Own memory is what is resident at the end and no part of a file; the peak has \
the program's own pages in it. The processor is the client's alone; that of a Java program holds its compiler \
and garbage collector.";
pub(super) const CREATING: &str = "\
One job at a time. The floor is one RSA signature, one SHA-256 of the document and the same bytes over a \
TLS connection that is there, without an HTTP library. A key that may wait for a device always signs on \
another thread.";
pub(super) const PACKAGES: &str = "\
One document, digested, packed and signed with a key of 2048 bits. The floor is one SHA-256, one CRC-32 \
and one RSA signature. python-xmlsec and signxml digest and sign, and pack nothing.";
pub(super) const DOCUMENTS: &str = "\
The same bytes for all. The event loop reads every event and does nothing with it; serde reads into \
types derived by hand, which check no limit of the schema.";
pub(super) const STARTS: &str = "\
From the start of a process to its end: load the certificate, connect with mutual TLS, poll once, \
and read the response. Right after another start of the same program, the median of five; and the first \
one after the machine rested for a second, when processors wake up and all caches are cold, the sandbox's too.";
pub(super) const GROWTH: &str = "\
Creating a job, by its documents of 10 kB, by the size of a single one and by its signers; and a poll \
that brings a change, by the open jobs in the sandbox. Medians in milliseconds.";
const NOTES: &str = include_str!("notes.md");

/// What grows: its key, its label in the plot, and its heading.
pub(super) const GROWING: [(&str, &str, &str); 4] = [
    ("documents", "create, by documents", "documents"),
    ("bytes", "create, by bytes", "bytes of one document"),
    ("signers", "create, by signers", "signers"),
    ("open_jobs", "poll, by open jobs", "open jobs"),
];

/// The text so far.
pub(super) struct Report(String);

impl Report {
    pub(super) fn new(machine: &Machine, load: &Load, effort: &Effort, busy: bool) -> Self {
        let mut text = "# Benchmarks\nWritten by `cargo xtask bench-peers`: medians of several runs, all \
                        contenders of a table in turns. The last column says how many processors others \
                        used before each turn.\n\n"
            .to_owned();
        for fact in &machine.facts {
            let _ = writeln!(text, "- {fact}");
        }
        let _ = writeln!(text, "- in use by others at the start: {load}");
        if effort.quick {
            text.push_str("\n**A quick run**, to see that everything works: few repetitions.\n");
        }
        if busy {
            text.push_str(
                "\n**Measured on a busy machine.** Absolute figures mislead; ratios within a table hold \
                 roughly.\n",
            );
        }
        Self(text)
    }

    pub(super) fn section(&mut self, title: &str, text: &str) {
        let _ = writeln!(self.0, "\n## {title}\n{text}\n");
    }

    pub(super) fn heading(&mut self, title: &str) {
        let _ = writeln!(self.0, "\n### {title}");
    }

    pub(super) fn image(&mut self, name: &str, description: &str) {
        let _ = writeln!(self.0, "![{description}](benchmarks/{name}.svg)\n");
    }

    pub(super) fn skipped(&mut self, what: Option<&str>) {
        if let Some(what) = what {
            println!("SKIPPED: {what}");
            let _ = writeln!(self.0, "\nNot measured: {what}.");
        }
    }

    /// A row for each contender: figures, each with its factor and decimals, and the load.
    pub(super) fn rows(
        &mut self,
        heads: &[&str],
        figures: &[(&str, f64, usize)],
        measured: &[Measured],
    ) {
        self.heads(heads);
        for row in measured {
            let _ = write!(self.0, "| {} |", row.name);
            for (figure, factor, decimals) in figures {
                let value = row.median(figure) * factor;
                let _ = write!(self.0, " {value:.decimals$} |");
            }
            let _ = writeln!(self.0, " {:.1} |", row.load());
        }
    }

    /// A row for each contender: one figure, and how many times that of the first it is.
    pub(super) fn compared(
        &mut self,
        heads: &[&str],
        (figure, decimals): (&str, usize),
        measured: &[Measured],
    ) {
        self.heads(heads);
        let first = measured.first().map_or(f64::NAN, |row| row.median(figure));
        for row in measured {
            let (name, value, load) = (&row.name, row.median(figure), row.load());
            let ratio = value / first;
            let _ = writeln!(
                self.0,
                "| {name} | {value:.decimals$} | {ratio:.2} | {load:.1} |"
            );
        }
    }

    fn heads(&mut self, heads: &[&str]) {
        let _ = writeln!(self.0, "| {} | others |", heads.join(" | "));
        let _ = writeln!(self.0, "|---|{}", "--:|".repeat(heads.len()));
    }

    pub(super) fn growth(&mut self, growth: &Value, load: &Load) {
        for (key, _, heading) in GROWING {
            let _ = writeln!(self.0, "\n| {heading} | ms | others |\n|--:|--:|--:|");
            for pair in growth[key].as_array().into_iter().flatten() {
                let (count, ms) = (&pair[0], pair[1].as_f64().unwrap_or(f64::NAN));
                let _ = writeln!(self.0, "| {count} | {ms:.2} | {:.1} |", load.used);
            }
        }
    }

    /// Prints the report and writes it to a folder.
    pub(super) fn write(mut self, folder: &Path) -> Result<(), Failure> {
        self.0.push('\n');
        self.0.push_str(NOTES);
        println!("{}", self.0);
        let path = folder.join("benchmarks.md");
        fs::write(&path, &self.0)
            .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench_peers::series::{Contender, in_turns};

    #[test]
    fn tables_have_ratios_and_the_load() {
        let figures = |ms: f64| {
            let mut command = std::process::Command::new("echo");
            command.arg(format!("{{\"ms\": {ms}}}"));
            command
        };
        let mut contenders = [
            Contender::new("ours", figures(2.0)),
            Contender::new("theirs", figures(5.0)),
        ];
        let measured = in_turns(&mut contenders, 1, true).unwrap();
        let mut report = Report(String::new());
        report.compared(&["", "ms", "beside ours"], ("ms", 1), &measured);
        let lines: Vec<&str> = report.0.lines().collect();
        assert_eq!(
            lines[..2],
            ["|  | ms | beside ours | others |", "|---|--:|--:|--:|"]
        );
        assert!(
            lines[3].starts_with("| theirs | 5.0 | 2.50 | "),
            "{}",
            lines[3]
        );
    }
}
