//! What a sandbox holds once its jobs are confirmed, counted by the allocator of this process.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected is to end there"
)]

#[path = "it/client.rs"]
#[expect(
    dead_code,
    reason = "shared with the other tests, of which each needs a part"
)]
mod client;
#[path = "it/jobs.rs"]
#[expect(
    dead_code,
    reason = "shared with the other tests, of which each needs a part"
)]
mod jobs;

use std::alloc::System;
use std::fs;

use cap::Cap;
use client::{Client, standing};
use jobs::{Draft, change};
use portal_sandbox::Sandbox;

#[global_allocator]
static HEAP: Cap<System> = Cap::new(System, usize::MAX);

const JOBS: &str = "/api/123456789/portal/signature-jobs";
const MEGABYTE: usize = 1024 * 1024;

/// Creates jobs and lets them be signed.
async fn hold(draft: &Draft, jobs: usize, sandbox: &Sandbox, client: &mut Client) {
    for _ in 0..jobs {
        draft.create(sandbox, client).await.sign(0).unwrap();
        sandbox.clear_journal();
    }
}

/// Polls and confirms until so many jobs have ended.
async fn confirm_all(jobs: usize, sandbox: &Sandbox, client: &mut Client) {
    for _ in 0..jobs {
        let change = change(&client.get(JOBS).await);
        client.post(change.confirmation_url.as_str()).await;
        sandbox.clear_journal();
    }
}

/// Forty jobs; as many as `PORTAL_MEMORY_JOBS` says, if it does.
#[tokio::test]
async fn documents_of_confirmed_jobs_take_no_memory() {
    let jobs = std::env::var("PORTAL_MEMORY_JOBS").ok();
    let jobs: usize = jobs.map_or(40, |jobs| jobs.parse().unwrap());
    let sandbox = standing().start().await.unwrap();
    let mut client = Client::sender(&sandbox).await;
    let mut draft = Draft::one();
    // What can't be compressed, in a comment at the end of the file.
    let mut random = 1_u32;
    let mut comment = String::from("\n%");
    while comment.len() < MEGABYTE {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        comment.push(char::from(b'0' + u8::try_from(random >> 26).unwrap()));
    }
    let end = draft.files[0].1.len() - b"%%EOF".len();
    draft.files[0]
        .1
        .splice(end..end, (comment + "\n").into_bytes());

    // What one job leaves in buffers and caches is there from here on.
    hold(&draft, 1, &sandbox, &mut client).await;
    confirm_all(1, &sandbox, &mut client).await;
    let before = HEAP.allocated();
    hold(&draft, jobs, &sandbox, &mut client).await;
    let held = HEAP.allocated();
    // All of them are there at once.
    assert_eq!(sandbox.jobs().len(), jobs);
    assert!(held - before > jobs * MEGABYTE, "{held} {before}");
    confirm_all(jobs, &sandbox, &mut client).await;
    let after = HEAP.allocated();
    let resident = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = resident.lines().find(|line| line.starts_with("VmRSS"));
    println!(
        "{jobs} jobs of 1 MB at once: heap {} kB before, {} kB with all of them, {} kB after; resident: {}",
        before / 1024,
        held / 1024,
        after / 1024,
        resident.unwrap_or("unknown")
    );
    assert_eq!(sandbox.jobs().len(), 0);
    let kept = after.saturating_sub(before);
    // Each job leaves what is known of its end, without its documents.
    assert!(kept < 4 * MEGABYTE + jobs * 16 * 1024, "{kept}");
}
