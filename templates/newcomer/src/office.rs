use std::path::PathBuf;

use portal_client::PortalSignatureJobStatus as Status;
use portal_client::{Content, Document, Notification, PackageFolder, Signer};
use portal_client::{Error, PortalClient, StatusChange, Watch};

use crate::{Folder, Letter, Metrics, Stage};

pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Sends letters and follows them; everything is kept in one folder.
#[derive(Clone)]
pub struct Office {
    client: PortalClient,
    pub folder: Folder,
    pub metrics: Metrics,
}

impl Office {
    pub fn open(client: PortalClient, folder: PathBuf) -> std::io::Result<Self> {
        for part in ["letters", "signed", "poll-times"] {
            std::fs::create_dir_all(folder.join(part))?;
        }
        Ok(Self {
            client: client.with_package_processor(PackageFolder::new(folder.join("sent"))),
            folder: Folder(folder),
            metrics: Metrics::default(),
        })
    }

    /// Sends a letter, once, to two people in order, by their personal numbers.
    pub async fn send(
        &self,
        reference: &str,
        pdf: impl Into<Content>,
        [first, second]: [&str; 2],
    ) -> Result<(), BoxError> {
        if self.folder.letter_file(reference).exists() {
            return Err("this reference was used before".into());
        }
        let job = self.client.job("A letter to sign").reference(reference);
        let job = job
            .document(Document::pdf("The letter", pdf))
            .signer(Signer::by_personal_number(first, Notification::lookup()).order(1))
            .signer(Signer::by_personal_number(second, Notification::lookup()).order(2))
            .build()
            .await?;
        let mut letter = Letter::default();
        self.folder.save(reference, &letter).await?;
        let created = self.counted(self.client.create(&job).await);
        if matches!(&created, Err(error) if !matches!(error, Error::OutcomeUnknown { .. })) {
            tokio::fs::remove_file(self.folder.letter_file(reference)).await?;
        }
        let record = created?.record().clone();
        letter.stage = Stage::Waiting;
        letter.package_sha256 = record.package_sha256().map(str::to_owned);
        letter.record = Some(record);
        Ok(self.folder.save(reference, &letter).await?)
    }

    /// Stores what is signed, until the watch ends.
    pub async fn watch(&self, settings: impl FnOnce(Watch) -> Watch) -> Result<(), Error> {
        let (office, metrics) = (self.clone(), self.metrics.clone());
        let watch = settings(self.client.watch())
            .observe(move |event| metrics.event(event))
            .handle(move |_, change| office.clone().store(change));
        self.counted(watch.await)
    }

    async fn store(self, change: StatusChange) -> Result<(), BoxError> {
        let reference = change.reference().ok_or("not one of the letters")?.reveal();
        let mut letter = self.folder.load(reference).await?;
        let file = self.folder.0.join(format!("signed/{}", change.job_id()));
        if change.record().has_pades() {
            let pades = self.client.pades(&change).await?;
            pades.save_over(file.with_extension("pdf")).await?;
        }
        for signer in change.record().signers_with_xades() {
            let xades = self.client.xades(&change, signer).await?;
            let ending = format!("{signer}.xml");
            xades.save_over(file.with_extension(ending)).await?;
        }
        letter.stage = match change.status() {
            Status::CompletedSuccessfully => Stage::Signed,
            Status::Failed => Stage::Failed,
            _ => Stage::Waiting,
        };
        letter.record = Some(change.record().clone());
        Ok(self.folder.save(reference, &letter).await?)
    }

    /// Cancels a letter; false when it had ended before.
    pub async fn cancel(&self, reference: &str) -> Result<bool, BoxError> {
        let letter = self.folder.load(reference).await?;
        let record = letter.record.ok_or("no job yet")?;
        match self.client.cancel(&record).await {
            Err(error @ Error::CannotBeCancelled { .. }) => Ok(error.may_be_done_already()),
            Err(Error::NotCancellable) => Ok(false),
            result => Ok(self.counted(result).map(|()| true)?),
        }
    }

    /// Deletes a letter's documents from the service; false when that is not allowed yet.
    pub async fn delete_documents(&self, reference: &str) -> Result<bool, BoxError> {
        let mut letter = self.folder.load(reference).await?;
        let record = letter.record.as_ref().ok_or("no job yet")?;
        let from = record.documents_deletable_from();
        if from.is_none_or(|from| from > self.client.now()) {
            return Ok(false);
        }
        match self.client.delete_documents(record).await {
            Err(error @ Error::CannotBeDeleted { .. }) if error.may_be_done_already() => {}
            Err(Error::CannotBeDeleted { .. }) => return Ok(false), // no mailbox: 7 days
            result => self.counted(result)?,
        }
        letter.stage = Stage::Deleted;
        Ok(self.folder.save(reference, &letter).await.map(|()| true)?)
    }

    fn counted<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        result.inspect_err(|error| self.metrics.error(error))
    }
}
