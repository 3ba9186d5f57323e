use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::{RequestBodyProblem, SeenCertificate};

fn kinds() -> Vec<ErrorKind> {
    let seen = Box::new(SeenCertificate {
        subject: "CN=Example AS".to_owned(),
        issuer: "CN=Example CA".to_owned(),
        serial: "01".to_owned(),
        not_before: Timestamp::UNIX_EPOCH,
        not_after: Timestamp::UNIX_EPOCH,
    });
    let text = || "example.com".to_owned();
    let mut kinds = vec![
        ErrorKind::ForeignUrl {
            root: text(),
            host: text(),
        },
        ErrorKind::Request,
        ErrorKind::RequestBody(RequestBodyProblem::Unreadable),
        ErrorKind::RequestBody(RequestBodyProblem::OtherLength),
        ErrorKind::Connect { to: text() },
        ErrorKind::SendDeadline,
        ErrorKind::NoResponse,
        ErrorKind::InvalidResponse,
        ErrorKind::CompressedResponse {
            encoding: "gzip".to_owned(),
        },
        ErrorKind::BodyBrokenOff,
        ErrorKind::Layer,
        ErrorKind::TooLarge { limit: 1 },
    ];
    kinds
        .extend([403, 407, 429, 502, 503, 504, 0].map(|status| ErrorKind::ProxyRefused { status }));
    kinds.extend(
        [
            TimeoutKind::Connect,
            TimeoutKind::Upload,
            TimeoutKind::ResponseHead,
            TimeoutKind::Response,
            TimeoutKind::Download,
            TimeoutKind::Total,
        ]
        .map(ErrorKind::Timeout),
    );
    kinds.extend(
        [
            TlsFailure::Handshake,
            TlsFailure::UnsoundCertificate,
            TlsFailure::Expired { seen: seen.clone() },
            TlsFailure::UnknownIssuer { anchors: 1, seen },
            TlsFailure::ClientCertificateRefused {
                alert: "unknown_ca",
            },
            TlsFailure::ClientCertificateNotAsked,
            TlsFailure::NotTls,
        ]
        .map(ErrorKind::Tls),
    );
    kinds
}

fn line(name: &str, verdict: Verdict) -> String {
    let lasting = match (verdict.is_transient(), verdict.is_permanent()) {
        (true, false) => "transient",
        (false, true) => "permanent",
        (false, false) => "unclear",
        (true, true) => panic!("{name} is both"),
    };
    let arrived = if verdict.may_have_arrived() {
        "arrived?"
    } else {
        "unsent"
    };
    let yes = |yes| if yes { "retry" } else { "-" };
    format!(
        "{name:<44} {lasting:<10} {arrived:<9} {:<6} {}",
        yes(verdict.may_retry(Idempotency::Idempotent)),
        yes(verdict.may_retry(Idempotency::NonIdempotent)),
    )
}

fn name(kind: &ErrorKind) -> String {
    let name = format!("{kind:?}");
    match kind {
        ErrorKind::Tls(failure) => {
            let name = format!("{failure:?}");
            format!("Tls({})", name.split([' ', '(']).next().unwrap())
        }
        ErrorKind::ProxyRefused { .. } | ErrorKind::Timeout(_) | ErrorKind::RequestBody(_) => name,
        _ => name.split([' ', '(']).next().unwrap().to_owned(),
    }
}

