//! The first page: clock, jobs, queues, and the end of the journal.

use askama::Template;
use axum::extract::{Request, State};
use jiff::Timestamp;

use super::calls::{self, CallRow};
use super::clock::ClockView;
use super::connect::Connect;
use super::queues::QueueRow;
use super::response::{HandlerResult, page, see};
use super::state_word::StateWord;
use super::time_text::{relative, span};
use super::{Pages, faults};
use crate::personal::covered;
use crate::service::{JobCounts, JobId, JobState, JobView, SignerState};

/// Jobs on one page; older ones are a link away.
const JOBS: usize = 50;
/// Queues on one page.
const QUEUES: usize = 20;
/// Ended jobs under the others.
const ENDED: usize = 10;
/// Calls under them.
const CALLS: usize = 12;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    clock: ClockView,
    /// What is still to go wrong on purpose.
    faults: Vec<String>,
    root_url: String,
    sender: String,
    /// How many jobs stand where.
    counts: [(usize, StateWord); 3],
    all_jobs: usize,
    jobs: Vec<JobRow>,
    /// Whether this is not the first page of jobs.
    older: bool,
    /// The job that the next page begins before.
    next: Option<i64>,
    queues: Vec<QueueRow>,
    /// Where the next page of queues begins.
    more_queues: Option<usize>,
    /// Jobs that were confirmed after their end, the newest first.
    ended: Vec<JobRow>,
    connect: Connect,
    endpoints: Vec<&'static str>,
    calls: Vec<CallRow>,
    all_calls: usize,
}

struct JobRow {
    id: i64,
    title: String,
    reference: Option<String>,
    state: StateWord,
    groups: Vec<GroupDots>,
    progress: String,
    time: String,
}

struct GroupDots {
    order: i32,
    in_turn: bool,
    dots: Vec<&'static str>,
}

impl JobRow {
    fn of(job: &JobView, now: Timestamp) -> Self {
        let signed = job
            .signers
            .iter()
            .filter(|s| s.state == SignerState::Signed)
            .count();
        let groups = job.groups().into_iter().map(|group| GroupDots {
            order: group.order,
            in_turn: group
                .signers
                .iter()
                .any(|index| job.current_group.contains(index)),
            dots: group
                .signers
                .iter()
                .filter_map(|&index| job.signers.get(index))
                .map(|signer| StateWord::from(signer.state).class())
                .collect(),
        });
        Self {
            id: job.id.0,
            title: covered(job.content.title.reveal()),
            reference: job
                .content
                .reference
                .as_ref()
                .map(|reference| covered(reference.reveal())),
            state: job.state.into(),
            groups: groups.collect(),
            progress: format!("{signed} of {} signed", job.signers.len()),
            time: time_left(job, now),
        }
    }
}

fn by_state(counts: JobCounts) -> [(usize, StateWord); 3] {
    [
        (counts.in_progress, JobState::InProgress.into()),
        (counts.completed, JobState::CompletedSuccessfully.into()),
        (counts.failed, JobState::Failed.into()),
    ]
}

/// What time means to a job now.
pub(super) fn time_left(job: &JobView, now: Timestamp) -> String {
    match job.finished {
        Some(at) => format!("ended {}", relative(at, now)),
        None if now < job.activated => format!("opens {}", relative(job.activated, now)),
        None => format!("{} left", span(job.deadline.duration_since(now))),
    }
}

/// `GET /`
pub(super) async fn show(State(pages): State<Pages>, request: Request) -> HandlerResult {
    let query = request.uri().query().unwrap_or_default();
    let before = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "before")
        .and_then(|(_, number)| number.parse().ok().map(JobId));
    let shared = &pages.shared;
    let now = shared.clock.now();
    let skipped = number_of(query, "queues").unwrap_or(0);
    let (counts, jobs, mut queues, ended) = {
        let mut ledger = shared.ledger();
        (
            ledger.counts(now),
            ledger.newest_jobs(now, before, JOBS + 1),
            ledger.queue_views(now),
            ledger.newest_ended(ENDED),
        )
    };
    queues.drain(..skipped.min(queues.len()));
    let more_queues = (queues.len() > QUEUES).then_some(skipped + QUEUES);
    queues.truncate(QUEUES);
    let next = (jobs.len() > JOBS).then(|| jobs.get(JOBS - 1).map(|job| job.id.0));
    // Runs of polls take no more than a row.
    let entries = shared.journal.latest(None, 50 * CALLS, |_| true);
    let (calls, _) = calls::folded(&entries, CALLS);
    Ok(page(&Overview {
        clock: ClockView::of(shared, "/"),
        faults: faults::planned(&shared.faults),
        root_url: shared.root_url.clone(),
        sender: shared.sender.as_str().to_owned(),
        counts: by_state(counts),
        all_jobs: counts.all(),
        jobs: jobs
            .iter()
            .take(JOBS)
            .map(|job| JobRow::of(job, now))
            .collect(),
        older: before.is_some(),
        next: next.flatten(),
        queues: queues
            .into_iter()
            .map(|queue| QueueRow::of(queue, now))
            .collect(),
        more_queues,
        ended: ended.iter().map(|job| JobRow::of(job, now)).collect(),
        connect: Connect::of(shared),
        endpoints: faults::ENDPOINTS.to_vec(),
        calls,
        all_calls: shared.journal.len(),
    }))
}

fn number_of(query: &str, wanted: &str) -> Option<usize> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == wanted)?.1.parse().ok()
}

/// `POST /reset`
pub(super) async fn reset(State(pages): State<Pages>) -> HandlerResult {
    pages.shared.reset();
    Ok(see("/"))
}
