//! Verifies packages.

use std::io::Read;

use jiff::{SignedDuration, Timestamp};
use num_bigint::BigInt;
use portal_certificate::{Certificate, verify_chain};
use portal_model::OrganizationNumber;

use crate::archive_reader::{self, ArchiveEntry};
use crate::limits::Limits;
use crate::package::{MANIFEST, MIMETYPE, SIGNATURES};
use crate::signature_document::{self, FileReference, SignatureDocument, sha256};
use crate::signer::check_key;
use crate::verified::{VerifiedDocument, VerifiedPackage};
use crate::verify_error::VerifyError;

/// How far the service lets the signing time be from its own.
/// Source: the service's documentation of the document package.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// What `mimetype` holds: the media type of ASiC-E containers.
/// Source: ETSI EN 319 162-1, 4.3.2.1.
const CONTAINER_TYPE: &[u8] = b"application/vnd.etsi.asic-e+zip";

/// Verifies packages: container, digests, signature, certificate, time.
///
/// It is created once with the trust anchors and used for any number of packages.
///
/// The container is held to strictly: every byte must be accounted for. Of a package that this crate
/// made, any flipped bit is refused, with one exception: "version made by" and "external attributes"
/// in the directory of the ZIP file, about half a percent of the bits of a small package, are covered by
/// no signature and have no bearing on names or contents. An unsigned `mimetype` as the first file, as
/// the ASiC standard has it, is accepted.
#[derive(Debug, Clone)]
#[must_use = "a verifier does nothing until `verify` is called"]
pub struct Verifier {
    anchors: Vec<Certificate>,
    tolerance: Option<SignedDuration>,
    organization: Option<OrganizationNumber>,
    limits: Limits,
}

impl Verifier {
    /// Creates a verifier that trusts these authorities' certificates, roots or intermediates. The
    /// signing time may be 5 seconds from now.
    pub fn new(anchors: impl IntoIterator<Item = Certificate>) -> Self {
        Self {
            anchors: anchors.into_iter().collect(),
            tolerance: Some(TOLERANCE),
            organization: None,
            limits: Limits::default(),
        }
    }

    /// Sets how far the signing time may be from now, in either direction. Defaults to 5 seconds.
    pub fn tolerance(mut self, tolerance: SignedDuration) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// Accepts any signing time, and checks the certificate's dates at that time and not now: for
    /// packages that were made some time ago. The time is only the signer's word.
    pub fn any_signing_time(mut self) -> Self {
        self.tolerance = None;
        self
    }

    /// Demands that the certificate belongs to this organisation. One that names none is refused.
    pub fn organization(mut self, number: OrganizationNumber) -> Self {
        self.organization = Some(number);
        self
    }

    /// Sets how large packages may be. Defaults to [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Reads a package to its end and verifies it. Reads no more than the limit allows.
    ///
    /// # Errors
    /// [`VerifyError`], also if reading fails.
    pub fn verify_reader(
        &self,
        package: impl Read,
        now: Timestamp,
    ) -> Result<VerifiedPackage, VerifyError> {
        let mut bytes = Vec::new();
        package
            .take(self.limits.package.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|source| VerifyError::Read { source })?;
        self.verify(&bytes, now)
    }

    /// Verifies a package.
    ///
    /// # Errors
    /// [`VerifyError`], of which each kind of defect has its own variant. Reports the first defect found.
    pub fn verify(&self, package: &[u8], now: Timestamp) -> Result<VerifiedPackage, VerifyError> {
        let entries = archive_reader::read(package, &self.limits)?;
        let (files, signatures) = split(entries)?;
        let document = signature_document::read(&signatures)?;
        if let Some(tolerance) = self.tolerance {
            let stated = document.signing_time;
            if now.duration_since(stated).abs() > tolerance {
                return Err(VerifyError::SigningTime {
                    stated,
                    now,
                    tolerance,
                });
            }
        }
        let chain = self.check_certificates(&document, now)?;
        let leaf = &chain[0];
        let signed = sha256(document.signed_info.as_bytes());
        if !leaf.verifies_sha256_digest(&signed, &document.value) {
            return Err(VerifyError::SignatureValue);
        }
        if document.properties_found != document.properties_stated {
            return Err(VerifyError::SignedProperties);
        }
        let mimes = match_files(&files, &document.files)?;
        let organization_number = leaf.organization_number();
        if let Some(expected) = &self.organization
            && organization_number.as_ref() != Some(expected)
        {
            return Err(VerifyError::Organization {
                expected: expected.as_str().to_owned(),
            });
        }
        let mut manifest = Vec::new();
        let mut documents = Vec::new();
        for (file, mime) in files.into_iter().zip(mimes) {
            if file.name == MANIFEST {
                manifest = file.bytes;
            } else if file.name != MIMETYPE {
                documents.push(VerifiedDocument {
                    name: file.name,
                    mime,
                    bytes: file.bytes,
                });
            }
        }
        if documents.is_empty() {
            return Err(VerifyError::NoDocument);
        }
        Ok(VerifiedPackage {
            manifest,
            documents,
            chain,
            signing_time: document.signing_time,
            organization_number,
        })
    }

