//! Changes of one field that break exactly one rule in any valid job.

use jiff::ToSpan;
use portal_model::{
    AuthenticationLevel, Bounded, Description, Href, IdentifierInSignedDocuments, ManifestContent,
    Mime, NonsensitiveTitle, NotificationsUsingLookup, OrganizationNumber, SignatureJobReference,
    SignatureType, SignerIdentification, SignerOrder, SigningOnBehalfOf, Title,
};
use portal_rules::{Code, DocumentFacts, EnvironmentKind, Sector, Severity};
use proptest::sample::Index;

use crate::sample::{Job, by_number, contacts, now, number, pdf, pdf_with};

/// A change, and the rule that it breaks.
#[derive(Debug)]
pub(crate) struct Mutation {
    pub(crate) code: Code,
    /// How severe it is, in production and in a test environment.
    severities: (Severity, Severity),
    /// Says whether the change applies to the job.
    pub(crate) apply: fn(&mut Job, Index) -> bool,
}

impl Mutation {
    pub(crate) fn severity(&self, job: &Job) -> Severity {
        match job.profile.environment {
            EnvironmentKind::Production => self.severities.0,
            EnvironmentKind::Test => self.severities.1,
        }
    }
}

const fn error(code: Code, apply: fn(&mut Job, Index) -> bool) -> Mutation {
    Mutation {
        code,
        severities: (Severity::Error, Severity::Error),
        apply,
    }
}

const fn warning(code: Code, apply: fn(&mut Job, Index) -> bool) -> Mutation {
    Mutation {
        code,
        severities: (Severity::Warning, Severity::Warning),
        apply,
    }
}

pub(crate) fn all() -> Vec<Mutation> {
    OF_SIGNERS.into_iter().chain(OF_THE_REST).collect()
}

