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
    let email = (Warning, "signers[1].notifications.email");
    let mobile = (Warning, "signers[1].notifications.sms");
    let words = (Error, "signers[1].notifications.sms");
    vec![
        kept(SignerContactRequired, "both", Job::private, |_| {}),
        kept(SignerContactRequired, "lookup", Job::public, |_| {}),
        broken(
            SignerEmailFormat,
            "blank, with a mobile number",
            email,
            Job::private,
            |job| job.set_contact(1, Some(" "), Some("41234567")),
        ),
        broken(
            SignerMobileFormat,
            "blank, with an address",
            mobile,
            Job::private,
            |job| job.set_contact(1, Some("signer@example.com"), Some("")),
        ),
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
        broken(SignerEmailFormat, "no domain", email, Job::private, |job| {
            job.set_contact(1, Some("signer"), None);
        }),
        broken(SignerEmailFormat, "mailto", email, Job::private, |job| {
            job.set_contact(1, Some("mailto:signer@example.com"), None);
        }),
        broken(SignerEmailFormat, "dots", email, Job::private, |job| {
            job.set_contact(1, Some("a..b@example.com"), None);
        }),
        kept(SignerMobileFormat, "a number", Job::private, |_| {}),
        kept(SignerMobileFormat, "none", Job::private, |job| {
            job.set_contact(1, Some("signer@example.com"), None);
        }),
        broken(
            SignerMobileFormat,
            "a land line",
            mobile,
            Job::private,
            |job| job.set_contact(1, None, Some("22334455")),
        ),
        broken(SignerMobileFormat, "spaces", mobile, Job::private, |job| {
            job.set_contact(1, None, Some("912 34 567"));
        }),
        broken(SignerMobileFormat, "0047", mobile, Job::private, |job| {
            job.set_contact(1, None, Some("004791234567"));
        }),
        broken(SignerMobileFormat, "47", mobile, Job::private, |job| {
            job.set_contact(1, None, Some("4791234567"));
        }),
        broken(
            SignerMobileFormat,
            "digits of another script",
            mobile,
            Job::private,
            |job| {
                job.set_contact(1, None, Some("９１２３４５６７"));
            },
        ),
        broken(SignerMobileFormat, "abroad", mobile, Job::private, |job| {
            job.set_contact(1, None, Some("0046 70 123 45 67"));
        }),
        broken(SignerMobileFormat, "words", words, Job::private, |job| {
            job.set_contact(1, None, Some("see below"));
        }),
        broken(SignerMobileFormat, "letters", words, Job::private, |job| {
            job.set_contact(1, None, Some("91234567 (work)"));
        }),
        broken(
            SignerMobileFormat,
            "no digits",
            words,
            Job::private,
            |job| {
                job.set_contact(1, None, Some("+-"));
            },
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
