//! A package that was changed is refused, each change with an error of its own.

use std::mem::discriminant;

use jiff::ToSpan as _;
use portal_asice::{
    ArchiveError, DocumentSource, KeySigner, PackageBuilder, PackageDocument, VerifiedDocument,
    VerifyError,
};
use portal_certificate::EnterpriseCertificate;

use crate::sample_packages::{
    Files, MANIFEST, name, now, pack, params, pdf, refusal, rsa, small_package, unpack, world,
};

/// A package's files after a change, with all headers right again.
fn changed(change: impl FnOnce(&mut Files)) -> Vec<u8> {
    let mut files = unpack(&small_package());
    change(&mut files);
    pack(&files)
}

/// Changes the text of the signature document.
fn rewritten(change: impl FnOnce(&str) -> String) -> Vec<u8> {
    changed(|files| {
        let text = change(std::str::from_utf8(&files[3].1).unwrap());
        assert_ne!(text.as_bytes(), files[3].1);
        files[3].1 = text.into_bytes();
    })
}

/// Changes the first letter after a mark, which is base64 or a digit.
fn after(text: &str, mark: &str) -> String {
    let at = text.find(mark).unwrap() + mark.len();
    let other = if &text[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

/// Another certificate of the same authority and name.
fn another_certificate() -> String {
    use base64::Engine as _;
    let certificate = params("Example AS").signed_by(&rsa(rcgen::RsaKeySize::_2048), &world().root);
    base64::engine::general_purpose::STANDARD.encode(certificate.unwrap().der())
}

#[test]
fn unchanged_files_in_new_headers_are_accepted() {
    let package = changed(|_| {});
    let verified = world().verifier().verify(&package, now()).unwrap();
    assert_eq!(verified.manifest(), MANIFEST.as_bytes());
    assert_eq!(
        verified.organization_number().unwrap().as_str(),
        "123456789"
    );
    assert_eq!(verified.signing_time(), now());
    assert_eq!(verified.chain().len(), 3);
    let documents: Vec<&str> = verified
        .documents()
        .iter()
        .map(VerifiedDocument::reveal_name)
        .collect();
    assert_eq!(documents, ["one.pdf", "two.pdf"]);
    assert_eq!(verified.documents()[1].bytes(), pdf(2, 60));
    assert_eq!(verified.documents()[1].mime(), "application/pdf");
    assert!(!format!("{verified:?}").contains("one.pdf"));
}

/// The tamperings that `cargo xtask conformance` shows in a table, and some more.
fn tamperings() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("byte of a document", changed(|files| files[1].1[30] ^= 1)),
        ("byte of the manifest", changed(|files| files[2].1[30] ^= 1)),
        (
            "digest of a file",
            rewritten(|text| after(text, "<DigestValue>")),
        ),
        (
            "signed properties",
            rewritten(|text| text.replacen("application/xml", "text/xml", 1)),
        ),
        (
            "signing time",
            rewritten(|text| text.replace("T12:00:00", "T13:00:00")),
        ),
        (
            "certificate",
            rewritten(|text| {
                let (before, rest) = text.split_once("<X509Certificate>").unwrap();
                let (_, after) = rest.split_once("</X509Certificate>").unwrap();
                let other = another_certificate();
                format!("{before}<X509Certificate>{other}</X509Certificate>{after}")
            }),
        ),
        (
            "contents of two files swapped",
            changed(|files| {
                let one = files[0].1.clone();
                files[0].1 = std::mem::replace(&mut files[1].1, one);
            }),
        ),
        (
            "extra file",
            changed(|files| files.insert(2, ("three.pdf".into(), pdf(3, 10)))),
        ),
        ("missing file", changed(|files| drop(files.remove(0)))),
        (
            "renamed file",
            changed(|files| files[0].0 = "other.pdf".into()),
        ),
        (
            "second signature",
            rewritten(|text| {
                let start = text.find("<Signature ").unwrap();
                let end = text.find("</XAdESSignatures>").unwrap();
                let second = text[start..end]
                    .replace("\"Signature\"", "\"S2\"")
                    .replace("\"SignedProperties\"", "\"P2\"")
                    .replace("\"ID_", "\"OTHER_");
                format!("{}{second}</XAdESSignatures>", &text[..end])
            }),
        ),
        ("truncated ZIP", {
            let mut package = small_package();
            package.truncate(package.len() - 30);
            package
        }),
        (
            "signature value",
            rewritten(|text| after(text, "<SignatureValue>")),
        ),
        ("no signature", changed(|files| drop(files.remove(3)))),
        (
            "container manifest",
            changed(|files| files.push(("META-INF/manifest.xml".into(), Vec::new()))),
        ),
        (
            "another file in META-INF",
            changed(|files| files.push(("META-INF/notes.txt".into(), Vec::new()))),
        ),
        (
            "second signature document",
            changed(|files| files.push(("META-INF/signatures2.xml".into(), Vec::new()))),
        ),
        ("no XML", changed(|files| files[3].1.truncate(2000))),
        (
            "document type",
            rewritten(|text| text.replace("?>", "?><!DOCTYPE a>")),
        ),
        (
            "other algorithm",
            rewritten(|text| text.replace("#rsa-sha256", "#rsa-sha512")),
        ),
        (
            "reference to the web",
            rewritten(|text| text.replace("\"one.pdf\"", "\"#one\"")),
        ),
        (
            "same file twice",
            rewritten(|text| text.replace("\"two.pdf\"", "\"one.pdf\"")),
        ),
        (
            "media type missing",
            rewritten(|text| text.replace("\"#ID_1\"", "\"#ID_0\"")),
        ),
        (
            "same Id twice",
            rewritten(|text| text.replace("\"ID_1\"", "\"ID_0\"")),
        ),
        (
            "stray certificate",
            rewritten(|text| {
                let other = another_certificate();
                text.replace(
                    "</X509Data>",
                    &format!("<X509Certificate>{other}</X509Certificate></X509Data>"),
                )
            }),
        ),
    ]
}

