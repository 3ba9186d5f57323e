//! Tests of portal-model through its public face.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod costs;
mod documents;
mod errors;
mod hostile;
mod json;
mod leniency;
mod reference;
mod round_trip;
mod samples;
mod times;
mod values;
mod well_formedness;
