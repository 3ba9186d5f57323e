//! How large a package may be.

/// Bounds within which a package is read; what lies beyond is refused before it is unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Length of the package in bytes.
    pub package: u64,
    /// Number of files.
    pub files: usize,
    /// Length of all files together in bytes, unpacked.
    pub unpacked: u64,
}

impl Default for Limits {
    /// Room for what the service takes (documents of 10 MB together, 20 of them, manifest and
    /// signature) and some more: 16 MB packed, 32 MB unpacked, 64 files.
    fn default() -> Self {
        Self {
            package: 16 * 1024 * 1024,
            files: 64,
            unpacked: 32 * 1024 * 1024,
        }
    }
}
