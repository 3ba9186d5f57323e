//! What the service does with polls and confirmations: its queues, and what it writes of a change.

use std::collections::HashSet;
use std::time::Duration;

use http::{Method, Request, Response};
use jiff::{SignedDuration, Timestamp};
use portal_transport::Body;

use super::{Change, ChangeKey, Queue, REFUSAL, Returns, State, response};

impl State {
    pub(super) fn elapsed(&self) -> Duration {
        let elapsed = self.started.elapsed();
        let (from, length) = self.asleep;
        if elapsed < from {
            elapsed
        } else {
            elapsed + length
        }
    }

    fn time(&self, elapsed: Duration) -> Timestamp {
        self.epoch + SignedDuration::try_from(elapsed).unwrap()
    }

    pub(super) fn response(&mut self, request: &Request<Body>) -> Response<Body> {
        let now = self.elapsed();
        let now = if self.stands_still {
            Duration::ZERO
        } else {
            now
        };
        let path: Vec<&str> = request.uri().path().split('/').collect();
        let mut response = match (request.method(), path.as_slice()) {
            (&Method::GET, ["", "api", org, ..]) if self.refuses.as_deref() == Some(org) => {
                Response::builder()
                    .status(403)
                    .body(REFUSAL.to_owned().into())
                    .unwrap()
            }
            (&Method::GET, ["", "api", org, "portal", "signature-jobs"]) => {
                let query = request.uri().query();
                let name = query.and_then(|query| query.strip_prefix("polling_queue="));
                let queue = name.map_or((*org).to_owned(), |name| format!("{org}?{name}"));
                self.poll(now, &queue)
            }
            (&Method::POST, ["", "api", _, "portal", "signature-jobs", _, "complete"])
                if self.confirmations_fail =>
            {
                response(503)
            }
            (&Method::POST, ["", "api", _, "portal", "signature-jobs", job, "complete"]) => {
                let known = self.confirm(now, job.parse().unwrap());
                response(if known { 200 } else { 404 })
            }
            (&Method::GET, ["", "api", _]) => response(200),
            _ => panic!("{} {}", request.method(), request.uri()),
        };
        if self.tells_date {
            let time = self.time(now) + self.dates_ahead;
            let second = Timestamp::from_second(time.as_second()).unwrap();
            let date = jiff::fmt::rfc2822::DateTimePrinter::new();
            let date = date.timestamp_to_rfc9110_string(&second).unwrap();
            response.headers_mut().insert("date", date.parse().unwrap());
        }
        response
    }

    fn poll(&mut self, now: Duration, name: &str) -> Response<Body> {
        self.account.polls += 1;
        if self
            .account
            .most_at_work
            .is_some_and(|most| self.account.at_work >= most)
        {
            self.account.polls_with_full_hands += 1;
        }
        if let Some(arrivals) = &mut self.account.arrivals {
            arrivals.push((now, name.to_owned()));
        }
        let queue = self.queues.get_mut(name).unwrap();
        let permitted = queue.next_poll;
        let (status, change) = if now < permitted {
            self.account.early += 1;
            (429, None)
        } else {
            let away = self.lease + self.lag.mul_f64(self.lags.f64());
            match queue.hand_out(now, self.returns, away) {
                Some((change, ready)) => {
                    let key = change.key;
                    // Before the time that the queue was permitted it could not be seen, and after
                    // trouble the client may be waiting for its end.
                    let beyond = now.saturating_sub(ready.max(permitted));
                    if queue.last_poll > self.account.last_trouble {
                        self.account.longest_beyond = self.account.longest_beyond.max(beyond);
                    }
                    self.account.handed_out.push((now, key));
                    (200, Some(change))
                }
                None => (204, None),
            }
        };
        let next = if change.is_some() {
            now
        } else {
            now + queue.wait
        };
        queue.next_poll = next;
        queue.last_poll = Some(now);
        let org = name.split('?').next().unwrap();
        let body = change.map_or(String::new(), |change| self.xml(org, &change));
        Response::builder()
            .status(status)
            .header("x-next-permitted-poll-time", self.time(next).to_string())
            .body(body.into())
            .unwrap()
    }

    /// Settles everything of a job that was handed out; `false` when there is nothing.
    fn confirm(&mut self, now: Duration, job: i64) -> bool {
        self.account.confirmations += 1;
        let name = self.jobs.get(&job).unwrap().0.clone();
        let changes = &mut self.queues.get_mut(&name).unwrap().changes;
        let before = changes.len();
        changes.retain(|_, change| {
            let settled = change.key.job == job && change.times_given > 0;
            if settled && !self.handled.contains(&change.key) {
                let mut handled = self.handled.iter();
                let newer = handled.any(|other| other.job == job && other.nth > change.key.nth);
                self.account.settled_unhandled.push((change.key, newer));
            }
            !settled
        });
        let held = changes.values_mut().filter(|change| change.key.job == job);
        if self.returns == Returns::HeldBack {
            held.for_each(|change| change.ready = now);
        }
        changes.len() < before
    }

    fn xml(&self, org: &str, change: &Change) -> String {
        let root =
            format!("https://api.difitest.signering.posten.no/api/{org}/portal/signature-jobs");
        let ChangeKey { job, nth } = change.key;
        let since = self.epoch + SignedDuration::from_secs(i64::from(nth));
        let (status, signer) = match change.is_last {
            true => ("COMPLETED_SUCCESSFULLY", "SIGNED"),
            false => ("IN_PROGRESS", "WAITING"),
        };
        let confirmation = if self.unreadable.contains(&change.key) {
            String::new()
        } else {
            format!("<confirmation-url>{root}/{job}/complete</confirmation-url>")
        };
        let has_pades = change.is_last && !(self.pades_is_late && change.times_given == 1);
        let pades = if has_pades {
            format!("<pades-url>{root}/{job}/pades</pades-url>")
        } else {
            String::new()
        };
        format!(
            r#"<portal-signature-job-status-change-response xmlns="http://signering.posten.no/schema/v1">
    <reference>{nth}</reference>
    <signature-job-id>{job}</signature-job-id>
    <status>{status}</status>
    {confirmation}
    <signatures>
        <signature>
            <status since="{since}">{signer}</status>
            <personal-identification-number>12345678910</personal-identification-number>
        </signature>
        {pades}
    </signatures>
</portal-signature-job-status-change-response>"#
        )
    }
}

impl Queue {
    fn hand_out(
        &mut self,
        now: Duration,
        returns: Returns,
        away: Duration,
    ) -> Option<(Change, Duration)> {
        for change in self.changes.values_mut() {
            if let Some(until) = change.given_until.filter(|until| *until <= now) {
                change.given_until = None;
                change.ready = until;
            }
        }
        let out: HashSet<i64> = self
            .changes
            .values()
            .filter(|change| returns == Returns::HeldBack && change.given_until.is_some())
            .map(|change| change.key.job)
            .collect();
        let mut changes = self.changes.iter_mut();
        let (&place, change) = changes
            .find(|(_, change)| change.given_until.is_none() && !out.contains(&change.key.job))?;
        change.given_until = Some(now + away);
        change.times_given += 1;
        let (given, ready) = (change.clone(), change.ready);
        if returns == Returns::Newest {
            self.changes
                .retain(|&other, change| change.key.job != given.key.job || other >= place);
        }
        Some((given, ready))
    }
}
