//! The token endpoint: OAuth 2.0's client credentials over mutual TLS.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;

use super::body::whole_body;
use super::caller::Connection;
use super::middleware::middleware;
use super::note::Note;
use crate::access_tokens::{PATH, TokenRefusal, TokenRequest};
use crate::shared::Shared;

/// The whole endpoint.
pub(crate) fn token_router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route(PATH, post(token))
        .fallback(async || refused(&TokenRefusal::no_such_resource()))
        .method_not_allowed_fallback(async || refused(&TokenRefusal::no_such_method()))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&shared),
            middleware,
        ))
        .with_state(shared)
}

#[derive(Serialize)]
struct TokenDocument<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    scope: &'a str,
}

#[derive(Serialize)]
struct ErrorDocument<'a> {
    error: &'a str,
    error_description: &'a str,
}

/// `POST /oauth2/token`
async fn token(
    State(shared): State<Arc<Shared>>,
    Extension(connection): Extension<Connection>,
    Extension(note): Extension<Note>,
    request: Request,
) -> Response {
    match granted(&shared, &connection, &note, request).await {
        Ok(response) => response,
        Err(refusal) => {
            note.remark(format!("{}: {}", refusal.error, refusal.description));
            refused(&refusal)
        }
    }
}

async fn granted(
    shared: &Shared,
    connection: &Connection,
    note: &Note,
    request: Request,
) -> Result<Response, TokenRefusal> {
    let (parts, body) = request.into_parts();
    let body = whole_body(body).await;
    let body = body.map_err(|refusal| TokenRefusal::invalid_request(refusal.message))?;
    note.length(body.len());
    if !accepts_json(&parts.headers) {
        return Err(TokenRefusal::not_acceptable());
    }
    if !is_form(&parts.headers) {
        return Err(TokenRefusal::invalid_request(
            "the body is a form: send Content-Type: application/x-www-form-urlencoded",
        ));
    }
    if parts.uri.query().is_some() {
        return Err(TokenRefusal::invalid_request(
            "the fields stand in the body, not in the URL",
        ));
    }
    let request = TokenRequest::read(&body)?;
    // TLS lets nobody in without one.
    let certificate = connection.certificate.as_ref();
    let certificate =
        certificate.ok_or_else(|| TokenRefusal::invalid_client("the certificate can't be read"))?;
    let granted =
        shared
            .access_tokens
            .grant(shared.clock.now(), certificate, &request, shared.resource())?;
    Ok(json(&TokenDocument {
        access_token: &granted.token,
        token_type: "Bearer",
        expires_in: granted.life.as_secs(),
        scope: &granted.scope,
    }))
}

fn refused(refusal: &TokenRefusal) -> Response {
    let document = ErrorDocument {
        error: refusal.error,
        error_description: &refusal.description,
    };
    (refusal.status, json(&document)).into_response()
}

/// A refusal by a fault on purpose.
pub(super) fn refused_on_purpose(error: &str) -> Response {
    json(&ErrorDocument {
        error,
        error_description: "a fault planned in the sandbox refuses this request",
    })
}

/// JSON that no cache keeps.
fn json(document: &impl Serialize) -> Response {
    let Ok(body) = serde_json::to_vec(document) else {
        return http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, body).into_response()
}

/// Whether the client takes JSON, which it also does if it says nothing.
fn accepts_json(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(header::ACCEPT).iter().peekable();
    if accepted.peek().is_none() {
        return true;
    }
    accepted.filter_map(text).any(|list| {
        list.split(',').any(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            ["application/json", "application/*", "*/*"]
                .iter()
                .any(|json| kind.eq_ignore_ascii_case(json))
        })
    })
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(text);
    let kind = kind.and_then(|kind| kind.split(';').next());
    kind.is_some_and(|kind| {
        kind.trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}
