//! Certificates made on the spot.

use std::sync::LazyLock;

use portal_certificate::{EnterpriseCertificate, LoadError};
use portal_transport::{ServerTrust, TlsSettings};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::OffsetDateTime;

pub(crate) const POSTEN: &str = "984661185";
pub(crate) const SENDER: &str = "123456789";

/// A root and an intermediate under it.
pub(crate) struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate to be issued.
pub(crate) struct Wish {
    pub(crate) subject: Vec<(DnType, String)>,
    pub(crate) usage: Option<KeyUsagePurpose>,
    pub(crate) extended_usage: Option<ExtendedKeyUsagePurpose>,
    /// First and last moment, as distance from now.
    pub(crate) valid: (i64, i64),
}

/// A chain, the holder's certificate first, and its key.
pub(crate) struct Issued {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

pub(crate) fn organization_identifier() -> DnType {
    DnType::CustomDnType(vec![2, 5, 4, 97])
}

pub(crate) fn serial_number() -> DnType {
    DnType::CustomDnType(vec![2, 5, 4, 5])
}

impl Wish {
    /// As the issuers make them now: the number in organizationIdentifier, no extended usage.
    pub(crate) fn of(organization_number: &str) -> Self {
        let number = format!("NTRNO-{organization_number}");
        Self {
            subject: vec![
                (DnType::CommonName, "Example AS".to_owned()),
                (organization_identifier(), number),
            ],
            usage: Some(KeyUsagePurpose::DigitalSignature),
            extended_usage: None,
            valid: (-1, 365),
        }
    }

    fn params(&self) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in &self.subject {
            params.distinguished_name.push(kind.clone(), value.as_str());
        }
        params.key_usages = self.usage.into_iter().collect();
        params.extended_key_usages = self.extended_usage.clone().into_iter().collect();
        params.not_before = days_from_now(self.valid.0);
        params.not_after = days_from_now(self.valid.1);
        params
    }

    /// Signed by its own key.
    pub(crate) fn self_signed(&self) -> Issued {
        let key = KeyPair::generate().unwrap();
        let certificate = self.params().self_signed(&key).unwrap();
        Issued {
            chain: vec![certificate.der().clone()],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        }
    }
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::with_intermediate(|_| {})
    }

    /// One whose intermediate certificate is out of the ordinary.
    pub(crate) fn with_intermediate(change: impl FnOnce(&mut CertificateParams)) -> Self {
        let root =
            CertifiedIssuer::self_signed(issuer("Example Root CA"), KeyPair::generate().unwrap())
                .unwrap();
        let mut params = issuer("Example Business CA");
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let intermediate = CertifiedIssuer::signed_by(params, key, &root).unwrap();
        Self { root, intermediate }
    }

    /// Issues a certificate that is out of the ordinary.
    pub(crate) fn issue_changed(
        &self,
        wish: &Wish,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Issued {
        let mut params = wish.params();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.intermediate).unwrap();
        Issued {
            chain: vec![certificate.der().clone(), self.intermediate.der().clone()],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        }
    }

    pub(crate) fn root_der(&self) -> &[u8] {
        self.root.der()
    }

    pub(crate) fn intermediate_der(&self) -> &[u8] {
        self.intermediate.der()
    }

    pub(crate) fn root_pem(&self) -> String {
        self.root.pem()
    }

    /// The root's key under a certificate that outlives this one.
    pub(crate) fn long_lived_root(&self) -> CertificateDer<'static> {
        let mut params = issuer("Example Root CA");
        params.not_after = days_from_now(365 * 3_000);
        params.self_signed(self.root.key()).unwrap().der().clone()
    }

    pub(crate) fn issue(&self, wish: &Wish) -> Issued {
        self.issue_for(wish, &KeyPair::generate().unwrap())
    }

    fn issue_for(&self, wish: &Wish, key: &KeyPair) -> Issued {
        let certificate = wish.params().signed_by(key, &self.intermediate).unwrap();
        Issued {
            chain: vec![certificate.der().clone(), self.intermediate.der().clone()],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        }
    }

    /// A sender of this authority that trusts servers of it.
    pub(crate) fn settings(&self) -> TlsSettings {
        let trust = ServerTrust::new([self.root_der()]).unwrap();
        TlsSettings::new(self.sender().identity().unwrap(), trust)
    }

    /// A sender; its key is RSA, as a sender's must be, and the same for all.
    pub(crate) fn sender(&self) -> Issued {
        static KEY: LazyLock<KeyPair> = LazyLock::new(rsa_key);
        self.issue_for(&Wish::of(SENDER), &KEY)
    }
}

impl Issued {
    pub(crate) fn identity(&self) -> Result<EnterpriseCertificate, LoadError> {
        let chain = self.chain.iter().map(|der| der.to_vec());
        EnterpriseCertificate::from_der(chain, self.key.secret_der())
    }
}

pub(crate) fn rsa_key() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap()
}

fn issuer(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn days_from_now(days: i64) -> OffsetDateTime {
    OffsetDateTime::now_utc() + time::Duration::days(days)
}
