//! Whatever is read and can be written is read back as the same value, and written again the same way.

#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use portal_model::{
    ErrorDocument, PortalSignatureJobManifest, PortalSignatureJobRequest,
    PortalSignatureJobResponse, PortalSignatureJobStatusChangeResponse, XmlDocument,
};

fn round_trip<T: XmlDocument + Debug + PartialEq>(xml: &[u8]) {
    let Ok(response) = T::from_response(xml) else {
        return;
    };
    let written = match response.value.to_xml() {
        Ok(written) => written,
        Err(error) => {
            assert!(
                T::from_xml(xml).is_err(),
                "read strictly but not written: {error}"
            );
            return;
        }
    };
    let again = T::from_xml(written.as_bytes()).expect("what is written is read strictly");
    assert_eq!(again, response.value);
    assert_eq!(again.to_xml().as_ref(), Ok(&written));
}

fuzz_target!(|xml: &[u8]| {
    round_trip::<PortalSignatureJobManifest>(xml);
    round_trip::<PortalSignatureJobRequest>(xml);
    round_trip::<PortalSignatureJobResponse>(xml);
    round_trip::<PortalSignatureJobStatusChangeResponse>(xml);
    round_trip::<ErrorDocument>(xml);
});