const OF_SIGNERS: [Mutation; 23] = [
    error(Code::SignersCount, |job, _| {
        job.set_signers(vec![]);
        true
    }),
    error(Code::SignersCount, |job, _| {
        let mut signers = job.manifest.signers.to_vec();
        // People of other numbers and addresses than those that are there.
        let number = if job.profile.environment == EnvironmentKind::Test {
            "018191"
        } else {
            "010191"
        };
        signers.extend((200..211).map(|serial| {
            let mut signer = by_number(serial);
            let number = crate::sample::number(number, (serial - 200) * 3);
            signer.identification = portal_model::PersonalIdentificationNumber::new(number)
                .unwrap()
                .into();
            signer
        }));
        job.set_signers(signers);
        true
    }),
    error(Code::SignersOrderRange, |job, which| {
        let index = which.index(job.manifest.signers.len());
        job.signer(index).order = Some(SignerOrder::unchecked(10));
        true
    }),
    error(Code::SignersDuplicate, |job, which| {
        let count = job.manifest.signers.len();
        let (first, second) = (which.index(count), count - 1);
        let identification = job.signer(first).identification.clone();
        job.signer(second).identification = identification;
        first != second
            && job.signer(first).personal_number().is_some()
            && job
                .signer(second)
                .notifications()
                .is_none_or(|by| by.email_address().is_some())
    }),
    error(Code::SignerPinFormat, |job, which| {
        let index = which.index(job.manifest.signers.len());
        job.set_number(index, "1234567891");
        true
    }),
    Mutation {
        code: Code::SignerPinChecksum,
        severities: (Severity::Error, Severity::Warning),
        apply: |job, which| {
            let index = which.index(job.manifest.signers.len());
            let known = job.signer(index).personal_number().is_some();
            job.set_number(index, "01013300001");
            known
        },
    },
    Mutation {
        code: Code::SignerPinEnvironment,
        severities: (Severity::Error, Severity::Warning),
        apply: |job, which| {
            let index = which.index(job.manifest.signers.len());
            let known = job.signer(index).personal_number().is_some();
            let production = job.profile.environment == EnvironmentKind::Production;
            job.set_number(
                index,
                &number(if production { "018192" } else { "010192" }, 0),
            );
            known
        },
    },
    error(Code::SignerContactRequired, |job, which| {
        let index = which.index(job.manifest.signers.len());
        job.set_contact(index, None, Some(""));
        true
    }),
    warning(Code::SignerEmailFormat, |job, which| {
        let index = which.index(job.manifest.signers.len());
        let given = job.signer(index).notifications().is_some();
        job.set_contact(index, Some("name.example.com"), None);
        given
    }),
    warning(Code::SignerMobileFormat, |job, which| {
        let index = which.index(job.manifest.signers.len());
        let given = job.signer(index).notifications().is_some();
        job.set_contact(index, None, Some("12345678"));
        given
    }),
    error(Code::SignerLookupSector, |job, which| {
        let index = which.index(job.manifest.signers.len());
        job.signer(index).notify = NotificationsUsingLookup::EMAIL_ONLY.into();
        let signer = job.signer(index).clone();
        job.profile.sector == Sector::Private
            && signer.personal_number().is_some()
            && signer.on_behalf_of != Some(SigningOnBehalfOf::Other)
    }),
    error(Code::SignerLookupOnBehalfOf, |job, which| {
        let index = which.index(job.manifest.signers.len());
        job.signer(index).on_behalf_of = Some(SigningOnBehalfOf::Other);
        job.signer(index).notifications().is_none()
    }),
    error(Code::SignerLookupIdentity, |job, which| {
        let index = which.index(job.manifest.signers.len());
        job.signer(index).identification = SignerIdentification::IdentifiedByContactInformation;
        let shown = IdentifierInSignedDocuments::PersonalIdentificationNumberAndName;
        job.signer(index).notifications().is_none()
            && job.manifest.identifier_in_signed_documents != Some(shown)
    }),
    error(Code::SignatureTypeSector, |job, which| {
        let index = which.index(job.manifest.signers.len());
        job.signer(index).signature_type = Some(SignatureType::AuthenticatedElectronicSignature);
        job.profile.sector == Sector::Private
    }),
    error(Code::SignatureTypeDocuments, |job, which| {
        let index = which.index(job.manifest.signers.len());
        job.signer(index).signature_type = Some(SignatureType::AdvancedElectronicSignature);
        job.manifest.identifier_in_signed_documents = None;
        job.profile.sector == Sector::Public && job.files.len() > 1
    }),
    error(Code::IdentifierSector, |job, _| {
        job.manifest.identifier_in_signed_documents = Some(IdentifierInSignedDocuments::Name);
        job.profile.sector == Sector::Private
    }),
    error(Code::IdentifierSignatureType, |job, which| {
        let index = which.index(job.manifest.signers.len());
        job.signer(index).signature_type = Some(SignatureType::AdvancedElectronicSignature);
        job.manifest.identifier_in_signed_documents =
            Some(IdentifierInSignedDocuments::DateOfBirthAndName);
        job.profile.sector == Sector::Public && job.files.len() == 1
    }),
    error(Code::IdentifierAddressing, |job, _| {
        let shown = IdentifierInSignedDocuments::PersonalIdentificationNumberAndName;
        job.manifest.identifier_in_signed_documents = Some(shown);
        job.manifest
            .signers
            .iter()
            .any(|signer| signer.personal_number().is_none())
    }),
    warning(Code::SignersOrderSingle, |job, _| {
        let mut only = job.signer(0).clone();
        only.order = Some(SignerOrder::new(1).unwrap());
        job.set_signers(vec![only]);
        true
    }),
    warning(Code::SignersOrderGap, |job, _| {
        set_last_order(job, 2);
        job.manifest.signers.len() > 1
    }),
    Mutation {
        code: Code::AvailabilityChain,
        severities: (Severity::Info, Severity::Info),
        apply: |job, _| {
            set_last_order(job, 1);
            job.manifest.signers.len() > 1
        },
    },
    warning(Code::SignerLookupRecommended, |job, which| {
        let index = which.index(job.manifest.signers.len());
        let looked_up = job.signer(index).notifications().is_none();
        job.signer(index).notify = contacts(99).into();
        job.profile.sector == Sector::Public && looked_up
    }),
    Mutation {
        code: Code::SignerIdentityRecommended,
        severities: (Severity::Info, Severity::Info),
        apply: |job, which| {
            let index = which.index(job.manifest.signers.len());
            let is_own = job.signer(index).on_behalf_of != Some(SigningOnBehalfOf::Other);
            let given = job.signer(index).notifications().is_some();
            job.signer(index).identification = SignerIdentification::IdentifiedByContactInformation;
            let shown = IdentifierInSignedDocuments::PersonalIdentificationNumberAndName;
            job.profile.sector == Sector::Public
                && is_own
                && given
                && job.manifest.identifier_in_signed_documents != Some(shown)
        },
    },
];

