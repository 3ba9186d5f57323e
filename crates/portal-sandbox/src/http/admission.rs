//! From the body of a create call to a job, or a refusal. Nothing is kept of a refused job.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use portal_model::{
    DateTime, IdentifierInSignedDocuments, ManifestDocuments, PortalSignatureJobManifest,
    PortalSignatureJobRequest, PortalSigner, SignatureIdentifier, SignatureType,
    SignerIdentification, SignerNotify, SigningOnBehalfOf, XmlDocument,
};
use portal_rules::{DocumentFacts, Report, Sector, SenderProfile};

use super::caller::Caller;
use super::multipart::{self, Part};
use super::note::Note;
use super::package::{self, Package};
use super::refusal::Refusal;
use crate::norway;
use crate::service::{JobContent, NewJob, SignerAct, SignerContent, SignerTraits, StoredDocument};
use crate::shared::Shared;

/// Ten megabytes of documents, and room for what a package and a multipart message add.
pub(super) const LARGEST_BODY: usize = 16 * 1024 * 1024;
/// What each order group gets when the manifest does not say. Source: the documentation, 30 days.
const DEFAULT_PERIOD: Duration = Duration::from_secs(30 * 24 * 3600);

/// A create call under examination.
pub(super) struct Admission<'a> {
    pub(super) shared: &'a Shared,
    /// Who sent it.
    pub(super) caller: &'a Caller,
    /// The organisation in the URL.
    pub(super) organization: &'a str,
    pub(super) now: Timestamp,
    /// Where the journal learns what was sent.
    pub(super) note: &'a Note,
}

impl Admission<'_> {
    /// Examines the call.
    pub(super) fn admit(&self, content_type: &str, body: &Bytes) -> Result<NewJob, Refusal> {
        let parts = multipart::boundary(content_type)
            .and_then(|boundary| multipart::parts(body, &boundary))
            .map_err(|error| Refusal::malformed(error.to_string()))?;
        let request = part(&parts, "application/xml")?;
        self.note.request(request);
        let package = part(&parts, "application/octet-stream")?;

        let request = PortalSignatureJobRequest::from_xml(request)
            .map_err(|error| Refusal::schema(error.to_string()))?;
        let package = package::open(package, self.shared, self.now)?;
        self.note.manifest(&package.manifest);
        // A broker signs with its own certificate or with that of the organisation it acts for.
        // A certificate that is registered for tokens need not name an organisation.
        let signed_by = package.signed_by.as_ref();
        let by_owner = signed_by.is_some_and(|by| by.as_str() == self.organization);
        let by_caller = signed_by.is_some() && signed_by == self.caller.organization.as_ref();
        let by_registered = self.caller.registered == Some(package.certificate);
        if !by_caller && !by_owner && !by_registered {
            return Err(Refusal::package(
                "The package is signed by another organisation than the caller's and the one in the URL.",
            ));
        }
        let manifest = PortalSignatureJobManifest::from_xml(&package.manifest)
            .map_err(|error| Refusal::package(format!("manifest.xml: {error}")))?;
        if manifest.sender.organization_number.as_str() != self.organization {
            return Err(Refusal::package(
                "The sender in manifest.xml is another organisation than the one in the URL.",
            ));
        }
        let described = manifest.documents();
        let documents = documents(&described, package)?;
        let sector = self.check(&manifest, &request, &documents)?;
        self.job(request, &manifest, documents, sector)
    }

    /// Checks the rules as the receiving side does: advice is the sender's own affair.
    fn check(
        &self,
        manifest: &PortalSignatureJobManifest,
        request: &PortalSignatureJobRequest,
        documents: &[StoredDocument],
    ) -> Result<Sector, Refusal> {
        let sector = self
            .shared
            .register
            .sector(&manifest.sender.organization_number);
        let profile = SenderProfile::new(sector, self.shared.environment);
        let facts: Vec<_> = documents
            .iter()
            .map(|document| DocumentFacts::from_bytes(&document.bytes))
            .collect();
        let report = portal_rules::check(manifest, request, &facts, &profile, self.now);
        if report.has_errors() {
            return Err(Refusal::package(listed(&report)));
        }
        Ok(sector)
    }

    /// The instant that a time means. One without an offset is Norwegian, which the journal remarks.
    fn instant(&self, time: DateTime) -> Result<Timestamp, Refusal> {
        if let Some(instant) = time.timestamp() {
            return Ok(instant);
        }
        let instant = norway::instant(time.local())
            .map_err(|_| Refusal::package("The activation time lies too far ahead."))?;
        self.note.remark(format!(
            "the activation time has no offset from UTC and is read as Norwegian time: {instant}"
        ));
        Ok(instant)
    }

    /// The signers that the contact register can't reach.
    fn found(&self, manifest: &PortalSignatureJobManifest) -> Vec<(usize, SignerAct)> {
        let signers = manifest.signers.iter().enumerate();
        let looked_up = signers.filter_map(|(index, signer)| {
            let SignerIdentification::PersonalIdentificationNumber(number) = &signer.identification
            else {
                return None;
            };
            let by_lookup = matches!(signer.notify, SignerNotify::UsingLookup(_));
            let mut register = self.shared.contact_register.iter();
            let (_, act) = register.find(|(known, act)| {
                by_lookup && act.comes_at_any_time() && known.reveal() == number.reveal()
            })?;
            Some((index, *act))
        });
        looked_up.collect()
    }

    fn job(
        &self,
        request: PortalSignatureJobRequest,
        manifest: &PortalSignatureJobManifest,
        documents: Vec<StoredDocument>,
        sector: Sector,
    ) -> Result<NewJob, Refusal> {
        let availability = manifest.availability.as_ref();
        let period = availability
            .and_then(|availability| availability.available_seconds)
            .and_then(|seconds| u64::try_from(seconds.get()).ok())
            .map_or(DEFAULT_PERIOD, Duration::from_secs);
        let described = manifest.documents().into_owned();
        let named = identifier(manifest);
        let by_name = named == IdentifierInSignedDocuments::Name;
        Ok(NewJob {
            organization: self.organization.to_owned(),
            queue: request.polling_queue.filter(|queue| !queue.is_empty()),
            signers: manifest
                .signers
                .iter()
                .map(|signer| traits(signer, sector, by_name))
                .collect(),
            found: self.found(manifest),
            activation: availability
                .and_then(|availability| availability.activation_time)
                .map(|time| self.instant(time))
                .transpose()?,
            period,
            content: JobContent {
                reference: request.reference,
                title: described.title,
                nonsensitive_title: described.nonsensitive_title,
                description: described.description,
                identifier_in_signed_documents: named,
                signers: manifest
                    .signers
                    .iter()
                    .map(content)
                    .collect::<Result<_, _>>()?,
                documents,
            },
        })
    }
}

