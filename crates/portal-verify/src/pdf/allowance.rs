//! How much work a file may cause.

use std::cell::Cell;

use super::Problem;

/// Bytes that every file may have read or inflated, however short it is.
const FREE: u64 = 512 * 1024;
/// Bytes that may be read or inflated for each byte of the file. The structure of a PDF is read
/// twice at most; its compressed parts grow five- to tenfold.
const FOR_EACH_BYTE: u64 = 16;

/// What is left of the work that a file may cause.
#[derive(Debug)]
pub(super) struct Allowance {
    left: Cell<u64>,
}

impl Allowance {
    /// The allowance of a file of this length.
    pub(super) fn of(length: usize) -> Self {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        Self {
            left: Cell::new(length.saturating_mul(FOR_EACH_BYTE).saturating_add(FREE)),
        }
    }

    /// Bytes that are left.
    pub(super) fn left(&self) -> u64 {
        self.left.get()
    }

    /// Takes bytes off.
    pub(super) fn spend(&self, bytes: usize) -> Result<(), Problem> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let left = self.left.get().checked_sub(bytes).ok_or(Problem::TooMuch)?;
        self.left.set(left);
        Ok(())
    }
}
