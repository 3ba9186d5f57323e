//! Cases about the signers: how many, in which order, and who they are.

use portal_model::{SignerOrder, SigningOnBehalfOf};
use portal_rules::Code::{self, *};
use portal_rules::EnvironmentKind;
use portal_rules::Severity::{Error, Info, Warning};

use super::{Case, broken, kept};
use crate::sample::{Job, by_contact, by_number, looked_up, number, synthetic};

pub(super) fn cases() -> Vec<Case> {
    order().into_iter().chain(identity()).collect()
}

fn order() -> Vec<Case> {
    let signers = (Error, "signers");
    vec![
        kept(SignersCount, "one", Job::private, |job| {
            job.set_signers(vec![by_number(1)]);
        }),
        kept(SignersCount, "ten", Job::private, |job| {
            job.set_signers((1..=10).map(by_number).collect());
        }),
        broken(SignersCount, "none", signers, Job::private, |job| {
            job.set_signers(vec![]);
        }),
        broken(SignersCount, "eleven", signers, Job::private, |job| {
            job.set_signers((1..=11).map(by_number).collect());
        }),
        kept(SignersOrderRange, "0", Job::private, |job| {
            job.set_orders(&[0, 0]);
        }),
        kept(SignersOrderRange, "9", Job::private, |job| {
            job.set_orders(&[9, 9]);
        }),
        broken(
            SignersOrderRange,
            "10",
            (Error, "signers[1].order"),
            Job::private,
            |job| {
                job.set_orders(&[0, 10]);
                job.profile = job.profile.clone().silence(AvailabilityChain);
            },
        ),
        broken(
            SignersOrderRange,
            "-1",
            (Error, "signers[0].order"),
            Job::private,
            |job| {
                job.set_orders(&[-1, 0]);
                job.profile = job.profile.clone().silence(AvailabilityChain);
            },
        ),
        kept(SignersOrderSingle, "no order", Job::private, |job| {
            job.set_signers(vec![by_number(1)]);
        }),
        kept(SignersOrderSingle, "two signers", Job::private, |job| {
            job.set_orders(&[1, 1]);
        }),
        broken(
            SignersOrderSingle,
            "order",
            (Warning, "signers"),
            Job::private,
            |job| {
                job.set_orders(&[1]);
            },
        ),
        kept(SignersOrderGap, "consecutive", Job::private, |job| {
            job.set_orders(&[1, 3, 2, 2]);
        }),
        kept(SignersOrderGap, "late start", Job::private, |job| {
            job.set_orders(&[5, 6]);
        }),
        kept(SignersOrderGap, "no order and 1", Job::private, |job| {
            job.signer(1).order = Some(SignerOrder::new(1).unwrap());
        }),
        kept(SignersOrderGap, "out of range", Job::private, |job| {
            job.set_orders(&[1, 12, -3]);
        }),
        broken(
            SignersOrderGap,
            "1 and 3",
            (Warning, "signers"),
            Job::private,
            |job| {
                job.set_orders(&[3, 1]);
                job.profile = job.profile.clone().silence(AvailabilityChain);
            },
        ),
        broken(
            SignersOrderGap,
            "none and 2",
            (Warning, "signers"),
            Job::private,
            |job| {
                job.signer(1).order = Some(SignerOrder::new(2).unwrap());
                job.profile = job.profile.clone().silence(AvailabilityChain);
            },
        ),
    ]
}

