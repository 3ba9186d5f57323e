//! A process that can be killed.

use portal_transport::{Body, TransportError};

use super::*;

/// Where a watch runs until it is killed: its requests and its notes end in the middle, and no handler gets further.
pub(super) struct Process {
    service: Service,
    memory: Memory,
    killed: tokio::sync::watch::Sender<bool>,
}

impl Process {
    pub(super) fn new(service: &Service, memory: &Memory) -> Arc<Self> {
        Arc::new(Self {
            service: service.clone(),
            memory: memory.clone(),
            killed: tokio::sync::watch::Sender::new(false),
        })
    }

    /// A client of the service in this process, which stores poll times in the memory.
    pub(super) fn client(self: &Arc<Self>, ahead: SignedDuration) -> PortalClient {
        client_over(&self.service, Arc::new(Mortal(Arc::clone(self))), ahead)
            .with_poll_times(Mortal(Arc::clone(self)))
    }

    pub(super) fn kill(&self) {
        self.killed.send_replace(true);
    }

    /// Resolves to what the work gives, or never when the process is killed first.
    pub(super) async fn live<T>(&self, work: impl Future<Output = T>) -> T {
        let mut killed = self.killed.subscribe();
        let dies = async {
            let _killed = killed.wait_for(|killed| *killed).await;
        };
        tokio::select! {
            biased;
            () = dies => std::future::pending().await,
            done = work => done,
        }
    }
}

#[derive(Clone)]
struct Mortal(Arc<Process>);

impl Transport for Mortal {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(self.0.live(self.0.service.send(request)))
    }
}

impl std::fmt::Debug for Mortal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mortal")
    }
}

impl PollTimes for Mortal {
    fn load<'a>(&'a self, queue: QueueKey<'a>) -> BoxFuture<'a, io::Result<Option<PermittedPoll>>> {
        Box::pin(self.0.live(self.0.memory.load(queue)))
    }

    fn save<'a>(
        &'a self,
        queue: QueueKey<'a>,
        time: PermittedPoll,
    ) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(self.0.live(async move {
            // It may be killed before it is stored, or after.
            tokio::time::sleep(Duration::from_millis(30)).await;
            self.0.memory.save(queue, time).await?;
            tokio::time::sleep(Duration::from_millis(30)).await;
            Ok(())
        }))
    }
}
