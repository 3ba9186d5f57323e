//! Load on a sandbox in a process of its own, by clients in this one, over mutual TLS.
//!
//! `cargo xtask load-sandbox` runs it with these arguments:
//! - `rounds JOBS ROUNDS`: so many jobs are created, signed, polled, confirmed and purged, again and
//!   again; how fast, and what memory the sandbox takes.
//! - `crowd CLIENTS SECONDS`: so many clients go through the whole flow at once, for so long.
//!
//! Any answer that was not asked for ends it with an error.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that meets the unexpected is to end there"
)]

mod clients;
mod crowd;
mod rounds;
mod server;

use std::alloc::System;
use std::process::ExitCode;

use cap::Cap;

/// Counts what is allocated and not freed.
#[global_allocator]
static HEAP: Cap<System> = Cap::new(System, usize::MAX);

const USAGE: &str = "usage: load_sandbox rounds JOBS ROUNDS | crowd CLIENTS SECONDS";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", folder] => server::serve(folder.as_ref()).await,
        ["rounds", jobs, count] => {
            rounds::run(jobs.parse().unwrap(), count.parse().unwrap()).await;
        }
        ["crowd", clients, seconds] => {
            crowd::run(clients.parse().unwrap(), seconds.parse().unwrap()).await;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
