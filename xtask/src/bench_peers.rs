//! `cargo xtask bench-peers`: this project beside other tools that do the same, in one run on one
//! machine. Writes `docs/benchmarks.md` and its plots.

mod effort;
mod java;
mod machine;
mod plot;
mod programs;
mod report;
mod series;

use std::fs;
use std::path::{Path, PathBuf};

use crate::interop::Sandbox;
use crate::process::{Failure, root};
use effort::Effort;
use machine::{Load, Machine};
use programs::Programs;
use report::Report;
use series::{Contender, Measured, in_turns};

/// Jobs of a flow at once.
const AT_ONCE: &str = "16";
/// The sizes of packages.
const PACKAGES: [(usize, &str); 3] = [
    (100_000, "100 KB"),
    (1_000_000, "1 MB"),
    (10_000_000, "10 MB"),
];

/// Measures everything. On a machine with other work it fails before it prints figures, unless
/// with `--busy`: then the report says that they mislead. `--quick` measures little, and leaves
/// `docs` alone. `--before=FOLDER` measures an earlier checkout as well: what creating, reading and a start took then.
pub(crate) fn run(options: &[&str]) -> Result<(), Failure> {
    let busy = options.contains(&"--busy");
    let effort = if options.contains(&"--quick") {
        Effort::QUICK
    } else {
        Effort::FULL
    };
    let before = options
        .iter()
        .find_map(|option| option.strip_prefix("--before="));
    let programs = Programs::build(before.map(Path::new))?;
    let machine = Machine::read();
    // Building has just made the load; what others do now shows in a moment.
    let load = Load::awaited(busy)?;
    let folder = root().join("target/bench");
    fs::create_dir_all(&folder).map_err(cannot("make", &folder))?;
    let bench = Bench {
        sandbox: Sandbox::start(&programs.portal, &folder.join("sandbox"))?,
        programs,
        folder,
        report_folder: effort.folder(),
        effort,
        busy,
    };
    let mut report = Report::new(&machine, &load, &bench.effort, busy);
    bench.flow(&mut report)?;
    bench.creating(&mut report)?;
    bench.packages(&mut report)?;
    bench.documents(&mut report)?;
    bench.starts(&mut report)?;
    bench.growth(&mut report)?;
    report.write(&bench.report_folder)
}

struct Bench {
    programs: Programs,
    sandbox: Sandbox,
    folder: PathBuf,
    /// Where report and plots go.
    report_folder: PathBuf,
    effort: Effort,
    busy: bool,
}

impl Bench {
    fn flow(&self, report: &mut Report) -> Result<(), Failure> {
        let pdf = self.document("flow.pdf", 20_000, true)?;
        let settings = self.folder.join("sandbox/sandbox.json");
        let ours = |library: &str| {
            let mut command = self.programs.load("flow");
            command.args([&settings]).arg(library).arg(&pdf);
            command.args([AT_ONCE, self.effort.warm_up, self.effort.jobs]);
            command
        };
        let java = |without_state: &str| {
            let mut command = self.programs.java(&self.sandbox, "flow")?;
            command.arg("--pdf").arg(&pdf);
            command.args([
                "--at-once",
                AT_ONCE,
                "--warm-up",
                self.effort.java_flow_warm_up,
                "--jobs",
                self.effort.jobs,
            ]);
            command.args(["--without-connection-state", without_state]);
            Ok::<_, Failure>(command)
        };
        let mut contenders = vec![
            Contender::new("portal-client over hyper", ours("hyper")),
            Contender::new("portal-client over reqwest", ours("reqwest")),
        ];
        if self.programs.has_java() {
            contenders.push(Contender::new("Java client", java("no")?));
            contenders.push(Contender::new(
                "Java client, connection state off",
                java("yes")?,
            ));
        }
        let measured = in_turns(&mut contenders, self.effort.turns, self.busy)?;
        let bars = measured.iter();
        let bars = bars.map(|row| (row.name.as_str(), row.median("jobs_per_second")));
        let bars: Vec<(&str, f64)> = bars.collect();
        plot::bars(
            &self.report_folder,
            "flow",
            "whole jobs per second, 16 at once",
            &bars,
        )?;
        report.section("Whole flow, 16 jobs at once", report::FLOW);
        report.image("flow", "whole jobs per second of each client");
        report.rows(
            &[
                "client",
                "jobs/s",
                "processor ms/job",
                "own memory MiB",
                "peak memory MiB",
                "create p50 ms",
                "create p99 ms",
            ],
            &[
                ("jobs_per_second", 1.0, 0),
                ("processor_ms_per_job", 1.0, 2),
                ("own_memory_kib", 1.0 / 1024.0, 1),
                ("peak_memory_kib", 1.0 / 1024.0, 0),
                ("create_p50_ms", 1.0, 1),
                ("create_p99_ms", 1.0, 1),
            ],
            &measured,
        );
        report.skipped(self.programs.java_skipped());
        Ok(())
    }

