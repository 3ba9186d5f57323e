//! The relay's parts and the whole, in one binary.

mod store;