const OF_THE_REST: [Mutation; 25] = [
    error(Code::AvailabilityMaximum, |job, _| {
        job.set_availability(None, Some(7_776_001));
        true
    }),
    error(Code::AvailabilityZero, |job, _| {
        job.set_availability(None, Some(0));
        true
    }),
    warning(Code::AvailabilityActivationPast, |job, _| {
        let fresh = job.manifest.availability.is_none();
        job.set_availability(Some(now() - 1.second()), None);
        fresh
    }),
    error(Code::DocumentsSize, |job, which| {
        let index = which.index(job.files.len());
        job.files[index] = DocumentFacts::from_ends(10_485_761, b"%PDF-1.7\n", b"");
        true
    }),
    error(Code::DocumentsEmpty, |job, which| {
        let index = which.index(job.files.len());
        job.set_file(index, b"");
        true
    }),
    error(Code::DocumentsPdf, |job, which| {
        let index = which.index(job.files.len());
        job.set_file(index, &pdf_with("1.5", "/Encrypt 2 0 R "));
        true
    }),
    error(Code::DocumentsMissing, |job, _| {
        job.files.push(DocumentFacts::from_bytes(&pdf("1.7")));
        true
    }),
    error(Code::DocumentsName, |job, which| {
        change_document(job, which, |href, _, _| {
            *href = Href::unchecked("a/document.pdf");
        })
    }),
    error(Code::DocumentsMime, |job, which| {
        change_document(job, which, |_, mime, _| {
            *mime = Mime::unchecked("");
        })
    }),
    error(Code::DocumentTitleLength, |job, which| {
        match job.manifest.content {
            ManifestContent::Document(_) => false,
            ManifestContent::Documents(_) => change_document(job, which, |_, _, title| {
                *title = Title::unchecked("");
            }),
        }
    }),
    error(Code::TitleLength, |job, _| {
        match &mut job.manifest.content {
            ManifestContent::Documents(content) => content.title = Title::unchecked("t".repeat(81)),
            ManifestContent::Document(content) => content.title = Title::unchecked("t".repeat(81)),
        }
        true
    }),
    error(Code::NonsensitiveTitleLength, |job, _| {
        let title = Some(NonsensitiveTitle::unchecked(""));
        match &mut job.manifest.content {
            ManifestContent::Documents(content) => content.nonsensitive_title = title,
            ManifestContent::Document(content) => content.nonsensitive_title = title,
        }
        true
    }),
    error(Code::DescriptionLength, |job, _| {
        let description = Some(Description::unchecked("æ".repeat(221)));
        match &mut job.manifest.content {
            ManifestContent::Documents(content) => content.description = description,
            ManifestContent::Document(content) => content.description = description,
        }
        true
    }),
    error(Code::ReferenceLength, |job, _| {
        job.request.reference = Some(SignatureJobReference::unchecked("r".repeat(51)));
        true
    }),
    error(Code::SenderOrganizationNumber, |job, _| {
        job.manifest.sender.organization_number = OrganizationNumber::unchecked("98801581");
        true
    }),
    error(Code::AuthenticationSector, |job, _| {
        job.manifest.required_authentication = Some(AuthenticationLevel::Level3);
        job.profile.sector == Sector::Private
    }),
    Mutation {
        code: Code::UncheckedSector,
        severities: (Severity::Info, Severity::Info),
        apply: |job, _| {
            job.profile.sector = Sector::Unknown;
            true
        },
    },
    error(Code::DocumentsCount, |job, _| {
        if let ManifestContent::Documents(content) = &mut job.manifest.content {
            content.documents = Bounded::unchecked(vec![]);
            job.files.clear();
        }
        job.files.is_empty()
    }),
    warning(Code::ReferenceMissing, |job, _| {
        job.request.reference = None;
        true
    }),
    warning(Code::QueueName, |job, _| {
        job.request.polling_queue = Some(" queue".to_owned());
        true
    }),
    error(Code::PrivacyPersonalNumber, |job, _| {
        job.request.reference = Some(SignatureJobReference::unchecked(number("010190", 0)));
        true
    }),
    warning(Code::DocumentsPdfBytes, |job, which| {
        let index = which.index(job.files.len());
        job.set_file(index, &[b"\n", &pdf("1.7")[..]].concat());
        true
    }),
    warning(Code::TextUtf16, |job, _| {
        job.request.reference = Some(SignatureJobReference::unchecked("😀".repeat(26)));
        true
    }),
    warning(Code::TextInvisible, |job, _| {
        job.request.reference = Some(SignatureJobReference::unchecked("case\u{200B}-1"));
        true
    }),
    error(Code::XmlCharacters, |job, _| {
        job.request.reference = Some(SignatureJobReference::unchecked("case\0"));
        true
    }),
];

/// All signers in one group, and the last in another of its own.
fn set_last_order(job: &mut Job, order: i32) {
    let last = job.manifest.signers.len() - 1;
    for index in 0..=last {
        let order = if index == last { order } else { 0 };
        job.signer(index).order = Some(SignerOrder::new(order).unwrap());
    }
}

/// Changes one of the documents of either form of manifest.
fn change_document(
    job: &mut Job,
    which: Index,
    change: fn(&mut Href, &mut Mime, &mut Title),
) -> bool {
    match &mut job.manifest.content {
        ManifestContent::Documents(content) => {
            let index = which.index(content.documents.len());
            let document = &mut content.documents[index];
            change(&mut document.href, &mut document.mime, &mut document.title);
        }
        ManifestContent::Document(document) => {
            change(&mut document.href, &mut document.mime, &mut document.title);
        }
    }
    true
}
