//! The relay's parts and the whole, in one binary.

mod command;
mod deliver;
mod engines;
mod event;
mod outbox;
mod standard_webhooks;
mod store;
mod webhook;
