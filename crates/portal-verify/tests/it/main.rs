//! Documents as the service's stand-in makes them, documents by other programs, and hostile ones.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected is to end there"
)]

mod fixtures;
mod hostile;
mod making;
mod sandbox;
