//! `portal config`: what is set, and where.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use crate::config::{Config, Layer};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// A command about the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show the settings of the profile, and where each comes from.
    #[command(after_help = "\
Example:
  portal --profile sandbox config show")]
    Show,
    /// Show which files are read, in the order of their importance.
    #[command(after_help = "\
Example:
  portal config path")]
    Path,
}

pub(crate) fn run(
    command: &ConfigCommand,
    config: &Config,
    output: &Output,
) -> Result<Exit, Failure> {
    match command {
        ConfigCommand::Show => show(config, output)?,
        ConfigCommand::Path => path(config, output)?,
    }
    Ok(Exit::Done)
}

fn show(config: &Config, output: &Output) -> Result<(), Failure> {
    let merged = object(&serde_json::to_value(config.settings())?);
    let mut settings = Map::new();
    for (key, value) in merged {
        let source = config.layers.iter().find(|layer| sets(layer, &key));
        let source = source.map_or("default", |layer| &*layer.source);
        settings.insert(key, json!({ "value": value, "source": source }));
    }
    if output.json {
        let object = json!({ "profile": config.profile, "settings": settings });
        return output.object("configuration", object);
    }
    output.line(&format!("profile {}", config.profile))?;
    if settings.is_empty() {
        output.note("Nothing is set. `portal init` writes a configuration.");
    }
    for (key, setting) in settings {
        let value = match &setting["value"] {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        let source = setting["source"].as_str().unwrap_or_default();
        output.line(&format!("  {key:20} {value}  ({source})"))?;
    }
    Ok(())
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn sets(layer: &Layer, key: &str) -> bool {
    serde_json::to_value(&layer.settings).is_ok_and(|value| value.get(key).is_some())
}

fn path(config: &Config, output: &Output) -> Result<(), Failure> {
    for (path, is_there) in &config.files {
        if output.json {
            let object = json!({ "path": path.display().to_string(), "exists": is_there });
            output.object("configuration-file", object)?;
            continue;
        }
        let remark = if *is_there { "" } else { "  (not there)" };
        output.line(&format!("{}{remark}", path.display()))?;
    }
    Ok(())
}
