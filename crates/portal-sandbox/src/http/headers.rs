//! The response headers of the service that HTTP itself does not know.

/// When the queue may be polled again.
pub(super) const NEXT_POLL: &str = "x-next-permitted-poll-time";
/// Distinguishes a rate block from an early poll; the value has no meaning.
pub(super) const RATE_BLOCK: &str = "dosfilter";
