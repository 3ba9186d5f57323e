//! Written by `cargo xtask anchors`; do not edit.

use std::borrow::Cow;

use jiff::Timestamp;
use portal_model::EnvironmentKind;

use super::{KnownAnchor, from_hex};

macro_rules! hex {
    ($text:literal) => {{
        const BYTES: [u8; $text.len() / 2] = from_hex($text);
        &BYTES
    }};
}

/// The issuers' certificates of both environments, expired ones included, so that these can
/// be recognised.
///
/// Names, keys and dates of the trust anchors that the service's own clients come with.
///
/// | environment | subject | kind | valid | SHA-256 |
/// |---|---|---|---|---|
/// | production | CN=Buypass Class 3 CA G2 HT Business,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO | intermediate | 2020-11-10 to 2040-11-10 | `0ef5cedce44265b112785b359a21141e20f553aada4c579404617b5ca6046be9` |
/// | production | CN=Buypass Class 3 CA G2 ST Business,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO | intermediate | 2020-11-10 to 2040-11-10 | `45e05831cddac1f2b96dc8ca54620834c87649e9ffd3b26d7dad2ad07f807232` |
/// | production | CN=Buypass Class 3 Root CA G2 HT,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO | root | 2020-11-10 to 2045-11-10 | `ab936dfd7f171d3a3cbd08f9bebdc3f3baaabaa79df6a908f8a7b0128627f187` |
/// | production | CN=Buypass Class 3 Root CA G2 ST,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO | root | 2020-11-10 to 2045-11-10 | `f8c16c6b4fd45cb0672e16582b8805f1cafd0c48d866f4ed895b30e352a9faa6` |
/// | production | CN=Buypass Class 3 CA 3,O=Buypass AS-983163327,C=NO | intermediate | 2012-09-25 to 2032-09-25 | `c49c350e5a8205e063e74c554a994335b8435c996527d4ef1a2b0c7b51584b2d` |
/// | production | CN=Buypass Class 3 Root CA,O=Buypass AS-983163327,C=NO | root | 2010-10-26 to 2040-10-26 | `edf7ebbca27a2a384d387b7d4010c666e2edb4843e4c29b4ae1d5b9332e6b24d` |
/// | production | CN=Commfides Legal Person - G3,organizationIdentifier=NTRNO-988312495,O=Commfides Norge AS,C=NO | intermediate | 2021-08-05 to 2041-08-14 | `318aa99dfbe3d5cf10bf1e3a5e8bd921d55c68a70901dadc2cb6ed77ac363501` |
/// | production | CN=Commfides Root CA - G3,organizationIdentifier=NTRNO-988312495,O=Commfides Norge AS,C=NO | root | 2021-08-02 to 2051-08-09 | `5ad1a2b5dae0ce7daeb4d15e3676002da387ed852c1667b1a80543c474a41ec7` |
/// | production | C=NO,O=Commfides Norge AS - 988 312 495,OU=Commfides Trust Environment (c) 2011 Commfides Norge AS,CN=CPN Enterprise SHA256 CLASS 3 | intermediate | 2011-02-28 to 2024-12-31 | `400a00e96d00edc0beb13ce2782ba67e49de6076b927844e31b782695500619d` |
/// | production | C=NO,O=Commfides Norge AS - 988 312 495,OU=Commfides Trust Environment (c) 2011 Commfides Norge AS,CN=CPN RootCA SHA256 Class 3 | root | 2011-02-28 to 2025-01-01 | `c37912106489b99ed93dba644dfe6b95c2735339742bec01934ad4f62ac278f3` |
/// | production | CN=Digipost Root CA,OU=Digipost,O=Posten Norge AS,ST=Oslo,C=NO | root, not for servers | 2017-10-06 to 2050-01-01 | `610db396c243c92501fe644416cf88d381952a5b3b5c137b3eb22cf33c9ae0ea` |
/// | test | CN=Buypass Class 3 Test4 CA G2 HT Business,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO | intermediate | 2020-11-04 to 2040-11-04 | `2c9e0ec146f148eda7c5dd05559ccd2261e0c0d66f638864fae21c7756de7210` |
/// | test | CN=Buypass Class 3 Test4 CA G2 ST Business,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO | intermediate | 2020-11-04 to 2040-11-04 | `2f36956beb4de4907a3a0fb09437d7d532f4a12504473a00c12ceb028df54a28` |
/// | test | CN=Buypass Class 3 Test4 Root CA G2 HT,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO | root | 2020-11-05 to 2045-11-05 | `52a09cf14587d7a5be5f3dc64754125822faeea5d75d15fd961e63c6f63d3f70` |
/// | test | CN=Buypass Class 3 Test4 Root CA G2 ST,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO | root | 2020-11-05 to 2045-11-05 | `760637a0f7da3a3876f601f96b8cf2ceb4fef80b76bd6f052e7bcb0041da350d` |
/// | test | CN=Buypass Class 3 Test4 CA 3,O=Buypass AS-983163327,C=NO | intermediate | 2012-02-16 to 2032-02-16 | `b761abd7a4c478b33be382be511943c20e50950b3b2899875a692e1bef2bdc1b` |
/// | test | CN=Buypass Class 3 Test4 Root CA,O=Buypass AS-983163327,C=NO | root | 2010-10-06 to 2040-10-06 | `2a8475824d9ba398170031b9b398222f857a59bdc5cc3b49005eafdb55955da4` |
/// | test | CN=Commfides Legal Person - G3 - TEST,organizationIdentifier=NTRNO-988312495,O=Commfides Norge AS,C=NO | intermediate | 2021-07-01 to 2041-07-10 | `94bb0e8701b61794d5d0c3154204571096b23c78b33c87e7f942097030e526d9` |
/// | test | CN=Commfides Root CA - G3 - TEST,organizationIdentifier=NTRNO-988312495,O=Commfides Norge AS,C=NO | root | 2021-07-01 to 2051-07-08 | `97ea39029d946583d44539519a1f2cae4a40f9733d17dac18457246af5654325` |
/// | test | C=NO,O=Commfides Norge AS - 988 312 495,OU=CPN Enterprise-Norwegian SHA256 CA- TEST2,OU=Commfides Trust Environment(C) 2014 Commfides Norge AS - TEST,CN=Commfides CPN Enterprise-Norwegian SHA256 CA - TEST2 | intermediate | 2014-10-17 to 2022-10-03 | `566688d20da741f3b2ab0ba8885ff552da0320c1ce742e445f448d29e201a43b` |
/// | test | C=NO,O=Commfides Norge AS - 988 312 495,OU=CPN Primary Certificate Authority TEST,OU=CPN TEST - For authorized use only,OU=Commfides Trust Environment(C) TEST 2010 Commfides Norge AS,CN=CPN Root SHA256 CA - TEST | root | 2012-10-02 to 2022-10-03 | `4501b8951a592e25a0cfe1437f93a0773d249f08f1cb7693a232c79962df0013` |
/// | test | CN=Digipost Test Root CA,OU=Digipost,O=Posten Norge AS,ST=Oslo,C=NO | root, not for servers | 2017-10-10 to 2050-01-01 | `3fba0d228cbc8d7928433d7ab4628f0fd18663feff06a910addb241670879c12` |
#[rustfmt::skip]
pub static KNOWN_ANCHORS: &[KnownAnchor] = &[
    KnownAnchor {
        environment: EnvironmentKind::Production,
        subject: Cow::Borrowed("CN=Buypass Class 3 CA G2 HT Business,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO"),
        is_root: false,
        for_servers: true,
        sha256: *hex!("0ef5cedce44265b112785b359a21141e20f553aada4c579404617b5ca6046be9"),
        not_before: Timestamp::constant(1605010524, 0), // 2020-11-10T12:15:24Z
        not_after: Timestamp::constant(2236162524, 0), // 2040-11-10T12:15:24Z
        subject_der: Cow::Borrowed(hex!("3068310b3009060355040613024e4f3118301606035504610c0f4e54524e4f2d39383331363333323731133011060355\
            040a0c0a42757970617373204153312a302806035504030c214275797061737320436c61737320332043412047322048\
            5420427573696e657373")),
        public_key_info: Cow::Borrowed(hex!("30820222300d06092a864886f70d01010105000382020f003082020a028202010083642cf417d5e26b5c1c2028423538\
            9a733a968f1590b1a42e10925d3487c53dcd3c8d505c6ff737071068d3eabfcd2c29aa42f7e847cd6ad901608f4486ce\
            442ad65b43ab6178b79fd1600f3ca8696c8c6a1f71ab5b89bb5fa89a2fdfcd2e007b0afaa1b0f08f308811f299e7bcb5\
            a9ff09ef64b382dedd041e3303cfdb9a2e1481beb3fed021f0918f7eaf4350985df6d95ce963fe9ab985cd8f48874649\
            0ba4597efc6bdd49bd6f7a1b5c3dd37216545e368d786c50e7532a1c377b4f560be6419a7737678d58567bcadb4b5503\
            b19db619c168949b67ab009b595c6f94db09c599c3a41e943df38636d6fa1f15799f8d04246e15750fcba817dbea6ed2\
            9dd2033af44462dd97ebefe1fc58362e53de73e2b8fb53e59b4481b5b67d7a7e4e2a066cfb1dc4650f02f1702ee1b2e4\
            678935d00c168f29bf37490eaaa7f169d7ed0593599fe374b13e90bcb98b7ed83ae44d47adb67d11bf81d7116c25a9aa\
            070c5dadd368a34a789298fbfe4428f01566a6b262e5caf91093ca4763988ff4eb29f2d44fafbb619ebfef3fdfe2560f\
            19eb02822451ec831b0535579d6d4a19161f610e4e3dbd90fda621df4239004576bafc87787fbf9535821c47d0b87e56\
            7a4e2238e3175b56375a4c6b884a3716f1517607bae5a47e65452cf55cf31cad08cb9adf16e981ae8dda18e32857229f\
            2567bed726acdb25681424a3089980ef6f0203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Production,
        subject: Cow::Borrowed("CN=Buypass Class 3 CA G2 ST Business,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO"),
        is_root: false,
        for_servers: true,
        sha256: *hex!("45e05831cddac1f2b96dc8ca54620834c87649e9ffd3b26d7dad2ad07f807232"),
        not_before: Timestamp::constant(1605010273, 0), // 2020-11-10T12:11:13Z
        not_after: Timestamp::constant(2236162273, 0), // 2040-11-10T12:11:13Z
        subject_der: Cow::Borrowed(hex!("3068310b3009060355040613024e4f3118301606035504610c0f4e54524e4f2d39383331363333323731133011060355\
            040a0c0a42757970617373204153312a302806035504030c214275797061737320436c61737320332043412047322053\
            5420427573696e657373")),
        public_key_info: Cow::Borrowed(hex!("30820222300d06092a864886f70d01010105000382020f003082020a0282020100eac3cfd043e74bd0d8afe817e233c5\
            51b4eec4b6066a2b74249b97c906ad4ec5248c4c6f55c02e202cebccadf2f8d88b8b570f24b7018629d816a0734f0d50\
            8dd259c82ec342b01dae9b522d5f95a44e7bfaae98b575c1458a050042945ed1669d796d905ec015d0f61db6412e8a8c\
            21215211db93d3bfef6dda911ce62276ed8d632ecb9ae94c486fe1083729ad4ea80991cde9ae08118ba0e97857e00867\
            b012f71c25e42b12e3fecadda574739d6b6f8458e2c650871335059ea535f875ba1aaddef12283f03e592720f012a743\
            3cb4bfd72e1ac8831a30d9ccfccaa8199f115fbba929c16aa0ffd5104136891346d3e24769d37db9aaddfccb2cf17e55\
            57a56801e7a2b7fb558fd688bcb68d5cdf6018af8f3f4fa1bc8de96ed0b16f12ad5e6a28e97a496b4a20259acee6111b\
            9d9eba246422918fed924397f46f9cbf0f8e4dd8e82100fc73e2ff087c723f8e7b3b5179c5e6905bc193516200938009\
            443bdbe4d18f25750b177ce505f88a583c231f219bf5ee9084f6c8cc4fbe09f277db142fef89ac48e5bf82a41829ed72\
            100c2c9534350930bbd2a07d15ed0a5726e5368ecbaa736bec3e339175364a3bef9c3c2e72c38cd66f3f2bc9c5b78a2e\
            03d960e1311f4cb63d56e37998f656e0b90eae1b6679c44ab02cbf86b3da3a82a900698c02df29fc33e819815e3a596f\
            10276c253dcca47020e61418566fc052550203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Production,
        subject: Cow::Borrowed("CN=Buypass Class 3 Root CA G2 HT,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO"),
        is_root: true,
        for_servers: true,
        sha256: *hex!("ab936dfd7f171d3a3cbd08f9bebdc3f3baaabaa79df6a908f8a7b0128627f187"),
        not_before: Timestamp::constant(1605009473, 0), // 2020-11-10T11:57:53Z
        not_after: Timestamp::constant(2393927873, 0), // 2045-11-10T11:57:53Z
        subject_der: Cow::Borrowed(hex!("3064310b3009060355040613024e4f3118301606035504610c0f4e54524e4f2d39383331363333323731133011060355\
            040a0c0a427579706173732041533126302406035504030c1d4275797061737320436c617373203320526f6f74204341\
            204732204854")),
        public_key_info: Cow::Borrowed(hex!("30820222300d06092a864886f70d01010105000382020f003082020a0282020100b2f971a3eef855aa96e95ab884c162\
            1cab63df1926fa12819777365022e8b9f2a3dee9ca9f90fe57b03a5bfb1e28d33bbc118d4466d2857f05b18f7f0b983f\
            2a23fe4cbbc140dbaf4a228821e3c548d03e90241c19c67e04df14d6795eb2d826e76bcb982f4f541d28a99ce56ef156\
            55f2335c99b2d9a9462d1ad1cfaad35d818a3280144d6d4990c63c80a032fb98199281ac38b4c18a24e26afa9e76b094\
            b02295be94502e0dad4d4a7c294f2e81aefb7b1b8ae33a1b6a4e8c3ac64773f7b27ff21da743d96203bbe130983d22cd\
            02be1956094cc1bc25c4caa6edbc652b91de7cb5f6b1505cf38e3099841a9d16d250819b790ce783867500fdcb672fba\
            fc940c8ab89ecbb4447b567f4d5891091cf39f81cd2199d2e9710c0873af5c5ac490716625b8735d59f7bebed71ef1c2\
            ea6326b787fe5af8ae2eca7464c78ef0199db61032ff56884de96d4b2b0453abb7fd9f447b5967e1951bd0f05e0ea730\
            ad4102e11a6ee6c8683c46c9d2bec4851630b9252d2c1f171bb49c0d507d710c8cd53721e8aa12213f967af2482d8277\
            d6be4a7d5eca3b562911d122bd17165e9b979e2ae372d15a39b49f720d336f05ed384df597b8c5db5e9b5d48b7f9dfa9\
            f0cbd694f918bc1a1854e9284d300f729bfe9986f91c6d672cdccfcc3b4446d0c5cedda37fb0e11efcc17fe620d208a6\
            b875108848501640aa81fbe53524c9992b0203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Production,
        subject: Cow::Borrowed("CN=Buypass Class 3 Root CA G2 ST,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO"),
        is_root: true,
        for_servers: true,
        sha256: *hex!("f8c16c6b4fd45cb0672e16582b8805f1cafd0c48d866f4ed895b30e352a9faa6"),
        not_before: Timestamp::constant(1605009238, 0), // 2020-11-10T11:53:58Z
        not_after: Timestamp::constant(2393927638, 0), // 2045-11-10T11:53:58Z
        subject_der: Cow::Borrowed(hex!("3064310b3009060355040613024e4f3118301606035504610c0f4e54524e4f2d39383331363333323731133011060355\
            040a0c0a427579706173732041533126302406035504030c1d4275797061737320436c617373203320526f6f74204341\
            204732205354")),
        public_key_info: Cow::Borrowed(hex!("30820222300d06092a864886f70d01010105000382020f003082020a0282020100c20f8c679fac7252de7d298ee46fb5\
            78bc72ceba5b718539c2393b04fae6a5a28587725c58ead8dea2df57a698d3ef18b9a660c97fe7e4c390ca6d66abd706\
            bd6a5120172ccbc96c32ccc460c6130b38879d110a025ad29bf887e8da4371f267839554da734fa69616e461f87bfe53\
            e9cbdd98ff078eaed0976214d97897b50335b189513c7c5f90a83c278b2f6f1d80046ec52719f6f34c0a89572ec69863\
            3d0903afa637b0177c9f2fdc4f08f472f1d3d9c17c2f29b745876a940f46665e62275447710eeace7752d237353e4ead\
            3b1f3aab26bf46a671ef98c8266c0c362272325b93a761253d8c32c35a1a5751e19adac06ae0a67d018221ff1dd150b2\
            c7a770482d8cd82b35af5ab021dc89c192fc9aadedde1b35587500d66bcc24149292a45044e7ab2ceb285b0fca90f690\
            d5104aaa28f34546a0e124e6a847efdc2087e518b2549650f77bba13630f9d1df087bfab42d12e7f1dc157c76b2b63d3\
            e5c8887e05521bd4c4992aa9fda646f58306aa20fc6fe76ad85d25ba7dcc1087258f6029921c0f201f5564205b746176\
            3d165bd84fd159fb8940bbdf7fec95992d3fc82864f3ef8ec0178351c2131895c898a8c970123f4b5d9d804dcb7764bb\
            186830bce4d39d5fe172fddd6103bbbfa8380658e492a2e0af25c29982f91daaeed8d7b071e15368540891c7b0bd2749\
            6bad822ddabe8e215ea3e028ccb777b4070203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Production,
        subject: Cow::Borrowed("CN=Buypass Class 3 CA 3,O=Buypass AS-983163327,C=NO"),
        is_root: false,
        for_servers: true,
        sha256: *hex!("c49c350e5a8205e063e74c554a994335b8435c996527d4ef1a2b0c7b51584b2d"),
        not_before: Timestamp::constant(1348560319, 0), // 2012-09-25T08:05:19Z
        not_after: Timestamp::constant(1979712319, 0), // 2032-09-25T08:05:19Z
        subject_der: Cow::Borrowed(hex!("304b310b3009060355040613024e4f311d301b060355040a0c14427579706173732041532d393833313633333237311d\
            301b06035504030c144275797061737320436c61737320332043412033")),
        public_key_info: Cow::Borrowed(hex!("30820122300d06092a864886f70d01010105000382010f003082010a0282010100e37a1a4e13b28027dfd8325170547e\
            370b35aab514b96ada64aab7b97811400b41fc1fc3fff78dc28f6fbd2b1980f5330e3ab214682f680524fde60f91587b\
            ee6900aa89d5545d15bfea3bf1e760f3c1c76bf36c426039a7c2b815fac043097343bc713b2ffcca8bbd6f0af3c4bece\
            265c4d25cca3de5791819c632690892e4f4759b30134ef03f5e6f35d68088f23643d998d243c2a107c78f6913494e238\
            aff1621a92bd4f549fb8bcdcd0d201e9626585ba6ac27b8360d4705583cad1ef44942dbddead4f19fe3d44e10be22580\
            325ceab88968885806a10d203e8bb012dd9121882acc550ec8c3399df9ebc0f55da447f56968e878f4efdd8d72eec0a9\
            950203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Production,
        subject: Cow::Borrowed("CN=Buypass Class 3 Root CA,O=Buypass AS-983163327,C=NO"),
        is_root: true,
        for_servers: true,
        sha256: *hex!("edf7ebbca27a2a384d387b7d4010c666e2edb4843e4c29b4ae1d5b9332e6b24d"),
        not_before: Timestamp::constant(1288081738, 0), // 2010-10-26T08:28:58Z
        not_after: Timestamp::constant(2234852938, 0), // 2040-10-26T08:28:58Z
        subject_der: Cow::Borrowed(hex!("304e310b3009060355040613024e4f311d301b060355040a0c14427579706173732041532d3938333136333332373120\
            301e06035504030c174275797061737320436c617373203320526f6f74204341")),
        public_key_info: Cow::Borrowed(hex!("30820222300d06092a864886f70d01010105000382020f003082020a0282020100a5da0a951650e395f25e9d76310632\
            7a9bf11076b8009ab55236cd2447b09f1864bc9af6fad579d890624c222fde383dd6e0a8e91c2cdb7811e98e68511572\
            c7f33387e4a05d0b5ce057072a30f5cdc43777284d1891e6bfd552fd712d703ee7c6c48ae3f0280bf47698a18b8755b2\
            3a13fcb73e27378e22e3a84f2aef60bb3db739c30e0147995d124fdb43fa57a1edf99dbe1147265b1398ab5d168ab037\
            1c579d45ff889636bfbbca077b6f8763d7d0326ad65d6c0cf1b36e39e26b312e39002714de38c0ec19668612e89d7216\
            136452c7a9371cfd8230ed84181df4ae5cff701300ebb1f5337a4bd655f8058d4b69b0f5b328365c14c451734d6b0bf1\
            3407db1739d7dc287b6bf59ff32ec14f172a10f3cccae8ebfd6bab2e9a9f2d826e04d45201932d3d86fc7efcdfef421d\
            a66befb920c6f7bda0a795fda7e68924d8cc8c346ce2232fd9121a21b955916f0b9179190cad40880b70e27ad20ed868\
            48bb8213391058e9d82a07c612db58dbd23b551047051567627e1863a6463f090e54325ebf0d627a27ef80e8dbd94b06\
            5a375a25d0081277d46f0950973dc81dc3df8c453056c6d364ab66f3c05e969cc3c4efc37c6b8b3a797fb349cf3de289\
            9fa0304b85b99c9424798f7d6ba945680f2bd0f1da1ccb69b8ca49626dc8d06362dd600f58aa8fa1bc05a566a2cf1b76\
            b28464b14c3952c030baf08c4b02b0b6b70203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Production,
        subject: Cow::Borrowed("CN=Commfides Legal Person - G3,organizationIdentifier=NTRNO-988312495,O=Commfides Norge AS,C=NO"),
        is_root: false,
        for_servers: true,
        sha256: *hex!("318aa99dfbe3d5cf10bf1e3a5e8bd921d55c68a70901dadc2cb6ed77ac363501"),
        not_before: Timestamp::constant(1628153698, 0), // 2021-08-05T08:54:58Z
        not_after: Timestamp::constant(2260083297, 0), // 2041-08-14T08:54:57Z
        subject_der: Cow::Borrowed(hex!("306a310b3009060355040613024e4f311b3019060355040a0c12436f6d6d6669646573204e6f72676520415331183016\
            06035504610c0f4e54524e4f2d3938383331323439353124302206035504030c1b436f6d6d6669646573204c6567616c\
            20506572736f6e202d204733")),
        public_key_info: Cow::Borrowed(hex!("30820222300d06092a864886f70d01010105000382020f003082020a028202010098771ffecee179e0721ce306383b14\
            de66bfcb59a13068145821f470068f7a4a36d648b42e5dc78858a0f1f50685869dace68b113e0f90091dfc022d05169f\
            1fa563ed15de6e36765797d18091286d70b2446401004b2930ea998a48ff86c48387e420ec66617ba67dbb61d45318d9\
            84a1fc7b1773038d828d9940bf30a970176a9c27313e752dcdc8814d2f32544001d6e35b49b7b073c0fa93783e0852c6\
            904882dcec6e6d57f0f1357bc31b5745d5b124df2e919ebdf332cb970ccdb9c2e656ffc92b9c6a11d03a656c5e1c0b99\
            6208444e32c543317eb6d55281eae4623bf9348c656ced68e0c55aa6c500a5f80e0b9cae6965107709024b20236a7541\
            4b4879b72f76d68e79280910fc4a6d4731b5717e2a73586ff57ba62bf2147ee0426b7dcea026ad5b8355aac809f10f52\
            1d1c11430dd5b4999f0119429dba43f1982c3aa54a2ec1be5de369bbd7eaa70a53a67964eab27b27ebda8cf5911ccb9f\
            5b8dd340d47561d71f2c764f85e36b697e3625822c58e477c9083a64fc53584e60b1f5f629e1e3674bb3b0271a0d5c5f\
            0282bea704043581a47a851f77a8f9ee1610e946c132f34a76ad7bab6c31fa761831c323d36cfa5f3efdd2700f0e4def\
            f30bd673cb394c98ac4d0ca3f97bddeb38047e9a4274f0fd1994076783a34564925cfa2e6357a85cecc9e88c472dbfc0\
            f1422d0f46550895c691522dd7740eca790203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Production,
        subject: Cow::Borrowed("CN=Commfides Root CA - G3,organizationIdentifier=NTRNO-988312495,O=Commfides Norge AS,C=NO"),
        is_root: true,
        for_servers: true,
        sha256: *hex!("5ad1a2b5dae0ce7daeb4d15e3676002da387ed852c1667b1a80543c474a41ec7"),
        not_before: Timestamp::constant(1627896049, 0), // 2021-08-02T09:20:49Z
        not_after: Timestamp::constant(2575185648, 0), // 2051-08-09T09:20:48Z
        subject_der: Cow::Borrowed(hex!("3065310b3009060355040613024e4f311b3019060355040a0c12436f6d6d6669646573204e6f72676520415331183016\
            06035504610c0f4e54524e4f2d393838333132343935311f301d06035504030c16436f6d6d666964657320526f6f7420\
            4341202d204733")),
        public_key_info: Cow::Borrowed(hex!("30820222300d06092a864886f70d01010105000382020f003082020a0282020100b91923f78ceb85121c26e75022f803\
            a0a9df6bd29712e99aaa8bee914e44df7708b5ee1ad8d4f565714a1a2f6d545f11853daa8dd3f2cf8c949c36fcf1ecae\
            1778185267dc9a98171df1ec81e19455fe056a7022799e6e26df91357684170acd79fd703513e0471ba1e2b05f2ae74b\
            d50eb6af3873d6be4432547a67cee34a49d14fd1e1127d69533ad6e156ce31acabbb0e5c0373968b4a29caf6c1d71277\
            806bb5bf4e5e36bcfe9c874b6737d1f2a9574a96973743e166a53140e86ee6b88be25decbdb7dc7457efca474cf716f5\
            2c8b7460150e499262fc033b5b5997f3454f3014a741951d98aa8ab3e097c6ea5cc1e852a04537f70348cae83f3a5d04\
            b1a0a514c6cf02f4070bff260e6d993f4ed6375ddea9023db229690ee81979c9079434654a510451019526d85a5edb99\
            9f6926cc536b1fed21525d684ec8ee122252408edcb9b09e6466c61afe7511ab8fe2901d1e5e9475bced252b2e75d48a\
            e599e256c77c9217bf00d3f7681b8e34107e6379a5547697ed884d53d26601cfce2e5f47c9fcadde577f42e0846e66ba\
            afb07ccc379ffd7046e87d9e0cf5c5a26112a0b83c6504ae539f98524f92d90bb48ccab604419e2c045b5a36a6b717e1\
            6e060df8bc523e6aa1c0b01c960b59f9f6bac92b10f1fd26f833596b8d0c0ba7000552b3dbe16fe30add3acd2f3d0e83\
            b456853a2cde584e181def82a405736d930203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Production,
        subject: Cow::Borrowed("C=NO,O=Commfides Norge AS - 988 312 495,OU=Commfides Trust Environment (c) 2011 Commfides Norge AS,CN=CPN Enterprise SHA256 CLASS 3"),
        is_root: false,
        for_servers: true,
        sha256: *hex!("400a00e96d00edc0beb13ce2782ba67e49de6076b927844e31b782695500619d"),
        not_before: Timestamp::constant(1298900919, 0), // 2011-02-28T13:48:39Z
        not_after: Timestamp::constant(1735652919, 0), // 2024-12-31T13:48:39Z
        subject_der: Cow::Borrowed(hex!("3081a2312630240603550403131d43504e20456e74657270726973652053484132353620434c41535320333140303e06\
            0355040b1337436f6d6d666964657320547275737420456e7669726f6e6d656e7420286329203230313120436f6d6d66\
            69646573204e6f72676520415331293027060355040a1320436f6d6d6669646573204e6f726765204153202d20393838\
            2033313220343935310b3009060355040613024e4f")),
        public_key_info: Cow::Borrowed(hex!("30820122300d06092a864886f70d01010105000382010f003082010a0282010100b4aefde8001dfad97dc54a24bcdbb5\
            c5df4be820d9ad99d784b04b3c401d8f1135f46ce1a8c70860e2ce9b6bccc996c46a8f6c882700bd598027c27feb669e\
            8aed274c258a9aa4e3e9b4f48a7f0862fa1e71e96176684cae52d244723419e1ef97408f7f04cec5de5e06e261f40228\
            d0b6577841e2370005e24251088cbff2756cb56fe05fd3132402c45e3ea64e1caee28f7f1795ec0c3e36367a65139023\
            f4ebfef3644ef97b66e938ac25e8511025bb2ddb5cb6a761ba37c4fc793159c1a0bbed50d0a1fbe690e96c4dfe67f2a8\
            be2d12e0ff62ee69cfcf778f1b642ddd6a773c5ca02d18bce6e617812f87831cf0112f3dbf46f5f45831effd00c630ac\
            010203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Production,
        subject: Cow::Borrowed("C=NO,O=Commfides Norge AS - 988 312 495,OU=Commfides Trust Environment (c) 2011 Commfides Norge AS,CN=CPN RootCA SHA256 Class 3"),
        is_root: true,
        for_servers: true,
        sha256: *hex!("c37912106489b99ed93dba644dfe6b95c2735339742bec01934ad4f62ac278f3"),
        not_before: Timestamp::constant(1298884342, 0), // 2011-02-28T09:12:22Z
        not_after: Timestamp::constant(1735722742, 0), // 2025-01-01T09:12:22Z
        subject_der: Cow::Borrowed(hex!("30819e312230200603550403131943504e20526f6f7443412053484132353620436c61737320333140303e060355040b\
            1337436f6d6d666964657320547275737420456e7669726f6e6d656e7420286329203230313120436f6d6d6669646573\
            204e6f72676520415331293027060355040a1320436f6d6d6669646573204e6f726765204153202d2039383820333132\
            20343935310b3009060355040613024e4f")),
        public_key_info: Cow::Borrowed(hex!("30820122300d06092a864886f70d01010105000382010f003082010a0282010100cacf908b56006affbbc9bc49d30360\
            5ad38ea51aeecbc30c2096aff8ba23dcff5484248fe946bdaaa484b61d78be82aea9ff48a0ed7414d8ac516982a03f87\
            a5489902ed5e3dcaef94be50047f53d0dd199552834bb08793ed56f1c94c05fc908f3b1ec1f794606931d0a00a1c67e9\
            ec7a365c3cd7a71d74ead842ab5c71ee2430f653b0e0e4e189abd0f5fcd691978fdf19d50065282502b6c000ce6016c4\
            f4fe9ef5e2b0b88d39fd78c2eb9327ccbc1591be31d0cfe72d88496992f5ff189b0eb4416ab5e7557e7068c9d88a380b\
            1e7f420282dd35c98696e4e3d082f83a076eeda85b091203a5b50e9c845bc0f0515cfbe4221fa0573891069bfc261e8c\
            f10203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Production,
        subject: Cow::Borrowed("CN=Digipost Root CA,OU=Digipost,O=Posten Norge AS,ST=Oslo,C=NO"),
        is_root: true,
        for_servers: false,
        sha256: *hex!("610db396c243c92501fe644416cf88d381952a5b3b5c137b3eb22cf33c9ae0ea"),
        not_before: Timestamp::constant(1507285894, 0), // 2017-10-06T10:31:34Z
        not_after: Timestamp::constant(2524645894, 0), // 2050-01-01T10:31:34Z
        subject_der: Cow::Borrowed(hex!("3064310b3009060355040613024e4f310d300b06035504080c044f736c6f31183016060355040a0c0f506f7374656e20\
            4e6f7267652041533111300f060355040b0c0844696769706f73743119301706035504030c1044696769706f73742052\
            6f6f74204341")),
        public_key_info: Cow::Borrowed(hex!("30820222300d06092a864886f70d01010105000382020f003082020a0282020100c1bdbe358bc11562d36d64d82b91eb\
            33c86044a1fa8bf51b429bd2622d050b68f132ccbc2ad492e50b2c73bbe3cad60987810acc4af378b209c2af004562b1\
            9b7fc13340b3e61763001770e7d0803517bada3faa9caf324375d39434145220756922e376492e11db1f6ed8a0c7153f\
            ab670fcb505ec9b09ca147a658309a3bbfe1f29e97ed213c1ac606878d9546b7febb05359191299afcc37f9aeeec14ac\
            e8e22435b7398f86dd32bbe580923213f726062afc800a4afa31f84e54062db777fc01dd2f176a04149d7e82271b7c94\
            e9d4dd183d565131848200758dbfaf1f0550d51388d69468573ce56faf4d0830b3f619f7c5449602e1a4c4ad4d081033\
            3031e20b18cb278c3781c8cbc8ae82523dffb6bdead2a39887cf5af7ed761a904de1218974003fec07dd71b87869d63d\
            3e875f43b268a462b121f4c8f9ffc7817936083b0615ea5e4696346182e29ef997a3dda9e2352a38276a0d9caf829093\
            ccd033b158dcfe63983f0755b36ed2f50a8eaa0b04ce2caccdd0f376d7e859de1cd6b46f4228b2bf9c308c0c35325901\
            a7617781ffde584edfc9df4751eaa2f7ec503af3765eeb3837b15206a6cbdcc542e8fc2b1954da4482ece5d8d3a1e16d\
            e20bc72060d63cc52719848918fed14397f2c91ac394e308257205a112463bd9411e9f30974e6c898683414ac4810195\
            41c25e7a9c9cd88d779a1458e4ec6e22030203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Test,
        subject: Cow::Borrowed("CN=Buypass Class 3 Test4 CA G2 HT Business,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO"),
        is_root: false,
        for_servers: true,
        sha256: *hex!("2c9e0ec146f148eda7c5dd05559ccd2261e0c0d66f638864fae21c7756de7210"),
        not_before: Timestamp::constant(1604519458, 0), // 2020-11-04T19:50:58Z
        not_after: Timestamp::constant(2235671458, 0), // 2040-11-04T19:50:58Z
        subject_der: Cow::Borrowed(hex!("306e310b3009060355040613024e4f3118301606035504610c0f4e54524e4f2d39383331363333323731133011060355\
            040a0c0a427579706173732041533130302e06035504030c274275797061737320436c61737320332054657374342043\
            4120473220485420427573696e657373")),
        public_key_info: Cow::Borrowed(hex!("30820222300d06092a864886f70d01010105000382020f003082020a0282020100b0d74c95d8214e122fa206916e0d36\
            05c3413fb7fc0c8516dbf92063d1da2e68db4cd48369ebf470d5a826a23ea383e2b00d648b3d7aa37ae47c42c64ddd17\
            9dcba001e2f6dbcd751ee8b17f05bd2ea2aa6fd02445d987e8b73ab8d6c8f6a996131c7be9d9d54fa6cc947c8e160b54\
            12e9ca5a867f2db67254d9be023b777f62716aa24fbf8a61dfd7ccc38627ebd4ea8a715f9bbd5dff22c3ba5ab5df759c\
            e647f89b728fa6b85b8d0d57d78e991c4a33202c78447c15a52cdba2accf9f20a29496186b487181c6295ef65059ada5\
            327a2addbcd1c436e8fa1178e094fb8eb81d4a34e46b5d6f97562835990544913fe61d29f9be1aa07f9b755a29e4ec93\
            4360af013508f8b616b16fa01a62b8f4dcd131450b2cafab3f0edc9b2c8491b72b4a65de8579ca5e80878ea4f6f96272\
            183bc83615aad68023b7058e491e05ac1cf14dd89a755cfc221a5df0706a707ed3d6f384623568553cf5b3b5d4affb39\
            9762c3308fd9f9db4e52be5eba7ca9483885e160161692b497bbbef0b168978a6f31f7c821ab9a4062d5546f64cbd9fe\
            f023b0c93f39d4ea4295a42edc0af801b58c04b2ddfd55dba25156572da5a229ea69d2f89d638090086a96d628b90891\
            9791ef2d10d2a527c3af8a34a195b47c52457eec8d084b3f42e4e7145ae966c282993ec43ee077ed57091175125c5459\
            cb9a3c2057fc989aa91c0dabff0db33cd30203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Test,
        subject: Cow::Borrowed("CN=Buypass Class 3 Test4 CA G2 ST Business,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO"),
        is_root: false,
        for_servers: true,
        sha256: *hex!("2f36956beb4de4907a3a0fb09437d7d532f4a12504473a00c12ceb028df54a28"),
        not_before: Timestamp::constant(1604519360, 0), // 2020-11-04T19:49:20Z
        not_after: Timestamp::constant(2235671360, 0), // 2040-11-04T19:49:20Z
        subject_der: Cow::Borrowed(hex!("306e310b3009060355040613024e4f3118301606035504610c0f4e54524e4f2d39383331363333323731133011060355\
            040a0c0a427579706173732041533130302e06035504030c274275797061737320436c61737320332054657374342043\
            4120473220535420427573696e657373")),
        public_key_info: Cow::Borrowed(hex!("30820222300d06092a864886f70d01010105000382020f003082020a0282020100ae4171dc55884dfc9eddacd14565b6\
            99877a245d6f4b5ada96d4175d43bf36769a46534585d1731530e85a9bcf3aed996ffd7519652373fb09699d9f69f572\
            a888aa9097ae2720e3b9dc86c5323053bbd8ee8ecca8db7a48d65bdb6de624c48f6496956e1725c8c668a33657a92b20\
            45e5a44435e1ed3230ff4c0eef4de3e9d15588e430f053064086163d561e06c5ce08a984a97da356c50b0235071822d2\
            e76244d8c60c301c20e0eab160e001d039b896952c039ec603658f8af65eb6320ec5d701b42cbf19ed09d8b1b90aca05\
            51f084c49f0e6882c5922e2f43b45bd77edb84b0914ce18af5577001def743ef21d7971037925098fa5212d4f7810dab\
            0af2dc03878267f4568f0ef280d3a57968a0563ff86f79e22f191ff9950d142d91870177f6b1a41890dc1d83f4725252\
            adda9d420b8b2575b3be111d5f9eb85687dfa0b5f40395eb447c7efb414b6954972d72b8473ad081a11da191e6dbdefd\
            81c429fadb7b08a095369ae5b12bbb0f7ebfd6712684cf1a314282d2f8b0db52d63811028d20432daf2a279667b53502\
            bc21b2b60d7e13d85dfc6637b310bfbfc31a7e11cb84e7ea31865f9aff07094195a3ff7b8a563ca6e8cbba6761c0313c\
            0d84278f1440ef7e09641564d54cfb487da33e63b0ec542b72e8ec84299027b56fd43b79225a37f84a6a0c27fb0be82c\
            3ecaaa1fa8416f6b25d8a740065664999d0203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Test,
        subject: Cow::Borrowed("CN=Buypass Class 3 Test4 Root CA G2 HT,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO"),
        is_root: true,
        for_servers: true,
        sha256: *hex!("52a09cf14587d7a5be5f3dc64754125822faeea5d75d15fd961e63c6f63d3f70"),
        not_before: Timestamp::constant(1604597496, 0), // 2020-11-05T17:31:36Z
        not_after: Timestamp::constant(2393515896, 0), // 2045-11-05T17:31:36Z
        subject_der: Cow::Borrowed(hex!("306a310b3009060355040613024e4f3118301606035504610c0f4e54524e4f2d39383331363333323731133011060355\
            040a0c0a42757970617373204153312c302a06035504030c234275797061737320436c61737320332054657374342052\
            6f6f74204341204732204854")),
        public_key_info: Cow::Borrowed(hex!("30820222300d06092a864886f70d01010105000382020f003082020a0282020100cd8d654ad2b6d607391592bbd10438\
            264b3bdd425c898546751521d660805650d327cf12cf3cc3127f0fa056a24cef4695d1a387512430aab6bb8df0bea812\
            072bb20a549265eff41c9caa8d095bc3470081e772ab5900a106483792446560b4610bd3a8185dde81dd7c825e8ed03b\
            57ae42cda48de8399ebdd790a05753f3e34cb0bba69a665d8af5e2231648942cef5cb3300a16c2ec629510ce35cce8e0\
            4a80c4b49cb72c83b1a4c9c3a1203df781c525fcc8ec2fb95ffc373f58c3d6bf4129762c1329640786b522d4935b26c3\
            39ead5f5e924141aac5505dbcd13522f930a833943b893c2476015bb0ad8e23f526a2446ae064ad6c4fa756cb3b1353c\
            07808ff2d17a051dbaf3bc3d06af8fe0043fbdb7a04682000ed5989f5b729809bf32fc29c4cedbc9f25ed704a7e40fe3\
            0e7a9a8862f63098ac60a035a8649d5386d5b9f144a10393c6c4200a7accb276fc7002272679754fcc12223cc846cd67\
            7c8acdfbf33bd13c8645ad5c2552280dd5b2ec518226c1bfa19be03be03248f6b9a8a5f40d2d3a18b17d02602b52d377\
            0343e5a9c596df9358d12c5158b71393acfc87626f7c506b4c9478c36d49b898563e5aa75e11a4db12a7b8950fbea452\
            36759d808b00096272051af6183564efdf4d9cc31211d5120b83ef8efa097726530969e3403f3558982fada0ed4f7f7a\
            beff0092f3e70b8073287f798f56814d670203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Test,
        subject: Cow::Borrowed("CN=Buypass Class 3 Test4 Root CA G2 ST,O=Buypass AS,organizationIdentifier=NTRNO-983163327,C=NO"),
        is_root: true,
        for_servers: true,
        sha256: *hex!("760637a0f7da3a3876f601f96b8cf2ceb4fef80b76bd6f052e7bcb0041da350d"),
        not_before: Timestamp::constant(1604597418, 0), // 2020-11-05T17:30:18Z
        not_after: Timestamp::constant(2393515818, 0), // 2045-11-05T17:30:18Z
        subject_der: Cow::Borrowed(hex!("306a310b3009060355040613024e4f3118301606035504610c0f4e54524e4f2d39383331363333323731133011060355\
            040a0c0a42757970617373204153312c302a06035504030c234275797061737320436c61737320332054657374342052\
            6f6f74204341204732205354")),
        public_key_info: Cow::Borrowed(hex!("30820222300d06092a864886f70d01010105000382020f003082020a0282020100a7988faec02a50d86080a805291f73\
            ba69934cbb6146d030438161a862456afb3015024a1d1dbb76e16addcb70772af725350e469bac273f25697d0f2c7f66\
            eb22a93f82944848cf7bd5acd9083f884cadef94e2684bbec699595b717b169d3d1fdfd664ec611a6db3e60b7f603b68\
            b789816c76e387f30c8ffcf59a9951c3204884e160b6dc20f6350895c9a427451d83e33ebda05f058e312fb4359ba54e\
            679fc175407a7687aa59adf20421107a46d6bda1bacde117936250ff639343b80a5cd39b82cb923b58d8a611c6fa2e3e\
            d87fd180d20d4d03067f846bbdb3b903456ead6a226c52fc1f42280be0f344781375db30cfc895dda3bd04ae7b1e38c7\
            3206f3a91d66f99d498549fa814a3ab84e217875b4d309609db57118d97b56b35d3c61440ff831b73603287732789c5c\
            ec43e93dab0df9a58419ca28aba084f863ff2860f75b0ae1df5eb2761e9d7dbb69e74a5969b67ed845dcdf4dccc95972\
            12bad252f1e7e47c6fd8492ad5044f638683fe6671df2976db6a185d40b11d7e45d6741375a6c3cfbd04b5d406523473\
            bfd6aa65466928cd1153e91bd84d8c4d56f643b94145b79f0cb974a4903c47a20dd8b384fc80836690f4b62841ef5ac1\
            4c400116804f0e89068a8a25a89f85f25db0f01ec7360e2c571bbcef63c3c869b06b6a11fb56fdb48042923c7af357ae\
            598773c4cde06762422b95a8be511a826f0203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Test,
        subject: Cow::Borrowed("CN=Buypass Class 3 Test4 CA 3,O=Buypass AS-983163327,C=NO"),
        is_root: false,
        for_servers: true,
        sha256: *hex!("b761abd7a4c478b33be382be511943c20e50950b3b2899875a692e1bef2bdc1b"),
        not_before: Timestamp::constant(1329375600, 0), // 2012-02-16T07:00:00Z
        not_after: Timestamp::constant(1960527600, 0), // 2032-02-16T07:00:00Z
        subject_der: Cow::Borrowed(hex!("3051310b3009060355040613024e4f311d301b060355040a0c14427579706173732041532d3938333136333332373123\
            302106035504030c1a4275797061737320436c61737320332054657374342043412033")),
        public_key_info: Cow::Borrowed(hex!("30820122300d06092a864886f70d01010105000382010f003082010a0282010100bf8efac541d382562d63b006a0d9c1\
            278d2b8aa05c6d091b455b11541717b17d558a0339557bbab3e8b64564b49afa9f7d017d1c6c4eb5b29614441409e994\
            ad512d80373ae23aa563b60120b5fc46cb64fd46a870111bc80c8906d42477342e9823ade378f7940dd0d61f2943f250\
            ac5a4d6ddf1a96f3367c4be5d8cf66c0f21b93a72b95c664b03b9d76882d5523f1a2b035f3a89dc90717556f70aa58d9\
            a20887a8ac05a4109d1beb89f00a8b509e89955911cc715f22a64c80b453a5908a2392e858062cb56d87cf2d415851b8\
            071c709578d69f73f7abe6ccca91b3d61f25ea62571d6b8ace08e18310ccde6d6a3194f6a92d5fe9e050f6ada0c2dc8a\
            830203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Test,
        subject: Cow::Borrowed("CN=Buypass Class 3 Test4 Root CA,O=Buypass AS-983163327,C=NO"),
        is_root: true,
        for_servers: true,
        sha256: *hex!("2a8475824d9ba398170031b9b398222f857a59bdc5cc3b49005eafdb55955da4"),
        not_before: Timestamp::constant(1286406000, 0), // 2010-10-06T23:00:00Z
        not_after: Timestamp::constant(2233177200, 0), // 2040-10-06T23:00:00Z
        subject_der: Cow::Borrowed(hex!("3054310b3009060355040613024e4f311d301b060355040a0c14427579706173732041532d3938333136333332373126\
            302406035504030c1d4275797061737320436c617373203320546573743420526f6f74204341")),
        public_key_info: Cow::Borrowed(hex!("30820222300d06092a864886f70d01010105000382020f003082020a02820201009827e98c3fb8fb10777857a61e3c26\
            a58ee7d0ee8b5e6cd89d2e760bd29da031f3222fe862999439d856651b99e250c64727605a0019eb2ca907d2062dd6bb\
            e2403551f03e7b841823d33404c6ad84f0e83aba584d1d94d7c5960060b5c4f4e72091b500c772115d7b51bdc25ee658\
            8753571ef8808af6badf9868777e5c9604bdeb2b11361ca7e040ecdf091425ba2370923e867b35147177df7aa27f9577\
            e2a77f7ee547763e17348057a4af8d8ee3bdd959b0ca296315e6dd4ea7a15bdce7843e58ef78af1a1ef29b7ba2efec8b\
            0047f9f1f327b24c215359a8ffdc2567baa0210a961f8e77872d882f6434a748484da3ec46e12f21d3f52cd439fb7da0\
            94e70b44bba16b0f302621114a577d54dbb3bbd645117ca52fcaa67f241c6cdefd1167feb90a2053a59abfdab789d1c0\
            1da381778834a1cd50bcf66d979227fef00a095720ec60b067aac9812c20b9d4b18a95d72f40296b1974a4be1a5191b0\
            789b518a6bef7f7ea8df3a61ac9094c2c50fe6d59dd1f6d34355a32e5fd7b4ae56ab46db7d558d5da61883b03d1a6ae5\
            e2cf1ea3dc361ba390e9974b51cc0c924e2f580e1b0bc8372d52254ed14c20c0d287348cd288a8e8c92f28935303be93\
            3bba9db6372ea6b1870802ad919569da340d0584fb01eed20d8eed0c22b8d457e7092b696c0f01ce50d3049a065ff2c7\
            5e7c57d861e863ed8cced045cfe9327e430203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Test,
        subject: Cow::Borrowed("CN=Commfides Legal Person - G3 - TEST,organizationIdentifier=NTRNO-988312495,O=Commfides Norge AS,C=NO"),
        is_root: false,
        for_servers: true,
        sha256: *hex!("94bb0e8701b61794d5d0c3154204571096b23c78b33c87e7f942097030e526d9"),
        not_before: Timestamp::constant(1625143432, 0), // 2021-07-01T12:43:52Z
        not_after: Timestamp::constant(2257073031, 0), // 2041-07-10T12:43:51Z
        subject_der: Cow::Borrowed(hex!("3071310b3009060355040613024e4f311b3019060355040a0c12436f6d6d6669646573204e6f72676520415331183016\
            06035504610c0f4e54524e4f2d393838333132343935312b302906035504030c22436f6d6d6669646573204c6567616c\
            20506572736f6e202d204733202d2054455354")),
        public_key_info: Cow::Borrowed(hex!("30820222300d06092a864886f70d01010105000382020f003082020a0282020100c14137c49360318754865b689e51ee\
            49726c87d7024d66bb42d5b89937ecfa49f978bf3b1db71b542f65787fc5aaf6f61c6a79bb6f113effcf21e44e2676f7\
            caa9ff1df74a0a9d293028277d8c3b4e979e59a54c5b7e398524016f542a30d61651cb450b0bbac8a50f0737480d0464\
            4f409becf1ee6140fda8f83f95d14a97402a6139d0746602dd6b6d24251de3aef1b941cab45395fb570d01e901e2db69\
            20edd5e6aad87a1399c00253282779edfe7fce2b17738ce0de7878b262a423a1d48c22ac32398cc200d0ca4e126137ec\
            c2ae9023df40dcdc7bf155e5e42af0588896fa85045911daf4b9ad33b1e3b3d1f386d236fea75c9d7d4d1eb2f48023a0\
            b1a3a46b55674bae37b28454b8b5532d67d0733da906b299ed21f4f5a1b7ace88bc6249ec8afe26a991adb8dfff56b45\
            506d418853a842cd40c13a76cddce74e849ce618a8dd8d22bdec6294bd1c1566862c93ca93efcb1cbd9427e19a5ac1ca\
            6b1ddb222ab4280c152cee170326cf5fb1e162c7511b310467f5b0446330610574318fdb66388c9f6180a21b4b3dd3f8\
            4058c275256bc5013b5258f0be3f1ff5a4432ea3a6d3ab7827d08f2eb1d2ad6ded6c15451099b237f5dd1465ab0c5154\
            20784968ea250caade169116770458b5371daf14415684593fa1652258a0d5b495b0c1c9d3fa2fdd3ba1677a1593bcfa\
            e97e17da8f349e0c7721666a0ff1b003270203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Test,
        subject: Cow::Borrowed("CN=Commfides Root CA - G3 - TEST,organizationIdentifier=NTRNO-988312495,O=Commfides Norge AS,C=NO"),
        is_root: true,
        for_servers: true,
        sha256: *hex!("97ea39029d946583d44539519a1f2cae4a40f9733d17dac18457246af5654325"),
        not_before: Timestamp::constant(1625140525, 0), // 2021-07-01T11:55:25Z
        not_after: Timestamp::constant(2572430124, 0), // 2051-07-08T11:55:24Z
        subject_der: Cow::Borrowed(hex!("306c310b3009060355040613024e4f311b3019060355040a0c12436f6d6d6669646573204e6f72676520415331183016\
            06035504610c0f4e54524e4f2d3938383331323439353126302406035504030c1d436f6d6d666964657320526f6f7420\
            4341202d204733202d2054455354")),
        public_key_info: Cow::Borrowed(hex!("30820222300d06092a864886f70d01010105000382020f003082020a0282020100a656e861b73bbed05d80cea756e538\
            174967779343ef1050020fa7b81cac60b8093e109fc2974dc1a0e8ec6f8b2c08d2fcfe84354f3dbb3ad6d055fa586ad8\
            030e99c19532098aa0336d7745b9125503c58a39bf4059fd1b57c1714d5a42b672be7844650db27b3c8e77b95789b90f\
            77b802d6d72bcbbaf318c7c78eeb62a9ab09afa676138f443b25325033a05b853abe1514a3133a08468fa0492e5be181\
            2e0e34d2bd33bc65f6bd779d212b4087de8faedd21237c8aabc9eb9a79e52b4528eab793f053962198c6efe4f8c4bd08\
            e1a6676ecfd8f5f55c557c1a3dea6afbc1046cb8f1eedf94996e564aa6baf97f4c4ec2f2eede6c427a7c719bb7bc7401\
            7869b108253c4cf6f289b58176e2d404221a2b748b876c6eb028eafb1b6233cc8e0bb2be6e1e4877736b5bbdd89a4709\
            949d50eef39d0d75bfdeb0dee9fbf1c00086cd4a860b3220f68156b931a04721c2c315417060205a2d0f3c0f985de564\
            7f3cf9e9b537f62d15586ecfccc0b5043b1324cb7f6e85cc1ae19bb30b8ef53c06b06292b1f752c2b8a6fa6d354863db\
            d60d9025905dd072b95dc5d3bb11812326ba9ee4adcb59a7d4d4a669d170439982e427594d46d8e14b95fe8415c6a2c4\
            4032256774506cff056030000a7492eb5953a3ca24817b08402f1d6a7d478dac799e1af537252e170d85a9041781e582\
            a8c73f5fef931d1a77b2f06df174dc53570203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Test,
        subject: Cow::Borrowed("C=NO,O=Commfides Norge AS - 988 312 495,OU=CPN Enterprise-Norwegian SHA256 CA- TEST2,OU=Commfides Trust Environment(C) 2014 Commfides Norge AS - TEST,CN=Commfides CPN Enterprise-Norwegian SHA256 CA - TEST2"),
        is_root: false,
        for_servers: true,
        sha256: *hex!("566688d20da741f3b2ab0ba8885ff552da0320c1ce742e445f448d29e201a43b"),
        not_before: Timestamp::constant(1413549970, 0), // 2014-10-17T12:46:10Z
        not_after: Timestamp::constant(1664801624, 0), // 2022-10-03T12:53:44Z
        subject_der: Cow::Borrowed(hex!("3081f3313d303b06035504031334436f6d6d66696465732043504e20456e74657270726973652d4e6f7277656769616e\
            20534841323536204341202d20544553543231463044060355040b133d436f6d6d666964657320547275737420456e76\
            69726f6e6d656e74284329203230313420436f6d6d6669646573204e6f726765204153202d2054455354313230300603\
            55040b132943504e20456e74657270726973652d4e6f7277656769616e205348413235362043412d2054455354323129\
            3027060355040a1320436f6d6d6669646573204e6f726765204153202d203938382033313220343935310b3009060355\
            040613024e4f")),
        public_key_info: Cow::Borrowed(hex!("30820122300d06092a864886f70d01010105000382010f003082010a0282010100d2aa5a1f7d6ea0bfe3bee5a6fad6fd\
            ca8a43efe4dfe93da0b1c5f3a0d7e09317430bb053099449e8c0f10bbd0f88c8967a4e8eb7469abc9bb6ac9074755d87\
            9828c9dfdcfd53ec29aa31fbf1295bd0f89fdcb93a28f4f2a50b82ac809956298f86ea54d3d3301c92a0af965fa6cbec\
            2b0189bec6614c42be1090dd85364d9763bce761b1e1166100c54618c04fb93a6680547903296c7b75b57a85e897c223\
            1a5f1386678b1875c18f9f622d6f8f21a982d29b0006b9ab8341b75a8139b622456f769fdb3602ce750e818c9ac46f05\
            57ed5c855eea70a88121e8522e6fa64d57ce0c44d1247bc22fb2d1abab87cf1fcd798fdb58ecbd6c9f63d115cff86ca7\
            f90203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Test,
        subject: Cow::Borrowed("C=NO,O=Commfides Norge AS - 988 312 495,OU=CPN Primary Certificate Authority TEST,OU=CPN TEST - For authorized use only,OU=Commfides Trust Environment(C) TEST 2010 Commfides Norge AS,CN=CPN Root SHA256 CA - TEST"),
        is_root: true,
        for_servers: true,
        sha256: *hex!("4501b8951a592e25a0cfe1437f93a0773d249f08f1cb7693a232c79962df0013"),
        not_before: Timestamp::constant(1349182424, 0), // 2012-10-02T12:53:44Z
        not_after: Timestamp::constant(1664801624, 0), // 2022-10-03T12:53:44Z
        subject_der: Cow::Borrowed(hex!("30820100312230200603550403131943504e20526f6f7420534841323536204341202d20544553543144304206035504\
            0b133b436f6d6d666964657320547275737420456e7669726f6e6d656e742843292054455354203230313020436f6d6d\
            6669646573204e6f726765204153312b3029060355040b132243504e2054455354202d20466f7220617574686f72697a\
            656420757365206f6e6c79312f302d060355040b132643504e205072696d617279204365727469666963617465204175\
            74686f72697479205445535431293027060355040a1320436f6d6d6669646573204e6f726765204153202d2039383820\
            33313220343935310b3009060355040613024e4f")),
        public_key_info: Cow::Borrowed(hex!("30820122300d06092a864886f70d01010105000382010f003082010a0282010100b7dcf15335ba738352946a9862b344\
            322787b629afe8db0cc5982b61c38e9b9b1fe630a1fb84dc5e7cc5fb614fc81c9e16db78b32b2c6102a18edad8cd5def\
            e4cf6c30f40149bd6289aa25ad044006c9b0d046e78278f726112649da707e6197f7625d3dd408d0c03d95657a2c0a35\
            7bdd29019b98624da958934aa9b1f5aaf90f706973af437b85c36120f53431540377878ce091fa506abcb4bf005a2b66\
            c10431a2f523724c43b961418f67e7c0bc8bc22c6cd8b2f667db6f99c895e8eb88efe26ecb7d9929f76f61461fc5f7b9\
            4094a6910ff486bb1128e3c39552ae062f5201f44b942907de4720444f85c7abd73408da04d39dd997f7a1339b00724b\
            b30203010001")),
        name_constraints: None,
    },
    KnownAnchor {
        environment: EnvironmentKind::Test,
        subject: Cow::Borrowed("CN=Digipost Test Root CA,OU=Digipost,O=Posten Norge AS,ST=Oslo,C=NO"),
        is_root: true,
        for_servers: false,
        sha256: *hex!("3fba0d228cbc8d7928433d7ab4628f0fd18663feff06a910addb241670879c12"),
        not_before: Timestamp::constant(1507620602, 0), // 2017-10-10T07:30:02Z
        not_after: Timestamp::constant(2524635002, 0), // 2050-01-01T07:30:02Z
        subject_der: Cow::Borrowed(hex!("3069310b3009060355040613024e4f310d300b06035504080c044f736c6f31183016060355040a0c0f506f7374656e20\
            4e6f7267652041533111300f060355040b0c0844696769706f7374311e301c06035504030c1544696769706f73742054\
            65737420526f6f74204341")),
        public_key_info: Cow::Borrowed(hex!("30820222300d06092a864886f70d01010105000382020f003082020a0282020100addfc32f2d1c2226bc680af3c8da10\
            90385342d409ca658fcc0578bc0dc1b63251933b108b63da17699b3484c163d10999ab485135198c4de4c57a88d0361d\
            5fa0b6732b50b60bfb24f6ff2cd51a286099a67202317efdb5a82ff12c990781e557e33cca8dbd32988a453d4494e456\
            ed5fb779eede329a2175bd91a1ec9d20751a3322cb6c038ff7bfff790dd6a74576e4ce8428069fcb3929b9ad58cd0e44\
            5379ac9023ca0cb61479b77d90ab8e17b066333a3c9cf101be166a2988c25843c549cd9f243eb152907a9597cb9d7ae7\
            a888be6c2a7edd1b5c17a8697e3a433d8ba03bb2d4e5400e88b4f442904945d31bce20e43828951c4d17a2ca02a3e777\
            7c9daa787aa0001f52f5b480c093bf8e16f93dc9e31e87de5b9530944ce2c00991a41fcfcd65627b1e7b32fe5b4b9249\
            df00ad0b9208ef9b702cbf6ecca2423e93efa57226daf2cd3ab8fed91d34c07146d0fe44a488f58bc65f5ac69acdc4d6\
            041c065bb738785692f9d9229f4750bf09bb031837b6b491f9448741a3319480e42f1b0c4c77f78ce494cc656576aba9\
            9a3b74e877bb400602447db31a51e34fecdd1662a38101a65498f4154264a5f0f9e66c4733bd4e8fc134fc5b27478add\
            172b0e847ca40321cd2dc9eb8fbe845bd3507f81db0cbe0c1eaf0a9948e0f89787464d78bca6b8711ede5cab7f71f03d\
            3e7a19a9b57f75512d61cac665eca7d7b30203010001")),
        name_constraints: None,
    },
];
