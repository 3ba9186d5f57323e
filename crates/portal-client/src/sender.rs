//! Who sends, and on which queue the changes come back.

use portal_model::{FacetError, OrganizationNumber};

/// The organisation that a job is sent for, and the queue that its changes come back on.
///
/// A broker gives the number of the organisation it sends on behalf of; its own stands in its
/// certificate. Changes are found only by polling as the same sender with the same queue.
///
/// ```
/// use portal_client::Sender;
///
/// let sender = Sender::new("123456789")?.with_queue("CustomPollingQueue");
/// assert_eq!(sender.organization_number().as_str(), "123456789");
/// assert_eq!(sender.queue(), Some("CustomPollingQueue"));
/// # Ok::<(), portal_model::FacetError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Sender {
    organization_number: OrganizationNumber,
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    queue: Option<String>,
}

impl Sender {
    /// A sender on the default queue.
    ///
    /// # Errors
    /// When the organisation number is not nine digits.
    pub fn new(organization_number: impl Into<String>) -> Result<Self, FacetError> {
        OrganizationNumber::new(organization_number).map(Self::from)
    }

    /// The same sender on a queue of its own. Each application that polls should have one, or it takes
    /// changes away from the others. The default queue has no name: an empty one means that queue.
    #[must_use]
    pub fn with_queue(mut self, name: impl Into<String>) -> Self {
        self.queue = Some(name.into()).filter(|name| !name.is_empty());
        self
    }

    /// The organisation that the job is sent for.
    #[must_use]
    pub fn organization_number(&self) -> &OrganizationNumber {
        &self.organization_number
    }

    /// The name of the queue; none for the default queue.
    #[must_use]
    pub fn queue(&self) -> Option<&str> {
        self.queue.as_deref()
    }
}

/// On the default queue.
impl From<OrganizationNumber> for Sender {
    fn from(organization_number: OrganizationNumber) -> Self {
        Self {
            organization_number,
            queue: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn senders_are_equal_by_number_and_queue() {
        let sender = |number: &str| Sender::new(number).unwrap();
        let all: HashSet<Sender> = [
            sender("123456789"),
            sender("123456789"),
            sender("123456789").with_queue(""),
            sender("123456789").with_queue("q"),
            sender("984661185").with_queue("q"),
        ]
        .into();
        assert_eq!(all.len(), 3);
    }

    #[test]
    fn a_number_that_is_not_nine_digits_is_refused() {
        for number in ["", "12345678", "1234567890", "12345678x"] {
            assert!(Sender::new(number).is_err(), "{number}");
        }
    }
}