/// Everything that decides about another attempt, on one page.
#[test]
fn the_table() {
    let mut table = String::new();
    for kind in kinds() {
        for error in [
            TransportError::unsent(kind.clone()),
            TransportError::may_have_arrived(kind.clone()),
        ] {
            writeln!(
                table,
                "{}",
                line(&name(error.kind()), Verdict::of_error(&error))
            )
            .unwrap();
        }
    }
    let marked = |names: &[&'static str]| -> HeaderMap {
        let value = || http::HeaderValue::from_static("1");
        names
            .iter()
            .map(|name| (http::HeaderName::from_static(name), value()))
            .collect()
    };
    for status in [
        200, 204, 301, 400, 401, 403, 404, 408, 409, 429, 500, 501, 502, 503, 504, 505, 599,
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        let verdict = Verdict::of_response(status, &HeaderMap::new());
        writeln!(table, "{}", line(status.as_str(), verdict)).unwrap();
    }
    for names in [
        &["dosfilter"][..],
        &["retry-after"],
        &["dosfilter", "x-next-permitted-poll-time"],
        &["retry-after", "x-next-permitted-poll-time"],
        &["x-next-permitted-poll-time"],
    ] {
        let verdict = Verdict::of_response(StatusCode::TOO_MANY_REQUESTS, &marked(names));
        writeln!(
            table,
            "{}",
            line(&format!("429 {}", names.join(" ")), verdict)
        )
        .unwrap();
    }
    for status in [200, 201, 301, 400, 404, 409, 429, 500, 503] {
        let status = StatusCode::from_u16(status).unwrap();
        for code in [None, Some("NOT_AUTHORIZED"), Some("SOMETHING_ELSE")] {
            let verdict = CreateVerdict::of_response(status, code);
            let code = code.unwrap_or("-");
            writeln!(table, "create: {} {code:<15} {verdict:?}", status.as_str()).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_rate_block_is_told_from_an_early_poll() {
    let now = Timestamp::UNIX_EPOCH;
    let block = |pairs: &[(&'static str, &'static str)]| {
        let headers = pairs
            .iter()
            .map(|(name, value)| {
                let value = http::HeaderValue::from_static(value);
                (name.parse::<http::HeaderName>().unwrap(), value)
            })
            .collect();
        let block = RateBlock::from_response(StatusCode::TOO_MANY_REQUESTS, &headers, now);
        block.map(|block| block.period().as_secs())
    };
    assert_eq!(block(&[("DoSFilter", "delay=-1")]), Some(30));
    assert_eq!(block(&[("DoSFilter", ""), ("Retry-After", "7")]), Some(7));
    assert_eq!(block(&[("DoSFilter", ""), ("Retry-After", "x")]), Some(30));
    let longest = [("DoSFilter", ""), ("Retry-After", "99999999999999999999")];
    assert_eq!(block(&longest), Some(3_600));
    let early = ("X-Next-permitted-poll-time", "2026-01-15T12:00:00Z");
    assert_eq!(block(&[("DoSFilter", ""), early]), None);
    assert_eq!(block(&[early]), None);
    assert_eq!(block(&[]), None);
    let mut headers = HeaderMap::new();
    headers.insert("dosfilter", http::HeaderValue::from_static(""));
    let other = RateBlock::from_response(StatusCode::SERVICE_UNAVAILABLE, &headers, now);
    assert_eq!(other, None);
}

proptest! {
    /// Whatever the outcome, nothing is both transient and permanent, only the transient is
    /// retried, and what may not be repeated is retried only where it is certainly unsent.
    #[test]
    fn laws(index in 0..kinds().len(), reached: bool, status in 100_u16..1000, code: bool) {
        let kind = kinds().swap_remove(index);
        let error = if reached {
            TransportError::may_have_arrived(kind)
        } else {
            TransportError::unsent(kind)
        };
        let status = StatusCode::from_u16(status).unwrap();
        let verdicts = [
            Verdict::of_error(&error),
            Verdict::of_response(status, &HeaderMap::new()),
        ];
        for verdict in verdicts {
            prop_assert!(!(verdict.is_transient() && verdict.is_permanent()));
            let harmless = verdict.may_retry(Idempotency::Idempotent);
            prop_assert!(!harmless || verdict.is_transient());
            let once = verdict.may_retry(Idempotency::NonIdempotent);
            prop_assert!(!once || (harmless && !verdict.may_have_arrived()));
        }
        prop_assert_eq!(verdicts[0].may_have_arrived(), reached);
        prop_assert!(verdicts[1].may_have_arrived());

        let code = code.then_some("SCHEMA_VALIDATION_ERROR");
        let created = CreateVerdict::of_response(status, code);
        prop_assert_eq!(created == CreateVerdict::Created, status.is_success());
        let refused = status.is_client_error() || (status.is_server_error() && code.is_some());
        prop_assert_eq!(created == CreateVerdict::Refused, refused);
    }
}
