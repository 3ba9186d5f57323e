//! The calls of the API, as faults name them.

use http::Method;

/// A call of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Endpoint {
    /// Any call of the API.
    Any,
    /// `POST /api/{org}/portal/signature-jobs`
    Create,
    /// `GET /api/{org}/portal/signature-jobs`
    Poll,
    /// `POST {confirmation-url}`
    Confirm,
    /// `POST {cancellation-url}`
    Cancel,
    /// `GET {pades-url}`
    Pades,
    /// `GET {xades-url}`
    Xades,
    /// `DELETE {delete-documents-url}`
    Delete,
    /// `GET /api/{org}/archive/documents/{id}/pades`
    Archive,
    /// `GET /api/{org}`
    WhoAmI,
    /// `POST /oauth2/token`, at the token endpoint. Not one of [`Any`](Self::Any).
    Token,
}

impl Endpoint {
    /// The call that a request is; `None` when the API has no such.
    pub(crate) fn of(method: &Method, path: &str) -> Option<Self> {
        if path == crate::access_tokens::PATH {
            return (method == Method::POST).then_some(Self::Token);
        }
        let mut segments = path.strip_prefix("/api/")?.split('/');
        let _organization = segments.next()?;
        let segments: Vec<_> = segments.collect();
        Some(match (method.as_str(), segments.as_slice()) {
            ("GET", []) => Self::WhoAmI,
            ("POST", ["portal", "signature-jobs"]) => Self::Create,
            ("GET", ["portal", "signature-jobs"]) => Self::Poll,
            ("POST", ["portal", "signature-jobs", _, "complete"]) => Self::Confirm,
            ("POST", ["portal", "signature-jobs", _, "cancel"]) => Self::Cancel,
            ("GET", ["portal", "signature-jobs", _, "pades"]) => Self::Pades,
            ("GET", ["portal", "signature-jobs", _, "xades", _]) => Self::Xades,
            ("DELETE", ["portal", "signature-jobs", _, "documents"]) => Self::Delete,
            ("GET", ["archive", "documents", _, "pades"]) => Self::Archive,
            _ => return None,
        })
    }

    pub(crate) fn covers(self, call: Self) -> bool {
        self == call || (self == Self::Any && call != Self::Token)
    }
}
