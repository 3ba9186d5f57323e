//! Why a package's container is refused.

/// What is wrong with a package's ZIP container.
///
/// Files are named by their position in the package, counted from 1: names may hold personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The bytes don't begin as a ZIP file does.
    #[error("the package is not a ZIP file")]
    NotZip,
    /// The bytes end before the container does.
    #[error("the package is cut off, or a length in its headers is wrong; transfer it again")]
    Truncated,
    /// There is something after the end.
    #[error("the package has a comment, or bytes after its end; nothing may follow")]
    TrailingBytes,
    /// The container is spread over several files.
    #[error("the package says that it is one of several disks; write it as one file")]
    SeveralDisks,
    /// The container is of the format for more than 4 GB.
    #[error("the package is of the Zip64 format; the service takes 10 MB")]
    Zip64,
    /// The package is longer than the limit.
    #[error("the package is longer than {limit} bytes")]
    #[non_exhaustive]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// There are more files than the limit.
    #[error("the package has more than {limit} files")]
    #[non_exhaustive]
    TooManyFiles {
        /// The limit.
        limit: usize,
    },
    /// Unpacked, the files are longer than the limit.
    #[error("the package's files are longer than {limit} bytes when unpacked")]
    #[non_exhaustive]
    UnpackedTooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A file is compressed in far more blocks than it needs.
    #[error("file {position} is compressed in far more blocks than it needs; compress it again")]
    #[non_exhaustive]
    Blocks {
        /// Position of the file.
        position: usize,
    },
    /// The directory is not where the end record says, or not what it should be.
    #[error("the package's directory is damaged or not at its place")]
    DirectoryPlace,
    /// Entries overlap, leave gaps, or stand in another order than in the directory.
    #[error("file {position} doesn't follow the one before it without a gap")]
    #[non_exhaustive]
    Layout {
        /// Which file.
        position: usize,
    },
    /// The header before a file says something else than the directory.
    #[error("the two headers of file {position} differ in {field}")]
    #[non_exhaustive]
    HeadersDiffer {
        /// Which file.
        position: usize,
        /// In what.
        field: &'static str,
    },
    /// An entry is of a kind that packages don't have.
    #[error("file {position} {what}; write plain files, stored or deflated")]
    #[non_exhaustive]
    Unsupported {
        /// Which file.
        position: usize,
        /// What it is.
        what: &'static str,
    },
    /// A name is a path, or is read differently by different readers.
    #[error("the name of file {position} is not a plain file name; use A-Z a-z 0-9 . _ -")]
    #[non_exhaustive]
    Name {
        /// Which file.
        position: usize,
    },
    /// Two files have the same name, or names that some system takes for one file.
    #[error("files {first} and {second} have the same name")]
    #[non_exhaustive]
    SameName {
        /// The one.
        first: usize,
        /// The other.
        second: usize,
    },
    /// The compressed bytes can't be unpacked.
    #[error("file {position} can't be unpacked: its compressed bytes are damaged")]
    #[non_exhaustive]
    Deflate {
        /// Which file.
        position: usize,
    },
    /// A file's length is not the announced one.
    #[error("file {position} is not as long as its header says")]
    #[non_exhaustive]
    Length {
        /// Which file.
        position: usize,
    },
    /// A file's bytes don't give the announced checksum.
    #[error("file {position} is damaged: its CRC-32 is not the one in its header")]
    #[non_exhaustive]
    Crc {
        /// Which file.
        position: usize,
    },
}
