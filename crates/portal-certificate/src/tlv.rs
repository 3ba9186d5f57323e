//! A reader of BER and DER, borrowing from its input.
//!
//! The `der` crate refuses BER, which real PKCS#12 files are written in: indefinite lengths and
//! octet strings cut into pieces. This reader takes both, and is bounded in depth.

use std::ops::Deref;

use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

/// How deep one value may lie in another: PKCS#12 and X.509 need about ten.
const MAX_DEPTH: usize = 24;

/// Tags that this crate looks for.
pub(crate) mod tag {
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const SEQUENCE: u8 = 0x30;
    /// `[0]`, holding other values.
    pub(crate) const CONTEXT_0: u8 = 0xa0;
    /// The bit that says that a value is made of others.
    pub(crate) const CONSTRUCTED: u8 = 0x20;
}

/// The bytes don't have the structure that was expected. The caller says of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// One value: its tag, its content, and the bytes that it was read from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tlv<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) whole: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// Reads the value at the start of `input` and gives the rest.
    pub(crate) fn read(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        read_at(input, 0)
    }

    /// Reads a value that is all of `input`.
    pub(crate) fn read_all(input: &'a [u8]) -> Result<Self, Malformed> {
        match Self::read(input)? {
            (value, []) => Ok(value),
            _ => Err(Malformed),
        }
    }

    /// This value, if it has the tag.
    pub(crate) fn expect(self, tag: u8) -> Result<Self, Malformed> {
        if self.tag == tag {
            Ok(self)
        } else {
            Err(Malformed)
        }
    }

    /// The values inside.
    pub(crate) fn children(self) -> Children<'a> {
        Children { rest: self.content }
    }

    /// The bytes of an octet string, put together if BER has cut it into pieces.
    /// Serves implicitly tagged octet strings too.
    pub(crate) fn octets(self) -> Result<Octets<'a>, Malformed> {
        if self.tag & tag::CONSTRUCTED == 0 {
            return Ok(Octets::Whole(self.content));
        }
        // The pieces may be those of a private key: a buffer that grew would leave copies behind.
        let mut joined = Zeroizing::new(Vec::with_capacity(self.content.len()));
        join(self, &mut joined, 0)?;
        Ok(Octets::Joined(joined))
    }

    /// An integer that fits.
    pub(crate) fn small_integer(self) -> Result<u32, Malformed> {
        let bytes = self.expect(tag::INTEGER)?.content;
        if bytes.is_empty() || bytes.len() > 4 || bytes[0] & 0x80 != 0 {
            return Err(Malformed);
        }
        Ok(bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u32::from(*byte)))
    }
}

/// The bytes of an octet string.
#[derive(Debug)]
pub(crate) enum Octets<'a> {
    /// As they stand in the input.
    Whole(&'a [u8]),
    /// Joined from pieces; wiped when dropped.
    Joined(Zeroizing<Vec<u8>>),
}

impl Deref for Octets<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Joined(bytes) => bytes,
        }
    }
}

fn join(value: Tlv<'_>, into: &mut Vec<u8>, depth: usize) -> Result<(), Malformed> {
    if depth > MAX_DEPTH {
        return Err(Malformed);
    }
    let mut children = value.children();
    while let Some(child) = children.next()? {
        match child.tag {
            tag::OCTET_STRING => into.extend_from_slice(child.content),
            constructed if constructed == tag::OCTET_STRING | tag::CONSTRUCTED => {
                join(child, into, depth + 1)?;
            }
            _ => return Err(Malformed),
        }
    }
    Ok(())
}

/// Goes through the values inside another.
#[derive(Debug, Clone)]
pub(crate) struct Children<'a> {
    rest: &'a [u8],
}

impl<'a> Children<'a> {
    /// The next one, or nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Tlv<'a>>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (value, rest) = Tlv::read(self.rest)?;
        self.rest = rest;
        Ok(Some(value))
    }

    /// The next one, which must be there and have the tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Tlv<'a>, Malformed> {
        self.next()?.ok_or(Malformed)?.expect(tag)
    }

    /// The next one, which must be an object identifier.
    pub(crate) fn object_identifier(&mut self) -> Result<ObjectIdentifier, Malformed> {
        let value = self.expect(tag::OBJECT_IDENTIFIER)?;
        ObjectIdentifier::from_bytes(value.content).map_err(|_| Malformed)
    }

    /// The next one, which must be there.
    pub(crate) fn any(&mut self) -> Result<Tlv<'a>, Malformed> {
        self.next()?.ok_or(Malformed)
    }
}

