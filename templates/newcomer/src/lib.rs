//! An organisation's letters, signed in the portal of Posten signering, each by two people in order.

mod letters;
mod metrics;
mod office;

pub use letters::{Folder, Letter, Stage};
pub use metrics::{Metrics, Reaction};
pub use office::{BoxError, Office};
