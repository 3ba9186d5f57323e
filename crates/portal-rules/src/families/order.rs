//! How many signers, and in which order.

use std::collections::BTreeSet;

use portal_model::SignerOrder;

use super::{severities, source};
use crate::place::{Place, SignerPart};
use crate::{Code, Needs, Rule};

/// The most signers of a job.
const MOST_SIGNERS: usize = 10;

pub(crate) static COUNT: Rule = Rule {
    code: Code::SignersCount,
    summary: "A job has 1 to 10 signers.",
    severities: severities::ERROR,
    help: "Name 1 to 10 signers; split the job if more must sign.",
    source: source::BOTH,
    needs: Needs::Manifest,
    check: |job, found| {
        let count = job.manifest.signers.len();
        if !(1..=MOST_SIGNERS).contains(&count) {
            found.error(
                Place::Signers,
                format!("The job has {count} signers; the service takes 1 to {MOST_SIGNERS}."),
            );
        }
    },
};

pub(crate) static RANGE: Rule = Rule {
    code: Code::SignersOrderRange,
    summary: "The order of a signer is 0 to 9.",
    severities: severities::ERROR,
    help: "Number the groups of signers from 0 to 9.",
    source: source::SCHEMA,
    needs: Needs::Manifest,
    check: |job, found| {
        for (index, signer) in job.signers() {
            if let Some(order) = signer.order
                && !is_order(order.get())
            {
                found.error(
                    Place::Signer(index, SignerPart::Order),
                    format!("The signer has order {order}; the service takes 0 to 9."),
                );
            }
        }
    },
};

pub(crate) static SINGLE: Rule = Rule {
    code: Code::SignersOrderSingle,
    summary: "An order on a single signer has no effect.",
    severities: severities::WARNING,
    help: "Leave the order out, or name the signers that are missing.",
    source: source::SCHEMA,
    needs: Needs::Manifest,
    check: |job, found| {
        if let [only] = &job.manifest.signers[..]
            && only.order.is_some()
        {
            found.warning(
                Place::Signers,
                "The only signer has an order, which has no effect.",
            );
        }
    },
};

pub(crate) static GAP: Rule = Rule {
    code: Code::SignersOrderGap,
    summary: "Orders need not be consecutive, but a gap between them is often a typo.",
    severities: severities::WARNING,
    help: "Number the groups without a gap, or silence this rule if the gap is meant.",
    source: source::PRACTICE,
    needs: Needs::Manifest,
    check: |job, found| {
        // A signer without order counts as order 0.
        let orders: BTreeSet<i32> = job
            .signers()
            .map(|(_, signer)| signer.order.map_or(0, SignerOrder::get))
            .filter(|order| is_order(*order))
            .collect();
        let gap = orders
            .iter()
            .zip(orders.iter().skip(1))
            .find(|(order, next)| *next - *order > 1);
        if let Some((order, next)) = gap {
            found.warning(
                Place::Signers,
                format!("No signer has an order between {order} and {next}."),
            );
        }
    },
};

/// Whether the service takes the order.
fn is_order(order: i32) -> bool {
    (0..=9).contains(&order)
}
