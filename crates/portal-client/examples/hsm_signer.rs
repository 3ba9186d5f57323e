//! A package signed by a key that the library never sees, as one in an HSM.
//!
//! The HSM is a thread here, which alone has the key, and is asked the way that PKCS#11 asks. Connections
//! are opened with a key in memory all the same: issuers sell certificates for signing and for TLS in
//! pairs, and this is about the former.
//!
//! `cargo run --example hsm_signer`

mod service_and_sender;

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use portal_client::{
    Certificate, PackageSigner, ReqwestTransport, SignatureInput, Signer, SignerError,
};
use service_and_sender::{AnyError, ServiceAndSender, agreement};

/// `C_Sign` with the mechanism `CKM_SHA256_RSA_PKCS`: what to sign, and where to put the signature.
struct SignRequest {
    message: Vec<u8>,
    response: Sender<Result<Vec<u8>, HsmError>>,
}

#[derive(Debug, thiserror::Error)]
enum HsmError {
    #[error("the HSM's key does not sign")]
    Refused,
    #[error("the HSM does not respond")]
    Gone,
}

/// The inside of the HSM.
fn hsm(key: &KeyPair, requests: &Receiver<SignRequest>) {
    for request in requests {
        let mut signature = vec![0; key.public_modulus_len()];
        let signed = key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            &request.message,
            &mut signature,
        );
        // Whoever asked may have given up.
        let _ = request
            .response
            .send(signed.map(|()| signature).map_err(|_| HsmError::Refused));
    }
}

/// A session with the HSM. Certificates are no secret and are kept here.
struct HsmSigner {
    chain: Vec<Certificate>,
    session: Sender<SignRequest>,
}

impl PackageSigner for HsmSigner {
    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    // Called on a thread for blocking work, so that it may wait. What comes back is verified against the
    // certificate before it is used.
    fn sign(&self, input: &SignatureInput<'_>) -> Result<Vec<u8>, SignerError> {
        let (response, signature) = mpsc::channel();
        let request = SignRequest {
            message: input.message().to_vec(),
            response,
        };
        let sent = self.session.send(request);
        sent.map_err(|_| SignerError::new(HsmError::Gone))?;
        let signature = signature.recv();
        signature
            .unwrap_or(Err(HsmError::Gone))
            .map_err(SignerError::new)
    }
}

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let example = ServiceAndSender::from_environment().await?;

    let key = KeyPair::from_pkcs8(example.certificate.private_key_pkcs8())?;
    let (session, requests) = mpsc::channel();
    thread::spawn(move || hsm(&key, &requests));
    let signer = HsmSigner {
        chain: example.certificate.chain().to_vec(),
        session,
    };

    let transport = ReqwestTransport::new(example.transport_settings())?;
    let client = example.client_with(transport, signer);
    let job = client
        .job("Tenancy agreement")
        .document(agreement())
        .signer(Signer::by_email("email@example.com"))
        .build()
        .await?;
    let created = client.create(&job).await?;
    println!(
        "The service took job {}, whose package the HSM has signed",
        created.job_id()
    );
    client.cancel(&created).await?;
    Ok(())
}
