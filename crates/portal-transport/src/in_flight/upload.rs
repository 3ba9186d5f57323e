//! How long what was handed over may be on its way.
//!
//! The HTTP library takes pieces of a body into its buffers, and asks for more when all of them
//! have gone to the operating system, which has buffers of its own. How far they have got can't be
//! seen, so it is reckoned: the line moves at the slowest speed that is allowed, in equal shares
//! for all uploads that are under way.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// What a body is cut into on its way out.
pub(super) const PIECE: usize = 8 * 1024;
/// What hyper takes before it asks again: 16 pieces.
const LIBRARY_BUFFERS: u64 = 16 * PIECE as u64;
/// Less than timers can tell.
const NOTHING: Duration = Duration::from_millis(1);

/// The uploads under way on one transport.
#[derive(Debug, Clone)]
pub(crate) struct Uploads(Arc<Mutex<Shared>>);

#[derive(Debug)]
struct Shared {
    uploads: u32,
    /// For how many seconds each upload has had the line to itself, as it were, up to `at`.
    share: f64,
    at: Instant,
}

impl Default for Uploads {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Shared {
            uploads: 0,
            share: 0.0,
            at: Instant::now(),
        })))
    }
}

impl Uploads {
    /// Brings the account up to date.
    fn now(&self) -> MutexGuard<'_, Shared> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let passed = now.saturating_duration_since(shared.at).as_secs_f64();
        shared.share += passed / f64::from(shared.uploads.max(1));
        shared.at = now;
        shared
    }
}

/// The way out of a transport.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) uploads: Uploads,
    /// The most that the operating system may hold of one connection.
    pub(crate) system_buffers: u64,
}

/// The account of one body.
#[derive(Debug)]
pub(super) struct Upload {
    line: Line,
    counted: bool,
    slowest: NonZeroU32,
    /// The shares at which the library's buffers, and all that was handed over, have been carried.
    buffered_until: f64,
    all_until: f64,
}

impl Upload {
    pub(super) fn new(line: &Line, slowest: NonZeroU32) -> Self {
        Self {
            line: line.clone(),
            counted: false,
            slowest,
            buffered_until: 0.0,
            all_until: 0.0,
        }
    }

    pub(super) fn begin(&mut self) {
        if !self.counted {
            self.counted = true;
            self.line.uploads.now().uploads += 1;
        }
    }

    pub(super) fn end(&mut self) {
        if self.counted {
            self.counted = false;
            let mut shared = self.line.uploads.now();
            shared.uploads = shared.uploads.saturating_sub(1);
        }
    }

    /// Whether nothing was ever handed over.
    pub(super) fn is_empty(&self) -> bool {
        self.all_until == 0.0
    }

    /// Adds a piece that was handed over now.
    pub(super) fn add(&mut self, bytes: usize) {
        let share = self.line.uploads.now().share;
        let seconds = |bytes: u64| bytes as f64 / f64::from(self.slowest.get());
        let all = self.all_until.max(share) + seconds(bytes as u64);
        let most = LIBRARY_BUFFERS.saturating_add(self.line.system_buffers);
        self.all_until = all.min(share + seconds(most));
        self.buffered_until = all.min(share + seconds(LIBRARY_BUFFERS));
    }

    /// How long it takes from now until the library's buffers are empty, with as many uploads as
    /// there are now.
    pub(super) fn time_for_buffered(&self) -> Duration {
        self.time_until(self.buffered_until)
    }

    /// How long it takes from now until everything is on the other side.
    pub(super) fn time_for_all(&self) -> Duration {
        self.time_until(self.all_until)
    }

    fn time_until(&self, until: f64) -> Duration {
        if self.is_empty() {
            return Duration::ZERO;
        }
        let shared = self.line.uploads.now();
        let seconds = (until - shared.share).max(0.0) * f64::from(shared.uploads.max(1));
        let time = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        if time < NOTHING { Duration::ZERO } else { time }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(system_buffers: u64) -> Line {
        Line {
            uploads: Uploads::default(),
            system_buffers,
        }
    }

    fn upload(line: &Line) -> Upload {
        let mut upload = Upload::new(line, NonZeroU32::new(1_024).unwrap());
        upload.begin();
        upload
    }

    async fn sleep(seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    #[track_caller]
    fn assert_takes(upload: &Upload, seconds: u64) {
        let time = upload.time_for_all().as_secs_f64();
        assert!((time - seconds as f64).abs() < 0.01, "{time}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_handed_over_goes_away_at_the_slowest_speed() {
        let mut upload = upload(&line(1 << 20));
        assert_takes(&upload, 0);
        upload.add(10 * 1_024);
        assert_takes(&upload, 10);
        sleep(4).await;
        upload.add(1_024);
        assert_takes(&upload, 7);
        sleep(60).await;
        assert_takes(&upload, 0);
        upload.add(1_024);
        assert_takes(&upload, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn uploads_share_the_line() {
        let line = line(1 << 20);
        let mut first = upload(&line);
        first.add(4 * 1_024);
        let mut second = upload(&line);
        second.add(1_024);
        assert_takes(&first, 8);
        assert_takes(&second, 2);
        sleep(2).await;
        assert_takes(&second, 0);
        // The first has had half of the line so far, and has all of it from now on.
        drop(second);
        assert_takes(&first, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_is_outstanding_than_fits_in_the_buffers() {
        let mut upload = upload(&line(1_024));
        upload.add(1 << 30);
        let library = LIBRARY_BUFFERS / 1_024;
        assert_eq!(upload.time_for_buffered().as_secs(), library);
        assert_takes(&upload, library + 1);
    }
}
