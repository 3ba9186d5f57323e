//! The crate as its users see it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod building;
mod conditions;
mod containers;
mod costs;
mod flips;
mod forms;
mod made;
mod names;
mod tampering;
mod xmlsec;
