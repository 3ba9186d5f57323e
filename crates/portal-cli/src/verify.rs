//! `portal verify`: facts about signed documents, on a terminal or as JSON.

use std::fs;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use clap::Args;
use portal_verify::{NOT_DECIDED, PadesReport, XadesReport, pades, xades};
use serde_json::{Value, json};

use crate::commands::fetch;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::{Reference, Session};

/// Options of `portal verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Signed documents: PAdES (PDF) and XAdES (XML), told apart by their content. Or jobs, whose stored
    /// documents are checked: a job's reference, id:NUMBER or last.
    #[arg(value_name = "REF|FILE", required = true)]
    pub(crate) targets: Vec<String>,
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

    fn to_json(&self, name: &str) -> Result<Value, serde_json::Error> {
        let (kind, mut report) = match self {
            Self::Pades(report) => ("pades", serde_json::to_value(report)?),
            Self::Xades(report) => ("xades", serde_json::to_value(report)?),
        };
        report["file"] = json!(name);
        report["format"] = json!(kind);
        Ok(report)
    }
}

/// A document that is to be checked.
struct Named {
    /// What people call it.
    name: String,
    bytes: Vec<u8>,
    /// The job whose stored document it is.
    job: Option<i64>,
    /// Whether it is what was stored; a file is not compared with anything.
    unchanged: bool,
}

/// Checks all documents and writes a report for each.
pub(crate) async fn run(
    options: &Verify,
    config: impl Fn() -> Result<Config, Failure>,
    output: &Output,
    no_input: bool,
) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    // Files need neither a configuration nor a store.
    let mut session = None;
    for target in &options.targets {
        let documents = if is_file(target) {
            vec![read(target)?]
        } else {
            if session.is_none() {
                session = Some(open(target, &config, no_input).await?);
            }
            match &session {
                Some(session) => stored(session, target).await?,
                None => Vec::new(),
            }
        };
        for document in &documents {
            if is_broken(document, output)? {
                exit = Exit::NotRight;
            }
            // An interrupt is noticed between two documents.
            tokio::task::yield_now().await;
        }
    }
    if !output.json {
        output.line(NOT_DECIDED)?;
    }
    Ok(exit)
}

/// A name that is there, or that reads as a file's; everything else is a job's reference.
fn is_file(target: &str) -> bool {
    let lower = target.to_lowercase();
    Path::new(target).exists()
        || target.contains(std::path::is_separator)
        || [".pdf", ".xml"].iter().any(|end| lower.ends_with(end))
}

fn read(path: &str) -> Result<Named, Failure> {
    let bytes = fs::read(path).map_err(|error| {
        // That says nothing of the document.
        let message = format!("{path} can't be read");
        Failure::new(Exit::Computer, "document", message)
            .because(&error)
            .fix("give the path of a file that exists")
    })?;
    Ok(Named {
        name: path.to_owned(),
        bytes,
        job: None,
        unchanged: true,
    })
}

async fn open(
    target: &str,
    config: impl Fn() -> Result<Config, Failure>,
    no_input: bool,
) -> Result<Session, Failure> {
    let opened = match config() {
        Ok(config) => Session::open(&config, no_input, 3).await,
        Err(failure) => Err(failure),
    };
    opened.map_err(|failure| {
        let what = format!("{target} is no file, and can't be looked up as a job's reference");
        failure.in_file(&what)
    })
}

/// The documents that the store has of a job.
async fn stored(session: &Session, target: &str) -> Result<Vec<Named>, Failure> {
    let reference = Reference::parse(target).map_err(Failure::usage)?;
    let job = session.job(&reference).await?;
    let id = job.record.job_id().get();
    let mut documents = Vec::new();
    for document in job.documents() {
        let name = fetch::file_name(id, document.signer);
        let bytes = session.catalog.document(document).await?.ok_or_else(|| {
            let message = format!("{name} of the job {target} is missing in the store");
            Failure::new(Exit::Computer, "document", message)
                .fix("fetch it from the service again, and check the file")
                .next(format!("portal fetch {target}"))
        })?;
        let sha256: String = digest(&SHA256, &bytes)
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        documents.push(Named {
            name: format!("{target}: {name}"),
            unchanged: sha256 == document.sha256,
            bytes: bytes.into(),
            job: Some(id),
        });
    }
    if documents.is_empty() {
        return Err(fetch::no_document(&reference, &job));
    }
    Ok(documents)
}

/// Writes the report, and returns whether the document is broken.
fn is_broken(document: &Named, output: &Output) -> Result<bool, Failure> {
    let report = Report::of(&document.bytes);
    let broken = report.is_broken() || !document.unchanged;
    let name = &document.name;
    if output.json {
        let mut object = report.to_json(name)?;
        object["broken"] = json!(broken);
        if let Some(job) = document.job {
            object["job_id"] = json!(job);
            object["unchanged_in_store"] = json!(document.unchanged);
        }
        output.object("verification", object)?;
        return Ok(broken);
    }
    match &report {
        Report::Pades(report) => output.line(&format!("{name}: {report}"))?,
        Report::Xades(report) => output.line(&format!("{name}: {report}"))?,
    }
    if !document.unchanged {
        output.line(&format!(
            "{name}: broken: the document in the store is not the one that was stored"
        ))?;
    }
    Ok(broken)
}
