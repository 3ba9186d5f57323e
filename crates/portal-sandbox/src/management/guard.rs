//! Keeps web pages of other sites away from the management port.
//!
//! A browser lets any page send requests to 127.0.0.1. Two headers that a page has no hold on tell
//! them from the developer's own: `Origin`, and `Host`, which gives away a foreign name that was
//! made to lead here.

use std::net::{IpAddr, SocketAddr};

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};

use super::problem::Problem;

/// Passes on what comes from programs and from the sandbox's own pages.
pub(super) async fn refuse_foreign_pages(request: Request, next: Next) -> Response {
    if is_foreign(request.headers()) {
        return Problem::foreign_page().into_response();
    }
    next.run(request).await
}

fn is_foreign(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).map(|host| host.to_str());
    let host = match host {
        Some(Ok(host)) if is_local(host) => host,
        None => "",
        _ => return true,
    };
    let own = format!("http://{host}");
    let origin = headers.get(header::ORIGIN);
    origin.is_some_and(|origin| origin.as_bytes() != own.as_bytes())
}

/// Whether nobody outside can own the name: an address, or a name of one label or of a suffix that
/// is reserved for private use.
fn is_local(host: &str) -> bool {
    if host.parse::<SocketAddr>().is_ok() {
        return true;
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    address.parse::<IpAddr>().is_ok()
        || !name.contains('.')
        || name.ends_with(".localhost")
        || name.ends_with(".internal")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn programs_and_own_pages_pass() {
        for (host, origin) in [
            ("127.0.0.1:8081", None),
            ("[::1]:8081", None),
            ("localhost", Some("http://localhost")),
            ("127.0.0.1:8081", Some("http://127.0.0.1:8081")),
            ("sandbox:8081", None),
            ("host.docker.internal:8081", None),
        ] {
            assert!(!is_foreign(&headers(host, origin)), "{host} {origin:?}");
        }
        assert!(!is_foreign(&HeaderMap::new()));
    }

    #[test]
    fn pages_of_other_sites_do_not() {
        for (host, origin) in [
            ("127.0.0.1:8081", Some("https://example.com")),
            ("127.0.0.1:8081", Some("null")),
            ("127.0.0.1:8081", Some("http://127.0.0.1:9000")),
            ("rebound.example.com:8081", None),
            ("rebound.example.com", Some("http://rebound.example.com")),
        ] {
            assert!(is_foreign(&headers(host, origin)), "{host} {origin:?}");
        }
    }
}
