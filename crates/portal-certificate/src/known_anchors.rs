//! The certificates of the issuers of enterprise certificates, as data.
//!
//! Source: the trust anchors that come with the service's own clients.

use std::borrow::Cow;

use jiff::Timestamp;
use portal_model::EnvironmentKind;

use crate::certificate::Certificate;

/// An issuer's certificate that is known to belong to an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownAnchor {
    /// The environment.
    pub environment: EnvironmentKind,
    /// The holder's distinguished name.
    pub subject: Cow<'static, str>,
    /// Whether it is a root; otherwise an intermediate.
    pub is_root: bool,
    /// The SHA-256 of its DER.
    pub sha256: [u8; 32],
    /// The first second of its validity.
    pub not_before: Timestamp,
    /// The last second of its validity.
    pub not_after: Timestamp,
}

impl KnownAnchor {
    /// A row of a table of one's own, such as a test has.
    #[must_use]
    pub fn new(environment: EnvironmentKind, certificate: &Certificate) -> Self {
        Self {
            environment,
            subject: certificate.subject().into(),
            is_root: certificate.is_self_issued(),
            sha256: certificate.sha256(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
        }
    }
}

/// The issuers' certificates of both environments, expired ones included, so that they can be
/// told from unknown ones.
pub static KNOWN_ANCHORS: &[KnownAnchor] = &[
    production(
        "CN=Buypass Class 3 CA G2 HT Business,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO",
        INTERMEDIATE,
        "0ef5cedce44265b112785b359a21141e20f553aada4c579404617b5ca6046be9",
        [2020, 11, 10, 12, 15, 24],
        [2040, 11, 10, 12, 15, 24],
    ),
    production(
        "CN=Buypass Class 3 CA G2 ST Business,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO",
        INTERMEDIATE,
        "45e05831cddac1f2b96dc8ca54620834c87649e9ffd3b26d7dad2ad07f807232",
        [2020, 11, 10, 12, 11, 13],
        [2040, 11, 10, 12, 11, 13],
    ),
    production(
        "CN=Buypass Class 3 Root CA G2 HT,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO",
        ROOT,
        "ab936dfd7f171d3a3cbd08f9bebdc3f3baaabaa79df6a908f8a7b0128627f187",
        [2020, 11, 10, 11, 57, 53],
        [2045, 11, 10, 11, 57, 53],
    ),
    production(
        "CN=Buypass Class 3 Root CA G2 ST,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO",
        ROOT,
        "f8c16c6b4fd45cb0672e16582b8805f1cafd0c48d866f4ed895b30e352a9faa6",
        [2020, 11, 10, 11, 53, 58],
        [2045, 11, 10, 11, 53, 58],
    ),
    production(
        "CN=Buypass Class 3 CA 3,O=Buypass AS-983163327,C=NO",
        INTERMEDIATE,
        "c49c350e5a8205e063e74c554a994335b8435c996527d4ef1a2b0c7b51584b2d",
        [2012, 9, 25, 8, 5, 19],
        [2032, 9, 25, 8, 5, 19],
    ),
    production(
        "CN=Buypass Class 3 Root CA,O=Buypass AS-983163327,C=NO",
        ROOT,
        "edf7ebbca27a2a384d387b7d4010c666e2edb4843e4c29b4ae1d5b9332e6b24d",
        [2010, 10, 26, 8, 28, 58],
        [2040, 10, 26, 8, 28, 58],
    ),
    production(
        "CN=Commfides Legal Person - G3,organizationIdentifier=NTRNO-988312495,O=Commfides Norge AS,C=NO",
        INTERMEDIATE,
        "318aa99dfbe3d5cf10bf1e3a5e8bd921d55c68a70901dadc2cb6ed77ac363501",
        [2021, 8, 5, 8, 54, 58],
        [2041, 8, 14, 8, 54, 57],
    ),
    production(
        "CN=Commfides Root CA - G3,organizationIdentifier=NTRNO-988312495,O=Commfides Norge AS,C=NO",
        ROOT,
        "5ad1a2b5dae0ce7daeb4d15e3676002da387ed852c1667b1a80543c474a41ec7",
        [2021, 8, 2, 9, 20, 49],
        [2051, 8, 9, 9, 20, 48],
    ),
    production(
        "C=NO,O=Commfides Norge AS - 988 312 495,OU=Commfides Trust Environment (c) 2011 Commfides Norge AS,CN=CPN Enterprise SHA256 CLASS 3",
        INTERMEDIATE,
        "400a00e96d00edc0beb13ce2782ba67e49de6076b927844e31b782695500619d",
        [2011, 2, 28, 13, 48, 39],
        [2024, 12, 31, 13, 48, 39],
    ),
    production(
        "C=NO,O=Commfides Norge AS - 988 312 495,OU=Commfides Trust Environment (c) 2011 Commfides Norge AS,CN=CPN RootCA SHA256 Class 3",
        ROOT,
        "c37912106489b99ed93dba644dfe6b95c2735339742bec01934ad4f62ac278f3",
        [2011, 2, 28, 9, 12, 22],
        [2025, 1, 1, 9, 12, 22],
    ),
    production(
        "CN=Digipost Root CA,OU=Digipost,O=Posten Norge AS,ST=Oslo,C=NO",
        ROOT,
        "610db396c243c92501fe644416cf88d381952a5b3b5c137b3eb22cf33c9ae0ea",
        [2017, 10, 6, 10, 31, 34],
        [2050, 1, 1, 10, 31, 34],
    ),
    test(
        "CN=Buypass Class 3 Test4 CA G2 HT Business,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO",
        INTERMEDIATE,
        "2c9e0ec146f148eda7c5dd05559ccd2261e0c0d66f638864fae21c7756de7210",
        [2020, 11, 4, 19, 50, 58],
        [2040, 11, 4, 19, 50, 58],
    ),
    test(
        "CN=Buypass Class 3 Test4 CA G2 ST Business,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO",
        INTERMEDIATE,
        "2f36956beb4de4907a3a0fb09437d7d532f4a12504473a00c12ceb028df54a28",
        [2020, 11, 4, 19, 49, 20],
        [2040, 11, 4, 19, 49, 20],
    ),
    test(
        "CN=Buypass Class 3 Test4 Root CA G2 HT,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO",
        ROOT,
        "52a09cf14587d7a5be5f3dc64754125822faeea5d75d15fd961e63c6f63d3f70",
        [2020, 11, 5, 17, 31, 36],
        [2045, 11, 5, 17, 31, 36],
    ),
    test(
        "CN=Buypass Class 3 Test4 Root CA G2 ST,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO",
        ROOT,
        "760637a0f7da3a3876f601f96b8cf2ceb4fef80b76bd6f052e7bcb0041da350d",
        [2020, 11, 5, 17, 30, 18],
        [2045, 11, 5, 17, 30, 18],
    ),
    test(
        "CN=Buypass Class 3 Test4 CA 3,O=Buypass AS-983163327,C=NO",
        INTERMEDIATE,
        "b761abd7a4c478b33be382be511943c20e50950b3b2899875a692e1bef2bdc1b",
        [2012, 2, 16, 7, 0, 0],
        [2032, 2, 16, 7, 0, 0],
    ),
    test(
        "CN=Buypass Class 3 Test4 Root CA,O=Buypass AS-983163327,C=NO",
        ROOT,
        "2a8475824d9ba398170031b9b398222f857a59bdc5cc3b49005eafdb55955da4",
        [2010, 10, 6, 23, 0, 0],
        [2040, 10, 6, 23, 0, 0],
    ),
    test(
        "CN=Commfides Legal Person - G3 - TEST,organizationIdentifier=NTRNO-988312495,O=Commfides Norge AS,C=NO",
        INTERMEDIATE,
        "94bb0e8701b61794d5d0c3154204571096b23c78b33c87e7f942097030e526d9",
        [2021, 7, 1, 12, 43, 52],
        [2041, 7, 10, 12, 43, 51],
    ),
    test(
        "CN=Commfides Root CA - G3 - TEST,organizationIdentifier=NTRNO-988312495,O=Commfides Norge AS,C=NO",
        ROOT,
        "97ea39029d946583d44539519a1f2cae4a40f9733d17dac18457246af5654325",
        [2021, 7, 1, 11, 55, 25],
        [2051, 7, 8, 11, 55, 24],
    ),
    test(
        "C=NO,O=Commfides Norge AS - 988 312 495,OU=CPN Enterprise-Norwegian SHA256 CA- TEST2,OU=Commfides Trust Environment(C) 2014 Commfides Norge AS - TEST,CN=Commfides CPN Enterprise-Norwegian SHA256 CA - TEST2",
        INTERMEDIATE,
        "566688d20da741f3b2ab0ba8885ff552da0320c1ce742e445f448d29e201a43b",
        [2014, 10, 17, 12, 46, 10],
        [2022, 10, 3, 12, 53, 44],
    ),
    test(
        "C=NO,O=Commfides Norge AS - 988 312 495,OU=CPN Primary Certificate Authority TEST,OU=CPN TEST - For authorized use only,OU=Commfides Trust Environment(C) TEST 2010 Commfides Norge AS,CN=CPN Root SHA256 CA - TEST",
        ROOT,
        "4501b8951a592e25a0cfe1437f93a0773d249f08f1cb7693a232c79962df0013",
        [2012, 10, 2, 12, 53, 44],
        [2022, 10, 3, 12, 53, 44],
    ),
    test(
        "CN=Digipost Test Root CA,OU=Digipost,O=Posten Norge AS,ST=Oslo,C=NO",
        ROOT,
        "3fba0d228cbc8d7928433d7ab4628f0fd18663feff06a910addb241670879c12",
        [2017, 10, 10, 7, 30, 2],
        [2050, 1, 1, 7, 30, 2],
    ),
];

const ROOT: bool = true;
const INTERMEDIATE: bool = false;

/// Year, month, day, hour, minute, second in UTC.
type Utc = [i64; 6];

const fn production(
    subject: &'static str,
    is_root: bool,
    sha256: &str,
    from: Utc,
    to: Utc,
) -> KnownAnchor {
    known(
        EnvironmentKind::Production,
        subject,
        is_root,
        sha256,
        from,
        to,
    )
}

const fn test(
    subject: &'static str,
    is_root: bool,
    sha256: &str,
    from: Utc,
    to: Utc,
) -> KnownAnchor {
    known(EnvironmentKind::Test, subject, is_root, sha256, from, to)
}

const fn known(
    environment: EnvironmentKind,
    subject: &'static str,
    is_root: bool,
    sha256: &str,
    from: Utc,
    to: Utc,
) -> KnownAnchor {
    KnownAnchor {
        environment,
        subject: Cow::Borrowed(subject),
        is_root,
        sha256: from_hex(sha256.as_bytes()),
        not_before: timestamp(from),
        not_after: timestamp(to),
    }
}

/// Runs when the crate is compiled; a wrong digit or length fails there.
const fn from_hex(text: &[u8]) -> [u8; 32] {
    assert!(text.len() == 64);
    let mut bytes = [0; 32];
    let mut index = 0;
    while index < 32 {
        bytes[index] = digit(text[2 * index]) << 4 | digit(text[2 * index + 1]);
        index += 1;
    }
    bytes
}

const fn digit(character: u8) -> u8 {
    match character {
        b'0'..=b'9' => character - b'0',
        b'a'..=b'f' => character - b'a' + 10,
        _ => unreachable!(),
    }
}

/// Seconds since 1970 in the Gregorian calendar: years are counted from March, so that a leap day
/// comes last.
const fn timestamp([year, month, day, hour, minute, second]: Utc) -> Timestamp {
    let year = if month <= 2 { year - 1 } else { year };
    let since_march = (month + 9) % 12;
    let day_of_year = (153 * since_march + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468;
    Timestamp::constant(((days * 24 + hour) * 60 + minute) * 60 + second, 0)
}
