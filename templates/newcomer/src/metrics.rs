use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use portal_client::{Error, ErrorOrigin, WatchEvent};

/// What the organisation does about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    RetryLater,
    AskPerson,
    FixConfiguration,
    /// The job may exist. The queue will say so; it is not created again.
    OutcomeUnknown,
}

impl From<&Error> for Reaction {
    fn from(error: &Error) -> Self {
        match error.origin() {
            _ if matches!(error, Error::OutcomeUnknown { .. }) => Self::OutcomeUnknown,
            _ if error.is_retryable() => Self::RetryLater,
            ErrorOrigin::Configuration | ErrorOrigin::Computer => Self::FixConfiguration,
            _ => Self::AskPerson,
        }
    }
}

/// Counters by name. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Metrics(pub Arc<Mutex<BTreeMap<String, u64>>>);

impl Metrics {
    pub(crate) fn event(&self, event: WatchEvent<'_>) {
        self.add(event.name());
        if let WatchEvent::Outage { error, .. } = event {
            self.error(error);
        }
    }

    pub(crate) fn error(&self, error: &Error) {
        self.add(&format!("errors: {:?}", Reaction::from(error)));
    }

    fn add(&self, name: &str) {
        if let Ok(mut counters) = self.0.lock() {
            *counters.entry(name.to_owned()).or_default() += 1;
        }
    }
}
