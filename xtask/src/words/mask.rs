//! The text of a file that is searched: as long as the file, line for line, with everything that is not
//! searched blotted out.

use std::ops::Range;

use super::rust::{self, Kind, Piece};

/// Stands where a file is not searched. Whitespace stays, so that a phrase may go on in the next line.
const BLOT: u8 = 0;

/// A file's text with nothing searched in it at first.
pub(super) struct Mask<'a> {
    source: &'a str,
    shown: Vec<u8>,
}

impl<'a> Mask<'a> {
    fn new(source: &'a str) -> Self {
        let blot = |byte: u8| {
            if byte.is_ascii_whitespace() {
                byte
            } else {
                BLOT
            }
        };
        Self {
            source,
            shown: source.bytes().map(blot).collect(),
        }
    }

    fn show(&mut self, place: Range<usize>) {
        self.shown[place.clone()].copy_from_slice(&self.source.as_bytes()[place]);
    }

    fn fill(&mut self, place: Range<usize>, with: u8) {
        for byte in &mut self.shown[place] {
            if !byte.is_ascii_whitespace() {
                *byte = with;
            }
        }
    }

    fn done(self) -> String {
        String::from_utf8_lossy(&self.shown).into_owned()
    }
}

/// Which parts of a Rust file are read by users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Public {
    /// A library's or program's source: documentation and strings outside tests.
    Source,
    /// An example: its comments as well.
    Example,
    /// A test: nothing.
    Nothing,
}

/// What users read of a Rust file.
pub(super) fn rust(source: &str, public: Public) -> String {
    let pieces = rust::pieces(source);
    let tests = rust::tests_only(source, &pieces);
    let mut mask = Mask::new(source);
    for piece in pieces {
        let in_test = tests
            .places
            .iter()
            .any(|place| place.contains(&piece.place.start));
        let shown = match piece.kind {
            Kind::Doc | Kind::Text { .. } => public != Public::Nothing && !in_test,
            Kind::Comment => public == Public::Example,
            Kind::Ident | Kind::Other => false,
        };
        if shown {
            show_piece(&mut mask, &piece);
        }
    }
    mask.done()
}

/// Everything in a Rust file that may name something: code, comments and strings.
pub(super) fn names(source: &str) -> (String, Vec<Piece>) {
    let pieces = rust::pieces(source);
    let mut mask = Mask::new(source);
    for piece in &pieces {
        show_piece(&mut mask, piece);
    }
    (mask.done(), pieces)
}

fn show_piece(mask: &mut Mask<'_>, piece: &Piece) {
    mask.show(piece.place.clone());
    match piece.kind {
        Kind::Doc | Kind::Comment => {
            // The signs before it, so that a phrase may begin in the line above.
            let before = mask.source[..piece.place.start].len();
            let signs = mask.source[..before]
                .bytes()
                .rev()
                .take_while(|byte| b"/!*".contains(byte))
                .count();
            mask.fill(before - signs..before, b' ');
        }
        Kind::Text { raw } => hide_in_text(mask, piece.place.clone(), raw),
        Kind::Ident | Kind::Other => {}
    }
}

/// Blots out what is no text in a string: escapes, and names in braces that a value takes the place of.
fn hide_in_text(mask: &mut Mask<'_>, place: Range<usize>, raw: bool) {
    let text = &mask.source.as_bytes()[place.clone()];
    let mut hidden: Vec<(Range<usize>, u8)> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let here = place.start + at;
        match text[at] {
            b'\\' if !raw => {
                hidden.push((here..(here + 2).min(place.end), b' '));
                at += 2;
            }
            b'{' if text.get(at + 1) == Some(&b'{') => at += 2,
            b'{' => {
                let name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.".contains(byte);
                let length = text[at + 1..].iter().take_while(|byte| name(byte)).count();
                if text
                    .get(at + 1 + length)
                    .is_some_and(|byte| b"}:".contains(byte))
                {
                    hidden.push((here..here + 1 + length, BLOT));
                }
                at += 1 + length;
            }
            _ => at += 1,
        }
    }
    for (place, with) in hidden {
        // Half of a character that is escaped is no place to stop.
        let end = (place.end..).find(|end| mask.source.is_char_boundary(*end));
        mask.fill(place.start..end.unwrap_or(place.end), with);
    }
}

/// A text file: all of it.
pub(super) fn text(source: &str) -> String {
    source.to_owned()
}

