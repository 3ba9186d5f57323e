//! The pieces of a Rust source: code, comments, strings, and what is compiled for tests alone.

use std::ops::Range;

/// What a piece of a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword; a raw one without its `r#`.
    Ident,
    /// Any other code: a number, a character, a lifetime, one sign.
    Other,
    /// A comment that is no documentation.
    Comment,
    /// A line or block of documentation.
    Doc,
    /// What stands between a string's quotes.
    Text { raw: bool },
}

/// A piece: what it is and where it stands, without quotes and the signs that begin and end comments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) place: Range<usize>,
}

/// Takes a source apart. Whatever the bytes, it comes to the end: what is no Rust is [`Kind::Other`].
pub(super) fn pieces(source: &str) -> Vec<Piece> {
    let mut lexer = Lexer { source, at: 0 };
    let mut pieces = Vec::new();
    while let Some(piece) = lexer.next_piece() {
        pieces.push(piece);
    }
    pieces
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn next_piece(&mut self) -> Option<Piece> {
        let blank = self.rest().len() - self.rest().trim_start().len();
        self.at += blank;
        let first = self.rest().chars().next()?;
        if self.rest().starts_with("//") {
            return Some(self.line_comment());
        }
        if self.rest().starts_with("/*") {
            return Some(self.block_comment());
        }
        if first == '"' {
            return Some(self.string(1));
        }
        if first == '\'' {
            return Some(self.character_or_lifetime());
        }
        if first.is_alphabetic() || first == '_' {
            return Some(self.word());
        }
        if first.is_ascii_digit() {
            return Some(self.take(Kind::Other, |c| c.is_alphanumeric() || c == '_'));
        }
        Some(self.piece(Kind::Other, 0, first.len_utf8(), 0))
    }

    /// A piece that begins `skip` bytes from here, is `length` long, and is followed by `after` more.
    fn piece(&mut self, kind: Kind, skip: usize, length: usize, after: usize) -> Piece {
        let start = (self.at + skip).min(self.source.len());
        let end = (start + length).min(self.source.len());
        self.at = (end + after).min(self.source.len());
        Piece {
            kind,
            place: start..end,
        }
    }

    fn take(&mut self, kind: Kind, belongs: impl Fn(char) -> bool) -> Piece {
        let rest = self.rest();
        let length = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        self.piece(kind, 0, length, 0)
    }

    fn line_comment(&mut self) -> Piece {
        let length = self.rest().find('\n').unwrap_or(self.rest().len());
        let line = &self.rest()[..length];
        let is_doc =
            line.starts_with("//!") || (line.starts_with("///") && !line.starts_with("////"));
        let (kind, skip) = if is_doc {
            (Kind::Doc, 3)
        } else {
            (Kind::Comment, 2)
        };
        self.piece(kind, skip, length - skip, 0)
    }

    fn block_comment(&mut self) -> Piece {
        let rest = self.rest();
        let (mut depth, mut end) = (0_usize, 0_usize);
        loop {
            let here = &rest[end..];
            if here.starts_with("/*") {
                depth += 1;
                end += 2;
            } else if here.starts_with("*/") {
                depth -= 1;
                end += 2;
            } else {
                end += here.chars().next().map_or(0, char::len_utf8);
            }
            if depth == 0 || end >= rest.len() {
                break;
            }
        }
        let text = &rest[..end];
        let is_doc = text.starts_with("/*!")
            || (text.starts_with("/**") && !text.starts_with("/***") && !text.starts_with("/**/"));
        let (kind, skip) = if is_doc {
            (Kind::Doc, 3)
        } else {
            (Kind::Comment, 2)
        };
        let after = if text.len() >= 4 && text.ends_with("*/") {
            2
        } else {
            0
        };
        let length = end.saturating_sub(skip + after);
        self.piece(kind, skip, length, after)
    }

    /// A string whose text begins `skip` bytes from here.
    fn string(&mut self, skip: usize) -> Piece {
        let text = self.rest().get(skip..).unwrap_or_default();
        let mut escaped = false;
        let mut length = text.len();
        for (at, c) in text.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    length = at;
                    break;
                }
                _ => {}
            }
        }
        self.piece(Kind::Text { raw: false }, skip, length, 1)
    }

    fn character_or_lifetime(&mut self) -> Piece {
        let mut rest = self.rest().char_indices().skip(1);
        let length = match (rest.next(), rest.next()) {
            // The sign after the backslash is no end, whatever it is.
            (Some((_, '\\')), Some((at, escaped))) => {
                let from = at + escaped.len_utf8();
                self.rest()[from..]
                    .find('\'')
                    .map_or(1, |end| from + end + 1)
            }
            (Some(_), Some((end, '\''))) => end + 1,
            _ => 1,
        };
        self.piece(Kind::Other, 0, length, 0)
    }

    /// A name, or a string with a prefix such as `br#`.
    fn word(&mut self) -> Piece {
        let rest = self.rest();
        let length = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        if matches!(word, "b" | "c") && after.starts_with('"') {
            return self.string(length + 1);
        }
        if word == "b" && after.starts_with('\'') {
            self.at += length;
            return self.character_or_lifetime();
        }
        if matches!(word, "r" | "br" | "cr") {
            let hashes = after.len() - after.trim_start_matches('#').len();
            if after[hashes..].starts_with('"') {
                let end = format!("\"{}", "#".repeat(hashes));
                let text = &after[hashes + 1..];
                let inside = text.find(&end).unwrap_or(text.len());
                return self.piece(
                    Kind::Text { raw: true },
                    length + hashes + 1,
                    inside,
                    end.len(),
                );
            }
            if word == "r" && hashes == 1 {
                self.at += length + 1;
                return self.take(Kind::Ident, |c| c.is_alphanumeric() || c == '_');
            }
        }
        self.piece(Kind::Ident, 0, length, 0)
    }
}

