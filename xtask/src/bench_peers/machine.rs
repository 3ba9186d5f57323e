//! What the figures were measured on, and what else it did.

use std::fmt;
use std::fs;
use std::thread::{available_parallelism, sleep};
use std::time::Duration;

use crate::process::{Failure, command, output};

/// The share of all processors that others may use before figures mislead.
const QUIET: f64 = 0.1;
/// How often the machine is looked at, for two seconds each time, before it counts as busy.
const PATIENCE: usize = 30;

/// The machine and its tools.
pub(super) struct Machine {
    /// A line for each fact.
    pub(super) facts: Vec<String>,
}

impl Machine {
    pub(super) fn read() -> Self {
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = after(&cpu, "model name").unwrap_or("an unknown processor");
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let memory = after(&memory, "MemTotal")
            .and_then(|kib| kib.trim_end_matches(" kB").trim().parse::<u64>().ok());
        let gib = memory.unwrap_or_default() / (1024 * 1024);
        let system = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let mut facts = vec![
            format!("{} processors: {model}", processors()),
            format!("{gib} GiB of memory, Linux {}", system.trim()),
        ];
        for (program, argument) in [("rustc", "--version"), ("java", "--version")] {
            let version = output(&mut command(program, &[argument])).unwrap_or_default();
            facts.extend(version.lines().next().map(str::to_owned));
        }
        Self { facts }
    }
}

/// What stands behind the first colon of the line that begins with `name`.
fn after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim())
}

fn processors() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// What the machine did while this program waited.
#[derive(Clone, Copy)]
pub(super) struct Load {
    /// The load average of the last minute.
    average: f64,
    /// How many processors were in use by others.
    pub(super) used: f64,
}

impl Load {
    /// Looks at the machine for two seconds.
    pub(super) fn now() -> Self {
        let before = Times::read();
        sleep(Duration::from_secs(2));
        let used = before.used_until(&Times::read()) * processors() as f64;
        let average = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let average = average.split(' ').next().and_then(|text| text.parse().ok());
        Self {
            average: average.unwrap_or(f64::NAN),
            used,
        }
    }

    /// Waits a while for a quiet machine. `busy` measures on any.
    pub(super) fn awaited(busy: bool) -> Result<Self, Failure> {
        let mut load = Self::now();
        for _ in 0..PATIENCE {
            if busy || !load.is_busy() {
                return Ok(load);
            }
            load = Self::now();
        }
        Err(Failure::new(format!(
            "other programs use {load}, so that figures would mislead; wait, or take `--busy`, \
             which marks them"
        )))
    }

    pub(super) fn is_busy(&self) -> bool {
        self.used > QUIET * processors() as f64
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.1} of {} processors (load average {:.1})",
            self.used,
            processors(),
            self.average
        )
    }
}

/// Ticks of all processors since the machine's start.
struct Times {
    idle: u64,
    all: u64,
}

impl Times {
    fn read() -> Self {
        Self::parse(&fs::read_to_string("/proc/stat").unwrap_or_default())
    }

    /// Reads the first line: user, nice, system, idle, waiting for disks, and more.
    fn parse(stat: &str) -> Self {
        let line = stat.lines().next().unwrap_or_default();
        let ticks = line.split_whitespace().skip(1);
        let ticks: Vec<u64> = ticks.filter_map(|tick| tick.parse().ok()).collect();
        Self {
            idle: ticks.iter().skip(3).take(2).sum(),
            // The last two, of guests, are part of the first two.
            all: ticks.iter().take(8).sum(),
        }
    }

    /// The share of all processors' time between two readings that was used.
    fn used_until(&self, later: &Self) -> f64 {
        let all = later.all.saturating_sub(self.all).max(1) as f64;
        let idle = later.idle.saturating_sub(self.idle) as f64;
        (1.0 - idle / all).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_in_use_is_what_was_not_idle() {
        let before = Times::parse("cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 1 1 1\n");
        let after = Times::parse("cpu  120 10 60 855 55 0 0 0 20 10\n");
        assert!((before.used_until(&after) - 0.4).abs() < 1e-9);
        assert!(before.used_until(&before).abs() <= 1.0);
    }

    #[test]
    fn facts_stand_behind_a_colon() {
        let text = "processor\t: 0\nmodel name\t: Sample CPU: fast\n";
        assert_eq!(after(text, "model name"), Some("Sample CPU: fast"));
        assert_eq!(after(text, "MemTotal"), None);
    }
}
