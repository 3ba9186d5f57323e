//! Entry points: check, lint, validate.

use jiff::Timestamp;
use portal_model::{PortalSignatureJobManifest, PortalSignatureJobRequest};

use crate::job::Job;
use crate::rule::{apply, rules};
use crate::{DocumentFacts, Report, SenderProfile};

/// Checks a whole job: everything that one request sends.
///
/// `documents` has the facts of the files in the order of the manifest. `now` is when the job is sent.
pub fn check(
    manifest: &PortalSignatureJobManifest,
    request: &PortalSignatureJobRequest,
    documents: &[DocumentFacts],
    profile: &SenderProfile,
    now: Timestamp,
) -> Report {
    let draft = Draft::new(manifest)
        .with_request(request)
        .with_documents(documents);
    lint(draft, profile, now)
}

/// A job of which only a part is known, such as a `manifest.xml` written by hand.
///
/// [`from_draft`](portal_model::XmlDocument::from_draft) reads such a manifest and keeps values beyond
/// the schema's limits, so that the report lists all of them.
///
/// ```
/// use portal_model::{PortalSignatureJobManifest, XmlDocument};
/// use portal_rules::{Draft, SenderProfile, lint};
///
/// # fn example(xml: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// let manifest = PortalSignatureJobManifest::from_draft(xml)?;
/// let report = lint(Draft::new(&manifest), &SenderProfile::default(), jiff::Timestamp::now());
/// println!("{report}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    manifest: &'a PortalSignatureJobManifest,
    request: Option<&'a PortalSignatureJobRequest>,
    documents: Option<&'a [DocumentFacts]>,
}

impl<'a> Draft<'a> {
    /// Creates a draft from a manifest alone.
    #[must_use]
    pub fn new(manifest: &'a PortalSignatureJobManifest) -> Self {
        Self {
            manifest,
            request: None,
            documents: None,
        }
    }

    /// Adds the request that goes with the manifest.
    #[must_use]
    pub fn with_request(mut self, request: &'a PortalSignatureJobRequest) -> Self {
        self.request = Some(request);
        self
    }

    /// Adds the facts of the files, in the order of the manifest.
    #[must_use]
    pub fn with_documents(mut self, documents: &'a [DocumentFacts]) -> Self {
        self.documents = Some(documents);
        self
    }
}

/// Checks as much as is known of a job. An info names the rules that could not be checked.
pub fn lint(draft: Draft<'_>, profile: &SenderProfile, now: Timestamp) -> Report {
    let Draft {
        manifest,
        request,
        documents,
    } = draft;
    let job = Job {
        manifest,
        request,
        files: documents,
        profile,
        now,
    };
    Report::new(apply(rules(), &job))
}

/// Proof that a job was checked and may be sent.
///
/// Only [`validate`] creates one, and it can't be changed. All values are within the schema's limits,
/// so writing its two XML documents does not fail for one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidJob {
    manifest: PortalSignatureJobManifest,
    request: PortalSignatureJobRequest,
    documents: Vec<DocumentFacts>,
    report: Report,
}

impl ValidJob {
    /// Returns the manifest.
    #[must_use]
    pub fn manifest(&self) -> &PortalSignatureJobManifest {
        &self.manifest
    }

    /// Returns the request.
    #[must_use]
    pub fn request(&self) -> &PortalSignatureJobRequest {
        &self.request
    }

    /// Returns the facts of the files, in the order of the manifest.
    ///
    /// The files that are sent must be the ones that were checked; comparing lengths catches most
    /// mix-ups.
    #[must_use]
    pub fn documents(&self) -> &[DocumentFacts] {
        &self.documents
    }

    /// Returns the report, which has warnings and infos but no errors.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Returns manifest and request for changes, and gives up the proof.
    #[must_use]
    pub fn into_parts(self) -> (PortalSignatureJobManifest, PortalSignatureJobRequest) {
        (self.manifest, self.request)
    }
}

/// Checks a whole job as [`check`] does, and returns a proof if it may be sent.
///
/// # Errors
///
/// Returns the whole report, warnings included, if it has at least one error.
pub fn validate(
    manifest: PortalSignatureJobManifest,
    request: PortalSignatureJobRequest,
    documents: &[DocumentFacts],
    profile: &SenderProfile,
    now: Timestamp,
) -> Result<ValidJob, Report> {
    let report = check(&manifest, &request, documents, profile, now);
    if report.has_errors() {
        return Err(report);
    }
    Ok(ValidJob {
        manifest,
        request,
        documents: documents.to_vec(),
        report,
    })
}
