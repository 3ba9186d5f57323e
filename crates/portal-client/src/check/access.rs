//! Access, clock, sender and queue.

use jiff::{SignedDuration, Timestamp};
use portal_model::OrganizationNumber;

use super::probe::Exchange;
use super::report::{CheckCode, CheckFinding};
use crate::Sender;
use crate::endpoints::who_am_i;
use crate::error::{Error, UnexpectedResponse};
use crate::poll_time::date;

/// How far a package's signing time may be from the service's clock.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// How far off the clock may be without a warning: a package is up to 2 s old when it goes out.
const UNREMARKABLE: SignedDuration = SignedDuration::from_secs(2);

/// What the service said, and what that means for the sender.
pub(super) struct Said {
    pub(super) findings: Vec<CheckFinding>,
    has_access: bool,
    broker_refused: Option<String>,
}

impl Said {
    /// Reads the response, if there was one; a request that did not get through is TLS's finding.
    pub(super) fn of(exchange: Option<&Exchange>) -> Self {
        let mut said = Self {
            findings: Vec::new(),
            has_access: false,
            broker_refused: None,
        };
        let Some(Exchange {
            sent,
            received,
            outcome: Ok(response),
        }) = exchange
        else {
            return said;
        };
        match who_am_i::read(response, *received) {
            Ok(words) => {
                said.has_access = true;
                let sentence = format!("The service gives access: {words}");
                said.findings
                    .push(CheckFinding::pass(CheckCode::Access, sentence));
            }
            Err(Error::BrokerNotAuthorized { source }) => {
                said.broker_refused = Some(source.to_string());
            }
            Err(error) => said.findings.push(refused(&error)),
        }
        let date = date(response.headers());
        said.findings
            .extend(date.map(|date| clock(*sent, *received, date)));
        said
    }

    /// The sender beside the certificate's organisation.
    pub(super) fn sender(
        &self,
        sender: Option<&Sender>,
        organization: Option<&OrganizationNumber>,
    ) -> CheckFinding {
        let code = CheckCode::Sender;
        let Some(sender) = sender else {
            let sentence = "The client has no sender.";
            let fix = "Set one with ClientBuilder::sender, or one on each job and each request.";
            return CheckFinding::warn(code, sentence, fix);
        };
        let number = sender.organization_number();
        let sender = number.as_str();
        if let Some(refusal) = &self.broker_refused {
            let sentence = format!("The client may not send on behalf of {sender}: {refusal}.");
            let fix = "Check the sender's number, and that the sender has given this organisation the right to send \
                       on its behalf.";
            return CheckFinding::fail(code, sentence, fix);
        }
        match organization {
            Some(own) if own == number => CheckFinding::pass(
                code,
                format!("The sender {sender} is the certificate's organisation."),
            ),
            other => {
                let own = other.map_or("the certificate's holder", OrganizationNumber::as_str);
                if self.has_access {
                    let sentence = format!("{own} may send on behalf of the sender {sender}.");
                    CheckFinding::pass(code, sentence)
                } else {
                    let sentence = format!(
                        "Whether {own} may send on behalf of the sender {sender} is not known, as there is no access."
                    );
                    let fix = "Fix what fails, and check again.";
                    CheckFinding::warn(code, sentence, fix)
                }
            }
        }
    }
}

fn refused(error: &Error) -> CheckFinding {
    let response = error.response();
    let status = response.map(|response| response.status().as_u16());
    let fix = match (error, status) {
        _ if response.is_some_and(UnexpectedResponse::token_was_rejected) => {
            "Compare client id, broker id, certificate and environment with the registration in the self-service \
             portal of this environment, and see that it is still there."
        }
        (Error::NotAuthorized { .. }, _) => {
            "Have the service's customer support give the organisation access to the API of this environment."
        }
        (Error::RateBlocked { .. }, _) => {
            "Wait half a minute, and find out what makes more than ten requests a second for the organisation."
        }
        (_, Some(401 | 403)) => {
            "Check that the certificate is of this environment, and that the organisation has access to its API."
        }
        (_, Some(500..)) => "Wait, and check again; the service's status page says more.",
        _ => "Check the root URL.",
    };
    CheckFinding::fail(CheckCode::Access, format!("{error}."), fix)
}

/// The response was made between `sent` and `received`, and its date is cut to the second: only what the clocks
/// are apart at least is certain.
fn clock(sent: Timestamp, received: Timestamp, date: Timestamp) -> CheckFinding {
    let code = CheckCode::Clock;
    let ahead = sent.duration_since(date) - SignedDuration::from_secs(1);
    let behind = date.duration_since(received);
    let (apart, side) = if behind > ahead {
        (behind, "behind")
    } else {
        (ahead, "ahead of")
    };
    let sentence = format!(
        "This computer's clock is {} s {side} the service's, which tolerates {} s.",
        apart.as_secs(),
        TOLERANCE.as_secs()
    );
    let fix =
        "Set the clock, and keep it right by NTP: document packages are refused when it is off.";
    if apart > TOLERANCE {
        CheckFinding::fail(code, sentence, fix)
    } else if apart > UNREMARKABLE {
        CheckFinding::warn(code, sentence, fix)
    } else {
        CheckFinding::pass(code, "This computer's clock agrees with the service's.")
    }
}

/// The default queue is warned about: it is any other application's as well.
pub(super) fn queue(sender: Option<&Sender>) -> Option<CheckFinding> {
    let code = CheckCode::Queue;
    Some(if sender?.queue().is_some() {
        CheckFinding::pass(code, "Status changes arrive on a queue with a name.")
    } else {
        let sentence = "Status changes arrive on the organisation's default queue.";
        let fix = "If another application of the organisation polls too, give each a queue with \
                   Sender::with_queue: on the same queue each takes changes away from the others.";
        CheckFinding::warn(code, sentence, fix)
    })
}