fn read_at(input: &[u8], depth: usize) -> Result<(Tlv<'_>, &[u8]), Malformed> {
    let (&tag, after_tag) = input.split_first().ok_or(Malformed)?;
    // High tag numbers (the low five bits all set) occur in neither X.509 nor PKCS#12.
    if depth > MAX_DEPTH || tag & 0x1f == 0x1f || tag == 0 {
        return Err(Malformed);
    }
    let (&first, mut body) = after_tag.split_first().ok_or(Malformed)?;
    if first == 0x80 {
        return read_indefinite(input, tag, body, depth);
    }
    let length = if first & 0x80 == 0 {
        usize::from(first)
    } else {
        let count = usize::from(first & 0x7f);
        if count > 4 || body.len() < count {
            return Err(Malformed);
        }
        let (digits, after) = body.split_at(count);
        body = after;
        digits
            .iter()
            .fold(0, |length, digit| length << 8 | usize::from(*digit))
    };
    if body.len() < length {
        return Err(Malformed);
    }
    let (content, rest) = body.split_at(length);
    let whole = &input[..input.len() - rest.len()];
    Ok((
        Tlv {
            tag,
            content,
            whole,
        },
        rest,
    ))
}

/// A value without a length ends where two zero bytes stand in the place of a value.
fn read_indefinite<'a>(
    input: &'a [u8],
    tag: u8,
    body: &'a [u8],
    depth: usize,
) -> Result<(Tlv<'a>, &'a [u8]), Malformed> {
    if tag & tag::CONSTRUCTED == 0 {
        return Err(Malformed);
    }
    let mut rest = body;
    loop {
        if let [0, 0, after @ ..] = rest {
            let content = &body[..body.len() - rest.len()];
            let whole = &input[..input.len() - after.len()];
            return Ok((
                Tlv {
                    tag,
                    content,
                    whole,
                },
                after,
            ));
        }
        rest = read_at(rest, depth + 1)?.1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definite_and_indefinite_lengths_read_alike() {
        let der = [0x30, 0x05, 0x02, 0x01, 0x07, 0x05, 0x00];
        let ber = [0x30, 0x80, 0x02, 0x01, 0x07, 0x05, 0x00, 0x00, 0x00];
        for input in [&der[..], &ber[..]] {
            let value = Tlv::read_all(input).unwrap();
            assert_eq!(value.tag, tag::SEQUENCE);
            let mut children = value.children();
            assert_eq!(children.any().unwrap().small_integer(), Ok(7));
            assert_eq!(children.any().unwrap().tag, 5);
            assert!(children.next().unwrap().is_none());
        }
    }

    #[test]
    fn an_octet_string_in_pieces_is_put_together() {
        let ber = [
            0x24, 0x80, 0x04, 0x02, 1, 2, 0x24, 0x03, 0x04, 0x01, 3, 0, 0,
        ];
        assert_eq!(&*Tlv::read_all(&ber).unwrap().octets().unwrap(), &[1, 2, 3]);
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        for bad in [
            &[][..],
            &[0x30],
            &[0x30, 0x05, 1],
            &[0x04, 0x80, 0, 0],
            &[0x30, 0x80, 0],
            &[0x1f, 0x01, 0],
        ] {
            assert_eq!(Tlv::read(bad).err(), Some(Malformed), "{bad:?}");
        }
        let deep: Vec<u8> = std::iter::repeat_n([0x30, 0x80], 10_000)
            .flatten()
            .collect();
        assert_eq!(Tlv::read(&deep).err(), Some(Malformed));
    }

    proptest::proptest! {
        #[test]
        fn no_input_makes_it_panic(bytes: Vec<u8>) {
            if let Ok(value) = Tlv::read_all(&bytes) {
                let _ = value.octets();
            }
        }
    }
}
