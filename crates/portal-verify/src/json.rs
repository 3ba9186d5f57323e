//! Reading reports and what is kept for later. Names and subjects are personal, so that no error shows a
//! value: it names fields and types only.

use std::collections::BTreeSet;

use jiff::Timestamp;
use portal_model::json::{instant, optional_instant, without_values};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::certificate::{CertificateFacts, Fingerprint, KnownSeals, SignerCertificate};
use crate::finding::{DocumentFinding, FindingCode, FindingSeverity, Place};
use crate::job::{JobReport, Received};
use crate::pades::{AttachmentFacts, PadesReport, Seal};
use crate::sent::{Sent, SentDocument};
use crate::time_stamp::{Stamped, TimeStampFacts};
use crate::xades::{ExternalReference, XadesReport, XadesSignature};

/// Implements `Deserialize` of structs by a form with the same fields. Those behind a semicolon are not
/// written, and empty after reading.
macro_rules! structs {
    ($($name:ident {
        $($(#[$meta:meta])* $field:ident: $type:ty,)* $(; $missing:ident)?
    })*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                #[derive(Deserialize)]
                struct Form {
                    $($(#[$meta])* $field: $type,)*
                }

                let form: Form = without_values(source)?;
                Ok(Self {
                    $($field: form.$field,)*
                    $($missing: String::new(),)?
                })
            }
        }
    )*};
}

structs! {
    SentDocument {
        name: String,
        media_type: String,
        sha256: Fingerprint,
    }
    Sent {
        documents: Vec<SentDocument>,
    }
    CertificateFacts {
        subject: String,
        organization_number: Option<String>,
        issuer: String,
        #[serde(deserialize_with = "instant")]
        not_before: Timestamp,
        #[serde(deserialize_with = "instant")]
        not_after: Timestamp,
        fingerprint: Fingerprint,
    }
    SignerCertificate {
        issuer: String,
        #[serde(deserialize_with = "instant")]
        not_before: Timestamp,
        #[serde(deserialize_with = "instant")]
        not_after: Timestamp,
        fingerprint: Fingerprint,
        ; subject
    }
    DocumentFinding {
        code: FindingCode,
        severity: FindingSeverity,
        place: Place,
        sentence: String,
        meaning: String,
    }
    TimeStampFacts {
        over: Stamped,
        #[serde(default, deserialize_with = "optional_instant")]
        time: Option<Timestamp>,
        certificate: Option<CertificateFacts>,
    }
    AttachmentFacts {
        bytes: u64,
        fingerprint: Fingerprint,
        is_xml: bool,
        ; name
    }
    Seal {
        sub_filter: Option<String>,
        digest: Option<String>,
        certificate: Option<CertificateFacts>,
        #[serde(default, deserialize_with = "optional_instant")]
        claimed_time: Option<Timestamp>,
        certification: Option<u8>,
        covered: u64,
    }
    PadesReport {
        bytes: u64,
        pages: Option<u64>,
        seal: Option<Seal>,
        time_stamps: Vec<TimeStampFacts>,
        has_security_store: bool,
        attachments: Vec<AttachmentFacts>,
        findings: Vec<DocumentFinding>,
    }
    ExternalReference {
        sha256: Option<Fingerprint>,
        media_type: Option<String>,
        ; name
    }
    XadesSignature {
        certificate: Option<SignerCertificate>,
        #[serde(default, deserialize_with = "optional_instant")]
        claimed_time: Option<Timestamp>,
        references: Vec<ExternalReference>,
    }
    XadesReport {
        bytes: u64,
        fingerprint: Fingerprint,
        signatures: Vec<XadesSignature>,
        findings: Vec<DocumentFinding>,
    }
    Received {
        pades: Option<PadesReport>,
        xades: Vec<XadesReport>,
        signed: Option<usize>,
        #[serde(default)]
        in_progress: bool,
    }
    JobReport {
        received: Received,
        findings: Vec<DocumentFinding>,
    }
}

/// Implements `Deserialize` of enums whose variants hold nothing, by the texts that they are written as.
macro_rules! texts {
    ($($name:ident $values:expr, $text:expr, $expected:literal;)*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                let text: String = without_values(source)?;
                let found = $values.iter().copied().find(|value| $text(*value) == text);
                found.ok_or_else(|| D::Error::custom($expected))
            }
        }
    )*};
}

texts! {
    FindingCode Self::ALL, Self::as_str, "found a text that is the code of no finding";
    FindingSeverity [Self::Info, Self::Notice, Self::Broken], |severity: Self| severity.to_string(),
        "a severity is one of info, notice, broken";
    Stamped [Self::Seal, Self::File], |stamped| match stamped {
        Self::Seal => "seal",
        Self::File => "file",
    }, "a time stamp is over one of seal, file";
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum Form {
            File,
            Offset(u64),
            Seal,
            TimeStamp(u32),
            SecurityStore,
            Attachment(u32),
            Signature(u32),
            Reference { signature: u32, reference: u32 },
            Xades(u32),
            Document(u32),
            DocumentInXades { document: u32, xades: u32 },
            Job,
        }

        Ok(match without_values(source)? {
            Form::File => Self::File,
            Form::Offset(offset) => Self::Offset(offset),
            Form::Seal => Self::Seal,
            Form::TimeStamp(number) => Self::TimeStamp(number),
            Form::SecurityStore => Self::SecurityStore,
            Form::Attachment(number) => Self::Attachment(number),
            Form::Signature(number) => Self::Signature(number),
            Form::Reference {
                signature,
                reference,
            } => Self::Reference {
                signature,
                reference,
            },
            Form::Xades(number) => Self::Xades(number),
            Form::Document(number) => Self::Document(number),
            Form::DocumentInXades { document, xades } => Self::DocumentInXades { document, xades },
            Form::Job => Self::Job,
        })
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text: String = without_values(source)?;
        Self::try_from(text).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for KnownSeals {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let seals: BTreeSet<Fingerprint> = without_values(source)?;
        Ok(Self(seals))
    }
}
