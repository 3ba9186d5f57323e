//! Any bytes, read as every document in every way: never a panic, and the stricter way never gives
//! something else than the more lenient one. A response is told of nothing that the schema allows, but
//! of times without an offset.

#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use portal_model::{
    ErrorDocument, ParseNotice, ParseNoticeKind, PortalSignatureJobManifest,
    PortalSignatureJobRequest, PortalSignatureJobResponse, PortalSignatureJobStatusChangeResponse,
    XmlDocument,
};

fn read<T: XmlDocument + Debug + PartialEq>(xml: &[u8]) {
    let strict = T::from_xml(xml);
    let draft = T::from_draft(xml);
    let response = T::from_response(xml);
    if let Ok(strict) = strict {
        let response = response
            .as_ref()
            .expect("what is read strictly is read leniently");
        assert_eq!(response.value, strict);
        let no_offset = |notice: &ParseNotice| notice.kind == ParseNoticeKind::NoOffset;
        assert!(response.notices.iter().all(no_offset) && response.notices_left_out == 0);
        assert_eq!(
            draft
                .as_ref()
                .expect("what is read strictly is read as a draft"),
            &strict
        );
    }
    if let Ok(draft) = draft {
        assert_eq!(
            response
                .expect("what is read as a draft is read leniently")
                .value,
            draft
        );
    }
}

fuzz_target!(|xml: &[u8]| {
    read::<PortalSignatureJobManifest>(xml);
    read::<PortalSignatureJobRequest>(xml);
    read::<PortalSignatureJobResponse>(xml);
    read::<PortalSignatureJobStatusChangeResponse>(xml);
    read::<ErrorDocument>(xml);
});
