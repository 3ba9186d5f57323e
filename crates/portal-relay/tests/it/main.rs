//! The relay's parts and the whole, in one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod command;
mod create;
mod deletion;
mod deliver;
mod engines;
mod event;
mod faulty_store;
mod lease;
mod memory;
mod moved_clock;
mod outage;
mod outbox;
mod queues;
mod receive;
mod relay;
mod reload;
mod stage;
mod standard_webhooks;
mod store;
mod takeover;
mod webhook;
