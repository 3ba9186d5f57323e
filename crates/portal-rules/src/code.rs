//! The stable code of each rule.

use std::fmt;
use std::str::FromStr;

use crate::families::*;
use crate::rule::Rule;

/// Ties each code, its text and its rule together in one line.
macro_rules! codes {
    ($($variant:ident = $text:literal => $rule:path,)*) => {
        /// The stable code of a rule, such as `signers.count`.
        ///
        /// The text never changes once released: logs, overrides and tickets refer to it.
        /// [`Code::rule`] has what the rule says, its source, and how to fix a job that breaks it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(
                #[doc = concat!("`", $text, "`")]
                $variant,
            )*
        }

        impl Code {
            /// Every code, in document order of the places that the rules check.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// Returns the code as text.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Code::$variant => $text,)*
                }
            }

            /// Returns the rule of this code.
            #[must_use]
            pub fn rule(self) -> &'static Rule {
                match self {
                    $(Code::$variant => &$rule,)*
                }
            }
        }
    };
}

codes! {
    ReferenceLength = "reference.length" => request::REFERENCE_LENGTH,
    ReferenceMissing = "reference.missing" => request::REFERENCE_MISSING,
    QueueName = "queue.name" => request::QUEUE_NAME,
    SignersCount = "signers.count" => order::COUNT,
    SignersOrderRange = "signers.order.range" => order::RANGE,
    SignersOrderSingle = "signers.order.single" => order::SINGLE,
    SignersOrderGap = "signers.order.gap" => order::GAP,
    SignersDuplicate = "signers.duplicate" => identity::DUPLICATE,
    SignerPinFormat = "signer.pin.format" => identity::FORMAT,
    SignerPinChecksum = "signer.pin.checksum" => identity::CHECKSUM,
    SignerPinEnvironment = "signer.pin.environment" => identity::ENVIRONMENT,
    SignerIdentityRecommended = "signer.identity.recommended" => identity::RECOMMENDED,
    SignerContactRequired = "signer.contact.required" => contact::REQUIRED,
    SignerEmailFormat = "signer.email.format" => contact::EMAIL,
    SignerMobileFormat = "signer.mobile.format" => contact::MOBILE,
    SignerLookupSector = "signer.lookup.sector" => lookup::SECTOR,
    SignerLookupOnBehalfOf = "signer.lookup.on-behalf-of" => lookup::ON_BEHALF_OF,
    SignerLookupIdentity = "signer.lookup.identity" => lookup::IDENTITY,
    SignerLookupRecommended = "signer.lookup.recommended" => lookup::RECOMMENDED,
    SignatureTypeSector = "signature-type.sector" => signature::TYPE_SECTOR,
    SignatureTypeDocuments = "signature-type.documents" => signature::TYPE_DOCUMENTS,
    SenderOrganizationNumber = "sender.organization-number" => sender::ORGANIZATION_NUMBER,
    TitleLength = "title.length" => titles::TITLE,
    NonsensitiveTitleLength = "nonsensitive-title.length" => titles::NONSENSITIVE_TITLE,
    DescriptionLength = "description.length" => titles::DESCRIPTION,
    DocumentsCount = "documents.count" => documents::COUNT,
    DocumentsMissing = "documents.missing" => files::MISSING,
    DocumentsSize = "documents.size" => files::SIZE,
    DocumentsEmpty = "documents.empty" => files::EMPTY,
    DocumentsPdf = "documents.pdf" => files::PDF,
    DocumentsPdfBytes = "documents.pdf.bytes" => files::PDF_BYTES,
    DocumentsName = "documents.name" => documents::NAME,
    DocumentsMime = "documents.mime" => documents::MIME,
    DocumentTitleLength = "document.title.length" => titles::DOCUMENT_TITLE,
    AuthenticationSector = "authentication.sector" => signature::AUTHENTICATION_SECTOR,
    AvailabilityMaximum = "availability.maximum" => availability::MAXIMUM,
    AvailabilityZero = "availability.zero" => availability::ZERO,
    AvailabilityActivationPast = "availability.activation.past" => availability::ACTIVATION_PAST,
    AvailabilityChain = "availability.chain" => availability::CHAIN,
    IdentifierSector = "identifier.sector" => identifier::SECTOR,
    IdentifierSignatureType = "identifier.signature-type" => identifier::SIGNATURE_TYPE,
    IdentifierAddressing = "identifier.addressing" => identifier::ADDRESSING,
    PrivacyPersonalNumber = "privacy.personal-number" => text::PERSONAL_NUMBER,
    TextUtf16 = "text.utf16" => text::UTF16,
    TextInvisible = "text.invisible" => text::INVISIBLE,
    XmlCharacters = "xml.characters" => text::XML_CHARACTERS,
    UncheckedSector = "unchecked.sector" => unchecked::SECTOR,
    UncheckedDocuments = "unchecked.documents" => unchecked::DOCUMENTS,
    UncheckedRequest = "unchecked.request" => unchecked::REQUEST,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == text)
            .ok_or(UnknownCode)
    }
}

/// The text is not the code of any rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no rule has this code; the table of rules in the documentation lists them all")]
pub struct UnknownCode;

#[cfg(feature = "serde")]
impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
crate::json::deserialize_from_text!(Code);
