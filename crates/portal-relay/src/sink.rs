//! Where events go: a trait, and the receivers that come with the crate.

mod command;
mod failure;
mod lines;
mod name;
mod webhook;

use std::fmt;
use std::time::Duration;

use portal_client::BoxFuture;

pub use command::Command;
pub use failure::{CertificateProblem, DeliveryFailure};
pub use lines::Lines;
pub use name::{SinkName, SinkNameError};
pub use webhook::{Webhook, WebhookBuilder, WebhookError, WebhookSecret, WebhookSecretError};

use crate::EventBody;

/// Receives events, one attempt at a time.
///
/// The relay decides when and in which order: it keeps the order of a job's events, retries by a schedule, and
/// keeps several attempts of different jobs in flight. A sink makes one attempt and reports what came of it.
///
/// The future may be dropped at any time, and the event is then delivered again; a sink must leave nothing
/// half done that a second delivery doesn't repair.
///
/// ```
/// use portal_client::BoxFuture;
/// use portal_relay::{DeliveryOutcome, EventBody, Sink, SinkName};
///
/// #[derive(Debug)]
/// struct Queue {
///     name: SinkName,
/// }
///
/// impl Sink for Queue {
///     fn name(&self) -> &SinkName {
///         &self.name
///     }
///
///     fn deliver<'a>(&'a self, event: &'a EventBody) -> BoxFuture<'a, DeliveryOutcome> {
///         Box::pin(async move {
///             // Here the queue's client takes `event.bytes()`, with `event.id()` for deduplication.
///             DeliveryOutcome::Taken
///         })
///     }
/// }
/// ```
pub trait Sink: fmt::Debug + Send + Sync {
    /// Returns the name of the sink. What waits for the sink is stored under this name, so it must be the same
    /// after a restart.
    fn name(&self) -> &SinkName;

    /// Returns what tells the receiver from another one under the same name, such as its URL. Defaults to none.
    ///
    /// A receiver that wanted no more ([`DeliveryOutcome::Gone`]) gets events again when this is another after a
    /// restart. A digest of it is stored, since it may hold a token.
    fn address(&self) -> Option<String> {
        None
    }

    /// Makes one attempt at handing an event to the receiver.
    fn deliver<'a>(&'a self, event: &'a EventBody) -> BoxFuture<'a, DeliveryOutcome>;
}

/// What came of one attempt at a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeliveryOutcome {
    /// The receiver has the event, and it is not sent again.
    Taken,
    /// The receiver wants no more events. The sink stops with an alarm, and its events wait. That is stored: a restart
    /// does not ask again. [`Relay::resume`](crate::Relay::resume), [`Outbox::resume`](crate::Outbox::resume) or
    /// another [address](Sink::address) delivers again.
    Gone,
    /// This process can't reach the receiver any more, as with a closed pipe. The sink stops with an alarm; its events
    /// wait until the relay is started again or the sink resumed.
    Closed,
    /// The receiver does not have the event, as far as is known.
    #[non_exhaustive]
    Retry {
        /// What went wrong.
        failure: DeliveryFailure,
        /// How long the receiver asks not to be sent anything. No event of any job goes to it before that.
        /// More than 24 hours count as 24 hours.
        after: Option<Duration>,
    },
}

impl DeliveryOutcome {
    /// Creates the outcome of an attempt that failed, to be retried by the schedule.
    #[must_use]
    pub const fn retry(failure: DeliveryFailure) -> Self {
        Self::Retry {
            failure,
            after: None,
        }
    }

    /// Creates the outcome of an attempt that failed, whose receiver asks not to be sent anything for so long.
    #[must_use]
    pub const fn retry_after(failure: DeliveryFailure, after: Duration) -> Self {
        Self::Retry {
            failure,
            after: Some(after),
        }
    }
}
