//! Commands that drive a sandbox that runs, so that scripts need no curl.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::arguments::{Act, ClockMove, Drive, TokenAct};
use super::management::{Management, ManagementError};

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DriveError {
    #[error(transparent)]
    Management(#[from] ManagementError),
    #[error("no job has the reference {reference}: `portal sandbox jobs` lists them")]
    NoSuchReference { reference: String },
    #[error("`{fault}` is no fault: give a status such as 503, a name such as drop-after, or JSON")]
    NoSuchFault { fault: String },
    #[error("the result could not be printed")]
    Output(#[from] io::Error),
}

/// Carries a command out, and prints what came of it.
pub(crate) fn run(command: &Drive, folder: &Path, mut out: impl Write) -> Result<(), DriveError> {
    let sandbox = Management::of_folder(folder)?;
    match command {
        Drive::Sign(act) => match act.signer {
            None => {
                let job = job(&sandbox, &act.job)?;
                let signed = sandbox.post(&format!("/jobs/{job}/sign"), "")?;
                let signed: Vec<_> = list(&signed["signed"])
                    .filter_map(Value::as_u64)
                    .map(|index| (index + 1).to_string())
                    .collect();
                writeln!(out, "signed: {}", signed.join(", "))?;
            }
            Some(_) => act_on(&sandbox, act, "sign", &mut out)?,
        },
        Drive::Reject(act) => act_on(&sandbox, act, "reject", &mut out)?,
        Drive::Block(act) => act_on(&sandbox, act, "block", &mut out)?,
        Drive::Clock { to } => {
            let clock = match to {
                None => sandbox.get("/clock")?,
                Some(ClockMove::Advance { by }) => {
                    let body = json!({ "seconds": by.as_secs() });
                    sandbox.post("/clock/advance", &body.to_string())?
                }
                Some(ClockMove::Set { to }) => {
                    let body = json!({ "to": to.to_string() });
                    sandbox.post("/clock/set", &body.to_string())?
                }
                Some(ClockMove::Next) => sandbox.post("/clock/next-event", "")?,
            };
            writeln!(out, "{}", text(&clock["now"]))?;
        }
        Drive::Fail {
            operation,
            fault,
            times,
        } => {
            let body = json!({ "calls": times, "endpoint": operation, "fault": fault_of(fault)? });
            let plan = sandbox.post("/faults", &body.to_string())?;
            for line in list(&plan["script"]) {
                let (calls, endpoint) = (&line["calls"], text(&line["endpoint"]));
                writeln!(out, "{calls} of {endpoint}: {}", line["fault"])?;
            }
        }
        Drive::Token { act } => {
            let state = match act {
                None => sandbox.get("/tokens")?,
                Some(TokenAct::Expire) => sandbox.post("/tokens/expire", "")?,
                Some(TokenAct::Revoke) => sandbox.post("/tokens/revoke", "")?,
                Some(TokenAct::Refuse { times }) => {
                    let body = json!({ "requests": times });
                    sandbox.post("/tokens/refuse", &body.to_string())?
                }
                Some(TokenAct::Restore) => sandbox.post("/tokens/restore", "")?,
            };
            print_tokens(&state, &mut out)?;
        }
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
            for call in list(&sandbox.get(&format!("/journal{query}"))?) {
                print_call(call, &mut out)?;
            }
        }
        Drive::Jobs => {
            for job in list(&sandbox.get("/jobs")?) {
                let statuses: Vec<_> = list(&job["signers"]).map(|s| text(&s["status"])).collect();
                writeln!(
                    out,
                    "{} {} {} {}",
                    job["id"],
                    text(&job["state"]),
                    statuses.join(","),
                    text(&job["reference"])
                )?;
            }
        }
        Drive::Reset => {
            sandbox.post("/reset", "")?;
        }
        Drive::Env => print_env(&sandbox.settings, &mut out)?,
    }
    Ok(())
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

fn act_on(
    sandbox: &Management,
    act: &Act,
    name: &str,
    out: &mut impl Write,
) -> Result<(), DriveError> {
    let id = job(sandbox, &act.job)?;
    let index = act.signer.map_or(0, |signer| signer - 1);
    let job = sandbox.post(&format!("/jobs/{id}/signers/{index}/{name}"), "")?;
    let status = text(&job["signers"][index as usize]["status"]);
    writeln!(out, "signer {}: {status}", index + 1)?;
    Ok(())
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

fn print_call(call: &Value, out: &mut impl Write) -> io::Result<()> {
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
    writeln!(out, "{line}")?;
    for name in ["request", "manifest", "response"] {
        if let Some(xml) = call["documents"][name].as_str() {
            writeln!(out, "--- {name}\n{}", xml.trim_end())?;
        }
    }
    Ok(())
}

fn print_tokens(state: &Value, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{} hold, each for {} s",
        state["live"], state["life_seconds"]
    )?;
    if state["revoked"] == true {
        writeln!(out, "certificates revoked: `token restore` takes it back")?;
    }
    if state["refusals"] != 0 {
        writeln!(out, "requests still to be refused: {}", state["refusals"])?;
    }
    Ok(())
}

/// `PORTAL_SANDBOX_ROOT_URL='…'` and so on, for `eval`.
fn print_env(settings: &Value, out: &mut impl Write) -> io::Result<()> {
    for (name, value) in settings.as_object().into_iter().flatten() {
        let Some(value) = value.as_str() else {
            continue;
        };
        let value = value.replace('\'', "'\\''");
        writeln!(
            out,
            "export PORTAL_SANDBOX_{}='{value}'",
            name.to_uppercase()
        )?;
    }
    Ok(())
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
