//! What a client needs to call the sandbox, on the first page.

use std::sync::PoisonError;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;

use super::Pages;
use crate::access_tokens::{BROKER_ID, CLIENT_ID};
use crate::shared::Shared;

/// The panel "Connect".
pub(super) struct Connect {
    pub(super) root_url: String,
    pub(super) server: String,
    pub(super) sender: String,
    /// Files that were written for clients, with what they are.
    pub(super) files: Vec<(&'static str, String)>,
    /// Where access tokens come from, with client id and broker id.
    pub(super) tokens: Option<(String, &'static str, &'static str)>,
    /// Alias and password of the PKCS#12 file.
    pub(super) pkcs12: Option<(&'static str, &'static str)>,
}

impl Connect {
    pub(super) fn of(shared: &Shared) -> Self {
        let files = shared.client_files.lock();
        let files = files.unwrap_or_else(PoisonError::into_inner).clone();
        let shown = |path: &std::path::Path| path.display().to_string();
        Self {
            root_url: shared.root_url.clone(),
            server: shared.server_organization.as_str().to_owned(),
            sender: shared.sender.as_str().to_owned(),
            tokens: shared
                .token_endpoint
                .clone()
                .map(|endpoint| (endpoint, CLIENT_ID, BROKER_ID)),
            pkcs12: files.as_ref().map(|f| (f.pkcs12_alias, f.pkcs12_password)),
            files: files.map_or_else(Vec::new, |files| {
                let token_root = files.token_trust_anchor.as_deref();
                let token_root = token_root.map(|path| ("root of the token endpoint", shown(path)));
                let mut all = vec![
                    ("trust folder", shown(&files.trust_folder)),
                    ("root", shown(&files.trust_anchor)),
                    ("intermediate", shown(&files.intermediate)),
                    ("sender, PKCS#12", shown(&files.pkcs12)),
                    ("sender, PEM", shown(&files.certificate)),
                    ("key, PEM", shown(&files.private_key)),
                    ("all of this", shown(&files.settings)),
                ];
                all.extend(token_root);
                all
            }),
        }
    }
}

/// `GET /connect/sandbox-root.pem`
pub(super) async fn root(State(pages): State<Pages>) -> Response {
    pem(&pages.shared.trust[0])
}

/// `GET /connect/sandbox-intermediate.pem`
pub(super) async fn intermediate(State(pages): State<Pages>) -> Response {
    pem(&pages.shared.trust[1])
}

fn pem(text: &str) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/x-pem-file")];
    (headers, text.to_owned()).into_response()
}
