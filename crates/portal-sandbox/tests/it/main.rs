//! A sandbox over real mutual TLS.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected is to end there"
)]

mod access_tokens;
mod changes;
mod client;
mod client_files;
mod clients;
mod connection;
mod debug;
mod faults;
mod flow;
mod jobs;
mod journal;
mod management;
mod management_index;
mod management_journal;
mod pages;
mod polling;
mod recorded;
mod refusals;
mod register;
mod senders;
mod signed_documents;
mod signing;
