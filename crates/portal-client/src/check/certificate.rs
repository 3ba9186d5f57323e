//! The enterprise certificate and the trust anchors: what can be said without a network.

use jiff::Timestamp;
use portal_certificate::{Certificate, KNOWN_ANCHORS, KeyKind, KnownAnchor};
use portal_model::EnvironmentKind;
use portal_transport::ServerTrust;

use super::report::{CheckCode, CheckFinding};
use crate::Environment;

/// From how many days before its end a certificate is warned about.
pub(crate) const DAYS_OF_WARNING: i64 = 30;

/// Whole days until `end`; negative when it has passed.
pub(crate) fn days_left(now: Timestamp, end: Timestamp) -> i64 {
    now.duration_until(end).as_hours().div_euclid(24)
}

/// The findings on a certificate with its issuers. `needs_organization` is false where a registration for
/// access tokens says whose the certificate is, and the sender is given.
pub(super) fn certificate(
    chain: &[Certificate],
    environment: &Environment,
    needs_organization: bool,
    now: Timestamp,
) -> Vec<CheckFinding> {
    let Some((leaf, issuers)) = chain.split_first() else {
        return Vec::new();
    };
    let mut findings = vec![
        dates(leaf, now),
        key(leaf),
        usage(leaf),
        organization(leaf, needs_organization),
        path(chain, now),
    ];
    findings.extend(issued_for(leaf, issuers, environment));
    findings
}

fn dates(leaf: &Certificate, now: Timestamp) -> CheckFinding {
    let code = CheckCode::CertificateDates;
    let (from, end) = (leaf.not_before(), leaf.not_after());
    let days = days_left(now, end);
    let order = "Order a new certificate from its issuer and use it in place of this one; with access \
                 tokens, register it and use its new client id.";
    if now > end {
        CheckFinding::fail(code, format!("The certificate ended at {end}."), order)
    } else if now < from {
        let fix = "Check this computer's clock. If it is right, wait, or use the certificate before this one.";
        let sentence = format!("The certificate is not valid before {from}.");
        CheckFinding::fail(code, sentence, fix)
    } else {
        let sentence = format!("The certificate is valid until {end}: {days} days left.");
        if days < DAYS_OF_WARNING {
            CheckFinding::warn(code, sentence, order)
        } else {
            CheckFinding::pass(code, sentence)
        }
    }
}

fn key(leaf: &Certificate) -> CheckFinding {
    let code = CheckCode::CertificateKey;
    let key = leaf.key_kind();
    let sentence = format!("The certificate's key is {key}.");
    if matches!(
        key,
        KeyKind::Rsa {
            bits: 2048..=4096,
            ..
        }
    ) {
        CheckFinding::pass(code, sentence)
    } else {
        let fix = "Order a certificate with an RSA key of 2048 to 4096 bits: the service accepts no other.";
        CheckFinding::fail(code, sentence, fix)
    }
}

fn usage(leaf: &Certificate) -> CheckFinding {
    let code = CheckCode::CertificateUsage;
    if !leaf.allows_digital_signature() {
        let sentence = "The certificate's key usage does not allow digital signatures.";
        let fix = "Of the files that the issuer sent, use the one for authentication (Commfides: \"auth\", not \
                   \"sign\" or \"enc\"; Buypass: authentication and encryption).";
        CheckFinding::fail(code, sentence, fix)
    } else if !leaf.allows_client_authentication() {
        let sentence = "The certificate's extended key usage does not allow clients of TLS.";
        let fix = "Use an enterprise certificate for authentication.";
        CheckFinding::fail(code, sentence, fix)
    } else {
        let sentence = "The certificate's key may sign packages and identify a client of TLS.";
        CheckFinding::pass(code, sentence)
    }
}

fn organization(leaf: &Certificate, is_needed: bool) -> CheckFinding {
    let code = CheckCode::CertificateOrganization;
    match leaf.organization_number() {
        Some(number) => {
            let number = number.as_str();
            CheckFinding::pass(
                code,
                format!("The certificate is of the organisation {number}."),
            )
        }
        None if is_needed => {
            let sentence = "The certificate has no organisation number.";
            let fix =
                "Use an enterprise certificate, or access tokens with a sender set on the client.";
            CheckFinding::fail(code, sentence, fix)
        }
        None => {
            let sentence = "The certificate has no organisation number. With access tokens its registration says \
                            whose it is.";
            CheckFinding::pass(code, sentence)
        }
    }
}

