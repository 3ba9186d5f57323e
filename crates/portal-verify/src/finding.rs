//! What was found: one fact each, with what it means for the reader.

use std::fmt;

use serde::Serialize;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingSeverity {
    /// A fact that was expected, or that is of no consequence.
    Info,
    /// Something that a person may want to look at, or that was not assessed.
    Notice,
    /// The document is not what it should be: damaged, changed, or of another job.
    Broken,
}

impl fmt::Display for FindingSeverity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Broken => "broken",
        })
    }
}

/// Where something was found. Counted from 1, in the order in which it was given or stands in the
/// file; names of files and people are left out on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Place {
    /// The document as a whole.
    File,
    /// Near this offset of the file, in bytes.
    Offset(u64),
    /// The seal of a PDF: its signature that is no time stamp.
    Seal,
    /// A time stamp of a PDF.
    TimeStamp(u32),
    /// The dictionary of a PDF with what long-term validation needs.
    SecurityStore,
    /// A file attached to a PDF.
    Attachment(u32),
    /// A signature of an XML document.
    Signature(u32),
    /// A reference of a signature of an XML document.
    #[non_exhaustive]
    Reference {
        /// Which signature.
        signature: u32,
        /// Which of its references.
        reference: u32,
    },
    /// A XAdES document that was downloaded.
    Xades(u32),
    /// A document that was sent.
    Document(u32),
    /// A document that was sent, in a XAdES document that was downloaded.
    #[non_exhaustive]
    DocumentInXades {
        /// Which document.
        document: u32,
        /// Which XAdES document.
        xades: u32,
    },
    /// The job: what was sent beside what came back.
    Job,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("file"),
            Self::Offset(offset) => write!(f, "file, near byte {offset}"),
            Self::Seal => f.write_str("seal"),
            Self::TimeStamp(number) => write!(f, "time stamp {number}"),
            Self::SecurityStore => f.write_str("DSS dictionary"),
            Self::Attachment(number) => write!(f, "attachment {number}"),
            Self::Signature(number) => write!(f, "signature {number}"),
            Self::Reference {
                signature,
                reference,
            } => write!(f, "signature {signature}, reference {reference}"),
            Self::Xades(number) => write!(f, "XAdES {number}"),
            Self::Document(number) => write!(f, "document {number}"),
            Self::DocumentInXades { document, xades } => {
                write!(f, "XAdES {xades}, document {document}")
            }
            Self::Job => f.write_str("job"),
        }
    }
}

/// A fact about a signed document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DocumentFinding {
    /// What kind it is. Stable.
    pub code: FindingCode,
    /// How much it matters.
    pub severity: FindingSeverity,
    /// Where it was found.
    pub place: Place,
    /// What was found, as a sentence in English. May change.
    pub sentence: String,
    /// What it means for the reader. May change.
    pub meaning: String,
}

impl DocumentFinding {
    /// Creates a finding with its code's severity and meaning.
    pub(crate) fn new(code: FindingCode, place: Place, sentence: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            place,
            sentence: sentence.into(),
            meaning: code.meaning().to_owned(),
        }
    }
}

impl fmt::Display for DocumentFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            severity,
            place,
            sentence,
            meaning,
        } = self;
        write!(f, "{severity:<6}  {code} ({place}): {sentence}")?;
        if *severity == FindingSeverity::Info {
            Ok(())
        } else {
            write!(f, "\n        {meaning}")
        }
    }
}

/// Writes the enum of codes with their texts, severities and meanings.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $severity:ident, $meaning:literal;)+) => {
        /// The kind of a finding. In JSON and on the terminal in kebab case, such as
        /// `content-changed`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[non_exhaustive]
        pub enum FindingCode {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $name,)+
        }

        impl FindingCode {
            /// All codes, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as text.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The severity of its findings.
            #[must_use]
            pub const fn severity(self) -> FindingSeverity {
                match self { $(Self::$name => FindingSeverity::$severity,)+ }
            }

            /// What its findings mean for the reader.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)+ }
            }
        }
    };
}

