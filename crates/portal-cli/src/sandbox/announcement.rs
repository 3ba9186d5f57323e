//! What a sandbox prints once it serves: where everything is, and a first job by curl.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use portal_model::OrganizationNumber;
use portal_sandbox::{ClientFiles, Sandbox, TokenRegistration};

use super::arguments::Start;

/// Writes where the sandbox is, for people.
pub(super) fn write(
    options: &Start,
    sandbox: &Sandbox,
    files: &ClientFiles,
    mut out: impl Write,
) -> io::Result<()> {
    let server: &OrganizationNumber = sandbox.server_organization();
    let registrations = sandbox.access_tokens().registrations();
    let registration = registrations.first();
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
         intermediate          {intermediate}\n\
         sender, PKCS#12       {pkcs12}\n\
         \x20                     alias {alias}, password {password}\n\
         sender, PEM           {certificate}\n\
         \x20                     {key}\n\
         token endpoint        {tokens}\n\
         \x20                     its root {token_root}\n\
         \x20                     client id {client_id}\n\
         \x20                     broker id {broker_id}\n\
         \x20                     resource {resource}\n\
         all of this as JSON   {settings}\n",
        root = sandbox.root_url(),
        page = sandbox.page_url().unwrap_or_default(),
        management = sandbox.management_url().unwrap_or_default(),
        sender = sandbox.sender(),
        anchor = files.trust_anchor.display(),
        intermediate = files.intermediate.display(),
        pkcs12 = files.pkcs12.display(),
        alias = files.pkcs12_alias,
        password = files.pkcs12_password,
        certificate = files.certificate.display(),
        key = files.private_key.display(),
        tokens = sandbox.token_endpoint().unwrap_or_default(),
        token_root = files
            .token_trust_anchor
            .as_deref()
            .unwrap_or(Path::new(""))
            .display(),
        client_id = registration.map_or("", TokenRegistration::client_id),
        broker_id = registration.map_or("", TokenRegistration::broker_id),
        resource = sandbox.token_resource(),
        settings = files.settings.display(),
    )?;
    write_first_job(options, sandbox, files, &mut out)?;
    let certificates = if options.keep_certificates {
        "The authority is kept in the folder"
    } else {
        "Certificates are new each time"
    };
    writeln!(
        out,
        "\n`portal sandbox --help` has commands for the rest. {certificates}. End it with Ctrl-C."
    )?;
    out.flush()
}

/// Commands that a shell takes as they stand, from a job's creation to its confirmation.
fn write_first_job(
    options: &Start,
    sandbox: &Sandbox,
    files: &ClientFiles,
    mut out: impl Write,
) -> io::Result<()> {
    let management = sandbox.management_url().unwrap_or_default();
    let jobs = format!(
        "{}/{}/portal/signature-jobs",
        sandbox.root_url(),
        sandbox.sender()
    );
    let certificate = quoted(&files.certificate);
    let key = quoted(&files.private_key);
    let (trust, why) = if options.host_name.is_empty() {
        let why = "--insecure since the server's certificate names\n\
             no host, as the service's does not; started with --host-name 127.0.0.1 it does.";
        (Cow::Borrowed("--insecure"), why)
    } else {
        let why = "the server is trusted by the sandbox's\nroot certificate.";
        (
            Cow::Owned(format!("--cacert {}", quoted(&files.trust_anchor))),
            why,
        )
    };
    let client = format!("curl -sS {trust} --cert {certificate} --key {key}");
    let url = |name: &str| format!(r#""$(sed 's/.*<{name}>//; s/<.*//' change.xml)""#);
    writeln!(
        out,
        "A first job by curl, in another terminal: {why}\n\
         \n\
         # Create: a sample, which is signed when it is asked for and good for 5 seconds.\n\
         curl -sS {management}/sample | {client} -w '\\n' \\\n\
         \x20 -H 'Content-Type: multipart/mixed; boundary=sandbox' --data-binary @- \\\n\
         \x20 {jobs}\n\
         # Let its signer sign.\n\
         curl -sS -w '\\n' -X POST {management}/jobs/last/sign\n\
         # Poll: the change says where the documents are.\n\
         {client} -o change.xml {jobs}\n\
         # Fetch the signed document.\n\
         {client} -o signed.pdf {pades}\n\
         # Confirm the change, which ends the job.\n\
         {client} -X POST {confirmation}",
        pades = url("pades-url"),
        confirmation = url("confirmation-url"),
    )
}

/// A path as one word of a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-+:@".contains(letter);
    if text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::arguments::SandboxArguments;
    use super::*;
    use crate::arguments::{Arguments, Command};

    fn options(line: &[&str]) -> Box<SandboxArguments> {
        let line = ["portal", "sandbox"].iter().chain(line);
        let Command::Sandbox(arguments) = Arguments::parse_from(line).command else {
            panic!("another command");
        };
        arguments
    }

    #[tokio::test]
    async fn the_addresses_and_files_are_announced() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().to_str().unwrap();
        let arguments = options(&["--port=0", "--management-port=0", "--folder", name]);
        let sandbox = super::super::start::start(&arguments.start, &arguments.folder)
            .await
            .unwrap();
        let files = sandbox.write_client_files(&arguments.folder).unwrap();
        let mut out = Vec::new();
        write(&arguments.start, &sandbox, &files, &mut out).unwrap();
        let root = std::path::absolute(folder.path()).unwrap();
        let text = String::from_utf8(out)
            .unwrap()
            .replace(sandbox.root_url(), "https://127.0.0.1:8443/api")
            .replace(sandbox.token_resource(), "https://127.0.0.1:8443")
            .replace(
                sandbox.token_endpoint().unwrap(),
                "https://127.0.0.1:8445/oauth2/token",
            )
            .replace(
                &sandbox.management_url().unwrap(),
                "http://127.0.0.1:8444/management",
            )
            .replace(sandbox.page_url().unwrap(), "http://127.0.0.1:8444/")
            .replace(&root.display().to_string(), "/folder");
        insta::assert_snapshot!("announcement", text);
    }

    #[test]
    fn a_path_is_one_word_of_a_shell() {
        for (path, word) in [
            (
                "/tmp/portal-sandbox/sender.pem",
                "/tmp/portal-sandbox/sender.pem",
            ),
            ("/my files/båt.pem", "'/my files/båt.pem'"),
            ("/it's/$HOME", r"'/it'\''s/$HOME'"),
        ] {
            assert_eq!(quoted(Path::new(path)), word);
        }
    }
}
