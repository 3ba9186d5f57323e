//! Unpacks deflated files, within bounds on length and on work.
//!
//! The length of a file bounds what is written, but not what a decoder has to do: a block that holds
//! nothing takes ten bits, and costs as much to begin as one that holds a page. So blocks are counted,
//! which is why `zlib-rs` is used by itself and not through `flate2`: that crate does not stop at
//! their borders.

use zlib_rs::{Inflate, InflateFlush, Status};

/// The base two logarithm of deflate's window.
const WINDOW_BITS: u8 = 15;
/// How many blocks every file may have, whatever its length.
const FREE_BLOCKS: usize = 64;
/// How many bytes of a file a further block must hold on average. Encoders write blocks of 10 KB and
/// more; one that flushes after each line stays within this.
const BYTES_PER_BLOCK: usize = 64;
/// How many times the decoder may stop without having moved: a few blocks may lie in bits that it has
/// read ahead.
const IDLE_STOPS: usize = 16;

/// Why a file can't be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InflateError {
    /// The bytes are not what deflate writes.
    Damaged,
    /// The file, or its packed form, has another length than announced.
    Length,
    /// There are far more blocks than the file needs.
    TooManyBlocks,
}

/// Unpacks a file of the given length, which `packed` must give exactly.
pub(crate) fn inflate(packed: &[u8], length: usize) -> Result<Vec<u8>, InflateError> {
    // One byte more than announced, so that more than announced is noticed.
    let mut bytes = vec![0; length.saturating_add(1)];
    let mut decoder = Inflate::new(false, WINDOW_BITS);
    let (mut read, mut written) = (0, 0);
    let mut blocks_left = FREE_BLOCKS + length / BYTES_PER_BLOCK;
    let mut idle = 0;
    loop {
        let status = decoder
            .decompress(
                packed.get(read..).unwrap_or_default(),
                bytes.get_mut(written..).unwrap_or_default(),
                InflateFlush::Block,
            )
            .map_err(|_| InflateError::Damaged)?;
        let before = (read, written);
        read = usize::try_from(decoder.total_in()).unwrap_or(usize::MAX);
        written = usize::try_from(decoder.total_out()).unwrap_or(usize::MAX);
        if written > length {
            return Err(InflateError::Length);
        }
        if status == Status::StreamEnd {
            break;
        }
        idle = if (read, written) == before {
            idle + 1
        } else {
            0
        };
        if idle > IDLE_STOPS {
            return Err(InflateError::Damaged);
        }
        blocks_left = blocks_left
            .checked_sub(1)
            .ok_or(InflateError::TooManyBlocks)?;
    }
    if (read, written) == (packed.len(), length) {
        bytes.truncate(length);
        Ok(bytes)
    } else {
        Err(InflateError::Length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::time::Instant;

    use proptest::prelude::*;
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::{InflateError, inflate};

    /// Packs by another implementation, at a level from 1 to 9.
    fn deflate(bytes: &[u8], level: i64) -> Vec<u8> {
        let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(level));
        writer.start_file("a", options).unwrap();
        writer.write_all(bytes).unwrap();
        let archive = writer.finish().unwrap().into_inner();
        let directory = archive
            .windows(4)
            .rposition(|window| window == b"PK\x01\x02")
            .unwrap();
        archive[31..directory].to_vec()
    }

    /// Bits in deflate's order.
    #[derive(Default)]
    struct Bits {
        bytes: Vec<u8>,
        free: u32,
    }

    impl Bits {
        fn put(&mut self, bits: &[u8]) {
            for bit in bits {
                if self.free == 0 {
                    self.bytes.push(0);
                    self.free = 8;
                }
                let at = 8 - self.free;
                *self.bytes.last_mut().unwrap() |= bit << at;
                self.free -= 1;
            }
        }
    }

    /// Empty blocks of the fixed code: ten bits each.
    fn empty_blocks(count: usize) -> Vec<u8> {
        let mut bits = Bits::default();
        for _ in 0..count {
            bits.put(&[0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        }
        bits.put(&[1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        bits.bytes
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_another_implementation_packs_is_unpacked(
            noise in prop::collection::vec(any::<u8>(), 0..3000),
            repeat in 1_usize..200,
            level in 1_i64..=9,
        ) {
            for bytes in [noise.clone(), noise[..noise.len().min(40)].repeat(repeat)] {
                let packed = deflate(&bytes, level);
                prop_assert_eq!(inflate(&packed, bytes.len()), Ok(bytes.clone()));
                prop_assert_eq!(inflate(&packed, bytes.len() + 1), Err(InflateError::Length));
                if !bytes.is_empty() {
                    prop_assert_eq!(inflate(&packed, bytes.len() - 1), Err(InflateError::Length));
                }
                let mut longer = packed.clone();
                longer.push(0);
                prop_assert_eq!(inflate(&longer, bytes.len()), Err(InflateError::Length));
                for cut in 0..packed.len().min(50) {
                    prop_assert!(inflate(&packed[..cut], bytes.len()).is_err());
                }
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, length in 0_usize..5000) {
            let _ = inflate(&bytes, length);
        }
    }

    #[test]
    fn long_files_are_unpacked() {
        let zeros = vec![0; 20_000_000];
        let packed = deflate(&zeros, 9);
        assert!(packed.len() * 900 < zeros.len());
        assert_eq!(inflate(&packed, zeros.len()), Ok(zeros));
    }

    #[test]
    fn empty_blocks_are_bounded() {
        assert_eq!(inflate(&empty_blocks(50), 0), Ok(Vec::new()));
        assert_eq!(
            inflate(&empty_blocks(70), 0),
            Err(InflateError::TooManyBlocks)
        );
        let started = Instant::now();
        let flood = empty_blocks(13_000_000);
        assert!(flood.len() > 16_000_000);
        let built = started.elapsed();
        assert_eq!(inflate(&flood, 0), Err(InflateError::TooManyBlocks));
        // As soon as the bound is reached, and not after all of them.
        assert!(started.elapsed() - built < built);
    }
}
