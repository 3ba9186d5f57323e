//! `portal debug package`: document packages, as they are sent.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use portal_asice::{VerifiedPackage, Verifier};
use portal_client::{Certificate, Job, KeySigner};
use portal_model::{PortalSignatureJobManifest, XmlDocument};
use serde_json::{Value, json};

use crate::config::Config;
use crate::connection::Connection;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::job_input::{self, JobContent, JobInput};
use crate::output::{Output, Paint};

/// Commands for those who need them.
#[derive(Debug, Subcommand)]
pub(crate) enum Debug {
    /// Build, look into or verify a document package.
    #[command(subcommand)]
    Package(PackageCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum PackageCommand {
    /// Build the package of a job file, signed now, without sending it.
    ///
    /// The service takes a package for five seconds after it was signed.
    #[command(after_help = "\
Example:
  portal debug package build job.toml --out job.asice")]
    Build(Build),
    /// Show what a package holds: certificate, signing time, documents and their lengths.
    #[command(after_help = "\
Example:
  portal debug package inspect job.asice")]
    Inspect(PackageFile),
    /// Check a package: form, digests and signature. Ends with 1 if something is wrong.
    #[command(after_help = "\
Example:
  portal debug package verify job.asice")]
    Verify(PackageFile),
}

/// Options of `portal debug package build`.
#[derive(Debug, Args)]
pub(crate) struct Build {
    /// A job file; - is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The file to write; an existing one is replaced.
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

/// Which package.
#[derive(Debug, Args)]
pub(crate) struct PackageFile {
    /// The package.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Certificates of the signer's issuers, PEM, in place of those that come with the profile's own
    /// certificate.
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
}

pub(crate) fn run(
    command: &PackageCommand,
    config: impl FnOnce() -> Result<Config, Failure>,
    output: &Output,
    no_input: bool,
) -> Result<Exit, Failure> {
    match command {
        PackageCommand::Build(options) => build(options, &config()?, output, no_input),
        PackageCommand::Inspect(package) => {
            let verified = verified(package, config, no_input)?;
            if output.json {
                output.object("package", object(&verified)?)?;
            } else {
                show(&verified, output)?;
            }
            Ok(Exit::Done)
        }
        PackageCommand::Verify(package) => {
            let verified = verified(package, config, no_input)?;
            if output.json {
                output.object("package", object(&verified)?)?;
            } else {
                let name = package.file.display();
                let word = output.paint("whole", Paint::Good);
                let documents = match verified.documents().len() {
                    1 => "1 document".to_owned(),
                    count => format!("{count} documents"),
                };
                let time = verified.signing_time();
                output.line(&format!("{name}: {word}; {documents}, signed at {time}"))?;
            }
            Ok(Exit::Done)
        }
    }
}

fn build(
    options: &Build,
    config: &Config,
    output: &Output,
    no_input: bool,
) -> Result<Exit, Failure> {
    let input = JobInput::read(&options.file)?;
    let JobContent::File(file) = &input.content else {
        return Err(Failure::usage(
            "a package is built of a job file, not of a manifest",
        ));
    };
    let connection = Connection::new(config, no_input);
    let job = job_input::build(file, &input.folder, &connection.rules(None)?)?;
    let certificate = connection.certificate()?;
    let package = package(&job, &certificate)?;
    let length = package.len();
    let written = package_to(&options.out, &package);
    written.map_err(|error| {
        let message = format!("the package can't be written to {}", options.out.display());
        Failure::new(Exit::Computer, "write", message).because(&*error)
    })?;
    let path = options.out.display().to_string();
    if output.json {
        output.object("package-built", json!({ "path": path, "bytes": length }))?;
    } else {
        output.line(&format!("wrote {path}, {length} bytes"))?;
    }
    Ok(Exit::Done)
}

fn package(
    job: &Job,
    certificate: &portal_client::EnterpriseCertificate,
) -> Result<portal_client::Package, Failure> {
    let signer = KeySigner::new(certificate).map_err(|error| {
        Failure::of(Exit::Configuration, "certificate", &error).next("portal certificate check")
    })?;
    Ok(job.package_blocking(&signer, Timestamp::now())?)
}

/// Beside its place first, so that nothing half is left there.
fn package_to(
    path: &Path,
    package: &portal_client::Package,
) -> Result<(), Box<dyn std::error::Error>> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
        // Its own text names the file that has no name yet.
        .map_err(|error| std::io::Error::from(error.kind()))?;
    package.write_to(file.as_file_mut())?;
    file.persist(path)?;
    Ok(())
}

fn verified(
    package: &PackageFile,
    config: impl FnOnce() -> Result<Config, Failure>,
    no_input: bool,
) -> Result<VerifiedPackage, Failure> {
    let read = |path: &Path| {
        fs::read(path).map_err(|error| {
            let message = format!("{} can't be read", path.display());
            Failure::new(Exit::Computer, "package", message).because(&error)
        })
    };
    let path = &package.file;
    let bytes = read(path)?;
    let issuers = match &package.trust {
        Some(trust) => Certificate::all_from_pem(&read(trust)?).map_err(|error| {
            let message = format!("{} holds no certificates", trust.display());
            Failure::new(Exit::Configuration, "certificate", message).because(&error)
        })?,
        None => {
            let certificate = Connection::new(&config()?, no_input).certificate()?;
            // Its own certificate comes first.
            certificate.chain().iter().skip(1).cloned().collect()
        }
    };
    let verifier = Verifier::new(issuers).any_signing_time();
    verifier.verify(&bytes, Timestamp::now()).map_err(|error| {
        let message = format!("{} is not a whole document package", path.display());
        Failure::new(Exit::NotRight, "package", message).because(&error)
    })
}

fn documents(package: &VerifiedPackage) -> Vec<(String, String, usize)> {
    let document = |document: &portal_asice::VerifiedDocument| {
        (
            document.reveal_name().to_owned(),
            document.mime().to_owned(),
            document.bytes().len(),
        )
    };
    package.documents().iter().map(document).collect()
}

fn object(package: &VerifiedPackage) -> Result<Value, Failure> {
    let documents: Vec<Value> = documents(package)
        .into_iter()
        .map(|(name, media_type, bytes)| {
            json!({ "name": name, "media_type": media_type, "bytes": bytes })
        })
        .collect();
    Ok(json!({
        "signed_at": package.signing_time().to_string(),
        "subject": package.certificate().subject(),
        "organization": package.organization_number().map(portal_client::OrganizationNumber::as_str),
        "documents": documents,
        "signers": signers(package)?,
    }))
}

/// How many signers the manifest has: who they are is theirs.
fn signers(package: &VerifiedPackage) -> Result<usize, Failure> {
    let manifest = PortalSignatureJobManifest::from_draft(package.manifest());
    let manifest = manifest.map_err(|error| {
        Failure::new(
            Exit::NotRight,
            "package",
            "the manifest in the package can't be read",
        )
        .because(&error)
    })?;
    Ok(manifest.signers.len())
}

fn show(package: &VerifiedPackage, output: &Output) -> Result<(), Failure> {
    output.line(&format!("signed at   {}", package.signing_time()))?;
    output.line(&format!("signed by   {}", package.certificate().subject()))?;
    output.line(&format!("signers     {}", signers(package)?))?;
    for (name, media_type, bytes) in documents(package) {
        output.line(&format!("document    {name}, {media_type}, {bytes} bytes"))?;
    }
    Ok(())
}
