//! Cases about how signers are notified.

use portal_model::{NotificationsUsingLookup, SignerIdentification, SigningOnBehalfOf};
use portal_rules::Code::{self, *};
use portal_rules::Sector;
use portal_rules::Severity::{Error, Warning};

use super::{Case, broken, kept};
use crate::sample::{Job, by_contact, by_number, looked_up};

pub(super) fn cases() -> Vec<Case> {
    contact().into_iter().chain(lookup()).collect()
}

fn contact() -> Vec<Case> {
    let required = (Error, "signers[1].notifications");
    vec![
        kept(SignerContactRequired, "both", Job::private, |_| {}),
        kept(SignerContactRequired, "lookup", Job::public, |_| {}),
        kept(
            SignerContactRequired,
            "mobile, blank address",
            Job::private,
            |job| {
                job.set_contact(1, Some(""), Some("41234567"));
            },
        ),
        broken(
            SignerContactRequired,
            "blank mobile",
            required,
            Job::private,
            |job| {
                job.set_contact(1, None, Some(" "));
            },
        ),
        broken(
            SignerContactRequired,
            "blank address",
            required,
            Job::private,
            |job| {
                job.set_contact(1, Some(""), None);
            },
        ),
        broken(
            SignerContactRequired,
            "both blank",
            required,
            Job::private,
            |job| {
                job.set_contact(1, Some(""), Some("\t"));
            },
        ),
        kept(SignerEmailFormat, "an address", Job::private, |_| {}),
        kept(SignerEmailFormat, "none", Job::private, |job| {
            job.set_contact(1, None, Some("41234567"));
        }),
        broken(
            SignerEmailFormat,
            "no domain",
            (Warning, "signers[1].notifications.email"),
            Job::private,
            |job| job.set_contact(1, Some("signer"), None),
        ),
        kept(SignerMobileFormat, "a number", Job::private, |_| {}),
        kept(SignerMobileFormat, "none", Job::private, |job| {
            job.set_contact(1, Some("signer@example.com"), None);
        }),
        broken(
            SignerMobileFormat,
            "a land line",
            (Warning, "signers[1].notifications.sms"),
            Job::private,
            |job| job.set_contact(1, None, Some("22334455")),
        ),
    ]
}

fn lookup() -> Vec<Case> {
    const LOOKUP: (portal_rules::Severity, &str) = (Error, "signers[0].notifications-using-lookup");
    const ADVISED: Code = SignerLookupRecommended;
    let own = (Warning, "signers[1].notifications");
    vec![
        kept(SignerLookupSector, "public", Job::public, |_| {}),
        kept(SignerLookupSector, "unknown", Job::public, |job| {
            job.profile.sector = Sector::Unknown;
        }),
        broken(SignerLookupSector, "private", LOOKUP, Job::private, |job| {
            job.signer(0).notify = NotificationsUsingLookup::EMAIL_ONLY.into();
        }),
        kept(SignerLookupOnBehalfOf, "self", Job::public, |job| {
            job.signer(0).on_behalf_of = Some(SigningOnBehalfOf::Oneself);
        }),
        kept(
            SignerLookupOnBehalfOf,
            "other, own contacts",
            Job::private,
            |job| {
                job.signer(0).on_behalf_of = Some(SigningOnBehalfOf::Other);
            },
        ),
        broken(
            SignerLookupOnBehalfOf,
            "other",
            LOOKUP,
            Job::public,
            |job| {
                job.signer(0).on_behalf_of = Some(SigningOnBehalfOf::Other);
            },
        ),
        kept(SignerLookupIdentity, "number", Job::public, |_| {}),
        kept(
            SignerLookupIdentity,
            "contact, not looked up",
            Job::private,
            |_| {},
        ),
        broken(
            SignerLookupIdentity,
            "contact",
            LOOKUP,
            Job::public,
            |job| {
                job.signer(0).identification = SignerIdentification::IdentifiedByContactInformation;
            },
        ),
        kept(ADVISED, "looked up", Job::public, |_| {}),
        kept(ADVISED, "private", Job::private, |_| {}),
        kept(ADVISED, "by contact", Job::public, |job| {
            job.set_signers(vec![by_contact(1)]);
        }),
        kept(ADVISED, "on behalf of other", Job::public, |job| {
            job.set_signers(vec![
                by_number(1).with_on_behalf_of(SigningOnBehalfOf::Other),
            ]);
        }),
        broken(ADVISED, "own contacts", own, Job::public, |job| {
            job.set_signers(vec![looked_up(1), by_number(2)]);
        }),
        broken(
            ADVISED,
            "own contacts, on own behalf",
            own,
            Job::public,
            |job| {
                let signer = by_number(2).with_on_behalf_of(SigningOnBehalfOf::Oneself);
                job.set_signers(vec![looked_up(1), signer]);
            },
        ),
    ]
}
