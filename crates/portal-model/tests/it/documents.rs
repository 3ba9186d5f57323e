//! Every document as it is written, and what the schema's order and facets make of it.

use portal_model::{
    ManifestContent, PortalSignatureJobManifest, SignatureJobReference, Title, XmlDocument,
};

use crate::samples;

/// The document on several lines, so that a snapshot shows one element a line.
fn shown(xml: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    for part in xml.split_inclusive('>') {
        if part.starts_with("</") {
            depth -= 1;
        }
        let after_text = !part.starts_with('<');
        if after_text {
            depth -= 1;
        } else {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        }
        out.push_str(part);
        if part.starts_with('<') && !part.starts_with("</") && !part.ends_with("/>") {
            depth += usize::from(!part.starts_with("<?"));
        }
    }
    out
}

#[test]
fn manifest() {
    insta::assert_snapshot!(shown(&samples::manifest().to_xml().unwrap()));
}

#[test]
fn manifest_in_the_old_form() {
    insta::assert_snapshot!(shown(&samples::legacy_manifest().to_xml().unwrap()));
}

#[test]
fn request() {
    insta::assert_snapshot!(shown(&samples::request().to_xml().unwrap()));
}

#[test]
fn response() {
    insta::assert_snapshot!(shown(&samples::response().to_xml().unwrap()));
}

#[test]
fn status_change() {
    insta::assert_snapshot!(shown(&samples::status_change().to_xml().unwrap()));
}

#[test]
fn error() {
    insta::assert_snapshot!(shown(&samples::error().to_xml().unwrap()));
}

#[test]
fn the_old_form_is_seen_as_the_new_one() {
    let manifest = samples::legacy_manifest();
    let ManifestContent::Document(document) = &manifest.content else {
        panic!("the sample has the old form");
    };
    let seen = manifest.documents();
    assert_eq!(seen.title, document.title);
    assert_eq!(seen.nonsensitive_title, document.nonsensitive_title);
    assert_eq!(seen.description, document.description);
    assert_eq!(seen.documents.len(), 1);
    assert_eq!(seen.documents[0].href, document.href);
    assert_eq!(seen.documents[0].mime, document.mime);
    assert_eq!(seen.documents[0].title, document.title);

    let new = samples::manifest();
    assert!(matches!(&new.content, ManifestContent::Documents(own) if *own == *new.documents()));
}

#[test]
fn a_value_beyond_its_limits_is_never_written() {
    let mut manifest = samples::manifest();
    if let ManifestContent::Documents(content) = &mut manifest.content {
        content.documents[1].title = Title::unchecked("x".repeat(81));
    }
    insta::assert_snapshot!(manifest.to_xml().unwrap_err(), @"/portal-signature-job-manifest/documents/document[2]/title: title has 81 characters, at most 80 are allowed (maxLength); shorten it");

    let request = samples::request().with_reference(SignatureJobReference::unchecked("a\u{1f}b"));
    insta::assert_snapshot!(request.to_xml().unwrap_err());

    let request = samples::request().with_polling_queue("a\0b");
    insta::assert_snapshot!(request.to_xml().unwrap_err());

    let mut change = samples::status_change();
    change.signatures.signature[0].status.since = None;
    insta::assert_snapshot!(change.to_xml().unwrap_err());

    let request = samples::request().with_polling_queue("q".repeat(64 * 1024 + 1));
    insta::assert_snapshot!(request.to_xml().unwrap_err());
}

#[test]
fn a_draft_keeps_every_broken_facet() {
    let xml = samples::manifest().to_xml().unwrap();
    let xml = xml
        .replace("12345678910", "1234")
        .replace("order=\"1\"", "order=\"10\"")
        .replace("<available-seconds>864000", "<available-seconds>-1")
        .replace("Job title", &"x".repeat(81))
        .replace("123456789</org", "12345678</org");
    assert!(PortalSignatureJobManifest::from_xml(xml.as_bytes()).is_err());
    let draft = PortalSignatureJobManifest::from_draft(xml.as_bytes()).unwrap();
    assert!(!draft.signers[0].order.unwrap().is_valid());
    assert!(!draft.signers[0].personal_number().unwrap().is_valid());
    assert!(!draft.documents().title.is_valid());
    assert!(!draft.sender.organization_number.is_valid());
    assert!(
        !draft
            .availability
            .unwrap()
            .available_seconds
            .unwrap()
            .is_valid()
    );
}

#[test]
fn a_draft_keeps_too_many_and_too_few() {
    let signer = "<signer><identified-by-contact-information/><notifications>\
                  <sms number=\"00000000\"/></notifications></signer>";
    let draft = |signers: &str| {
        let xml = format!(
            "<portal-signature-job-manifest xmlns=\"{}\"><signers>{signers}</signers>\
             <sender><organization-number>123456789</organization-number></sender>\
             <title>T</title><documents/></portal-signature-job-manifest>",
            portal_model::NAMESPACE
        );
        PortalSignatureJobManifest::from_draft(xml.as_bytes()).unwrap()
    };
    let eleven = draft(&signer.repeat(11));
    assert_eq!(
        (eleven.signers.len(), eleven.signers.is_valid()),
        (11, false)
    );
    let none = draft("");
    assert_eq!((none.signers.len(), none.signers.is_valid()), (0, false));
    assert_eq!(none.documents().documents.len(), 0);
}
