//! XML itself: what is well-formed is understood rightly, and what is not is refused.

use portal_model::{ErrorDocument, NAMESPACE, PortalSignatureJobRequest, XmlDocument};

/// A request whose queue name is written as given.
fn request(queue: &str) -> String {
    format!(
        "<portal-signature-job-request xmlns=\"{NAMESPACE}\">\
         <polling-queue>{queue}</polling-queue></portal-signature-job-request>"
    )
}

fn queue(written: &str) -> String {
    let request = PortalSignatureJobRequest::from_xml(request(written).as_bytes());
    request
        .unwrap_or_else(|error| panic!("{written:?}: {error}"))
        .polling_queue
        .unwrap()
}

#[test]
fn text_is_understood() {
    for (written, meant) in [
        ("", ""),
        ("  kept  ", "  kept  "),
        ("a\n  b\n", "a\n  b\n"),
        ("&lt;&gt;&amp;&quot;&apos;", "<>&\"'"),
        ("&amp;lt;", "&lt;"),
        ("&#65;&#x42;&#x00043;", "ABC"),
        ("&#xe6;&#x1D11E;", "æ𝄞"),
        ("a&#13;b&#10;c&#9;d", "a\rb\nc\td"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\r<!-- -->\nb", "a\n\nb"),
        ("a\u{85}b\u{2028}c", "a\u{85}b\u{2028}c"),
        ("<![CDATA[]]>", ""),
        ("<![CDATA[<b>&amp;</b>]]>", "<b>&amp;</b>"),
        ("a<![CDATA[b]]>c<![CDATA[d]]>", "abcd"),
        ("<![CDATA[]]]]><![CDATA[>]]>", "]]>"),
        ("<![CDATA[a\r\nb]]>", "a\nb"),
        ("a<!-- b -->c<?d e?>f", "acf"),
        ("]]&gt;", "]]>"),
        ("\u{fffd}", "\u{fffd}"),
    ] {
        assert_eq!(queue(written), meant, "{written:?}");
    }
}

#[test]
fn attributes_are_understood() {
    let manifest = |href: &str| {
        let xml = crate::samples::manifest().to_xml().unwrap();
        let xml = xml.replacen("href=\"document.pdf\"", href, 1);
        portal_model::PortalSignatureJobManifest::from_xml(xml.as_bytes())
            .map(|manifest| manifest.documents().documents[0].href.reveal().to_owned())
    };
    for (written, meant) in [
        ("href='document.pdf'", "document.pdf"),
        ("href = \"document.pdf\" ", "document.pdf"),
        ("href\n=\n'a\"b.pdf'", "a\"b.pdf"),
        ("href=\"a&quot;&#x41;&amp;.pdf\"", "a\"A&.pdf"),
        ("href=\"a\tb\nc\r\nd\"", "a b c d"),
        ("href=\"a&#9;b&#10;c&#13;d\"", "a\tb\nc\rd"),
        ("href=\"a>b.pdf\"", "a>b.pdf"),
    ] {
        assert_eq!(manifest(written).unwrap(), meant, "{written:?}");
    }
    for written in [
        "href=document.pdf",
        "href=\"document.pdf",
        "href",
        "href=\"a<b.pdf\"",
        "href=\"a&b.pdf\"",
        "href=\"a&nbsp;b.pdf\"",
        "href=\"a&#0;.pdf\"",
        "href=\"a.pdf\" href=\"b.pdf\"",
        "href=\"a.pdf\"title=\"b\"",
        "1href=\"a.pdf\"",
        "=\"a.pdf\"",
        "xmlns:a=\"\" href=\"a.pdf\"",
        "xmlns:xml=\"urn:x\" href=\"a.pdf\"",
        "xmlns:xmlns=\"urn:x\" href=\"a.pdf\"",
        "p:href=\"a.pdf\"",
        "xmlns:p=\"urn:x\" p:href=\"a.pdf\"",
        ":href=\"a.pdf\"",
        "a:b:href=\"a.pdf\"",
    ] {
        assert!(manifest(written).is_err(), "{written:?}");
    }
}

#[test]
fn ill_formed_text_is_refused() {
    for written in [
        "&",
        "a & b",
        "&amp",
        "&;",
        "&#;",
        "&#x;",
        "&#xg;",
        "&#-1;",
        "&#+65;",
        "&# 65;",
        "&#X41;",
        "&#0;",
        "&#1;",
        "&#x1f;",
        "&#xD800;",
        "&#xFFFE;",
        "&#xFFFF;",
        "&#x110000;",
        "&#99999999999999999999;",
        "&nbsp;",
        "&AMP;",
        "]]>",
        "\u{0}",
        "\u{b}",
        "\u{1f}",
        "\u{fffe}",
        "\u{ffff}",
        "<",
        "a<b",
        "<![CDATA[",
        "<![cdata[a]]>",
        "<!-- a -- b -->",
        "<!-- a",
        "<?xml version=\"1.0\"?>",
        "<?XML a?>",
        "<? a?>",
        "<?a",
        "<!ENTITY a 'b'>",
    ] {
        let xml = request(written);
        let strict = PortalSignatureJobRequest::from_xml(xml.as_bytes());
        assert!(strict.is_err(), "{written:?}");
        assert!(
            PortalSignatureJobRequest::from_response(xml.as_bytes()).is_err(),
            "{written:?}"
        );
    }
}

#[test]
fn what_surrounds_the_root() {
    let root = request("q");
    for (before, after) in [
        ("", ""),
        ("\u{feff}", ""),
        ("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>", ""),
        ("<?xml version='1.0'?>\n", "\n"),
        (
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\" ?>",
            "",
        ),
        (
            "<?xml version=\"1.0\" standalone='yes'?><!-- a --><?b c?>\n",
            "<!-- d -->\n<?e?>\n",
        ),
        ("\r\n\t ", "\r\n\t "),
    ] {
        let xml = format!("{before}{root}{after}");
        PortalSignatureJobRequest::from_xml(xml.as_bytes())
            .unwrap_or_else(|error| panic!("{before:?} {after:?}: {error}"));
    }
    for (before, after) in [
        ("a", ""),
        ("", "a"),
        ("&#32;", ""),
        ("", "&#32;"),
        ("<![CDATA[]]>", ""),
        ("", "<a/>"),
        ("", root.as_str()),
        ("", "</portal-signature-job-request>"),
        (" <?xml version=\"1.0\"?>", ""),
        ("<!-- --><?xml version=\"1.0\"?>", ""),
        ("<?xml?>", ""),
        ("<?xml version=\"1.1\"?>", ""),
        ("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>", ""),
        ("<?xml version=\"1.0\" encoding=\"UTF-16\"?>", ""),
        ("<?xml encoding=\"UTF-8\" version=\"1.0\"?>", ""),
        ("<?xml version=\"1.0\" version=\"1.0\"?>", ""),
        ("<?xml version=\"1.0\" standalone=\"maybe\"?>", ""),
        ("<?xml version=\"1.0\" more=\"x\"?>", ""),
        ("<!DOCTYPE a>", ""),
        ("<!doctype a>", ""),
        ("<!DOCTYPE a [<!ENTITY b \"c\">]>", ""),
        ("<!DOCTYPE a SYSTEM \"http://example.com/a.dtd\">", ""),
        ("<!DOCTYPE", ""),
        ("\u{feff}\u{feff}", ""),
    ] {
        let xml = format!("{before}{root}{after}");
        let error = PortalSignatureJobRequest::from_xml(xml.as_bytes());
        assert!(error.is_err(), "{before:?} {after:?}");
    }
}

#[test]
fn tags_that_do_not_match_are_refused() {
    let root = format!("<portal-signature-job-request xmlns=\"{NAMESPACE}\"");
    for rest in [
        "></portal-signature-job-response>",
        "></Portal-signature-job-request>",
        "></p:portal-signature-job-request>",
        "></portal-signature-job-request a=\"b\">",
        "></ portal-signature-job-request>",
        "><polling-queue></portal-signature-job-request></polling-queue>",
        "><polling-queue/></polling-queue></portal-signature-job-request>",
        "",
        "/",
        ">",
        "></>",
        "><></></portal-signature-job-request>",
        "><1/></portal-signature-job-request>",
    ] {
        let xml = format!("{root}{rest}");
        assert!(
            PortalSignatureJobRequest::from_response(xml.as_bytes()).is_err(),
            "{rest:?}"
        );
    }
    let closed = format!("{root} />");
    assert!(PortalSignatureJobRequest::from_xml(closed.as_bytes()).is_ok());
    let spaced = format!("{root}\n></portal-signature-job-request\t\n>");
    assert!(PortalSignatureJobRequest::from_xml(spaced.as_bytes()).is_ok());
}

#[test]
fn other_encodings_are_refused() {
    let xml = request("q");
    let utf16: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(PortalSignatureJobRequest::from_xml(&utf16).is_err());
    for bytes in [
        &b"\xe6"[..],
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xc0\x80",
        b"\xff",
    ] {
        let document = request("HERE");
        let at = document.find("HERE").unwrap();
        let mut document = document.into_bytes();
        document.splice(at..at + 4, bytes.iter().copied());
        let error = PortalSignatureJobRequest::from_xml(&document).unwrap_err();
        assert_eq!(
            error.problem(),
            &portal_model::XmlProblem::NotUtf8,
            "{bytes:x?}"
        );
        assert_eq!(
            error.position().map(|position| position.column),
            Some(at + 1)
        );
    }
}

#[test]
fn entities_never_grow() {
    let laughs = "<!DOCTYPE error [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    let xml = format!(
        "{laughs}<error xmlns=\"{NAMESPACE}\"><error-code>&b;</error-code>\
         <error-message/><error-type/></error>"
    );
    assert_eq!(
        ErrorDocument::from_response(xml.as_bytes())
            .unwrap_err()
            .problem(),
        &portal_model::XmlProblem::Doctype
    );
}

/// One byte order mark is taken away, and a second one is a character in a wrong place.
#[test]
fn a_second_byte_order_mark_is_refused() {
    let xml = crate::samples::error().to_xml().unwrap();
    let read = |xml: &str| ErrorDocument::from_xml(xml.as_bytes());
    assert!(read(&format!("\u{feff}{xml}")).is_ok());
    assert!(read(&format!("\u{feff}\u{feff}{xml}")).is_err());
    let bare = &xml[xml.find("<error").unwrap()..];
    assert!(read(&format!("\u{feff}{bare}")).is_ok());
    assert!(read(&format!("\u{feff}\u{feff}{bare}")).is_err());
}
