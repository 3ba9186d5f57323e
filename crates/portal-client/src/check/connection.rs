//! Name resolution, TLS and the access token.

use portal_transport::{
    ErrorKind, Resolution, SeenServer, TlsFailure, TokenFailure, TransportError,
};

use super::probe::{Probe, Token};
use super::report::{CheckCode, CheckFinding};
use crate::error::Error;

/// The findings on the way to the service. `host` is that of the root URL.
pub(super) fn way(probe: &Probe, host: &str) -> Vec<CheckFinding> {
    let mut findings = Vec::new();
    findings.extend(probe.resolution.as_ref().map(|found| resolved(found, host)));
    findings.extend(probe.token.as_ref().map(token));
    if let Some(exchange) = &probe.exchange {
        match &exchange.outcome {
            Err(Error::Transport { source, .. }) => findings.push(unconnected(source)),
            _ => findings.extend(probe.server.as_ref().map(server)),
        }
    }
    findings.extend(probe.server.as_ref().map(|server| names(server, host)));
    findings
}

fn resolved(found: &Result<Resolution, TransportError>, host: &str) -> CheckFinding {
    let code = CheckCode::NameResolution;
    match found {
        Ok(Resolution::Addresses(addresses)) => {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            CheckFinding::pass(code, format!("{host} is at {}.", addresses.join(", ")))
        }
        Ok(_) => CheckFinding::pass(code, format!("The proxy resolves {host}.")),
        Err(_) => {
            let sentence = format!("{host} has no address that this computer can find.");
            let fix =
                "Check the root URL, this computer's name servers, and whether a proxy is needed.";
            CheckFinding::fail(code, sentence, fix)
        }
    }
}

fn token(token: &Token) -> CheckFinding {
    let (code, endpoint) = (CheckCode::Token, &token.endpoint);
    let error = match &token.outcome {
        Ok(used) => {
            let seconds = used.as_secs();
            let sentence =
                format!("{endpoint} gave an access token, which is used for {seconds} s.");
            return CheckFinding::pass(code, sentence);
        }
        Err(error) => error,
    };
    let fix = match error.kind() {
        ErrorKind::Token { failure, .. } => match failure {
            TokenFailure::InvalidClient => {
                "Look up in the self-service portal which certificate the client id is registered with; for a \
                 renewed certificate, register it and use the new client id."
            }
            TokenFailure::Refused { .. } => {
                "Compare the broker id, the token endpoint and the root URL with the registration in the \
                 self-service portal."
            }
            TokenFailure::Unavailable { .. } => "Wait, and check again.",
            TokenFailure::Unreachable { .. } => {
                "Check that the firewall and the proxy let connections out to the token endpoint, and that it is \
                 the environment's."
            }
            _ => "Check the URL of the token endpoint.",
        },
        _ => "Check the settings of access tokens.",
    };
    CheckFinding::fail(code, format!("{error}."), fix)
}

fn server(server: &SeenServer) -> CheckFinding {
    let certificate = &server.certificate;
    let sentence = format!(
        "The service responded over {}, as {}, whose certificate is valid until {}.",
        server.tls_version, certificate.subject, certificate.not_after
    );
    CheckFinding::pass(CheckCode::Tls, sentence)
}

fn names(server: &SeenServer, host: &str) -> CheckFinding {
    let code = CheckCode::ServerNames;
    if server.is_for_another_host {
        let sentence = format!(
            "The server's certificate is for {}, and the root URL's host is {host}.",
            server.dns_names.join(", ")
        );
        let fix = "Check the root URL. The server has proven that it is the right organisation's, so that this \
                   may be as it should.";
        return CheckFinding::warn(code, sentence, fix);
    }
    let sentence = if server.dns_names.is_empty() {
        "The server's certificate names no host, as those of enterprises need not.".to_owned()
    } else {
        format!("The server's certificate is for {host}.")
    };
    CheckFinding::pass(code, sentence)
}

/// The request did not get through.
fn unconnected(error: &TransportError) -> CheckFinding {
    let code = match error.kind() {
        ErrorKind::Token { .. } => CheckCode::Token,
        _ => CheckCode::Tls,
    };
    CheckFinding::fail(code, format!("{error}."), fix(error.kind()))
}

fn fix(kind: &ErrorKind) -> &'static str {
    use TlsFailure as F;
    let ErrorKind::Tls(failure) = kind else {
        return match kind {
            ErrorKind::Connect { .. } | ErrorKind::Timeout(_) => {
                "Have the firewall let connections out to the service, or set the proxy to go through."
            }
            ErrorKind::ProxyRefused { .. } => {
                "Set the proxy's user name and password, and have it let connections to the service through."
            }
            _ => "Check the root URL, and what lies between this computer and the service.",
        };
    };
    match failure {
        F::UnknownIssuer { .. } => {
            "For the service's own environments leave out ClientBuilder::trust, as their anchors are built in; for \
             another server set its issuer's certificate there. A firewall that opens TLS can't be used."
        }
        F::OtherEnvironment { .. } => {
            "Use the environment that the root URL belongs to, and leave out ClientBuilder::trust."
        }
        F::AnchorOutsideDates { .. } => {
            "Check this computer's clock. If it is right, update this library, or add the issuer's current \
             certificate."
        }
        F::Expired { .. } | F::NotYetValid { .. } => {
            "Check this computer's clock. If it is right, the server's owner has to renew its certificate."
        }
        F::ClientCertificateRefused { .. } => {
            "Check that the certificate is an enterprise certificate for this environment and within its dates, and \
             that it comes with its issuers' certificates."
        }
        F::ClientCertificateDemanded => "Use Authentication::Certificate with this server.",
        F::ClientCertificateNotAsked => {
            "Check the root URL, and that nothing between this computer and the service opens TLS."
        }
        _ => {
            "Check the root URL, and that nothing between this computer and the service opens TLS: another server \
             than the service's has responded."
        }
    }
}
