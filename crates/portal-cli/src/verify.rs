//! `portal verify`: facts about signed documents, on a terminal or as JSON.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use portal_verify::{NOT_DECIDED, PadesReport, XadesReport, pades, xades};
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Options of `portal verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Signed documents: PAdES (PDF) and XAdES (XML), told apart by their content.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

enum Report {
    Pades(Box<PadesReport>),
    Xades(XadesReport),
}

impl Report {
    fn of(bytes: &[u8]) -> Self {
        let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if start.trim_ascii_start().first() == Some(&b'<') {
            Self::Xades(xades(bytes))
        } else {
            Self::Pades(Box::new(pades(bytes)))
        }
    }

    fn is_broken(&self) -> bool {
        match self {
            Self::Pades(report) => report.is_broken(),
            Self::Xades(report) => report.is_broken(),
        }
    }

    fn to_json(&self, path: &Path) -> Result<Value, serde_json::Error> {
        let (kind, mut report) = match self {
            Self::Pades(report) => ("pades", serde_json::to_value(report)?),
            Self::Xades(report) => ("xades", serde_json::to_value(report)?),
        };
        report["file"] = json!(path.display().to_string());
        report["format"] = json!(kind);
        report["broken"] = json!(self.is_broken());
        Ok(report)
    }
}

/// Checks all files and writes a report for each.
pub(crate) fn run(options: &Verify, output: &Output) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    for path in &options.files {
        let bytes = fs::read(path).map_err(|error| {
            // That says nothing of the document.
            let message = format!("{} can't be read", path.display());
            Failure::new(Exit::Computer, "document", message)
                .because(&error)
                .fix("give the path of a file that exists")
        })?;
        let report = Report::of(&bytes);
        if report.is_broken() {
            exit = Exit::NotRight;
        }
        if output.json {
            output.object("verification", report.to_json(path)?)?;
            continue;
        }
        match &report {
            Report::Pades(report) => output.line(&format!("{}: {report}", path.display()))?,
            Report::Xades(report) => output.line(&format!("{}: {report}", path.display()))?,
        }
    }
    if !output.json {
        output.line(NOT_DECIDED)?;
    }
    Ok(exit)
}
