//! Responses may hold more than this crate knows, and other things than the schema says: what is not
//! needed is skipped and listed.

use portal_model::{
    ErrorDocument, NAMESPACE, ParseNoticeKind, Parsed, PortalSignatureJobResponse,
    PortalSignatureJobStatus, PortalSignatureJobStatusChangeResponse, SignatureIdentifier,
    SignerStatus, XmlDocument, XmlError, limits,
};

use crate::samples;

type Change = PortalSignatureJobStatusChangeResponse;

fn change_with(replacements: &[(&str, &str)]) -> Result<Parsed<Change>, XmlError> {
    let mut xml = samples::status_change().to_xml().unwrap();
    for (from, to) in replacements {
        assert!(xml.contains(from), "the sample has no {from}");
        // Both tags of an element that is renamed.
        xml = if *from == "confirmation-url" {
            xml.replace(from, to)
        } else {
            xml.replacen(from, to, 1)
        };
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
    for (what, from, to) in [
        ("no status", "<status>IN_PROGRESS</status>", ""),
        ("no number", "<signature-job-id>1</signature-job-id>", ""),
        ("no confirmation", "confirmation-url", "other-url"),
        (
            "two statuses",
            "<signatures>",
            "<status>FAILED</status><signatures>",
        ),
        (
            "a number in words",
            "<signature-job-id>1",
            "<signature-job-id>one",
        ),
        (
            "a status in another namespace",
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
        (
            "ill-formed within what can't be read",
            "<email address=\"signer2@example.com\"/>",
            "<email><a></b></email>",
        ),
        ("document type", "<portal", "<!DOCTYPE portal><portal"),
    ] {
        assert!(change_with(&[(from, to)]).is_err(), "{what}");
    }
}

/// What nobody needs in order to confirm a change never costs the change.
#[test]
fn nothing_optional_costs_the_change() {
    let since = " since=\"2017-01-23T12:51:43+01:00\"";
    let number = "<personal-identification-number>12345678910</personal-identification-number>";
    let contact = "<identifier><email address=\"signer2@example.com\"/></identifier>";
    let mut table = String::new();
    for (what, from, to) in [
        (
            "a new kind of identifier",
            number,
            "<passport-number>7</passport-number>",
        ),
        ("no identifier", number, ""),
        ("an empty identifier", contact, "<identifier/>"),
        (
            "an identifier with a new kind of contact",
            contact,
            "<identifier><fax number=\"7\"/></identifier>",
        ),
        (
            "an e-mail address as text",
            contact,
            "<identifier><email>signer2@example.com</email></identifier>",
        ),
        (
            "a mobile number before the e-mail address",
            "<email",
            "<sms number=\"00000000\"/><email",
        ),
        ("two identifiers", number, &format!("{number}{contact}")),
        ("a time without offset", "+01:00", ""),
        (
            "a time that is none",
            "2017-01-23T12:51:43+01:00",
            "yesterday",
        ),
        (
            "a time with ten fraction digits",
            "12:51:43",
            "12:51:43.1234567890",
        ),
        ("no time", since, ""),
        (
            "no status of a signer",
            "<status since=\"2017-01-23T12:51:43+01:00\">SIGNED</status>",
            "",
        ),
        ("an element in a signer's status", "SIGNED", "SIGNED<icon/>"),
        ("an unknown status of the job", "IN_PROGRESS", "POSTPONED"),
        (
            "a status of the job that shows nothing",
            "IN_PROGRESS",
            "12345678910",
        ),
        (
            "text between elements",
            "<signatures>",
            "soon &#8230; <signatures>",
        ),
        ("a long text", "123-ABC", &"x".repeat(limits::TEXT + 1)),
        (
            "a long value",
            "signer2@example.com",
            &"x".repeat(limits::TEXT + 1),
        ),
        (
            "an element that has to be empty and is not",
            "<email address=\"signer2@example.com\"/>",
            "<email address=\"signer2@example.com\"> <b/>x</email>",
        ),
        ("no signature", "signature>", "autograph>"),
        ("no signatures", "signatures>", "autographs>"),
    ] {
        let xml = samples::status_change().to_xml().unwrap();
        assert!(xml.contains(from), "the sample has no {from}");
        let xml = if from.ends_with("s>") || from.ends_with("e>") && !from.starts_with('<') {
            xml.replace(from, to)
        } else {
            xml.replacen(from, to, 1)
        };
        let response =
            Change::from_response(xml.as_bytes()).unwrap_or_else(|error| panic!("{what}: {error}"));
        let change = &response.value;
        assert_eq!(change.signature_job_id.get(), 1, "{what}");
        assert_eq!(change.confirmation_url, samples::url("complete"), "{what}");
        assert_eq!(
            change.delete_documents_url,
            Some(samples::url("delete")),
            "{what}"
        );
        let signatures = &change.signatures.signature;
        if !what.starts_with("no signature") && !what.starts_with("a long value") {
            assert_eq!(signatures.len(), 2, "{what}");
            assert_eq!(
                change.signatures.pades_url,
                Some(samples::url("pades")),
                "{what}"
            );
            assert_eq!(
                signatures[0].xades_url,
                Some(samples::url("xades/1")),
                "{what}"
            );
        }
        table.push_str(&format!("# {what}\n{}\n", notices(&response)));
    }
    insta::assert_snapshot!(table);
}

#[test]
fn contacts_are_read_in_either_order() {
    let change = change_with(&[("<email", "<sms number=\"00000000\"/><email")]).unwrap();
    let Some(SignatureIdentifier::Identifier(contacts)) =
        &change.value.signatures.signature[1].identifier
    else {
        panic!("no contacts");
    };
    assert_eq!(
        contacts.email_address().unwrap().reveal(),
        "signer2@example.com"
    );
    assert_eq!(contacts.mobile_number().unwrap().reveal(), "00000000");
}

#[test]
fn an_unknown_status_is_kept_as_text_and_never_written() {
    let change = change_with(&[("IN_PROGRESS", "POSTPONED")]).unwrap().value;
    assert_eq!(
        change.status,
        PortalSignatureJobStatus::Unknown("POSTPONED".to_owned())
    );
    assert_eq!(change.status.as_str(), "POSTPONED");
    assert_eq!(change.status.to_string(), "POSTPONED");
    assert!(!change.status.is_known() && PortalSignatureJobStatus::Failed.is_known());
    assert!(change.to_xml().is_err());
    assert!("POSTPONED".parse::<PortalSignatureJobStatus>().is_err());
}

/// The case that made a watch an outage: it stands as it came, so that ids of a change stay the same.
#[test]
fn a_time_without_offset_is_kept_as_it_came() {
    let change = change_with(&[("43+01:00", "43.100")]).unwrap();
    let since = change.value.signatures.signature[0].status.since.unwrap();
    assert_eq!(since.to_string(), "2017-01-23T12:51:43.100");
    assert_eq!(since.timestamp(), None);
    assert_eq!(change.notices.len(), 1);
    assert_eq!(change.notices[0].kind, ParseNoticeKind::NoOffset);
    // The schema allows it: it is read strictly, too, and written as it came.
    let xml = change.value.to_xml().unwrap();
    assert_eq!(Change::from_xml(xml.as_bytes()).unwrap(), change.value);
}

#[test]
fn an_error_document_needs_its_code_only() {
    let xml = samples::error().to_xml().unwrap();
    let code = "<error-code>SCHEMA_VALIDATION_ERROR</error-code>";
    let start = xml.find("<error-message>").unwrap();
    let short = format!("{}</error>", &xml[..start]);
    let response = ErrorDocument::from_response(short.as_bytes()).unwrap();
    assert_eq!(response.value.error_code, "SCHEMA_VALIDATION_ERROR");
    assert_eq!(response.value.error_message, "");
    assert_eq!(response.notices.len(), 2);
    assert!(ErrorDocument::from_response(xml.replace(code, "").as_bytes()).is_err());
    assert!(ErrorDocument::from_xml(short.as_bytes()).is_err());
}

/// A document in which everything fails costs no more than its size is worth.
#[test]
fn a_flood_of_unreadable_values_is_cheap() {
    let xml = samples::status_change().to_xml().unwrap();
    let flood = |unit: &str| {
        let count = (limits::DOCUMENT - xml.len()) / unit.len();
        let flood = unit.repeat(count);
        let xml = xml.replace("<pades-url>", &format!("{flood}<pades-url>"));
        let started = std::time::Instant::now();
        let response = Change::from_response(xml.as_bytes()).unwrap();
        assert_eq!(response.notices.len(), limits::NOTICES);
        assert!(response.notices_left_out > 1000);
        let took = started.elapsed();
        assert!(took.as_secs() < 5, "{} took {took:?}", &unit[..20]);
    };
    flood("<signature><status>A</status><identifier/></signature>");
    flood("<signature><status since=\"\">A</status></signature>");
    flood("<signature><identifier><email/></identifier></signature>");
    flood("<new xmlns=\"urn:new\"/>");
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