fn part<'a>(parts: &'a [Part], media_type: &str) -> Result<&'a Bytes, Refusal> {
    let mut fitting = parts.iter().filter(|part| part.media_type == media_type);
    match (fitting.next(), fitting.next()) {
        (Some(part), None) => Ok(&part.body),
        _ => Err(Refusal::malformed(format!(
            "The message needs one part of type {media_type}."
        ))),
    }
}

/// The files that the manifest names, in its order.
fn documents(
    described: &ManifestDocuments,
    package: Package,
) -> Result<Vec<StoredDocument>, Refusal> {
    let mut files = package.files;
    let documents = described
        .documents
        .iter()
        .enumerate()
        .map(|(index, document)| {
            let href = document.href.reveal();
            let named = |wanted: &str| files.iter().position(|file| file.name == wanted);
            // A name that is there as written comes before one that is there decoded.
            let found = named(href)
                .or_else(|| form_decoded(href).and_then(|decoded| named(&decoded)))
                .ok_or_else(|| {
                    Refusal::package(format!(
                        "The package lacks the file that manifest.xml names as document {}.",
                        index + 1
                    ))
                })?;
            let file = files.swap_remove(found);
            let mime = document.mime.as_str();
            check_media_type(index + 1, mime, &file.mime)?;
            Ok(StoredDocument {
                name: file.name,
                title: document.title.clone(),
                mime: mime.to_owned(),
                bytes: file.bytes,
            })
        })
        .collect::<Result<Vec<_>, Refusal>>()?;
    if files.is_empty() {
        Ok(documents)
    } else {
        Err(Refusal::package(format!(
            "The package holds {} more file(s) than manifest.xml names.",
            files.len()
        )))
    }
}

/// Media types that documents may have. Source: the documentation, and what the clients send.
const MEDIA_TYPES: [&str; 2] = ["application/pdf", "text/plain"];

/// Whether manifest and signature give a document the same media type, and one that is accepted.
fn check_media_type(number: usize, stated: &str, signed: &str) -> Result<(), Refusal> {
    if stated != signed {
        return Err(Refusal::package(format!(
            "manifest.xml says that document {number} is {}, and the signature that it is {}.",
            shortened(stated),
            shortened(signed)
        )));
    }
    if !MEDIA_TYPES.contains(&stated) {
        return Err(Refusal::package(format!(
            "Document {number} has the media type {}: application/pdf and text/plain are accepted.",
            shortened(stated)
        )));
    }
    Ok(())
}

/// What was sent, for a message.
fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(100)]
}