fn path(chain: &[Certificate], now: Timestamp) -> CheckFinding {
    let code = CheckCode::CertificateChain;
    if let Some(last) = chain.last().filter(|last| !last.is_self_issued()) {
        let sentence = format!(
            "The certificate comes without the certificate of its issuer {}, which a document package needs.",
            last.issuer()
        );
        let fix = "Export the file again with all certificates in the path, or add that certificate, which its \
                   issuer publishes.";
        return CheckFinding::warn(code, sentence, fix);
    }
    let ended = chain.iter().skip(1).find(|issuer| !issuer.is_valid_at(now));
    if let Some(issuer) = ended {
        let sentence = format!(
            "The certificate of the issuer {} is valid from {} to {} only.",
            issuer.subject(),
            issuer.not_before(),
            issuer.not_after()
        );
        let fix = "Get the issuer's current certificate, and export the file again with it.";
        return CheckFinding::warn(code, sentence, fix);
    }
    let issuers = chain.len().saturating_sub(1);
    let sentence = match issuers {
        0 => "The certificate is its own issuer.".to_owned(),
        1 => "The certificate comes with that of its issuer.".to_owned(),
        _ => format!("The certificate comes with those of its {issuers} issuers in its path."),
    };
    CheckFinding::pass(code, sentence)
}

/// The environment that the issuer is known for. Nothing is known of a custom root's own issuers.
fn issued_for(
    leaf: &Certificate,
    issuers: &[Certificate],
    environment: &Environment,
) -> Option<CheckFinding> {
    let code = CheckCode::CertificateEnvironment;
    let by_certificate = issuers
        .iter()
        .find_map(|issuer| KnownAnchor::find(KNOWN_ANCHORS, issuer));
    let by_name = || {
        let name = leaf.issuer();
        KNOWN_ANCHORS.iter().find(|known| known.subject == name)
    };
    let known = by_certificate.or_else(by_name);
    let wanted = environment.root().environment_kind();
    match (wanted, known.map(|known| known.environment)) {
        (None, None) => None,
        (None, Some(found)) => {
            let sentence = format!("The certificate's issuer is one for {found}.");
            Some(CheckFinding::pass(code, sentence))
        }
        (Some(wanted), Some(found)) if wanted == found => {
            let sentence =
                format!("The certificate's issuer is one for {found}, as the service is.");
            Some(CheckFinding::pass(code, sentence))
        }
        (Some(wanted), Some(found)) => {
            let sentence = format!(
                "The certificate's issuer is one for {found}, and the service is of {wanted}."
            );
            let fix = format!("Use a certificate for {wanted}, or the environment for {found}.");
            Some(CheckFinding::fail(code, sentence, fix))
        }
        (Some(wanted), None) => {
            let sentence =
                "The certificate's issuer is not one of Buypass's or Commfides's that are known.";
            let fix = format!(
                "Check that the service takes certificates of {} in {wanted}.",
                leaf.issuer()
            );
            Some(CheckFinding::warn(code, sentence, fix))
        }
    }
}

/// The trust anchors, and until when they count.
pub(super) fn anchors(
    trust: &ServerTrust,
    root: Option<EnvironmentKind>,
    now: Timestamp,
) -> CheckFinding {
    let code = CheckCode::TrustAnchors;
    let anchors = trust.anchors().iter();
    let live: Vec<_> = anchors.filter(|anchor| anchor.is_valid_at(now)).collect();
    let of = match trust.environment() {
        Some(environment) => format!("those known for {environment}"),
        None => "custom".to_owned(),
    };
    let sentence = format!(
        "Of {} trust anchors, {} within their dates. They are {of}.",
        trust.anchors().len(),
        match live.len() {
            1 => "1 is".to_owned(),
            live => format!("{live} are"),
        }
    );
    let soon = live
        .iter()
        .filter(|anchor| days_left(now, anchor.not_after) < DAYS_OF_WARNING)
        .count();
    let advice = match root {
        Some(_) => "Update this library, which has the issuers' certificates built in.",
        None => {
            "Get the current certificates of the server's issuer, and set them with ClientBuilder::trust."
        }
    };
    let mut finding = if live.is_empty() {
        CheckFinding::fail(code, sentence, advice)
    } else if soon == live.len() {
        let sentence = format!("{sentence} All of them end within {DAYS_OF_WARNING} days.");
        CheckFinding::warn(code, sentence, advice)
    } else {
        CheckFinding::pass(code, sentence)
    };
    let lines = trust.anchors().iter().map(|anchor| {
        let state = match () {
            () if anchor.not_after < now => "ended",
            () if anchor.not_before > now => "not before",
            () => "until",
        };
        let date = match state {
            "not before" => anchor.not_before,
            _ => anchor.not_after,
        };
        format!("{}: {state} {date}", anchor.subject)
    });
    finding.details = lines.collect();
    finding
}
