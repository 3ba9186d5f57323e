//! Error texts: the path with its index, line and column, what was expected, and the fix.

use std::fmt::Write as _;

use portal_model::{
    NAMESPACE, PortalSignatureJobManifest, PortalSignatureJobRequest,
    PortalSignatureJobStatusChangeResponse, Position, XmlDocument, XmlError, XmlProblem,
};

use crate::samples;

/// The sample manifest on several lines, with one part replaced.
fn manifest_with(from: &str, to: &str) -> XmlError {
    let xml = samples::manifest().to_xml().unwrap().replace("><", ">\n<");
    assert!(xml.contains(from), "the sample has no {from}");
    PortalSignatureJobManifest::from_xml(xml.replacen(from, to, 1).as_bytes()).unwrap_err()
}

fn change_with(from: &str, to: &str) -> XmlError {
    let xml = samples::status_change()
        .to_xml()
        .unwrap()
        .replace("><", ">\n<");
    assert!(xml.contains(from), "the sample has no {from}");
    let xml = xml.replacen(from, to, 1);
    PortalSignatureJobStatusChangeResponse::from_xml(xml.as_bytes()).unwrap_err()
}

fn table(rows: &[(&str, XmlError)]) -> String {
    let mut text = String::new();
    for (what, error) in rows {
        writeln!(text, "{what}\n    {error}").unwrap();
    }
    text
}

#[test]
fn elements_in_wrong_places() {
    let signer = "<signer order=\"1\">";
    insta::assert_snapshot!(table(&[
        (
            "missing at the start",
            manifest_with("<sender>", "<receiver>")
        ),
        (
            "missing at the end",
            change_with("<signatures>", "<signature>")
        ),
        (
            "unknown first",
            manifest_with(signer, "<signer order=\"1\"><name/>")
        ),
        (
            "a choice without any alternative",
            manifest_with(
                "<personal-identification-number>12345678910</personal-identification-number>",
                "",
            )
        ),
        (
            "both alternatives",
            manifest_with(
                "<personal-identification-number>12345678910",
                "<identified-by-contact-information/><personal-identification-number>12345678910",
            )
        ),
        (
            "repeated",
            manifest_with(
                "<sms number=\"00000000\"/>",
                "<sms number=\"1\"/><sms number=\"2\"/>"
            )
        ),
        (
            "out of order",
            manifest_with(
                "<email address=\"signer1@example.com\"/>\n<sms number=\"00000000\"/>",
                "<sms number=\"00000000\"/><email address=\"signer1@example.com\"/>",
            )
        ),
        (
            "optional ones passed over",
            manifest_with("<documents>", "<papers>")
        ),
        (
            "of another namespace",
            manifest_with("<sender>", "<sender xmlns=\"urn:other\">")
        ),
        (
            "of no namespace",
            manifest_with("<sender>", "<sender xmlns=\"\">")
        ),
        ("within a value", manifest_with("First", "<b>First</b>")),
        ("text between", manifest_with("<sender>", "hello <sender>")),
        (
            "a list of too many",
            manifest_with("</signers>", &format!("{}</signers>", SIGNER.repeat(7)))
        ),
        (
            "content of an empty one",
            manifest_with("<sms/>", "<sms>yes</sms>")
        ),
        (
            "attribute of an empty one",
            manifest_with("<sms/>", "<sms number=\"1\"/>")
        ),
    ]));
}

const SIGNER: &str = "<signer><identified-by-contact-information/><notifications>\
                      <sms number=\"00000000\"/></notifications></signer>";

#[test]
fn attributes() {
    insta::assert_snapshot!(table(&[
        (
            "missing",
            manifest_with("address=\"signer1@example.com\"", "")
        ),
        ("unknown", manifest_with("order=\"1\"", "oder=\"1\"")),
        (
            "of a namespace",
            manifest_with("order=\"1\"", "xmlns:x=\"urn:x\" x:order=\"1\"")
        ),
        (
            "beyond its limits",
            manifest_with("order=\"2\"", "order=\"10\"")
        ),
        (
            "below its limits",
            manifest_with("order=\"3\"", "order=\"-1\"")
        ),
        ("no number", manifest_with("order=\"1\"", "order=\"first\"")),
        ("too short", manifest_with("document2.pdf", "pdf")),
        (
            "since is missing",
            change_with(" since=\"2017-01-23T12:51:43+01:00\"", "")
        ),
    ]));
}

