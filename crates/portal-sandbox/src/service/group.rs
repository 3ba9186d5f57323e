//! The order groups of a job, with their times as far as they are known.

use jiff::Timestamp;

use super::record::JobView;
use super::status::SignerState;

/// Signers with the same order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) order: i32,
    /// Their indices.
    pub(crate) signers: Vec<usize>,
    /// When they may sign from, and when that ends; `None` while an earlier group has not signed.
    pub(crate) period: Option<Period>,
}

/// When a group may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) activated: Timestamp,
    pub(crate) deadline: Timestamp,
}

impl JobView {
    /// The order groups, the first one first.
    pub(crate) fn groups(&self) -> Vec<Group> {
        let mut orders: Vec<i32> = self.signers.iter().map(|s| s.traits.order).collect();
        orders.sort_unstable();
        orders.dedup();
        let mut activation = Some(self.first_activation);
        let mut groups = Vec::with_capacity(orders.len());
        for order in orders {
            let signers: Vec<usize> = (0..self.signers.len())
                .filter(|&index| self.signers[index].traits.order == order)
                .collect();
            let period = activation.map(|activated| Period {
                activated,
                deadline: activated.checked_add(self.period).unwrap_or(Timestamp::MAX),
            });
            // A group's period begins with the last signature of the one before.
            activation = signers
                .iter()
                .map(|&index| &self.signers[index])
                .map(|signer| (signer.state == SignerState::Signed).then_some(signer.since))
                .collect::<Option<Vec<_>>>()
                .and_then(|times| times.into_iter().max());
            groups.push(Group {
                order,
                signers,
                period,
            });
        }
        groups
    }
}
