//! `portal verify`: facts about signed documents, on a terminal or as JSON.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use portal_verify::{NOT_DECIDED, PadesReport, XadesReport, pades, xades};
use serde_json::{Value, json};

/// Version of the JSON output.
const VERSION: u32 = 1;

/// The exit code when a file can't be read: that says nothing of the document.
pub(crate) const NOT_READ: u8 = 9;

/// Options of `portal verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Signed documents: PAdES (PDF) and XAdES (XML), told apart by their content.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Print one JSON object for each file, on a separate line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Why files were not checked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VerifyError {
    #[error("{} can't be read; give the path of a file that exists", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("the report could not be written")]
    Output(#[from] io::Error),
    #[error("the report could not be written as JSON")]
    Json(#[from] serde_json::Error),
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
        report["version"] = json!(VERSION);
        report["file"] = json!(path.display().to_string());
        report["kind"] = json!(kind);
        report["broken"] = json!(self.is_broken());
        Ok(report)
    }
}

/// Checks all files and writes a report for each. Returns whether none has a `broken` finding.
pub(crate) fn run(options: &Verify, mut out: impl Write) -> Result<bool, VerifyError> {
    let mut is_whole = true;
    for path in &options.files {
        let bytes = fs::read(path).map_err(|source| VerifyError::Read {
            path: path.clone(),
            source,
        })?;
        let report = Report::of(&bytes);
        is_whole &= !report.is_broken();
        if options.json {
            writeln!(out, "{}", report.to_json(path)?)?;
            continue;
        }
        match &report {
            Report::Pades(report) => writeln!(out, "{}: {report}", path.display())?,
            Report::Xades(report) => writeln!(out, "{}: {report}", path.display())?,
        }
    }
    if !options.json {
        writeln!(out, "{NOT_DECIDED}")?;
    }
    out.flush()?;
    Ok(is_whole)
}
