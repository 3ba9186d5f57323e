//! Whether a document is whole, and of the kind that it must be.

use std::fmt;

use super::DownloadError;

/// What a document is, and so how its first bytes must look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DocumentKind {
    /// A signed PDF (PAdES).
    Pdf,
    /// One signer's signature (XAdES).
    Xml,
}

impl DocumentKind {
    /// So many first bytes are enough to judge.
    const HEAD: usize = 64;

    pub(super) fn matches(self, head: &[u8]) -> bool {
        match self {
            Self::Pdf => head.starts_with(b"%PDF-"),
            Self::Xml => {
                let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
                let text = text.trim_ascii_start();
                // A page of a proxy is no signature.
                let page = [&b"<!doctype"[..], b"<html"].iter().any(|start| {
                    text.get(..start.len())
                        .is_some_and(|t| t.eq_ignore_ascii_case(start))
                });
                let second = text.get(1).copied().unwrap_or_default();
                let element = second.is_ascii_alphabetic() || b"?!_".contains(&second);
                text.starts_with(b"<") && element && !page
            }
        }
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pdf => "a PDF",
            Self::Xml => "XML",
        })
    }
}

/// Holds what comes against what was announced.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) kind: DocumentKind,
    pub(super) announced: Option<u64>,
    pub(super) received: u64,
    head: Vec<u8>,
}

impl Check {
    pub(super) fn new(kind: DocumentKind, announced: Option<u64>) -> Self {
        Self {
            kind,
            announced,
            received: 0,
            head: Vec::with_capacity(DocumentKind::HEAD),
        }
    }

    pub(super) fn push(&mut self, data: &[u8]) -> Result<(), DownloadError> {
        let room = DocumentKind::HEAD - self.head.len();
        if room > 0 {
            self.head.extend(data.iter().take(room));
            if self.head.len() == DocumentKind::HEAD {
                self.judge_kind()?;
            }
        }
        self.received += data.len() as u64;
        match self.announced {
            Some(announced) if self.received > announced => Err(self.wrong_length(announced)),
            _ => Ok(()),
        }
    }

    pub(super) fn finish(&self) -> Result<(), DownloadError> {
        if let Some(announced) = self.announced
            && announced != self.received
        {
            return Err(self.wrong_length(announced));
        }
        self.judge_kind()
    }

    fn judge_kind(&self) -> Result<(), DownloadError> {
        if self.kind.matches(&self.head) {
            Ok(())
        } else {
            Err(DownloadError::WrongKind {
                expected: self.kind,
            })
        }
    }

    fn wrong_length(&self, announced: u64) -> DownloadError {
        DownloadError::WrongLength {
            announced,
            received: self.received,
        }
    }
}
