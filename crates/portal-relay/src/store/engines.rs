//! Documents in an object store that is a process of its own; see `tests/it/engines.rs`.

use std::io::Write;

use portal_client::{Environment, OrganizationNumber};

use super::Store;
use crate::Scope;
use crate::layout::{DocumentType, sha256_hex};

/// The bytes of a part.
const PART: usize = 8 * 1024 * 1024;

#[tokio::test]
async fn an_engine_stores_documents_of_several_parts() {
    let Ok(engine) = std::env::var("PORTAL_RELAY_ENGINE") else {
        println!("SKIPPED: PORTAL_RELAY_ENGINE is not set; run `cargo xtask stores`");
        return;
    };
    let mut lines = engine.lines();
    let address = lines.next().unwrap();
    let options = lines.map(|option| option.split_once('=').unwrap());
    let options = options.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let address = format!("{address}/documents-{}", std::process::id());
    let number = OrganizationNumber::new("123456789").unwrap();
    let scope = Scope::new(Environment::difitest(), number);
    let store = Store::by_address(&address, options, scope).await.unwrap();
    for length in [0, 1, PART - 1, PART, PART + 1, 2 * PART, 3 * PART + 5] {
        let content: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let digest = sha256_hex(&content);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&content).unwrap();
        // Again is the same.
        for _ in 0..2 {
            let put = store
                .put_document(
                    &digest,
                    DocumentType::Pdf,
                    file.path(),
                    jiff::Timestamp::now(),
                )
                .await;
            put.unwrap();
        }
        let name = store.layout().document(&digest, DocumentType::Pdf);
        let stored = store.get(&name).await.unwrap();
        assert!(stored.is_some_and(|stored| stored == content), "{length}");
    }
}
