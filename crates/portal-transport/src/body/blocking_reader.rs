//! A blocking reader as a stream of pieces.

use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use tokio::sync::mpsc;

use super::PIECE;

/// How many pieces may wait for the network.
const AHEAD: usize = 2;

/// The bytes of `reader`, read on a thread for blocking work.
///
/// Where there are more than `size`, the piece that reaches it has a byte too many, so that the
/// surplus shows although nobody asks for more than `size`.
pub(super) fn pieces(reader: impl Read + Send + 'static, size: u64) -> Pieces {
    Pieces::Waiting(Some((Box::new(reader), size)))
}

pub(super) enum Pieces {
    /// Nothing has been read: the thread starts with the first poll, which happens inside the
    /// runtime, while the body may well have been made outside it.
    Waiting(Option<(Box<dyn Read + Send>, u64)>),
    Reading(mpsc::Receiver<io::Result<Bytes>>),
}

impl Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            match this {
                Self::Reading(receiver) => return receiver.poll_recv(cx),
                Self::Waiting(reader) => {
                    let Some((reader, size)) = reader.take() else {
                        return Poll::Ready(None);
                    };
                    let (sender, receiver) = mpsc::channel(AHEAD);
                    tokio::task::spawn_blocking(move || read_all(reader, size, &sender));
                    *this = Self::Reading(receiver);
                }
            }
        }
    }
}

/// Reads until the end, an error, or nobody listens any more.
fn read_all(mut reader: Box<dyn Read + Send>, size: u64, sender: &mpsc::Sender<io::Result<Bytes>>) {
    let mut remaining = size;
    loop {
        let piece = read_piece(&mut reader, remaining);
        let length = match &piece {
            Ok(bytes) if bytes.is_empty() => return,
            Ok(bytes) => Some(bytes.len() as u64),
            Err(_) => None,
        };
        if sender.blocking_send(piece).is_err() {
            return;
        }
        match length.and_then(|length| remaining.checked_sub(length)) {
            Some(rest) => remaining = rest,
            None => return,
        }
    }
}

/// One piece, filled as far as the reader goes; empty at the end.
fn read_piece(reader: &mut dyn Read, remaining: u64) -> io::Result<Bytes> {
    let most = if remaining <= PIECE as u64 {
        remaining + 1
    } else {
        PIECE as u64
    };
    let mut piece = Vec::with_capacity(PIECE + 1);
    reader.take(most).read_to_end(&mut piece)?;
    Ok(Bytes::from(piece))
}
