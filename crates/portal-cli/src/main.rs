//! The `portal` command: the portal flow of Posten signering from a shell.
//!
//! ```text
//! portal demo                              the whole flow on a sandbox inside the process
//! portal demo a.pdf b.pdf                  the same with your documents
//! portal sandbox                           a stand-in for the service, for clients in any language
//! portal sandbox sign last                 drives one that runs; `portal sandbox --help` lists more
//! portal validate job.toml                 a job against every rule, without connecting
//! portal send job.toml --wait --out signed a job, sent once, and what was signed
//! portal watch --print                     every change, stored, confirmed and delivered
//! portal doctor                            certificate, connection, access and clock
//! portal verify signed.pdf hr-2026-00417   facts about signed documents, PAdES and XAdES
//! ```
//!
//! Data goes to standard output, everything else to standard error. With `--json` both are one object a
//! line. The exit codes are:
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | what was examined is not right |
//! | 2 | the arguments make no sense |
//! | 3 | refused by the service or by the job's state |
//! | 4 | the service can't be reached, or has an outage |
//! | 5 | it is unknown whether a job was sent |
//! | 6 | configuration: certificate, password, trust anchors, access |
//! | 7 | a job ended without every signature |
//! | 8 | `wait`: the time limit |
//! | 9 | this computer: disk, files, locks |
//! | 130, 143 | interrupted |

mod arguments;
mod commands;
mod config;
mod confirm;
mod connection;
mod demo;
mod duration;
mod exit;
mod failure;
mod interrupt;
mod job_input;
mod output;
mod sandbox;
mod session;
mod steps;
mod verify;
mod words;
mod wrapping;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches};
use tracing_subscriber::EnvFilter;

use crate::arguments::{Arguments, Command, Global};
use crate::commands::watch::LogFormat;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Color, Output};

fn main() -> ExitCode {
    let words = sandbox::words();
    // Before the arguments are read, so that this is known when they can't be.
    let is_json = words.iter().any(|word| word == "--json");
    let output = Output::new(is_json, false, Color::Auto);
    let words = match sandbox::with_settings(words) {
        Ok(words) => words,
        Err(error) => return ended(Err(error.into()), &output),
    };
    let (arguments, name) = match parsed(&words, is_json) {
        Ok(parsed) => parsed,
        Err(Parsed::Failed(failure)) => return ended(Err(*failure), &output),
        Err(Parsed::Printed(code)) => return code,
    };
    let Global {
        json,
        quiet,
        color,
        ref profile,
        ..
    } = arguments.global;
    let output = Output::new(json, quiet, color).with_profile(profile.as_deref());
    let is_json_log = matches!(
        &arguments.command,
        Command::Watch(options) if options.log_format() == LogFormat::Json
    );
    log(arguments.global.verbose, is_json_log);
    let outcome = run(&arguments, &output).map_err(|failure| failure.with_help_of(&name));
    ended(outcome, &output)
}

/// Why there are no arguments.
enum Parsed {
    /// Help or the version was asked for, or clap has said what is wrong.
    Printed(ExitCode),
    Failed(Box<Failure>),
}

/// The arguments, and the words of the command that they name.
fn parsed(words: &[OsString], is_json: bool) -> Result<(Arguments, String), Parsed> {
    let parsed = Arguments::command()
        .try_get_matches_from(words)
        .and_then(|matches| Ok((Arguments::from_arg_matches(&matches)?, name_of(&matches))));
    parsed.map_err(|error| {
        if error.use_stderr() && is_json {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            let message = first.strip_prefix("error: ").unwrap_or(first);
            let failure = Failure::usage(message).with_help_of(&named_by(words));
            return Parsed::Failed(Box::new(failure));
        }
        // Nobody reads it where that fails.
        let _ = error.print();
        let exit = if error.use_stderr() {
            Exit::Usage
        } else {
            Exit::Done
        };
        Parsed::Printed(exit.into())
    })
}

