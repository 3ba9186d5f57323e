//! Tests of the crates together: the client against the sandbox, over real mutual TLS on loopback.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets the unexpected is to end there"
)]

mod access_tokens;
mod blocking;
mod browser;
mod campaign_jobs;
mod canary;
mod check;
mod environment_proxy;
mod fault_campaign;
mod faults;
mod flow;
mod kill_campaign;
mod peer_tests;
mod recording_server;
mod refusals;
mod relay_campaign;
mod relay_renewal;
mod renewal;
mod sandbox_clients;
mod signed_documents;
mod simulated_month;
mod watch;
mod watch_process;
