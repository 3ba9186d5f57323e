use std::io::{self, Cursor};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use futures_util::stream;
use proptest::prelude::*;

use super::*;

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

fn kind(outcome: Result<Bytes, TransportError>) -> ErrorKind {
    outcome.unwrap_err().kind().clone()
}

const OTHER_LENGTH: ErrorKind = ErrorKind::RequestBody(RequestBodyProblem::OtherLength);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever a body is made of, it gives the same bytes and knows their number.
    #[test]
    fn every_kind_of_body_gives_its_bytes(
        length in 0_usize..200_000,
        piece in 1_usize..100_000,
    ) {
        let bytes: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
        let pieces: Vec<Result<Bytes, io::Error>> =
            bytes.chunks(piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let bodies = [
            Body::from(bytes.clone()),
            Body::from_reader(Cursor::new(bytes.clone()), length as u64),
            Body::from_stream(stream::iter(pieces), Some(length as u64)),
        ];
        for body in bodies {
            prop_assert_eq!(body.size(), Some(length as u64));
            let whole = run(body.collect(length as u64)).unwrap();
            prop_assert_eq!(&whole[..], &bytes[..]);
        }
    }

    /// A size that is not true is found out, whether it is too small or too large.
    #[test]
    fn a_wrong_size_is_found_out(length in 0_u64..150_000, said in 0_u64..150_000) {
        prop_assume!(length != said);
        let zeros = vec![0; usize::try_from(length).unwrap()];
        let reader = Body::from_reader(Cursor::new(zeros.clone()), said);
        prop_assert_eq!(kind(run(reader.collect(u64::MAX))), OTHER_LENGTH);
        let pieces = stream::iter([Ok::<_, io::Error>(Bytes::from(zeros))]);
        let stream = Body::from_stream(pieces, Some(said));
        prop_assert_eq!(kind(run(stream.collect(u64::MAX))), OTHER_LENGTH);
    }
}

#[test]
fn more_than_the_limit_is_refused() {
    let sized = Body::from("12345");
    assert_eq!(
        kind(run(sized.collect(4))),
        ErrorKind::TooLarge { limit: 4 }
    );
    let endless = stream::repeat_with(|| Ok::<_, io::Error>(Bytes::from_static(b"12345")));
    let endless = Body::from_stream(endless, None);
    let refused = kind(run(endless.collect(1_000)));
    assert_eq!(refused, ErrorKind::TooLarge { limit: 1_000 });
}

#[test]
fn a_reader_that_fails_breaks_the_body_off() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("no disk"))
        }
    }
    let error = run(Body::from_reader(Broken, 10).collect(10)).unwrap_err();
    let unreadable = ErrorKind::RequestBody(RequestBodyProblem::Unreadable);
    assert_eq!(error.kind(), &unreadable);
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "no disk");
}

#[test]
fn a_reader_is_read_only_a_little_ahead() {
    struct Counting(Arc<Mutex<u64>>);
    impl Read for Counting {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            *self.0.lock().unwrap() += buffer.len() as u64;
            Ok(buffer.len())
        }
    }
    run(async {
        let read = Arc::new(Mutex::new(0));
        let mut body = Body::from_reader(Counting(read.clone()), 1 << 40);
        body.next_piece().await.unwrap();
        tokio::task::yield_now().await;
        assert!(*read.lock().unwrap() <= 5 * PIECE as u64 + 5);
    });
}

#[test]
fn progress_goes_up_to_the_size() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let body = Body::from(vec![0; 150_000])
        .with_progress(move |progress| log.lock().unwrap().push(progress));
    run(body.collect(u64::MAX)).unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.len() > 1 && seen.is_sorted_by_key(|progress| progress.done));
    let end = Progress {
        done: 150_000,
        total: Some(150_000),
    };
    assert_eq!(seen.last(), Some(&end));
}

#[test]
fn only_what_is_in_memory_can_be_had_twice() {
    let body = Body::from("abc");
    let again = body.try_clone().unwrap();
    assert_eq!(run(again.collect(3)).unwrap(), "abc");
    let stream = Body::from_reader(Cursor::new("abc"), 3);
    assert!(stream.try_clone().is_none());
}

#[test]
fn debug_shows_the_size_and_nothing_else() {
    let body = Body::from("<person>12345678910</person>");
    assert_eq!(format!("{body:?}"), "Body { size: Some(28) }");
}

#[test]
fn pieces_come_as_a_stream_too() {
    let pieces = run(Body::from(vec![1; 100_000])
        .into_stream()
        .collect::<Vec<_>>());
    let total: usize = pieces.into_iter().map(|piece| piece.unwrap().len()).sum();
    assert_eq!(total, 100_000);
}
