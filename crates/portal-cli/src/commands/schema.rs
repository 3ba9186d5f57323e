//! `portal schema`: the form of files, for editors and programs.

use clap::{Args, ValueEnum};
use portal_client::JobFile;
use portal_relay::Event;

use crate::config::ConfigFile;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Options of `portal schema`.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Which file.
    #[arg(value_enum)]
    of: SchemaOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SchemaOf {
    /// A job file
    Job,
    /// An event, as receivers get it
    Event,
    /// The configuration
    Config,
}

/// The schema is JSON in any case.
pub(crate) fn run(options: &Schema, output: &Output) -> Result<Exit, Failure> {
    let text = match options.of {
        SchemaOf::Job => JobFile::schema(),
        SchemaOf::Event => Event::schema(),
        SchemaOf::Config => format!("{:#}", schemars::schema_for!(ConfigFile).to_value()),
    };
    if output.json {
        let schema: serde_json::Value = serde_json::from_str(&text)?;
        output.data(&schema.to_string())?;
    } else {
        output.data(&text)?;
    }
    Ok(Exit::Done)
}
