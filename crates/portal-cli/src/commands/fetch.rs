//! `portal fetch`: signed documents, from the store first, else from the service.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use portal_client::{Bytes, Download, DownloadError};
use portal_relay::{EventDocumentKind, StoredJob, StoredJobState};
use serde_json::json;

use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::{Reference, Session};

/// The most of a document that is held in memory, for standard output.
const IN_MEMORY: usize = 256 * 1024 * 1024;

/// Options of `portal fetch`.
#[derive(Debug, Args)]
pub(crate) struct Fetch {
    /// The job's reference, id:NUMBER or last.
    #[arg(value_name = "REF", value_parser = Reference::parse)]
    reference: Reference,

    /// Fetch the PDF with all signatures; this is the default.
    #[arg(long, conflicts_with = "xades")]
    pades: bool,

    /// Fetch the XML signature of a signer, counted from 1, or of all.
    #[arg(long, value_name = "all|N", value_parser = Which::parse)]
    xades: Option<Which>,

    /// The file, an existing folder, or - for standard output. Defaults to a name with the job's number.
    #[arg(short, long, value_name = "FILE|DIR|-")]
    out: Option<PathBuf>,

    /// Replace an existing file.
    #[arg(long)]
    force: bool,
}

/// Which signers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    All,
    One(u32),
}

impl Which {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::All);
        }
        let number = text.parse().ok().filter(|number| (1..=10).contains(number));
        number
            .map(Self::One)
            .ok_or_else(|| "give all or a number from 1 to 10".to_owned())
    }
}

/// A document of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Pades,
    Xades(u32),
}

impl Wanted {
    fn file_name(self, job: &StoredJob) -> String {
        let signer = match self {
            Self::Pades => None,
            Self::Xades(signer) => Some(signer),
        };
        file_name(job.record.job_id().get(), signer)
    }
}

/// The name of a job's document: the signer's XAdES, else the PAdES.
pub(crate) fn file_name(job: i64, signer: Option<u32>) -> String {
    match signer {
        None => format!("job-{job}.pdf"),
        Some(signer) => format!("job-{job}-signer-{signer}.xades.xml"),
    }
}

pub(crate) async fn run(
    options: &Fetch,
    config: &Config,
    output: &Output,
    no_input: bool,
) -> Result<Exit, Failure> {
    let session = Session::open(config, no_input, 3).await?;
    let job = session.job(&options.reference).await?;
    let wanted = match options.xades {
        None => vec![Wanted::Pades],
        Some(Which::One(signer)) => vec![Wanted::Xades(signer)],
        Some(Which::All) => every_xades(&job),
    };
    if wanted.is_empty() {
        return Err(no_document(&options.reference, &job));
    }
    let out = options.out.as_deref();
    if wanted.len() > 1 && out.is_some_and(|out| !out.is_dir()) {
        return Err(Failure::usage(
            "there are several documents; --out has to be a folder that exists",
        ));
    }
    for wanted in wanted {
        one(
            &session,
            &options.reference,
            &job,
            wanted,
            out,
            options.force,
            output,
        )
        .await?;
    }
    Ok(Exit::Done)
}

/// Saves everything that a job has, over what an earlier attempt saved.
pub(super) async fn all(
    session: &Session,
    reference: &Reference,
    folder: &Path,
    output: &Output,
) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| {
        let message = format!("the folder {} can't be made", folder.display());
        Failure::new(Exit::Computer, "write", message).because(&error)
    })?;
    let job = session.job(reference).await?;
    let mut wanted = Vec::new();
    if job.record.has_pades() {
        wanted.push(Wanted::Pades);
    }
    wanted.extend(every_xades(&job));
    for wanted in wanted {
        one(session, reference, &job, wanted, Some(folder), true, output).await?;
    }
    Ok(())
}

fn every_xades(job: &StoredJob) -> Vec<Wanted> {
    let stored = job.documents();
    let mut signers: Vec<u32> = stored
        .iter()
        .filter_map(|document| document.signer)
        .collect();
    // Signers are shown as people count them.
    signers.extend(
        job.record
            .signers_with_xades()
            .filter_map(|index| index.to_string().parse::<u32>().ok()),
    );
    signers.sort_unstable();
    signers.dedup();
    signers.into_iter().map(Wanted::Xades).collect()
}

