//! Creating a job: its package is measured, signed when it can go out, shown to a processor, and sent.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use portal_asice::{MeasuredPackage, Package};
use portal_transport::{Clock, ErrorKind, SendBy, TokenRejected, TransportError};

use super::exchange::whole;
use crate::connection::Connection;
use crate::endpoints::create;
use crate::error::{Error, Operation};
use crate::multipart::{Boundary, PackageBody};
use crate::{
    CreateOptions, CreatedJob, Job, JobDigest, PortalClient, SignedPackage, package_processor,
};

/// How long after the signing time the first byte of a package goes out at the latest. The service refuses what
/// is more than five seconds off, of which its clock and this one may take a part.
const LATEST: Duration = Duration::from_secs(2);

/// How often a package is made again because the way to the service took too long.
const MOST_PACKAGES: u32 = 5;

/// How much of documents in memory is hashed in place, in bytes: a quarter of a millisecond's work, less than the
/// signature that is made in place as well. A processor without instructions for SHA-256 takes a millisecond.
const QUICKLY_HASHED: usize = 256 * 1024;

impl PortalClient {
    /// Creates a job: makes and signs its package, and sends it.
    ///
    /// The service takes a package only within five seconds of its own clock. After a 401 for an access token,
    /// which says that nothing was done, the package is signed again and sent once more. Dropping the future once the
    /// request is on its way leaves the outcome as unknown as a lost response does.
    ///
    /// # Errors
    /// [`Error::OutcomeUnknown`] when the service may have created the job and the response was lost: see
    /// there how to find out. [`Error::NotAuthorized`], [`Error::BrokerNotAuthorized`],
    /// [`Error::Unexpected`] when the service refuses it.
    pub async fn create(&self, job: &Job) -> Result<CreatedJob, Error> {
        self.create_with(job, CreateOptions::new()).await
    }

    /// Creates a job as [`create`](Self::create) does, with options for this one.
    ///
    /// # Errors
    /// As for [`create`](Self::create); [`Error::PackageProcessor`] when the package could not be processed,
    /// so that nothing was sent.
    pub async fn create_with(
        &self,
        job: &Job,
        options: CreateOptions,
    ) -> Result<CreatedJob, Error> {
        let processor = options.processor.or_else(|| self.processor.clone());
        let connection = self.connection();
        let _creating = connection.signing_times.creating();
        let measured = measure(job, &connection, processor.is_some()).await?;
        let boundary = Boundary::random();
        let mut attempt = 1;
        let mut may_renew_token = true;
        loop {
            // Signed only now that it is this request's turn: the package ages from then on.
            let reservation = connection
                .transport
                .reserve()
                .await
                .map_err(|source| create::no_response(job, source))?;
            let signed = self
                .sign(&measured, &connection, processor.is_some())
                .await?;
            let sha256 = match (&processor, &signed.body) {
                (Some(processor), PackageBody::Whole(bytes)) => {
                    let package = SignedPackage::new(bytes.clone(), signed.at);
                    let sha256 = package.sha256().to_owned();
                    package_processor::process(&**processor, package, self.clock()).await?;
                    Some(sha256)
                }
                _ => None,
            };
            // A processor's time is not ours.
            let send_by = if sha256.is_some() {
                SendBy::within(LATEST, self.clock())
            } else {
                signed.send_by
            };
            let mut request = create::request(&self.environment, job, signed.body, &boundary)?;
            request.extensions_mut().insert(reservation);
            request.extensions_mut().insert(send_by);
            let response = match connection.transport.send(request).await {
                Err(late) if is_late(&late) && attempt < MOST_PACKAGES => {
                    attempt += 1;
                    continue;
                }
                sent => sent.map_err(|source| create::no_response(job, source))?,
            };
            let token_rejected = response.extensions().get::<TokenRejected>();
            if token_rejected == Some(&TokenRejected::Once) && may_renew_token {
                may_renew_token = false;
                continue;
            }
            let response = whole(Operation::Create, response)
                .await
                .map_err(|error| create::outcome_unknown(job, error))?;
            let created = create::read(&response, job, signed.at, self.now())?;
            let created = created.with_package_sha256(sha256);
            #[cfg(feature = "verify")]
            let created = created.with_sent(crate::signed::sent(&measured));
            return Ok(created);
        }
    }

    /// Makes and signs the package that [`create`](Self::create) would send now, without sending it.
    ///
    /// # Errors
    /// When a document can't be read, or the certificate's key does not sign.
    pub async fn package(&self, job: &Job) -> Result<Package, Error> {
        let connection = self.connection();
        let measured = measure(job, &connection, false).await?;
        let (signer, clock) = (Arc::clone(&connection.signer), self.clock().clone());
        blocking(move || Ok(measured.sign(&*signer, clock.now())?)).await
    }

    /// Reads the documents of a job, and returns digests of everything that [`create`](Self::create) would send. By
    /// them a program knows a job again that it has sent before.
    ///
    /// # Errors
    /// When a document can't be read.
    pub async fn digest(&self, job: &Job) -> Result<JobDigest, Error> {
        let measured = measure(job, &self.connection(), false).await?;
        Ok(JobDigest::new(job, &measured))
    }

    /// Signs a package for now: on a thread for blocking work, or in place where that is known to be fast.
    async fn sign(
        &self,
        measured: &Arc<MeasuredPackage>,
        connection: &Connection,
        whole: bool,
    ) -> Result<Signed, Error> {
        let (signer, clock) = (Arc::clone(&connection.signer), self.clock().clone());
        let (measured, times) = (Arc::clone(measured), connection.signing_times.clone());
        let in_place = !whole && times.in_place(&*signer);
        let work = move || {
            let at = clock.now();
            let send_by = SendBy::within(LATEST, &clock);
            let started = Instant::now();
            let package = measured.sign(&*signer, at)?;
            times.took(started.elapsed());
            let body = if whole {
                Bytes::from(package.into_bytes()?).into()
            } else {
                package.into()
            };
            Ok(Signed { body, at, send_by })
        };
        if in_place {
            work()
        } else {
            blocking(work).await
        }
    }
}

/// A signed package, as long as it is fresh.
struct Signed {
    body: PackageBody,
    at: Timestamp,
    send_by: SendBy,
}

fn is_late(error: &TransportError) -> bool {
    matches!(error.kind(), ErrorKind::SendDeadline)
}

async fn measure(
    job: &Job,
    connection: &Connection,
    in_memory: bool,
) -> Result<Arc<MeasuredPackage>, Error> {
    let work = job.measuring(Arc::clone(&connection.signer), in_memory)?;
    let length = job.length_in_memory();
    let quick = length.is_some_and(|length| length <= QUICKLY_HASHED);
    let measured = if quick && connection.signing_times.in_place(&*connection.signer) {
        work()
    } else {
        blocking(work).await
    };
    measured.map(Arc::new)
}

/// Runs work on packages on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(cut_short) => Err(Error::Aborted {
            source: cut_short.into(),
        }),
    }
}

#[cfg(test)]
mod freshness;
#[cfg(test)]
mod tokens;
