//! Canonical XML against libxml2's, and what is refused.

use std::fmt::Write as _;
use std::process::Command;

use proptest::prelude::*;

use super::*;

/// A source of documents: every number makes the same one every time.
struct Documents {
    state: u64,
    text: String,
}

impl Documents {
    fn below(&mut self, bound: usize) -> usize {
        // Xorshift: good enough to make documents differ.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state % bound as u64).unwrap()
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    fn document(seed: u64) -> String {
        let mut documents = Self {
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            text: String::new(),
        };
        let declaration = documents.pick(&[
            "",
            "<?xml version=\"1.0\"?>",
            "<?xml version='1.0' encoding='UTF-8'?>\r\n",
            "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"no\"?>\n",
        ]);
        documents.text.push_str(declaration);
        documents.element(&[("p", true)], 0);
        let end = documents.pick(&[
            "", "
",
        ]);
        documents.text.push_str(end);
        documents.text
    }

    /// Writes an element; prefixes with `true` have to be declared by it. No namespace has a
    /// character that needs escaping: libxml2 forgets to, and gives what is no XML then.
    fn element(&mut self, prefixes: &[(&'static str, bool)], depth: usize) {
        let mut scope: Vec<&'static str> = prefixes.iter().map(|(prefix, _)| *prefix).collect();
        let mut attributes: Vec<String> = Vec::new();
        for (prefix, due) in prefixes {
            if *due || self.below(6) == 0 {
                let uri = self.pick(&["urn:a", "urn:b", "http://example.com/a#"]);
                attributes.push(format!("xmlns:{prefix}=\"{uri}\""));
            }
        }
        if depth < 3 && self.below(3) == 0 {
            let new = self.pick(&["q", "a", "Z", "ns2"]);
            if !scope.contains(&new) {
                scope.push(new);
                let uri = self.pick(&["urn:c", "urn:d", "urn:e"]);
                attributes.push(format!("xmlns:{new}='{uri}'"));
            }
        }
        match self.below(5) {
            0 => attributes.push("xmlns=\"urn:default\"".into()),
            1 => attributes.push("xmlns='urn:other'".into()),
            2 => attributes.push("xmlns=\"\"".into()),
            _ => {}
        }
        for name in ["b", "Id", "a", "é", "x-1"] {
            if self.below(3) == 0 {
                let value = self.value();
                attributes.push(format!("{name}={value}"));
            }
        }
        // One attribute per prefix: prefixes may share a namespace, names then differ.
        for (index, prefix) in scope.clone().into_iter().enumerate() {
            if self.below(3) == 0 {
                let value = self.value();
                attributes.push(format!("{prefix}:at{index}={value}"));
            }
        }
        // The order of attributes is of no account.
        for index in (1..attributes.len()).rev() {
            let other = self.below(index + 1);
            attributes.swap(index, other);
        }
        let local = self.pick(&["e", "Reference", "ø", "a.b-c_d"]);
        let name = match self.below(scope.len() + 1) {
            0 => local.to_owned(),
            index => format!("{}:{local}", scope[index - 1]),
        };
        let blank = self.pick(&[" ", "\n", "\t ", "\r\n  "]);
        let _ = write!(self.text, "<{name}");
        for attribute in &attributes {
            let _ = write!(self.text, "{blank}{attribute}");
        }
        if self.below(5) == 0 {
            self.text.push_str(" />");
            return;
        }
        self.text.push('>');
        for _ in 0..self.below(4) {
            if depth < 5 && self.below(2) == 0 {
                let known: Vec<(&'static str, bool)> =
                    scope.iter().map(|prefix| (*prefix, false)).collect();
                self.element(&known, depth + 1);
            } else {
                let content = self.pick(&[
                    "text",
                    " \n\t",
                    "a &amp; b &lt; c &gt; d > e",
                    "line\r\nend\rand\n",
                    "&#13;&#10;&#9;",
                    "&#xD;",
                    "<![CDATA[<&>]]>",
                    "<![CDATA[]]>",
                    "&quot;\"'&apos;",
                    "æøå 日本語 😀",
                    "&#x1F600;",
                    "&#160;\u{a0}",
                ]);
                self.text.push_str(content);
            }
        }
        let blank = self.pick(&["", " ", "\n"]);
        let _ = write!(self.text, "</{name}{blank}>");
    }

    fn value(&mut self) -> String {
        let value = self.pick(&[
            "",
            "value",
            " two  blanks ",
            "tab\tline\nend",
            "cr\r\nlf",
            "&#9;&#10;&#13;",
            "&lt;&amp;>&gt;",
            "æ😀",
            "&#x41;&#66;",
        ]);
        match self.below(3) {
            0 => format!("'{value}\"&apos;'"),
            1 => format!("\"{value}'&quot;\""),
            _ => format!("\"{value}\""),
        }
    }
}

#[test]
fn a_thousand_documents_are_canonicalised_as_by_libxml2() {
    const BATCH: u64 = 50;
    let folder = tempfile::tempdir().unwrap();
    let mut tried = 0;
    for batch in 0..20 {
        let mut ours = String::new();
        let mut command = Command::new("xmllint");
        command.arg("--c14n");
        for seed in batch * BATCH..(batch + 1) * BATCH {
            let document = Documents::document(seed);
            let root = parse(document.as_bytes());
            ours += &canonicalize(&[&root.unwrap_or_else(|e| panic!("{seed} {e:?}\n{document}"))]);
            let path = folder.path().join(seed.to_string());
            std::fs::write(&path, document).unwrap();
            command.arg(path);
        }
        let Ok(outcome) = command.output() else {
            println!("xmllint is not installed: canonical XML is not compared with libxml2's");
            return;
        };
        let theirs = String::from_utf8(outcome.stdout).unwrap();
        assert!(
            outcome.status.success(),
            "{}",
            String::from_utf8_lossy(&outcome.stderr)
        );
        if ours != theirs {
            let differ = ours.bytes().zip(theirs.bytes()).position(|(a, b)| a != b);
            let near = differ
                .unwrap_or(ours.len().min(theirs.len()))
                .saturating_sub(80);
            panic!(
                "batch {batch}:\nours   {:?}\ntheirs {:?}",
                String::from_utf8_lossy(&ours.as_bytes()[near..])
                    .chars()
                    .take(160)
                    .collect::<String>(),
                String::from_utf8_lossy(&theirs.as_bytes()[near..])
                    .chars()
                    .take(160)
                    .collect::<String>(),
            );
        }
        tried += BATCH;
    }
    assert_eq!(tried, 1000);
}

/// Every path from the root to an element.
fn paths(root: &Element) -> Vec<Vec<&Element>> {
    let mut found = vec![vec![root]];
    let mut index = 0;
    while index < found.len() {
        let path = found[index].clone();
        for child in &path[path.len() - 1].children {
            if let Node::Element(child) = child {
                let mut longer = path.clone();
                longer.push(child);
                found.push(longer);
            }
        }
        index += 1;
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Canonical text is a document that canonicalises to itself.
    #[test]
    fn canonical_text_stays_as_it_is(seed: u64) {
        let root = parse(Documents::document(seed).as_bytes()).unwrap();
        let canonical = canonicalize(&[&root]);
        let again = parse(canonical.as_bytes()).unwrap();
        prop_assert_eq!(canonicalize(&[&again]), canonical);
    }

    /// A part of a document, canonicalised in its place, is a document of its own with all the
    /// namespaces that were in scope; and canonicalises to itself, too.
    #[test]
    fn a_part_takes_its_namespaces_along(seed in 0u64..1000) {
        let root = parse(Documents::document(seed).as_bytes()).unwrap();
        for path in paths(&root) {
            let canonical = canonicalize(&path);
            let alone = parse(canonical.as_bytes()).unwrap();
            prop_assert_eq!(canonicalize(&[&alone]), canonical);
            let (apex, namespaces) = (path[path.len() - 1], &alone.declarations);
            prop_assert_eq!(&alone.namespace, &apex.namespace);
            for element in &path {
                for made in element.declarations.iter().filter(|made| !made.prefix.is_empty()) {
                    prop_assert!(namespaces.iter().any(|known| known.prefix == made.prefix));
                }
            }
        }
    }

    #[test]
    fn no_input_makes_it_panic(bytes: Vec<u8>, text in "[<>/?!&#;:=\"' a-cx\\[\\]-]{0,60}") {
        let _ = parse(&bytes);
        let _ = parse(text.as_bytes());
        let _ = parse(format!("<a>{text}</a>").as_bytes());
    }
}

#[test]
fn what_is_beyond_signature_documents_is_refused() {
    let deep = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
    let wide = format!("<a>{}</a>", "<b/>".repeat(20_001));
    let attributes: String = (0..65).map(|index| format!(" a{index}=''")).collect();
    let attributes = format!("<a{attributes}/>");
    for bad in [
        "",
        "text",
        "<a>",
        "</a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>text",
        "text<a/>",
        "<a b='1' b='2'/>",
        "<a xmlns:p='urn:a' xmlns:q='urn:a' p:b='1' q:b='2'/>",
        "<p:a/>",
        "<a p:b='1'/>",
        "<a xmlns:p=''/>",
        "<a xmlns:xml='urn:a'/>",
        "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
        "<a xml:lang='no'/>",
        "<a><!-- comment --></a>",
        "<!-- comment --><a/>",
        "<a><?pi?></a>",
        "<!DOCTYPE a><a/>",
        "<a>&other;</a>",
        "<a b='&other;'/>",
        "<a b='<'/>",
        "<a>]]></a>",
        "<a>&#0;</a>",
        "<a>&#xFFFE;</a>",
        "<a>&#+65;</a>",
        "<a>\u{1}</a>",
        "<a>&amp</a>",
        "<1a/>",
        "<a:b:c xmlns:a='urn:a'/>",
        "<a b='1'c='2'/>",
        "<a b='1'\u{a0}c='2'/>",
        "<a xmlns='urn:a'xmlns:b='urn:b'/>",
        "<a b=1/>",
        "<a b/>",
        "<a b='1/>",
        "\u{feff}\u{feff}<a/>",
        "<a/>\u{feff}",
        "<a xmlns:p='urn:a' xmlns:p='urn:b'/>",
        "<?xml?><a/>",
        "<?xml version='1.0'encoding='UTF-8'?><a/>",
        "<?xml encoding='UTF-8' version='1.0'?><a/>",
        "<?xml encoding='UTF-8'?><a/>",
        "<?xml version='1.0' standalone='yes' encoding='UTF-8'?><a/>",
        "<?xml version='1.0' version='1.0'?><a/>",
        "<?xml version='1.0' standalone='maybe'?><a/>",
        "<?xml version='1.0' other='1'?><a/>",
        "<?xml version='1.1'?><a/>",
        "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
        " <?xml version='1.0'?><a/>",
        &deep,
        &wide,
        &attributes,
        &format!("<a xmlns='{}'/>", "x".repeat(257)),
        &format!("<a>{}</a>", "x".repeat(MAX_LENGTH)),
    ] {
        assert!(
            parse(bad.as_bytes()).is_err(),
            "{}",
            bad.chars().take(80).collect::<String>()
        );
    }
    assert!(parse(b"<a>\xff</a>").is_err());
}

#[test]
fn what_is_needed_is_read() {
    for good in [
        "\u{feff}<a/>",
        "<a b = '1'\n c=\"2\" />",
        "<?xml version = '1.0' encoding=\"utf-8\" standalone='no' ?><a/>",
        &format!("<a xmlns='{}'/>", "x".repeat(256)),
    ] {
        assert!(parse(good.as_bytes()).is_ok(), "{good}");
    }
}

/// Documents that are made to cost more than their size is worth.
fn costly(size: usize) -> Vec<(&'static str, String)> {
    let fill = |start: &str, unit: &str, limit: usize| {
        let units = (size.saturating_sub(start.len() + 20) / unit.len()).min(limit);
        format!("<a {start}>{}</a>", unit.repeat(units))
    };
    let namespaces: String = (0..60)
        .map(|n| format!(" xmlns:p{n}='urn:{}{n:02}'", "x".repeat(240)))
        .collect();
    let declared: String = (0..3)
        .map(|n| format!(" xmlns:q{n}='urn:{}{n:02}'", "x".repeat(240)))
        .collect();
    vec![
        (
            "elements of a long namespace",
            fill(&namespaces, "<p0:b/>", 19_000),
        ),
        (
            "attributes of a long namespace",
            fill(&namespaces, "<b p0:c=''/>", 9_000),
        ),
        (
            "long namespaces again and again",
            fill(&namespaces, &format!("<b{declared}/>"), 4_000),
        ),
        ("small elements", fill("", "<b/>", 19_000)),
        (
            "depth",
            fill(
                &namespaces,
                &format!("{}{}", "<b>".repeat(30), "</b>".repeat(30)),
                600,
            ),
        ),
        ("references", fill("", "&lt;", usize::MAX)),
    ]
}

/// Memory and time are bounded by the size, before any signature is looked at.
#[test]
fn no_document_costs_more_than_its_size_is_worth() {
    for size in [MAX_LENGTH / 8, MAX_LENGTH] {
        for (what, document) in costly(size) {
            let started = std::time::Instant::now();
            let mut root = None;
            let reading = allocation_counter::measure(|| {
                root = Some(parse(document.as_bytes()).unwrap_or_else(|e| panic!("{what}: {e:?}")));
            });
            let root = root.unwrap();
            let mut length = 0;
            let writing = allocation_counter::measure(|| {
                length = canonicalize(&[&root]).len();
            });
            let took = started.elapsed();
            // A tree takes at most 600 bytes for each element, of which there are 20,000 at most.
            let bound = (96 * size as u64).min(16 * 1024 * 1024);
            assert!(
                reading.bytes_max < bound,
                "{what}: {} of {bound}",
                reading.bytes_max
            );
            assert!(
                writing.bytes_max < bound,
                "{what}: {} of {bound}",
                writing.bytes_max
            );
            assert!(length < 4 * size, "{what}: {length}");
            assert!(took.as_secs() < 4, "{what}: {took:?}");
        }
    }
}
