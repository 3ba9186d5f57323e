//! Where in a job something was found.

use std::fmt;

/// A place in the request or the manifest. The order of the variants is document order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Request,
    Reference,
    PollingQueue,
    Signers,
    Signer(usize, SignerPart),
    Sender,
    OrganizationNumber,
    Title,
    NonsensitiveTitle,
    Description,
    Documents,
    /// A document by its index, or the single one of the old form of manifest.
    Document(Option<usize>, DocumentPart),
    RequiredAuthentication,
    ActivationTime,
    AvailableSeconds,
    Availability,
    IdentifierInSignedDocuments,
}

/// A part of a signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SignerPart {
    Order,
    PersonalNumber,
    ContactIdentity,
    SignatureType,
    Lookup,
    Notifications,
    Email,
    Mobile,
}

/// A part of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DocumentPart {
    /// The file rather than what the manifest says of it.
    File,
    Href,
    Mime,
    Title,
    NonsensitiveTitle,
    Description,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "request",
            Self::Reference => "reference",
            Self::PollingQueue => "polling-queue",
            Self::Signers => "signers",
            Self::Signer(index, part) => return write!(f, "signers[{index}].{}", part.name()),
            Self::Sender => "sender",
            Self::OrganizationNumber => "sender.organization-number",
            Self::Title => "title",
            Self::NonsensitiveTitle => "nonsensitive-title",
            Self::Description => "description",
            Self::Documents => "documents",
            Self::Document(Some(index), part) => {
                return write!(f, "documents[{index}]{}", part.name());
            }
            Self::Document(None, part) => return write!(f, "document{}", part.name()),
            Self::RequiredAuthentication => "required-authentication",
            Self::Availability => "availability",
            Self::ActivationTime => "availability.activation-time",
            Self::AvailableSeconds => "availability.available-seconds",
            Self::IdentifierInSignedDocuments => "identifier-in-signed-documents",
        })
    }
}

impl SignerPart {
    fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::PersonalNumber => "personal-identification-number",
            Self::ContactIdentity => "identified-by-contact-information",
            Self::SignatureType => "signature-type",
            Self::Lookup => "notifications-using-lookup",
            Self::Notifications => "notifications",
            Self::Email => "notifications.email",
            Self::Mobile => "notifications.sms",
        }
    }
}

impl DocumentPart {
    fn name(self) -> &'static str {
        match self {
            Self::File => "",
            Self::Href => ".href",
            Self::Mime => ".mime",
            Self::Title => ".title",
            Self::NonsensitiveTitle => ".nonsensitive-title",
            Self::Description => ".description",
        }
    }
}
