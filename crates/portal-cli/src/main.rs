//! The `portal` command: the portal flow of Posten signering from a shell.
//!
//! ```text
//! portal demo                              the whole flow on a sandbox inside the process
//! portal demo --documents a.pdf b.pdf      the same with your documents
//! portal verify signed.pdf                 facts about signed documents, PAdES and XAdES
//! portal anchors list                      the issuers' certificates that are built in
//! portal sandbox                           a stand-in for the service, for clients in any language
//! portal sandbox sign last                 drives one that runs; `portal sandbox --help` lists more
//! ```
//!
//! The exit code is 0 when everything held, 1 when something failed (standard error says what, why
//! and what to do), and 2 when the arguments make no sense. `portal verify` ends with 1 on a finding of
//! severity `broken`, and with 9 when a file can't be read.

mod anchors;
mod arguments;
mod demo;
mod failure;
mod sandbox;
mod steps;
mod verify;

use std::error::Error;
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
    let words = match sandbox::with_settings(sandbox::words()) {
        Ok(words) => words,
        Err(error) => return failed(&error),
    };
    let outcome: Result<(), Box<dyn Error>> = match Arguments::parse_from(words).command {
        Command::Demo(options) => demo::run(&options, io::stdout()).await.map_err(Box::from),
        Command::Sandbox(options) => sandbox::run(&options, io::stdout())
            .await
            .map_err(Box::from),
        Command::Anchors(options) => anchors::run(&options, io::stdout()).map_err(Box::from),
        Command::Verify(options) => match verify::run(&options, io::stdout()) {
            Ok(true) => Ok(()),
            // The report has said it all.
            Ok(false) => return ExitCode::FAILURE,
            Err(error) => {
                eprintln!("{}", failure::described(&error));
                return ExitCode::from(verify::NOT_READ);
            }
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&*error),
    }
}

fn failed(error: &(dyn Error + 'static)) -> ExitCode {
    eprintln!("{}", failure::described(error));
    ExitCode::FAILURE
}
