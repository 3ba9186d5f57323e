//! What a package costs: time against the floor of what can't be avoided, and memory.
//!
//! `cargo bench -p portal-asice` prints the figures and fails if one is over its bar.
//! Floor and package are measured in turns in one run, so that what else the machine does falls
//! on both; of each the fastest round counts.

use std::error::Error;
use std::hint::black_box;
use std::io::sink;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use jiff::Timestamp;
use portal_asice::{
    DocumentName, DocumentSource, KeySigner, PackageBuilder, PackageDocument, Verifier,
};
use portal_certificate::EnterpriseCertificate;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

const MANIFEST: &str =
    "<portal-signature-job-manifest xmlns=\"http://signering.posten.no/schema/v1\"/>";
/// The bar on peak memory for 20 documents of 500 KB from files.
const MEMORY_BAR: u64 = 8 * 1024 * 1024;

type Failure = Box<dyn Error>;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Failure> {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
    let certificate = CertificateParams::new(vec!["example.com".into()])?.self_signed(&key)?;
    let sender =
        EnterpriseCertificate::from_der([certificate.der().to_vec()], key.serialize_der())?;
    let signer = KeySigner::new(&sender)?;
    let floor_key = RsaKeyPair::from_pkcs8(sender.private_key_pkcs8())?;

    println!(
        "    size       floor      build   ratio  (bar)   + to a sink   + to memory       verify"
    );
    let mut held = true;
    for (size, rounds, bar) in [
        (100_000, 400, Some(1.3)),
        (1_000_000, 200, None),
        (10_000_000, 60, Some(1.15)),
    ] {
        let bytes = noise(size);
        let source = DocumentSource::bytes(bytes.clone());
        let build = || package(&signer, [source.clone()]);
        let mut times: [Vec<Duration>; 5] = Default::default();
        let built = build()?.into_bytes()?;
        let verifier = Verifier::new([sender.leaf().clone()]).any_signing_time();
        for _ in 0..rounds {
            times[0].push(timed(|| floor(&floor_key, &bytes))?);
            times[1].push(timed(build)?);
            times[2].push(timed(|| Ok(build()?.write_to(&mut sink())?))?);
            times[3].push(timed(|| Ok(build()?.into_bytes()?))?);
            times[4].push(timed(|| {
                Ok(verifier.verify(&built, Timestamp::UNIX_EPOCH)?)
            })?);
        }
        let [floor, package, streamed, written, verified] = times.map(fastest);
        let ratio = package.as_secs_f64() / floor.as_secs_f64();
        let within = bar.is_none_or(|bar| ratio <= bar);
        held &= within;
        println!(
            "{size:>8}  {:>7.3} ms {:>7.3} ms {ratio:>6.3}  ({})  {:>9.3} ms  {:>9.3} ms  {:>9.3} ms{}",
            millis(floor),
            millis(package),
            bar.map_or("-".into(), |bar| format!("{bar:.2}")),
            millis(streamed),
            millis(written),
            millis(verified),
            if within { "" } else { "  OVER" },
        );
    }
    held &= memory(&signer)?;
    Ok(held)
}

/// Builds and writes 20 documents of 500 KB from files, and looks at what was allocated at most.
fn memory(signer: &KeySigner) -> Result<bool, Failure> {
    let folder = tempfile::tempdir()?;
    let mut sources = Vec::new();
    for index in 0..20 {
        let path = folder.path().join(index.to_string());
        std::fs::write(&path, noise(500_000))?;
        sources.push(DocumentSource::file(path));
    }
    let mut outcome = Ok(0);
    let info = allocation_counter::measure(|| {
        outcome = package(signer, sources).and_then(|built| Ok(built.write_to(&mut sink())?));
    });
    let length = outcome?;
    println!(
        "20 x 500 KB from files: {length} bytes written, {} KB allocated at most (bar {} KB)",
        info.bytes_max / 1024,
        MEMORY_BAR / 1024
    );
    Ok(info.bytes_max < MEMORY_BAR)
}

/// What has to be done whoever does it: read every byte for digest and checksum, and sign once.
fn floor(key: &RsaKeyPair, bytes: &[u8]) -> Result<(), Failure> {
    black_box(digest(&SHA256, bytes));
    black_box(crc32fast::hash(bytes));
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        b"the list of digests",
        &mut signature,
    )
    .map_err(|_| "the key does not sign")?;
    black_box(signature);
    Ok(())
}

fn package(
    signer: &KeySigner,
    sources: impl IntoIterator<Item = DocumentSource>,
) -> Result<portal_asice::Package, Failure> {
    let mut builder = PackageBuilder::new(signer).manifest(MANIFEST);
    for (index, source) in sources.into_iter().enumerate() {
        let name = DocumentName::new(format!("{index}.pdf"))?;
        builder = builder.document(PackageDocument::pdf(name, source));
    }
    Ok(builder.build("2026-03-01T12:00:00Z".parse()?)?)
}

/// Bytes that don't compress, as those of PDF files.
fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let _ = SystemRandom::new().fill(&mut bytes);
    bytes
}

fn timed<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<Duration, Failure> {
    let start = Instant::now();
    let made = black_box(work()?);
    let elapsed = start.elapsed();
    drop(made);
    Ok(elapsed)
}

/// The fastest of many rounds: whatever else the machine does makes times longer, never shorter.
fn fastest(times: Vec<Duration>) -> Duration {
    times.into_iter().min().unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