/// What of a file is compiled for tests alone.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TestsOnly {
    /// Items that stand in the file.
    pub(super) places: Vec<Range<usize>>,
    /// Modules that stand in files of their own.
    pub(super) modules: Vec<String>,
}

/// Finds the items under `#[cfg(test)]` or `#[cfg(all(test, …))]`, and those with `#[test]`.
pub(super) fn tests_only(source: &str, pieces: &[Piece]) -> TestsOnly {
    let code: Vec<(usize, &str)> = pieces
        .iter()
        .filter(|piece| matches!(piece.kind, Kind::Ident | Kind::Other))
        .map(|piece| (piece.place.start, &source[piece.place.clone()]))
        .collect();
    let word = |at: usize| code.get(at).map_or("", |(_, word)| *word);
    let mut found = TestsOnly::default();
    let mut at = 0;
    while at < code.len() {
        let is_test = word(at) == "#"
            && word(at + 1) == "["
            && (word(at + 2) == "test" && word(at + 3) == "]"
                || word(at + 2) == "cfg"
                    && (word(at + 4) == "test" && word(at + 5) == ")"
                        || word(at + 4) == "all" && word(at + 6) == "test"));
        if !is_test {
            at += 1;
            continue;
        }
        let start = code[at].0;
        let item = after_attributes(&code, at);
        let mut end = item;
        // The item ends with its block, or with a semicolon where it has none.
        while end < code.len() && !matches!(word(end), "{" | ";") {
            end = if matches!(word(end), "(" | "[") {
                after_group(&code, end)
            } else {
                end + 1
            };
        }
        let name = (item..end)
            .find(|at| word(*at) == "mod")
            .map(|at| word(at + 1));
        if let (";", Some(name)) = (word(end), name) {
            found.modules.push(name.to_owned());
        }
        at = end + 1;
        if word(end) == "{" {
            at = after_group(&code, end);
            at += usize::from(word(at) == ";");
        }
        let end = code
            .get(at.saturating_sub(1))
            .map_or(source.len(), |(end, _)| end + 1);
        found.places.push(start..end);
    }
    found
}