/// That a job has no such document: not yet, or never where it has ended.
pub(crate) fn no_document(reference: &Reference, job: &StoredJob) -> Failure {
    if job.state() != StoredJobState::Open {
        let message = format!("the job {reference} has ended without such a document");
        return Failure::new(Exit::Refused, "no-document", message)
            .next(format!("portal show {reference}"));
    }
    Failure::new(
        Exit::Refused,
        "no-document",
        format!("the job {reference} has no such document yet"),
    )
    .fix("it comes when somebody has signed, and a watch or `portal wait` has seen it")
    .next(format!("portal wait {reference}"))
}

async fn one(
    session: &Session,
    reference: &Reference,
    job: &StoredJob,
    wanted: Wanted,
    out: Option<&Path>,
    force: bool,
    output: &Output,
) -> Result<(), Failure> {
    let stored = job.documents().into_iter().find(|document| match wanted {
        Wanted::Pades => document.kind == EventDocumentKind::Pades,
        Wanted::Xades(signer) => {
            document.kind == EventDocumentKind::Xades && document.signer == Some(signer)
        }
    });
    let local = match stored {
        Some(document) => session.catalog.document(document).await?,
        None => None,
    };
    let name = wanted.file_name(job);
    let path = match out {
        Some(path) if path == Path::new("-") => {
            let bytes = match local {
                Some(bytes) => bytes,
                None => {
                    let download = download(session, reference, job, wanted).await?;
                    let bytes = download.bytes(IN_MEMORY).await;
                    bytes.map_err(|error| Failure::from(portal_client::Error::from(error)))?
                }
            };
            let mut out = io::stdout().lock();
            out.write_all(&bytes)?;
            return Ok(out.flush()?);
        }
        Some(path) if path.is_dir() => path.join(name),
        Some(path) => path.to_owned(),
        None => PathBuf::from(name),
    };
    let source = if local.is_some() {
        "the store"
    } else {
        "the service"
    };
    let length = match local {
        Some(bytes) => save(&path, &bytes, force)?,
        None => {
            if !force && path.exists() {
                return Err(exists(&path));
            }
            let download = download(session, reference, job, wanted).await?;
            let saved = if force {
                download.save_over(&path).await
            } else {
                download.save_to(&path).await
            };
            saved.map_err(|error| match error {
                DownloadError::Exists { .. } => exists(&path),
                error => Failure::from(portal_client::Error::from(error)),
            })?
        }
    };
    let path = path.display().to_string();
    if output.json {
        return output.object(
            "document",
            json!({ "path": path, "bytes": length, "source": source }),
        );
    }
    output.line(&format!("{path}  {length} bytes, from {source}"))
}

fn exists(path: &Path) -> Failure {
    Failure::new(
        Exit::Computer,
        "exists",
        format!("{} exists already", path.display()),
    )
    .fix("give --force to replace it, or another name with --out")
}

/// Beside its place first, so that nothing half is left there.
fn save(path: &Path, bytes: &Bytes, force: bool) -> Result<u64, Failure> {
    let failed = |error: &io::Error| {
        let message = format!("{} can't be written", path.display());
        Failure::new(Exit::Computer, "write", message).because(error)
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")));
    let mut file = file.map_err(|error| failed(&error))?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.as_file().sync_all());
    written.map_err(|error| failed(&error))?;
    let persisted = if force {
        file.persist(path)
    } else {
        file.persist_noclobber(path)
    };
    persisted.map_err(|error| {
        if error.error.kind() == io::ErrorKind::AlreadyExists {
            exists(path)
        } else {
            failed(&error.error)
        }
    })?;
    Ok(bytes.len() as u64)
}

async fn download(
    session: &Session,
    reference: &Reference,
    job: &StoredJob,
    wanted: Wanted,
) -> Result<Download, Failure> {
    let downloaded = match wanted {
        Wanted::Pades => session.client.pades(&job.record).await,
        Wanted::Xades(signer) => {
            // Shown as people count them.
            let mut signers = job.record.signers_with_xades();
            let index = signers.find(|index| index.to_string() == signer.to_string());
            let index = index.ok_or_else(|| no_document(reference, job))?;
            session.client.xades(&job.record, index).await
        }
    };
    downloaded.map_err(|error| match error {
        portal_client::Error::NoDocument { .. } => no_document(reference, job),
        error => error.into(),
    })
}
