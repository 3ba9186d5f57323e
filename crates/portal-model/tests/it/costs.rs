//! What reading costs at most, whatever stands in a document.

use portal_model::{ErrorDocument, NAMESPACE, XmlDocument, XmlProblem, limits};

/// Documents of a size that are made to cost much more than it.
fn costly(size: usize) -> Vec<(&'static str, String)> {
    let root = "error xmlns=\"http://signering.posten.no/schema/v1\"";
    let fill = |declarations: &str, unit: &str| {
        let rest = size.saturating_sub(declarations.len() + 200);
        let units = unit.repeat(rest / unit.len());
        format!("<{root} {declarations}><error-code>A</error-code>{units}</error>")
    };
    // The longest names of namespaces, with a reference so that they can't be slices of the document.
    let namespaces: String = (0..30)
        .map(|n| format!(" xmlns:p{n}=\"&#x75;rn:{}{n:02}\"", "x".repeat(200)))
        .collect();
    let attributes: String = (0..30).map(|n| format!(" p{n}:a=\"\"")).collect();
    let depth = "<b>".repeat(limits::DEPTH - 2);
    vec![
        (
            "attributes of many namespaces",
            fill(&namespaces, &format!("<b{attributes}/>")),
        ),
        ("elements of a long namespace", fill(&namespaces, "<p0:b/>")),
        (
            "namespaces declared again and again",
            fill("", &format!("<b{namespaces}/>")),
        ),
        ("small elements", fill("", "<b/>")),
        (
            "attributes with references",
            fill("", "<b a=\"&lt;&#x41;&lt;\"/>"),
        ),
        (
            "references",
            fill("", &format!("<b>{}</b>", "&lt;".repeat(10_000))),
        ),
        ("comments", fill("", "<!---->")),
        ("sections", fill("", "<b><![CDATA[]]></b>")),
        (
            "depth",
            fill("", &format!("{depth}{}", depth.replace('<', "</"))),
        ),
    ]
}

/// Memory and time grow with the size of a document and no faster, whatever stands in it.
#[test]
fn no_document_costs_more_than_its_size_is_worth() {
    for size in [limits::DOCUMENT / 8, limits::DOCUMENT] {
        for (what, xml) in costly(size) {
            assert!(xml.len() <= limits::DOCUMENT, "{what}");
            let started = std::time::Instant::now();
            let mut read = Ok(());
            let used = allocation_counter::measure(|| {
                read = ErrorDocument::from_response(xml.as_bytes()).map(drop);
            });
            let took = started.elapsed();
            assert!(read.is_ok(), "{what}: {read:?}");
            assert!(
                used.bytes_max < 256 * 1024,
                "{what}: {} bytes of memory for {size}",
                used.bytes_max
            );
            assert!(
                used.bytes_total < 16 * size as u64,
                "{what}: {} bytes allocated for {size}",
                used.bytes_total
            );
            assert!(took.as_secs() < 4, "{what}: {took:?} for {size}");
        }
    }
}

#[test]
fn long_names_of_namespaces_are_refused() {
    let of_length = |length: usize| {
        let xml = format!(
            "<error xmlns=\"{NAMESPACE}\" xmlns:p=\"{}\"><error-code>A</error-code></error>",
            "x".repeat(length)
        );
        ErrorDocument::from_response(xml.as_bytes())
    };
    assert!(of_length(limits::NAMESPACE).is_ok());
    let error = of_length(limits::NAMESPACE + 1).unwrap_err();
    assert!(
        matches!(
            error.problem(),
            XmlProblem::NamespaceTooLong {
                limit: limits::NAMESPACE,
                ..
            }
        ),
        "{error}"
    );
}
