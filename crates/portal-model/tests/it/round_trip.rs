//! What is written is read back as the same value, for any valid value.

use std::fmt::Debug;

use portal_model::{
    DateTime, ErrorDocument, ParseNoticeKind, PortalSignatureJobManifest,
    PortalSignatureJobRequest, PortalSignatureJobResponse, PortalSignatureJobStatusChangeResponse,
    XmlDocument,
};
use proptest::arbitrary::{Arbitrary, any};
use proptest::test_runner::{Config, TestRunner};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn times_without_offset(json: &Value) -> usize {
    match json {
        Value::String(text) => {
            let time = text.parse::<DateTime>();
            usize::from(time.is_ok_and(|time| time.timestamp().is_none()))
        }
        Value::Array(values) => values.iter().map(times_without_offset).sum(),
        Value::Object(values) => values.values().map(times_without_offset).sum(),
        _ => 0,
    }
}

/// Every way of reading gives the value back, and so does JSON.
fn round_trip<T>(cases: u32)
where
    T: XmlDocument + Arbitrary + Clone + Debug + PartialEq + Serialize + DeserializeOwned,
{
    let mut runner = TestRunner::new(Config {
        cases,
        ..Config::default()
    });
    let law = |value: T| {
        let xml = value.to_xml().unwrap();
        assert_eq!(T::from_xml(xml.as_bytes()).unwrap(), value);
        assert_eq!(T::from_draft(xml.as_bytes()).unwrap(), value);
        let response = T::from_response(xml.as_bytes()).unwrap();
        assert_eq!(response.value, value);
        // The only thing that the schema allows and a response is told of.
        let json = serde_json::to_string(&value).unwrap();
        let times = times_without_offset(&serde_json::from_str(&json).unwrap());
        let notices = response.notices.iter().map(|notice| &notice.kind);
        assert_eq!(
            notices.collect::<Vec<_>>(),
            vec![&ParseNoticeKind::NoOffset; times]
        );
        assert_eq!(response.notices_left_out, 0);
        // The same value is written the same way.
        assert_eq!(value.clone().to_xml().unwrap(), xml);
        assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value);
        Ok(())
    };
    runner.run(&any::<T>(), law).unwrap();
}

#[test]
fn manifest() {
    round_trip::<PortalSignatureJobManifest>(150);
}

#[test]
fn request() {
    round_trip::<PortalSignatureJobRequest>(400);
}

#[test]
fn response() {
    round_trip::<PortalSignatureJobResponse>(400);
}

#[test]
fn status_change() {
    round_trip::<PortalSignatureJobStatusChangeResponse>(150);
}

#[test]
fn error() {
    round_trip::<ErrorDocument>(400);
}
