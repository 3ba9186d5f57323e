//! `portal rules`: what a job is checked against.

use clap::Args;
use portal_rules::{Needs, Rule, rules};
use serde_json::{Value, json};

use crate::config::text::nearest;
use crate::exit::Exit;
use crate::failure::{Failure, severity};
use crate::output::{Output, Paint};

/// Options of `portal rules`.
#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// The code of a rule, such as documents.pdf.
    code: Option<String>,
}

pub(crate) fn run(options: &Rules, output: &Output) -> Result<Exit, Failure> {
    let Some(code) = &options.code else {
        let width = rules().map(|rule| rule.code.as_str().len()).max();
        for rule in rules() {
            if output.json {
                output.object("rule", object(rule))?;
                continue;
            }
            let code = format!("{:width$}", rule.code.as_str(), width = width.unwrap_or(0));
            output.line(&format!("{code}  {}", rule.summary))?;
        }
        return Ok(Exit::Done);
    };
    let Some(rule) = rules().find(|rule| rule.code.as_str() == code) else {
        let failure = Failure::usage(format!("there is no rule `{code}`")).next("portal rules");
        let codes = rules().map(|rule| rule.code.as_str());
        return Err(match nearest(code, codes) {
            Some(nearest) => failure.fix(format!("did you mean `{nearest}`?")),
            None => failure,
        });
    };
    if output.json {
        output.object("rule", object(rule))?;
        return Ok(Exit::Done);
    }
    output.line(&output.paint(rule.code.as_str(), Paint::Strong))?;
    output.line(&format!("  {}", rule.summary))?;
    output.line(&format!("  severity: {}", severities(rule).join(", ")))?;
    output.line(&format!("  help: {}", rule.help))?;
    output.line(&format!("  source: {}", rule.source))?;
    if let Some(needs) = needs(rule) {
        output.line(&format!("  needs: {needs}"))?;
    }
    Ok(Exit::Done)
}

fn object(rule: &Rule) -> Value {
    json!({
        "code": rule.code.as_str(),
        "summary": rule.summary,
        "severities": severities(rule),
        "help": rule.help,
        "source": rule.source,
        "needs": needs(rule),
    })
}

fn severities(rule: &Rule) -> Vec<String> {
    rule.severities.iter().map(|one| severity(*one)).collect()
}

fn needs(rule: &Rule) -> Option<&'static str> {
    match rule.needs {
        Needs::Sector => Some("the sender's sector"),
        Needs::Files => Some("the documents"),
        Needs::Request => Some("the request that goes with the manifest"),
        _ => None,
    }
}
