//! The parts of a job file: documents, signers, sender, and values with a form of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use portal_model::{DateTime, IdentifierInSignedDocuments, SignatureType, SigningOnBehalfOf};
use schemars::JsonSchema;
use serde::Serialize;

use super::JobFileError;
use crate::{Document, Notification, Signer};

#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "kebab-case")]
#[schemars(deny_unknown_fields)]
pub(super) struct DocumentEntry {
    /// Path of the file, relative to the job file.
    pub(super) file: String,
    /// Title: 1 to 80 characters.
    pub(super) title: String,
    /// File name within the package: 4 to 100 letters from A to Z, digits, dots, hyphens and underscores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub(super) name: Option<String>,
    /// Media type. Defaults to application/pdf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "FileMediaType")]
    pub(super) media_type: Option<FileMediaType>,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "kebab-case")]
pub(super) struct SignerEntry {
    #[serde(flatten)]
    pub(super) address: Address,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) order: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) signature_type: Option<FileSignatureType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) on_behalf_of: Option<FileOnBehalfOf>,
}

/// By what a signer is known.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(untagged)]
pub(super) enum Address {
    #[serde(rename_all = "kebab-case")]
    Number {
        personal_number: String,
        notify: NotificationEntry,
    },
    #[serde(rename_all = "kebab-case")]
    Variable {
        personal_number_env: String,
        notify: NotificationEntry,
    },
    #[serde(rename_all = "kebab-case")]
    File {
        personal_number_file: String,
        notify: NotificationEntry,
    },
    Contact(Contact),
}

#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(untagged)]
pub(super) enum NotificationEntry {
    Register(Register),
    Contact(Contact),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Register {
    Lookup,
    LookupWithSms,
}

/// At least one of both.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Contact {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mobile: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[cfg_attr(test, derive(Debug))]
#[schemars(deny_unknown_fields)]
pub(super) struct SenderEntry {
    /// Organisation that the job is sent for: 9 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub(super) organization: Option<String>,
    /// Queue that the job's changes arrive on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub(super) queue: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SignedDocumentsShow {
    PersonalNumberAndName,
    DateOfBirthAndName,
    Name,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FileSignatureType {
    Advanced,
    Authenticated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum FileOnBehalfOf {
    #[serde(rename = "self")]
    Oneself,
    #[serde(rename = "other")]
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) enum FileMediaType {
    #[serde(rename = "application/pdf")]
    Pdf,
    #[serde(rename = "text/plain")]
    PlainText,
}

/// A number with a unit, as it was written.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(transparent)]
pub(super) struct FileDuration(pub(super) String);

impl FileDuration {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let number = text.strip_suffix(['s', 'm', 'h', 'd'])?;
        let is_number =
            (1..=8).contains(&number.len()) && number.bytes().all(|c| c.is_ascii_digit());
        is_number.then(|| Self(text.to_owned()))
    }

    pub(super) fn duration(&self) -> Duration {
        let (number, unit) = self.0.split_at(self.0.len() - 1);
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            _ => 24 * 60 * 60,
        };
        // At most eight digits.
        Duration::from_secs(number.parse::<u64>().unwrap_or_default() * unit)
    }
}

/// A time with an offset, as it was written.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(transparent)]
pub(super) struct FileTime(pub(super) String, #[serde(skip)] pub(super) DateTime);

impl DocumentEntry {
    pub(super) fn document(&self, folder: &Path) -> Document {
        let path: PathBuf = folder.join(&self.file);
        let document = match self.media_type {
            None | Some(FileMediaType::Pdf) => Document::pdf(&self.title, path),
            Some(FileMediaType::PlainText) => Document::plain_text(&self.title, path),
        };
        match &self.name {
            Some(name) => document.name(name),
            None => document,
        }
    }
}

impl SignerEntry {
    /// `position` counts from 1.
    pub(super) fn signer(&self, position: usize, folder: &Path) -> Result<Signer, JobFileError> {
        let mut signer = match &self.address {
            Address::Number {
                personal_number,
                notify,
            } => Signer::by_personal_number(personal_number, notify.notification()),
            Address::Variable {
                personal_number_env,
                notify,
            } => {
                let number =
                    std::env::var(personal_number_env).map_err(|_| JobFileError::NoVariable {
                        signer: position,
                        variable: personal_number_env.clone(),
                    })?;
                Signer::by_personal_number(number.trim(), notify.notification())
            }
            Address::File {
                personal_number_file,
                notify,
            } => {
                let number =
                    fs::read_to_string(folder.join(personal_number_file)).map_err(|source| {
                        JobFileError::NumberFile {
                            signer: position,
                            source,
                        }
                    })?;
                Signer::by_personal_number(number.trim(), notify.notification())
            }
            Address::Contact(contact) => match (&contact.email, &contact.mobile) {
                (Some(email), Some(mobile)) => Signer::by_email_and_mobile(email, mobile),
                (None, Some(mobile)) => Signer::by_mobile(mobile),
                (email, None) => Signer::by_email(email.as_deref().unwrap_or_default()),
            },
        };
        if let Some(order) = self.order {
            signer = signer.order(order);
        }
        if let Some(kind) = self.signature_type {
            signer = signer.signature_type(match kind {
                FileSignatureType::Advanced => SignatureType::AdvancedElectronicSignature,
                FileSignatureType::Authenticated => SignatureType::AuthenticatedElectronicSignature,
            });
        }
        if let Some(on_behalf_of) = self.on_behalf_of {
            signer = signer.on_behalf_of(match on_behalf_of {
                FileOnBehalfOf::Oneself => SigningOnBehalfOf::Oneself,
                FileOnBehalfOf::Other => SigningOnBehalfOf::Other,
            });
        }
        Ok(signer)
    }
}

impl NotificationEntry {
    pub(super) fn notification(&self) -> Notification {
        match self {
            Self::Register(Register::Lookup) => Notification::lookup(),
            Self::Register(Register::LookupWithSms) => Notification::lookup_with_sms(),
            Self::Contact(contact) => match (&contact.email, &contact.mobile) {
                (Some(email), Some(mobile)) => Notification::email_and_mobile(email, mobile),
                (None, Some(mobile)) => Notification::mobile(mobile),
                (email, None) => Notification::email(email.as_deref().unwrap_or_default()),
            },
        }
    }
}

impl From<SignedDocumentsShow> for IdentifierInSignedDocuments {
    fn from(show: SignedDocumentsShow) -> Self {
        match show {
            SignedDocumentsShow::PersonalNumberAndName => Self::PersonalIdentificationNumberAndName,
            SignedDocumentsShow::DateOfBirthAndName => Self::DateOfBirthAndName,
            SignedDocumentsShow::Name => Self::Name,
        }
    }
}
