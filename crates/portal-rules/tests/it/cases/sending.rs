//! Cases about the sender, the request, the signature and the time.

use jiff::ToSpan;
use jiff::civil::date;
use portal_model::{
    AuthenticationLevel, Availability, DateTime, IdentifierInSignedDocuments, OrganizationNumber,
    SignatureJobReference, SignatureType,
};
use portal_rules::Code::*;
use portal_rules::Sector;
use portal_rules::Severity::{Error, Info, Warning};

use super::{Case, broken, kept};
use crate::sample::{Job, by_contact, by_number, now};

pub(super) fn cases() -> Vec<Case> {
    request()
        .into_iter()
        .chain(signature())
        .chain(identifier())
        .chain(availability())
        .collect()
}

fn request() -> Vec<Case> {
    let (reference, queue) = ((Error, "reference"), (Warning, "polling-queue"));
    vec![
        kept(ReferenceLength, "50", Job::private, |job| {
            job.request.reference = Some(SignatureJobReference::unchecked("ø".repeat(50)));
        }),
        broken(ReferenceLength, "51", reference, Job::private, |job| {
            job.request.reference = Some(SignatureJobReference::unchecked("r".repeat(51)));
        }),
        kept(ReferenceMissing, "given", Job::private, |_| {}),
        broken(
            ReferenceMissing,
            "none",
            (Warning, "reference"),
            Job::private,
            |job| {
                job.request.reference = None;
            },
        ),
        broken(
            ReferenceMissing,
            "blank",
            (Warning, "reference"),
            Job::private,
            |job| {
                job.request.reference = Some(SignatureJobReference::unchecked(" "));
            },
        ),
        kept(QueueName, "none", Job::private, |job| {
            job.request.polling_queue = None;
        }),
        kept(QueueName, "100", Job::private, |job| {
            job.request.polling_queue = Some("ø".repeat(100));
        }),
        kept(QueueName, "space within", Job::private, |job| {
            job.request.polling_queue = Some("my queue".to_owned());
        }),
        broken(QueueName, "empty", queue, Job::private, |job| {
            job.request.polling_queue = Some(String::new());
        }),
        broken(QueueName, "space before", queue, Job::private, |job| {
            job.request.polling_queue = Some(" queue".to_owned());
        }),
        broken(QueueName, "space after", queue, Job::private, |job| {
            job.request.polling_queue = Some("queue\n".to_owned());
        }),
        broken(QueueName, "101", queue, Job::private, |job| {
            job.request.polling_queue = Some("q".repeat(101));
        }),
        kept(UncheckedRequest, "request", Job::private, |_| {}),
        broken(
            UncheckedRequest,
            "no request",
            (Info, "request"),
            Job::private,
            |job| {
                job.manifest_only = true;
                job.profile = job.profile.clone().silence(UncheckedDocuments);
            },
        ),
        kept(SenderOrganizationNumber, "right", Job::private, |_| {}),
        broken(
            SenderOrganizationNumber,
            "check digit",
            (Warning, "sender.organization-number"),
            Job::private,
            |job| {
                job.manifest.sender.organization_number =
                    OrganizationNumber::unchecked("123456789");
            },
        ),
        broken(
            SenderOrganizationNumber,
            "8 digits",
            (Error, "sender.organization-number"),
            Job::private,
            |job| {
                job.manifest.sender.organization_number = OrganizationNumber::unchecked("98466118");
            },
        ),
    ]
}

fn signature() -> Vec<Case> {
    use SignatureType::{AdvancedElectronicSignature, AuthenticatedElectronicSignature};
    let signature_type = (Error, "signers[1].signature-type");
    vec![
        kept(
            SignatureTypeSector,
            "private, advanced",
            Job::private,
            |job| {
                job.signer(1).signature_type = Some(AdvancedElectronicSignature);
            },
        ),
        kept(
            SignatureTypeSector,
            "public, authenticated",
            Job::public,
            |job| {
                job.signer(1).signature_type = Some(AuthenticatedElectronicSignature);
            },
        ),
        kept(SignatureTypeSector, "unknown sector", Job::private, |job| {
            job.signer(1).signature_type = Some(AuthenticatedElectronicSignature);
            job.profile.sector = Sector::Unknown;
        }),
        broken(
            SignatureTypeSector,
            "private, authenticated",
            signature_type,
            Job::private,
            |job| {
                job.signer(1).signature_type = Some(AuthenticatedElectronicSignature);
            },
        ),
        kept(SignatureTypeDocuments, "private", Job::private, |job| {
            job.signer(1).signature_type = Some(AdvancedElectronicSignature);
        }),
        kept(SignatureTypeDocuments, "one document", Job::public, |job| {
            job.signer(1).signature_type = Some(AdvancedElectronicSignature);
            job.set_documents(1);
        }),
        kept(
            SignatureTypeDocuments,
            "authenticated",
            Job::public,
            |job| {
                job.signer(1).signature_type = Some(AuthenticatedElectronicSignature);
            },
        ),
        broken(
            SignatureTypeDocuments,
            "public, advanced",
            signature_type,
            Job::public,
            |job| {
                job.signer(1).signature_type = Some(AdvancedElectronicSignature);
            },
        ),
        kept(AuthenticationSector, "private, 4", Job::private, |job| {
            job.manifest.required_authentication = Some(AuthenticationLevel::Level4);
        }),
        kept(AuthenticationSector, "public, 3", Job::public, |job| {
            job.manifest.required_authentication = Some(AuthenticationLevel::Level3);
        }),
        broken(
            AuthenticationSector,
            "private, 3",
            (Error, "required-authentication"),
            Job::private,
            |job| job.manifest.required_authentication = Some(AuthenticationLevel::Level3),
        ),
        kept(UncheckedSector, "private", Job::private, |_| {}),
        kept(UncheckedSector, "public", Job::public, |_| {}),
        broken(
            UncheckedSector,
            "unknown",
            (Info, "sender"),
            Job::private,
            |job| {
                job.profile.sector = Sector::Unknown;
            },
        ),
    ]
}

