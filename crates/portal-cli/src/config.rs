//! Configuration: flags, then `PORTAL_*`, then the user's file, then the system's.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

pub(crate) use self::password::{PasswordSource, ask};
pub(crate) use self::profile::{ProfileSettings, SectorName};
use crate::arguments::Global;
use crate::exit::Exit;
use crate::failure::Failure;
pub(crate) use sandbox::or_sandbox;

mod password;
mod profile;
mod sandbox;
pub(crate) mod text;

/// The configuration of all users of a computer.
const SYSTEM: &str = "/etc/portal/config.toml";

/// A file of configuration.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(
    title = "Configuration",
    description = "Configuration of the portal command."
)]
pub(crate) struct ConfigFile {
    /// Profile that is used where none is named.
    #[serde(default)]
    pub(crate) default_profile: Option<String>,
    /// Profiles by name.
    #[serde(default, rename = "profile")]
    #[schemars(with = "BTreeMap<String, ProfileSettings>")]
    pub(crate) profiles: BTreeMap<String, Spanned<ProfileSettings>>,
}

/// Where settings come from, the most important first.
#[derive(Debug)]
pub(crate) struct Config {
    /// The profile's name.
    pub(crate) profile: String,
    /// Settings with where they come from.
    pub(crate) layers: Vec<Layer>,
    /// Files that were looked for, and whether they are there.
    pub(crate) files: Vec<(PathBuf, bool)>,
}

/// Settings of one source.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) source: String,
    pub(crate) settings: ProfileSettings,
}

impl Config {
    /// Reads what is there. Nothing need be there: some commands need no setting.
    pub(crate) fn read(global: &Global) -> Result<Self, Failure> {
        let mut files = Vec::new();
        let mut read = Vec::new();
        for (path, must_exist) in paths(global) {
            match fs::read_to_string(&path) {
                Ok(text) => {
                    let file = parse(&path, &text)?;
                    files.push((path.clone(), true));
                    read.push((path, file));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => {
                    files.push((path, false));
                }
                Err(error) => return Err(unreadable(&path, &error)),
            }
        }
        let named = global
            .profile
            .clone()
            .or_else(|| variable("PORTAL_PROFILE"));
        let profile = named
            .clone()
            .or_else(|| {
                read.iter()
                    .find_map(|(_, file)| file.default_profile.clone())
            })
            .or_else(|| only_profile(&read))
            .unwrap_or_else(|| "default".to_owned());
        let mut layers = vec![Layer {
            source: "environment variables".to_owned(),
            settings: ProfileSettings::of_variables()?,
        }];
        let mut is_defined = false;
        for (path, file) in &read {
            if let Some(settings) = file.profiles.get(&profile) {
                is_defined = true;
                let folder = path.parent().unwrap_or(Path::new(""));
                layers.push(Layer {
                    source: path.display().to_string(),
                    settings: settings.get_ref().clone().relative_to(folder),
                });
            }
        }
        if !is_defined && profile == "sandbox" {
            let more_important = layers.iter().map(|layer| layer.settings.clone());
            let more_important =
                more_important.fold(ProfileSettings::default(), ProfileSettings::or);
            layers.push(sandbox::layer(&more_important)?);
        } else if !is_defined && named.is_some() {
            return Err(unknown_profile(&profile, &read));
        }
        Ok(Self {
            profile,
            layers,
            files,
        })
    }

    /// Puts the store of a flag before everything else.
    pub(crate) fn set_store(&mut self, store: &str) {
        let settings = ProfileSettings {
            store: Some(store.to_owned()),
            ..ProfileSettings::default()
        };
        let source = "--store".to_owned();
        self.layers.insert(0, Layer { source, settings });
    }

    /// The settings of all layers together.
    pub(crate) fn settings(&self) -> ProfileSettings {
        let layers = self.layers.iter().map(|layer| layer.settings.clone());
        layers.fold(ProfileSettings::default(), ProfileSettings::or)
    }
}

/// The files in the order of their importance, and whether each has to be there.
fn paths(global: &Global) -> Vec<(PathBuf, bool)> {
    if let Some(path) = chosen(global) {
        return vec![(path, true)];
    }
    let mut paths = Vec::new();
    paths.extend(user_file().map(|path| (path, false)));
    paths.push((PathBuf::from(SYSTEM), false));
    paths
}

fn chosen(global: &Global) -> Option<PathBuf> {
    let named = global.config.clone();
    named.or_else(|| variable("PORTAL_CONFIG").map(PathBuf::from))
}

/// The file that `portal init` writes.
pub(crate) fn file_to_write(global: &Global) -> Option<PathBuf> {
    chosen(global).or_else(user_file)
}

fn user_file() -> Option<PathBuf> {
    base_folder("XDG_CONFIG_HOME", ".config").map(|folder| folder.join("portal/config.toml"))
}

/// A folder of the XDG base directory specification, which ignores relative paths.
pub(crate) fn base_folder(variable: &str, in_home: &str) -> Option<PathBuf> {
    let absolute = |name: &str| {
        let path = env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    absolute(variable).or_else(|| absolute("HOME").map(|home| home.join(in_home)))
}

/// A variable that is set to something.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn only_profile(read: &[(PathBuf, ConfigFile)]) -> Option<String> {
    let mut names: Vec<&String> = read
        .iter()
        .flat_map(|(_, file)| file.profiles.keys())
        .collect();
    names.dedup();
    match *names.as_slice() {
        [name] => Some(name.clone()),
        _ => None,
    }
}

pub(crate) fn parse(path: &Path, text: &str) -> Result<ConfigFile, Failure> {
    toml::from_str(text).map_err(|error| {
        let problem = text::problem(text, &error);
        let message = format!("{}: {problem}", path.display());
        Failure::new(Exit::Configuration, "configuration", message).next("portal schema config")
    })
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let message = format!("the configuration {} can't be read", path.display());
    Failure::new(Exit::Configuration, "configuration", message)
        .because(error)
        .fix("name a file that exists with --config, or write one")
        .next("portal init")
}

fn unknown_profile(name: &str, read: &[(PathBuf, ConfigFile)]) -> Failure {
    let known: Vec<&str> = read
        .iter()
        .flat_map(|(_, file)| file.profiles.keys())
        .map(String::as_str)
        .collect();
    let fix = match text::nearest(name, known.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if known.is_empty() => "write a configuration with this profile".to_owned(),
        None => format!("known are: {}", known.join(", ")),
    };
    let message = format!("there is no profile `{name}`");
    Failure::new(Exit::Configuration, "configuration", message)
        .fix(fix)
        .next("portal config path")
}
