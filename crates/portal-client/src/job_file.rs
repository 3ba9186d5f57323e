//! Jobs written as files.

use std::fmt;
use std::path::Path;

use portal_model::AuthenticationLevel;
use schemars::JsonSchema;
use serde::Serialize;

use self::entries::{
    DocumentEntry, FileDuration, FileTime, SenderEntry, SignedDocumentsShow, SignerEntry,
};
pub use self::error::{JobFileError, JobFileProblem};
use self::read::Reader;
use crate::{JobBuilder, Profile, Sender};

mod entries;
mod error;
mod read;
mod schema;
mod tree;

/// A job written as a file: TOML for people, JSON for programs, with the same names in both.
///
/// Reading checks what the [schema](Self::json_schema) says: names, types and which keys go together.
/// [`JobBuilder::build`] checks the rules of the service, as for any job. Unknown keys are errors, with a
/// suggestion.
///
/// ```
/// use portal_client::{EnvironmentKind, JobFile, Profile, Sector, Sender};
///
/// let file = JobFile::from_toml(r#"
/// portal-job = 1
/// title = "Job title"
/// reference = "123-ABC"
/// available-for = "14d"
///
/// [[document]]
/// file = "document.pdf"
/// title = "Document title"
///
/// [[signer]]
/// personal-number = "12345678910"
/// notify = "lookup"
/// order = 1
///
/// [[signer]]
/// email = "signer2@example.com"
/// order = 2
/// "#)?;
/// assert_eq!(file.reference(), Some("123-ABC"));
///
/// let profile = Profile::new(Sector::Public, EnvironmentKind::Test)
///     .with_sender(Sender::new("123456789")?);
/// let job = file.job(&profile, "folder-of-the-file".as_ref())?;
/// # let _ = job;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// | key | default | what it is |
/// |---|---|---|
/// | `portal-job` | required | version of the format: 1 |
/// | `title` | required | what signers see when they have logged in |
/// | `description`, `nonsensitive-title` | none | message to the signers; title where the real one must not be seen |
/// | `reference` | none | the sender's own reference, which every response repeats |
/// | `available-for` | the service's, 30 days | how long each order group has: a number with s, m, h or d |
/// | `activate-at` | at once | when the job opens, with an offset, such as `2026-12-01T08:00:00+01:00` |
/// | `authentication` | the service's, 4 | security level 3 or 4 |
/// | `signed-documents-show` | the service's | `personal-number-and-name`, `date-of-birth-and-name` or `name` |
/// | `[[document]]` | at least one | `file` (relative to the job file), `title`; `name` within the package; `media-type`, `application/pdf` by default, or `text/plain` |
/// | `[[signer]]` | at least one | see below |
/// | `[sender]` | the profile's | `organization`, `queue` |
///
/// A signer has `personal-number` (a text in quotes), `personal-number-env` (the name of an environment
/// variable) or `personal-number-file` (a file that holds it), and then `notify`: `"lookup"`,
/// `"lookup-with-sms"`, or `{ email = "…", mobile = "…" }` with either or both. Or it has `email`, `mobile`
/// or both, and no `notify`. Then `order` (0 to 9), `signature-type` (`advanced` or `authenticated`) and
/// `on-behalf-of` (`self` or `other`).
///
/// Not YAML: it turns the personal number 01013300001, written without quotes, into another number. `Debug`
/// shows no value.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(
    deny_unknown_fields,
    title = "Job file",
    description = "A job of Posten signering's portal flow."
)]
pub struct JobFile {
    /// Version of the format: 1.
    #[schemars(extend("const" = 1))]
    portal_job: u8,
    /// Title that signers see when they have logged in: 1 to 80 characters.
    title: String,
    /// Message to the signers: at most 220 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    description: Option<String>,
    /// Title for e-mails and wherever else the real one must not be seen: 1 to 80 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    nonsensitive_title: Option<String>,
    /// The sender's own reference, which every response about the job repeats: at most 50 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    reference: Option<String>,
    /// How long each group of signers with the same order has: a number with s, m, h or d; at most 90 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "FileDuration")]
    available_for: Option<FileDuration>,
    /// When the job opens to its first signers, with an offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "FileTime")]
    activate_at: Option<FileTime>,
    /// Security level at which signers must prove who they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64", extend("enum" = [3, 4]))]
    authentication: Option<i64>,
    /// How signers are named in the signed documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SignedDocumentsShow")]
    signed_documents_show: Option<SignedDocumentsShow>,
    /// Documents to sign, in the order in which signers see them: 1 to 20.
    #[serde(rename = "document")]
    documents: Vec<DocumentEntry>,
    /// Signers: 1 to 10.
    #[serde(rename = "signer")]
    signers: Vec<SignerEntry>,
    /// Sender, where it differs from the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SenderEntry")]
    sender: Option<SenderEntry>,
}

