//! What the rules let pass, later steps take: the package builder, the schema's writer and reader,
//! and two validators of the schema, libxml2's and the JDK's.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use portal_asice::{DocumentName, DocumentSource, KeySigner, PackageBuilder, PackageDocument};
use portal_certificate::EnterpriseCertificate;
use portal_model::{
    Bounded, Description, Href, ManifestContent, MediaType, Mime, NonsensitiveTitle,
    PortalSignatureJobManifest, PortalSignatureJobRequest, SignatureJobReference, Title,
    XmlDocument,
};
use portal_rules::{Code, Severity};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::sample::Job;
use crate::strategy::valid_job;

/// The rules whose warnings say that a later step may refuse what passes.
const ANNOUNCED: [Code; 3] = [Code::TextUtf16, Code::DocumentsName, Code::DocumentsMime];

fn passes(job: &Job) -> bool {
    let report = job.report();
    let warned: BTreeSet<Code> = report
        .at_least(Severity::Warning)
        .map(|violation| violation.code)
        .collect();
    !report.has_errors() && ANNOUNCED.iter().all(|code| !warned.contains(code))
}

/// Texts near a limit, of characters that are counted differently.
fn text(limit: usize) -> impl Strategy<Value = String> {
    let character = select(vec![
        "a", "ø", "a\u{30A}", "☃", "😀", " ", "\u{200B}", "&", "\r", "]]>",
    ]);
    let count = prop_oneof![
        limit / 2 - 1..=limit / 2 + 1,
        limit - 1..=limit + 1,
        1..=3_usize
    ];
    (character, count).prop_map(|(character, count)| character.repeat(count))
}

/// Names that one file system or another takes for the same, and names that some refuse.
fn name() -> impl Strategy<Value = String> {
    let names = [
        "lease.pdf",
        "LEASE.pdf",
        "Lease.PDF",
        "annex.pdf",
        "annex-1.pdf",
        "a_b.c",
        "01_document.pdf",
        "\u{E5}s.pdf",
        "a\u{30A}s.pdf",
        "K.pdf",
        "\u{212A}.pdf",
        "con.pdf",
        "com1.txt",
        "mimetype",
        "manifest.xml",
        "META-INF",
        "lease",
        "lea",
        ".lease.pdf",
        "lease.pdf.",
        "a b.pdf",
        "a+b.pdf",
        "a%20b.pdf",
        "a/b.pdf",
        "a:b.pdf",
        "le\u{200B}ase.pdf",
        "lease\t.pdf",
        "stra\u{DF}e.pdf",
        "STRASSE.pdf",
        "...pdf",
        "x.y-z_0.pdf",
    ];
    let plain = "[A-Za-z0-9._-]{3,101}";
    prop_oneof![4 => select(names.map(str::to_owned).to_vec()), 1 => plain]
}

fn tricky_job() -> impl Strategy<Value = Job> {
    let mime = select(vec![
        "application/pdf",
        "text/plain",
        "TEXT/PLAIN",
        "application/pdf; a=b",
        "image/png",
        "pdf",
    ]);
    let texts = (text(80), text(80), text(220), text(50));
    let documents = proptest::collection::vec((name(), text(80), 0..5_u8, mime), 20);
    (valid_job(), texts, documents, 0..8_u8).prop_map(|(mut job, texts, documents, which)| {
        let (title, nonsensitive, description, reference) = texts;
        let mut documents = documents.into_iter();
        match &mut job.manifest.content {
            ManifestContent::Documents(content) => {
                // Few, so that names meet in pairs and not all at once.
                let few: Vec<_> = content.documents.iter().take(2).cloned().collect();
                job.files.truncate(few.len());
                content.documents = Bounded::unchecked(few);
                for (document, (name, title, pick, mime)) in
                    content.documents.iter_mut().zip(&mut documents)
                {
                    match pick {
                        0 => document.title = Title::unchecked(title),
                        1 => document.mime = Mime::unchecked(mime),
                        _ => document.href = Href::unchecked(name),
                    }
                }
                if let (5, [first, second]) = (which, &mut content.documents[..]) {
                    second.href = Href::unchecked(first.href.reveal().to_uppercase());
                }
                content.title = Title::unchecked(title);
                match which {
                    0 => {
                        content.nonsensitive_title =
                            Some(NonsensitiveTitle::unchecked(nonsensitive));
                    }
                    1 => {
                        content.description = Some(Description::unchecked(description));
                    }
                    _ => {}
                }
            }
            ManifestContent::Document(document) => {
                document.title = Title::unchecked(title);
                if let Some((name, ..)) = documents.next() {
                    document.href = Href::unchecked(name);
                }
                if which == 1 {
                    document.description = Some(Description::unchecked(description));
                }
            }
        }
        if which < 3 {
            job.request.reference = Some(SignatureJobReference::unchecked(reference));
        }
        job
    })
}

fn signer() -> &'static KeySigner {
    static SIGNER: OnceLock<KeySigner> = OnceLock::new();
    SIGNER.get_or_init(|| {
        use rcgen::{
            CertificateParams, DnType, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize,
        };
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "Example");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let certificate = params.self_signed(&key).unwrap();
        let sender =
            EnterpriseCertificate::from_der([certificate.der().to_vec()], key.serialize_der());
        KeySigner::new(&sender.unwrap()).unwrap()
    })
}

