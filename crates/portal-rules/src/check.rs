//! The three ways into the rules.

use jiff::Timestamp;
use portal_model::{PortalSignatureJobManifest, PortalSignatureJobRequest};

use crate::job::Job;
use crate::rule::{apply, rules};
use crate::{DocumentFacts, Report, SenderProfile};

/// Checks a whole job: everything that is sent in one call. `documents` has the facts of the
/// files in the order of the manifest; `now` is when the job is sent.
pub fn check(
    manifest: &PortalSignatureJobManifest,
    request: &PortalSignatureJobRequest,
    documents: &[DocumentFacts],
    profile: &SenderProfile,
    now: Timestamp,
) -> Report {
    lint(
        Draft {
            manifest,
            request: Some(request),
            documents: Some(documents),
        },
        profile,
        now,
    )
}

/// A job of which not all is known, such as a `manifest.xml` written by hand.
///
/// [`from_draft`](portal_model::XmlDocument::from_draft) reads such a manifest so that values beyond
/// the schema's limits are kept: then all of them are reported, and not only the first.
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
    /// What is to be signed by whom.
    pub manifest: &'a PortalSignatureJobManifest,
    /// The request that will go with it, if it is known.
    pub request: Option<&'a PortalSignatureJobRequest>,
    /// The facts of the files in the order of the manifest, if the files are at hand.
    pub documents: Option<&'a [DocumentFacts]>,
}

impl<'a> Draft<'a> {
    /// A manifest by itself.
    #[must_use]
    pub fn new(manifest: &'a PortalSignatureJobManifest) -> Self {
        Self {
            manifest,
            request: None,
            documents: None,
        }
    }
}

/// Checks as much as is known of a job; an info names the rules for which too little is known.
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
/// Only [`validate`] makes one, and nothing can be changed in it. Writing its two XML documents
/// never fails for a value beyond the schema's limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidJob {
    manifest: PortalSignatureJobManifest,
    request: PortalSignatureJobRequest,
    documents: Vec<DocumentFacts>,
    report: Report,
}

impl ValidJob {
    /// What is to be signed by whom.
    #[must_use]
    pub fn manifest(&self) -> &PortalSignatureJobManifest {
        &self.manifest
    }

    /// What the service is asked.
    #[must_use]
    pub fn request(&self) -> &PortalSignatureJobRequest {
        &self.request
    }

    /// What was known of the files, in the order of the manifest. The files that are sent must
    /// be the ones that were looked at; comparing lengths catches most mix-ups.
    #[must_use]
    pub fn documents(&self) -> &[DocumentFacts] {
        &self.documents
    }

    /// The warnings and infos that are left.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Manifest and request, to be changed; the proof is gone with that.
    #[must_use]
    pub fn into_parts(self) -> (PortalSignatureJobManifest, PortalSignatureJobRequest) {
        (self.manifest, self.request)
    }
}

/// Checks a whole job as [`check`] does, and gives a proof if it may be sent.
///
/// # Errors
///
/// The whole report, warnings included, if it has at least one error.
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
