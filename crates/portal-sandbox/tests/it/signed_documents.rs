//! What signing gives: each signer's signature document, and the signed PDF. What is inside the PDF
//! is tested where it is made.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use portal_certificate::Certificate;
use portal_model::IdentifierInSignedDocuments as Identifier;
use portal_sandbox::{Sandbox, SandboxClock};

use crate::client::{Client, standing};
use crate::jobs::{Draft, by_email, by_number};

const JOBS: &str = "/api/123456789/portal/signature-jobs";

async fn fixed() -> (Sandbox, Client) {
    let clock = SandboxClock::controlled("2026-03-01T08:00:00Z".parse().unwrap());
    let sandbox = standing().clock(clock).start().await.unwrap();
    let client = Client::sender(&sandbox).await;
    (sandbox, client)
}

/// The certificates of a signature document, the signer's first.
fn certificates(xades: &str) -> Vec<Certificate> {
    let (_, rest) = xades.split_once("<X509Data>").unwrap();
    let (data, _) = rest.split_once("</X509Data>").unwrap();
    data.split("<X509Certificate>")
        .skip(1)
        .map(|text| {
            let text = text.trim_end_matches("</X509Certificate>");
            Certificate::from_der(STANDARD.decode(text).unwrap()).unwrap()
        })
        .collect()
}

#[tokio::test]
async fn a_signature_document_names_its_signer_as_the_job_asks_for() {
    let (sandbox, mut client) = fixed().await;
    let by_number = [by_number("12345678910", 1), by_number("01013300001", 1)];
    let by_contact = vec![by_email("email@example.com", 1)];
    let mut subjects = String::new();
    for (signers, how) in [
        (
            by_number.to_vec(),
            Identifier::PersonalIdentificationNumberAndName,
        ),
        (by_number.to_vec(), Identifier::DateOfBirthAndName),
        (by_number.to_vec(), Identifier::Name),
        (by_contact, Identifier::Name),
    ] {
        let mut draft = Draft::of(signers);
        draft.manifest.identifier_in_signed_documents = Some(how);
        let job = draft.create(&sandbox, &mut client).await;
        let signed = job.sign_current_group().unwrap();
        for index in signed {
            let url = format!("{JOBS}/{}/xades/{}", job.id(), index + 1);
            let xades = client.get(&url).await;
            assert_eq!(xades.status, StatusCode::OK);
            // Nothing about it is made up again for the next request.
            assert_eq!(xades.body, client.get(&url).await.body);
            let chain = certificates(xades.text());
            assert_eq!(chain[2].der(), sandbox.trust_anchor_der());
            assert!(chain[0].is_issued_by(&chain[1]) && chain[1].is_issued_by(&chain[2]));
            assert_eq!(
                chain[0].key_usages(),
                ["digitalSignature", "nonRepudiation"]
            );
            assert_eq!(chain[0].organization_number(), None);
            subjects += &format!("{how:?}: {}\n", chain[0].subject());
        }
    }
    insta::assert_snapshot!(subjects);
}

/// The folder of the ETSI's and the W3C's schemas, where it is at hand.
fn schemas() -> Option<PathBuf> {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference");
    let folder = reference.join("xsd/thirdparty").canonicalize();
    if folder.is_err() {
        println!("skipped: the schemas of XAdES are not at hand");
    }
    folder.ok()
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Option<Output> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output();
    if output.is_err() {
        println!("skipped: no {program} on this machine");
    }
    output.ok()
}

