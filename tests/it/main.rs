//! Tests of the crates together.

// Clippy takes only functions marked as tests for tests.
#![allow(clippy::unwrap_used, clippy::panic)]

mod fault_campaign;
