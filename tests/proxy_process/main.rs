//! Sends a request by the proxy that the environment names, and one past it, over the transport that the argument
//! names. `it/environment_proxy.rs` starts it, since an environment belongs to a whole process.

use std::error::Error;

use portal_client::{
    Body, ConfigError, EnvironmentKind, HyperTransport, ReqwestTransport, ServerTrust, ServiceRoot,
    TlsSettings, Transport, TransportSettings, http,
};

/// This computer, where nobody listens; by an address that is not one of those that no proxy is asked for.
const ROOT: &str = "https://0.0.0.0:1/api";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1);
    let make = match name.as_deref() {
        Some("reqwest") => reqwest,
        Some("hyper") => hyper,
        _ => return Err("name a transport: reqwest or hyper".into()),
    };
    let trust = ServerTrust::of_environment(EnvironmentKind::Test);
    let tls = TlsSettings::without_client_certificate(trust);
    let settings = TransportSettings::new(ServiceRoot::new(ROOT)?, tls);
    match make(settings.clone()) {
        Ok(transport) => println!("by the environment: {}", sent(&*transport).await?),
        Err(error @ ConfigError::EnvironmentProxy { .. }) => println!("refused: {error}"),
        Err(error) => return Err(error.into()),
    }
    let direct = make(settings.without_proxy())?;
    println!("past it: {}", sent(&*direct).await?);
    Ok(())
}

fn reqwest(settings: TransportSettings) -> Result<Box<dyn Transport>, ConfigError> {
    Ok(Box::new(ReqwestTransport::new(settings)?))
}

fn hyper(settings: TransportSettings) -> Result<Box<dyn Transport>, ConfigError> {
    Ok(Box::new(HyperTransport::new(settings)?))
}

async fn sent(transport: &dyn Transport) -> Result<String, http::Error> {
    let request = http::Request::get(format!("{ROOT}/x")).body(Body::empty())?;
    Ok(match transport.send(request).await {
        Ok(response) => response.status().to_string(),
        Err(error) => error.kind().name().to_owned(),
    })
}