/// Where xmlsec1 and xmllint are installed, they judge a signer's signature document.
#[tokio::test]
async fn a_signature_document_verifies() {
    let (sandbox, mut client) = fixed().await;
    let draft = Draft::one();
    draft.create(&sandbox, &mut client).await.sign(0).unwrap();
    let xades = client.get(&format!("{JOBS}/1/xades/1")).await;
    for index in ["0", "2", "x", "18446744073709551616"] {
        let reply = client.get(&format!("{JOBS}/1/xades/{index}")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
    }

    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
    write("signature.xml", &xades.body);
    write("root.pem", sandbox.trust_anchor_pem().as_bytes());
    for (name, bytes) in &draft.files {
        write(name, bytes);
    }
    let arguments = [
        "--verify",
        "--trusted-pem",
        "root.pem",
        "--verification-gmt-time",
        "2026-03-01 08:00:00",
        "--id-attr:Id",
        "http://uri.etsi.org/01903/v1.3.2#:SignedProperties",
        "signature.xml",
    ];
    if let Some(output) = run(folder, "xmlsec1", &arguments) {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        write(&draft.files[0].0, b"Another document");
        let output = run(folder, "xmlsec1", &arguments).unwrap();
        assert!(!output.status.success());
    }
    if let Some(schemas) = schemas() {
        // What is inside the signature's object has its own schema.
        let import = |namespace: &str, file: &str| {
            let path = schemas.join(file);
            let path = path.display();
            format!("<xs:import namespace=\"{namespace}\" schemaLocation=\"{path}\"/>")
        };
        let all = [
            "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">".to_owned(),
            import(
                "http://www.w3.org/2000/09/xmldsig#",
                "xmldsig-core-schema.xsd",
            ),
            import("http://uri.etsi.org/01903/v1.3.2#", "XAdES.xsd"),
            import("http://uri.etsi.org/2918/v1.2.1#", "ts_102918v010201.xsd"),
            "</xs:schema>".to_owned(),
        ];
        write("all.xsd", all.concat().as_bytes());
        let arguments = ["--nonet", "--noout", "--schema", "all.xsd", "signature.xml"];
        if let Some(output) = run(folder, "xmllint", &arguments) {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}");
        }
    }
}

/// What other programs find in a signed document; `None` where one of them is not installed.
#[derive(Debug, PartialEq, Eq)]
struct Judgement {
    /// The digest of what the seal covers is the one that was sealed.
    holds: bool,
    /// The seal covers the file to its end.
    covers_all: bool,
    /// The certificate's common name.
    sealed_by: String,
    /// The attached signature documents, in the order of their names.
    attached: Vec<Vec<u8>>,
}

/// Asks pdfsig about the seal, and qpdf about the file's structure and attachments.
fn judged(pdf: &[u8]) -> Option<Judgement> {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("signed.pdf"), pdf).unwrap();
    let pdfsig = run(folder, "pdfsig", &["signed.pdf"])?;
    let said = String::from_utf8_lossy(&pdfsig.stdout).into_owned();
    let qpdf = |arguments: &[&str]| {
        let output = run(folder, "qpdf", &[arguments, &["signed.pdf"]].concat())?;
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {errors}");
        Some(output.stdout)
    };
    qpdf(&["--check"])?;
    let names = String::from_utf8(qpdf(&["--list-attachments"])?).unwrap();
    let mut names: Vec<_> = names
        .lines()
        .filter_map(|line| Some(line.split_once(" -> ")?.0))
        .collect();
    names.sort_unstable();
    let attached = names
        .into_iter()
        .map(|name| qpdf(&[&format!("--show-attachment={name}")]).unwrap())
        .collect();
    assert!(
        said.contains("Signature #1") && !said.contains("Signature #2"),
        "{said}"
    );
    let valid = said.contains("Signature Validation: Signature is Valid.");
    let mismatch = said.contains("Signature Validation: Digest Mismatch.");
    assert!(valid != mismatch, "{said}");
    let part = said.contains("Not total document signed");
    assert!(part || said.contains("Total document signed"), "{said}");
    let name = said
        .split_once("Signer Certificate Common Name: ")
        .unwrap()
        .1;
    Some(Judgement {
        holds: valid,
        covers_all: !part,
        sealed_by: name.lines().next().unwrap().to_owned(),
        attached,
    })
}

