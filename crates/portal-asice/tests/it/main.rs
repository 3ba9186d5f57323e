//! The crate as its users see it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod building;
mod conditions;
mod containers;
mod costs;
mod flips;
mod forms;
mod names;
mod sample_packages;
mod tampering;
mod xmlsec;
