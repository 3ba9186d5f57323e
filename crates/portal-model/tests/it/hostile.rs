//! Documents meant to hurt: cut off, shuffled, too deep, too wide, too large. Never a panic, and never
//! more time than the size is worth.

use std::time::{Duration, Instant};

use portal_model::{
    ErrorDocument, NAMESPACE, PortalSignatureJobManifest, PortalSignatureJobRequest,
    PortalSignatureJobResponse, PortalSignatureJobStatusChangeResponse, XmlDocument, XmlProblem,
    limits,
};
use proptest::prelude::*;

use crate::samples;

/// Reads the bytes as every document in every way; what comes of it does not matter.
fn read_as_everything(xml: &[u8]) {
    fn read<T: XmlDocument>(xml: &[u8]) {
        let _ = T::from_xml(xml);
        let _ = T::from_draft(xml).map(|draft| draft.to_xml());
        let _ = T::from_response(xml).map(|response| response.value.to_xml());
    }
    read::<PortalSignatureJobManifest>(xml);
    read::<PortalSignatureJobRequest>(xml);
    read::<PortalSignatureJobResponse>(xml);
    read::<PortalSignatureJobStatusChangeResponse>(xml);
    read::<ErrorDocument>(xml);
}

fn documents() -> Vec<String> {
    vec![
        samples::manifest().to_xml().unwrap(),
        samples::legacy_manifest().to_xml().unwrap(),
        samples::request().to_xml().unwrap(),
        samples::response().to_xml().unwrap(),
        samples::status_change().to_xml().unwrap(),
        samples::error().to_xml().unwrap(),
    ]
}

#[test]
fn every_truncation_is_an_error() {
    fn refuse<T: XmlDocument>(xml: &str) {
        assert!(T::from_xml(xml.as_bytes()).is_ok());
        for end in 0..xml.len() {
            let cut = &xml.as_bytes()[..end];
            assert!(T::from_xml(cut).is_err(), "strict, {end} of {}", xml.len());
            assert!(
                T::from_response(cut).is_err(),
                "lenient, {end} of {}",
                xml.len()
            );
            assert!(T::from_draft(cut).is_err(), "draft, {end} of {}", xml.len());
        }
    }
    refuse::<PortalSignatureJobManifest>(&samples::manifest().to_xml().unwrap());
    refuse::<PortalSignatureJobManifest>(&samples::legacy_manifest().to_xml().unwrap());
    refuse::<PortalSignatureJobRequest>(&samples::request().to_xml().unwrap());
    refuse::<PortalSignatureJobResponse>(&samples::response().to_xml().unwrap());
    refuse::<PortalSignatureJobStatusChangeResponse>(&samples::status_change().to_xml().unwrap());
    refuse::<ErrorDocument>(&samples::error().to_xml().unwrap());
}

/// Splits a document into its tags and texts.
fn parts(xml: &str) -> Vec<&str> {
    xml.split_inclusive('>')
        .flat_map(|part| {
            let at = part.find('<').unwrap_or(0);
            [&part[..at], &part[at..]]
        })
        .filter(|part| !part.is_empty())
        .collect()
}

/// What a status change can't do without.
const DEMANDED: [&str; 3] = ["signature-job-id", "status", "confirmation-url"];

#[test]
fn doubled_and_swapped_elements() {
    let xml = samples::status_change().to_xml().unwrap();
    let strictly = |xml: &str| PortalSignatureJobStatusChangeResponse::from_xml(xml.as_bytes());
    let leniently =
        |xml: &str| PortalSignatureJobStatusChangeResponse::from_response(xml.as_bytes());
    let changed = |from: &str, to: &str| {
        assert!(xml.contains(from), "the sample has no {from}");
        xml.replacen(from, to, 1)
    };
    for name in [
        "reference",
        "signature-job-id",
        "status",
        "confirmation-url",
        "cancellation-url",
        "delete-documents-url",
        "signatures",
        "pades-url",
        "xades-url",
        "personal-identification-number",
        "identifier",
    ] {
        let start = xml.find(&format!("<{name}>")).unwrap();
        let end = xml[start..].find(&format!("</{name}>")).unwrap() + start + name.len() + 3;
        let element = &xml[start..end];
        let twice = changed(element, &element.repeat(2));
        assert!(strictly(&twice).is_err(), "{name} twice");
        match leniently(&twice) {
            // Which of two would have to be confirmed?
            Err(_) => assert!(DEMANDED.contains(&name), "{name} twice"),
            Ok(response) => {
                assert!(!DEMANDED.contains(&name), "{name} twice");
                assert_eq!(response.value, samples::status_change());
                assert_eq!(response.notices.len(), 1, "{name} twice");
            }
        }
        let next_end = xml[end..].find('>').unwrap() + end + 1;
        if !xml[end..next_end].starts_with("</") {
            let name = &xml[end + 1..next_end - 1];
            let close = format!("</{name}>");
            let next_end = xml[end..].find(&close).unwrap() + end + close.len();
            let both = &xml[start..next_end];
            let swapped = format!("{}{element}", &xml[end..next_end]);
            let swapped = changed(both, &swapped);
            assert!(strictly(&swapped).is_err(), "{element} behind {name}");
            let response = leniently(&swapped).unwrap();
            assert_eq!(response.value, samples::status_change());
            assert_eq!(response.notices.len(), 1, "{element} behind {name}");
        }
    }
}

