//! A document on its way from the service to the store, through a local file.

use std::fs::File;
use std::io::{self, Read};

use aws_lc_rs::digest::{Context, SHA256};
use portal_client::Download;

use super::ReceiveError;
use crate::layout::hex;
use crate::spool::SpoolFile;
use crate::{EventDocument, Store, StoreError};

/// How much of a document is in memory while it is digested.
const PIECE: usize = 64 * 1024;

/// A document in a temporary file.
pub(super) struct Downloaded {
    /// The position of the signer whose XAdES it is, from 1; none for the PAdES.
    pub(super) signer: Option<u32>,
    pub(super) sha256: String,
    pub(super) length: u64,
    pub(super) file: SpoolFile,
}

impl Downloaded {
    pub(super) async fn save(
        store: &Store,
        download: Download,
        signer: Option<u32>,
    ) -> Result<Self, ReceiveError> {
        let file = store.spool().file();
        let length = download.save_to(file.path()).await?;
        Ok(Self::digested(file, length, signer).await?)
    }

    /// Takes a XAdES that is in the store; none where it is gone, or is not what its name says.
    pub(super) async fn stored(
        store: &Store,
        document: &EventDocument,
        signer: u32,
    ) -> Result<Option<Self>, StoreError> {
        let name = store.layout().document_of(document);
        let file = store.spool().file();
        let Some(length) = store.copy_to(&name, file.path()).await? else {
            return Ok(None);
        };
        let stored = Self::digested(file, length, Some(signer)).await?;
        Ok(Some(stored).filter(|stored| stored.sha256 == document.sha256))
    }

    async fn digested(
        file: SpoolFile,
        length: u64,
        signer: Option<u32>,
    ) -> Result<Self, StoreError> {
        let path = file.path().to_owned();
        let digested = tokio::task::spawn_blocking(move || digest(&mut File::open(path)?));
        let digested = digested.await.map_err(io::Error::from).flatten();
        let sha256 = digested.map_err(StoreError::local("read a document's temporary file"))?;
        Ok(Self {
            signer,
            sha256,
            length,
            file,
        })
    }

    /// Reads the document whole.
    pub(super) async fn bytes(&self) -> io::Result<Vec<u8>> {
        tokio::fs::read(self.file.path()).await
    }
}

fn digest(source: &mut impl Read) -> io::Result<String> {
    let mut context = Context::new(&SHA256);
    let mut piece = vec![0; PIECE];
    loop {
        match source.read(&mut piece) {
            Ok(0) => return Ok(hex(context.finish().as_ref())),
            Ok(length) => context.update(piece.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each read but the last fails once before it succeeds.
    struct Reads {
        kind: io::ErrorKind,
        left: usize,
        fails: bool,
    }

    impl Read for Reads {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.fails = !self.fails;
            if self.fails && self.left > 0 {
                return Err(self.kind.into());
            }
            let length = self.left.min(buffer.len()).min(3);
            buffer[..length].copy_from_slice(&b"abc"[..length]);
            self.left -= length;
            Ok(length)
        }
    }

    #[test]
    fn a_read_that_was_interrupted_is_repeated_and_another_failure_is_one() {
        let reads = |kind| Reads {
            kind,
            left: 6,
            fails: false,
        };
        let digested = digest(&mut reads(io::ErrorKind::Interrupted)).unwrap();
        let expected = aws_lc_rs::digest::digest(&SHA256, b"abcabc");
        assert_eq!(digested, hex(expected.as_ref()));
        let failed = digest(&mut reads(io::ErrorKind::Other)).unwrap_err();
        assert_eq!(failed.kind(), io::ErrorKind::Other);
    }
}
