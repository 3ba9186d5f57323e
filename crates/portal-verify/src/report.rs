//! Reports as they read on a terminal.

use std::fmt;

use crate::certificate::{CertificateFacts, SignerCertificate};
use crate::finding::DocumentFinding;
use crate::job::JobReport;
use crate::pades::PadesReport;
use crate::xades::XadesReport;

/// What no report decides, and which programs do. Shown once below reports.
pub const NOT_DECIDED: &str = "\
Not decided here: whether the certificates are trusted or revoked, long-term validity, whether a
signature is qualified, and what a page looks like. Adobe Reader and EU DSS decide these.";

impl fmt::Display for CertificateFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.subject)?;
        if let Some(number) = &self.organization_number {
            write!(f, "\n               organisation number {number}")?;
        }
        write!(
            f,
            "\n               issued by {}\n               from {} until {}\n               SHA-256 {}",
            self.issuer, self.not_before, self.not_after, self.fingerprint
        )
    }
}

impl fmt::Display for SignerCertificate {
    /// Leaves out the subject.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "issued by {}\n               from {} until {}\n               SHA-256 {}",
            self.issuer, self.not_before, self.not_after, self.fingerprint
        )
    }
}

impl fmt::Display for PadesReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PAdES, {} bytes", self.bytes)?;
        if let Some(pages) = self.pages {
            write!(f, ", {}", plural(pages, "page"))?;
        }
        let attachments = u64::try_from(self.attachments.len()).unwrap_or(u64::MAX);
        writeln!(f, ", {}", plural(attachments, "attachment"))?;
        if let Some(seal) = &self.seal {
            if let Some(certificate) = &seal.certificate {
                writeln!(f, "  sealed by    {certificate}")?;
            }
            if let Some(time) = seal.claimed_time {
                writeln!(f, "  claimed time {time}")?;
            }
            if let Some(sub_filter) = &seal.sub_filter {
                let digest = seal.digest.as_deref().unwrap_or("unknown digest");
                writeln!(f, "  format       {sub_filter}, {digest}")?;
            }
        }
        for stamp in &self.time_stamps {
            if let Some(time) = stamp.time {
                writeln!(f, "  time stamp   {time}")?;
            }
            if let Some(certificate) = &stamp.certificate {
                writeln!(f, "  stamped by   {certificate}")?;
            }
        }
        findings(f, &self.findings)
    }
}

impl fmt::Display for XadesReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signatures = u64::try_from(self.signatures.len()).unwrap_or(u64::MAX);
        writeln!(
            f,
            "XAdES, {} bytes, {}",
            self.bytes,
            plural(signatures, "signature")
        )?;
        for signature in &self.signatures {
            if let Some(certificate) = &signature.certificate {
                writeln!(f, "  certificate  {certificate}")?;
            }
            if let Some(time) = signature.claimed_time {
                writeln!(f, "  claimed time {time}")?;
            }
        }
        findings(f, &self.findings)
    }
}

impl fmt::Display for JobReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(pades) = &self.received.pades {
            write!(f, "{pades}")?;
        }
        for xades in &self.received.xades {
            write!(f, "{xades}")?;
        }
        writeln!(f, "Job")?;
        findings(f, &self.findings)
    }
}

fn plural(count: u64, noun: &str) -> String {
    if count == 1 {
        format!("{count} {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// The worst first, in the order in which they were found otherwise.
fn findings(f: &mut fmt::Formatter<'_>, findings: &[DocumentFinding]) -> fmt::Result {
    let mut sorted: Vec<&DocumentFinding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for finding in sorted {
        for line in finding.to_string().lines() {
            writeln!(f, "  {line}")?;
        }
    }
    Ok(())
}
