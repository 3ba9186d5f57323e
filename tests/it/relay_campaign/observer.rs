//! What is stored when a confirmation arrives.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use http::StatusCode;
use portal_sandbox::RequestEvent;

use super::Known;
use super::stored::Stored;
use crate::campaign_jobs::{Kind, confirmed_job};

/// Looks into the store at the moment when a confirmation arrives at the sandbox.
pub(super) struct Observer {
    pub(super) stored_now: Stored,
    pub(super) jobs: Mutex<HashMap<i64, Known>>,
    /// The statuses of the events that were stored, with all their documents, when the confirmation arrived.
    stored: Mutex<HashMap<i64, BTreeSet<String>>>,
    pub(super) confirmations: Mutex<usize>,
    pub(super) too_early: Mutex<usize>,
    pub(super) wrong: Mutex<Vec<String>>,
    /// When the last response was sent that was not that of an empty queue.
    worked: Mutex<Instant>,
}

impl Observer {
    pub(super) fn new(stored_now: Stored) -> Self {
        Self {
            stored_now,
            jobs: Mutex::default(),
            stored: Mutex::default(),
            confirmations: Mutex::default(),
            too_early: Mutex::default(),
            wrong: Mutex::default(),
            worked: Mutex::new(Instant::now()),
        }
    }

    /// For how long the relays have done nothing but poll an empty queue, if that.
    pub(super) fn quiet_for(&self) -> Duration {
        self.worked.lock().unwrap().elapsed()
    }

    pub(super) fn see(&self, moment: RequestEvent<'_>) {
        match moment {
            RequestEvent::Arrived { method, path, .. } => {
                let Some(job) = confirmed_job(method, path) else {
                    return;
                };
                *self.confirmations.lock().unwrap() += 1;
                let stored = self.stored_now.statuses(job);
                if stored.is_empty() {
                    self.wrong
                        .lock()
                        .unwrap()
                        .push(format!("job {job}: confirmed, and nothing stored"));
                }
                self.stored.lock().unwrap().insert(job, stored);
            }
            RequestEvent::Handled {
                method,
                path,
                status,
                ..
            } => {
                if status.as_u16() == 429 {
                    *self.too_early.lock().unwrap() += 1;
                }
                let confirmed = confirmed_job(method, path);
                let is_idle = [StatusCode::NO_CONTENT, StatusCode::TOO_MANY_REQUESTS];
                if confirmed.is_some() || !is_idle.contains(&status) {
                    *self.worked.lock().unwrap() = Instant::now();
                }
                let ended = confirmed.filter(|_| status.is_success());
                if let Some(job) = ended {
                    self.judge_end(job);
                }
            }
            _ => {}
        }
    }

    /// A confirmation that ended a job had the job's last event behind it.
    fn judge_end(&self, job: i64) {
        let jobs = self.jobs.lock().unwrap();
        let known = &jobs[&job];
        let last = match known.kind {
            Kind::Refused => "FAILED",
            _ => "COMPLETED_SUCCESSFULLY",
        };
        if known.at_service.state().is_err() && !self.stored.lock().unwrap()[&job].contains(last) {
            let text = format!("job {job}: ended before its last event was stored");
            self.wrong.lock().unwrap().push(text);
        }
    }
}