    fn creating(&self, report: &mut Report) -> Result<(), Failure> {
        let mut command = self.programs.load("create");
        command.arg(self.effort.creates);
        let mut contenders = vec![Contender::new("portal-client", command)];
        if let Some(before) = &self.programs.before {
            let mut command = before.load("create");
            command.arg(self.effort.creates);
            contenders.push(Contender::new(&before.name, command));
        }
        let measured = in_turns(&mut contenders, self.effort.turns, self.busy)?;
        report.section("Creating a job beside its floor", report::CREATING);
        for size in ["20", "200", "2000"] {
            let of = |name: &str, of: &Measured, figure: &str| {
                let figure = format!("kb_{size}/{figure}");
                Measured::of(name, "ms", of.median(&figure), of)
            };
            let ours = &measured[0];
            report.heading(&format!("A document of {size} kB"));
            let mut rows = vec![
                of("the floor", ours, "floor_ms"),
                of("create", ours, "ms"),
                of("create, signing on another thread", ours, "elsewhere_ms"),
            ];
            for before in &measured[1..] {
                rows.push(of(&format!("create, {}", before.name), before, "ms"));
            }
            report.compared(&["", "processor ms", "beside the floor"], ("ms", 3), &rows);
        }
        Ok(())
    }

    /// The Java client makes all packages in one process, since it warms up for long.
    fn packages(&self, report: &mut Report) -> Result<(), Failure> {
        report.section("Packages", report::PACKAGES);
        let settings = self.folder.join("sandbox/sandbox.json");
        let mut kinds = Vec::new();
        for ((size, shown), rounds) in PACKAGES.into_iter().zip(self.effort.packages) {
            for (noise, what) in [(true, "noise"), (false, "blank")] {
                let name = format!("package-{size}-{what}.pdf");
                let heading = format!("{shown} of {what}");
                kinds.push((self.document(&name, size, noise)?, heading, rounds));
            }
        }
        let mut contenders = Vec::new();
        if self.programs.has_java() {
            let mut java = self.programs.java(&self.sandbox, "packages")?;
            java.args(["--warm-up", self.effort.java_warm_up]);
            let pdfs = std::env::join_paths(kinds.iter().map(|(pdf, _, _)| pdf));
            let pdfs = pdfs.map_err(|_| Failure::new("the target folder's name has a colon"))?;
            let rounds: Vec<&str> = kinds.iter().map(|(_, _, rounds)| *rounds).collect();
            java.arg("--pdfs").arg(pdfs);
            java.args(["--rounds", &rounds.join(",")]);
            contenders.push(Contender::new("Java client, warm", java));
        }
        let first = contenders.len();
        for (pdf, _, rounds) in &kinds {
            let mut ours = self.programs.load("packages");
            ours.arg(&settings).arg(pdf).arg(rounds);
            contenders.push(Contender::new("portal-asice", ours));
            if let Some(python) = &self.programs.python {
                for (tool, name) in [("xmlsec", "python-xmlsec"), ("signxml", "signxml")] {
                    let mut command = std::process::Command::new(python);
                    let command_line = command.current_dir(root());
                    command_line.arg("xtask/conformance/peers.py").arg(tool);
                    command_line.arg(pdf).arg(rounds);
                    contenders.push(Contender::new(name, command));
                }
            }
        }
        let measured = in_turns(&mut contenders, self.effort.turns, self.busy)?;
        let (java, others) = measured.split_at(first);
        let of_each = others.len() / kinds.len();
        for ((index, (_, heading, _)), others) in
            kinds.iter().enumerate().zip(others.chunks_exact(of_each))
        {
            let ms = |of: &Measured, name: &str, figure: &str| {
                Measured::of(name, "ms", of.median(figure), of)
            };
            let mut rows = vec![
                ms(&others[0], &others[0].name, "ms"),
                ms(&others[0], "the floor", "floor_ms"),
            ];
            for java in java {
                rows.push(ms(java, &java.name, &format!("ms/{index}")));
            }
            for other in &others[1..] {
                rows.push(ms(other, &other.name, "ms"));
            }
            report.heading(heading);
            report.compared(&["", "ms", "beside ours"], ("ms", 3), &rows);
        }
        report.skipped(self.programs.java_skipped());
        report.skipped(self.programs.python_skipped());
        Ok(())
    }

