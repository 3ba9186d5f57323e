//! A store that lies or fails on purpose, in memory.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::future::ready;
use futures_util::stream::{self, BoxStream};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// What a store does wrong.
#[derive(Debug, Default)]
pub(crate) struct Wrongs {
    /// Creates replace what is there.
    pub(crate) create_replaces: AtomicBool,
    /// Updates are written whatever the version is.
    pub(crate) updates_anything: AtomicBool,
    /// So many writes from now on are written and reported as failed.
    pub(crate) lost_responses: AtomicUsize,
    /// So many operations from now on fail and do nothing.
    pub(crate) outage: AtomicUsize,
    /// So many creates and updates from now on are refused as if the object were there or another, and write nothing:
    /// S3's 409.
    pub(crate) conflicts: AtomicUsize,
    /// Writes wait, in their order, as long as a test has it.
    pub(crate) writes: tokio::sync::Mutex<()>,
    /// All operations after so many more fail and do nothing, as seen by a process that was killed; 0 for never. Of
    /// the last one that is counted, the response is lost.
    pub(crate) dies_after: AtomicUsize,
    pub(crate) is_dead: AtomicBool,
}

impl Wrongs {
    /// Lets everything fail after so many operations.
    pub(crate) fn die_after(&self, operations: usize) {
        self.is_dead.store(operations == 0, Ordering::SeqCst);
        self.dies_after.store(operations, Ordering::SeqCst);
    }

    /// Lets everything succeed again. Returns whether it had failed.
    pub(crate) fn revive(&self) -> bool {
        self.dies_after.store(0, Ordering::SeqCst);
        self.is_dead.swap(false, Ordering::SeqCst)
    }
}

/// A store in memory that does some things wrong.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaultyStore {
    pub(crate) inner: Arc<InMemory>,
    pub(crate) wrongs: Arc<Wrongs>,
}

fn take(count: &AtomicUsize) -> bool {
    count
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        })
        .is_ok()
}

fn failed() -> object_store::Error {
    object_store::Error::Generic {
        store: "faulty",
        source: "out of order".into(),
    }
}

impl FaultyStore {
    fn look(&self) -> Result<()> {
        self.live()?;
        if take(&self.wrongs.outage) {
            return Err(failed());
        }
        Ok(())
    }

    /// Counts an operation of a process that is killed after so many.
    fn live(&self) -> Result<()> {
        if self.wrongs.is_dead.load(Ordering::SeqCst) {
            return Err(failed());
        }
        if take(&self.wrongs.dies_after) && self.wrongs.dies_after.load(Ordering::SeqCst) == 0 {
            self.wrongs.is_dead.store(true, Ordering::SeqCst);
        }
        Ok(())
    }
}

impl fmt::Display for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FaultyStore")
    }
}

#[async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        mut options: PutOptions,
    ) -> Result<PutResult> {
        drop(self.wrongs.writes.lock().await);
        self.look()?;
        let ignored = match options.mode {
            PutMode::Create => &self.wrongs.create_replaces,
            PutMode::Update(_) => &self.wrongs.updates_anything,
            PutMode::Overwrite => &AtomicBool::new(false),
        };
        if options.mode != PutMode::Overwrite && take(&self.wrongs.conflicts) {
            let path = location.to_string();
            let source = "another request got in the way".into();
            return Err(match options.mode {
                PutMode::Create => object_store::Error::AlreadyExists { path, source },
                _ => object_store::Error::Precondition { path, source },
            });
        }
        if ignored.load(Ordering::SeqCst) {
            options.mode = PutMode::Overwrite;
        }
        let put = self.inner.put_opts(location, payload, options).await?;
        let dead = self.wrongs.is_dead.load(Ordering::SeqCst);
        if dead || take(&self.wrongs.lost_responses) {
            return Err(failed());
        }
        Ok(put)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.look()?;
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.look()?;
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        match self.live() {
            Ok(()) => self.inner.delete_stream(locations),
            Err(error) => stream::once(ready(Err(error))).boxed(),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.live() {
            Ok(()) => self.inner.list(prefix),
            Err(error) => stream::once(ready(Err(error))).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.look()?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.look()?;
        self.inner.copy_opts(from, to, options).await
    }
}
