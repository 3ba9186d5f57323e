//! Code generation and the gate of this workspace: `cargo xtask COMMAND`.

mod anchors;
mod bench_peers;
mod browser;
mod campaigns;
mod codegen;
mod conformance;
mod deb;
mod doc_links;
mod examples;
mod features;
mod fuzz;
mod gate;
mod interop;
mod layering;
mod mutants;
mod newcomer;
mod package_conformance;
mod pdf_fixtures;
mod process;
mod public_api;
mod schema;
mod stores;
mod words;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  anchors FOLDER   write the table of issuers' certificates from FOLDER's folders prod and test;
              --check compares it with ../shared/reference/certificates where that is there;
              --expiry fails if a certificate that is valid ends within 400 days
  bench-peers measure the whole flow, packages, documents and starts beside other tools, and write
              docs/benchmarks.md; refuses a busy machine, or marks the figures with --busy;
              --quick measures little, and writes to target/bench; --before=FOLDER measures an
              earlier checkout as well
  browser     open the sandbox's pages in headless Chromium; needs chromium and chromium-driver;
              --screenshots takes the documentation's pictures again, and needs pngquant
  codegen     write crates/portal-model/src/generated from xsd/; --check fails if that changes it
  conformance compare the model and the schema with xmllint's verdicts, and have xmlsec1, signxml
              and a JDK verify packages; takes minutes; `model` or `packages` for one of the two
  deb         build the Debian package of the `portal` command, unpack it, and have systemd read its
              unit; installs cargo-deb to target/tools where it is missing
  doc-links   build the docs, and look for dead links and brackets that became no link
  examples    run the examples of portal-client against the sandbox
  fuzz MINUTES     run every fuzz target for so long; needs cargo-fuzz
  fuzz-seed   write valid documents as seeds to fuzz/corpus
  fuzz-smoke  run every fuzz target for a moment, in the same way each time; needs cargo-fuzz
  interop     run the official Java client against the sandbox; needs a JDK and Maven
  kill-campaign    kill a process that watches and stores 300 times while a thousand jobs finish
  relay-campaign   kill two relays 300 times while a thousand jobs finish, on a folder and on object stores
  load-client      5,000 whole jobs by one client, and what creating one takes beside the least
  load-relay       a thousand changes drained by a relay beside the calls alone, to a folder and object stores
  load-sandbox     10,000 jobs in one sandbox, five times over, and 200 clients at once for a minute;
              `smoke` for some seconds of it
  model-campaign   10,000 random sequences of the sandbox's state machine against a plain model
  mutants     mutation testing of what verifies, of TLS, of the watch's ledger and of the relay; hours; needs
              cargo-mutants; a crate's name for one, --report for target/mutants.md alone, --forget to
              begin again
  newcomer    build and test templates/newcomer outside the workspace
  public-api  write the lists of public items to docs/api; --check fails if that changes them or if
              a type of another crate is not allowed; --count for how many
  pdf-fixtures     sign PDFs with pyHanko and openssl, break some, and compare what portal-verify,
              pyHanko and pdfsig say of them and of 200 documents of the sandbox; replaces the
              fixtures of portal-verify, or leaves them with --keep
  simulated-month  poll a million times on a controlled clock
  stores      run the relay against gofakes3, versitygw and s3rver, and its webhooks against Python's
              standardwebhooks; installs them to target/stores; needs go, npm and python3;
              stores azure: the relay against Azurite
  words       words and names that were replaced, in public docs and texts; --count for how many
  ci          format, words, generated code, lints, docs, public API, layering, anchors, features, licences,
              sources, examples, load, interop, browser, fuzzing
  layering    which crate may depend on which, and what none may pull in
  features    every crate with each of its features alone, none and all";

fn main() -> ExitCode {
    if let Some(status) = public_api::as_rustdoc() {
        return status;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["codegen"] => codegen::write(),
        ["codegen", "--check"] => codegen::check(),
        ["anchors", "--check"] => anchors::check(),
        ["anchors", "--expiry"] => anchors::check_expiry(),
        ["anchors", folder] if !folder.starts_with("--") => anchors::write(folder),
        ["browser"] => browser::check(),
        ["browser", "--screenshots"] => browser::take_screenshots(),
        ["bench-peers", options @ ..]
            if options.iter().all(|option| {
                matches!(*option, "--busy" | "--quick") || option.starts_with("--before=")
            }) =>
        {
            bench_peers::run(options)
        }
        ["conformance"] => conformance::check().and_then(|()| package_conformance::check()),
        ["conformance", "model"] => conformance::check(),
        ["conformance", "packages"] => package_conformance::check(),
        ["deb"] => deb::make(),
        ["examples"] => examples::check(),
        ["fuzz", minutes] => fuzz::campaign(minutes),
        ["fuzz-smoke"] => fuzz::smoke(),
        ["fuzz-seed"] => fuzz::seed(),
        ["interop"] => interop::check(),
        ["kill-campaign"] => campaigns::kill_campaign(),
        ["relay-campaign"] => campaigns::relay(),
        ["simulated-month"] => campaigns::simulated_month(),
        ["load-client"] => campaigns::load_client(),
        ["load-relay"] => campaigns::load_relay(),
        ["load-sandbox"] => campaigns::load_sandbox(),
        ["load-sandbox", "smoke"] => campaigns::load_smoke(),
        ["pdf-fixtures"] => pdf_fixtures::make(false),
        ["pdf-fixtures", "--keep"] => pdf_fixtures::make(true),
        ["model-campaign"] => campaigns::model(),
        ["ci"] => gate::run_all_steps(),
        ["layering"] => layering::check(),
        ["features"] => features::check(),
        ["doc-links"] => doc_links::check(),
        ["mutants"] => mutants::run(None),
        ["mutants", "--forget"] => mutants::forget(),
        ["mutants", "--report"] => mutants::report(),
        ["mutants", package] => mutants::run(Some(package)),
        ["newcomer"] => newcomer::check(),
        ["public-api"] => public_api::write(),
        ["public-api", "--check"] => public_api::check(),
        ["public-api", "--count"] => public_api::count(),
        ["stores"] => stores::check(),
        ["stores", "azure"] => stores::check_azure(),
        ["words"] => words::check(),
        ["words", "--count"] => words::count(),
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
