//! Commands that drive a sandbox that runs, so that scripts need no curl.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::arguments::{Act, ClockMove, Drive, TokenAct};
use super::management::{Management, ManagementError};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DriveError {
    #[error(transparent)]
    Management(#[from] ManagementError),
    #[error("no open job has the reference {reference}")]
    NoSuchReference { reference: String },
    #[error("`{fault}` is no fault: give a status such as 503, a name such as drop-after, or JSON")]
    NoSuchFault { fault: String },
}

impl From<DriveError> for Failure {
    fn from(error: DriveError) -> Self {
        let (exit, code, fix) = match &error {
            DriveError::Management(error) => error.class(),
            DriveError::NoSuchReference { .. } => (Exit::Refused, "unknown-job", None),
            DriveError::NoSuchFault { .. } => (Exit::Usage, "usage", None),
        };
        let failure = Self::of(exit, code, &error);
        let failure = match fix {
            Some(fix) => failure.fix(fix),
            None => failure,
        };
        match exit {
            Exit::Configuration | Exit::Unreachable => failure.next("portal sandbox"),
            Exit::Refused => failure.next("portal sandbox jobs"),
            // The help of the command says it.
            _ => failure,
        }
    }
}

/// Carries a command out, and prints what came of it.
pub(crate) fn run(command: &Drive, folder: &Path, output: &Output) -> Result<(), Failure> {
    for part in drive(command, folder)? {
        if output.json {
            output.object(part.kind, part.object)?;
        } else if !part.text.is_empty() {
            output.data(&part.text)?;
        }
    }
    Ok(())
}

/// One thing that came of a command, for programs and for people.
struct Part {
    kind: &'static str,
    object: Value,
    text: String,
}

impl Part {
    fn new(kind: &'static str, object: Value, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { kind, object, text }
    }
}

fn drive(command: &Drive, folder: &Path) -> Result<Vec<Part>, DriveError> {
    let sandbox = Management::of_folder(folder)?;
    let part = match command {
        Drive::Sign(act) if act.signer.is_none() => {
            let job = job(&sandbox, &act.job)?;
            let signed = sandbox.post(&format!("/jobs/{job}/sign"), "")?;
            let signed: Vec<u64> = list(&signed["signed"])
                .filter_map(Value::as_u64)
                .map(|index| index + 1)
                .collect();
            let numbers: Vec<String> = signed.iter().map(u64::to_string).collect();
            let text = format!("signed: {}", numbers.join(", "));
            Part::new("sandbox-signed", json!({ "signers": signed }), text)
        }
        Drive::Sign(act) => act_on(&sandbox, act, "sign")?,
        Drive::Reject(act) => act_on(&sandbox, act, "reject")?,
        Drive::Block(act) => act_on(&sandbox, act, "block")?,
        Drive::Clock { to } => clock(&sandbox, to.as_ref())?,
        Drive::Fail {
            operation,
            fault,
            times,
        } => {
            let body = json!({ "calls": times, "endpoint": operation, "fault": fault_of(fault)? });
            let plan = sandbox.post("/faults", &body.to_string())?;
            return Ok(list(&plan["script"]).map(planned).collect());
        }
        Drive::Token { act } => tokens(&match act {
            None => sandbox.get("/tokens")?,
            Some(TokenAct::Expire) => sandbox.post("/tokens/expire", "")?,
            Some(TokenAct::Revoke) => sandbox.post("/tokens/revoke", "")?,
            Some(TokenAct::Refuse { times }) => {
                let body = json!({ "requests": times });
                sandbox.post("/tokens/refuse", &body.to_string())?
            }
            Some(TokenAct::Restore) => sandbox.post("/tokens/restore", "")?,
        }),
        Drive::Calls {
            job,
            operation,
            xml,
        } => {
            let mut query = format!("?documents={xml}");
            if let Some(job) = job {
                let _ = write!(query, "&job={job}");
            }
            if let Some(operation) = operation {
                let _ = write!(query, "&operation={}", escaped(operation));
            }
            let calls = sandbox.get(&format!("/journal{query}"))?;
            let part = |call: &Value| Part::new("sandbox-call", call.clone(), text_of_call(call));
            return Ok(list(&calls).map(part).collect());
        }
        Drive::Jobs => {
            let jobs = sandbox.get("/jobs")?;
            return Ok(list(&jobs).map(part_of_job).collect());
        }
        Drive::Reset => {
            sandbox.post("/reset", "")?;
            Part::new("sandbox-reset", json!({}), "")
        }
        Drive::Env => {
            let text = variables(&sandbox.settings);
            Part::new("sandbox", sandbox.settings, text)
        }
    };
    Ok(vec![part])
}

fn clock(sandbox: &Management, to: Option<&ClockMove>) -> Result<Part, DriveError> {
    let clock = match to {
        None => sandbox.get("/clock")?,
        Some(ClockMove::Advance { by }) => {
            // It counts whole seconds.
            let seconds = by.as_millis().div_ceil(1000);
            let body = json!({ "seconds": u64::try_from(seconds).unwrap_or(u64::MAX) });
            sandbox.post("/clock/advance", &body.to_string())?
        }
        Some(ClockMove::Set { to }) => {
            let body = json!({ "to": to.to_string() });
            sandbox.post("/clock/set", &body.to_string())?
        }
        Some(ClockMove::Next) => sandbox.post("/clock/next-event", "")?,
    };
    let now = text(&clock["now"]);
    Ok(Part::new("sandbox-clock", json!({ "now": now }), now))
}

/// A line of the plan of faults.
fn planned(line: &Value) -> Part {
    let (calls, operation, fault) = (&line["calls"], text(&line["endpoint"]), &line["fault"]);
    let object = json!({ "calls": calls, "operation": operation, "fault": fault });
    Part::new(
        "sandbox-fault",
        object,
        format!("{calls} of {operation}: {fault}"),
    )
}

fn part_of_job(job: &Value) -> Part {
    let statuses: Vec<_> = list(&job["signers"]).map(|s| text(&s["status"])).collect();
    let object = json!({
        "job_id": job["id"],
        "state": job["state"],
        "signers": statuses,
        "reference": job["reference"],
    });
    let text = format!(
        "{} {} {} {}",
        job["id"],
        text(&job["state"]),
        statuses.join(","),
        text(&job["reference"])
    );
    Part::new("sandbox-job", object, text)
}

/// The number of a job, or `last`; anything else is a reference.
fn job(sandbox: &Management, job: &str) -> Result<String, DriveError> {
    if job == "last" || job.parse::<i64>().is_ok() {
        return Ok(job.to_owned());
    }
    let found = sandbox.get(&format!("/jobs?reference={}", escaped(job)))?;
    let open = list(&found).rfind(|job| job["closed"] == false);
    let id = open.and_then(|job| job["id"].as_i64());
    let id = id.ok_or_else(|| DriveError::NoSuchReference {
        reference: job.to_owned(),
    })?;
    Ok(id.to_string())
}

fn act_on(sandbox: &Management, act: &Act, name: &str) -> Result<Part, DriveError> {
    let id = job(sandbox, &act.job)?;
    let index = act.signer.map_or(0, |signer| signer - 1);
    let signer = index + 1;
    let path = format!("/jobs/{id}/signers/{index}/{name}");
    let job = sandbox
        .post(&path, "")
        .map_err(|error| counted_from_1(error, index))?;
    let status = text(&job["signers"][index as usize]["status"]);
    let object = json!({ "job_id": job["id"], "signer": signer, "status": status });
    Ok(Part::new(
        "sandbox-signer",
        object,
        format!("signer {signer}: {status}"),
    ))
}

/// The API counts signers from 0, and so do its refusals.
fn counted_from_1(mut error: ManagementError, index: u32) -> ManagementError {
    if let ManagementError::Refused { problem, .. } = &mut error {
        *problem = problem
            .replace(&format!("signer {index}"), &format!("signer {}", index + 1))
            .replace("counted from 0", "counted from 1");
    }
    error
}

/// A fault by its number, its name or its JSON.
fn fault_of(fault: &str) -> Result<Value, DriveError> {
    if let Ok(status) = fault.parse::<u16>() {
        return Ok(json!({ "status": status }));
    }
    if fault.starts_with('{') {
        return serde_json::from_str(fault).map_err(|_| DriveError::NoSuchFault {
            fault: fault.to_owned(),
        });
    }
    Ok(fault.into())
}

fn text_of_call(call: &Value) -> String {
    let mut line = format!(
        "{} {} {} {}",
        call["number"],
        text(&call["at"]),
        text(&call["method"]),
        text(&call["path"])
    );
    if let Some(query) = call["query"].as_str() {
        let _ = write!(line, "?{query}");
    }
    let _ = write!(line, " {}", call["status"]);
    if call["with_token"] == true {
        line.push_str(" with token");
    }
    if let Some(job) = call["job"].as_i64() {
        let _ = write!(line, " job {job}");
    }
    if !call["fault"].is_null() {
        let _ = write!(line, " fault {}", call["fault"]);
    }
    if call["client_gone"] == true {
        line.push_str(" client gone");
    }
    if let Some(remark) = call["remark"].as_str() {
        let _ = write!(line, " {remark}");
    }
    for name in ["request", "manifest", "response"] {
        if let Some(xml) = call["documents"][name].as_str() {
            let _ = write!(line, "\n--- {name}\n{}", xml.trim_end());
        }
    }
    line
}

fn tokens(state: &Value) -> Part {
    let mut text = format!(
        "{} hold, each for {} s",
        state["live"], state["life_seconds"]
    );
    if state["revoked"] == true {
        text.push_str("\ncertificates revoked: `token restore` takes it back");
    }
    if state["refusals"] != 0 {
        let _ = write!(
            text,
            "\nrequests still to be refused: {}",
            state["refusals"]
        );
    }
    let object = json!({
        "live": state["live"],
        "life_seconds": state["life_seconds"],
        "revoked": state["revoked"],
        "refusals": state["refusals"],
    });
    Part::new("sandbox-tokens", object, text)
}

/// `export PORTAL_SANDBOX_ROOT_URL='…'` and so on, for `eval`.
fn variables(settings: &Value) -> String {
    let settings = settings.as_object().into_iter().flatten();
    let variable = |(name, value): (&String, &Value)| {
        let value = value.as_str()?.replace('\'', "'\\''");
        Some(format!(
            "export PORTAL_SANDBOX_{}='{value}'",
            name.to_uppercase()
        ))
    };
    settings.filter_map(variable).collect::<Vec<_>>().join("\n")
}

fn list(value: &Value) -> std::slice::Iter<'_, Value> {
    value
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

/// Text for a query.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}
