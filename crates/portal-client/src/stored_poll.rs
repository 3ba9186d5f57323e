//! What is stored of each queue beyond the end of the process: when it may be polled next, and how its last watch
//! ended.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fmt, fs, io};

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use portal_transport::BoxFuture;
use tokio::task::spawn_blocking;

use crate::{Environment, Sender};

/// When a queue may be polled next, by this computer's clock, so that a restarted process does not poll too
/// early; and how the last watch of it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PermittedPoll {
    /// The first instant at which a poll is permitted: what the service said, converted to this computer's
    /// clock.
    pub permitted_at: Timestamp,
    /// When this was noted, by the same clock. A running watch saves again before a poll when this is a minute old.
    pub noted_at: Timestamp,
    /// How the last watch of the queue ended. JSON without it is read as [`Shutdown::Unclean`].
    pub shutdown: Shutdown,
}

impl PermittedPoll {
    /// Creates what was noted at `noted_at` by a watch that has not stopped yet: [`Shutdown::Unclean`].
    #[must_use]
    pub fn new(permitted_at: Timestamp, noted_at: Timestamp) -> Self {
        Self {
            permitted_at,
            noted_at,
            shutdown: Shutdown::Unclean,
        }
    }

    /// Creates what a storage returns for a queue that was never polled: a poll is permitted at once, and no earlier
    /// process may have left a change unconfirmed.
    ///
    /// A storage that has nothing for a queue usually can't know that, and returns none: the file may have been
    /// deleted, or an earlier process may have had no storage. The watch then reckons with unconfirmed changes.
    /// A program that sets up a new queue can save this once.
    #[must_use]
    pub fn never_polled() -> Self {
        Self {
            permitted_at: Timestamp::UNIX_EPOCH,
            noted_at: Timestamp::UNIX_EPOCH,
            shutdown: Shutdown::Clean,
        }
    }

    /// Sets how the watch ended.
    #[must_use]
    pub fn with_shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// Returns how long to wait from `now`. When the clock was set back since this was noted, that is no longer than
    /// it was then.
    #[must_use]
    pub fn wait(&self, now: Timestamp) -> Duration {
        let wait = self.permitted_at.duration_since(now.max(self.noted_at));
        Duration::try_from(wait).unwrap_or_default()
    }
}

/// How the last watch of a queue ended. It tells the next one whether changes may be unconfirmed that it knows
/// nothing of: confirming another change of the same job would settle them unhandled.
///
/// In doubt, the next watch handles changes of jobs in progress at once, but confirms them only after an empty
/// response to a poll that was sent when all of those changes must have been redelivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Shutdown {
    /// It was killed, or still runs. What it was handed by its last polls may be unconfirmed. All of it is redelivered
    /// within 20 minutes of the last poll, which was sent at most a minute after
    /// [`noted_at`](PermittedPoll::noted_at).
    #[default]
    Unclean,
    /// It stopped in order, and left nothing that the next watch has to know of.
    Clean,
    /// It stopped in order, but changes may be unconfirmed that the next watch would not know of: a response to a
    /// poll was lost or could not be read, or handlers failed on several changes of one job. All of them are
    /// redelivered by this instant.
    UnseenUntil(Timestamp),
}

/// A queue as a storage of poll times knows it: the environment, the organisation and the queue's name.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct QueueKey<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// The organisation and the name of the queue.
    pub sender: &'a Sender,
}

impl<'a> QueueKey<'a> {
    /// Creates the key of a queue.
    #[must_use]
    pub fn new(environment: &'a Environment, sender: &'a Sender) -> Self {
        Self {
            environment,
            sender,
        }
    }

    /// Returns a text that is different for every queue: the organisation number and a SHA-256 in
    /// hexadecimal. Fit for a file name, also where the file system ignores case, and without the queue's
    /// name, which may be personal. It is the same in every process and version.
    #[must_use]
    pub fn text(&self) -> String {
        let number = self.sender.organization_number().as_str();
        let root = self.environment.root().to_string();
        // No root and no number has a line break, so that no two keys have the same text.
        let whole = format!(
            "{root}\n{number}\n{}",
            self.sender.queue().unwrap_or_default()
        );
        let digest = digest(&SHA256, whole.as_bytes());
        let digest = digest.as_ref().iter().map(|byte| format!("{byte:02x}"));
        format!("{number}-{}", digest.collect::<String>())
    }
}

