//! The files that pages load: one of each kind, in the binary.

use axum::response::{IntoResponse, Response};
use http::header;

pub(super) async fn style() -> Response {
    file(
        "text/css; charset=utf-8",
        include_str!("../../assets/page.css"),
    )
}

pub(super) async fn script() -> Response {
    file(
        "text/javascript; charset=utf-8",
        include_str!("../../assets/page.js"),
    )
}

pub(super) async fn icon() -> Response {
    file("image/svg+xml", include_str!("../../assets/icon.svg"))
}

fn file(media_type: &'static str, text: &'static str) -> Response {
    // Another version of the sandbox may serve the next request to the same address.
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}
