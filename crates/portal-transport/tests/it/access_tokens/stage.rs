//! A token endpoint and an API on loopback.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Collected, Full};
use hyper::body::Incoming;
use portal_certificate::Certificate;
use portal_transport::test_util::TestClock;
use portal_transport::{
    BearerAuth, Body, ServerTrust, SharedClock, TlsSettings, TokenSettings, TokenSource, Transport,
    TransportSettings,
};
use rcgen::SanType;
use rustls::version::{TLS12, TLS13};
use tokio::sync::watch;

use crate::authority::{Authority, Issued, POSTEN, Wish};
use crate::factory::{Factory, hyper, reqwest};
use crate::server::{Server, ServerResponse, mutual, one_sided};

pub(super) const CLIENT_ID: &str = "canary-client";
pub(super) const BROKER_ID: &str = "broker-1";

pub(super) struct Stage {
    pub(super) authority: Authority,
    pub(super) api: Api,
    pub(super) tokens: Endpoint,
    pub(super) source: TokenSource,
    pub(super) clock: TestClock,
}

/// A request as a server saw it.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

async fn seen(request: Request<Incoming>) -> Seen {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(Collected::to_bytes);
    Seen {
        method: head.method,
        path: head.uri.path().to_owned(),
        headers: head.headers,
        body: String::from_utf8(body.unwrap_or_default().to_vec()).unwrap(),
    }
}

fn response(status: u16, body: String) -> ServerResponse {
    let body = Full::new(Bytes::from(body)).map_err(|never| match never {});
    let response = Response::builder().status(status);
    response.body(body.boxed()).unwrap()
}

/// A certificate that a web server at localhost can have.
pub(crate) fn web(authority: &Authority) -> Issued {
    authority.issue_changed(&Wish::of("988015814"), |params| {
        params.subject_alt_names = vec![SanType::DnsName("localhost".try_into().unwrap())];
    })
}

impl Stage {
    pub(super) async fn start() -> Self {
        let authority = Authority::new();
        let api = Api::start(&authority).await;
        let tokens = Endpoint::start(&authority).await;
        let clock = TestClock::new(jiff::Timestamp::now());
        let settings = settings(&authority, &tokens.server);
        let transport = api_settings(&authority, &api.server);
        let source = TokenSource::new(&settings, &transport, SharedClock::new(clock.clone()));
        Self {
            source: source.unwrap(),
            authority,
            api,
            tokens,
            clock,
        }
    }

    /// The transport without the layer.
    pub(super) fn bare(&self) -> Arc<dyn Transport> {
        hyper(api_settings(&self.authority, &self.api.server)).unwrap()
    }

    pub(super) fn client(&self) -> BearerAuth {
        BearerAuth::new(self.bare(), self.source.clone())
    }

    /// A client over each transport.
    pub(super) fn clients(&self) -> [BearerAuth; 2] {
        [reqwest, hyper].map(|factory: Factory| {
            let transport = factory(api_settings(&self.authority, &self.api.server)).unwrap();
            BearerAuth::new(transport, self.source.clone())
        })
    }

    pub(super) fn get(&self) -> Request<Body> {
        let request = Request::get(self.api.server.url("/x"));
        request.body(Body::empty()).unwrap()
    }
}

pub(super) fn settings(authority: &Authority, endpoint: &Server) -> TokenSettings {
    let identity = authority.sender().identity().unwrap();
    let settings = TokenSettings::new(identity, CLIENT_ID, BROKER_ID).unwrap();
    let url = format!("https://localhost:{}/oauth2/token", endpoint.address.port());
    let root = Certificate::from_der(authority.root_der()).unwrap();
    settings
        .with_endpoint(&url)
        .unwrap()
        .with_extra_roots([root])
}

pub(super) fn api_settings(authority: &Authority, api: &Server) -> TransportSettings {
    let trust = ServerTrust::new([authority.root_der()]).unwrap();
    TransportSettings::new(api.root(), TlsSettings::without_client_certificate(trust))
}

/// The API. It does not ask for a client certificate.
pub(super) struct Api {
    pub(super) server: Server,
    state: Arc<Mutex<ApiState>>,
}

