//! XML as people read it: indented, coloured, with personal values hidden.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::mask::{self, Kind, Masked, Masker, Reveal};
use crate::personal::COVER;

/// A run of text of one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text of a class of the style sheet; none for plain text.
    Text(&'static str, String),
    Hidden(Masked),
}

const TAG: &str = "tag";
const ATTRIBUTE: &str = "attribute";
const REMARK: &str = "remark";
const PLAIN: &str = "";

/// Lays a document out; what is not well-formed comes as it is.
pub(super) fn pretty(xml: &str, masker: Masker<'_>) -> Vec<Piece> {
    let mut layout = Layout {
        pieces: Vec::new(),
        depth: 0,
        masker,
    };
    match nodes(xml) {
        Some(nodes) => layout.nodes(&nodes),
        None => layout.scanned(PLAIN, xml),
    }
    layout.pieces
}

/// The document as plain text with personal values hidden.
pub(crate) fn covered(xml: &str) -> String {
    let pieces = pretty(xml, Masker::new("xml", &Reveal::Nothing));
    let text = |piece: Piece| match piece {
        Piece::Text(_, text) => text,
        Piece::Hidden(_) => COVER.to_owned(),
    };
    pieces.into_iter().map(text).collect()
}

enum Node<'a> {
    Open(BytesStart<'a>),
    Empty(BytesStart<'a>),
    Close(String),
    Text(String),
    Remark(String),
}

/// The parts of a document in its order; white space between elements is left out.
fn nodes(xml: &str) -> Option<Vec<Node<'_>>> {
    let mut reader = Reader::from_str(xml);
    let mut nodes = Vec::new();
    let mut text = String::new();
    loop {
        let from = usize::try_from(reader.buffer_position()).ok()?;
        let event = reader.read_event().ok()?;
        let to = usize::try_from(reader.buffer_position()).ok()?;
        let raw = xml.get(from..to)?;
        let node = match event {
            Event::Text(_) | Event::GeneralRef(_) | Event::CData(_) => {
                text.push_str(raw);
                continue;
            }
            Event::Start(start) => Some(Node::Open(start)),
            Event::Empty(start) => Some(Node::Empty(start)),
            Event::End(end) => Some(Node::Close(end.name().0.to_owned())),
            Event::Eof => None,
            _ => Some(Node::Remark(raw.to_owned())),
        };
        let trimmed = text.trim();
        if !trimmed.is_empty() {
            nodes.push(Node::Text(trimmed.to_owned()));
        }
        text.clear();
        match node {
            Some(node) => nodes.push(node),
            None => return Some(nodes),
        }
    }
}

struct Layout<'a> {
    pieces: Vec<Piece>,
    depth: usize,
    masker: Masker<'a>,
}

