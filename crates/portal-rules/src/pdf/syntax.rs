//! The little of the PDF syntax that the frame of a file is written in.
//!
//! Source: ISO 32000-1, sections 7.2 (lexical conventions), 7.3 (objects) and 7.5 (file structure).

/// Major and minor version of the header `%PDF-1.7`, which must be the very beginning.
pub(crate) fn header(head: &[u8]) -> Option<(u8, u8)> {
    let mut scan = Scan(head.strip_prefix(b"%PDF-")?);
    let major = u8::try_from(scan.number()?).ok()?;
    scan.0 = scan.0.strip_prefix(b".")?;
    let minor = u8::try_from(scan.number()?).ok()?;
    Some((major, minor))
}

/// What the last lines of a file say.
pub(crate) struct End {
    /// Offset of the cross-reference section to read first, if it is given.
    pub(crate) first_section: Option<u64>,
}

/// Reads the last lines of a file; nothing if it does not end as a whole PDF.
pub(crate) fn end(tail: &[u8]) -> Option<End> {
    let (before, after) = split_last(tail, b"%%EOF")?;
    // Junk after the end is common and harmless, but the beginning of a further revision is not.
    if find(after, b" obj").is_some() {
        return None;
    }
    let first_section = split_last(before, b"startxref").and_then(|(_, line)| {
        let mut scan = Scan(line);
        scan.skip_space();
        scan.number()
    });
    Some(End { first_section })
}

/// How a cross-reference section begins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SectionStart {
    /// A table of lines, followed by a trailer dictionary.
    Table,
    /// An object with a stream, whose dictionary starts so many bytes on.
    Stream { dictionary: usize },
}

/// Recognises a cross-reference section by its first bytes.
pub(crate) fn section_start(bytes: &[u8]) -> Option<SectionStart> {
    let mut scan = Scan(bytes);
    scan.skip_space();
    if scan.0.starts_with(b"xref") {
        return Some(SectionStart::Table);
    }
    scan.number()?;
    scan.skip_space();
    scan.number()?;
    scan.skip_space();
    scan.0 = scan.0.strip_prefix(b"obj")?;
    Some(SectionStart::Stream {
        dictionary: bytes.len() - scan.0.len(),
    })
}

/// The entries of a trailer, or of a cross-reference stream's dictionary, that matter here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trailer {
    /// There is an encryption dictionary.
    pub(crate) encrypted: bool,
    /// Offset of the section of the revision before.
    pub(crate) previous: Option<u64>,
    /// The type is that of a cross-reference stream.
    pub(crate) is_cross_reference: bool,
}

/// Reads a dictionary, which may be preceded by white space and followed by anything; nothing if it
/// is malformed or not complete.
pub(crate) fn dictionary(bytes: &[u8]) -> Option<Trailer> {
    let mut scan = Scan(bytes);
    let mut trailer = Trailer::default();
    // Open brackets of both kinds. Keys are the names at depth 1 that do not follow a key.
    let mut depth = 0_usize;
    let mut key: Option<Key> = None;
    loop {
        let token = scan.token()?;
        let at_top = depth == 1;
        match token {
            Token::Open => depth += 1,
            Token::Close => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(trailer);
                }
            }
            _ if depth == 0 => return None,
            _ => {}
        }
        if !at_top {
            continue;
        }
        match (key.take(), token) {
            (None, Token::Name(name)) => key = Some(Key::of(name)),
            (Some(Key::Encrypt), token) => trailer.encrypted = token != Token::Word(b"null"),
            (Some(Key::Previous), Token::Word(word)) => trailer.previous = Scan(word).number(),
            (Some(Key::Type), Token::Name(name)) => {
                trailer.is_cross_reference = is_name(name, b"XRef");
            }
            _ => {}
        }
    }
}

#[derive(Clone, Copy)]
enum Key {
    Encrypt,
    Previous,
    Type,
    Other,
}

impl Key {
    fn of(name: &[u8]) -> Self {
        match name {
            _ if is_name(name, b"Encrypt") => Self::Encrypt,
            _ if is_name(name, b"Prev") => Self::Previous,
            _ if is_name(name, b"Type") => Self::Type,
            _ => Self::Other,
        }
    }
}

/// Whether a name means the same as another, given that any byte can be written as `#` and two
/// hexadecimal digits.
fn is_name(name: &[u8], plain: &[u8]) -> bool {
    let mut rest = name;
    for expected in plain {
        let (byte, after) = match rest {
            [b'#', high, low, after @ ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high * 16 + low, after),
                _ => return false,
            },
            [byte, after @ ..] => (*byte, after),
            [] => return false,
        };
        if byte != *expected {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    /// `<<` or `[`
    Open,
    /// `>>` or `]`
    Close,
    /// Without the solidus.
    Name(&'a [u8]),
    /// A number, `R`, `null`, ...
    Word(&'a [u8]),
    String,
}

/// What is left to read.
struct Scan<'a>(&'a [u8]);

impl<'a> Scan<'a> {
    /// Skips white space and comments.
    fn skip_space(&mut self) {
        while let [first, rest @ ..] = self.0 {
            if is_space(*first) {
                self.0 = rest;
            } else if *first == b'%' {
                let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
                self.0 = &rest[end.unwrap_or(rest.len())..];
            } else {
                break;
            }
        }
    }

    /// Takes the bytes for which the condition holds.
    fn take_while(&mut self, condition: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self
            .0
            .iter()
            .position(|byte| !condition(*byte))
            .unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    /// Takes decimal digits, at least one and of a value that an offset can have.
    fn number(&mut self) -> Option<u64> {
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    fn token(&mut self) -> Option<Token<'a>> {
        self.skip_space();
        let (token, rest) = match self.0 {
            [b'<', b'<', rest @ ..] | [b'[', rest @ ..] => (Token::Open, rest),
            [b'>', b'>', rest @ ..] | [b']', rest @ ..] => (Token::Close, rest),
            [b'<', rest @ ..] => {
                let end = rest.iter().position(|byte| *byte == b'>')?;
                (Token::String, &rest[end + 1..])
            }
            [b'(', rest @ ..] => (Token::String, after_literal(rest)?),
            [b'/', rest @ ..] => {
                self.0 = rest;
                return Some(Token::Name(self.take_while(is_regular)));
            }
            [first, ..] if is_regular(*first) => {
                return Some(Token::Word(self.take_while(is_regular)));
            }
            _ => return None,
        };
        self.0 = rest;
        Some(token)
    }
}

/// What follows a literal string, given what follows its opening parenthesis.
fn after_literal(bytes: &[u8]) -> Option<&[u8]> {
    let mut depth = 1_usize;
    let mut rest = bytes;
    loop {
        rest = match rest {
            [b'\\', _, after @ ..] => after,
            [b'(', after @ ..] => {
                depth += 1;
                after
            }
            [b')', after @ ..] => {
                depth -= 1;
                if depth == 0 {
                    return Some(after);
                }
                after
            }
            [_, after @ ..] => after,
            [] => return None,
        };
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\0' | b'\t' | b'\n' | b'\x0C' | b'\r' | b' ')
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !b"()<>[]{}/%".contains(&byte)
}

/// Position of the first occurrence.
pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// What stands before and after the last occurrence.
fn split_last<'a>(bytes: &'a [u8], wanted: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let position = bytes
        .windows(wanted.len())
        .rposition(|window| window == wanted)?;
    Some((&bytes[..position], &bytes[position + wanted.len()..]))
}
