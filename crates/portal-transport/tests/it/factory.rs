//! The transports under test, each as a function that makes one.

use std::future::pending;
use std::sync::{Arc, OnceLock, mpsc};
use std::thread;

use http_body_util::{BodyExt, Full};
use portal_certificate::Certificate;
use portal_transport::{
    BearerAuth, ConfigError, HyperTransport, ReqwestTransport, SharedClock, TokenSettings,
    TokenSource, Transport, TransportSettings,
};

use crate::access_tokens::web;
use crate::authority::Authority;
use crate::server::{Server, mutual};

/// Makes the transport that a test is about.
pub(crate) type Factory = fn(TransportSettings) -> Result<Arc<dyn Transport>, ConfigError>;

pub(crate) fn reqwest(settings: TransportSettings) -> Result<Arc<dyn Transport>, ConfigError> {
    Ok(Arc::new(ReqwestTransport::new(settings)?))
}

pub(crate) fn hyper(settings: TransportSettings) -> Result<Arc<dyn Transport>, ConfigError> {
    Ok(Arc::new(HyperTransport::new(settings)?))
}

pub(crate) fn reqwest_with_tokens(
    settings: TransportSettings,
) -> Result<Arc<dyn Transport>, ConfigError> {
    with_token(reqwest(settings.clone())?, &settings)
}

pub(crate) fn hyper_with_tokens(
    settings: TransportSettings,
) -> Result<Arc<dyn Transport>, ConfigError> {
    with_token(hyper(settings.clone())?, &settings)
}

/// Puts the layer of access tokens on a transport. The token is there already, so that fetching it takes none of the
/// time that tests measure.
fn with_token(
    transport: Arc<dyn Transport>,
    settings: &TransportSettings,
) -> Result<Arc<dyn Transport>, ConfigError> {
    let endpoint = Endpoint::get();
    let authority = &endpoint.authority;
    let identity = authority.sender().identity().unwrap();
    let root = Certificate::from_der(authority.root_der()).unwrap();
    let tokens = TokenSettings::new(identity, "client", "broker")?
        .with_endpoint(&endpoint.url)?
        .with_extra_roots([root]);
    let settings = TransportSettings::new(settings.root().clone(), authority.settings());
    let settings = settings.without_proxy();
    let tokens = TokenSource::new(&tokens, &settings, SharedClock::default())?;
    let fetched = tokens.clone();
    let fetch = thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(fetched.ensure()).unwrap();
    });
    fetch.join().unwrap();
    Ok(Arc::new(BearerAuth::new(transport, tokens)))
}

/// A token endpoint for all tests, on a thread of its own.
struct Endpoint {
    authority: Authority,
    url: String,
}

impl Endpoint {
    fn get() -> &'static Self {
        static ENDPOINT: OnceLock<Endpoint> = OnceLock::new();
        ENDPOINT.get_or_init(|| {
            let (started, starting) = mpsc::channel();
            thread::spawn(move || {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                runtime.block_on(async {
                    let authority = Authority::new();
                    let tls = mutual(web(&authority), &authority);
                    let server = Server::start(Some(tls), |_| async {
                        let token = r#"{"access_token":"token","expires_in":86400}"#;
                        let body = Full::new(token.into()).map_err(|never| match never {});
                        http::Response::new(body.boxed())
                    });
                    let server = server.await;
                    let port = server.address.port();
                    let url = format!("https://localhost:{port}/oauth2/token");
                    started.send(Self { authority, url }).unwrap();
                    pending::<()>().await;
                });
            });
            starting.recv().unwrap()
        })
    }
}