/// A snapshot: what follows its head.
pub(super) fn snapshot(source: &str) -> String {
    let mut mask = Mask::new(source);
    let head = source
        .strip_prefix("---\n")
        .and_then(|rest| rest.find("\n---\n"));
    mask.show(head.map_or(0, |end| end + "---\n\n---\n".len())..source.len());
    mask.done()
}

/// Attributes whose values are read or heard.
const SPOKEN: &[&str] = &["alt", "aria-label", "content", "placeholder", "title"];

/// A template of a page: its text and the attributes that are read, without the template's own code.
pub(super) fn html(source: &str) -> String {
    let mut mask = Mask::new(source);
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        let skipped = [("{{", "}}"), ("{%", "%}"), ("{#", "#}"), ("<!--", "-->")]
            .iter()
            .find(|(begin, _)| rest.starts_with(begin))
            .map(|(_, end)| rest.find(end).map_or(rest.len(), |to| to + end.len()));
        if let Some(length) = skipped {
            at += length;
        } else if rest.starts_with('<') {
            let length = tag_length(rest);
            for place in spoken(&rest[..length]) {
                mask.show(at + place.start..at + place.end);
            }
            at += length;
        } else {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            mask.show(at..at + length);
            at += length;
        }
    }
    mask.done()
}

/// The length of a tag, whose quoted values may hold anything.
fn tag_length(tag: &str) -> usize {
    let mut quoted = false;
    for (at, c) in tag.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return at + 1,
            _ => {}
        }
    }
    tag.len()
}

fn spoken(tag: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    for attribute in SPOKEN {
        let begin = format!(" {attribute}=\"");
        for (at, _) in tag.match_indices(&begin) {
            let start = at + begin.len();
            let length = tag[start..].find('"').unwrap_or(tag.len() - start);
            places.push(start..start + length);
        }
    }
    places
}

/// A script of a page: its strings.
pub(super) fn script(source: &str) -> String {
    let mut mask = Mask::new(source);
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        let skipped = [("//", "\n"), ("/*", "*/")]
            .iter()
            .find(|(begin, _)| rest.starts_with(begin))
            .map(|(_, end)| rest.find(end).map_or(rest.len(), |to| to + end.len()));
        let first = rest.chars().next().unwrap_or_default();
        if let Some(length) = skipped {
            at += length;
        } else if matches!(first, '"' | '\'' | '`') {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == first && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            let length = end.unwrap_or(rest.len() - 1);
            mask.show(at + 1..at + 1 + length);
            at += (length + 2).min(rest.len());
        } else {
            at += first.len_utf8();
        }
    }
    mask.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(mask: &str) -> String {
        mask.replace('\0', " ")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn of_a_source_docs_and_strings_are_seen() {
        let source = "//! Top.\n/// One\n/// two\nfn code(name: &str) { f(\"three {name} {0:?} {{x}} \\n four\"); } // five\n\
            #[cfg(test)]\nmod tests { /// six\n fn g() { \"seven\" } }\n";
        let shown = rust(source, Public::Source);
        assert_eq!(shown.len(), source.len());
        assert_eq!(shown.lines().count(), source.lines().count());
        assert_eq!(seen(&shown), "Top. One two three } :?} {{x}} four");
        assert_eq!(
            seen(&rust(source, Public::Example)),
            "Top. One two three } :?} {{x}} four five"
        );
        assert_eq!(seen(&rust(source, Public::Nothing)), "");
    }

    #[test]
    fn of_a_template_text_and_spoken_attributes_are_seen() {
        let page = "{% if a %}<dt class=\"b\" title=\"T > u\">V {{ w }}</dt><!-- x -->{# y #}<img alt=\"z\">";
        assert_eq!(seen(&html(page)), "T > u V z");
    }

    #[test]
    fn of_a_script_strings_are_seen() {
        let code =
            "// it's\nconst answer = await f(\"one \\\" two\", 'three'); /* \"four\" */ g(`five`);";
        assert_eq!(seen(&script(code)), "one \\\" two three five");
    }

    #[test]
    fn of_a_snapshot_the_head_is_not_seen() {
        let file = "---\nsource: a.rs\nexpression: answer()\n---\nThe text.\n---\nmore\n";
        assert_eq!(seen(&snapshot(file)), "The text. --- more");
    }

    #[test]
    fn escapes_before_wide_characters_do_no_harm() {
        assert_eq!(seen(&rust("f(\"a \\å b\");", Public::Source)), "a b");
        assert_eq!(rust("f(\"a\\\n   b\");", Public::Source).lines().count(), 2);
    }
}
