//! Polling a queue, and the times that a watch has to know of a poll.

use std::time::Instant;

use jiff::Timestamp;
use portal_transport::Clock;

use super::exchange::whole;
use crate::endpoints::{status_change, who_am_i};
use crate::error::{Error, Operation};
use crate::poll_time::date;
use crate::service_date::Date;
use crate::{Polled, PortalClient, Sender};

impl PortalClient {
    /// Polls for the next job that has changed, on the queue of the given sender or of the client's.
    ///
    /// ```no_run
    /// # async fn example(client: portal_client::PortalClient) -> Result<(), portal_client::Error> {
    /// let polled = client.status_change(None).await?;
    /// if let Some(change) = &polled.change {
    ///     client.confirm(change).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::TooEarly`] before the permitted time, [`Error::RateBlocked`] after too many calls,
    /// [`Error::NoSender`] when there is no sender.
    pub async fn status_change(&self, sender: impl Into<Option<&Sender>>) -> Result<Polled, Error> {
        let sender = self.sender(sender.into())?;
        let request = status_change::request(&self.environment, sender)?;
        let response = self.exchange(Operation::StatusChange, request).await?;
        status_change::read(&response, &self.environment, sender, self.now())
    }

    /// A poll for a watch, which also needs to know what time it was, here and at the service.
    pub(crate) async fn poll(&self, sender: &Sender) -> PollResponse {
        let sent = self.clock().instant();
        let mut date = Date::Missing;
        let outcome = async {
            let request = status_change::request(&self.environment, sender)?;
            let response = self.send(Operation::StatusChange, request).await?;
            date = Date::read(response.headers(), self.now());
            let response = whole(Operation::StatusChange, response).await?;
            // Defaults and limits go by the clock that the permitted time is on.
            let now = match date {
                Date::Stated(date) => date,
                _ => self.now(),
            };
            status_change::read(&response, &self.environment, sender, now)
        };
        let outcome = outcome.await;
        PollResponse {
            sent,
            received: self.clock().instant(),
            date,
            outcome,
        }
    }

    /// The service's time, by the `Date` of a response that changes nothing.
    pub(crate) async fn service_time(&self, sender: &Sender) -> Option<Timestamp> {
        let request = who_am_i::request(&self.environment, sender).ok()?;
        let response = self.send(Operation::WhoAmI, request).await.ok()?;
        date(response.headers())
    }
}

/// The response to a poll, and when it was.
pub(crate) struct PollResponse {
    /// When the poll was made, and when the response was there.
    pub(crate) sent: Instant,
    pub(crate) received: Instant,
    pub(crate) date: Date,
    pub(crate) outcome: Result<Polled, Error>,
}