#[derive(Default)]
struct ApiState {
    refuse: usize,
    revoked: HashSet<String>,
    seen: Vec<Seen>,
}

impl Api {
    async fn start(authority: &Authority) -> Self {
        let state = Arc::<Mutex<ApiState>>::default();
        let config = one_sided(authority.issue(&Wish::of(POSTEN)), &[&TLS12, &TLS13]);
        let shared = state.clone();
        let server = Server::start(Some(config), move |request| {
            let state = shared.clone();
            async move {
                let seen = seen(request).await;
                let mut state = state.lock().unwrap();
                let authorization = seen.headers.get("authorization");
                let authorization = authorization.map(|value| value.to_str().unwrap().to_owned());
                state.seen.push(seen);
                let known = authorization.filter(|it| !state.revoked.contains(it));
                if state.refuse > 0 || known.is_none() {
                    state.refuse = state.refuse.saturating_sub(1);
                    return response(401, String::new());
                }
                response(200, "hello".to_owned())
            }
        });
        Self {
            server: server.await,
            state,
        }
    }

    pub(super) fn refuse(&self, times: usize) {
        self.state.lock().unwrap().refuse = times;
    }

    pub(super) fn revoke(&self, authorization: &str) {
        let mut state = self.state.lock().unwrap();
        state.revoked.insert(authorization.to_owned());
    }

    pub(super) fn requests(&self) -> usize {
        self.state.lock().unwrap().seen.len()
    }

    pub(super) fn seen(&self) -> Seen {
        self.state.lock().unwrap().seen.last().unwrap().clone()
    }
}

/// The token endpoint: mutual TLS, one token after the other.
pub(super) struct Endpoint {
    pub(super) server: Server,
    state: Arc<Mutex<EndpointState>>,
    held: watch::Sender<bool>,
}

struct EndpointState {
    life: u64,
    failures: Vec<(u16, String)>,
    seen: Vec<Seen>,
}

impl Endpoint {
    async fn start(authority: &Authority) -> Self {
        let state = Arc::new(Mutex::new(EndpointState {
            life: 3_600,
            failures: Vec::new(),
            seen: Vec::new(),
        }));
        let (held, receiver) = watch::channel(false);
        let shared = state.clone();
        let config = mutual(web(authority), authority);
        let server = Server::start(Some(config), move |request| {
            let (state, mut held) = (shared.clone(), receiver.clone());
            async move {
                let seen = seen(request).await;
                state.lock().unwrap().seen.push(seen);
                let _ = held.wait_for(|held| !held).await;
                let mut state = state.lock().unwrap();
                if let Some((status, body)) = state.failures.pop() {
                    return response(status, body);
                }
                let (number, life) = (state.seen.len(), state.life);
                let token =
                    format!(r#"{{"access_token":"canary-token-{number}","expires_in":{life}}}"#);
                response(200, token)
            }
        });
        Self {
            server: server.await,
            state,
            held,
        }
    }

    pub(super) fn set_life(&self, seconds: u64) {
        self.state.lock().unwrap().life = seconds;
    }

    /// Responds with `status` to the next `times` requests.
    pub(super) fn fail(&self, status: u16, times: usize) {
        self.respond(status, "{}", times);
    }

    pub(super) fn respond(&self, status: u16, body: &str, times: usize) {
        let failures = vec![(status, body.to_owned()); times];
        self.state.lock().unwrap().failures = failures;
    }

    pub(super) fn hold(&self) {
        self.held.send_replace(true);
    }

    pub(super) fn release(&self) {
        self.held.send_replace(false);
    }

    /// Waits until there have been so many requests, one that is held included.
    pub(super) async fn asked(&self, requests: usize) {
        while self.requests() < requests {
            tokio::task::yield_now().await;
        }
    }

    pub(super) fn requests(&self) -> usize {
        self.state.lock().unwrap().seen.len()
    }

    pub(super) fn seen(&self) -> Seen {
        self.state.lock().unwrap().seen.last().unwrap().clone()
    }
}
