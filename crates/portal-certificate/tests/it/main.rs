//! The crate as its users see it.
#![expect(clippy::unwrap_used, reason = "tests")]

mod loading;
mod made;
mod openssl;
mod organization;
mod pkcs12;
