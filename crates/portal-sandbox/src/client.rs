//! A ready client of the sandbox.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use portal_client::{
    BoxFuture, BuildError, ClientBuilder, Clock, Environment, HyperTransport, PermittedPoll,
    PollTimes, PortalClient, QueueKey, Sector, Sender, ServerTrust, Shutdown,
};

use crate::{Sandbox, SandboxClock};

impl Sandbox {
    /// Returns a client of this sandbox, over hyper: with its root URL, its trust anchor, the sender's
    /// certificate, the sender and the sandbox's time. Waits end when the sandbox's clock is moved.
    ///
    /// Its watches keep poll times in memory, and take every queue as one that no earlier process polled, so that
    /// changes are confirmed at once. To test what follows a process that was killed, give the watch a
    /// [`PollTimeFolder`](portal_client::PollTimeFolder).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use portal_sandbox::Sandbox;
    ///
    /// let sandbox = Sandbox::start().await?;
    /// let client = sandbox.client()?;
    /// println!("{}", client.who_am_i(None).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`BuildError`] when the parts of a client can't be made of this sandbox, as with a root URL or a
    /// certificate that was made unusable on purpose.
    pub fn client(&self) -> Result<PortalClient, BuildError> {
        self.client_builder()?.build_over(HyperTransport::new)
    }

    /// Returns the builder of [`client`](Self::client), to change settings of the client or its transport. Its
    /// sector is the public one.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use portal_client::{HyperTransport, PackageFolder};
    /// use portal_sandbox::Sandbox;
    ///
    /// let sandbox = Sandbox::start().await?;
    /// let client = sandbox
    ///     .client_builder()?
    ///     .package_processor(PackageFolder::new("sent-packages"))
    ///     .build_over(HyperTransport::new)?;
    /// # let _ = client;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`client`](Self::client).
    pub fn client_builder(&self) -> Result<ClientBuilder, BuildError> {
        let environment: Environment = self.root_url().parse()?;
        let certificate = self.sender_certificate().clone();
        Ok(
            PortalClient::builder(environment, certificate, Sector::Public)
                .trust(self.server_trust()?)
                .sender(Sender::from(self.sender().clone()))
                .without_proxy()
                .clock(ClientClock::of(self.clock()))
                .poll_times(NothingBefore::default()),
        )
    }

    /// Returns what a client with another certificate, such as one by [`issue`](Self::issue), has to trust to reach
    /// this sandbox: its trust anchor, and the organisation number of its server.
    ///
    /// # Errors
    /// As for [`client`](Self::client).
    pub fn server_trust(&self) -> Result<ServerTrust, BuildError> {
        let trust = ServerTrust::new([self.trust_anchor_der()])?;
        Ok(trust.with_organization_number(self.server_organization().clone()))
    }
}

/// Poll times in memory. However a watch ended, the next one has nothing to reckon with.
#[derive(Default)]
struct NothingBefore(Mutex<HashMap<String, PermittedPoll>>);

impl PollTimes for NothingBefore {
    fn load<'a>(&'a self, queue: QueueKey<'a>) -> BoxFuture<'a, io::Result<Option<PermittedPoll>>> {
        let times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let time = times.get(&queue.text()).copied();
        let time = time.unwrap_or_else(PermittedPoll::never_polled);
        Box::pin(async move { Ok(Some(time.with_shutdown(Shutdown::Clean))) })
    }

    fn save<'a>(
        &'a self,
        queue: QueueKey<'a>,
        time: PermittedPoll,
    ) -> BoxFuture<'a, io::Result<()>> {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        times.insert(queue.text(), time);
        Box::pin(async { Ok(()) })
    }
}

/// The sandbox's time for a client. Waits pass with the computer's time, and with the sandbox's when that is
/// moved ahead.
struct ClientClock {
    sandbox: SandboxClock,
    epoch: Timestamp,
    started: Instant,
}

impl ClientClock {
    fn of(sandbox: &SandboxClock) -> Self {
        Self {
            sandbox: sandbox.clone(),
            epoch: sandbox.now(),
            started: Instant::now(),
        }
    }

    fn elapsed(&self) -> Duration {
        let here = self.started.elapsed();
        let there = self.sandbox.now().duration_since(self.epoch);
        here.max(Duration::try_from(there).unwrap_or_default())
    }
}

impl Clock for ClientClock {
    fn now(&self) -> Timestamp {
        self.sandbox.now()
    }

    fn instant(&self) -> Instant {
        self.started + self.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let end = self.elapsed().saturating_add(duration);
        let left = end.saturating_sub(self.started.elapsed());
        let sandbox = self.sandbox.clone();
        let until = SignedDuration::try_from(end)
            .ok()
            .and_then(|end| self.epoch.checked_add(end).ok())
            .unwrap_or(Timestamp::MAX);
        Box::pin(async move {
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                () = sandbox.sleep_until(until) => {}
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wait_ends_when_the_sandboxs_clock_is_moved() {
        for sandbox in [
            SandboxClock::real(),
            SandboxClock::controlled(Timestamp::now()),
        ] {
            let clock = ClientClock::of(&sandbox);
            let before = clock.instant();
            let waiting = clock.sleep(Duration::from_secs(3600));
            let (_, moved) = tokio::join!(waiting, async {
                tokio::task::yield_now().await;
                sandbox.advance(Duration::from_secs(3601))
            });
            assert!(moved >= clock.epoch + Duration::from_secs(3601));
            assert!(clock.instant() >= before + Duration::from_secs(3600));
        }
    }

    #[tokio::test]
    async fn whatever_a_watch_left_the_next_one_keeps_its_time_and_has_no_doubt() {
        let times = NothingBefore::default();
        let environment = Environment::difitest();
        let sender = Sender::new("123456789").unwrap();
        let queue = QueueKey::new(&environment, &sender);
        let never = times.load(queue).await.unwrap();
        assert_eq!(never, Some(PermittedPoll::never_polled()));
        let now = Timestamp::now();
        let time = PermittedPoll::new(now + Duration::from_secs(5), now);
        times.save(queue, time).await.unwrap();
        let clean = time.with_shutdown(Shutdown::Clean);
        assert_eq!(times.load(queue).await.unwrap(), Some(clean));
    }

    #[tokio::test]
    async fn waits_pass_on_a_clock_that_stands_still() {
        let clock = ClientClock::of(&SandboxClock::controlled(Timestamp::now()));
        let before = clock.instant();
        clock.sleep(Duration::from_millis(20)).await;
        assert!(clock.instant() >= before + Duration::from_millis(20));
        clock.sleep(Duration::ZERO).await;
    }
}