#[test]
fn a_flood_of_certificates_is_refused() {
    let flood = rewritten(|text| {
        let start = text.find("<X509Certificate>").unwrap();
        let end = text.find("</X509Data>").unwrap();
        format!(
            "{}{}{}",
            &text[..start],
            text[start..end].repeat(10),
            &text[end..]
        )
    });
    assert!(matches!(
        refusal(&flood),
        VerifyError::SignatureStructure {
            element: "X509Data",
            ..
        }
    ));
}

#[test]
fn each_of_twelve_kinds_has_its_own_error() {
    let tamperings = tamperings();
    let kinds: Vec<_> = tamperings[..12]
        .iter()
        .map(|(what, package)| {
            // Of containers, the kind is that of the container's error.
            match refusal(package) {
                VerifyError::Container { source, .. } => (*what, None, Some(discriminant(&source))),
                error => (*what, Some(discriminant(&error)), None),
            }
        })
        .collect();
    for (index, (what, error, container)) in kinds.iter().enumerate() {
        for (other, other_error, other_container) in &kinds[..index] {
            assert!(
                (error, container) != (other_error, other_container),
                "{what} as {other}"
            );
        }
    }
}

#[test]
fn the_errors_say_what_was_changed() {
    let mut table = String::new();
    for (what, package) in tamperings() {
        let error = refusal(&package);
        table += &format!("{what}: {error}");
        if let Some(cause) = std::error::Error::source(&error) {
            table += &format!("\n    because {cause}");
        }
        table.push('\n');
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_signing_time_is_held_to_its_tolerance() {
    let package = small_package();
    let verifier = world().verifier();
    for seconds in [-5, 5] {
        assert!(verifier.verify(&package, now() + seconds.seconds()).is_ok());
    }
    for seconds in [-6, 6] {
        let error = verifier
            .verify(&package, now() + seconds.seconds())
            .unwrap_err();
        assert!(matches!(error, VerifyError::SigningTime { .. }));
    }
    let later = now() + (10 * 365 * 24).hours();
    assert!(
        verifier
            .clone()
            .any_signing_time()
            .verify(&package, later)
            .is_ok()
    );
}

/// What the verifier says to a package signed with this certificate.
fn signed_with(certificate: &EnterpriseCertificate) -> VerifyError {
    let signer = KeySigner::new(certificate).unwrap();
    let document = PackageDocument::pdf(name("a.pdf"), DocumentSource::bytes(pdf(1, 10)));
    let builder = PackageBuilder::new(&signer)
        .manifest(MANIFEST)
        .document(document);
    refusal(&builder.build(now()).unwrap().into_bytes().unwrap())
}

#[test]
fn certificates_that_are_not_trusted_are_refused() {
    let key = rsa(rcgen::RsaKeySize::_2048);
    let load = |certificate: rcgen::Certificate| {
        let certificate = [certificate.der().to_vec()];
        // All of them: the one for sealing is refused where one is asked for.
        EnterpriseCertificate::all_from_der(certificate, key.serialize_der())
            .unwrap()
            .remove(0)
    };
    // Of an authority of the same name, but of another key.
    let stranger = crate::sample_packages::authority("Example Root <&> \"CA\", 1");
    let strange = load(
        crate::sample_packages::sender_params()
            .signed_by(&key, &stranger)
            .unwrap(),
    );
    assert!(matches!(signed_with(&strange), VerifyError::Chain { .. }));
    let mut expired = crate::sample_packages::sender_params();
    expired.not_after = rcgen::date_time_ymd(2026, 2, 1);
    let expired = load(expired.signed_by(&key, &world().root).unwrap());
    assert!(matches!(signed_with(&expired), VerifyError::Chain { .. }));
    let mut sealing = crate::sample_packages::sender_params();
    sealing.key_usages = vec![rcgen::KeyUsagePurpose::ContentCommitment];
    let sealing = load(sealing.signed_by(&key, &world().root).unwrap());
    assert!(matches!(
        signed_with(&sealing),
        VerifyError::CertificateUsage
    ));
}

#[test]
fn another_organisation_is_refused_where_one_is_demanded() {
    let number = |digits: &str| portal_model::OrganizationNumber::new(digits).unwrap();
    let verifier = world().verifier();
    let package = small_package();
    let ours = verifier.clone().organization(number("123456789"));
    assert!(ours.verify(&package, now()).is_ok());
    let other = verifier.organization(number("988015814"));
    let error = other.verify(&package, now()).unwrap_err();
    assert!(matches!(error, VerifyError::Organization { .. }));
}

#[test]
fn a_package_that_is_cut_anywhere_is_refused() {
    let package = small_package();
    for length in 0..package.len() {
        let error = refusal(&package[..length]);
        assert!(
            matches!(
                error,
                VerifyError::Container {
                    source: ArchiveError::Truncated
                        | ArchiveError::NotZip
                        | ArchiveError::TrailingBytes,
                    ..
                }
            ),
            "{length}: {error:?}"
        );
    }
}
