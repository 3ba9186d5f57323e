//! The transports under test, each as a function that makes one.

use std::sync::Arc;

use portal_transport::{
    ConfigError, HyperTransport, ReqwestTransport, Transport, TransportSettings,
};

/// Makes the transport that a test is about.
pub(crate) type Factory = fn(TransportSettings) -> Result<Arc<dyn Transport>, ConfigError>;

pub(crate) fn reqwest(settings: TransportSettings) -> Result<Arc<dyn Transport>, ConfigError> {
    Ok(Arc::new(ReqwestTransport::new(settings)?))
}

pub(crate) fn hyper(settings: TransportSettings) -> Result<Arc<dyn Transport>, ConfigError> {
    Ok(Arc::new(HyperTransport::new(settings)?))
}
