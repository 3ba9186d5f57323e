//! The findings of a check, and how they read.

use std::fmt;

/// How a part of the setup did in a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum CheckStatus {
    /// It is right.
    Pass,
    /// It works, but should be looked at.
    Warn,
    /// Jobs can't be sent like this.
    Fail,
}

impl fmt::Display for CheckStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
        })
    }
}

/// Which part of the setup a finding is about. As a text, and in JSON, in kebab case, such as
/// `certificate-dates`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum CheckCode {
    /// From when until when the enterprise certificate is valid. A warning from 30 days before its end.
    CertificateDates,
    /// Kind and size of its key.
    CertificateKey,
    /// What its key may be used for.
    CertificateUsage,
    /// The organisation that it belongs to.
    CertificateOrganization,
    /// The issuers' certificates that come with it, which a document package needs.
    CertificateChain,
    /// The environment that its issuer is known for.
    CertificateEnvironment,
    /// The trust anchors for the service's servers.
    TrustAnchors,
    /// The addresses of the service's host.
    NameResolution,
    /// The connection, who responded, and the version of TLS.
    Tls,
    /// The DNS names in the server's certificate beside the root URL's host.
    ServerNames,
    /// The access token.
    Token,
    /// Whether the service gives access, by its own words on who the caller is.
    Access,
    /// This computer's clock beside the service's.
    Clock,
    /// The sender beside the certificate's organisation.
    Sender,
    /// The queue that is polled.
    Queue,
}

impl CheckCode {
    /// Returns the code as a text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CertificateDates => "certificate-dates",
            Self::CertificateKey => "certificate-key",
            Self::CertificateUsage => "certificate-usage",
            Self::CertificateOrganization => "certificate-organization",
            Self::CertificateChain => "certificate-chain",
            Self::CertificateEnvironment => "certificate-environment",
            Self::TrustAnchors => "trust-anchors",
            Self::NameResolution => "name-resolution",
            Self::Tls => "tls",
            Self::ServerNames => "server-names",
            Self::Token => "token",
            Self::Access => "access",
            Self::Clock => "clock",
            Self::Sender => "sender",
            Self::Queue => "queue",
        }
    }
}

impl fmt::Display for CheckCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a check found out about one part of the setup.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CheckFinding {
    /// Which part. Stable.
    pub code: CheckCode,
    /// How it did.
    pub status: CheckStatus,
    /// What was found, as a sentence in English. May change.
    pub sentence: String,
    /// Particulars, one a line, such as the trust anchors. Often none.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub details: Vec<String>,
    /// What to do about it: always there for a warning or a failure. May change.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub fix: Option<String>,
}

impl CheckFinding {
    pub(super) fn pass(code: CheckCode, sentence: impl Into<String>) -> Self {
        Self {
            code,
            status: CheckStatus::Pass,
            sentence: sentence.into(),
            details: Vec::new(),
            fix: None,
        }
    }

    pub(super) fn warn(
        code: CheckCode,
        sentence: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            status: CheckStatus::Warn,
            fix: Some(fix.into()),
            ..Self::pass(code, sentence)
        }
    }

    pub(super) fn fail(
        code: CheckCode,
        sentence: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            status: CheckStatus::Fail,
            ..Self::warn(code, sentence, fix)
        }
    }
}

/// One line, and one more for each detail and for the fix.
impl fmt::Display for CheckFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            status,
            sentence,
            details,
            fix,
        } = self;
        write!(f, "{status}  {code:<24}  {sentence}")?;
        let indent = "";
        for detail in details {
            write!(f, "\n{indent:32}{detail}")?;
        }
        if let Some(fix) = fix {
            write!(f, "\n{indent:32}fix: {fix}")?;
        }
        Ok(())
    }
}

/// What [`PortalClient::check`](crate::PortalClient::check) found out, in the order in which it looked.
///
/// `Display` gives all findings for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CheckReport {
    /// The findings. A part that could not be looked at, as an earlier one failed, has none.
    pub findings: Vec<CheckFinding>,
}

impl CheckReport {
    /// Returns the worst status of all findings.
    #[must_use]
    pub fn status(&self) -> CheckStatus {
        let statuses = self.findings.iter().map(|finding| finding.status);
        statuses.max().unwrap_or(CheckStatus::Pass)
    }

    /// Returns whether nothing failed. There may be warnings.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.status() != CheckStatus::Fail
    }

    /// Returns the finding about one part, if there is one.
    #[must_use]
    pub fn finding(&self, code: CheckCode) -> Option<&CheckFinding> {
        self.findings.iter().find(|finding| finding.code == code)
    }
}

/// A finding a paragraph, without a line break at the end.
impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.findings.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            finding.fmt(f)?;
        }
        Ok(())
    }
}
