use std::env::var;

use newcomer::{BoxError, Office};
use portal_client::{EnterpriseCertificate, PortalClient, Sector, Sender};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let file = std::fs::read(var("SIGNING_CERTIFICATE")?)?;
    let certificate = EnterpriseCertificate::from_pkcs12(&file, &var("SIGNING_PASSWORD")?)?;
    let environment = var("SIGNING_ENVIRONMENT")?.parse()?;
    let client = PortalClient::builder(environment, certificate, Sector::Public)
        .sender(Sender::new(var("SIGNING_ORGANIZATION")?)?.with_queue("letters"))
        .build()?;
    let office = Office::open(client, var("SIGNING_FOLDER")?.into())?;
    Ok(office.watch(|watch| watch).await?)
}
