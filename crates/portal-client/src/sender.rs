//! Who sends, and on which queue the changes arrive.

use std::fmt;

use portal_model::{FacetError, OrganizationNumber};

/// The organisation that a job is sent for, and the queue that its status changes arrive on.
///
/// A broker gives the number of the organisation it sends on behalf of; its own is in its certificate.
/// Changes are found only by polling as the same sender with the same queue.
///
/// ```
/// use portal_client::Sender;
///
/// let sender = Sender::new("123456789")?.with_queue("CustomPollingQueue");
/// assert_eq!(sender.organization_number().as_str(), "123456789");
/// assert_eq!(sender.queue(), Some("CustomPollingQueue"));
/// # Ok::<(), portal_model::FacetError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Sender {
    organization_number: OrganizationNumber,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    queue: Option<String>,
}

impl Sender {
    /// Creates a sender on the default queue.
    ///
    /// # Errors
    /// When the organisation number is not nine digits.
    pub fn new(organization_number: impl Into<String>) -> Result<Self, FacetError> {
        OrganizationNumber::new(organization_number).map(Self::from)
    }

    /// Returns the same sender on a queue of its own. Each application that polls should have one, or it
    /// takes changes away from the others. The default queue has no name: an empty one means that queue.
    #[must_use]
    pub fn with_queue(mut self, name: impl Into<String>) -> Self {
        self.queue = Some(name.into()).filter(|name| !name.is_empty());
        self
    }

    /// Returns the organisation that the job is sent for.
    #[must_use]
    pub fn organization_number(&self) -> &OrganizationNumber {
        &self.organization_number
    }

    /// Returns the name of the queue; none for the default queue.
    #[must_use]
    pub fn queue(&self) -> Option<&str> {
        self.queue.as_deref()
    }
}

/// Without the name of the queue, which may be personal.
impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queue = self.queue.as_ref().map_or("default", |_| "named");
        f.debug_struct("Sender")
            .field("organization_number", &self.organization_number)
            .field("queue", &format_args!("{queue}"))
            .finish()
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

    #[cfg(feature = "serde")]
    #[test]
    fn a_stored_empty_queue_name_is_the_default_queue() {
        let stored = r#"{"organization_number": "123456789", "queue": ""}"#;
        let sender: Sender = serde_json::from_str(stored).unwrap();
        assert_eq!(sender, Sender::new("123456789").unwrap());
    }

    #[test]
    fn a_number_that_is_not_nine_digits_is_refused() {
        for number in ["", "12345678", "1234567890", "12345678x"] {
            assert!(Sender::new(number).is_err(), "{number}");
        }
    }
}
