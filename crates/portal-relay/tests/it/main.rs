//! The relay's parts and the whole, in one binary.

mod create;
mod deletion;
mod faulty_store;
mod lease;
mod receive;
mod relay;
mod stage;
mod store;
