//! The clock of a page, and the buttons that move it.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;

use super::response::{Failure, HandlerResult, see};
use super::time_text::{Stamp, relative};
use super::{Pages, document};
use crate::service::UpcomingEvent;
use crate::shared::Shared;

/// How far one form moves the clock, in seconds.
const FARTHEST: u64 = 10 * 365 * 24 * 3600;

/// What a page shows of the clock.
pub(super) struct ClockView {
    pub(super) now: Stamp,
    /// Stands still until it is moved.
    pub(super) controlled: bool,
    /// Milliseconds since 1970, from which the script counts on.
    pub(super) millisecond: i64,
    pub(super) next: Option<NextEvent>,
    /// The page that the buttons lead back to.
    pub(super) back: String,
}

/// What time will do next.
pub(super) struct NextEvent {
    pub(super) what: String,
    pub(super) at: Stamp,
    pub(super) when: String,
}

impl ClockView {
    pub(super) fn of(shared: &Shared, back: impl Into<String>) -> Self {
        let now = shared.clock.now();
        Self {
            now: Stamp::new(now),
            controlled: shared.clock.is_controlled(),
            millisecond: now.as_millisecond(),
            next: shared
                .ledger()
                .next_job_event(now)
                .map(|(at, event)| NextEvent {
                    what: described(event),
                    at: Stamp::new(at),
                    when: relative(at, now),
                }),
            back: back.into(),
        }
    }
}

fn described(event: UpcomingEvent) -> String {
    match event {
        UpcomingEvent::JobActivates(job) => format!("job {job} is activated"),
        UpcomingEvent::JobExpires(job) => format!("job {job} expires"),
        UpcomingEvent::ChangeReturns(job) => format!("a change of job {job} returns"),
        UpcomingEvent::PollPermitted => "a queue may be polled again".to_owned(),
        UpcomingEvent::DocumentsPurged(job) => format!("documents of job {job} are deleted"),
        UpcomingEvent::BlockEnds => "an organisation may call again".to_owned(),
    }
}

/// `POST /clock/advance`: by `amount` times `unit`, in seconds.
pub(super) async fn advance(State(pages): State<Pages>, request: Request) -> HandlerResult {
    let form = document::form(request).await?;
    let number = |name| {
        form.get(name)
            .and_then(|text| text.trim().parse::<u64>().ok())
    };
    let (Some(amount), Some(unit)) = (number("amount"), number("unit")) else {
        let problem = "give the amount as a whole number, such as 5";
        return Err(Failure::malformed(problem).back(back(&form)));
    };
    let seconds = amount.saturating_mul(unit);
    if seconds > FARTHEST {
        let problem = "the clock moves by ten years at most";
        return Err(Failure::malformed(problem).back(back(&form)));
    }
    pages.shared.clock.advance(Duration::from_secs(seconds));
    Ok(see(&back(&form)))
}

/// `POST /clock/next-event`
pub(super) async fn advance_to_next_event(
    State(pages): State<Pages>,
    request: Request,
) -> Result<Response, Failure> {
    let form = document::form(request).await?;
    pages.shared.advance_to_next_job_event();
    Ok(see(&back(&form)))
}

/// The page that a form came from: one of the sandbox's own, whatever the form says.
fn back(form: &document::Form) -> String {
    let path = form.get("back").unwrap_or_default();
    let job = path
        .strip_prefix("/jobs/")
        .and_then(|id| id.parse::<i64>().ok());
    match (path, job) {
        ("/journal", _) => "/journal".to_owned(),
        (_, Some(job)) => format!("/jobs/{job}"),
        _ => "/".to_owned(),
    }
}
