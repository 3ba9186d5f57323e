//! `cargo xtask deb`: the Debian package of the `portal` command, and a look at what is in it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process::{Failure, command, output, root, run};

/// The tool, at the version that this was written for.
const CARGO_DEB: &str = "3.8.0";

/// Where the tool is put when it is not on this machine.
const TOOLS: &str = "target/tools";

/// What the package holds beside the program, made by the program itself.
const ASSETS: &str = "target/deb-assets";

/// The program is smaller than that, in bytes.
const LARGEST_PROGRAM: u64 = 20_000_000;

/// Builds the package, unpacks it, and has systemd read its unit.
pub(crate) fn make() -> Result<(), Failure> {
    let mut build = vec![
        "rustc",
        "--profile=dist",
        "-p",
        "portal-cli",
        "--bin=portal",
        "--features=clouds",
    ];
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        // Functions that come to the same code are there once; by lld, which is Rust's linker there.
        build.extend(["--", "-Clink-arg=-Wl,--icf=safe"]);
    }
    run(&mut command("cargo", &build))?;
    let program = root().join("target/dist/portal");
    let length = fs::metadata(&program)
        .map_err(|error| Failure::new(format!("cannot look at {}: {error}", program.display())))?;
    let length = length.len();
    println!("{}: {length} bytes", program.display());
    if length >= LARGEST_PROGRAM {
        let problem = format!("the program has {length} bytes, {LARGEST_PROGRAM} or more");
        return Err(Failure::new(problem));
    }
    write_assets(&program)?;
    let package = package()?;
    check(Path::new(package.trim()))
}

/// Manual pages and completions.
fn write_assets(program: &Path) -> Result<(), Failure> {
    let assets = root().join(ASSETS);
    let failed = |error: std::io::Error| Failure::new(format!("cannot write {ASSETS}: {error}"));
    if assets.exists() {
        fs::remove_dir_all(&assets).map_err(failed)?;
    }
    fs::create_dir_all(&assets).map_err(failed)?;
    run(Command::new(program).arg("man").arg(assets.join("man1")))?;
    for (shell, name) in [
        ("bash", "portal"),
        ("zsh", "_portal"),
        ("fish", "portal.fish"),
    ] {
        let script = output(Command::new(program).args(["completions", shell]))?;
        let folder = assets.join(shell);
        fs::create_dir_all(&folder).map_err(failed)?;
        fs::write(folder.join(name), script).map_err(failed)?;
    }
    Ok(())
}

/// Makes the package and gives its path.
fn package() -> Result<String, Failure> {
    let arguments = [
        "-p",
        "portal-cli",
        "--no-build",
        "--profile=dist",
        "--quiet",
    ];
    let installed = root().join(TOOLS).join("bin/cargo-deb");
    let is_there = Command::new("cargo-deb").arg("--version").output().is_ok();
    if !is_there && !installed.exists() {
        let install = [
            "install",
            "cargo-deb",
            "--locked",
            "--version",
            CARGO_DEB,
            "--root",
            TOOLS,
        ];
        run(&mut command("cargo", &install))?;
    }
    let tool = if is_there {
        "cargo-deb".into()
    } else {
        installed.display().to_string()
    };
    output(&mut command(&tool, &arguments))
}

/// Unpacks the package and has `systemd-analyze` read the unit as it is installed.
fn check(package: &Path) -> Result<(), Failure> {
    println!("{}", package.display());
    let unpacked = root().join("target/deb-root");
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked)
            .map_err(|error| Failure::new(format!("cannot empty target/deb-root: {error}")))?;
    }
    run(Command::new("dpkg-deb")
        .arg("-x")
        .arg(package)
        .arg(&unpacked))?;
    for name in [
        "usr/bin/portal",
        "usr/lib/systemd/system/portal-watch.service",
        "usr/share/man/man1/portal.1.gz",
    ] {
        if !unpacked.join(name).exists() {
            return Err(Failure::new(format!("the package lacks {name}")));
        }
    }
    if Command::new("systemd-analyze")
        .arg("--version")
        .output()
        .is_err()
    {
        println!("skipped: no systemd-analyze on this machine");
        return Ok(());
    }
    // What every system has, so that only the unit itself is read critically.
    let units = unpacked.join("usr/lib/systemd/system");
    let failed =
        |error: std::io::Error| Failure::new(format!("cannot write target/deb-root: {error}"));
    for unit in [
        "sysinit.target",
        "basic.target",
        "shutdown.target",
        "multi-user.target",
        "network-online.target",
        "system.slice",
    ] {
        fs::write(
            units.join(unit),
            "[Unit]\nDescription=part of every system\n",
        )
        .map_err(failed)?;
    }
    fs::create_dir_all(unpacked.join("bin")).map_err(failed)?;
    fs::copy("/bin/kill", unpacked.join("bin/kill")).map_err(failed)?;
    let root = format!("--root={}", unpacked.display());
    let unit = "portal-watch.service";
    run(Command::new("systemd-analyze").args(["verify", "--man=no", &root, unit]))?;
    run(Command::new("systemd-analyze").args([
        "security",
        "--offline=true",
        // Exposure from 0 to 100; what is below counts as well protected.
        "--threshold=20",
        "--no-pager",
        &root,
        unit,
    ]))
}
