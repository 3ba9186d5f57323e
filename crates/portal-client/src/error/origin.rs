//! Who is responsible for an error.

/// Who can fix an [`Error`](crate::Error).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorOrigin {
    /// The calling program: it asked for something that is not allowed, or too soon.
    Caller,
    /// Whoever set up certificates, access rights, root URL and trust.
    Configuration,
    /// Nobody: the job was not, or no longer, in a state for it.
    JobState,
    /// The service.
    Service,
    /// The network between.
    Network,
    /// This computer: its disk, files, key or memory.
    Computer,
}
