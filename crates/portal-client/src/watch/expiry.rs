//! The warning of a certificate that ends soon, once a day.

use jiff::{SignedDuration, Timestamp};
use portal_transport::Clock;

use super::event::WatchEvent;
use super::shared::Shared;
use crate::check::{DAYS_OF_WARNING, days_left};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// When the certificate was warned of last.
#[derive(Default)]
pub(super) struct Expiry(Option<Timestamp>);

impl Expiry {
    /// Emits the warning from 30 days before the end, a day after the last one at the earliest. The first queue
    /// speaks for all.
    pub(super) fn look(&mut self, shared: &Shared, queue: usize) {
        let now = shared.clock().now();
        let is_due = self.0.is_none_or(|last| now.duration_since(last) >= DAY);
        if queue > 0 || !is_due {
            return;
        }
        let Some(not_after) = shared.client.certificate_ends() else {
            return;
        };
        let days_left = days_left(now, not_after);
        if days_left < DAYS_OF_WARNING {
            self.0 = Some(now);
            let event = WatchEvent::CertificateExpires {
                not_after,
                days_left,
            };
            shared.emit(queue, event);
        }
    }
}
