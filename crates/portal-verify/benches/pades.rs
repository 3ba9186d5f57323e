//! What a report costs: time beside the SHA-256 of the same bytes, and memory.
//!
//! `cargo bench -p portal-verify` prints the figures and fails if one is over its bar. Digest and
//! report are measured in turns in one run; of each the fastest round counts.

#[path = "../tests/it/making.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod making;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use making::{AnyError, Maker};
use portal_verify::{pades, xades};

const ROUNDS: usize = 40;
/// The bar on time, as a multiple of the digest's.
const TIME_BAR: f64 = 3.0;

#[tokio::main]
async fn main() -> Result<ExitCode, AnyError> {
    let maker = Maker::new().await?;
    let mut held = true;
    println!("     size      SHA-256       report  ratio (bar)   memory beside the file (bar)");
    for (lengths, bar) in [
        (vec![100_000], None),
        (vec![1_000_000], None),
        (vec![5_000_000, 5_000_000], Some(TIME_BAR)),
    ] {
        let made = maker.make(2, &lengths).await?;
        let bytes = made.pades;
        assert!(!pades(&bytes).is_broken());
        let mut best = [Duration::MAX; 2];
        for _ in 0..ROUNDS {
            best[0] = best[0].min(timed(|| digest(&SHA256, &bytes)));
            best[1] = best[1].min(timed(|| pades(&bytes)));
        }
        let ratio = best[1].as_secs_f64() / best[0].as_secs_f64();
        let used = allocation_counter::measure(|| drop(pades(&bytes))).bytes_max;
        let length = bytes.len() as u64;
        // The file itself is the first of the two times that are allowed.
        let within = bar.is_none_or(|bar| ratio <= bar && used <= length);
        held &= within;
        println!(
            "{length:>9}  {:>8.3} ms  {:>8.3} ms  {ratio:>5.2} ({})   {used:>9} ({length}){}",
            best[0].as_secs_f64() * 1e3,
            best[1].as_secs_f64() * 1e3,
            bar.map_or("-".to_owned(), |bar| format!("{bar:.1}")),
            if within { "" } else { "  OVER THE BAR" }
        );
        let xml = &made.xades[0];
        let taken = (0..ROUNDS).map(|_| timed(|| xades(xml))).min();
        println!(
            "    XAdES of {} bytes: {:.3} ms",
            xml.len(),
            taken.unwrap_or_default().as_secs_f64() * 1e3
        );
    }
    Ok(if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn timed<T>(run: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(run());
    start.elapsed()
}
