//! The rules once more, as plainly as they can be said: lists of what happened, and everything else
//! worked out from them each time. Slow, and no copy of how the sandbox does it.

mod polling;

use super::super::modes::QueueModes;
use super::job::{DAY, Job, SECOND, Status, Time};
use super::steps::{Did, New, Queue, Step};

pub(super) const POLL_WAIT: Time = 5 * SECOND;

#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) now: Time,
    pub(super) archives: bool,
    pub(super) mailboxes: bool,
    pub(super) modes: QueueModes,
    /// All jobs ever made; the number of each is its place, counted from 1.
    pub(super) jobs: Vec<Job>,
    /// All changes ever, in the order in which they happened.
    changes: Vec<Change>,
    /// All polls that set a time: whose, and until when to stay away.
    polls: Vec<(Queue, Time)>,
    /// All calls that were counted.
    calls: Vec<(usize, Time)>,
    /// What came of the last step.
    pub(super) response: Reply,
}

#[derive(Debug, Clone)]
struct Change {
    job: usize,
    statuses: Vec<Status>,
    ended: bool,
    /// When it was handed out.
    given: Vec<Time>,
    /// Returns at once from this time on.
    again: Option<Time>,
    settled: bool,
    /// Part of an earlier change that was handed out.
    folded: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    Nothing,
    Made(usize),
    Done,
    Refused(&'static str),
    TooSoon(Time),
    TooEarly(Time),
    Empty(Time),
    /// Which job changed to what, and whether there are documents to fetch now.
    Changed(usize, &'static str, Vec<Status>, bool),
    Documents {
        pades: bool,
        xades: Vec<bool>,
    },
    Next(Option<Time>),
    Counted(Vec<bool>),
}

impl World {
    pub(super) fn new(archives: bool, mailboxes: bool, modes: QueueModes) -> Self {
        Self {
            now: 0,
            archives,
            mailboxes,
            modes,
            jobs: Vec::new(),
            changes: Vec::new(),
            polls: Vec::new(),
            calls: Vec::new(),
            response: Reply::Nothing,
        }
    }

    /// The job of a number, while signers and senders can see it.
    pub(super) fn open(&self, number: usize) -> Option<&Job> {
        let job = self.jobs.get(number.checked_sub(1)?)?;
        (!job.closed && !job.forgotten).then_some(job)
    }

    /// Every queue that a job was made for.
    pub(super) fn queues(&self) -> Vec<Queue> {
        self.jobs.iter().map(|job| job.queue).collect()
    }

    /// The jobs that every signer has signed: whose, which, and from when they may be deleted.
    pub(super) fn completed(&self) -> impl Iterator<Item = (usize, usize, Time)> + '_ {
        let jobs = (1..).zip(&self.jobs).filter(|(_, job)| !job.forgotten);
        jobs.filter_map(|(number, job)| {
            Some((job.queue.org, number, job.deletable_from(self.now)?))
        })
    }

    fn owned(&self, org: usize, number: usize) -> Option<&Job> {
        self.open(number).filter(|job| job.queue.org == org)
    }

    /// A job whose documents can be fetched.
    fn readable(&self, org: usize, number: usize) -> Option<&Job> {
        let job = self.jobs.get(number.checked_sub(1)?)?;
        let archived = job.is_archived(self.now) && !job.forgotten;
        let readable = self.open(number).is_some() || archived;
        (readable && job.queue.org == org).then_some(job)
    }

    pub(super) fn take(&mut self, step: &Step) {
        self.pass_time();
        self.response = match step {
            Step::Create(new) => self.create(new),
            Step::Act(number, did) => self.act(*number, *did),
            Step::Cancel(org, number) => self.cancel(*org, *number),
            Step::Poll(queue) => self.poll(*queue),
            Step::GiveAgain(number) => self.give_again(*number),
            Step::Confirm(org, number) => self.confirm(*org, *number),
            Step::Delete(org, number) => self.delete(*org, *number),
            Step::Fetch(org, number) => match self.readable(*org, *number) {
                Some(job) => self.documents(job),
                None => Reply::Refused("NoSuchJob"),
            },
            Step::FetchArchived(org, number) => self.archived(*org, *number),
            Step::SetMailbox(number, signer, has_one) => self.mailbox(*number, *signer, *has_one),
            Step::Count(org, calls) => self.count(*org, *calls),
            Step::Advance(by) => {
                self.now += by;
                Reply::Nothing
            }
            Step::NextEvent => {
                let next = self.next_event();
                self.now = next.unwrap_or(self.now);
                Reply::Next(next)
            }
            Step::Reset => {
                self.jobs.iter_mut().for_each(|job| job.forgotten = true);
                (self.changes, self.polls, self.calls) = Default::default();
                Reply::Nothing
            }
        };
    }

    /// Notes the change of each job that time has ended, in the order in which it did.
    fn pass_time(&mut self) {
        let mut ended: Vec<(Time, usize)> = Vec::new();
        for number in 1..=self.jobs.len() {
            if let Some(job) = self.open(number)
                && let Some(at) = job.standing(self.now).ended
                && !self.changes.iter().any(|c| c.job == number && c.ended)
            {
                ended.push((at, number));
            }
        }
        ended.sort_unstable();
        for (_, number) in ended {
            self.note_change(number);
        }
    }

    fn note_change(&mut self, job: usize) {
        let standing = self.jobs[job - 1].standing(self.now);
        self.changes.push(Change {
            job,
            ended: standing.ended.is_some(),
            statuses: standing.statuses,
            given: Vec::new(),
            again: None,
            settled: false,
            folded: false,
        });
    }

    fn create(&mut self, new: &New) -> Reply {
        self.jobs.push(Job {
            queue: new.queue,
            mailboxes: vec![self.mailboxes; new.signers.len()],
            signers: new.signers.clone(),
            made: self.now,
            opens: self.now + new.opens_in,
            period: new.period,
            did: Vec::new(),
            deleted: false,
            closed: false,
            archives: self.archives,
            forgotten: false,
        });
        self.pass_time();
        Reply::Made(self.jobs.len())
    }

    fn act(&mut self, number: usize, did: Did) -> Reply {
        let Some(job) = self.open(number) else {
            return Reply::Refused("NoSuchJob");
        };
        if let Some(why) = job.refuses(self.now, did) {
            return Reply::Refused(why);
        }
        self.record(number, did);
        Reply::Done
    }

    fn cancel(&mut self, org: usize, number: usize) -> Reply {
        match self.owned(org, number) {
            None => Reply::Refused("NoSuchJob"),
            Some(job) if job.standing(self.now).ended.is_some() => Reply::Refused("Finished"),
            Some(_) => {
                self.record(number, Did::Cancel);
                Reply::Done
            }
        }
    }

    /// Writes down what was done, and its change if any status came of it.
    fn record(&mut self, number: usize, did: Did) {
        let now = self.now;
        let job = &mut self.jobs[number - 1];
        let before = job.standing(now);
        job.did.push((now, did));
        // What follows at once of a period of no length is another change.
        let without_time = job.standing(Time::MIN);
        if without_time.statuses != before.statuses {
            self.changes.push(Change {
                job: number,
                ended: without_time.ended.is_some(),
                statuses: without_time.statuses,
                given: Vec::new(),
                again: None,
                settled: false,
                folded: false,
            });
        }
        self.pass_time();
    }

    fn delete(&mut self, org: usize, number: usize) -> Reply {
        let now = self.now;
        let job = number
            .checked_sub(1)
            .and_then(|place| self.jobs.get_mut(place));
        let Some(job) = job.filter(|job| {
            let gone = job.closed && !job.standing(now).all_signed();
            job.queue.org == org && !gone && !job.forgotten && job.has_documents(now)
        }) else {
            return Reply::Refused("NoSuchJob");
        };
        match job.deletable_from(now) {
            None => Reply::Refused("NotAllSigned"),
            Some(from) if now < from => Reply::TooSoon(from),
            Some(_) => {
                job.deleted = true;
                Reply::Done
            }
        }
    }

    fn documents(&self, job: &Job) -> Reply {
        let has = job.has_documents(self.now);
        let statuses = job.standing(self.now).statuses;
        let xades = statuses
            .iter()
            .map(|&(status, _)| has && status == "SIGNED");
        let xades: Vec<bool> = xades.collect();
        Reply::Documents {
            pades: xades.contains(&true),
            xades,
        }
    }

    fn archived(&self, org: usize, number: usize) -> Reply {
        let job = number.checked_sub(1).and_then(|place| self.jobs.get(place));
        let now = self.now;
        match job.filter(|job| job.is_archived(now) && !job.forgotten && job.queue.org == org) {
            Some(_) => Reply::Done,
            None => Reply::Refused("NoSuchJob"),
        }
    }

    fn mailbox(&mut self, number: usize, signer: usize, has_one: bool) -> Reply {
        if self.open(number).is_none() {
            return Reply::Refused("NoSuchJob");
        }
        match self.jobs[number - 1].mailboxes.get_mut(signer) {
            Some(mailbox) => {
                *mailbox = has_one;
                Reply::Done
            }
            None => Reply::Refused("NoSuchSigner"),
        }
    }

    fn count(&mut self, org: usize, calls: usize) -> Reply {
        self.calls
            .extend(std::iter::repeat_n((org, self.now), calls));
        let (verdicts, _) = self.verdicts(org);
        Reply::Counted(verdicts[verdicts.len() - calls..].to_vec())
    }

    /// Which calls of an organisation were let in, and the end of its last block.
    fn verdicts(&self, org: usize) -> (Vec<bool>, Time) {
        let mut blocked = Time::MIN;
        let mut admitted: Vec<Time> = Vec::new();
        let calls = self.calls.iter().filter(|(caller, _)| *caller == org);
        let verdicts = calls.map(|&(_, at)| {
            let recent = admitted.iter().filter(|&&before| at - before < SECOND);
            let fits = at >= blocked && recent.count() < 10;
            if fits {
                admitted.push(at);
            } else if at >= blocked {
                blocked = at + 30 * SECOND;
            }
            fits
        });
        (verdicts.collect(), blocked)
    }

    fn next_event(&self) -> Option<Time> {
        let now = self.now;
        let mut times: Vec<Time> = (0..2).map(|org| self.verdicts(org).1).collect();
        times.extend(
            self.polls
                .iter()
                .filter_map(|&(queue, _)| self.permitted(queue)),
        );
        times.extend((0..self.changes.len()).filter_map(|place| self.returns(place)));
        for job in self.jobs.iter().filter(|job| !job.forgotten) {
            let standing = job.standing(now);
            match standing.ended {
                None => times.extend([standing.active, standing.deadline]),
                Some(_) if job.closed && !standing.all_signed() => {}
                Some(_) if job.deleted || job.is_archived(now) => {}
                Some(ended) => times.push(ended + 40 * DAY),
            }
        }
        times.into_iter().filter(|&at| at > now).min()
    }
}