#[tokio::test]
async fn pdfsig_and_qpdf_agree_with_what_is_said_of_each_document() {
    use portal_sandbox::{DocumentDefect as Defect, Endpoint, Fault};
    let (sandbox, mut client) = fixed().await;
    let signers = vec![
        by_number("12345678910", 1),
        by_email("email@example.com", 1),
    ];
    let job = Draft::of(signers).create(&sandbox, &mut client).await;
    job.sign_current_group().unwrap();
    let mut downloaded = Vec::new();
    for signer in ["1", "2"] {
        let url = format!("{JOBS}/{}/xades/{signer}", job.id());
        downloaded.push(client.get(&url).await.body.to_vec());
    }
    let url = format!("{JOBS}/{}/pades", job.id());
    let sound = || Judgement {
        holds: true,
        covers_all: true,
        sealed_by: "Portal Sandbox Document Seal".to_owned(),
        attached: downloaded.clone(),
    };
    for defect in [
        None,
        Some(Defect::ByteChanged),
        Some(Defect::AppendedUpdate),
        Some(Defect::WrongSignerCount),
        Some(Defect::AttachmentExchanged),
        Some(Defect::OtherSeal),
    ] {
        if let Some(defect) = defect {
            let fault = Fault::BrokenSignedDocument(defect);
            sandbox.faults().next(1, Endpoint::Pades, fault);
        }
        let Some(mut found) = judged(&client.get(&url).await.body) else {
            return;
        };
        let mut expected = sound();
        match defect {
            Some(Defect::ByteChanged) => expected.holds = false,
            Some(Defect::AppendedUpdate) => expected.covers_all = false,
            Some(Defect::WrongSignerCount) => drop(expected.attached.pop()),
            Some(Defect::AttachmentExchanged) => {
                assert_ne!(found.attached[0], downloaded[0]);
                found.attached[0].clone_from(&downloaded[0]);
            }
            Some(Defect::OtherSeal) => {
                assert_ne!(found.sealed_by, expected.sealed_by);
                expected.sealed_by.clone_from(&found.sealed_by);
            }
            _ => {}
        }
        assert_eq!(found, expected, "{defect:?}");
    }
}

/// The attachments of a signed document, by the text of the file.
fn attachments(pdf: &[u8]) -> Vec<Vec<u8>> {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let is_file = |stream: &lopdf::Stream| {
        let kind = stream.dict.get(b"Type").and_then(lopdf::Object::as_name);
        kind.is_ok_and(|kind| kind == b"EmbeddedFile")
    };
    let streams = document.objects.values().filter_map(|o| o.as_stream().ok());
    let files = streams.filter(|stream| is_file(stream));
    files
        .map(|stream| stream.get_plain_content().unwrap())
        .collect()
}

#[tokio::test]
async fn every_signature_document_is_attached_as_it_is_downloaded_and_can_be_broken() {
    use portal_sandbox::{DocumentDefect, Endpoint, Fault};
    let (sandbox, mut client) = fixed().await;
    let signers = vec![
        by_number("12345678910", 1),
        by_email("email@example.com", 1),
    ];
    let job = Draft::of(signers).create(&sandbox, &mut client).await;
    job.sign_current_group().unwrap();
    let mut downloaded = Vec::new();
    for signer in ["1", "2"] {
        let url = format!("{JOBS}/{}/xades/{signer}", job.id());
        downloaded.push(client.get(&url).await.body.to_vec());
    }
    let url = format!("{JOBS}/{}/pades", job.id());
    let sound = client.get(&url).await.body;
    assert_eq!(attachments(&sound), downloaded);
    assert_eq!(client.get(&url).await.body, sound);

    let mut broken = Vec::new();
    for defect in [
        DocumentDefect::WrongSignerCount,
        DocumentDefect::AttachmentExchanged,
        DocumentDefect::ByteChanged,
        DocumentDefect::AppendedUpdate,
        DocumentDefect::OtherSeal,
    ] {
        let fault = Fault::BrokenSignedDocument(defect);
        sandbox.faults().next(1, Endpoint::Pades, fault);
        let body = client.get(&url).await.body;
        assert_ne!(body, sound, "{defect:?}");
        broken.push(body);
    }
    assert_eq!(attachments(&broken[0]), downloaded[..1]);
    let exchanged = attachments(&broken[1]);
    assert_ne!(exchanged[0], downloaded[0]);
    assert_eq!(exchanged[1], downloaded[1]);
    for body in &broken[2..] {
        assert_eq!(attachments(body), downloaded);
    }
    assert_eq!(client.get(&url).await.body, sound);
}