codes! {
    /// The file is no PDF.
    NotAPdf = "not-a-pdf", Broken,
        "This is not the signed document. Download it once more.";
    /// The structure of the PDF can't be followed.
    PdfUnreadable = "pdf-unreadable", Broken,
        "The file is cut short or damaged. Download it once more.";
    /// The document asks for far more work than its length justifies.
    TooMuchToRead = "too-much-to-read", Broken,
        "The file was refused: it is made, or damaged, in a way that exhausts readers.";
    /// The PDF is encrypted.
    Encrypted = "encrypted", Notice,
        "What needs a password was not looked at.";
    /// The PDF has no page.
    NoPages = "no-pages", Broken,
        "There is nothing to read in the document. Download it once more.";
    /// The PDF has no signature.
    NoSignature = "no-signature", Broken,
        "Nothing protects the document: it is not the sealed one, or its seal was removed.";
    /// The PDF has more than one signature.
    SecondSignature = "second-signature", Broken,
        "The service seals a document once. Somebody else has signed it too.";
    /// The dictionary of the signature is incomplete, or says something twice.
    SignatureDictionary = "signature-dictionary", Broken,
        "Programs may disagree on what the seal covers.";
    /// The byte range does not begin at the start or leads outside the file.
    ByteRange = "byte-range", Broken,
        "The seal does not cover the document as it should.";
    /// The part that is not signed is not exactly the signature itself.
    ByteRangeGap = "byte-range-gap", Broken,
        "There is room in the file that the seal does not cover, and in which anything can stand.";
    /// The format of the signature is unknown.
    SubFilterUnknown = "sub-filter-unknown", Broken,
        "Whether the document was changed is not known.";
    /// The signature certifies the document.
    Certified = "certified", Info,
        "The seal states which changes it permits.";
    /// The signature does not certify the document.
    NotCertified = "not-certified", Notice,
        "The service certifies its documents. This one was sealed in another way.";
    /// Digest, signature and signing-certificate attribute hold.
    SealHolds = "seal-holds", Info,
        "The sealed bytes are those that the holder of the certificate's key has sealed.";
    /// The seal covers the file to its last byte.
    CoversFile = "covers-file", Info,
        "Nothing was added after sealing.";
    /// The seal covers an earlier revision.
    CoversRevision = "covers-revision", Info,
        "What was added after sealing is listed.";
    /// The signature can't be read.
    SignatureUnreadable = "signature-unreadable", Broken,
        "The signature is damaged. Download the document once more.";
    /// Something that is not supported was met, and is named.
    NotAssessed = "not-assessed", Notice,
        "Nothing is known about it, good or bad. Use one of the programs below.";
    /// The certificate that the signature names is not in it.
    SignerCertificateMissing = "signer-certificate-missing", Broken,
        "The signature can't be checked.";
    /// The signed bytes were changed.
    ContentChanged = "content-changed", Broken,
        "The document is not the one that was sealed. Download it once more; do not rely on it.";
    /// The signature does not belong to what it should sign.
    SignatureDiffers = "signature-differs", Broken,
        "The signature was not made with the key of its certificate. Do not rely on the document.";
    /// The signing-certificate attribute is of another certificate.
    SigningCertificateDiffers = "signing-certificate-differs", Broken,
        "The certificate may have been exchanged. Do not rely on the identity of the signer.";
    /// The signing-certificate attribute is missing.
    SigningCertificateMissing = "signing-certificate-missing", Broken,
        "The certificate is not protected by the signature, as PAdES requires.";
    /// A digest that is no longer trusted against intended collisions.
    WeakDigest = "weak-digest", Notice,
        "Two documents with the same digest can be made on purpose.";
    /// Bytes other than zeros follow the signature in its room.
    Padding = "padding", Notice,
        "Nothing protects these bytes. Readers ignore them.";
    /// The time that the signer claims is outside the dates of the certificate.
    ClaimedTimeOutside = "claimed-time-outside", Notice,
        "The claimed time is only the signer's word.";
    /// Something was changed after sealing.
    ChangedAfterSealing = "changed-after-sealing", Broken,
        "What a page shows may not be what was sealed. Do not rely on the document.";
    /// A form field was added after sealing.
    FieldAdded = "field-added", Broken,
        "Somebody has added to the document after it was sealed.";
    /// Bytes that belong to no revision follow the sealed ones.
    TrailingBytes = "trailing-bytes", Broken,
        "Something was appended to the file. Download it once more.";
    /// A line end or blanks follow the sealed bytes.
    TrailingBlanks = "trailing-blanks", Notice,
        "Some program has written the file again. Nothing that is shown depends on it.";
    /// There is a time stamp, which holds.
    TimeStamp = "time-stamp", Info,
        "Its issuer states that the document existed at that time.";
    /// A time stamp does not hold.
    TimeStampBroken = "time-stamp-broken", Broken,
        "Nothing shows that the document existed at that time. Download it once more.";
    /// There is a DSS dictionary, which can be read.
    SecurityStore = "dss", Info,
        "Certificates and revocation information for later checks are in the file.";
    /// The DSS dictionary can't be read.
    SecurityStoreBroken = "dss-broken", Broken,
        "Later checks will lack certificates or revocation information. Download it once more.";
    /// An attachment can't be read.
    AttachmentUnreadable = "attachment-unreadable", Broken,
        "A signature document may be damaged. Download it once more.";
    /// The certificate of the seal was not seen before.
    NewSeal = "new-seal", Notice,
        "Seals change when certificates are renewed. If nothing was announced, ask the service.";
    /// The XML is not well-formed.
    XmlUnreadable = "xml-unreadable", Broken,
        "The file is cut short or damaged. Download it once more.";
    /// All that was assessed of an XML signature holds.
    XmlSignatureHolds = "xml-signature-holds", Info,
        "What the signature covers is as it was signed.";
    /// Something that an XML signature covers was changed.
    ReferenceChanged = "reference-changed", Broken,
        "The signature document is not the one that was signed. Do not rely on it.";
    /// There are not as many XAdES documents as signers who have signed.
    XadesCount = "xades-count", Broken,
        "A signature is missing, or is of another job. Download them once more.";
    /// There are not as many signature documents in the PAdES as signers who have signed.
    AttachmentCount = "attachment-count", Broken,
        "The PAdES is of another time or job. Download it once more.";
    /// A signature document in the PAdES is none of those that were downloaded, or the reverse.
    AttachmentDiffers = "attachment-differs", Broken,
        "PAdES and XAdES are not of the same signatures. Download both once more.";
    /// A XAdES document names a document that was sent, with another digest.
    DocumentDiffers = "document-differs", Broken,
        "The signer has not signed the document that was sent.";
    /// A XAdES document names some of the documents that were sent and not this one.
    DocumentMissing = "document-missing", Broken,
        "The signer has not signed this document.";
    /// A XAdES document names a document that was sent, with the same digest.
    DocumentFound = "document-found", Info,
        "The signature is over the document that was sent.";
    /// A XAdES document names none of the documents that were sent.
    DocumentsNotNamed = "documents-not-named", Notice,
        "Whether it is of this job was not assessed.";
    /// A XAdES document gives a document another media type.
    MediaTypeDiffers = "media-type-differs", Notice,
        "The digest is what counts. Programs may open the document differently.";
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The largest severity of some findings; none without findings.
pub(crate) fn worst(findings: &[DocumentFinding]) -> Option<FindingSeverity> {
    findings.iter().map(|finding| finding.severity).max()
}

/// A position as it is counted for people.
pub(crate) fn counted(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}
