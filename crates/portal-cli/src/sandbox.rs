//! `portal sandbox`: a sandbox as a server, for clients in any language.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};

use portal_model::OrganizationNumber;
use portal_rules::{EnvironmentKind, Sector};
use portal_sandbox::{ClientFiles, Organization, Sandbox, SandboxBuilder, SandboxClock};

use crate::arguments::SandboxServer;

/// Why there is no sandbox.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SandboxError {
    #[error("the sandbox could not be started")]
    Start(#[from] portal_sandbox::StartError),
    #[error("the files for clients could not be written; name another folder with --folder")]
    Files(#[from] portal_sandbox::ClientFilesError),
    #[error("the addresses could not be printed")]
    Output(#[from] io::Error),
}

/// Starts a sandbox, says where it is, and runs until the process is ended.
pub(crate) async fn run(options: &SandboxServer, out: impl Write) -> Result<(), SandboxError> {
    let sandbox = start(options).await?;
    let files = sandbox.write_client_files(&options.folder)?;
    announce(&sandbox, &files, out)?;
    std::future::pending().await
}

async fn start(options: &SandboxServer) -> Result<Sandbox, SandboxError> {
    Ok(builder(options).start().await?)
}

fn builder(options: &SandboxServer) -> SandboxBuilder {
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let sector = if options.private {
        Sector::Private
    } else {
        Sector::Public
    };
    let sender = Organization::new(options.sender.clone()).with_sector(sector);
    let sender = options
        .broker_for
        .iter()
        .cloned()
        .fold(sender, Organization::with_broker_rights_for);
    let environment = if options.production {
        EnvironmentKind::Production
    } else {
        EnvironmentKind::Test
    };
    let clock = match options.clock {
        Some(at) => SandboxClock::controlled(at),
        None => SandboxClock::real(),
    };
    let builder = Sandbox::builder()
        .address(local(options.port))
        .management(local(options.management_port))
        .server_organization(options.server_organization.clone())
        .sender(sender)
        .environment(environment)
        .clock(clock)
        .long_term_storage(options.long_term_storage);
    if options.no_call_limit {
        builder.limit_call_rate(false)
    } else {
        builder
    }
}

fn announce(sandbox: &Sandbox, files: &ClientFiles, mut out: impl Write) -> io::Result<()> {
    let management = sandbox.management_url().unwrap_or_default();
    let server: &OrganizationNumber = sandbox.server_organization();
    writeln!(
        out,
        "A sandbox of the portal service; nothing that it makes has legal effect.\n\
         \n\
         root of the API       {root}\n\
         page for people       {page}\n\
         management API        {management}\n\
         server                organisation {server}\n\
         sender                organisation {sender}\n\
         trust anchor          {anchor}\n\
         sender, PKCS#12       {pkcs12}\n\
         \x20                     alias {alias}, password {password}\n\
         sender, PEM           {certificate}\n\
         \x20                     {key}\n\
         all of this as JSON   {settings}\n\
         \n\
         Certificates are new each time. End it with Ctrl-C.",
        root = sandbox.root_url(),
        page = sandbox.page_url().unwrap_or_default(),
        sender = sandbox.sender(),
        anchor = files.trust_anchor.display(),
        pkcs12 = files.pkcs12.display(),
        alias = files.pkcs12_alias,
        password = files.pkcs12_password,
        certificate = files.certificate.display(),
        key = files.private_key.display(),
        settings = files.settings.display(),
    )?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, Command};

    #[tokio::test]
    async fn the_addresses_and_files_are_announced() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().to_str().unwrap();
        let line = [
            "portal",
            "sandbox",
            "--port=0",
            "--management-port=0",
            "--folder",
            name,
        ];
        let Command::Sandbox(options) = Arguments::parse_from(line).command else {
            panic!("another command");
        };
        let sandbox = start(&options).await.unwrap();
        let files = sandbox.write_client_files(&options.folder).unwrap();
        let mut out = Vec::new();
        announce(&sandbox, &files, &mut out).unwrap();
        let root = std::path::absolute(folder.path()).unwrap();
        let text = String::from_utf8(out)
            .unwrap()
            .replace(sandbox.root_url(), "https://127.0.0.1:8443/api")
            .replace(
                &sandbox.management_url().unwrap(),
                "http://127.0.0.1:8444/management",
            )
            .replace(sandbox.page_url().unwrap(), "http://127.0.0.1:8444/")
            .replace(&root.display().to_string(), "/folder");
        insta::assert_snapshot!("announcement", text);
    }
}
