//! Lines of the journal.

use super::faults::described;
use super::time_text::Stamp;
use crate::journal::JournalEntry;
use crate::personal::covered;

/// One line.
pub(super) struct CallRow {
    pub(super) number: u64,
    pub(super) at: Stamp,
    pub(super) caller: Option<String>,
    /// It came with an access token in place of a certificate.
    pub(super) with_token: bool,
    pub(super) what: &'static str,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) job: Option<i64>,
    /// `none` when the connection was closed without a response.
    pub(super) status: String,
    /// A class of the style sheet.
    pub(super) class: &'static str,
    pub(super) outcome: &'static str,
    /// How many polls without a change this row stands for.
    pub(super) times: usize,
    pub(super) client_gone: bool,
    pub(super) remark: Option<String>,
    /// What went wrong on purpose.
    pub(super) fault: Option<String>,
}

impl CallRow {
    pub(super) fn of(entry: &JournalEntry) -> Self {
        let what = what(entry);
        Self {
            number: entry.number,
            at: Stamp::new(entry.at),
            caller: entry
                .caller
                .as_ref()
                .map(|caller| caller.as_str().to_owned()),
            with_token: entry.with_token,
            what,
            method: entry.method.to_string(),
            path: match entry.reveal_query() {
                Some(query) => covered(&format!("{}?{query}", entry.path)),
                None => covered(&entry.path),
            },
            times: 1,
            client_gone: entry.client_gone,
            remark: entry.remark.as_deref().map(ToOwned::to_owned),
            job: entry.job.map(|job| job.0),
            status: match entry.status {
                0 => "none".to_owned(),
                status => status.to_string(),
            },
            class: class(entry.status),
            outcome: outcome(entry, what),
            fault: entry.fault.as_ref().map(described),
        }
    }
}

/// The newest `rows` rows of entries, newest first, with runs of polls without a change folded into one
/// row each, and how many entries they stand for.
pub(super) fn folded(entries: &[JournalEntry], rows: usize) -> (Vec<CallRow>, usize) {
    let mut folded: Vec<CallRow> = Vec::new();
    let mut last: Option<&JournalEntry> = None;
    for (index, entry) in entries.iter().enumerate() {
        if let (Some(newer), Some(row)) = (last, folded.last_mut())
            && is_idle_poll(entry)
            && is_idle_poll(newer)
            && entry.path == newer.path
            && entry.reveal_query() == newer.reveal_query()
        {
            row.times += 1;
            last = Some(entry);
            continue;
        }
        if folded.len() == rows {
            return (folded, index);
        }
        folded.push(CallRow::of(entry));
        last = Some(entry);
    }
    (folded, entries.len())
}

/// Whether a poll found nothing, and nothing is to be said of it.
fn is_idle_poll(entry: &JournalEntry) -> bool {
    let unremarkable = entry.fault.is_none() && entry.remark.is_none() && !entry.client_gone;
    entry.status == 204 && what(entry) == "poll" && unremarkable
}

/// What a call is for, by its method and path.
pub(super) fn what(entry: &JournalEntry) -> &'static str {
    let parts: Vec<&str> = entry.path.trim_matches('/').split('/').collect();
    match (entry.method.as_str(), &parts[..]) {
        ("GET", ["api", _]) => "who am I",
        ("POST", ["api", _, "portal", "signature-jobs"]) => "create",
        ("GET", ["api", _, "portal", "signature-jobs"]) => "poll",
        ("POST", ["api", _, "portal", "signature-jobs", _, "complete"]) => "confirm",
        ("POST", ["api", _, "portal", "signature-jobs", _, "cancel"]) => "cancel",
        ("DELETE", ["api", _, "portal", "signature-jobs", _, "documents"]) => "delete documents",
        ("GET", ["api", _, "portal", "signature-jobs", _, "pades"]) => "signed PDF",
        ("GET", ["api", _, "portal", "signature-jobs", _, "xades", _]) => "signature",
        ("GET", ["api", _, "archive", "documents", _, "pades"]) => "archived PDF",
        ("POST", ["web", "portal", "signature-jobs", _, "devmodesign"]) => "sign (test)",
        ("POST", ["oauth2", "token"]) => "token",
        ("CONNECT", _) => "connection",
        _ => "unknown call",
    }
}

/// What a status means, where it has a special meaning.
fn outcome(entry: &JournalEntry, what: &str) -> &'static str {
    match (entry.status, what) {
        (429, _) if entry.rate_blocked => "blocked: too many calls",
        (429, "poll") => "too early",
        (204, "poll") => "no change",
        (200, "poll") => "change",
        _ => "",
    }
}

pub(super) fn class(status: u16) -> &'static str {
    match status {
        200..300 => "good",
        400..500 => "warn",
        _ => "bad",
    }
}
