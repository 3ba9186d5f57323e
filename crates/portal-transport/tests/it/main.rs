//! The transports over real TLS on loopback.

// Clippy takes only functions marked as tests for tests.
#![allow(clippy::unwrap_used, clippy::panic)]

mod access_tokens;
mod authority;
mod conformance;
mod error_texts;
mod factory;
mod fault_campaign;
mod faulty_line;
mod late_alert;
mod log;
mod mutual_tls;
mod relay;
mod server;
mod server_kinds;
mod server_trust;
mod trust_anchors;
