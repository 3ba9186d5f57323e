//! Keeps web pages of other sites away from the management port.
//!
//! A browser lets any page send requests to 127.0.0.1. Headers that a page can't change distinguish
//! them from the developer's own: `Sec-Fetch-Site` and `Origin`, and `Host`, which gives away a
//! foreign name that was made to lead here.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, header};

use super::problem::Problem;
use crate::shared::Shared;

/// Passes on what comes from programs and from the sandbox's own pages.
pub(super) async fn refuse_foreign_pages(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let foreign = is_foreign(request.headers(), &shared.host_names)
        || is_cross_site(request.method(), request.uri().path(), request.headers());
    let mut response = if foreign {
        Problem::foreign_page().into_response()
    } else {
        next.run(request).await
    };
    response.headers_mut().insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

/// Whether the browser says that a page of another site asks. A link on another site may lead to a
/// page of the sandbox, but not to the management API.
fn is_cross_site(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(HeaderValue::as_bytes);
    match text("sec-fetch-site") {
        None | Some(b"same-origin" | b"none") => false,
        Some(_) => {
            let follows_link = text("sec-fetch-mode") == Some(b"navigate") && method == Method::GET;
            !follows_link || path.starts_with("/management")
        }
    }
}

fn is_foreign(headers: &HeaderMap, allowed: &[String]) -> bool {
    let host = headers.get(header::HOST).map(|host| host.to_str());
    let host = match host {
        Some(Ok(host)) if is_local(host, allowed) => host,
        None => "",
        _ => return true,
    };
    let own = format!("http://{host}");
    let origin = headers.get(header::ORIGIN);
    origin.is_some_and(|origin| origin.as_bytes() != own.as_bytes())
}

/// Whether nobody outside can own the name: an address, a name of a suffix that is reserved for
/// private use, or one that the sandbox was started with.
fn is_local(host: &str, allowed: &[String]) -> bool {
    if host.parse::<SocketAddr>().is_ok() {
        return true;
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let is_allowed = |allowed: &String| allowed.eq_ignore_ascii_case(name);
    address.parse::<IpAddr>().is_ok()
        || name == "localhost"
        || name.ends_with(".localhost")
        || name.ends_with(".internal")
        || allowed.iter().any(is_allowed)
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
            let headers = headers(host, origin);
            let allowed = ["sandbox".to_owned()];
            assert!(!is_foreign(&headers, &allowed), "{host} {origin:?}");
        }
        assert!(!is_foreign(&HeaderMap::new(), &[]));
    }

    #[test]
    fn pages_of_other_sites_do_not() {
        for (host, origin) in [
            ("127.0.0.1:8081", Some("https://example.com")),
            ("127.0.0.1:8081", Some("null")),
            ("127.0.0.1:8081", Some("http://127.0.0.1:9000")),
            ("sandbox:8081", None),
            ("rebound.example.com:8081", None),
            ("rebound.example.com", Some("http://rebound.example.com")),
        ] {
            let headers = headers(host, origin);
            assert!(is_foreign(&headers, &[]), "{host} {origin:?}");
        }
    }

    #[test]
    fn what_the_browser_says_of_the_site_counts() {
        for (method, path, site, mode, foreign) in [
            (
                Method::POST,
                "/management/reset",
                "cross-site",
                "cors",
                true,
            ),
            (
                Method::GET,
                "/management/jobs",
                "same-site",
                "navigate",
                true,
            ),
            (Method::GET, "/", "cross-site", "navigate", false),
            (Method::GET, "/", "cross-site", "no-cors", true),
            (Method::POST, "/reset", "same-site", "navigate", true),
            (Method::POST, "/reset", "same-origin", "navigate", false),
            (Method::GET, "/management", "none", "navigate", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("sec-fetch-site", site.parse().unwrap());
            headers.insert("sec-fetch-mode", mode.parse().unwrap());
            let found = is_cross_site(&method, path, &headers);
            assert_eq!(found, foreign, "{method} {path} {site} {mode}");
        }
    }
}
