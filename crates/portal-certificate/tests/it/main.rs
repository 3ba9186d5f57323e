//! The crate as its users see it.
#![expect(clippy::unwrap_used, reason = "tests")]

mod inspecting;
mod issuers;
mod loading;
mod made;
mod openssl;
mod organization;
mod pfx;
mod pkcs12;
