//! A job as a command gets it: a job file or a manifest, from a file or from standard input.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use portal_client::{Job, JobError, JobFile, PortalSignatureJobManifest, Profile};
use portal_model::XmlDocument;

use crate::exit::Exit;
use crate::failure::Failure;

/// The most that is read of a file: many times what a job can be.
const LIMIT: u64 = 4 * 1024 * 1024;

/// What was read.
#[derive(Debug)]
pub(crate) struct JobInput {
    /// The file's name as it was given.
    pub(crate) name: String,
    /// The folder that paths in the file are relative to.
    pub(crate) folder: PathBuf,
    pub(crate) content: JobContent,
}

#[derive(Debug)]
pub(crate) enum JobContent {
    File(Box<JobFile>),
    Manifest(Box<PortalSignatureJobManifest>),
}

impl JobInput {
    /// Reads a file, or standard input where the path is `-`.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let is_stdin = path == Path::new("-");
        let name = if is_stdin {
            "standard input".to_owned()
        } else {
            path.display().to_string()
        };
        let mut bytes = Vec::new();
        let read = if is_stdin {
            io::stdin().lock().take(LIMIT).read_to_end(&mut bytes)
        } else {
            fs::File::open(path).and_then(|file| file.take(LIMIT).read_to_end(&mut bytes))
        };
        read.map_err(|error| {
            Failure::new(Exit::Computer, "job-file", format!("{name} can't be read"))
                .because(&error)
                .fix("give the path of a job file, of a manifest.xml, or - for standard input")
        })?;
        let folder = if is_stdin {
            PathBuf::new()
        } else {
            path.parent().map(Path::to_owned).unwrap_or_default()
        };
        let content = content(&bytes, &name)?;
        Ok(Self {
            name,
            folder,
            content,
        })
    }
}

fn content(bytes: &[u8], name: &str) -> Result<JobContent, Failure> {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if start.trim_ascii_start().first() == Some(&b'<') {
        let manifest = PortalSignatureJobManifest::from_draft(bytes).map_err(|error| {
            let message = format!("{name} is no manifest");
            Failure::new(Exit::NotRight, "manifest", message).because(&error)
        })?;
        return Ok(JobContent::Manifest(Box::new(manifest)));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        let message = format!("{name} is no job file: it is not UTF-8");
        return Err(Failure::new(Exit::NotRight, "job-file", message));
    };
    let file = JobFile::from_text(text).map_err(|error| Failure::from(error).in_file(name))?;
    Ok(JobContent::File(Box::new(file)))
}

/// Builds the job of a job file.
pub(crate) fn build(file: &JobFile, folder: &Path, profile: &Profile) -> Result<Job, Failure> {
    let builder = file.job(profile, folder)?;
    builder.build_blocking().map_err(|error| {
        let number = match &error {
            JobError::Document { number, .. } => Some(*number),
            _ => None,
        };
        let failure = Failure::from(error);
        let path = number.and_then(|number| file.reveal_document_files().nth(number - 1));
        match path {
            Some(path) => failure.fix(format!(
                "the job file names {}, relative to its own folder",
                path.display()
            )),
            None => failure,
        }
    })
}
