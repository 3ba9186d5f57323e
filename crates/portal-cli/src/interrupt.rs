//! Work that Ctrl-C ends.

use tokio::runtime::Runtime;

use crate::exit::Exit;
use crate::failure::Failure;

/// A runtime for commands that connect.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    Runtime::new().map_err(|error| {
        Failure::new(Exit::Computer, "runtime", "no threads could be started").because(&error)
    })
}

/// Begins to listen to signals before there is any runtime: `subscribe` makes what receives them in
/// whichever comes later.
///
/// A signal that comes while its handler is put in place, and before somebody listens, would be lost. It is held
/// back meanwhile. Only this thread holds it, so there may be no others yet; and processes that are
/// started by others do not inherit that.
#[cfg(unix)]
pub(crate) fn listen<S>(subscribe: impl FnOnce() -> std::io::Result<S>) -> Result<S, Failure> {
    let subscribed = || {
        let _held = Held::hold()?;
        // For what tokio asks to be there; it has no thread.
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_io().build()?;
        let _entered = runtime.enter();
        subscribe()
    };
    subscribed().map_err(|error| {
        Failure::new(Exit::Computer, "signals", "signals can't be received").because(&error)
    })
}

/// While it lives, signals that end or reload a program wait.
#[cfg(unix)]
struct Held {
    before: nix::sys::signal::SigSet,
}

#[cfg(unix)]
impl Held {
    fn hold() -> std::io::Result<Self> {
        use nix::sys::signal::{SigSet, SigmaskHow, Signal};

        let signals = SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]);
        let before = signals.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        Ok(Self { before })
    }
}

#[cfg(unix)]
impl Drop for Held {
    fn drop(&mut self) {
        // It can't fail with a set that the system gave.
        let _ = self.before.thread_set_mask();
    }
}

/// Does the work unless SIGINT or SIGTERM ends it. Whatever is dropped then leaves nothing half-done: files
/// get their names when they are whole.
pub(crate) fn unless_interrupted<T>(
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let interrupted = interrupted()?;
    runtime()?.block_on(async {
        tokio::select! {
            biased;
            exit = interrupted => Err(Failure::new(
                exit,
                "interrupted",
                "interrupted; nothing is half-done",
            )
            .fix("give the same command again")),
            done = work => done,
        }
    })
}

/// Resolves with the exit code of SIGINT or SIGTERM. Shells let programs in the background ignore SIGINT; this one
/// does not.
#[cfg(unix)]
pub(crate) fn interrupted() -> Result<impl Future<Output = Exit>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) = listen(|| {
        let interrupt = signal(SignalKind::interrupt())?;
        Ok((interrupt, signal(SignalKind::terminate())?))
    })?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => Exit::Interrupted,
            _ = terminate.recv() => Exit::Terminated,
        }
    })
}

#[cfg(not(unix))]
pub(crate) fn interrupted() -> Result<impl Future<Output = Exit>, Failure> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Exit::Interrupted
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Duration;

    use nix::sys::pthread::{pthread_kill, pthread_self};
    use nix::sys::signal::Signal;
    use tokio::signal::unix::{SignalKind, signal};

    use super::*;

    /// Without being held back it would end this process.
    #[test]
    fn a_signal_before_anybody_listens_is_received() {
        for _ in 0..3 {
            let mut received = listen(|| {
                pthread_kill(pthread_self(), Signal::SIGHUP)?;
                signal(SignalKind::hangup())
            })
            .unwrap();
            runtime().unwrap().block_on(async {
                let received = tokio::time::timeout(Duration::from_secs(60), received.recv());
                assert_eq!(received.await, Ok(Some(())));
            });
        }
    }
}
