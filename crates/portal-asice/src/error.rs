//! Why a package can't be built or written.

use std::error::Error;
use std::io;

/// Why a text is not a document's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The name has a character that is not allowed.
    #[error(
        "the document's name has a character that is not allowed at position {position}; \
         use A-Z a-z 0-9 . _ - only"
    )]
    #[non_exhaustive]
    Character {
        /// Where, counted from 1.
        position: usize,
    },
    /// The name is too short or too long.
    #[error("the document's name has {length} characters; make it 4 to 100 characters long")]
    #[non_exhaustive]
    Length {
        /// How many characters it has.
        length: usize,
    },
    /// The name begins or ends with a dot.
    #[error("the document's name begins or ends with a dot; remove the dot")]
    Dot,
    /// The name is reserved.
    #[error(
        "the document's name is reserved (manifest.xml, mimetype, or a device of Windows such as \
         con.pdf); choose another"
    )]
    Reserved,
}

/// Why a signature can't be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The signer gave no certificate.
    #[error("the signer has no certificate; its chain must begin with the signing certificate")]
    NoCertificate,
    /// The certificate's key is of another kind than the service takes.
    #[error(
        "the signing certificate's key is not RSA; the service takes RSA certificates only, so \
         ECDSA can't be used"
    )]
    NotRsa,
    /// The key is too short or too long.
    #[error("the signing key has {bits} bits; use an RSA key of 2048 to 4096 bits")]
    #[non_exhaustive]
    KeyLength {
        /// Length of its modulus.
        bits: u32,
    },
    /// The key can't be read.
    #[error("the private key can't be used for signing; load the certificate and its key again")]
    Key,
    /// The signer's key did not sign.
    #[error("the signer did not sign")]
    #[non_exhaustive]
    PackageSigner {
        /// What it said.
        source: SignerError,
    },
    /// The signer gave something that is not the certificate's signature.
    #[error(
        "what the signer gave is not the signing certificate's signature; use the key that belongs \
         to the certificate, and RSA PKCS#1 v1.5 over SHA-256"
    )]
    WrongSignature,
}

/// Why a custom signer failed.
#[derive(Debug, thiserror::Error)]
#[error("the key, or the service that keeps it, failed")]
pub struct SignerError {
    source: Box<dyn Error + Send + Sync>,
}

impl SignerError {
    /// Creates an error from the reason.
    #[must_use]
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            source: source.into(),
        }
    }
}

/// Why a package can't be built.
///
/// Documents are named by their position, counted from 1: their names may hold personal data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// No manifest was given.
    #[error("the package has no manifest; give it with PackageBuilder::manifest")]
    NoManifest,
    /// No document was given.
    #[error("the package has no document; give at least one with PackageBuilder::document")]
    NoDocument,
    /// Two documents have the same name, or names that some system takes for one file.
    #[error("documents {first} and {second} have the same name; give each its own name")]
    #[non_exhaustive]
    SameName {
        /// The one.
        first: usize,
        /// The other.
        second: usize,
    },
    /// There are more files than the format can hold, or they are too large for it.
    #[error(
        "the package is larger than 4 GB or has more than 65,535 files; the service takes 10 MB"
    )]
    TooLarge,
    /// A document can't be read.
    #[error("document {position} can't be read")]
    #[non_exhaustive]
    Read {
        /// Which document.
        position: usize,
        /// Why.
        source: io::Error,
    },
    /// The signature can't be made.
    #[error("the package can't be signed")]
    #[non_exhaustive]
    Sign {
        /// Why.
        #[from]
        source: SignError,
    },
}

impl PackageError {
    /// Creates the error for a document, counted from 1, that can't be read.
    #[must_use]
    pub const fn read(position: usize, source: io::Error) -> Self {
        Self::Read { position, source }
    }
}

/// Why a package can't be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A document can't be read again.
    #[error("document {position} can't be read again for writing the package")]
    #[non_exhaustive]
    Read {
        /// Which document.
        position: usize,
        /// Why.
        source: io::Error,
    },
    /// A document is not what it was when the package was built.
    #[error(
        "document {position} has changed since the package was built and signed; build it again"
    )]
    #[non_exhaustive]
    Changed {
        /// Which document.
        position: usize,
    },
    /// The place that the package is written to fails.
    #[error("the package can't be written to its place")]
    #[non_exhaustive]
    Write {
        /// Why.
        source: io::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts that users see.
    #[test]
    fn errors_say_what_to_do() {
        let io = || io::Error::other("the disk is gone");
        let texts = [
            PackageError::NoManifest.to_string(),
            PackageError::NoDocument.to_string(),
            PackageError::SameName {
                first: 1,
                second: 3,
            }
            .to_string(),
            PackageError::TooLarge.to_string(),
            PackageError::Read {
                position: 2,
                source: io(),
            }
            .to_string(),
            PackageError::from(SignError::NotRsa).to_string(),
            SignError::NoCertificate.to_string(),
            SignError::NotRsa.to_string(),
            SignError::KeyLength { bits: 1024 }.to_string(),
            SignError::Key.to_string(),
            SignError::PackageSigner {
                source: SignerError::new("the vault is locked"),
            }
            .to_string(),
            SignError::WrongSignature.to_string(),
            WriteError::Read {
                position: 2,
                source: io(),
            }
            .to_string(),
            WriteError::Changed { position: 2 }.to_string(),
            WriteError::Write { source: io() }.to_string(),
            NameError::Character { position: 3 }.to_string(),
            NameError::Length { length: 3 }.to_string(),
            NameError::Dot.to_string(),
            NameError::Reserved.to_string(),
        ];
        insta::assert_snapshot!(texts.join("\n"));
    }
}
