//! Access tokens: how they are got, what they open, and how they end.

mod endpoint;
mod registered;
mod use_of_tokens;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use portal_certificate::EnterpriseCertificate;
use portal_sandbox::{Sandbox, SandboxBuilder, SandboxClock, TokenRegistration};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::client::{AnyError, standing};

/// Settings of a sandbox with a token endpoint, at a fixed time.
fn settings() -> SandboxBuilder {
    let clock = SandboxClock::controlled("2026-03-01T08:00:00Z".parse().unwrap());
    standing()
        .clock(clock)
        .token_endpoint(([127, 0, 0, 1], 0).into())
        .management(([127, 0, 0, 1], 0).into())
}

async fn started() -> Sandbox {
    settings().start().await.unwrap()
}

/// The sender's registration.
fn sender(sandbox: &Sandbox) -> TokenRegistration {
    sandbox.access_tokens().registrations()[0].clone()
}

/// A request for a token, as it should be until it is changed.
#[derive(Clone)]
struct Ask {
    method: Method,
    path: String,
    accept: Option<&'static str>,
    content_type: Option<&'static str>,
    fields: Vec<(&'static str, String)>,
}

impl Ask {
    /// The documented request of a registered client.
    fn of(sandbox: &Sandbox, registration: &TokenRegistration) -> Self {
        let scope = format!("signering:{}", registration.broker_id());
        Self {
            method: Method::POST,
            path: "/oauth2/token".to_owned(),
            accept: Some("application/json"),
            content_type: Some("application/x-www-form-urlencoded"),
            fields: vec![
                ("grant_type", "client_credentials".to_owned()),
                ("client_id", registration.client_id().to_owned()),
                ("scope", scope),
                ("resource", sandbox.token_resource().to_owned()),
            ],
        }
    }

    /// With another value of a field, which is added if it is not there.
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        match self.fields.iter_mut().find(|(own, _)| *own == name) {
            Some((_, own)) => *own = value,
            None => self.fields.push((name, value)),
        }
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(own, _)| *own != name);
        self
    }

    /// Status, headers and JSON of the response.
    async fn send(
        &self,
        sandbox: &Sandbox,
        identity: &EnterpriseCertificate,
    ) -> Result<(StatusCode, http::HeaderMap, Value), AnyError> {
        let stream = to_endpoint(sandbox, Some(identity), "127.0.0.1", trusted(sandbox)).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&self.fields);
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(&self.path)
            .header("host", "127.0.0.1");
        for (name, value) in [("accept", self.accept), ("content-type", self.content_type)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let request = request.body(Full::new(Bytes::from(form.finish())))?;
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Ok((parts.status, parts.headers, json))
    }

    /// The error of the refusal, and that the journal says it too.
    async fn refused(&self, sandbox: &Sandbox, identity: &EnterpriseCertificate) -> String {
        let (status, _, response) = self.send(sandbox, identity).await.unwrap();
        let error = response["error"].as_str().unwrap().to_owned();
        assert!(!response["error_description"].as_str().unwrap().is_empty());
        assert!(response.get("access_token").is_none());
        format!("{} {error}", status.as_u16())
    }
}

/// A token of the sender.
async fn token(sandbox: &Sandbox) -> String {
    token_of(sandbox, &sender(sandbox), sandbox.sender_certificate()).await
}

async fn token_of(
    sandbox: &Sandbox,
    registration: &TokenRegistration,
    identity: &EnterpriseCertificate,
) -> String {
    let ask = Ask::of(sandbox, registration);
    let (status, _, response) = ask.send(sandbox, identity).await.unwrap();
    assert_eq!(status, StatusCode::OK, "{response}");
    response["access_token"].as_str().unwrap().to_owned()
}

/// The root that the token endpoint is trusted by.
fn trusted(sandbox: &Sandbox) -> Vec<u8> {
    sandbox.token_trust_anchor_der().to_vec()
}

/// Connects to the token endpoint the ordinary way: root and host name are checked.
async fn to_endpoint(
    sandbox: &Sandbox,
    identity: Option<&EnterpriseCertificate>,
    host: &'static str,
    root: Vec<u8>,
) -> Result<TlsStream<TcpStream>, AnyError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root))?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let config = match identity {
        Some(identity) => {
            let chain = identity
                .chain_der()
                .map(|der| CertificateDer::from(der.to_vec()))
                .collect();
            let key = PrivatePkcs8KeyDer::from(identity.private_key_pkcs8().to_vec());
            builder.with_client_auth_cert(chain, key.into())?
        }
        None => builder.with_no_client_auth(),
    };
    let url = sandbox.token_endpoint().unwrap();
    let authority = url.strip_prefix("https://").unwrap();
    let authority = authority.split('/').next().unwrap();
    let stream = TcpStream::connect(authority).await?;
    let name = ServerName::try_from(host)?;
    Ok(TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await?)
}