#[test]
fn values() {
    insta::assert_snapshot!(table(&[
        ("too long", manifest_with("Second", &"x".repeat(81))),
        (
            "too long, in characters",
            manifest_with("Second", &"ø".repeat(81))
        ),
        ("empty", manifest_with("Second", "")),
        ("pattern", manifest_with("12345678910", "123456 78910")),
        (
            "white space is not ignored in texts",
            manifest_with("123456789<", " 123456789 <")
        ),
        (
            "unknown code word",
            manifest_with("PERSONAL_IDENTIFICATION_NUMBER_AND_NAME", "SHOE_SIZE")
        ),
        (
            "unknown value that may be personal",
            manifest_with("PERSONAL_IDENTIFICATION_NUMBER_AND_NAME", "01013300001")
        ),
        ("job status", change_with("IN_PROGRESS", "POSTPONED")),
        (
            "job number",
            change_with("<signature-job-id>1", "<signature-job-id>1.0")
        ),
        (
            "job number beyond 64 bits",
            change_with(
                "<signature-job-id>1",
                "<signature-job-id>9223372036854775808"
            )
        ),
        ("url", change_with("/pades", &"x".repeat(500))),
        ("no offset that there is", manifest_with("+01:00", "+1")),
        ("offset beyond 14 hours", manifest_with("+01:00", "+14:01")),
        ("no such day", manifest_with("2016-02-10", "2016-02-30")),
        (
            "no such form",
            manifest_with("2016-02-10T12", "2016-02-10 12")
        ),
        (
            "too many fraction digits",
            manifest_with("12:00:00", "12:00:00.1234567890")
        ),
        ("negative seconds", manifest_with("864000", "-1")),
    ]));
}

#[test]
fn roots() {
    let error = |xml: String| PortalSignatureJobRequest::from_xml(xml.as_bytes()).unwrap_err();
    insta::assert_snapshot!(table(&[
        (
            "another document",
            error(samples::response().to_xml().unwrap())
        ),
        (
            "no namespace",
            error("<portal-signature-job-request/>".to_owned())
        ),
        (
            "another namespace",
            error("<portal-signature-job-request xmlns=\"urn:x\"/>".to_owned())
        ),
        ("no document", error(String::new())),
        (
            "only a declaration",
            error("<?xml version=\"1.0\"?>".to_owned())
        ),
        ("not XML", error("Service unavailable".to_owned())),
    ]));
}

#[test]
fn an_error_carries_its_parts() {
    let error = manifest_with("order=\"2\"", "order=\"10\"");
    assert_eq!(
        error.path(),
        "/portal-signature-job-manifest/signers/signer[2]/@order"
    );
    let position = error.position().unwrap();
    assert!(position.line > 1 && position.column > 1);
    let XmlProblem::Facet(facet) = error.problem() else {
        panic!("no facet: {error}")
    };
    assert_eq!(facet.facet(), "maxInclusive");
    // Nothing is said twice by those who print the chain of causes.
    assert!(std::error::Error::source(&error).is_none());

    let error = manifest_with("<documents>", "<papers>");
    let XmlProblem::Unexpected { expected, .. } = error.problem() else {
        panic!("{error}")
    };
    assert_eq!(expected, &[Some("documents")]);
}

#[test]
fn columns_count_characters() {
    let xml =
        format!("<portal-signature-job-request xmlns=\"{NAMESPACE}\">\n  <!-- æøå 𝄞 --><x/>\n");
    let error = PortalSignatureJobRequest::from_xml(xml.as_bytes()).unwrap_err();
    assert_eq!(
        error.position(),
        Some(Position {
            line: 2,
            column: 17
        })
    );
}

#[test]
fn personal_data_is_in_no_error() {
    for (from, to) in [
        ("12345678910", "12345678911x"),
        (
            "signer1@example.com\"",
            "signer1@example.com\" extra=\"12345678910\"",
        ),
        ("Job title", "<b>Job title</b>"),
        ("<documents>", "12345678910<documents>"),
        ("PERSONAL_IDENTIFICATION_NUMBER_AND_NAME", "12345678910"),
        ("864000", "12345678910x"),
        ("2016-02-10T12:00:00+01:00", "12345678910"),
    ] {
        let error = manifest_with(from, to);
        let shown = format!("{error} {error:?}");
        for secret in ["12345678910", "12345678911", "signer1", "Job title"] {
            assert!(!shown.contains(secret), "{from} -> {to}: {shown}");
        }
    }
}

#[test]
fn long_names_are_shortened() {
    let long = "x".repeat(10_000);
    let element = manifest_with("<sender>", &format!("<{long}/><sender>")).to_string();
    let attribute = manifest_with("<sender>", &format!("<sender {long}=\"\">")).to_string();
    assert!(
        element.len() < 200 && element.contains("xxx…`"),
        "{element}"
    );
    assert!(
        attribute.len() < 200 && attribute.contains("xxx…`"),
        "{attribute}"
    );
}
