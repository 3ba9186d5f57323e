//! Who is calling: the owner of the connection's certificate, or of an access token.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderMap, HeaderValue, header};
use portal_certificate::Certificate;
use portal_model::OrganizationNumber;

use super::refusal::Refusal;
use crate::shared::Shared;

/// Which of the two servers a connection belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Port {
    Api,
    Tokens,
}

/// What is known of a connection.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    pub(super) port: Port,
    /// Whether the client has sent a certificate, which TLS has then verified.
    has_certificate: bool,
    /// The certificate, if it can be read.
    pub(super) certificate: Option<Arc<Certificate>>,
    organization: Option<OrganizationNumber>,
    /// It was reported that the client proves itself by nothing.
    reported: Arc<AtomicBool>,
}

impl Connection {
    pub(super) fn new(port: Port, leaf: Option<&[u8]>) -> Self {
        let certificate = leaf.and_then(|leaf| Certificate::from_der(leaf).ok());
        Self {
            port,
            has_certificate: leaf.is_some(),
            certificate: certificate.map(Arc::new),
            organization: leaf.and_then(portal_certificate::organization_number),
            reported: Arc::default(),
        }
    }

    /// Whether this is the first time that it is to be reported.
    fn reports(&self) -> bool {
        !self.reported.swap(true, Ordering::Relaxed)
    }
}

/// Who calls the API.
#[derive(Debug, Clone, Default)]
pub(super) struct Caller {
    /// The organisation, if the certificate names one.
    pub(super) organization: Option<OrganizationNumber>,
    /// The certificate that the access token was issued for, by its thumbprint.
    pub(super) registered: Option<[u8; 32]>,
}

/// The client proved itself by nothing.
const NOTHING_SENT: &str = "the client sent no certificate and no access token";
const SEND_EITHER: &str =
    "give it the sender's certificate and key, or an access token in `Authorization`";

impl Caller {
    /// Finds out who makes a request, and takes the token out of it.
    pub(super) fn of(
        shared: &Shared,
        connection: &Connection,
        headers: &mut HeaderMap,
    ) -> Result<Self, Refusal> {
        let mut credentials = headers.get_all(header::AUTHORIZATION).iter();
        let (first, second) = (credentials.next().cloned(), credentials.next().is_some());
        headers.remove(header::AUTHORIZATION);
        let by_certificate = Self {
            organization: connection.organization.clone(),
            registered: None,
        };
        let Some(credentials) = first.filter(|_| connection.port == Port::Api) else {
            if connection.port == Port::Api && !connection.has_certificate {
                if connection.reports() {
                    shared.report_refused(NOTHING_SENT, SEND_EITHER);
                }
                return Err(Refusal::not_authenticated(NOTHING_SENT, SEND_EITHER));
            }
            return Ok(by_certificate);
        };
        if second {
            return Err(Refusal::malformed(
                "The request has several headers `Authorization`.",
            ));
        }
        if connection.has_certificate {
            return Err(Refusal::token_and_certificate());
        }
        let token = bearer(&credentials).ok_or_else(|| {
            let help = "send `Authorization: Bearer` and the token";
            Refusal::not_authenticated("the header `Authorization` holds no access token", help)
        })?;
        let accepted = shared.access_tokens.accept(shared.clock.now(), token);
        let registration = accepted.map_err(|problem| {
            Refusal::not_authenticated(problem.text(), "fetch another from the token endpoint")
        })?;
        Ok(Self {
            organization: Some(registration.organization().clone()),
            registered: Some(registration.thumbprint()),
        })
    }
}

/// The token of `Bearer TOKEN`; the scheme's letters may be of either case.
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    (scheme.eq_ignore_ascii_case("Bearer") && is_token).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_from_its_header() {
        for (value, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer abc ", Some("abc")),
            ("Bearer", None),
            ("Bearer ", None),
            ("Bearer a b", None),
            ("Basic abc", None),
            ("abc", None),
        ] {
            let value = HeaderValue::from_static(value);
            assert_eq!(bearer(&value), token);
        }
    }
}
