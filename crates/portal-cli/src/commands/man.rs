//! `portal man`: the manual pages.

use std::fs;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use serde_json::json;

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Options of `portal man`.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder; made if it does not exist.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn run(options: &Man, output: &Output) -> Result<Exit, Failure> {
    let folder = &options.folder;
    let written = fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder));
    written.map_err(|error| {
        let message = format!("the manual pages can't be written to {}", folder.display());
        Failure::new(Exit::Computer, "write", message).because(&error)
    })?;
    if output.json {
        let folder = folder.display().to_string();
        output.object("manual-pages", json!({ "folder": folder }))?;
    }
    output.note(&format!(
        "Manual pages are in {}; read one by `man {}/portal.1`.",
        folder.display(),
        folder.display()
    ));
    Ok(Exit::Done)
}