fn after_attributes(code: &[(usize, &str)], mut at: usize) -> usize {
    while code.get(at).is_some_and(|(_, word)| *word == "#") {
        at = after_group(code, at + 1);
    }
    at
}

/// The place after the group that is opened here.
fn after_group(code: &[(usize, &str)], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while let Some((_, word)) = code.get(at) {
        match *word {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(source: &str) -> Vec<(Kind, &str)> {
        pieces(source)
            .into_iter()
            .map(|piece| (piece.kind, &source[piece.place]))
            .collect()
    }

    const TEXT: Kind = Kind::Text { raw: false };
    const RAW: Kind = Kind::Text { raw: true };

    #[test]
    fn comments_and_docs_are_told_apart() {
        let source =
            "//! top\n/// item\n//// plain\n// note\n/** block */ /* a /* b */ c */ /**/ /*! in */";
        assert_eq!(
            split(source),
            [
                (Kind::Doc, " top"),
                (Kind::Doc, " item"),
                (Kind::Comment, "// plain"),
                (Kind::Comment, " note"),
                (Kind::Doc, " block "),
                (Kind::Comment, " a /* b */ c "),
                (Kind::Comment, ""),
                (Kind::Doc, " in "),
            ]
        );
    }

    #[test]
    fn strings_end_where_the_language_says() {
        let source = r####"a("x \" // y", r#"z " /* "#, b"q", br##"w"# "##, r"\", c"v") // end"####;
        let texts: Vec<(Kind, &str)> = split(source)
            .into_iter()
            .filter(|(kind, _)| !matches!(kind, Kind::Ident | Kind::Other))
            .collect();
        assert_eq!(
            texts,
            [
                (TEXT, r#"x \" // y"#),
                (RAW, "z \" /* "),
                (TEXT, "q"),
                (RAW, "w\"# "),
                (RAW, r"\"),
                (TEXT, "v"),
                (Kind::Comment, " end"),
            ]
        );
    }

    #[test]
    fn quotes_in_characters_begin_no_string() {
        let source =
            r#"('"', '\'', '\\', b'"', b'\'', 'a: loop {}, &'static str, "s", r#type, 'å')"#;
        let found = split(source);
        let texts: Vec<&str> = found
            .iter()
            .filter(|(kind, _)| *kind == TEXT)
            .map(|(_, text)| *text)
            .collect();
        assert_eq!(texts, ["s"]);
        assert!(found.contains(&(Kind::Ident, "type")));
        assert!(found.contains(&(Kind::Ident, "static")));
    }

    #[test]
    fn an_open_end_is_the_end() {
        for source in [
            "\"open", "r#\"open", "/* open", "'", "b'", "/**", "r#", "\"\\", "'\\",
        ] {
            for piece in pieces(source) {
                assert!(piece.place.end <= source.len(), "{source}");
            }
        }
    }

    #[test]
    fn test_items_are_found_with_their_end() {
        let source = "fn a() {}\n#[cfg(test)]\n#[allow(x)]\nmod tests { fn b() { \"}\" } }\nfn c() {}\n\
            #[cfg(test)]\npub(crate) mod outside;\n#[cfg(all(test, feature = \"x\"))]\nuse d::{e, f};\n\
            #[cfg(not(test))]\nfn g() {}\n#[cfg(any(test, h))]\nmod i {}\n#[test]\nfn j([a; 2]: [u8; 2]) {}\nk";
        let found = tests_only(source, &pieces(source));
        assert_eq!(found.modules, ["outside"]);
        let left: String = source
            .char_indices()
            .filter(|(at, _)| !found.places.iter().any(|place| place.contains(at)))
            .map(|(_, c)| c)
            .collect();
        assert_eq!(
            left.split_whitespace().collect::<Vec<_>>().join(" "),
            "fn a() {} fn c() {} #[cfg(not(test))] fn g() {} #[cfg(any(test, h))] mod i {} k"
        );
    }
}
