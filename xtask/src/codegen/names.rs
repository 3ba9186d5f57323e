//! The names that the schema does not give, and what its types do not say.

/// Where a part of the schema has no name: the enclosing type or element, and the number of the nameless
/// group in it, from 1 in document order, the type's own content not counted.
pub(super) struct Group {
    pub(super) place: &'static str,
    pub(super) naming: Naming,
}

/// What a nameless group becomes.
pub(super) enum Naming {
    /// A choice within a sequence: an enum and the field that holds it.
    Choice {
        name: &'static str,
        field: &'static str,
        docs: &'static str,
    },
    /// A sequence within a choice: a struct, and the variant that holds it.
    Sequence {
        name: &'static str,
        variant: &'static str,
        docs: &'static str,
    },
    /// A sequence within a choice: a variant with fields.
    Variant {
        name: &'static str,
        docs: &'static str,
    },
}

pub(super) const GROUPS: &[Group] = &[
    Group {
        place: "portal-signature-job-manifest#1",
        naming: Naming::Choice {
            name: "ManifestContent",
            field: "content",
            docs: "What is to be signed: several documents, or one in the old form of the manifest.",
        },
    },
    Group {
        place: "portal-signature-job-manifest#2",
        naming: Naming::Sequence {
            name: "ManifestDocuments",
            variant: "Documents",
            docs: "The documents to be signed, with what the signers are told of the job.",
        },
    },
    Group {
        place: "portal-signer#1",
        naming: Naming::Choice {
            name: "SignerIdentification",
            field: "identification",
            docs: "How the sender addresses a signer.",
        },
    },
    Group {
        place: "portal-signer#2",
        naming: Naming::Choice {
            name: "SignerNotify",
            field: "notify",
            docs: "Where a signer is notified.",
        },
    },
    Group {
        place: "notifications#1",
        naming: Naming::Variant {
            name: "Email",
            docs: "By e-mail, and by SMS too if given.",
        },
    },
    Group {
        place: "signature#1",
        naming: Naming::Choice {
            name: "SignatureIdentifier",
            field: "identifier",
            docs: "Which signer a signature is of, as the sender addressed the signer.",
        },
    },
];

/// Types whose Rust name is not their schema name in Rust's spelling.
const TYPES: &[(&str, &str)] = &[
    // The client's `Sender` is another: it has a queue too.
    ("sender", "ManifestSender"),
    ("error", "ErrorDocument"),
    ("nonNegativeLong", "AvailableSeconds"),
    // Nameless types are named after their attribute, which says too little in these cases.
    ("order", "SignerOrder"),
    ("address", "EmailAddress"),
    ("number", "MobileNumber"),
];

/// Variants whose Rust name is not their schema name in Rust's spelling, by enum and schema name.
const VARIANTS: &[(&str, &str, &str)] = &[
    ("SignerNotify", "notifications-using-lookup", "UsingLookup"),
    // `Self` is a word of Rust.
    ("SigningOnBehalfOf", "SELF", "Oneself"),
    ("AuthenticationLevel", "3", "Level3"),
    ("AuthenticationLevel", "4", "Level4"),
];

/// Attributes of plain `xs:string` that get a type of their own, since they hold personal data.
pub(super) const TYPED_STRINGS: &[&str] = &["address", "number"];

/// Texts that are or may hold personal data: shown only by `reveal()`.
pub(super) const PERSONAL: &[&str] = &[
    "Title",
    "NonsensitiveTitle",
    "Description",
    "PersonalIdentificationNumber",
    "SignerIdentifier",
    "EmailAddress",
    "MobileNumber",
    "Href",
    // The sender's own words, as with queues below.
    "SignatureJobReference",
];

/// Plain texts that may hold personal data, by struct and field: `Debug` leaves them out.
pub(super) const REDACTED: &[(&str, &str)] = &[
    ("ErrorDocument", "error_message"),
    ("PortalSignatureJobRequest", "polling_queue"),
];

/// Types of the schema that hand-written Rust types stand for.
pub(super) const HAND_WRITTEN: &[(&str, &str)] =
    &[("portal-signature-status-value", "SignerStatus")];

/// What the schema requires and a response may lack, as type and attribute or field: an `Option`.
pub(super) const TOLERATED: &[(&str, &str)] =
    &[("signature-status", "since"), ("signature", "identifier")];

/// Elements that the schema requires and a response may lack, as type and element: an empty value stands
/// for them.
pub(super) const ABSENT: &[(&str, &str)] = &[
    ("portal-signature-job-status-change-response", "signatures"),
    ("signature", "status"),
    ("error", "error-message"),
    ("error", "error-type"),
];

/// Lists of values that are open to newer ones in responses.
pub(super) const OPEN: &[&str] = &["portal-signature-job-status"];

/// Choices that are complete: the old form of something and the new one.
pub(super) const COMPLETE: &[&str] = &["ManifestContent"];

/// The documents of the service, which are read leniently.
pub(super) const RESPONSES: &[&str] = &[
    "portal-signature-job-response",
    "portal-signature-job-status-change-response",
    "error",
];

/// The schema's documents, in the order in which their types are written.
pub(super) const ROOTS: &[&str] = &[
    "portal-signature-job-request",
    "portal-signature-job-manifest",
    "portal-signature-job-response",
    "portal-signature-job-status-change-response",
    "error",
];

/// Named complex types that get no Rust type of their own: empty ones are a `bool` or a variant, those
/// with one attribute or one list are replaced by it, and nothing derives from the abstract one.
pub(super) const DISSOLVED: &[&str] = &[
    "accessible-by-url",
    "email",
    "empty-element",
    "enabled",
    "portal-signers",
    "sms",
];

/// The Rust name of a type.
pub(super) fn type_name(xml: &str) -> String {
    let known = TYPES.iter().find(|(name, _)| *name == xml);
    known.map_or_else(|| pascal_case(xml), |(_, name)| (*name).to_owned())
}

/// The Rust name of a variant.
pub(super) fn variant_name(of: &str, xml: &str) -> String {
    let known = VARIANTS
        .iter()
        .find(|(name, value, _)| *name == of && *value == xml);
    known.map_or_else(|| pascal_case(xml), |(.., name)| (*name).to_owned())
}

/// The Rust name of a field.
pub(super) fn field_name(xml: &str) -> String {
    xml.replace('-', "_")
}

fn pascal_case(xml: &str) -> String {
    let mut name = String::new();
    for word in xml.split(['-', '_']) {
        let mut letters = word.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        // `IN_PROGRESS` is two words, `nonNegativeLong` has its own capitals.
        let shouted = word.chars().all(|c| c.is_ascii_uppercase());
        name.extend(letters.map(|c| if shouted { c.to_ascii_lowercase() } else { c }));
    }
    name
}
