//! When the job can be signed.

use portal_model::{Availability, AvailableSeconds, PortalSigner};

use super::{severities, source};
use crate::chain::{OsloTime, order_groups};
use crate::job::Job;
use crate::place::Place;
use crate::{Code, Needs, Rule};

/// The longest period: 90 days, in seconds.
const LONGEST: i64 = 90 * 86_400;

pub(crate) static MAXIMUM: Rule = Rule {
    code: Code::AvailabilityMaximum,
    summary: "Each group of signers has at most 90 days (7,776,000 seconds) to sign.",
    severities: severities::ERROR,
    help: "Give at most 7776000 seconds.",
    source: source::DOCUMENTATION,
    needs: Needs::Manifest,
    check: |job, found| {
        if let Some(seconds) = seconds(job).filter(|seconds| *seconds > LONGEST) {
            found.error(
                Place::AvailableSeconds,
                format!("The job is available for {seconds} seconds; the service takes at most {LONGEST}."),
            );
        }
    },
};

pub(crate) static ZERO: Rule = Rule {
    code: Code::AvailabilityZero,
    summary: "The signers have some time to sign.",
    severities: severities::ERROR,
    help: "Give at least some hours, or leave the period out for the usual 30 days.",
    source: source::PURPOSE,
    needs: Needs::Manifest,
    check: |job, found| {
        if let Some(seconds) = seconds(job).filter(|seconds| *seconds <= 0) {
            found.error(
                Place::AvailableSeconds,
                format!("The job is available for {seconds} seconds, so nobody can sign."),
            );
        }
    },
};

pub(crate) static ACTIVATION_PAST: Rule = Rule {
    code: Code::AvailabilityActivationPast,
    summary: "An activation time in the past means at once.",
    severities: severities::WARNING,
    help: "Leave the activation time out if at once is meant.",
    source: source::SCHEMA,
    needs: Needs::Manifest,
    check: |job, found| {
        let activation = availability(job).and_then(|availability| availability.activation_time);
        // Of a time without an offset nobody knows which instant it is.
        let activation = activation.and_then(portal_model::DateTime::timestamp);
        if activation.is_some_and(|time| time < job.now) {
            found.warning(Place::ActivationTime, "The activation time is in the past.");
        }
    },
};

pub(crate) static CHAIN: Rule = Rule {
    code: Code::AvailabilityChain,
    summary: "Each group of a chained order has the whole period to itself, so the job can live as \
              many times as long.",
    severities: severities::INFO,
    help: "Give a shorter period if the job must end sooner.",
    source: source::SCHEMA,
    needs: Needs::Manifest,
    check: |job, found| {
        let orders = job.signers().map(|(_, PortalSigner { order, .. })| *order);
        let groups = order_groups(orders, availability(job), job.now);
        if let [_, .., last] = &groups[..] {
            found.info(
                Place::Availability,
                format!(
                    "The signers sign in {} groups, one after another; the job ends at the latest \
                     on {}.",
                    groups.len(),
                    OsloTime(last.deadline.latest)
                ),
            );
        }
    },
};

fn availability<'a>(job: &Job<'a>) -> Option<&'a Availability> {
    job.manifest.availability.as_ref()
}

fn seconds(job: &Job<'_>) -> Option<i64> {
    availability(job)?
        .available_seconds
        .map(AvailableSeconds::get)
}
