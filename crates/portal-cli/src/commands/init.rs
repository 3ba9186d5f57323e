//! `portal init`: a configuration, asked for line by line.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use portal_client::{Environment, OrganizationNumber};
use serde_json::json;

use crate::arguments::Global;
use crate::config::{self, SectorName};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Options of `portal init`. What is not given is asked for.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// production, difitest, difiqa, sandbox or a root URL.
    #[arg(long, value_name = "ENVIRONMENT")]
    environment: Option<String>,

    /// The organisation that jobs are sent for: 9 digits.
    #[arg(long, value_name = "ORG")]
    organization: Option<String>,

    /// The sector of the sender, on which rules depend.
    #[arg(long, value_enum, value_name = "SECTOR")]
    sector: Option<SectorName>,

    /// The enterprise certificate, PKCS#12 or PEM.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,

    /// A file with the certificate's password; without it the password is asked for each time.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// The trust anchors of the service's servers, PEM; needed with a root URL only.
    #[arg(long, value_name = "FILE")]
    anchors: Option<PathBuf>,
}

pub(crate) fn run(options: &Init, global: &Global, output: &Output) -> Result<Exit, Failure> {
    let path = config::file_to_write(global).ok_or_else(|| {
        Failure::new(
            Exit::Configuration,
            "configuration",
            "it is not known where the configuration belongs",
        )
        .fix("name the file with --config, or set HOME")
    })?;
    if path.exists() {
        let message = format!("the configuration {} is there already", path.display());
        return Err(Failure::new(Exit::Computer, "exists", message)
            .fix("edit it, or name another file with --config")
            .next("portal config show"));
    }
    let asks = !global.no_input && io::stdin().is_terminal();
    let name = global.profile.as_deref();
    let text = if options.environment.as_deref() == Some("sandbox") {
        sandbox()
    } else {
        settings(options, name, asks)?
    };
    // What is written can be read.
    config::parse(&path, &text)?;
    write(&path, &text).map_err(|error| {
        let message = format!("the configuration {} can't be written", path.display());
        Failure::new(Exit::Computer, "write", message).because(&error)
    })?;
    if output.json {
        output.object("init", json!({ "path": path.display().to_string() }))?;
    } else {
        output.line(&format!("wrote {}", path.display()))?;
    }
    output.next("portal doctor");
    Ok(Exit::Done)
}

fn sandbox() -> String {
    "# The sandbox that runs here needs no settings: `portal sandbox` wrote what is needed.\n\
     default-profile = \"sandbox\"\n"
        .to_owned()
}

fn settings(options: &Init, name: Option<&str>, asks: bool) -> Result<String, Failure> {
    let environment = given_or_asked(
        options.environment.clone(),
        "--environment",
        "Environment (difitest, production or a root URL)",
        asks,
        |text| {
            let parsed: Result<Environment, _> = text.parse();
            parsed.map(|_| ()).map_err(|error| error.to_string())
        },
    )?;
    let organization = given_or_asked(
        options.organization.clone(),
        "--organization",
        "Organisation number of the sender (9 digits)",
        asks,
        |text| {
            let number = OrganizationNumber::new(text);
            number.map(|_| ()).map_err(|error| error.to_string())
        },
    )?;
    let sector = options.sector.map(|sector| match sector {
        SectorName::Public => "public".to_owned(),
        SectorName::Private => "private".to_owned(),
    });
    let sector = given_or_asked(
        sector,
        "--sector",
        "Sector (public or private)",
        asks,
        |text| {
            let known = ["public", "private"].contains(&text);
            known
                .then_some(())
                .ok_or_else(|| "give public or private".to_owned())
        },
    )?;
    let certificate = options
        .certificate
        .as_ref()
        .map(|path| path.display().to_string());
    let certificate = given_or_asked(
        certificate,
        "--certificate",
        "Enterprise certificate (path of the .p12 or .pem file)",
        asks,
        |text| {
            let is_file = Path::new(text).is_file();
            is_file
                .then_some(())
                .ok_or_else(|| "there is no such file".to_owned())
        },
    )?;
    let name = name.unwrap_or("default");
    let mut text = String::new();
    let quoted = |value: &str| toml::Value::from(value).to_string();
    let absolute = |path: &str| {
        let path = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
        toml::Value::from(path.display().to_string()).to_string()
    };
    // Writing to a string does not fail.
    let _ = writeln!(text, "default-profile = {}\n", quoted(name));
    let _ = writeln!(text, "[profile.{}]", quoted(name));
    let _ = writeln!(text, "environment = {}", quoted(&environment));
    let _ = writeln!(text, "organization = {}", quoted(&organization));
    let _ = writeln!(text, "sector = {}", quoted(&sector));
    let _ = writeln!(text, "certificate = {}", absolute(&certificate));
    match &options.password_file {
        Some(path) => {
            let path = absolute(&path.display().to_string());
            let _ = writeln!(text, "password = {{ file = {path} }}");
        }
        None => {
            let _ = writeln!(
                text,
                "# Without it the password is asked for: {{ file = … }}, {{ env = … }}, {{ command = [ … ] }}\n# or {{ credential = … }} of a systemd unit.\n# password = {{ file = \"password\" }}"
            );
        }
    }
    if let Some(path) = &options.anchors {
        let path = absolute(&path.display().to_string());
        let _ = writeln!(text, "anchors = {path}");
    }
    let _ = writeln!(
        text,
        "# Applications that share an organisation number need a queue each.\n# queue = \"queue\""
    );
    Ok(text)
}

fn given_or_asked(
    given: Option<String>,
    flag: &str,
    question: &str,
    asks: bool,
    check: impl Fn(&str) -> Result<(), String>,
) -> Result<String, Failure> {
    if let Some(value) = given {
        let checked = check(&value);
        return checked
            .map(|()| value)
            .map_err(|problem| Failure::usage(format!("{flag}: {problem}")));
    }
    if !asks {
        return Err(
            Failure::usage(format!("{flag} is missing, and nobody can be asked"))
                .fix(format!("give {flag}")),
        );
    }
    let stdin = io::stdin();
    loop {
        let mut err = io::stderr();
        let _ = write!(err, "{question}: ");
        let _ = err.flush();
        let mut line = String::new();
        if stdin.read_line(&mut line)? == 0 {
            return Err(Failure::usage(format!("{flag} is missing")));
        }
        match check(line.trim()) {
            Ok(()) => return Ok(line.trim().to_owned()),
            Err(problem) => {
                let _ = writeln!(err, "  {problem}");
            }
        }
    }
}

/// Whole or not at all, readable by its owner alone, and never over another.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a file is worse than none.
        let _ = fs::remove_file(path);
    }
    written
}
