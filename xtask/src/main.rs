//! Code generation and the gate of this workspace: `cargo xtask COMMAND`.

mod browser;
mod campaigns;
mod codegen;
mod conformance;
mod examples;
mod features;
mod fuzz;
mod gate;
mod interop;
mod layering;
mod package_conformance;
mod pdf_fixtures;
mod process;
mod schema;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  bench-peers time packages here, and their digests and signature with other tools
  browser     open the sandbox's pages in headless Chromium; needs chromium and chromium-driver;
              --screenshots takes the documentation's pictures anew, and needs pngquant
  codegen     write crates/portal-model/src/generated from xsd/; --check fails if that changes it
  conformance compare the model and the schema with xmllint's verdicts, and have xmlsec1, signxml
              and a JDK verify packages; takes minutes; `model` or `packages` for one of the two
  examples    run the examples of portal-client against the sandbox
  fuzz-seed   write valid documents as seeds to fuzz/corpus
  fuzz-smoke  run every fuzz target for a moment; needs cargo-fuzz
  interop     run the official Java client against the sandbox; needs a JDK and Maven
  kill-campaign    kill a process that watches and stores 300 times while a thousand jobs finish
  load-client      5,000 whole jobs by one client, and what creating one takes beside the least
  load-sandbox     10,000 jobs in one sandbox, five times over, and 200 clients at once for a minute;
              `smoke` for some seconds of it
  model-campaign   10,000 random sequences of the sandbox's state machine against a plain model
  pdf-fixtures     sign PDFs with pyHanko and openssl, break some, and compare what portal-verify,
              pyHanko and pdfsig say of them and of 200 documents of the sandbox; replaces the
              fixtures of portal-verify, or leaves them with --keep
  simulated-month  poll a million times on a controlled clock
  ci          format, generated code, lints, docs, layering, features, licences, sources,
              examples, load, interop, browser, fuzzing
  layering    which crate may depend on which, and what none may pull in
  features    every crate with each of its features alone, none and all";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["codegen"] => codegen::write(),
        ["codegen", "--check"] => codegen::check(),
        ["browser"] => browser::check(),
        ["browser", "--screenshots"] => browser::take_screenshots(),
        ["bench-peers"] => package_conformance::bench_peers(),
        ["conformance"] => conformance::check().and_then(|()| package_conformance::check()),
        ["conformance", "model"] => conformance::check(),
        ["conformance", "packages"] => package_conformance::check(),
        ["examples"] => examples::check(),
        ["fuzz-smoke"] => fuzz::smoke(),
        ["fuzz-seed"] => fuzz::seed(),
        ["interop"] => interop::check(),
        ["kill-campaign"] => campaigns::kill_campaign(),
        ["simulated-month"] => campaigns::simulated_month(),
        ["load-client"] => campaigns::load_client(),
        ["load-sandbox"] => campaigns::load_sandbox(),
        ["load-sandbox", "smoke"] => campaigns::load_smoke(),
        ["pdf-fixtures"] => pdf_fixtures::make(false),
        ["pdf-fixtures", "--keep"] => pdf_fixtures::make(true),
        ["model-campaign"] => campaigns::model(),
        ["ci"] => gate::run_all_steps(),
        ["layering"] => layering::check(),
        ["features"] => features::check(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
