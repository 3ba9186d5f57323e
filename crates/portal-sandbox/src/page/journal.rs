//! The journal: all calls, and what each of them said.

use askama::Template;
use axum::extract::{Path, Request, State};

use super::Pages;
use super::calls::{self, CallRow};
use super::clock::ClockView;
use super::mask::{Masker, Reveal};
use super::response::{Failure, HandlerResult, page, see};
use super::time_text::size;
use super::xml::{self, Piece};
use crate::journal::JournalEntry;
use crate::service::JobId;

/// Calls on one page; older ones are a link away.
const CALLS: usize = 100;

#[derive(Template)]
#[template(path = "journal.html")]
struct JournalPage {
    clock: ClockView,
    job: Option<i64>,
    calls: Vec<CallRow>,
    all_calls: usize,
    /// Whether this is not the first page.
    older: bool,
    /// The call that the next page begins before.
    next: Option<u64>,
}

#[derive(Template)]
#[template(path = "entry.html")]
struct EntryPage {
    call: CallRow,
    request_size: String,
    request_type: Option<String>,
    response_size: String,
    response_type: Option<String>,
    next_poll: Option<String>,
    rate_blocked: bool,
    shortened: bool,
    parts: Vec<Part>,
    hides: bool,
    revealed: bool,
}

/// Something that was said.
struct Part {
    name: &'static str,
    title: &'static str,
    pieces: Vec<Piece>,
}

/// `GET /journal`: `before` a call and of a `job`, if asked for.
pub(super) async fn list(State(pages): State<Pages>, request: Request) -> HandlerResult {
    let query = request.uri().query().unwrap_or_default();
    let number = |wanted: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == wanted)
            .and_then(|(_, number)| number.parse::<i64>().ok())
    };
    let before = number("before").and_then(|before| u64::try_from(before).ok());
    let job = number("job");
    let shared = &pages.shared;
    let wanted = |entry: &JournalEntry| job.is_none_or(|job| entry.job == Some(JobId(job)));
    let entries = shared.journal.latest(before, 50 * CALLS, wanted);
    let (calls, shown) = calls::folded(&entries, CALLS);
    let last = shown.checked_sub(1).and_then(|last| entries.get(last));
    let more = shown < entries.len() || entries.len() == 50 * CALLS;
    let next = last.filter(|_| more).map(|entry| entry.number);
    Ok(page(&JournalPage {
        clock: ClockView::of(shared, "/journal"),
        job,
        calls,
        all_calls: shared.journal.len(),
        older: before.is_some(),
        next,
    }))
}

/// `GET /journal/{number}`
pub(super) async fn entry(
    State(pages): State<Pages>,
    Path(number): Path<String>,
    request: Request,
) -> HandlerResult {
    let number = number.parse().unwrap_or(0);
    let entry = pages.shared.journal.entry(number);
    let entry = entry.ok_or_else(|| {
        Failure::not_found("the journal has no such call, or no longer").back("/journal")
    })?;
    let reveal = Reveal::of_query(request.uri().query());
    let parts: Vec<Part> = [
        ("request", "Request document", entry.reveal_request()),
        (
            "manifest",
            "Manifest in the package",
            entry.reveal_manifest(),
        ),
        ("response", "Response", entry.reveal_response()),
    ]
    .into_iter()
    .filter_map(|(name, title, text)| {
        Some(Part {
            name,
            title,
            pieces: xml::pretty(text?, Masker::new(name, &reveal)),
        })
    })
    .collect();
    let is_hidden = |piece: &Piece| matches!(piece, Piece::Hidden(_));
    Ok(page(&EntryPage {
        call: CallRow::of(&entry),
        request_size: size(entry.request_bytes),
        response_size: size(entry.response_bytes),
        next_poll: entry.next_poll.clone(),
        rate_blocked: entry.rate_blocked,
        shortened: entry.is_shortened(),
        request_type: entry.request_type.clone(),
        response_type: entry.response_type.clone(),
        hides: parts.iter().any(|part| part.pieces.iter().any(is_hidden)),
        revealed: reveal == Reveal::All,
        parts,
    }))
}

/// `POST /journal/clear`
pub(super) async fn clear(State(pages): State<Pages>) -> HandlerResult {
    pages.shared.journal.clear();
    pages.shared.change_signal.send();
    Ok(see("/journal"))
}