fn identity() -> Vec<Case> {
    const PIN: &str = "signers[0].personal-identification-number";
    const ADVISED: Code = SignerIdentityRecommended;
    let pin = |severity| (severity, PIN);
    let advice = (Info, "signers[1].identified-by-contact-information");
    vec![
        kept(SignersDuplicate, "different", Job::private, |_| {}),
        kept(SignersDuplicate, "two looked up", Job::public, |_| {}),
        broken(
            SignersDuplicate,
            "number",
            (Error, "signers[1].personal-identification-number"),
            Job::public,
            |job| job.set_signers(vec![looked_up(1), looked_up(1)]),
        ),
        broken(
            SignersDuplicate,
            "address in capitals",
            (Warning, "signers[1].notifications"),
            Job::private,
            |job| job.set_contact(1, Some("SIGNER1@example.com"), None),
        ),
        broken(
            SignersDuplicate,
            "mobile with country code",
            (Warning, "signers[1].notifications"),
            Job::private,
            |job| job.set_contact(1, None, Some("+4790000001")),
        ),
        kept(SignersDuplicate, "other countries", Job::private, |job| {
            job.set_contact(0, None, Some("+4690000001"));
            job.set_contact(1, None, Some("+4790000001"));
        }),
        broken(
            SignersDuplicate,
            "address and mobile of two others",
            (Warning, "signers[2].notifications"),
            Job::private,
            |job| {
                job.set_signers(vec![by_contact(1), by_contact(2), by_contact(3)]);
                job.set_contact(2, Some("signer2@example.com"), Some("90000001"));
            },
        ),
        kept(SignersDuplicate, "both blank", Job::private, |job| {
            job.set_contact(0, None, Some(""));
            job.set_contact(1, None, Some(""));
        }),
        kept(SignerPinFormat, "11 digits", Job::private, |_| {}),
        broken(
            SignerPinFormat,
            "10 digits",
            pin(Error),
            Job::private,
            |job| {
                job.set_number(0, "1234567891");
            },
        ),
        broken(
            SignerPinFormat,
            "a letter",
            pin(Error),
            Job::private,
            |job| {
                job.set_number(0, "1234567891O");
            },
        ),
        broken(
            SignerPinFormat,
            "a space",
            pin(Error),
            Job::private,
            |job| {
                job.set_number(0, "123456 78910");
            },
        ),
        kept(SignerPinChecksum, "synthetic", Job::private, |_| {}),
        kept(
            SignerPinChecksum,
            "synthetic, month and 40",
            Job::private,
            |job| {
                job.set_number(0, &number("014190", 0));
            },
        ),
        kept(
            SignerPinChecksum,
            "national in production",
            Job::private,
            |job| {
                job.set_number(0, &number("010190", 0));
                job.profile.environment = EnvironmentKind::Production;
            },
        ),
        kept(
            SignerPinChecksum,
            "D-number in production",
            Job::private,
            |job| {
                job.set_number(0, &number("410190", 0));
                job.profile.environment = EnvironmentKind::Production;
            },
        ),
        kept(SignerPinChecksum, "wrong format", Job::private, |job| {
            job.set_number(0, "1");
        }),
        broken(
            SignerPinChecksum,
            "sample in production",
            pin(Error),
            Job::private,
            |job| {
                job.set_number(0, "01013300001");
                job.profile.environment = EnvironmentKind::Production;
            },
        ),
        broken(
            SignerPinChecksum,
            "sample in test",
            pin(Warning),
            Job::private,
            |job| {
                job.set_number(0, "02038412546");
            },
        ),
        broken(
            SignerPinChecksum,
            "no date",
            pin(Warning),
            Job::private,
            |job| {
                job.set_number(0, "12345678910");
            },
        ),
        broken(
            SignerPinChecksum,
            "from 2032 in production",
            pin(Warning),
            Job::private,
            |job| {
                job.set_number(0, "01013200072");
                job.profile.environment = EnvironmentKind::Production;
            },
        ),
        broken(
            SignerPinChecksum,
            "from 2032 in test",
            pin(Warning),
            Job::private,
            |job| job.set_number(0, "01813200038"),
        ),
        kept(ADVISED, "by number", Job::public, |job| {
            job.set_signers(vec![by_number(1)]);
        }),
        kept(ADVISED, "private", Job::private, |_| {}),
        kept(ADVISED, "on behalf of other", Job::public, |job| {
            job.set_signers(vec![
                by_contact(1).with_on_behalf_of(SigningOnBehalfOf::Other),
            ]);
        }),
        broken(ADVISED, "by contact", advice, Job::public, |job| {
            job.set_signers(vec![looked_up(1), by_contact(2)]);
        }),
        kept(
            SignerPinEnvironment,
            "synthetic in test",
            Job::private,
            |_| {},
        ),
        kept(
            SignerPinEnvironment,
            "national in production",
            Job::private,
            |job| {
                job.set_number(0, &number("010190", 0));
                job.profile.environment = EnvironmentKind::Production;
            },
        ),
        kept(
            SignerPinEnvironment,
            "no legal number",
            Job::private,
            |job| {
                job.set_number(0, "01013300001");
            },
        ),
        broken(
            SignerPinEnvironment,
            "synthetic in production",
            pin(Error),
            Job::private,
            |job| {
                job.set_number(0, &synthetic(7));
                job.profile.environment = EnvironmentKind::Production;
            },
        ),
        broken(
            SignerPinEnvironment,
            "national in test",
            pin(Warning),
            Job::private,
            |job| {
                job.set_number(0, &number("010190", 0));
            },
        ),
    ]
}
