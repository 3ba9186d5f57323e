//! What a package costs beside the floor of what can't be avoided, one round of each in turns.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use bytes::Bytes;
use portal_asice::{DocumentName, DocumentSource, KeySigner, PackageBuilder, PackageDocument};

use crate::peers::Settings;

const MANIFEST: &str =
    "<portal-signature-job-manifest xmlns=\"http://signering.posten.no/schema/v1\"/>";

/// Prints the medians of package, floor and package in memory as JSON, in milliseconds.
pub(crate) fn run(settings: &Path, pdf: &Path, rounds: usize) {
    let identity = Settings::read(settings).identity();
    let signer = KeySigner::new(&identity).unwrap();
    let key = RsaKeyPair::from_pkcs8(identity.private_key_pkcs8()).unwrap();
    let document = Bytes::from(std::fs::read(pdf).unwrap());
    let package = || {
        let name = DocumentName::new("document.pdf").unwrap();
        let source = DocumentSource::bytes(document.clone());
        PackageBuilder::new(&signer)
            .manifest(MANIFEST)
            .document(PackageDocument::pdf(name, source))
            .build(jiff::Timestamp::now())
            .unwrap()
    };
    let (mut ours, mut least, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    // The first rounds warm up.
    for round in 0..rounds + 3 {
        let times = [
            timed(package),
            timed(|| floor(&key, &document)),
            timed(|| package().into_bytes().unwrap()),
        ];
        if round >= 3 {
            ours.push(times[0]);
            least.push(times[1]);
            whole.push(times[2]);
        }
    }
    let measured = serde_json::json!({
        "ms": median(ours),
        "floor_ms": median(least),
        "in_memory_ms": median(whole),
    });
    println!("{measured}");
}

/// What has to be done whoever does it: every byte read for digest and checksum, one signature.
fn floor(key: &RsaKeyPair, document: &[u8]) {
    black_box(digest(&SHA256, document));
    black_box(crc32fast::hash(document));
    let mut signature = vec![0; key.public_modulus_len()];
    let random = SystemRandom::new();
    key.sign(
        &RSA_PKCS1_SHA256,
        &random,
        b"the list of digests",
        &mut signature,
    )
    .unwrap();
    black_box(signature);
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let made = black_box(work());
    let took = start.elapsed();
    drop(made);
    took
}

pub(crate) fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1000.0
}
