//! A store that lies or fails on purpose, in memory.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// What a store does wrong.
#[derive(Debug, Default)]
pub struct Wrongs {
    /// Creates replace what is there.
    pub create_replaces: AtomicBool,
    /// Updates are written whatever the version is.
    pub updates_anything: AtomicBool,
    /// So many writes from now on are written and reported as failed.
    pub lost_responses: AtomicUsize,
    /// So many operations from now on fail and do nothing.
    pub outage: AtomicUsize,
    /// All operations after so many more fail and do nothing, as seen by a process that was killed; 0 for never. Of
    /// the last one that is counted, the response is lost.
    pub dies_after: AtomicUsize,
    pub is_dead: AtomicBool,
}

impl Wrongs {
    /// Lets everything fail after so many operations.
    pub fn die_after(&self, operations: usize) {
        self.is_dead.store(operations == 0, Ordering::SeqCst);
        self.dies_after.store(operations, Ordering::SeqCst);
    }

    /// Lets everything succeed again. Returns whether it had failed.
    pub fn revive(&self) -> bool {
        self.dies_after.store(0, Ordering::SeqCst);
        self.is_dead.swap(false, Ordering::SeqCst)
    }
}

/// A store in memory that does some things wrong.
#[derive(Clone, Debug, Default)]
pub struct FaultyStore {
    pub inner: Arc<InMemory>,
    pub wrongs: Arc<Wrongs>,
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
        if self.wrongs.is_dead.load(Ordering::SeqCst) {
            return Err(failed());
        }
        if take(&self.wrongs.dies_after) && self.wrongs.dies_after.load(Ordering::SeqCst) == 0 {
            self.wrongs.is_dead.store(true, Ordering::SeqCst);
        }
        if take(&self.wrongs.outage) {
            return Err(failed());
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
        self.look()?;
        let ignored = match options.mode {
            PutMode::Create => &self.wrongs.create_replaces,
            PutMode::Update(_) => &self.wrongs.updates_anything,
            PutMode::Overwrite => &AtomicBool::new(false),
        };
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
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
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
