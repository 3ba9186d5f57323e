//! Load on a sandbox in a process of its own, by clients in this one, over mutual TLS.
//!
//! `cargo xtask load-sandbox` runs it with these arguments:
//! - `rounds JOBS ROUNDS`: so many jobs are created, signed, polled, confirmed and purged, again and
//!   again; how fast, and what memory the sandbox takes.
//! - `jobs AT_ONCE JOBS`: so many jobs are created, signed, stored and confirmed; how fast, and what the
//!   client takes of the machine.
//! - `create CREATES`: what creating a job takes of a processor, beside what it takes at the least.
//! - `relay CHANGES folder`, or an S3's URL instead: what a relay adds to the calls alone.
//! - `flow`, `packages`, `growth`, `first-poll`: what `cargo xtask bench-peers` asks for; see `peers`.
//! - `crowd CLIENTS SECONDS`: so many clients go through the whole flow at once, for so long.
//!
//! Any response that was not asked for ends it with an error.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that meets the unexpected is to end there"
)]

mod clients;
mod crowd;
mod floor;
mod growth;
mod jobs;
mod packages;
mod peers;
mod relay;
mod rounds;
mod server;
mod usage;

use std::alloc::System;
use std::process::ExitCode;

use cap::Cap;

/// Counts what is allocated and not freed.
#[global_allocator]
static HEAP: Cap<System> = Cap::new(System, usize::MAX);

const USAGE: &str = "usage: load_sandbox rounds JOBS ROUNDS | crowd CLIENTS SECONDS | \
                     jobs AT_ONCE JOBS | create CREATES | relay CHANGES folder|S3-URL";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut runtime = match words.first() {
        // With one call at a time, waking each other is all that several threads would do.
        Some(&("create" | "first-poll" | "growth")) => {
            tokio::runtime::Builder::new_current_thread()
        }
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime.enable_all().build().unwrap();
    runtime.block_on(run(&words))
}

async fn run(words: &[&str]) -> ExitCode {
    match words {
        ["serve", folder] => server::serve(folder.as_ref()).await,
        ["rounds", jobs, count] => {
            rounds::run(jobs.parse().unwrap(), count.parse().unwrap()).await;
        }
        ["crowd", clients, seconds] => {
            crowd::run(clients.parse().unwrap(), seconds.parse().unwrap()).await;
        }
        ["jobs", at_once, jobs] => jobs::run(at_once.parse().unwrap(), jobs.parse().unwrap()).await,
        ["create", creates] => {
            floor::run(creates.parse().unwrap()).await;
        }
        ["relay", changes, place] => relay::run(changes.parse().unwrap(), place).await,
        ["flow", settings, library, pdf, at_once, warm_up, jobs] => {
            let sizes = [at_once, warm_up, jobs].map(|size| size.parse().unwrap());
            peers::flow(settings.as_ref(), library, pdf.as_ref(), sizes).await;
        }
        ["packages", settings, pdf, rounds] => {
            packages::run(settings.as_ref(), pdf.as_ref(), rounds.parse().unwrap());
        }
        ["first-poll", settings] => peers::first_poll(settings.as_ref()).await,
        ["growth", settings, rounds] => {
            growth::run(settings.as_ref(), rounds.parse().unwrap()).await;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
