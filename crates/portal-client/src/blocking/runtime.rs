//! Waiting for a future on whatever thread asks.

use std::io;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use tokio::runtime::{Builder, Runtime as Tokio};
use tokio::task::unconstrained;

/// A Tokio runtime whose thread sees to sockets, timers and the connections' tasks.
///
/// Tokio's own `block_on` panics on the threads of a runtime, and so does dropping its runtime there.
/// Here the future is polled by the thread that waits, inside this runtime's context.
#[derive(Debug)]
pub(super) struct Runtime {
    /// Taken when dropped.
    tokio: Option<Tokio>,
}

impl Runtime {
    pub(super) fn new() -> io::Result<Self> {
        let tokio = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("portal-client")
            .enable_all()
            .build()?;
        Ok(Self { tokio: Some(tokio) })
    }

    /// Polls the future until it is ready.
    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        let _inside = self.tokio.as_ref().map(Tokio::enter);
        // In a task of another runtime that one's budget would run out and never be filled up.
        let mut future = pin!(unconstrained(future));
        let signal = Arc::new(Signal::default());
        let waker = Waker::from(Arc::clone(&signal));
        let mut context = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            signal.wait();
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(tokio) = self.tokio.take() {
            // Waiting for its threads is what Tokio forbids in async code.
            tokio.shutdown_background();
        }
    }
}

/// Whether somebody has woken the future since it was last polled.
///
/// Not by parking the thread: what is polled may do so too, and take the signal for its own.
#[derive(Default)]
struct Signal {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Signal {
    fn woken(&self) -> MutexGuard<'_, bool> {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is woken, or was.
    fn wait(&self) {
        let mut woken = self.woken();
        while !*woken {
            woken = self
                .changed
                .wait(woken)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *woken = false;
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        *self.woken() = true;
        self.changed.notify_one();
    }
}
