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

/// Does the work unless SIGINT or SIGTERM ends it. Whatever is dropped then leaves nothing half-done: files
/// get their names when they are whole.
pub(crate) fn unless_interrupted<T>(
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    runtime()?.block_on(async {
        let interrupted = interrupted().map_err(|error| {
            Failure::new(Exit::Computer, "signals", "signals can't be received").because(&error)
        })?;
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

/// Resolves with the exit code of the signal.
#[cfg(unix)]
pub(crate) fn interrupted() -> std::io::Result<impl Future<Output = Exit>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => Exit::Interrupted,
            _ = terminate.recv() => Exit::Terminated,
        }
    })
}

#[cfg(not(unix))]
pub(crate) fn interrupted() -> std::io::Result<impl Future<Output = Exit>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Exit::Interrupted
    })
}