/// Such as `portal debug package build`.
fn name_of(mut matches: &ArgMatches) -> String {
    let mut words = vec!["portal"];
    while let Some((word, inner)) = matches.subcommand() {
        words.push(word);
        matches = inner;
    }
    words.join(" ")
}

/// The same from arguments that can't be read as a whole: as far as they name a command.
fn named_by(words: &[OsString]) -> String {
    let all = Arguments::command();
    let mut command = &all;
    let mut names = vec!["portal"];
    for word in words.iter().skip(1) {
        if let Some(inner) = command.find_subcommand(word) {
            names.push(inner.get_name());
            command = inner;
        }
    }
    names.join(" ")
}

fn log(verbose: u8, is_json: bool) {
    let level = match verbose {
        0 => "error",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_env("PORTAL_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(io::stderr);
    if is_json {
        log.json().init();
    } else {
        log.init();
    }
}

fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let global = &arguments.global;
    let no_input = global.no_input;
    let config = || Config::read(global);
    match &arguments.command {
        Command::Validate(options) => {
            commands::validate::run(options, &config()?, output, no_input)
        }
        Command::Send(options) => {
            let config = config()?;
            interrupt::unless_interrupted(commands::send::run(options, &config, output, no_input))
        }
        Command::List(options) => {
            let config = config()?;
            interrupt::unless_interrupted(commands::job::list(options, &config, output, no_input))
        }
        Command::Show(options) => {
            let config = config()?;
            interrupt::unless_interrupted(commands::job::show(options, &config, output, no_input))
        }
        Command::Wait(options) => {
            let config = config()?;
            interrupt::unless_interrupted(commands::wait::run(options, &config, output, no_input))
        }
        Command::Fetch(options) => {
            let config = config()?;
            interrupt::unless_interrupted(commands::fetch::run(options, &config, output, no_input))
        }
        Command::Cancel(options) => {
            let config = config()?;
            let work = commands::cancel::cancel(options, &config, output, no_input);
            interrupt::unless_interrupted(work)
        }
        Command::Delete(options) => {
            let config = config()?;
            let work = commands::delete::run(options, &config, output, no_input);
            interrupt::unless_interrupted(work)
        }
        Command::Settle(options) => {
            let config = config()?;
            let work = commands::cancel::settle(options, &config, output, no_input);
            interrupt::unless_interrupted(work)
        }
        Command::Watch(options) => commands::watch::run(options, config, output, no_input),
        Command::Events(command) => {
            let config = config()?;
            interrupt::unless_interrupted(commands::events::run(command, &config, output, no_input))
        }
        Command::Verify(options) => {
            interrupt::unless_interrupted(verify::run(options, config, output, no_input))
        }
        Command::Init(options) => commands::init::run(options, global, output),
        Command::Doctor(options) if options.is_offline() => {
            commands::doctor::offline(&config()?, output, no_input)
        }
        Command::Doctor(_) => {
            let config = config()?;
            interrupt::unless_interrupted(commands::doctor::run(&config, output, no_input))
        }
        Command::Certificate(command) => {
            commands::certificate::run(command, config, output, no_input)
        }
        Command::Anchors(options) => commands::anchors::run(options, output),
        Command::Config(command) => commands::config::run(command, &config()?, output),
        Command::Demo(options) => interrupt::unless_interrupted(async {
            demo::run(options, output.json, io::stdout()).await?;
            Ok(Exit::Done)
        }),
        Command::Sandbox(options) => sandbox::run(options, output).map(|()| Exit::Done),
        Command::Rules(options) => commands::rules::run(options, output),
        Command::Schema(options) => commands::schema::run(options, output),
        Command::Completions(options) => commands::completions::run(options, output),
        Command::Man(options) => commands::man::run(options, output),
        Command::Debug(commands::package::Debug::Package(command)) => {
            commands::package::run(command, config, output, no_input)
        }
    }
}

fn ended(outcome: Result<Exit, Failure>, output: &Output) -> ExitCode {
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            if !failure.is_closed_pipe() {
                output.failure(&failure);
            }
            failure.exit().into()
        }
    }
}