impl Layout<'_> {
    fn nodes(&mut self, nodes: &[Node<'_>]) {
        let mut rest = nodes;
        loop {
            rest = match rest {
                [] => return,
                // An element that holds nothing but a text stays on its line.
                [
                    Node::Open(start),
                    Node::Text(text),
                    Node::Close(name),
                    rest @ ..,
                ] => {
                    self.indent();
                    self.start(start, ">");
                    if start.local_name().as_ref() == "personal-identification-number" {
                        self.hidden(Kind::PersonalNumber, text);
                    } else {
                        self.scanned(PLAIN, text);
                    }
                    self.text(TAG, format!("</{name}>\n"));
                    rest
                }
                [Node::Open(start), Node::Close(name), rest @ ..] => {
                    self.indent();
                    self.start(start, ">");
                    self.text(TAG, format!("</{name}>\n"));
                    rest
                }
                [Node::Open(start), rest @ ..] => {
                    self.indent();
                    self.start(start, ">\n");
                    self.depth += 1;
                    rest
                }
                [Node::Empty(start), rest @ ..] => {
                    self.indent();
                    self.start(start, "/>\n");
                    rest
                }
                [Node::Close(name), rest @ ..] => {
                    self.depth = self.depth.saturating_sub(1);
                    self.indent();
                    self.text(TAG, format!("</{name}>\n"));
                    rest
                }
                [Node::Text(text), rest @ ..] => {
                    self.indent();
                    self.scanned(PLAIN, text);
                    self.text(PLAIN, "\n".to_owned());
                    rest
                }
                [Node::Remark(raw), rest @ ..] => {
                    self.indent();
                    self.scanned(REMARK, raw);
                    self.text(PLAIN, "\n".to_owned());
                    rest
                }
            };
        }
    }

    fn start(&mut self, start: &BytesStart<'_>, end: &str) {
        let name = start.name().0.to_owned();
        self.text(TAG, format!("<{name}"));
        let mut attributes = start.attributes();
        for attribute in attributes.with_checks(false).flatten() {
            let key = attribute.key.0;
            let value = attribute.value;
            let quote = if value.contains('"') { '\'' } else { '"' };
            self.text(ATTRIBUTE, format!(" {key}={quote}"));
            match (start.local_name().as_ref(), key) {
                ("email", "address") => self.hidden(Kind::Email, &value),
                ("sms", "number") => self.hidden(Kind::Mobile, &value),
                _ => self.scanned(ATTRIBUTE, &value),
            }
            self.text(ATTRIBUTE, quote.to_string());
        }
        self.text(TAG, end.to_owned());
    }

    fn indent(&mut self) {
        let indent = "  ".repeat(self.depth);
        self.text(PLAIN, indent);
    }

    /// Text in which what looks personal is hidden.
    fn scanned(&mut self, class: &'static str, text: &str) {
        let mut from = 0;
        for (range, kind) in mask::find(text) {
            self.text(class, text[from..range.start].to_owned());
            self.hidden(kind, &text[range.clone()]);
            from = range.end;
        }
        self.text(class, text[from..].to_owned());
    }

    fn hidden(&mut self, kind: Kind, value: &str) {
        self.pieces
            .push(Piece::Hidden(self.masker.mask(kind, value)));
    }

    fn text(&mut self, class: &'static str, text: String) {
        if text.is_empty() {
            return;
        }
        match self.pieces.last_mut() {
            Some(Piece::Text(last, before)) if *last == class => before.push_str(&text),
            _ => self.pieces.push(Piece::Text(class, text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As plain text, with hidden values in brackets.
    fn laid_out(xml: &str, reveal: &Reveal) -> String {
        pretty(xml, Masker::new("response", reveal))
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(_, text) => text,
                Piece::Hidden(masked) => match masked.shown {
                    Some(shown) => format!("[{shown}]"),
                    None => format!("[{}]", masked.name),
                },
            })
            .collect()
    }

    #[test]
    fn documents_are_indented_with_personal_values_hidden() {
        let xml = "<?xml version=\"1.0\"?><a xmlns='x'><b><c>1 &amp; <![CDATA[2]]></c>\n<d/></b>\
                   <personal-identification-number>odd</personal-identification-number>\
                   <notifications><email address=\"a@example.com\"/><sms number='99999999'/>\
                   </notifications><e></e><!-- 12345678910 --></a>";
        insta::assert_snapshot!("xml_hidden", laid_out(xml, &Reveal::Nothing));
        let all = laid_out(xml, &Reveal::All);
        for value in ["[odd]", "[a@example.com]", "[99999999]", "[12345678910]"] {
            assert!(all.contains(value), "{value}: {all}");
        }
        let one = laid_out(xml, &Reveal::One("response-1".to_owned()));
        assert!(
            one.contains("[a@example.com]") && one.contains("[response-0]"),
            "{one}"
        );
    }

    #[test]
    fn what_is_not_xml_comes_as_it_is() {
        for text in ["<a><b></a>", "no <xml", "12 34", "<a b=\"<\"", "&"] {
            assert_eq!(laid_out(text, &Reveal::Nothing).trim_end(), text);
        }
        assert_eq!(
            laid_out("<a>12345678910", &Reveal::Nothing).replace("\n", ""),
            "<a>  [response-0]"
        );
    }
}
