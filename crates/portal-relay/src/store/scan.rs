//! Listing without holding the list.

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use object_store::path::Path;

use super::Store;
use super::objects::written;
use crate::StoreError;

/// An object that a scan has found.
#[derive(Clone, Debug)]
pub(crate) struct Scanned {
    pub(crate) name: Path,
    /// When it was last written, by the store's clock.
    pub(crate) written: Timestamp,
}

impl Store {
    /// Finds all objects whose names begin with a folder, in no particular order, a page at a time.
    pub(crate) fn scan(&self, folder: &Path) -> BoxStream<'static, Result<Scanned, StoreError>> {
        let listed = self.objects.list(Some(folder)).map_ok(|meta| Scanned {
            written: written(&meta),
            name: meta.location,
        });
        listed
            .map_err(|error| StoreError::unavailable("list objects")(error))
            .boxed()
    }
}
