//! When the signers of a chained order can sign.
//!
//! Signers with the same order are a group and can sign at the same time. A group can sign when all of
//! the group before have signed. Each group has the whole availability period, so a job with three
//! groups can last three times as long.
//!
//! ```
//! use jiff::Timestamp;
//! use portal_model::{AvailableSeconds, Availability, SignerOrder};
//! use portal_rules::chain::{OsloTime, order_groups};
//!
//! let created: Timestamp = "2026-03-28T12:00:00Z".parse()?;
//! let one_day = Availability::new().with_available_seconds(AvailableSeconds::new(86_400)?);
//! let orders = [Some(SignerOrder::new(1)?), Some(SignerOrder::new(2)?), Some(SignerOrder::new(2)?)];
//!
//! let groups = order_groups(orders, Some(&one_day), created);
//! assert_eq!(groups[1].signers, [1, 2]);
//! assert_eq!(groups[1].activation.earliest, created);
//! // Two days later, and an hour more on the clock: summer time has begun.
//! assert_eq!(OsloTime(created).to_string(), "2026-03-28 13:00:00 CET");
//! assert_eq!(OsloTime(groups[1].deadline.latest).to_string(), "2026-03-30 14:00:00 CEST");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: the service's schema (`order`, `available-seconds`) and documentation (default period).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use portal_model::{Availability, SignerOrder};

/// Default availability period of each group: 30 days, in seconds.
pub const DEFAULT_SECONDS: i64 = 30 * 86_400;

/// Signers who can sign at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OrderGroup {
    /// Order of the group. A signer without order counts as order 0.
    pub order: i32,
    /// Indexes of the signers in the manifest, from 0.
    pub signers: Vec<usize>,
    /// When the group can begin to sign.
    pub activation: Window,
    /// When the group can no longer sign.
    pub deadline: Window,
}

/// The earliest and the latest time at which something can happen, depending on how fast the groups
/// before sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Window {
    /// The time if every group before signs immediately.
    pub earliest: Timestamp,
    /// The time if every group before signs at its deadline.
    pub latest: Timestamp,
}

/// Groups signers by order and computes when each group can sign.
///
/// `orders` are those of the manifest's signers, in the order of the manifest. `created` is when the
/// service accepts the job; it is the activation if none is given, if the given one is earlier, or if
/// it has no offset from UTC: only the service knows which instant that is.
/// Times are capped at the end of the year 9999.
pub fn order_groups(
    orders: impl IntoIterator<Item = Option<SignerOrder>>,
    availability: Option<&Availability>,
    created: Timestamp,
) -> Vec<OrderGroup> {
    let given = availability.and_then(|availability| availability.activation_time);
    let given = given.and_then(portal_model::DateTime::timestamp);
    let start = given.map_or(created, |time| time.max(created));
    let seconds = availability
        .and_then(|availability| availability.available_seconds)
        .map_or(DEFAULT_SECONDS, |seconds| seconds.get().max(0));
    let after_periods = |count: i64| {
        let wait = SignedDuration::from_secs(seconds.saturating_mul(count));
        start.checked_add(wait).unwrap_or(Timestamp::MAX)
    };

    let mut by_order = BTreeMap::<i32, Vec<usize>>::new();
    for (index, order) in orders.into_iter().enumerate() {
        by_order
            .entry(order.map_or(0, SignerOrder::get))
            .or_default()
            .push(index);
    }
    (0..)
        .zip(by_order)
        .map(|(groups_before, (order, signers))| OrderGroup {
            order,
            signers,
            activation: Window {
                earliest: start,
                latest: after_periods(groups_before),
            },
            deadline: Window {
                earliest: after_periods(1),
                latest: after_periods(groups_before.saturating_add(1)),
            },
        })
        .collect()
}

/// A timestamp whose [`Display`](fmt::Display) is Norwegian local time.
///
/// The rule for summer time is built in (the one in force since 1996), so neither the system nor this
/// crate needs a time zone database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OsloTime(pub Timestamp);

static OSLO: LazyLock<TimeZone> = LazyLock::new(|| {
    // Central European time; summer time from the last Sunday of March to that of October.
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap_or(TimeZone::UTC)
});

impl fmt::Display for OsloTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.0.to_zoned_datetime(OSLO.clone());
        write!(f, "{}", local.strftime("%Y-%m-%d %H:%M:%S %Z"))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Window {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut window = serializer.serialize_struct("Window", 2)?;
        window.serialize_field("earliest", &format_args!("{}", self.earliest))?;
        window.serialize_field("latest", &format_args!("{}", self.latest))?;
        window.end()
    }
}
