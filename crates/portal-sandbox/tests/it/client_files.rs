//! The folder for clients in other processes.

use std::fs;

use crate::client::{Client, standing};
use portal_certificate::{Certificate, EnterpriseCertificate};
use serde_json::Value;

#[tokio::test]
async fn every_file_holds_what_it_should() {
    let sandbox = standing().start().await.unwrap();
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("new");
    let files = sandbox.write_client_files(&folder).unwrap();

    let sender = sandbox.sender_certificate();
    let same = |other: &EnterpriseCertificate| {
        other.chain_der().eq(sender.chain_der())
            && other.private_key_pkcs8() == sender.private_key_pkcs8()
    };
    let pkcs12 = fs::read(&files.pkcs12).unwrap();
    let opened = EnterpriseCertificate::from_pkcs12(&pkcs12, files.pkcs12_password).unwrap();
    assert!(same(&opened));
    let chain = fs::read(&files.certificate).unwrap();
    let key = fs::read(&files.private_key).unwrap();
    assert!(same(
        &EnterpriseCertificate::from_pem(&chain, &key).unwrap()
    ));

    let anchors: Vec<_> = fs::read_dir(&files.trust_folder).unwrap().collect();
    assert_eq!(anchors.len(), 2);
    let intermediate = fs::read(&files.intermediate).unwrap();
    let intermediate = Certificate::from_pem(&intermediate).unwrap();
    assert_eq!(intermediate, sender.chain()[1]);
    let anchor = fs::read_to_string(&files.trust_anchor).unwrap();
    assert_eq!(anchor, sandbox.trust_anchor_pem());
    assert!(Certificate::from_der(sandbox.trust_anchor_der()).is_ok());

    let settings: Value = serde_json::from_slice(&fs::read(&files.settings).unwrap()).unwrap();
    assert_eq!(settings["root_url"], sandbox.root_url());
    assert_eq!(settings["management_url"], Value::Null);
    assert_eq!(settings["server_organization"], "984661185");
    assert_eq!(settings["sender"], "123456789");
    assert_eq!(settings["pkcs12_password"], "sandbox");
    for name in [
        "trust_folder",
        "trust_anchor",
        "intermediate",
        "pkcs12",
        "certificate",
        "private_key",
    ] {
        let path = std::path::Path::new(settings[name].as_str().unwrap());
        assert!(path.is_absolute() && path.exists(), "{name}");
    }
}

#[tokio::test]
async fn what_access_tokens_need_is_there_where_there_are_any() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = standing().token_endpoint(([127, 0, 0, 1], 0).into());
    let sandbox = sandbox.start().await.unwrap();
    let files = sandbox.write_client_files(folder.path()).unwrap();
    let root = fs::read_to_string(files.token_trust_anchor.unwrap()).unwrap();
    assert_eq!(root, sandbox.token_trust_anchor_pem());
    // Java takes every file of the trust folder for an issuer of enterprises.
    assert_eq!(fs::read_dir(&files.trust_folder).unwrap().count(), 2);
    let settings: Value = serde_json::from_slice(&fs::read(&files.settings).unwrap()).unwrap();
    let registered = &sandbox.access_tokens().registrations()[0];
    assert_eq!(
        settings["token_endpoint"],
        sandbox.token_endpoint().unwrap()
    );
    assert_eq!(settings["token_resource"], sandbox.token_resource());
    assert_eq!(settings["client_id"], registered.client_id());
    assert_eq!(settings["broker_id"], registered.broker_id());

    let without = standing().start().await.unwrap();
    let files = without.write_client_files(folder.path()).unwrap();
    assert_eq!(files.token_trust_anchor, None);
    let settings = fs::read_to_string(&files.settings).unwrap();
    assert!(!settings.contains("token") && !settings.contains("client_id"));
}

#[tokio::test]
async fn another_sandbox_replaces_them() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let sandbox = standing().start().await.unwrap();
        let files = sandbox.write_client_files(folder.path()).unwrap();
        let anchor = fs::read_to_string(files.trust_anchor).unwrap();
        assert_eq!(anchor, sandbox.trust_anchor_pem());
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 5);
}

#[tokio::test]
async fn a_folder_that_can_not_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("file");
    fs::write(&taken, "").unwrap();
    let sandbox = standing().start().await.unwrap();
    let error = sandbox.write_client_files(&taken).unwrap_err();
    assert!(error.to_string().contains("file/trust"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_key_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let sandbox = standing().start().await.unwrap();
    let files = sandbox.write_client_files(folder.path()).unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
    for path in [&files.private_key, &files.pkcs12, &files.settings] {
        assert_eq!(mode(path), 0);
    }
    for path in [&files.trust_anchor, &files.intermediate] {
        assert_ne!(mode(path) & 0o004, 0);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn no_link_leads_a_file_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let victim = folder.path().join("victim");
    fs::write(&victim, "untouched").unwrap();
    let files = folder.path().join("files");
    fs::create_dir_all(files.join("trust")).unwrap();
    let names = [
        "unfinished",
        "sandbox.json",
        "sender.p12",
        "trust/sandbox-root.pem",
    ];
    for name in names {
        std::os::unix::fs::symlink(&victim, files.join(name)).unwrap();
    }
    let sandbox = standing().start().await.unwrap();
    sandbox.write_client_files(&files).unwrap();
    assert_eq!(fs::read_to_string(victim).unwrap(), "untouched");
    // No unfinished file is left.
    let left = fs::read_dir(&files)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert!(
        left.into_iter()
            .all(|name| !name.to_string_lossy().ends_with(".tmp"))
    );
}

#[tokio::test]
async fn a_kept_authority_is_trusted_in_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kept/authority.pem");
    let first = standing().keep_authority(&file).start().await.unwrap();
    let second = standing().keep_authority(&file).start().await.unwrap();
    assert_eq!(first.trust_anchor_pem(), second.trust_anchor_pem());
    assert_eq!(first.intermediate_der(), second.intermediate_der());
    let mut client = Client::as_owner_of(&second, first.sender_certificate()).await;
    assert_eq!(
        client.get("/api/123456789").await.text(),
        "You are 123456789"
    );
    let mut client = Client::sender(&second).await;
    assert_eq!(
        client.get("/api/123456789").await.text(),
        "You are 123456789"
    );

    // A file of a version without a token endpoint has two pairs, and gets the third once and for all.
    let token_root = first.token_trust_anchor_pem();
    assert_eq!(token_root, second.token_trust_anchor_pem());
    assert_ne!(token_root, first.trust_anchor_pem());
    let whole = fs::read_to_string(&file).unwrap();
    let third = whole.rfind("-----BEGIN CERTIFICATE-----").unwrap();
    fs::write(&file, &whole[..third]).unwrap();
    let third = standing().keep_authority(&file).start().await.unwrap();
    assert_eq!(first.trust_anchor_pem(), third.trust_anchor_pem());
    assert_ne!(token_root, third.token_trust_anchor_pem());
    let fourth = standing().keep_authority(&file).start().await.unwrap();
    assert_eq!(
        third.token_trust_anchor_pem(),
        fourth.token_trust_anchor_pem()
    );

    fs::write(&file, "no authority").unwrap();
    let broken = standing().keep_authority(&file).start().await.unwrap_err();
    assert!(broken.to_string().contains("kept authority"), "{broken}");
}