/// Where a watch stores when each queue may be polled next, and how it ended. [`PollTimeFolder`] is one; a program
/// with a database writes its own.
///
/// A watch loads the time of each queue before its first poll. It saves before a poll, unless it saved in the
/// minute before; after every response; and when it has stopped in order. A failure is emitted as an event and stops
/// nothing: after a failed load the watch waits as after an empty queue before it polls, and reckons with unconfirmed
/// changes. What was to be saved may be missing at the next start, which then believes an older state.
pub trait PollTimes: Send + Sync {
    /// Returns the time that was last saved for a queue; none when there is none. A storage that knows that the queue
    /// was never polled returns [`PermittedPoll::never_polled`].
    fn load<'a>(&'a self, queue: QueueKey<'a>) -> BoxFuture<'a, io::Result<Option<PermittedPoll>>>;

    /// Keeps a time in place of the last one.
    fn save<'a>(
        &'a self,
        queue: QueueKey<'a>,
        time: PermittedPoll,
    ) -> BoxFuture<'a, io::Result<()>>;
}

/// Keeps poll times in a folder, a small file for each queue, named by [`QueueKey::text`]. On Unix the files
/// have mode 0600.
#[derive(Clone, PartialEq, Eq)]
pub struct PollTimeFolder {
    folder: PathBuf,
}

impl PollTimeFolder {
    /// Keeps poll times in `folder`, which must exist.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    fn path(&self, queue: QueueKey<'_>) -> PathBuf {
        self.folder.join(format!("{}.poll-time", queue.text()))
    }
}

impl PollTimes for PollTimeFolder {
    fn load<'a>(&'a self, queue: QueueKey<'a>) -> BoxFuture<'a, io::Result<Option<PermittedPoll>>> {
        let path = self.path(queue);
        Box::pin(blocking(move || read(&path)))
    }

    fn save<'a>(
        &'a self,
        queue: QueueKey<'a>,
        time: PermittedPoll,
    ) -> BoxFuture<'a, io::Result<()>> {
        let path = self.path(queue);
        Box::pin(blocking(move || write(&path, time)))
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await?
}

fn read(path: &Path) -> io::Result<Option<PermittedPoll>> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    let mut times = text.lines().map(|line| line.parse().ok());
    let shutdown = text
        .lines()
        .nth(2)
        .map_or(Some(Shutdown::Unclean), shutdown);
    match (times.next().flatten(), times.next().flatten(), shutdown) {
        (Some(permitted_at), Some(noted_at), Some(shutdown)) => {
            let time = PermittedPoll::new(permitted_at, noted_at);
            Ok(Some(time.with_shutdown(shutdown)))
        }
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a .poll-time file does not hold two times and how the watch ended; delete it",
        )),
    }
}

const UNCLEAN: &str = "unclean";
const CLEAN: &str = "clean";

/// The third line of a file. Files of earlier versions have none.
fn shutdown(line: &str) -> Option<Shutdown> {
    match line {
        UNCLEAN => Some(Shutdown::Unclean),
        CLEAN => Some(Shutdown::Clean),
        until => until.parse().ok().map(Shutdown::UnseenUntil),
    }
}

fn write(path: &Path, time: PermittedPoll) -> io::Result<()> {
    // Renamed into place, so that a process that is killed leaves the old time or the new. The temporary name
    // can't be foreseen, and a link in its place is not followed.
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::Builder::new()
        .prefix(".poll-time-")
        .tempfile_in(folder)?;
    let shutdown = match time.shutdown {
        Shutdown::Unclean => UNCLEAN.to_owned(),
        Shutdown::Clean => CLEAN.to_owned(),
        Shutdown::UnseenUntil(until) => until.to_string(),
    };
    write!(
        new,
        "{}\n{}\n{shutdown}\n",
        time.permitted_at, time.noted_at
    )?;
    new.as_file().sync_all()?;
    new.persist(path).map_err(|failed| failed.error)?;
    Ok(())
}