    /// Finds the signing certificate and leads it to an anchor; gives the path.
    fn check_certificates(
        &self,
        document: &SignatureDocument,
        now: Timestamp,
    ) -> Result<Vec<Certificate>, VerifyError> {
        let leaf = document
            .certificates
            .iter()
            .find(|certificate| certificate.sha1()[..] == document.certificate_sha1)
            .filter(|certificate| has_serial(certificate, &document.certificate_serial))
            .ok_or(VerifyError::SigningCertificate)?;
        if check_key(std::slice::from_ref(leaf)).is_err() {
            return Err(VerifyError::CertificateKey {
                found: leaf.key_kind(),
            });
        }
        if !leaf.allows_digital_signature() {
            return Err(VerifyError::CertificateUsage);
        }
        let at = if self.tolerance.is_some() {
            now
        } else {
            document.signing_time
        };
        let path = verify_chain(leaf, &document.certificates, &self.anchors, at)
            .map_err(|source| VerifyError::Chain { source })?;
        // What is above the anchor must at least belong to it.
        let mut known = path.clone();
        loop {
            let above = document.certificates.iter().find(|certificate| {
                !known.contains(certificate)
                    && known
                        .last()
                        .is_some_and(|last| last.is_issued_by(certificate))
                    && (!certificate.is_self_issued() || certificate.is_issued_by(certificate))
            });
            match above {
                Some(certificate) => known.push(certificate.clone()),
                None => break,
            }
        }
        for (index, certificate) in document.certificates.iter().enumerate() {
            if !known.contains(certificate) || document.certificates[..index].contains(certificate)
            {
                return Err(VerifyError::StrayCertificate {
                    position: index + 1,
                });
            }
        }
        Ok(path)
    }
}

/// Whether the serial number is the certificate's, also if it was taken for a signed number as
/// the service's C# client does.
fn has_serial(certificate: &Certificate, stated: &BigInt) -> bool {
    let Ok(serial) = certificate.serial_decimal().parse::<BigInt>() else {
        return false;
    };
    let (_, magnitude) = serial.to_bytes_be();
    serial == *stated || BigInt::from_signed_bytes_be(&magnitude) == *stated
}

/// Takes the signature document out of the files, and looks at which files there are.
fn split(entries: Vec<ArchiveEntry>) -> Result<(Vec<ArchiveEntry>, Vec<u8>), VerifyError> {
    let mut signatures = None;
    let mut files = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let lower = entry.name.to_lowercase();
        match lower.strip_prefix("meta-inf/") {
            // The standard has it first, and exempts it from signing.
            None if entry.name == MIMETYPE && (index > 0 || entry.bytes != CONTAINER_TYPE) => {
                return Err(VerifyError::ContainerType {
                    position: index + 1,
                });
            }
            None => files.push(entry),
            Some(_) if entry.name == SIGNATURES => signatures = Some(entry.bytes),
            Some("manifest.xml") => return Err(VerifyError::ContainerManifest),
            Some(name) if name.contains("signature") => return Err(VerifyError::SecondSignature),
            Some(_) => {
                return Err(VerifyError::UnexpectedMetadata {
                    position: index + 1,
                });
            }
        }
    }
    let signatures = signatures.ok_or(VerifyError::NoSignature)?;
    Ok((files, signatures))
}

/// Compares files and references, each of which must have its counterpart; gives the files' media
/// types.
fn match_files(
    files: &[ArchiveEntry],
    references: &[FileReference],
) -> Result<Vec<String>, VerifyError> {
    let digests: Vec<[u8; 32]> = files.iter().map(|file| sha256(&file.bytes)).collect();
    let mut reference_of: Vec<Option<usize>> = vec![None; files.len()];
    let mut missing = None;
    for (index, reference) in references.iter().enumerate() {
        let named = |name: &str| files.iter().position(|file| file.name == name);
        // What is escaped names the decoded file only: by its text as well, a file could be put in
        // another's place.
        let file = if reference.uri.contains(['+', '%']) {
            form_decoded(&reference.uri).and_then(|name| named(&name))
        } else {
            named(&reference.uri)
        };
        match file {
            None => missing = missing.or(Some(index)),
            Some(file) => {
                if let Some(first) = reference_of[file].replace(index) {
                    return Err(VerifyError::SameReference {
                        first: first + 1,
                        second: index + 1,
                    });
                }
            }
        }
    }
    let unsigned = reference_of
        .iter()
        .zip(files)
        .position(|(reference, file)| reference.is_none() && file.name != MIMETYPE);
    match (missing, unsigned) {
        (Some(reference), Some(file)) if references[reference].sha256 == digests[file] => {
            return Err(VerifyError::RenamedFile { position: file + 1 });
        }
        (Some(reference), _) => {
            return Err(VerifyError::MissingFile {
                position: reference + 1,
            });
        }
        (None, Some(file)) => return Err(VerifyError::UnsignedFile { position: file + 1 }),
        (None, None) => {}
    }
    let stated = |file: usize| reference_of[file].map(|reference| references[reference].sha256);
    for file in 0..files.len() {
        // The container's type alone may be unsigned, and has been looked at.
        if stated(file).is_none_or(|stated| stated == digests[file]) {
            continue;
        }
        let swapped = (0..files.len()).find(|other| {
            stated(*other) == Some(digests[file]) && stated(file) == Some(digests[*other])
        });
        return Err(match swapped {
            Some(other) => VerifyError::SwappedFiles {
                first: file + 1,
                second: other + 1,
            },
            None if files[file].name == MANIFEST => VerifyError::Manifest,
            None => VerifyError::Document { position: file + 1 },
        });
    }
    if !files.iter().any(|file| file.name == MANIFEST) {
        return Err(VerifyError::NoManifest);
    }
    Ok(reference_of
        .into_iter()
        .map(|reference| reference.map_or_else(String::new, |at| references[at].mime.clone()))
        .collect())
}

/// A URI as the Java client writes it: spaces as `+`, other bytes as `%XX`.
fn form_decoded(uri: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                rest = after;
                let digit = |byte: u8| char::from(byte).to_digit(16);
                u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}
