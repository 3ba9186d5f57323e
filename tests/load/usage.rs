//! What this process has used of the machine, as Linux tells it.

use std::fs;
use std::time::Duration;

/// Time on a processor, of all threads that still run.
pub(crate) fn processor_time() -> Duration {
    let threads = fs::read_dir("/proc/self/task").unwrap();
    let nanoseconds = threads.map(|thread| {
        // A thread may end in between.
        let used = fs::read_to_string(thread.unwrap().path().join("schedstat"));
        let used = used.unwrap_or_default();
        let first = used.split(' ').next().unwrap_or_default();
        first.parse::<u64>().unwrap_or_default()
    });
    Duration::from_nanos(nanoseconds.sum())
}

/// The most memory that it had resident at once, in KiB, with the parts of its program that it touched.
pub(crate) fn peak_memory() -> u64 {
    status("VmHWM:")
}

/// The memory that is its own, in KiB: what is resident and no part of a file.
pub(crate) fn own_memory() -> u64 {
    status("RssAnon:")
}

fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse().unwrap()
}
