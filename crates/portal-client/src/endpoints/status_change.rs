//! `GET {root}/{organization-number}/portal/signature-jobs[?polling_queue=…]`: the next job that has changed.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use portal_model::{EnvironmentKind, PortalSignatureJobStatusChangeResponse};
use portal_transport::{Body, Idempotency};

use super::{XML, get, read_xml, refusal};
use crate::error::{Error, Operation};
use crate::{Environment, NextPoll, Polled, Sender, StatusChange};

/// The wait after a change when the service gives none. It permits the next poll at once in practice.
const AFTER_CHANGE: Duration = Duration::from_secs(1);

pub(crate) fn request(environment: &Environment, sender: &Sender) -> Result<Request<Body>, Error> {
    let organization = sender.organization_number().as_str();
    let queue = sender.queue().map(|name| ("polling_queue", name));
    let url = environment.resource(&[organization, "portal", "signature-jobs"], queue)?;
    let mut request = get(url, XML)?;
    // A change whose response is lost is off the queue for ten minutes, and a repeated poll comes too early.
    request.extensions_mut().insert(Idempotency::NonIdempotent);
    Ok(request)
}

pub(crate) fn read(
    response: &Response<Bytes>,
    environment: &Environment,
    sender: &Sender,
    now: Timestamp,
) -> Result<Polled, Error> {
    let next_poll = |default| NextPoll::read(response.headers(), now, default);
    match response.status() {
        StatusCode::NO_CONTENT => Ok(Polled {
            change: None,
            next_poll: next_poll(after_empty_queue(environment)),
        }),
        status if status.is_success() => {
            let response = read_xml::<PortalSignatureJobStatusChangeResponse>(
                Operation::StatusChange,
                response,
            )?;
            let change = StatusChange::new(response.value, response.notices, sender.clone());
            Ok(Polled {
                change: Some(change),
                next_poll: next_poll(AFTER_CHANGE),
            })
        }
        _ => match refusal(Operation::StatusChange, response, now) {
            Error::Unexpected { source } if source.status() == StatusCode::TOO_MANY_REQUESTS => {
                Err(Error::TooEarly {
                    next_poll: next_poll(after_empty_queue(environment)),
                })
            }
            error => Err(error),
        },
    }
}

/// The longest wait that the documentation tells of for an empty queue.
pub(crate) fn after_empty_queue(environment: &Environment) -> Duration {
    match environment.kind() {
        EnvironmentKind::Production => Duration::from_mins(10),
        EnvironmentKind::Test => Duration::from_secs(30),
    }
}