/// Packs documents of these names and types as the client does.
fn pack(job: &Job, manifest: String) -> Result<u64, Box<dyn std::error::Error>> {
    let entries: Vec<(&Href, &Mime)> = match &job.manifest.content {
        ManifestContent::Documents(content) => {
            let documents = content.documents.iter();
            documents
                .map(|document| (&document.href, &document.mime))
                .collect()
        }
        ManifestContent::Document(document) => vec![(&document.href, &document.mime)],
    };
    let mut builder = PackageBuilder::new(signer()).manifest(manifest);
    for (href, mime) in entries {
        let source = DocumentSource::bytes(b"%PDF-1.7\n".to_vec());
        let media_type = MediaType::try_from(mime)?;
        builder = builder.document(PackageDocument::new(
            DocumentName::try_from(href)?,
            media_type,
            source,
        ));
    }
    Ok(builder.build(job.now)?.len())
}

#[test]
fn what_passes_is_packed_written_read_and_validated() {
    let mut runner = TestRunner::deterministic();
    let strategy = tricky_job();
    let mut documents = Vec::new();
    for _ in 0..1500 {
        let job = strategy.new_tree(&mut runner).unwrap().current();
        if !passes(&job) {
            continue;
        }
        let manifest = job.manifest.to_xml().unwrap();
        assert!(
            PortalSignatureJobManifest::from_xml(manifest.as_bytes()).is_ok(),
            "{manifest}"
        );
        let request = job.request.to_xml().unwrap();
        assert!(
            PortalSignatureJobRequest::from_xml(request.as_bytes()).is_ok(),
            "{request}"
        );
        pack(&job, manifest.clone()).unwrap_or_else(|error| panic!("{error}: {manifest}"));
        documents.extend([manifest, request]);
    }
    assert!(
        documents.len() > 200,
        "{} documents are too few",
        documents.len()
    );
    for validator in validators() {
        for (document, is_valid) in documents.iter().zip(validator.verdicts(&documents)) {
            assert!(is_valid, "{} refuses {document}", validator.name);
        }
    }
}

/// Without the warning, the rules would pass what one of the validators refuses.
#[test]
fn the_validators_differ_where_the_rules_warn() {
    let mut job = Job::private();
    job.content().title = Title::unchecked("😀".repeat(80));
    assert!(job.report().of(Code::TextUtf16).next().is_some());
    let manifest = job.manifest.to_xml().unwrap();
    for validator in validators() {
        let expected = validator.program == Program::Xmllint;
        assert_eq!(
            validator.verdicts(std::slice::from_ref(&manifest)),
            [expected],
            "{}",
            validator.name
        );
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Program {
    Xmllint,
    Java,
}

/// A program that validates, and a schema.
struct Validator {
    name: String,
    program: Program,
    schema: PathBuf,
}

/// Those that are installed, each with the schemas that are there.
fn validators() -> Vec<Validator> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let schemas = [
        root.join("xsd/portal.xsd"),
        root.join("../shared/reference/xsd/portal.xsd"),
    ];
    let mut validators = Vec::new();
    for (program, command) in [(Program::Xmllint, "xmllint"), (Program::Java, "java")] {
        let runs = Command::new(command).arg("--version").output();
        if !runs.is_ok_and(|output| output.status.success()) {
            println!("{command} is not installed: not asked");
            continue;
        }
        for schema in &schemas {
            if schema.is_file() {
                let (name, schema) = (
                    format!("{command} with {}", schema.display()),
                    schema.clone(),
                );
                validators.push(Validator {
                    name,
                    program,
                    schema,
                });
            } else {
                println!("{} is not there: not asked", schema.display());
            }
        }
    }
    validators
}

impl Validator {
    fn verdicts(&self, documents: &[String]) -> Vec<bool> {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<PathBuf> = (0..documents.len())
            .map(|number| folder.path().join(format!("{number}.xml")))
            .collect();
        for (file, document) in files.iter().zip(documents) {
            std::fs::write(file, document).unwrap();
        }
        let mut command = match self.program {
            Program::Xmllint => {
                let mut command = Command::new("xmllint");
                // Never the network, neither for a schema nor for a document type.
                command.args(["--nonet", "--noout", "--schema"]);
                command
            }
            Program::Java => {
                let mut command = Command::new("java");
                let source = "tests/it/acceptance/Validate.java";
                command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(source));
                command
            }
        };
        let output = command.arg(&self.schema).args(&files).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
        let verdicts: Vec<bool> = match self.program {
            Program::Xmllint => files
                .iter()
                .map(|file| {
                    let satisfied = format!("{} validates", file.display());
                    complaints.lines().any(|line| line == satisfied)
                })
                .collect(),
            Program::Java => printed.lines().map(|line| line == "valid").collect(),
        };
        assert_eq!(verdicts.len(), documents.len(), "{complaints}");
        verdicts
    }
}