    fn documents(&self, report: &mut Report) -> Result<(), Failure> {
        let mut ours = std::process::Command::new(&self.programs.xml_bench);
        ours.arg("--json").arg(&self.folder);
        let mut contenders = vec![Contender::new("portal-model", ours)];
        if self.programs.has_java() {
            let mut java = self.programs.java(&self.sandbox, "documents")?;
            java.arg("--status-change")
                .arg(self.folder.join("status-change.xml"));
            java.arg("--manifest").arg(self.folder.join("manifest.xml"));
            java.args(["--warm-up", self.effort.jaxb_warm_up]);
            contenders.push(Contender::new("JAXB, warm", java));
        }
        if let Some(before) = &self.programs.before {
            let folder = self.folder.join("before");
            fs::create_dir_all(&folder).map_err(cannot("make", &folder))?;
            let mut command = std::process::Command::new(&before.xml_bench);
            command.arg("--json").arg(folder);
            contenders.push(Contender::new(&before.name, command));
        }
        let measured = in_turns(&mut contenders, self.effort.turns, self.busy)?;
        report.section("Documents", report::DOCUMENTS);
        for (heading, figure) in [
            ("Reading a status change with ten signatures", "read"),
            (
                "Writing a manifest of ten signers and twenty documents",
                "write",
            ),
        ] {
            let ours = &measured[0];
            let key = format!("{figure}_us");
            let mut rows = vec![Measured::of(&ours.name, "us", ours.median(&key), ours)];
            for (name, part) in [
                ("an event loop of quick-xml", "floor"),
                ("serde by hand", "serde"),
            ] {
                let median = ours.median(&format!("{figure}_{part}_us"));
                rows.push(Measured::of(name, "us", median, ours));
            }
            for other in &measured[1..] {
                rows.push(Measured::of(&other.name, "us", other.median(&key), other));
            }
            report.heading(heading);
            report.compared(&["", "us", "beside ours"], ("us", 2), &rows);
        }
        report.skipped(self.programs.java_skipped());
        Ok(())
    }

    fn starts(&self, report: &mut Report) -> Result<(), Failure> {
        let mut poll = self.programs.load("first-poll");
        poll.arg(self.folder.join("sandbox/sandbox.json"));
        let mut version = std::process::Command::new(&self.programs.portal);
        version.arg("--version");
        let least = std::process::Command::new("true");
        let mut contenders = vec![
            Contender::new("start to the first response to a poll, and end", poll).timed(),
            Contender::new("`portal --version`", version).timed(),
            Contender::new("`true`, which does nothing", least).timed(),
        ];
        if let Some(before) = &self.programs.before {
            let mut poll = before.load("first-poll");
            poll.arg(self.folder.join("sandbox/sandbox.json"));
            let name = format!("start to the first response, {}", before.name);
            contenders.push(Contender::new(&name, poll).timed());
        }
        let measured = in_turns(&mut contenders, self.effort.starts, self.busy)?;
        report.section("Start of a process", report::STARTS);
        report.rows(
            &["process", "ms", "ms after a pause"],
            &[("ms", 1.0, 1), ("ms_after_pause", 1.0, 1)],
            &measured,
        );
        Ok(())
    }

    fn growth(&self, report: &mut Report) -> Result<(), Failure> {
        let mut command = self.programs.load("growth");
        command
            .arg(self.folder.join("sandbox/sandbox.json"))
            .arg(self.effort.growth);
        let load = Load::awaited(self.busy)?;
        let growth = series::json(&mut command)?;
        plot::growth(&self.report_folder, "growth", &growth)?;
        report.section("How the cost grows", report::GROWTH);
        report.image(
            "growth",
            "milliseconds by documents, bytes, signers and open jobs",
        );
        report.growth(&growth, &load);
        Ok(())
    }

    /// A PDF of about the size, of noise or of spaces.
    fn document(&self, name: &str, size: usize, noise: bool) -> Result<PathBuf, Failure> {
        let mut content = vec![b' '; size];
        if noise {
            // A generator by Marsaglia: no compression finds anything in it, and every run has the same.
            let mut state = 0x9E37_79B9_7F4A_7C15_u64;
            for byte in &mut content {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                *byte = state.to_le_bytes()[7];
            }
        }
        // With a table that is right: a broken one is looked for in the whole document.
        let catalog = "%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n";
        let head = format!("{catalog}2 0 obj\n<</Length {size}>>\nstream\n");
        let end = "\nendstream\nendobj\n";
        let table = head.len() + size + end.len();
        let tail = format!(
            "{end}xref\n0 3\n0000000000 65535 f \n{:010} 00000 n \n{:010} 00000 n \n\
             trailer\n<</Size 3/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n",
            "%PDF-1.7\n".len(),
            catalog.len()
        );
        let path = self.folder.join(name);
        let bytes = [head.as_bytes(), &content, tail.as_bytes()].concat();
        fs::write(&path, bytes).map_err(cannot("write", &path))?;
        Ok(path)
    }
}

fn cannot(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    let path = path.display().to_string();
    move |error| Failure::new(format!("cannot {what} {path}: {error}"))
}
