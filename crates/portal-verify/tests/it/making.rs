//! Signed documents, made by the sandbox and downloaded by the client.

use std::error::Error;

use portal_client::{Document, PortalClient, PortalSignatureJobStatus, Signer, StatusChange};
use portal_sandbox::{DocumentDefect, Endpoint, Fault, Sandbox};
use portal_verify::{Fingerprint, Received, Sent};

pub(crate) type AnyError = Box<dyn Error + Send + Sync>;

/// More than any of these documents has.
const LIMIT: usize = 64 * 1024 * 1024;

/// What came back of a job, with what was sent.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) sent: Sent,
    pub(crate) pades: Vec<u8>,
    pub(crate) xades: Vec<Vec<u8>>,
}

impl Made {
    pub(crate) fn received(&self) -> Received {
        let received = Received::new().signed(self.xades.len()).pades(&self.pades);
        let xades = self.xades.iter();
        xades.fold(received, |received, xades| received.xades(xades))
    }
}

pub(crate) struct Maker {
    sandbox: Sandbox,
    client: PortalClient,
}

impl Maker {
    pub(crate) async fn new() -> Result<Self, AnyError> {
        let sandbox = Sandbox::builder()
            .standing_clock()
            .limit_call_rate(false)
            .start()
            .await?;
        let clock = sandbox.clock().clone();
        let client = sandbox
            .client_builder()?
            .clock(move || clock.now())
            .build()?;
        Ok(Self { sandbox, client })
    }

    /// A job that all have signed, with a document of each length, of noise that does not compress.
    pub(crate) async fn signed(
        &self,
        signers: usize,
        lengths: &[usize],
    ) -> Result<(Sent, StatusChange), AnyError> {
        let mut sent = Sent::new();
        let mut job = self.client.job("Tenancy agreement");
        for (index, &length) in lengths.iter().enumerate() {
            let name = format!("document-{index}.pdf");
            let bytes = document(index, length);
            sent = sent.document(&name, "application/pdf", Fingerprint::of(&bytes));
            job = job.document(Document::pdf(format!("Document {index}"), bytes).name(name));
        }
        for index in 0..signers {
            job = job.signer(Signer::by_email(format!("signer{index}@example.com")));
        }
        let job = job.build().await?;
        let created = self.client.create(&job).await?;
        let at_service = self.sandbox.job(created.job_id());
        while !at_service.sign_current_group()?.is_empty() {}
        loop {
            let polled = self.client.status_change(None).await?;
            self.sandbox.clock().advance(polled.next_poll.wait());
            let Some(change) = polled.change else {
                continue;
            };
            // Confirming the last change of a job removes its documents; it is confirmed when it is
            // delivered again.
            let is_last = change.status() == PortalSignatureJobStatus::CompletedSuccessfully;
            if is_last && change.job_id() == created.job_id() {
                return Ok((sent, change));
            }
            self.client.confirm(&change).await?;
        }
    }

    pub(crate) async fn pades(&self, job: &StatusChange) -> Result<Vec<u8>, AnyError> {
        Ok(self.client.pades(job).await?.bytes(LIMIT).await?.to_vec())
    }

    pub(crate) async fn broken(
        &self,
        job: &StatusChange,
        defect: DocumentDefect,
    ) -> Result<Vec<u8>, AnyError> {
        let fault = Fault::BrokenSignedDocument(defect);
        self.sandbox.faults().next(1, Endpoint::Pades, fault);
        self.pades(job).await
    }

    pub(crate) async fn download(&self, sent: Sent, job: &StatusChange) -> Result<Made, AnyError> {
        let mut xades = Vec::new();
        for signer in job.record().signers_with_xades() {
            let download = self.client.xades(job, signer).await?;
            xades.push(download.bytes(LIMIT).await?.to_vec());
        }
        Ok(Made {
            sent,
            pades: self.pades(job).await?,
            xades,
        })
    }

    pub(crate) async fn make(&self, signers: usize, lengths: &[usize]) -> Result<Made, AnyError> {
        let (sent, job) = self.signed(signers, lengths).await?;
        let made = self.download(sent, &job).await?;
        // A document whose pages the sandbox can't read is left out.
        assert!(made.pades.len() > lengths.iter().sum());
        Ok(made)
    }
}

/// A PDF of about this length: a page, with an image of noise that does not compress.
fn document(index: usize, length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64 ^ u64::try_from(index).unwrap_or_default();
    let noise = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    });
    let noise: Vec<u8> = noise.take(length.max(3)).collect();
    let text = format!("BT /F1 20 Tf 60 700 Td (Document {index}) Tj ET");
    let image = format!(
        "/Type/XObject/Subtype/Image/Width {}/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8",
        noise.len()
    );
    let font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>";
    let page = format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R\
         /Resources<</Font<</F1 {font}>>/XObject<</Im1 5 0 R>>>>>>"
    );
    let stream = |dictionary: &str, content: &[u8]| {
        let mut object = format!("<<{dictionary}/Length {}>>stream\n", content.len()).into_bytes();
        object.extend_from_slice(content);
        object.extend_from_slice(b"\nendstream");
        object
    };
    let objects = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        page.into_bytes(),
        stream("", text.as_bytes()),
        stream(&image, &noise),
    ];
    let mut pdf = b"%PDF-1.4\n".to_vec();
    let mut table = String::from("xref\n0 6\n0000000000 65535 f \n");
    for (position, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", pdf.len()));
        pdf.extend(format!("{} 0 obj\n", position + 1).bytes());
        pdf.extend_from_slice(object);
        pdf.extend_from_slice(b"\nendobj\n");
    }
    let start = pdf.len();
    pdf.extend(table.bytes());
    pdf.extend(format!("trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes());
    pdf
}
