//! Rules as data.

use std::borrow::Cow;

use crate::job::Job;
use crate::place::Place;
use crate::{Code, SenderProfile, Severity, Violation};

/// A rule: what it says, where it comes from, and the check that enforces it.
///
/// The table in the [crate documentation](crate#the-rules) is generated from all rules.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// The stable name.
    pub code: Code,
    /// What the rule says.
    pub summary: &'static str,
    /// Severities that violations can have, the most severe first.
    pub severities: &'static [Severity],
    /// How to fix a job that breaks the rule.
    pub help: &'static str,
    /// Where the rule comes from.
    pub source: &'static str,
    /// What must be known to check the rule.
    pub needs: Needs,
    pub(crate) check: fn(&Job<'_>, &mut Found<'_>),
}

/// What must be known for a rule to be checked, beyond the manifest.
///
/// If it is unknown, the report names the rules that were not checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Needs {
    /// Nothing more.
    Manifest,
    /// The sender's sector.
    Sector,
    /// The documents' files.
    Files,
    /// The request that goes with the manifest.
    Request,
}

/// Returns all rules, in the order of [`Code::ALL`].
pub fn rules() -> impl Iterator<Item = &'static Rule> + Clone {
    Code::ALL.iter().map(|code| code.rule())
}

/// Collects what a check finds.
pub(crate) struct Found<'a> {
    rule: &'static Rule,
    profile: &'a SenderProfile,
    violations: &'a mut Vec<Violation>,
}

impl Found<'_> {
    pub(crate) fn error(&mut self, place: Place, problem: impl Into<Cow<'static, str>>) {
        self.add(Severity::Error, place, problem.into());
    }

    pub(crate) fn warning(&mut self, place: Place, problem: impl Into<Cow<'static, str>>) {
        self.add(Severity::Warning, place, problem.into());
    }

    pub(crate) fn info(&mut self, place: Place, problem: impl Into<Cow<'static, str>>) {
        self.add(Severity::Info, place, problem.into());
    }

    fn add(&mut self, found: Severity, place: Place, problem: Cow<'static, str>) {
        let Rule {
            code, help, source, ..
        } = *self.rule;
        if let Some(severity) = self.profile.severity(code, found) {
            let (path, problem) = (place.to_string(), problem.into_owned());
            self.violations.push(Violation {
                code,
                severity,
                path,
                problem,
                help,
                source,
                place,
            });
        }
    }
}

/// Checks a job against rules, in any order.
pub(crate) fn apply(rules: impl Iterator<Item = &'static Rule>, job: &Job<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for rule in rules.filter(|rule| job.has(rule.needs)) {
        let mut found = Found {
            rule,
            profile: job.profile,
            violations: &mut violations,
        };
        (rule.check)(job, &mut found);
    }
    violations
}

#[cfg(test)]
mod tests {
    use portal_model::{
        Bounded, Href, LegacyPortalDocument, ManifestSender, Mime, NotificationsUsingLookup,
        OrganizationNumber, PersonalIdentificationNumber, PortalSignatureJobManifest, PortalSigner,
        SignerOrder, Title,
    };
    use proptest::prelude::*;

    use super::{Rule, apply, rules};
    use crate::job::Job;
    use crate::{DocumentFacts, EnvironmentKind, Report, Sector, SenderProfile};

    fn shuffled() -> impl Strategy<Value = Vec<&'static Rule>> {
        Just(rules().collect::<Vec<_>>()).prop_shuffle()
    }

    proptest! {
        #[test]
        fn the_report_does_not_depend_on_the_order_of_checks(order in shuffled()) {
            // Every signer breaks the same rules, and three of them for the same reason.
            let signer = PortalSigner::by_personal_number(
                PersonalIdentificationNumber::unchecked("12345678910"),
                NotificationsUsingLookup::EMAIL_ONLY,
            );
            let signers = [1, 3, 12].map(|order| {
                signer.clone().with_order(SignerOrder::unchecked(order))
            });
            let document = LegacyPortalDocument::new(
                Href::unchecked("a/"),
                Mime::unchecked(""),
                Title::unchecked("\0"),
            );
            let manifest = PortalSignatureJobManifest::new(
                Bounded::unchecked(signers.to_vec()),
                ManifestSender::new(OrganizationNumber::unchecked("1")),
                document.into(),
            );
            let profile = SenderProfile::new(Sector::Private, EnvironmentKind::Production);
            let files = [DocumentFacts::from_bytes(b"%PDF-3.0")];
            let now = jiff::Timestamp::UNIX_EPOCH;
            let job = Job { manifest: &manifest, request: None, files: Some(&files), profile: &profile, now };
            let expected = Report::new(apply(rules(), &job));
            prop_assert!(expected.violations().len() > 15);
            prop_assert_eq!(Report::new(apply(order.into_iter(), &job)), expected);
        }
    }
}
