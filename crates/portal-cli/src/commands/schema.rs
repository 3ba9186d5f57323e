//! `portal schema`: the form of files, for editors and programs.

use clap::{Args, ValueEnum};
use portal_client::JobFile;

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
    let schema = match options.of {
        SchemaOf::Job => JobFile::json_schema(),
        SchemaOf::Event => schemars::schema_for!(portal_relay::Event).to_value(),
        SchemaOf::Config => schemars::schema_for!(ConfigFile).to_value(),
    };
    let text = if output.json {
        schema.to_string()
    } else {
        serde_json::to_string_pretty(&schema)?
    };
    output.line(&text)?;
    Ok(Exit::Done)
}
