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

/// The most memory that it had in use at once, in KiB.
pub(crate) fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse().unwrap()
}