#[test]
fn bounds() {
    let nest = |depth: usize| {
        let xml = samples::response().to_xml().unwrap();
        let deep = format!("{}{}", "<x>".repeat(depth), "</x>".repeat(depth));
        PortalSignatureJobResponse::from_response(
            xml.replace("</portal", &format!("{deep}</portal"))
                .as_bytes(),
        )
    };
    assert!(nest(limits::DEPTH - 1).is_ok());
    let error = nest(limits::DEPTH).unwrap_err();
    assert!(
        matches!(
            error.problem(),
            XmlProblem::TooDeep {
                limit: limits::DEPTH,
                ..
            }
        ),
        "{error}"
    );

    let attributes = |count: usize| {
        let many: String = (1..count)
            .map(|number| format!(" a{number}=\"\""))
            .collect();
        let xml = format!(
            "<error xmlns=\"{NAMESPACE}\"{many}><error-code/><error-message/><error-type/></error>"
        );
        ErrorDocument::from_response(xml.as_bytes())
    };
    assert!(attributes(limits::ATTRIBUTES).is_ok());
    let error = attributes(limits::ATTRIBUTES + 1).unwrap_err();
    assert!(
        matches!(
            error.problem(),
            XmlProblem::TooManyAttributes {
                limit: limits::ATTRIBUTES,
                ..
            }
        ),
        "{error}"
    );

    let namespaces = |count: usize| {
        let some = |from: usize, to: usize| -> String {
            (from..to)
                .map(|number| format!(" xmlns:p{number}=\"urn:x\""))
                .collect()
        };
        let half = count / 2;
        let (first, second) = (some(1, half), some(half, count));
        let xml = format!(
            "<error xmlns=\"{NAMESPACE}\"{first}><x{second}/><x{second}/>\
             <error-code/><error-message/><error-type/></error>"
        );
        ErrorDocument::from_response(xml.as_bytes())
    };
    assert!(namespaces(limits::NAMESPACES).is_ok());
    let error = namespaces(limits::NAMESPACES + 1).unwrap_err();
    // Half of them stand on one element, which the number of attributes bounds first.
    assert!(matches!(
        error.problem(),
        XmlProblem::TooManyNamespaces { .. } | XmlProblem::TooManyAttributes { .. }
    ));

    let text = |length: usize| {
        let xml = samples::request()
            .to_xml()
            .unwrap()
            .replace("custom-queue", &"q".repeat(length));
        PortalSignatureJobRequest::from_response(xml.as_bytes())
    };
    assert!(text(limits::TEXT).is_ok());
    let error = text(limits::TEXT + 1).unwrap_err();
    assert!(
        matches!(
            error.problem(),
            XmlProblem::TextTooLong {
                limit: limits::TEXT,
                ..
            }
        ),
        "{error}"
    );

    let document = |length: usize| {
        let mut xml = samples::request().to_xml().unwrap();
        xml.push_str(&" ".repeat(length - xml.len()));
        PortalSignatureJobRequest::from_response(xml.as_bytes())
    };
    assert!(document(limits::DOCUMENT).is_ok());
    let error = document(limits::DOCUMENT + 1).unwrap_err();
    assert!(matches!(
        error.problem(),
        XmlProblem::DocumentTooLarge { .. }
    ));
}

