//! PKCS#12 files written and read by the `openssl` command, where it is installed.

use std::process::Command;

use crate::authority::{Issued, pem};

/// The password of every file made here.
pub(crate) const PASSWORD: &str = "pass ord æøå";

/// Whether the command is there; says so if not, since tests then prove less.
pub(crate) fn is_installed() -> bool {
    let installed = Command::new("openssl").arg("version").output().is_ok();
    if !installed {
        println!("openssl is not installed: PKCS#12 files of its making are not tried");
    }
    installed
}

/// What a command prints that has to succeed.
fn printed(command: &mut Command) -> String {
    let outcome = command.output().unwrap();
    assert!(
        outcome.status.success(),
        "{}",
        String::from_utf8_lossy(&outcome.stderr)
    );
    String::from_utf8(outcome.stdout).unwrap()
}

/// Writes a file with the certificates in the order root, leaf, intermediate, and the key.
pub(crate) fn export(issued: &Issued, password: &str, options: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.pem");
    let output = folder.path().join("out.p12");
    let mut text = String::new();
    for der in [&issued.root, &issued.leaf, &issued.intermediate] {
        text += &pem("CERTIFICATE", der);
    }
    std::fs::write(&input, text + &issued.key_pem).unwrap();
    printed(
        Command::new("openssl")
            .args(["pkcs12", "-export", "-in"])
            .arg(&input)
            .arg("-out")
            .arg(&output)
            .args(["-passout", &format!("pass:{password}")])
            .args(options),
    );
    std::fs::read(output).unwrap()
}

/// What the command makes of a file: its key and certificates as PEM, with their names.
pub(crate) fn import(file: &[u8], password: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.p12");
    std::fs::write(&input, file).unwrap();
    printed(
        Command::new("openssl")
            .args(["pkcs12", "-nodes", "-in"])
            .arg(&input)
            .args(["-passin", &format!("pass:{password}")]),
    )
}

/// What a command makes of a certificate in PEM.
pub(crate) fn convert(der: &[u8], command: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.pem");
    std::fs::write(&input, pem("CERTIFICATE", der)).unwrap();
    let option = if command[0] == "crl2pkcs7" {
        "-certfile"
    } else {
        "-in"
    };
    printed(
        Command::new("openssl")
            .args(command)
            .arg(option)
            .arg(&input),
    )
    .into_bytes()
}

/// Encrypts a key under the password, as `ENCRYPTED PRIVATE KEY`.
pub(crate) fn encrypt_key(key_pem: &str, cipher: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("key.pem");
    std::fs::write(&input, key_pem).unwrap();
    printed(
        Command::new("openssl")
            .args([
                "pkcs8",
                "-topk8",
                "-v2",
                cipher,
                "-passout",
                &format!("pass:{PASSWORD}"),
                "-in",
            ])
            .arg(&input),
    )
}

/// A certificate and its RSA key of a length, in one PEM text.
pub(crate) fn self_signed(bits: u32) -> String {
    printed(
        Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-nodes",
                "-subj",
                "/CN=Example AS",
                "-keyout",
                "-",
                "-newkey",
            ])
            .arg(format!("rsa:{bits}")),
    )
}