fn identifier() -> Vec<Case> {
    use IdentifierInSignedDocuments::{
        DateOfBirthAndName, Name, PersonalIdentificationNumberAndName,
    };
    let identifier = (Error, "identifier-in-signed-documents");
    vec![
        kept(
            IdentifierSector,
            "private, date of birth",
            Job::private,
            |job| {
                job.manifest.identifier_in_signed_documents = Some(DateOfBirthAndName);
            },
        ),
        kept(IdentifierSector, "public, name", Job::public, |job| {
            job.manifest.identifier_in_signed_documents = Some(Name);
        }),
        broken(
            IdentifierSector,
            "private, name",
            identifier,
            Job::private,
            |job| {
                job.manifest.identifier_in_signed_documents = Some(Name);
            },
        ),
        kept(
            IdentifierSignatureType,
            "public, no type",
            Job::public,
            |job| {
                job.manifest.identifier_in_signed_documents = Some(Name);
            },
        ),
        kept(
            IdentifierSignatureType,
            "private, advanced",
            Job::private,
            |job| {
                job.manifest.identifier_in_signed_documents = Some(DateOfBirthAndName);
                job.signer(0).signature_type = Some(SignatureType::AdvancedElectronicSignature);
            },
        ),
        kept(
            IdentifierSignatureType,
            "number shown",
            Job::public,
            |job| {
                job.set_documents(1);
                job.manifest.identifier_in_signed_documents =
                    Some(PersonalIdentificationNumberAndName);
                job.signer(0).signature_type = Some(SignatureType::AdvancedElectronicSignature);
            },
        ),
        broken(
            IdentifierSignatureType,
            "name",
            identifier,
            Job::public,
            |job| {
                job.set_documents(1);
                job.manifest.identifier_in_signed_documents = Some(Name);
                job.signer(0).signature_type = Some(SignatureType::AdvancedElectronicSignature);
            },
        ),
        broken(
            IdentifierSignatureType,
            "date of birth",
            identifier,
            Job::public,
            |job| {
                job.set_documents(1);
                job.manifest.identifier_in_signed_documents = Some(DateOfBirthAndName);
                job.signer(1).signature_type = Some(SignatureType::AdvancedElectronicSignature);
            },
        ),
        kept(IdentifierAddressing, "numbers", Job::public, |job| {
            job.manifest.identifier_in_signed_documents = Some(PersonalIdentificationNumberAndName);
        }),
        kept(IdentifierAddressing, "date of birth", Job::private, |job| {
            job.manifest.identifier_in_signed_documents = Some(DateOfBirthAndName);
        }),
        broken(
            IdentifierAddressing,
            "contacts",
            identifier,
            Job::private,
            |job| {
                job.set_signers(vec![by_number(1), by_contact(2), by_contact(3)]);
                job.manifest.identifier_in_signed_documents =
                    Some(PersonalIdentificationNumberAndName);
            },
        ),
    ]
}

fn availability() -> Vec<Case> {
    let seconds = (Error, "availability.available-seconds");
    vec![
        kept(AvailabilityMaximum, "90 days", Job::private, |job| {
            job.set_availability(None, Some(7_776_000));
        }),
        broken(
            AvailabilityMaximum,
            "90 days, 1 second",
            seconds,
            Job::private,
            |job| {
                job.set_availability(None, Some(7_776_001));
            },
        ),
        broken(
            AvailabilityMaximum,
            "for ever",
            seconds,
            Job::private,
            |job| {
                job.set_availability(Some(now()), Some(i64::MAX));
            },
        ),
        kept(AvailabilityZero, "1 second", Job::private, |job| {
            job.set_availability(None, Some(1));
        }),
        kept(AvailabilityZero, "not given", Job::private, |job| {
            job.set_availability(None, None);
        }),
        broken(AvailabilityZero, "0", seconds, Job::private, |job| {
            job.set_availability(None, Some(0));
        }),
        broken(AvailabilityZero, "negative", seconds, Job::private, |job| {
            job.set_availability(None, Some(-1));
        }),
        kept(AvailabilityActivationPast, "now", Job::private, |job| {
            job.set_availability(Some(now()), None);
        }),
        kept(
            AvailabilityActivationPast,
            "long ago, without an offset",
            Job::private,
            |job| {
                let time = DateTime::without_offset(date(2001, 1, 1).at(8, 0, 0, 0)).unwrap();
                job.manifest.availability = Some(Availability::new().with_activation_time(time));
            },
        ),
        broken(
            AvailabilityActivationPast,
            "a second ago",
            (Warning, "availability.activation-time"),
            Job::private,
            |job| job.set_availability(Some(now() - 1.second()), None),
        ),
        kept(AvailabilityChain, "one group", Job::private, |job| {
            job.set_orders(&[3, 3, 3]);
        }),
        broken(
            AvailabilityChain,
            "two groups",
            (Info, "availability"),
            Job::private,
            |job| {
                job.set_orders(&[1, 2, 2]);
            },
        ),
    ]
}