/// Documents of about the given size that each strain something else.
fn strains(size: usize) -> Vec<(&'static str, String)> {
    let fill = |unit: &str| unit.repeat(size / unit.len());
    let request = |content: &str| {
        format!(
            "<portal-signature-job-request xmlns=\"{NAMESPACE}\">{content}\
             </portal-signature-job-request>"
        )
    };
    let declared: String = (0..40_000)
        .map(|number| format!(" xmlns:p{number}='u'"))
        .collect();
    let prefixes: String = (0..31)
        .map(|number| format!(" xmlns:p{number}=\"u\""))
        .collect();
    let unknown_attributes: String = (0..32).map(|number| format!(" a{number}=\"\"")).collect();
    vec![
        ("unknown elements", request(&fill("<x/>"))),
        ("unknown text", request(&format!("<x>{}</x>", fill("y")))),
        ("references", request(&format!("<x>{}</x>", fill("&amp;")))),
        (
            "references in a value",
            request(&format!("<polling-queue>{}</polling-queue>", fill("&#65;"))),
        ),
        ("comments", request(&fill("<!---->"))),
        ("instructions", request(&fill("<?a?>"))),
        (
            "sections",
            request(&format!(
                "<polling-queue>{}</polling-queue>",
                fill("<![CDATA[]]>")
            )),
        ),
        ("open elements", request(&fill("<x>"))),
        ("brackets", request(&fill("]]"))),
        ("ends", fill("</x>")),
        ("quotes", format!("<x {}", fill("a='"))),
        ("many attributes", format!("<x{}/>", fill(" a=''"))),
        ("40,000 namespace declarations", format!("<x{declared}/>")),
        (
            "document type",
            format!("<!DOCTYPE a [{}]>", fill("<!ENTITY a 'b'>")),
        ),
        (
            "open document type",
            format!("<!DOCTYPE a [{}", fill("<!ENTITY a 'b'>")),
        ),
        ("spaces", fill(" ")),
        ("line ends", request(&fill("\r\n"))),
        (
            "prefixes",
            request(&format!("<x{prefixes}>{}</x>", fill("<p0:y/>"))),
        ),
        (
            "attributes of many elements",
            request(&fill(&format!("<x{unknown_attributes}/>"))),
        ),
        ("one long name", format!("<{}/>", fill("x"))),
        ("one long attribute", format!("<x a=\"{}\"/>", fill("x"))),
        ("one broken character", format!("{}\u{1}", fill("x"))),
        (
            "bytes above ASCII",
            request(&format!("<x>{}</x>", fill("ø"))),
        ),
    ]
}

/// How long this thread has worked so far. Where the system does not tell, time that other work on the
/// machine took counts, too.
fn worked(since: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| since.elapsed(), Duration::from_nanos)
}

#[test]
fn time_grows_with_size_at_most() {
    let start = Instant::now();
    let time = |xml: &str, times: usize| {
        let before = worked(start);
        for _ in 0..times {
            let _ = PortalSignatureJobRequest::from_xml(xml.as_bytes());
            let _ = PortalSignatureJobRequest::from_response(xml.as_bytes());
        }
        worked(start) - before
    };
    for ((what, small), (_, large)) in strains(20_000).iter().zip(&strains(160_000)) {
        // As many bytes either way, so as much time; eight times as much if it grew with the square.
        // Several tries, since the machine may be busy and its clock coarse.
        let holds = |_| time(large, 1) < time(small, 8) * 3 + Duration::from_millis(12);
        assert!(
            (0..5).any(holds),
            "{what}: large documents take more than their share"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_documents_never_panic(
        which in 0..6_usize,
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..6),
    ) {
        let mut xml = documents()[which].clone().into_bytes();
        for (at, byte, kind) in edits {
            let at = at.index(xml.len());
            match kind {
                0 => xml[at] = byte,
                1 => { xml.remove(at); }
                2 => xml.insert(at, byte),
                _ => {
                    let end = xml.len().min(at + usize::from(byte));
                    let copy = xml[at..end].to_vec();
                    xml.splice(at..at, copy);
                }
            }
            if xml.is_empty() {
                break;
            }
        }
        read_as_everything(&xml);
    }

    #[test]
    fn shuffled_parts_never_panic(
        which in 0..6_usize,
        order in proptest::collection::vec(any::<prop::sample::Index>(), 1..40),
    ) {
        let document = &documents()[which];
        let parts = parts(document);
        let xml: String = order.iter().map(|index| parts[index.index(parts.len())]).collect();
        read_as_everything(xml.as_bytes());
        read_as_everything(format!("{}{xml}", parts[0]).as_bytes());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        read_as_everything(&bytes);
    }
}

/// Elements that must be empty hold not even white space, as validators say.
#[test]
fn white_space_in_empty_elements_is_refused() {
    let xml = samples::manifest().to_xml().unwrap();
    for (from, to) in [
        (
            "<email address=\"signer2@example.com\"/>",
            "<email address=\"signer2@example.com\"> </email>",
        ),
        ("<sms/>", "<sms>\n</sms>"),
        ("<email/>", "<email>&#32;</email>"),
        ("<email/>", "<email><![CDATA[ ]]></email>"),
        ("<email/>", "<email><!-- x --> <!-- y --></email>"),
        ("<email/>", "<email>x</email>"),
        ("<email/>", "<email><b/></email>"),
    ] {
        assert!(xml.contains(from), "{from}");
        let xml = xml.replacen(from, to, 1);
        assert!(
            PortalSignatureJobManifest::from_xml(xml.as_bytes()).is_err(),
            "{to}"
        );
        assert!(
            PortalSignatureJobManifest::from_draft(xml.as_bytes()).is_err(),
            "{to}"
        );
    }
    for (from, to) in [
        ("<email/>", "<email></email>"),
        ("<email/>", "<email ></email >"),
        ("<email/>", "<email><!-- x --><?y?></email>"),
        ("<availability>", "<availability> "),
    ] {
        let xml = xml.replacen(from, to, 1);
        assert!(
            PortalSignatureJobManifest::from_xml(xml.as_bytes()).is_ok(),
            "{to}"
        );
    }
}