impl JobFile {
    /// Reads a job written as TOML.
    ///
    /// # Errors
    /// [`JobFileError`] with every problem at once, each with its line.
    pub fn from_toml(text: &str) -> Result<Self, JobFileError> {
        Reader::new().job(&tree::of_toml(text)?)
    }

    /// Reads a job written as JSON.
    ///
    /// # Errors
    /// [`JobFileError`] with every problem at once, each with its line.
    pub fn from_json(text: &str) -> Result<Self, JobFileError> {
        Reader::new().job(&tree::of_json(text)?)
    }

    /// Reads a job written as TOML or JSON: JSON begins with a brace, which no TOML does.
    ///
    /// # Errors
    /// [`JobFileError`] with every problem at once, each with its line.
    pub fn from_text(text: &str) -> Result<Self, JobFileError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_start().starts_with('{') {
            Self::from_json(text)
        } else {
            Self::from_toml(text)
        }
    }

    /// Returns the JSON Schema (draft 2020-12) of job files, as JSON text: for editors and for programs that
    /// write them.
    #[must_use]
    pub fn schema() -> String {
        format!("{:#}", schema::of_file())
    }

    /// Returns the sender's own reference.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// Sets the sender's own reference, in place of the file's.
    #[must_use]
    pub fn with_reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// Returns the paths of the documents as the file has them, in their order. They may be personal: keep
    /// them out of logs.
    pub fn reveal_document_files(&self) -> impl Iterator<Item = &Path> {
        self.documents.iter().map(|entry| Path::new(&entry.file))
    }

    /// Begins the job that the file describes. Paths are relative to `folder`; personal numbers are read from
    /// environment variables and files where the file says so.
    ///
    /// The documents are read by [`JobBuilder::build`], which also checks the rules.
    ///
    /// # Errors
    /// [`JobFileError::NoVariable`], [`JobFileError::NumberFile`] and [`JobFileError::Sender`].
    pub fn job(&self, profile: &Profile, folder: &Path) -> Result<JobBuilder, JobFileError> {
        let mut job = profile.job(&self.title);
        for entry in &self.documents {
            job = job.document(entry.document(folder));
        }
        for (entry, number) in self.signers.iter().zip(1..) {
            job = job.signer(entry.signer(number, folder)?);
        }
        if let Some(title) = &self.nonsensitive_title {
            job = job.nonsensitive_title(title);
        }
        if let Some(description) = &self.description {
            job = job.description(description);
        }
        if let Some(reference) = &self.reference {
            job = job.reference(reference);
        }
        if let Some(duration) = &self.available_for {
            job = job.available_for(duration.duration());
        }
        if let Some(FileTime(_, time)) = self.activate_at {
            job = job.activate_at(time);
        }
        if let Some(level) = self.authentication {
            job = job.require_authentication(match level {
                3 => AuthenticationLevel::Level3,
                _ => AuthenticationLevel::Level4,
            });
        }
        if let Some(show) = self.signed_documents_show {
            job = job.identifier_in_signed_documents(show.into());
        }
        if let Some(sender) = self.sender(profile)? {
            job = job.sender(sender);
        }
        Ok(job)
    }

    /// The sender where the file says something of it.
    fn sender(&self, profile: &Profile) -> Result<Option<Sender>, JobFileError> {
        let Some(entry) = &self.sender else {
            return Ok(None);
        };
        let mut sender = match &entry.organization {
            Some(number) => {
                Some(Sender::new(number).map_err(|source| JobFileError::Sender { source })?)
            }
            None => profile.sender().cloned(),
        };
        if let Some(queue) = &entry.queue {
            sender = sender.map(|sender| sender.with_queue(queue));
        }
        Ok(sender)
    }
}

/// From JSON and other formats without lines.
impl<'de> serde::Deserialize<'de> for JobFile {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(source)?;
        let node = tree::of_value(value);
        Reader::new().job(&node).map_err(serde::de::Error::custom)
    }
}

impl fmt::Debug for JobFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobFile")
            .field("has_reference", &self.reference.is_some())
            .field("documents", &self.documents.len())
            .field("signers", &self.signers.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
