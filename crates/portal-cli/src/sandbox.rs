//! `portal sandbox`: a sandbox as a server, for clients in any language, and commands that drive one.

mod announcement;
mod arguments;
mod drive;
mod management;
mod settings;
mod start;

use std::ffi::OsString;
use std::io;

pub(crate) use arguments::SandboxArguments;
pub(crate) use settings::with_settings;

use arguments::SandboxCommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Why a command of the sandbox failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SandboxError {
    #[error("the sandbox could not be started")]
    Start(#[from] portal_sandbox::StartError),
    #[error("the files for clients could not be written; name another folder with --folder")]
    Files(#[from] portal_sandbox::ClientFilesError),
    #[error("can't read {}", path.display())]
    Read {
        path: std::path::PathBuf,
        source: io::Error,
    },
    #[error("{} holds no certificates that can be read: give a file of PEM", path.display())]
    Trust {
        path: std::path::PathBuf,
        source: portal_certificate::CertificateError,
    },
    #[error(
        "{} is not JSON of personal numbers with reserve or miss-contact-information",
        path.display()
    )]
    Register { path: std::path::PathBuf },
    #[error("can't write {}: name another file", path.display())]
    Write {
        path: std::path::PathBuf,
        source: io::Error,
    },
    #[error("the addresses could not be printed")]
    Output(#[from] io::Error),
}

impl SandboxError {
    fn exit(&self) -> Exit {
        match self {
            Self::Trust { .. }
            | Self::Register { .. }
            | Self::Start(portal_sandbox::StartError::Certificates { .. }) => Exit::Configuration,
            _ => Exit::Computer,
        }
    }
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        match error {
            SandboxError::Output(error) => error.into(),
            error => Self::of(error.exit(), "sandbox", &error),
        }
    }
}

/// Does what a command line asks for.
pub(crate) fn run(arguments: &SandboxArguments, output: &Output) -> Result<(), Failure> {
    let folder = &arguments.folder;
    match &arguments.command {
        None => start::run(&arguments.start, folder, output),
        Some(SandboxCommand::Start(start)) => start::run(start, folder, output),
        Some(SandboxCommand::Drive(command)) => drive::run(command, folder, output),
    }
}

/// The words of a command line.
pub(crate) fn words() -> Vec<OsString> {
    std::env::args_os().collect()
}
