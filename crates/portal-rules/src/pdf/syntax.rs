//! The little of the PDF syntax that the frame of a file is written in.
//!
//! Source: ISO 32000-1, sections 7.2 (lexical conventions), 7.3 (objects) and 7.5 (file structure).

/// Major and minor version of the header `%PDF-1.7`, which must be the very beginning of `bytes`.
pub(crate) fn header(bytes: &[u8]) -> Option<(u8, u8)> {
    version(bytes.strip_prefix(b"%PDF-")?)
}

/// Major and minor version at the beginning of `bytes`.
fn version(bytes: &[u8]) -> Option<(u8, u8)> {
    let mut scan = Scan(bytes);
    let major = u8::try_from(scan.number()?).ok()?;
    scan.0 = scan.0.strip_prefix(b".")?;
    let minor = u8::try_from(scan.number()?).ok()?;
    Some((major, minor))
}

/// Offset of the cross-reference section to read first, from the last lines before the end marker.
pub(crate) fn first_section(tail: &[u8]) -> Option<u64> {
    let (_, line) = split_last(tail, b"startxref")?;
    let mut scan = Scan(line);
    scan.skip_space();
    scan.number()
}

/// Whether an object begins somewhere: two numbers and the keyword `obj`.
pub(crate) fn has_object(bytes: &[u8]) -> bool {
    positions(bytes, b"obj").any(|position| object_keyword(bytes, position))
}

/// Whether the three letters at a position are the keyword after the two numbers of an object.
fn object_keyword(bytes: &[u8], position: usize) -> bool {
    let is_end = |byte: Option<&u8>| byte.is_none_or(|byte| !is_regular(*byte));
    let without = |bytes: &mut &[u8], is_part: fn(u8) -> bool| {
        let rest = bytes.iter().rposition(|byte| !is_part(*byte));
        let length = rest.map_or(0, |last| last + 1);
        let some = length < bytes.len();
        *bytes = &bytes[..length];
        some
    };
    let is_digit = |byte: u8| byte.is_ascii_digit();
    let mut before = &bytes[..position];
    is_end(bytes.get(position + 3))
        && without(&mut before, is_space)
        && without(&mut before, is_digit)
        && without(&mut before, is_space)
        && without(&mut before, is_digit)
        && is_end(before.last())
}

/// The last trailer in a part of a file: a dictionary after the keyword `trailer`, or that of a
/// cross-reference stream.
pub(crate) fn last_trailer(bytes: &[u8]) -> Option<Trailer> {
    // A few tries are enough for every real file, and bound the work on others.
    const TRIES: usize = 16;
    const REACH: usize = 4096;
    let table = last_positions(bytes, b"trailer")
        .take(TRIES)
        .find_map(|position| {
            let trailer = dictionary(&bytes[position + 7..])?;
            Some((position, trailer))
        });
    let stream = last_positions(bytes, b"/XRef")
        .take(TRIES)
        .find_map(|position| {
            let start = position.saturating_sub(REACH);
            let before = &bytes[start..position];
            let object = last_positions(before, b"obj")
                .find(|position| object_keyword(before, *position))?;
            let trailer = dictionary(&bytes[start + object + 3..])?;
            trailer.is_cross_reference.then_some((position, trailer))
        });
    let last = table.into_iter().chain(stream);
    last.max_by_key(|(position, _)| *position)
        .map(|(_, trailer)| trailer)
}

/// First number and count of a part of a cross-reference table, and the length of its line with all
/// white space around it.
pub(crate) fn table_part(bytes: &[u8]) -> Option<(u64, u64, usize)> {
    let mut scan = Scan(bytes);
    scan.skip_space();
    let first = scan.number()?;
    scan.skip_space();
    let count = scan.number()?;
    scan.skip_space();
    Some((first, count, bytes.len() - scan.0.len()))
}

/// Offset of an object by an entry of a table; nothing if the object is deleted.
pub(crate) fn table_entry(bytes: &[u8]) -> Option<u64> {
    let mut scan = Scan(bytes);
    let offset = scan.number()?;
    scan.skip_space();
    scan.number()?;
    scan.skip_space();
    scan.0.starts_with(b"n").then_some(offset)
}

/// What follows the beginning of the object of a number.
pub(crate) fn object(bytes: &[u8], number: u64) -> Option<&[u8]> {
    let mut scan = Scan(bytes);
    scan.skip_space();
    let found = scan.number()?;
    scan.object_after_number()?;
    (found == number).then_some(scan.0)
}

/// How a cross-reference section begins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SectionStart {
    /// A table of lines, followed by a trailer dictionary.
    Table,
    /// An object with a stream, whose dictionary starts `dictionary` bytes on.
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
    scan.object_after_number()?;
    Some(SectionStart::Stream {
        dictionary: bytes.len() - scan.0.len(),
    })
}

/// The entries of a trailer, a cross-reference stream's dictionary or a catalog that matter here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trailer {
    /// There is an encryption dictionary.
    pub(crate) encrypted: bool,
    /// Offset of the section of the revision before.
    pub(crate) previous: Option<u64>,
    /// The type is that of a cross-reference stream.
    pub(crate) is_cross_reference: bool,
    /// Number of the catalog's object.
    pub(crate) root: Option<u64>,
    /// Version, which a catalog may give.
    pub(crate) version: Option<(u8, u8)>,
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
            (Some(Key::Root), Token::Word(word)) => trailer.root = Scan(word).number(),
            (Some(Key::Version), Token::Name(name)) => trailer.version = version(name),
            _ => {}
        }
    }
}

#[derive(Clone, Copy)]
enum Key {
    Encrypt,
    Previous,
    Type,
    Root,
    Version,
    Other,
}

impl Key {
    fn of(name: &[u8]) -> Self {
        match name {
            _ if is_name(name, b"Encrypt") => Self::Encrypt,
            _ if is_name(name, b"Prev") => Self::Previous,
            _ if is_name(name, b"Type") => Self::Type,
            _ if is_name(name, b"Root") => Self::Root,
            _ if is_name(name, b"Version") => Self::Version,
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

    /// Takes the second number of an object and the keyword.
    fn object_after_number(&mut self) -> Option<()> {
        self.skip_space();
        self.number()?;
        self.skip_space();
        self.0 = self.0.strip_prefix(b"obj")?;
        Some(())
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

/// Whether a byte is white space, which includes the byte 0.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b'\0' | b'\t' | b'\n' | b'\x0C' | b'\r' | b' ')
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !b"()<>[]{}/%".contains(&byte)
}

/// Position of the first occurrence.
pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    positions(bytes, wanted).next()
}

/// Positions of all occurrences.
pub(crate) fn positions(bytes: &[u8], wanted: &[u8]) -> impl DoubleEndedIterator<Item = usize> {
    let windows = bytes.windows(wanted.len()).enumerate();
    windows
        .filter(move |(_, window)| *window == wanted)
        .map(|(position, _)| position)
}

/// Positions of all occurrences, the last one first.
fn last_positions(bytes: &[u8], wanted: &[u8]) -> impl Iterator<Item = usize> {
    positions(bytes, wanted).rev()
}

/// What stands before and after the last occurrence.
pub(crate) fn split_last<'a>(bytes: &'a [u8], wanted: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let position = last_positions(bytes, wanted).next()?;
    Some((&bytes[..position], &bytes[position + wanted.len()..]))
}