/// Without the folder, since its name may tell whose it is.
impl fmt::Debug for PollTimeFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollTimeFolder").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_stored_wait_is_what_is_left_of_it() {
        let noted = at("2026-03-01T08:00:00Z");
        let stored = PermittedPoll::new(at("2026-03-01T08:10:00Z"), noted);
        let minutes = Duration::from_mins;
        for (now, wait) in [
            ("2026-03-01T08:00:00Z", 10),
            ("2026-03-01T08:07:00Z", 3),
            ("2026-03-01T08:10:00Z", 0),
            ("2027-03-01T08:10:00Z", 0),
            // The clock was set back by years.
            ("2016-03-01T08:10:00Z", 10),
        ] {
            assert_eq!(stored.wait(at(now)), minutes(wait), "{now}");
        }
    }

    #[test]
    fn a_folder_keeps_a_time_for_each_queue() {
        let folder = tempfile::tempdir().unwrap();
        let times = PollTimeFolder::new(folder.path());
        let sender = Sender::new("123456789").unwrap();
        let senders = [
            sender.clone(),
            sender.clone().with_queue("a/../b"),
            sender.clone().with_queue("A"),
            sender.clone().with_queue("a"),
            sender.with_queue("æ".repeat(1000)),
        ];
        let environments = [Environment::difitest(), Environment::difiqa()];
        let queues: Vec<QueueKey<'_>> = senders
            .iter()
            .flat_map(|sender| {
                environments
                    .iter()
                    .map(move |root| QueueKey::new(root, sender))
            })
            .collect();
        let time = |second: i64| {
            let noted = Timestamp::from_second(second).unwrap();
            let time = PermittedPoll::new(noted + Duration::from_nanos(1), noted);
            time.with_shutdown(match second % 3 {
                0 => Shutdown::Unclean,
                1 => Shutdown::Clean,
                _ => Shutdown::UnseenUntil(noted + Duration::from_millis(1_200_001)),
            })
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(async {
            for (second, queue) in (0..).zip(&queues) {
                assert_eq!(times.load(*queue).await.unwrap(), None);
                times.save(*queue, time(100)).await.unwrap();
                times.save(*queue, time(second)).await.unwrap();
            }
            for (second, queue) in (0..).zip(&queues) {
                assert_eq!(times.load(*queue).await.unwrap(), Some(time(second)));
            }
            let (first, two) = (queues[0], "2026-03-01T08:10:00Z\n2026-03-01T08:00:00Z\n");
            for wrong in ["soon".to_owned(), format!("{two}soon\n")] {
                fs::write(times.path(first), wrong).unwrap();
                assert!(times.load(first).await.is_err());
            }
            // A file of an earlier version.
            fs::write(times.path(first), two).unwrap();
            let stored = times.load(first).await.unwrap().unwrap();
            assert_eq!(stored.shutdown, Shutdown::Unclean);
        });
        let names: std::collections::HashSet<String> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_str().unwrap().to_lowercase())
            .collect();
        assert_eq!(names.len(), queues.len());
    }

    #[test]
    fn a_queue_that_was_never_polled_may_be_polled_at_once() {
        let never = PermittedPoll::never_polled();
        assert_eq!(never.wait(at("2016-03-01T08:10:00Z")), Duration::ZERO);
        assert_eq!(never.shutdown, Shutdown::Clean);
    }

    /// Whoever can write to the folder could have put a link where the temporary file is to be.
    #[cfg(unix)]
    #[test]
    fn no_link_is_followed_and_only_the_owner_reads() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, "mine").unwrap();
        let path = folder.path().join("queue.poll-time");
        for link in ["queue.poll-time-new", "queue.poll-time"] {
            std::os::unix::fs::symlink(&victim, folder.path().join(link)).unwrap();
        }
        let time = PermittedPoll::new(at("2026-03-01T08:10:00Z"), at("2026-03-01T08:00:00Z"));
        write(&path, time).unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"mine");
        let mode = fs::symlink_metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(read(&path).unwrap(), Some(time));
    }
}
