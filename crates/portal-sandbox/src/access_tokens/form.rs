//! What a request for a token says, and how it is refused.

use http::StatusCode;

/// A request for a token, once it has every field.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TokenRequest {
    pub(crate) client_id: String,
    pub(crate) scope: String,
    pub(crate) resource: String,
}

/// A refusal by OAuth's rules (RFC 6749, section 5.2; RFC 8707 for the resource).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenRefusal {
    pub(crate) status: StatusCode,
    pub(crate) error: &'static str,
    pub(crate) description: String,
}

impl TokenRefusal {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            error,
            description: description.into(),
        }
    }

    pub(crate) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    pub(crate) fn invalid_client(description: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", description)
    }

    pub(crate) fn invalid_scope() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_scope",
            "the scope is signering: and the broker id of this client, which is not an organisation number",
        )
    }

    pub(crate) fn invalid_target() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_target",
            "the resource is scheme, host and port of the API's root, without /api and without a slash at \
             the end, compared as a text",
        )
    }

    pub(crate) fn not_acceptable() -> Self {
        Self::new(
            StatusCode::NOT_ACCEPTABLE,
            "invalid_request",
            "the response is JSON: send Accept: application/json",
        )
    }

    pub(crate) fn no_such_resource() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "invalid_request",
            format!("tokens come from {}", super::PATH),
        )
    }

    pub(crate) fn no_such_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "invalid_request",
            "tokens are asked for by POST",
        )
    }

    pub(crate) fn broken() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "the sandbox could not make a token",
        )
    }
}

impl TokenRequest {
    /// Reads a form. A field that is there twice, or empty, is refused; others than these are skipped.
    pub(crate) fn read(form: &[u8]) -> Result<Self, TokenRefusal> {
        let mut fields: [Option<String>; 4] = Default::default();
        const NAMES: [&str; 4] = ["grant_type", "client_id", "scope", "resource"];
        for (name, value) in form_urlencoded::parse(form) {
            if name == "client_secret" {
                return Err(TokenRefusal::invalid_request(
                    "there is no client secret: the certificate proves the client",
                ));
            }
            let Some(index) = NAMES.iter().position(|known| *known == name) else {
                continue;
            };
            if fields[index].replace(value.into_owned()).is_some() {
                let description = format!("{} is there twice", NAMES[index]);
                return Err(TokenRefusal::invalid_request(description));
            }
        }
        let mut fields = NAMES.into_iter().zip(fields).map(|(name, value)| {
            let value = value.filter(|value| !value.is_empty());
            value.ok_or_else(|| TokenRefusal::invalid_request(format!("{name} is missing")))
        });
        let mut next = || fields.next().unwrap_or_else(|| Err(TokenRefusal::broken()));
        let grant_type = next()?;
        if grant_type != "client_credentials" {
            return Err(TokenRefusal::new(
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "the grant type is client_credentials",
            ));
        }
        Ok(Self {
            client_id: next()?,
            scope: next()?,
            resource: next()?,
        })
    }
}
