//! Several programs measured in turns, so that what else the machine does falls on all of them.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::machine::Load;
use crate::process::Failure;

/// A program whose last line of output is an object of figures in JSON.
pub(super) struct Contender {
    name: String,
    command: Command,
    /// Measured from outside; what it prints does not matter.
    timed: bool,
}

/// After such a pause processors sleep, and their caches hold what others did.
const PAUSE: Duration = Duration::from_secs(1);
/// Starts right after one another, behind the one after a pause.
const STARTS_IN_A_ROW: usize = 5;

impl Contender {
    pub(super) fn new(name: &str, command: Command) -> Self {
        Self {
            name: name.to_owned(),
            command,
            timed: false,
        }
    }

    /// How long the whole process takes is the figure: `ms` right after another such process, and
    /// `ms_after_pause`.
    pub(super) fn timed(mut self) -> Self {
        self.timed = true;
        self
    }

    fn run(&mut self) -> Result<Value, Failure> {
        if !self.timed {
            return json(&mut self.command);
        }
        sleep(PAUSE);
        let after_pause = milliseconds(&mut self.command)?;
        let in_a_row = (0..STARTS_IN_A_ROW).map(|_| milliseconds(&mut self.command));
        let in_a_row = median(in_a_row.collect::<Result<_, _>>()?);
        Ok(json!({ "ms": in_a_row, "ms_after_pause": after_pause }))
    }
}

/// What several runs of one contender gave.
pub(super) struct Measured {
    pub(super) name: String,
    runs: Vec<Value>,
    /// How many processors others used before each run.
    pub(super) loads: Vec<f64>,
}

impl Measured {
    /// A figure that was measured within the runs of another.
    pub(super) fn of(name: &str, figure: &str, value: f64, within: &Self) -> Self {
        Self {
            name: name.to_owned(),
            runs: vec![json!({ figure: value })],
            loads: within.loads.clone(),
        }
    }

    /// The median of a figure over all runs; `/` goes into an object.
    pub(super) fn median(&self, figure: &str) -> f64 {
        let pointer = format!("/{figure}");
        let values = self.runs.iter();
        let values = values.filter_map(|run| run.pointer(&pointer)?.as_f64());
        median(values.collect())
    }

    pub(super) fn load(&self) -> f64 {
        median(self.loads.clone())
    }
}

fn milliseconds(command: &mut Command) -> Result<f64, Failure> {
    let started = Instant::now();
    succeed(command)?;
    Ok(started.elapsed().as_secs_f64() * 1000.0)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Runs all of them `turns` times: the first, the second, ..., and again from the first. Each turn
/// waits for a quiet machine, unless `busy`.
pub(super) fn in_turns(
    contenders: &mut [Contender],
    turns: usize,
    busy: bool,
) -> Result<Vec<Measured>, Failure> {
    let mut measured: Vec<Measured> = contenders
        .iter()
        .map(|contender| Measured {
            name: contender.name.clone(),
            runs: Vec::new(),
            loads: Vec::new(),
        })
        .collect();
    for turn in 1..=turns {
        let load = Load::awaited(busy)?;
        for (contender, measured) in contenders.iter_mut().zip(&mut measured) {
            eprintln!("{} ({turn} of {turns})", contender.name);
            measured.runs.push(contender.run()?);
            measured.loads.push(load.used);
        }
    }
    Ok(measured)
}

/// Runs a program and reads its last line of output.
pub(super) fn json(command: &mut Command) -> Result<Value, Failure> {
    let output = succeed(command)?;
    let last = output.lines().last().unwrap_or_default();
    serde_json::from_str(last)
        .map_err(|error| Failure::new(format!("{command:?} printed no figures: {error}")))
}

fn succeed(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure::new(format!("cannot start {command:?}: {error}")))?;
    if !output.status.success() {
        let status = output.status;
        return Err(Failure::new(format!("{command:?} ended with {status}")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_one_counts() {
        assert!((median(vec![9.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn contenders_take_turns_and_the_last_line_counts() {
        let file = std::env::temp_dir().join(format!("bench-turns-{}", std::process::id()));
        let program = |name: &str, figure: u8| {
            let script = format!(
                "echo {name} >> {}; echo x; echo '{{\"ms\": {figure}}}'",
                file.display()
            );
            let mut command = Command::new("sh");
            command.arg("-c").arg(script);
            Contender::new(name, command)
        };
        let measured = in_turns(&mut [program("a", 1), program("b", 2)], 2, true).unwrap();
        let order = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(order.split_whitespace().collect::<String>(), "abab");
        assert_eq!(measured[1].runs, [json!({"ms": 2}), json!({"ms": 2})]);
        assert!((measured[0].median("ms") - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_start_is_timed_in_a_row_and_after_a_pause() {
        let mut slow = Command::new("sleep");
        slow.arg("0.02");
        let measured = in_turns(&mut [Contender::new("slow", slow).timed()], 1, true).unwrap();
        assert!(measured[0].median("ms") >= 20.0);
        assert!(measured[0].median("ms_after_pause") >= 20.0);
    }

    #[test]
    fn a_program_that_fails_or_prints_no_figures_ends_the_run() {
        assert!(json(&mut Command::new("false")).is_err());
        assert!(json(Command::new("echo").arg("nothing")).is_err());
    }
}
