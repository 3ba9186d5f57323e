//! Answers may hold more than this crate knows: it is skipped and listed, and nothing else is let through.

use portal_model::{
    ErrorDocument, NAMESPACE, Parsed, PortalSignatureJobResponse,
    PortalSignatureJobStatusChangeResponse, SignerStatus, XmlDocument, XmlError, limits,
};

use crate::samples;

type Change = PortalSignatureJobStatusChangeResponse;

fn change_with(replacements: &[(&str, &str)]) -> Result<Parsed<Change>, XmlError> {
    let mut xml = samples::status_change().to_xml().unwrap();
    for (from, to) in replacements {
        assert!(xml.contains(from), "the sample has no {from}");
        xml = xml.replacen(from, to, 1);
    }
    Change::from_response(xml.as_bytes())
}

fn notices<T>(response: &Parsed<T>) -> String {
    response
        .notices
        .iter()
        .map(|notice| format!("{notice}\n"))
        .collect()
}

#[test]
fn unknown_things_are_skipped_and_listed() {
    let response = change_with(&[
        (
            "<status>",
            "<priority since=\"1\"><deep><deeper/>text</deep></priority>\n<status>",
        ),
        (
            "<signatures>",
            "<x:signatures xmlns:x=\"urn:x\"/>\n<signatures weight=\"3\">",
        ),
        ("<signature>", "<signature xml:lang=\"nb\">"),
        ("SIGNED<", "SIGNED<!-- still one text --><icon/><"),
        ("</portal", "<audit/></portal"),
    ])
    .unwrap();
    assert_eq!(response.value, samples::status_change());
    insta::assert_snapshot!(notices(&response));
}

#[test]
fn values_beyond_their_limits_are_kept_and_listed() {
    let long = format!("https://example.com/{}", "x".repeat(500));
    let response = change_with(&[
        (
            "https://api.example.com/api/123456789/portal/signature-jobs/1/pades",
            &long,
        ),
        ("12345678910", "123"),
        ("IN_PROGRESS", " IN_PROGRESS\n"),
        (" since=\"2017-01-23T12:51:43+01:00\"", ""),
    ])
    .unwrap();
    assert_eq!(
        response
            .value
            .signatures
            .pades_url
            .as_ref()
            .unwrap()
            .as_str(),
        long
    );
    assert_eq!(response.value.signatures.signature[0].status.since, None);
    assert_eq!(
        response.value.signatures.signature[0].status.value,
        SignerStatus::SIGNED
    );
    insta::assert_snapshot!(notices(&response));
    // And what is beyond its limits is not passed on.
    assert!(response.value.to_xml().is_err());
}

#[test]
fn eleven_signatures_are_kept_and_listed() {
    let xml = samples::status_change().to_xml().unwrap();
    let start = xml.find("<signature><status").unwrap();
    let end = xml.find("</signature>").unwrap() + "</signature>".len();
    let xml = xml.replacen(
        "<pades-url>",
        &format!("{}<pades-url>", xml[start..end].repeat(9)),
        1,
    );
    let response = Change::from_response(xml.as_bytes()).unwrap();
    assert_eq!(response.value.signatures.signature.len(), 11);
    insta::assert_snapshot!(notices(&response));
}

#[test]
fn what_the_schema_demands_is_still_demanded() {
    let reference = "<reference>123-ABC</reference>";
    for (what, from, to) in [
        ("missing", "<status>IN_PROGRESS</status>", ""),
        ("unknown job status", "IN_PROGRESS", "POSTPONED"),
        (
            "repeated",
            reference,
            "<reference>a</reference><reference>b</reference>",
        ),
        (
            "out of order",
            "<status>IN_PROGRESS</status>",
            "<signatures/><status>FAILED</status>",
        ),
        (
            "known, but in the wrong place",
            "<signatures>",
            "<status>FAILED</status><signatures>",
        ),
        ("no number", "<signature-job-id>1", "<signature-job-id>one"),
        ("no offset", "+01:00", ""),
        ("text between elements", "<signatures>", "soon <signatures>"),
        (
            "required element in another namespace",
            "<status>",
            "<status xmlns=\"urn:x\">",
        ),
        (
            "ill-formed within what is skipped",
            "<signatures>",
            "<new><a></b></new><signatures>",
        ),
        (
            "undeclared entity within what is skipped",
            "<signatures>",
            "<new>&e;</new><signatures>",
        ),
        (
            "unbound prefix within what is skipped",
            "<signatures>",
            "<new><p:a/></new><signatures>",
        ),
        ("document type", "<portal", "<!DOCTYPE portal><portal"),
    ] {
        assert!(change_with(&[(from, to)]).is_err(), "{what}");
    }
}

#[test]
fn a_sender_may_not_do_what_a_response_may() {
    for (from, to) in [
        ("<status>", "<priority/><status>"),
        ("<signature>", "<signature weight=\"3\">"),
        ("<signature>", "<signature xml:lang=\"nb\">"),
        ("IN_PROGRESS", " IN_PROGRESS"),
        ("12345678910", "123"),
        (" since=\"2017-01-23T12:51:43+01:00\"", ""),
    ] {
        let xml = samples::status_change()
            .to_xml()
            .unwrap()
            .replacen(from, to, 1);
        assert!(Change::from_xml(xml.as_bytes()).is_err(), "{from} -> {to}");
    }
}

#[test]
fn namespaces_and_prefixes_of_real_responses() {
    // Unused declarations, any prefix for the right namespace, hints at schemas: no notice.
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <p:error xmlns:p=\"{NAMESPACE}\" xmlns:ns2=\"http://uri.etsi.org/01903/v1.3.2#\"\n\
            xmlns:ns3=\"http://www.w3.org/2000/09/xmldsig#\"\n\
            xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n\
            xsi:schemaLocation=\"{NAMESPACE} portal.xsd\">\n\
         <error-code xmlns=\"{NAMESPACE}\">BROKER_NOT_AUTHORIZED</error-code>\n\
         <p:error-message>Line one\nline &quot;two&quot;</p:error-message>\n\
         <q:error-type xmlns:q=\"{NAMESPACE}\">CLIENT</q:error-type>\n\
         </p:error>\n"
    );
    let response = ErrorDocument::from_response(xml.as_bytes()).unwrap();
    assert_eq!(response.value.error_message, "Line one\nline \"two\"");
    assert!(response.notices.is_empty());
    assert_eq!(
        ErrorDocument::from_xml(xml.as_bytes()).unwrap(),
        response.value
    );

    let wrong = xml.replace(NAMESPACE, "http://signering.posten.no/schema/v2");
    assert!(ErrorDocument::from_response(wrong.as_bytes()).is_err());
    let none = xml
        .replace(&format!(" xmlns:p=\"{NAMESPACE}\""), "")
        .replace("p:", "");
    assert!(ErrorDocument::from_response(none.as_bytes()).is_err());
}

#[test]
fn notices_are_bounded() {
    let xml = samples::response().to_xml().unwrap();
    let xml = xml.replace("</portal", &format!("{}</portal", "<x/>\n".repeat(5000)));
    let response = PortalSignatureJobResponse::from_response(xml.as_bytes()).unwrap();
    assert_eq!(response.notices.len(), limits::NOTICES);
    assert_eq!(response.notices_left_out, 5000 - limits::NOTICES);
    let last = response.notices.last().unwrap();
    assert_eq!(last.position.line, limits::NOTICES);
}
