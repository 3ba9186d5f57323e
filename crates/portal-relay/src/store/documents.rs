//! Documents: from a local file to the name that is their digest.

use std::path::Path as FilePath;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Store;
use crate::StoreError;
use crate::layout::DocumentType;

/// Documents are read and sent in parts of this many bytes, and one part is in memory at a time.
const PART: usize = 8 * 1024 * 1024;

/// A document that is stored again after so long is written again.
pub(crate) const REFRESHED_AFTER: Duration = Duration::from_hours(12);

impl Store {
    /// Stores a document under its digest, from a local file. It appears whole or not at all; one that is there
    /// with the same length is left, since its name is its digest, unless it is so old that it may be about to be
    /// deleted as one that no event names.
    pub(crate) async fn put_document(
        &self,
        sha256: &str,
        kind: DocumentType,
        file: &FilePath,
        now: Timestamp,
    ) -> Result<Path, StoreError> {
        let name = self.layout.document(sha256, kind);
        let local = || StoreError::local("read a document's temporary file");
        let mut source = tokio::fs::File::open(file).await.map_err(local())?;
        let length = source.metadata().await.map_err(local())?.len();
        // Shared with other documents, and not with a deletion: what is seen here stays.
        let _shared = self.documents.read().await;
        let is_fresh = |written| now.duration_since(written).unsigned_abs() < REFRESHED_AFTER;
        let there = self.head(&name).await?;
        if there.is_some_and(|there| there.length == length && is_fresh(there.written)) {
            return Ok(name);
        }
        let mut part = read_part(&mut source).await.map_err(local())?;
        if part.len() < PART {
            self.put(&name, part).await?;
            return Ok(name);
        }
        let unavailable = || StoreError::unavailable("store a document");
        let upload = self.objects.put_multipart(&name).await;
        let mut upload = upload.map_err(unavailable())?;
        let sent = async {
            while !part.is_empty() {
                // The part is sent before the next one is read.
                let sent = upload.put_part(PutPayload::from_bytes(part)).await;
                sent.map_err(unavailable())?;
                part = read_part(&mut source).await.map_err(local())?;
            }
            upload.complete().await.map_err(unavailable())
        };
        if let Err(error) = sent.await {
            // What was sent of it costs space until it is taken back. The first error is the one to report.
            let _aborted = upload.abort().await;
            return Err(error);
        }
        Ok(name)
    }
}

impl Store {
    /// Copies a document to a local file that is not there yet, a piece at a time. Returns its length; none when there is
    /// no such document.
    pub(crate) async fn copy_to(
        &self,
        name: &Path,
        file: &FilePath,
    ) -> Result<Option<u64>, StoreError> {
        let unavailable = || StoreError::unavailable("read a document");
        let local = || StoreError::local("write a document's temporary file");
        let mut pieces = match self.objects.get(name).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            got => got.map_err(unavailable())?.into_stream(),
        };
        let mut options = tokio::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let mut target = options.open(file).await.map_err(local())?;
        let mut length = 0;
        while let Some(piece) = pieces.try_next().await.map_err(unavailable())? {
            target.write_all(&piece).await.map_err(local())?;
            length += piece.len() as u64;
        }
        target.flush().await.map_err(local())?;
        Ok(Some(length))
    }

    /// Deletes a document, or what was found in it, if it was not written again since. Returns whether it did.
    pub(crate) async fn delete_if_written_before(
        &self,
        name: &Path,
        before: Timestamp,
    ) -> Result<bool, StoreError> {
        let _alone = self.documents.write().await;
        let is_old = self
            .head(name)
            .await?
            .is_some_and(|there| there.written < before);
        if is_old {
            self.delete(name).await?;
        }
        Ok(is_old)
    }
}

/// Reads up to one part; fewer bytes only at the end.
async fn read_part(source: &mut tokio::fs::File) -> std::io::Result<Bytes> {
    let mut part = Vec::new();
    source.take(PART as u64).read_to_end(&mut part).await?;
    Ok(part.into())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use object_store::memory::InMemory;
    use portal_client::{Environment, OrganizationNumber};

    use super::*;
    use crate::Scope;
    use crate::layout::sha256_hex;

    fn scope() -> Scope {
        let number = OrganizationNumber::new("123456789").unwrap();
        Scope::new(Environment::difitest(), number)
    }

    /// Empty, one part to the byte, and more than two: in a folder and in an object store.
    #[tokio::test]
    async fn documents_of_all_lengths_are_stored_whole_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let stores = [
            Store::folder(&path, scope()).await.unwrap(),
            Store::open(Arc::new(InMemory::new()), scope())
                .await
                .unwrap(),
        ];
        for length in [0, 1, PART - 1, PART, PART + 1, 2 * PART + 7] {
            let content: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
            let (file, digest) = (folder.path().join("document"), sha256_hex(&content));
            fs::write(&file, &content).unwrap();
            for store in &stores {
                let put =
                    || store.put_document(&digest, DocumentType::Pdf, &file, Timestamp::now());
                let name = put().await.unwrap();
                assert_eq!(
                    store.get(&name).await.unwrap().unwrap(),
                    content,
                    "{length}"
                );
                let written = store.objects.head(&name).await.unwrap().last_modified;
                put().await.unwrap();
                let again = store.objects.head(&name).await.unwrap().last_modified;
                assert_eq!(again, written);
            }
        }
    }
}
