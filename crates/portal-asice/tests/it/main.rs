//! The crate as its users see it.
#![expect(clippy::unwrap_used, reason = "tests")]

mod building;
mod made;
mod names;
mod xmlsec;
