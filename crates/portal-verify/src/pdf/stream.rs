//! Unpacks streams.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::Problem;
use super::allowance::Allowance;
use super::object::{Dictionary, Object};

/// Widest row that a predictor may work on, in bytes.
const MAX_ROW: usize = 4096;

/// Unpacks the bytes of a stream: none or Flate, with or without a PNG predictor.
pub(super) fn unpack(
    dictionary: &Dictionary,
    packed: &[u8],
    allowance: &Allowance,
) -> Result<Vec<u8>, Problem> {
    let single = |object: &Object| match object {
        Object::Array(array) if array.len() <= 1 => array.first().cloned(),
        other => Some(other.clone()),
    };
    let filter = dictionary.get(b"Filter").and_then(single);
    let parameters = dictionary.get(b"DecodeParms").and_then(single);
    match filter {
        None | Some(Object::Null) => {
            allowance.spend(packed.len())?;
            Ok(packed.to_vec())
        }
        Some(Object::Name(name)) if name == b"FlateDecode" || name == b"Fl" => {
            let bytes = inflate(packed, allowance)?;
            match parameters {
                None | Some(Object::Null) => Ok(bytes),
                Some(Object::Dictionary(parameters)) => unpredict(bytes, &parameters),
                Some(_) => Err(Problem::Unsupported("the parameters of a stream's filter")),
            }
        }
        Some(_) => Err(Problem::Unsupported("a stream's filter")),
    }
}

fn inflate(packed: &[u8], allowance: &Allowance) -> Result<Vec<u8>, Problem> {
    allowance.spend(packed.len())?;
    let mut bytes = Vec::new();
    let mut reader = ZlibDecoder::new(packed).take(allowance.left());
    if reader.read_to_end(&mut bytes).is_err() {
        return Err(Problem::at(0, "a stream can't be inflated"));
    }
    // What fills the allowance to the last byte may go on.
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) >= allowance.left() {
        return Err(Problem::TooMuch);
    }
    allowance.spend(bytes.len())?;
    Ok(bytes)
}

/// Undoes a PNG predictor. Source: ISO 32000-1, 7.4.4.4.
fn unpredict(bytes: Vec<u8>, parameters: &Dictionary) -> Result<Vec<u8>, Problem> {
    let number = |key: &[u8], default| match parameters.get(key) {
        None => Some(default),
        Some(value) => usize::try_from(value.integer()?).ok(),
    };
    let predictor = number(b"Predictor", 1);
    if predictor == Some(1) {
        return Ok(bytes);
    }
    let (Some(10..), Some(1), Some(8), Some(row @ 1..=MAX_ROW)) = (
        predictor,
        number(b"Colors", 1),
        number(b"BitsPerComponent", 8),
        number(b"Columns", 1),
    ) else {
        return Err(Problem::Unsupported("a stream's predictor"));
    };
    let mut plain = Vec::with_capacity(bytes.len());
    let mut above = vec![0; row];
    for line in bytes.chunks_exact(row + 1) {
        let mut current = line[1..].to_vec();
        for at in 0..row {
            let left = if at == 0 { 0 } else { current[at - 1] };
            let corner = if at == 0 { 0 } else { above[at - 1] };
            let predicted = match line[0] {
                0 => 0,
                1 => left,
                2 => above[at],
                3 => u8::midpoint(left, above[at]),
                4 => paeth(left, above[at], corner),
                _ => return Err(Problem::at(0, "a stream has an unknown predictor")),
            };
            current[at] = current[at].wrapping_add(predicted);
        }
        plain.extend_from_slice(&current);
        above = current;
    }
    Ok(plain)
}

fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(above) - i16::from(corner);
    let distance = |value: u8| (estimate - i16::from(value)).abs();
    if distance(left) <= distance(above) && distance(left) <= distance(corner) {
        left
    } else if distance(above) <= distance(corner) {
        above
    } else {
        corner
    }
}