/// The Java client writes names form-encoded into the manifest.
fn form_decoded(href: &str) -> Option<String> {
    let spaced = href.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

fn traits(signer: &PortalSigner, sector: Sector, by_name: bool) -> SignerTraits {
    let advanced = match signer.signature_type {
        Some(kind) => kind == SignatureType::AdvancedElectronicSignature,
        // A private sender's jobs are advanced, a public one's authenticated by default.
        None => sector == Sector::Private,
    };
    SignerTraits {
        order: signer.order.map_or(0, portal_model::SignerOrder::get),
        by_contact: signer.identification == SignerIdentification::IdentifiedByContactInformation,
        by_lookup: matches!(signer.notify, SignerNotify::UsingLookup(_)),
        advanced,
        by_name,
        for_other: signer.on_behalf_of == Some(SigningOnBehalfOf::Other),
    }
}

/// Who the signer is. Contact information is looked up by personal number, so there is no signer
/// with neither; the rules say the same with more words, and come first.
fn content(signer: &PortalSigner) -> Result<SignerContent, Refusal> {
    let identifier = match (&signer.identification, &signer.notify) {
        (SignerIdentification::PersonalIdentificationNumber(number), _) => {
            SignatureIdentifier::PersonalIdentificationNumber(number.clone())
        }
        (_, SignerNotify::Notifications(contact)) => {
            SignatureIdentifier::Identifier(contact.clone())
        }
        _ => {
            return Err(Refusal::package(
                "A signer has neither a personal number nor contact information.",
            ));
        }
    };
    Ok(SignerContent {
        identifier,
        notify: signer.notify.clone(),
    })
}

/// How signed documents name their signers. The service does not publish what it does when a
/// manifest leaves it open; the sandbox names the number where every signer has one.
fn identifier(manifest: &PortalSignatureJobManifest) -> IdentifierInSignedDocuments {
    let by_contact = SignerIdentification::IdentifiedByContactInformation;
    manifest.identifier_in_signed_documents.unwrap_or_else(|| {
        if manifest
            .signers
            .iter()
            .any(|s| s.identification == by_contact)
        {
            IdentifierInSignedDocuments::DateOfBirthAndName
        } else {
            IdentifierInSignedDocuments::PersonalIdentificationNumberAndName
        }
    })
}

/// All errors of a report, one to a line.
fn listed(report: &Report) -> String {
    let lines: Vec<_> = report
        .errors()
        .map(|violation| {
            format!(
                "{}: {} ({})",
                violation.path, violation.problem, violation.code
            )
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use portal_model::{Bounded, Href, Mime, PortalDocument, Title};

    use super::super::package::File;
    use super::*;

    fn described(documents: &[(&str, &str)]) -> ManifestDocuments {
        let documents = documents.iter().map(|(href, mime)| {
            let (href, mime) = (Href::unchecked(*href), Mime::unchecked(*mime));
            PortalDocument::new(href, mime, Title::unchecked("A title"))
        });
        let documents = Bounded::unchecked(documents.collect());
        ManifestDocuments::new(Title::unchecked("A job"), documents)
    }

    fn package(files: &[(&str, &str)]) -> Package {
        let file = |(name, mime): &(&str, &str)| File {
            name: (*name).to_owned(),
            mime: (*mime).to_owned(),
            bytes: Bytes::copy_from_slice(name.as_bytes()),
        };
        Package {
            manifest: Vec::new(),
            files: files.iter().map(file).collect(),
            signed_by: None,
            certificate: [0; 32],
        }
    }

    const PDF: &str = "application/pdf";

    #[test]
    fn a_name_that_is_there_as_written_comes_before_one_that_is_there_decoded() {
        for files in [["a b.pdf", "a+b.pdf"], ["a+b.pdf", "a b.pdf"]] {
            let package = package(&files.map(|name| (name, PDF)));
            let described = described(&[("a+b.pdf", PDF), ("a%20b.pdf", PDF)]);
            let found = documents(&described, package).unwrap();
            let names: Vec<_> = found.iter().map(|document| &*document.name).collect();
            assert_eq!(names, ["a+b.pdf", "a b.pdf"]);
        }
    }

    #[test]
    fn media_types_are_compared_and_a_foreign_one_is_named() {
        for (stated, signed, message) in [
            (
                PDF,
                "text/plain",
                "says that document 1 is application/pdf, and",
            ),
            ("image/png", "image/png", "the media type image/png"),
            ("text/plain", "text/plain", ""),
        ] {
            let package = package(&[("a.pdf", signed)]);
            match documents(&described(&[("a.pdf", stated)]), package) {
                Ok(_) => assert_eq!(message, ""),
                Err(refusal) => {
                    assert!(refusal.message.contains(message), "{}", refusal.message);
                    assert_ne!(message, "");
                }
            }
        }
    }
}
