use std::{env::var, fs::read};

use newcomer::{BoxError, Office};
use portal_client::{EnterpriseCertificate, PollTimeFolder, PortalClient};
use portal_client::{Sector, Sender, ServerTrust};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let (file, password) = (read(var("SIGNING_CERTIFICATE")?)?, var("SIGNING_PASSWORD")?);
    let certificate = EnterpriseCertificate::from_pkcs12(&file, &password)?;
    let environment = var("SIGNING_ENVIRONMENT")?.parse()?;
    let folder = var("SIGNING_FOLDER")?;
    let client = PortalClient::builder(environment, certificate, Sector::Public)
        .trust(ServerTrust::from_pem(&read(var("SIGNING_ANCHORS")?)?)?)
        .sender(Sender::new(var("SIGNING_ORGANIZATION")?)?.with_queue("letters"))
        .poll_times(PollTimeFolder::new(format!("{folder}/poll-times")))
        .build()?;
    let office = Office::open(client, folder.into())?;
    Ok(office.watch(|watch| watch).await?)
}
