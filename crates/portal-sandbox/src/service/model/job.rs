//! One job of the model: a list of what was done to it, and what follows from that.

use super::steps::{Did, Queue, Signer};

/// Milliseconds since the beginning.
pub(super) type Time = i64;

pub(super) const SECOND: Time = 1000;
pub(super) const DAY: Time = 24 * 3600 * SECOND;

#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) queue: Queue,
    pub(super) signers: Vec<Signer>,
    pub(super) made: Time,
    pub(super) opens: Time,
    pub(super) period: Time,
    pub(super) did: Vec<(Time, Did)>,
    pub(super) mailboxes: Vec<bool>,
    pub(super) deleted: bool,
    pub(super) closed: bool,
    pub(super) archives: bool,
    pub(super) forgotten: bool,
}

/// A status, and since when.
pub(super) type Status = (&'static str, Time);

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) statuses: Vec<Status>,
    /// The order whose turn it is or was last, and from when.
    pub(super) order: i32,
    pub(super) active: Time,
    pub(super) deadline: Time,
    pub(super) ended: Option<Time>,
}

impl Standing {
    pub(super) fn state(&self) -> &'static str {
        match self.ended {
            None => "IN_PROGRESS",
            Some(_) if self.all_signed() => "COMPLETED_SUCCESSFULLY",
            Some(_) => "FAILED",
        }
    }

    pub(super) fn all_signed(&self) -> bool {
        self.statuses.iter().all(|&(status, _)| status == "SIGNED")
    }

    fn waits(&self, signer: usize) -> bool {
        self.statuses[signer].0 == "WAITING"
    }

    fn end(&mut self, at: Time) {
        for status in &mut self.statuses {
            if status.0 == "WAITING" {
                *status = ("NOT_APPLICABLE", at);
            }
        }
        self.ended = Some(at);
    }
}

impl Job {
    /// Goes through everything that was done, and what time did after it.
    pub(super) fn standing(&self, now: Time) -> Standing {
        let first = self.signers.iter().map(|s| s.order).min().unwrap();
        let mut standing = Standing {
            statuses: vec![("WAITING", self.made); self.signers.len()],
            order: first,
            active: self.opens.max(self.made),
            deadline: 0,
            ended: None,
        };
        for entry in 0..self.did.len() {
            self.retrace(&mut standing, entry);
        }
        standing.deadline = standing.active + self.period;
        let deadline = standing.deadline;
        if standing.ended.is_none() && now >= deadline {
            self.end_for_turn(&mut standing, deadline, "EXPIRED");
        }
        standing
    }

    /// Does once more what stands in an entry of the list.
    fn retrace(&self, standing: &mut Standing, entry: usize) {
        let (at, did) = self.did[entry];
        let (signer, status) = match did {
            Did::Cancel => return self.end_for_turn(standing, at, "CANCELLED"),
            Did::Sign(signer) => (signer, "SIGNED"),
            Did::Reject(signer) => (signer, "REJECTED"),
            Did::Block(signer) => (signer, "BLOCKED"),
            Did::Reserve(signer) => (signer, "RESERVED"),
            Did::MissContact(signer) => (signer, "CONTACT_INFORMATION_MISSING"),
            Did::LackName(signer) => (signer, "SIGNERS_NAME_NOT_AVAILABLE"),
            Did::WrongCode(signer) => {
                let codes = self.did[..=entry].iter().filter(|(_, d)| *d == did);
                if codes.count() < 3 {
                    return;
                }
                (signer, "BLOCKED")
            }
        };
        standing.statuses[signer] = (status, at);
        if status != "SIGNED" {
            return standing.end(at);
        }
        let waiting = (0..self.signers.len()).filter(|&s| standing.waits(s));
        let orders: Vec<i32> = waiting.map(|s| self.signers[s].order).collect();
        match orders.iter().min() {
            None => standing.ended = Some(at),
            Some(&next) if next != standing.order => {
                standing.order = next;
                standing.active = at;
            }
            Some(_) => {}
        }
    }

    /// Ends the job with `status` for those whose turn it is.
    fn end_for_turn(&self, standing: &mut Standing, at: Time, status: &'static str) {
        for (signer, traits) in self.signers.iter().enumerate() {
            if traits.order == standing.order && standing.waits(signer) {
                standing.statuses[signer] = (status, at);
            }
        }
        standing.end(at);
    }

    /// The signers whose turn it is.
    pub(super) fn in_turn(&self, standing: &Standing) -> Vec<usize> {
        let open = standing.ended.is_none();
        let in_turn = |&s: &usize| open && self.signers[s].order == standing.order;
        (0..self.signers.len()).filter(in_turn).collect()
    }

    /// Documents go when they are deleted, and 40 days after the end unless they are archived.
    pub(super) fn has_documents(&self, now: Time) -> bool {
        let ended = self.standing(now).ended;
        let purged = ended.is_some_and(|ended| now >= ended + 40 * DAY);
        !self.deleted && (!purged || self.is_archived(now))
    }

    pub(super) fn is_archived(&self, now: Time) -> bool {
        let standing = self.standing(now);
        let completed = standing.ended.is_some() && standing.all_signed();
        self.archives && !self.deleted && completed
    }

    pub(super) fn deletable_from(&self, now: Time) -> Option<Time> {
        let standing = self.standing(now);
        let mut signers = self.signers.iter().zip(&self.mailboxes);
        let wait = if signers.all(|(signer, &has_one)| has_one || signer.for_other) {
            DAY
        } else {
            7 * DAY
        };
        let completed = standing.ended.filter(|_| standing.all_signed());
        completed.map(|ended| ended + wait)
    }

    pub(super) fn mailboxes(&self) -> &[bool] {
        &self.mailboxes
    }

    pub(super) fn refuses(&self, now: Time, did: Did) -> Option<&'static str> {
        let signer = did.signer();
        let Some(traits) = self.signers.get(signer) else {
            return Some("NoSuchSigner");
        };
        let standing = self.standing(now);
        let found_at_any_time = matches!(did, Did::Reserve(_) | Did::MissContact(_));
        let fits = match did {
            Did::WrongCode(_) | Did::Block(_) => traits.by_contact,
            Did::Reserve(_) | Did::MissContact(_) => traits.by_lookup,
            Did::LackName(_) => !traits.advanced && traits.by_name,
            _ => true,
        };
        if standing.ended.is_some() || !standing.waits(signer) {
            Some("NotWaiting")
        } else if traits.order != standing.order && !found_at_any_time {
            Some("NotTheirTurn")
        } else if now < standing.active && !found_at_any_time {
            Some("NotYetActive")
        } else if !fits {
            Some("Impossible")
        } else {
            None
        }
    }
}
