//! The `portal` command: the portal flow of Posten signering from a shell.
//!
//! ```text
//! portal demo                              the whole flow on a sandbox inside the process
//! portal demo --documents a.pdf b.pdf      the same with documents of one's own
//! ```
//!
//! The exit code is 0 when everything held, 1 when something failed (standard error says what, why
//! and what to do), and 2 when the arguments make no sense.

mod arguments;
mod demo;
mod failure;
mod steps;

use std::io;
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::arguments::{Arguments, Command};

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::from_env("PORTAL_LOG"))
        .with_writer(io::stderr)
        .init();
    let outcome = match Arguments::parse().command {
        Command::Demo(options) => demo::run(&options, io::stdout()).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", failure::described(&error));
            ExitCode::FAILURE
        }
    }
}
