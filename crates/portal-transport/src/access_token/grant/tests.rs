use super::*;

fn problem(body: &'static str) -> &'static str {
    match granted(Bytes::from_static(body.as_bytes())).err() {
        Some(TokenFailure::InvalidResponse { problem }) => problem,
        other => panic!("{body}: {other:?}"),
    }
}

#[test]
fn a_token_is_read_with_its_life() {
    let body = r#"{"access_token":"abc.DEF-~+/=","token_type":"Bearer","expires_in":3600,"x":[1]}"#;
    let granted = granted(Bytes::from(body)).unwrap();
    assert_eq!(granted.header.as_bytes(), b"Bearer abc.DEF-~+/=");
    assert!(granted.header.is_sensitive());
    assert_eq!(granted.life, Duration::from_secs(3600));
}

#[test]
fn responses_that_make_no_sense_are_refused_without_a_quote() {
    let no_token = "it has no access_token";
    let no_life = "its expires_in is not from 1 second to 365 days";
    let no_header = "its access_token can't stand in a header";
    let no_json = "it is not a JSON object with a text access_token and a whole number expires_in";
    for (body, expected) in [
        ("", no_json),
        ("<html>", no_json),
        ("[]", no_json),
        (r#"["secret",60]"#, no_json),
        ("{}", no_token),
        (r#"{"access_token":"","expires_in":60}"#, no_token),
        (r#"{"access_token":null,"expires_in":60}"#, no_token),
        (r#"{"access_token":7,"expires_in":60}"#, no_json),
        (r#"{"access_token":"secret"}"#, no_life),
        (r#"{"access_token":"secret","expires_in":0}"#, no_life),
        (
            r#"{"access_token":"secret","expires_in":31536001}"#,
            no_life,
        ),
        (r#"{"access_token":"secret","expires_in":-1}"#, no_json),
        (r#"{"access_token":"secret","expires_in":"60"}"#, no_json),
        (r#"{"access_token":"secret","expires_in":60.5}"#, no_json),
        (r#"{"access_token":"sec ret","expires_in":60}"#, no_header),
        (
            r#"{"access_token":"sec\r\nret","expires_in":60}"#,
            no_header,
        ),
        (r#"{"access_token":"sækret","expires_in":60}"#, no_header),
    ] {
        assert_eq!(problem(body), expected, "{body}");
    }
    assert!(granted(Bytes::from(r#"{"access_token":"x","expires_in":31536000}"#)).is_ok());
}

#[test]
fn refusals_have_their_reason() {
    let of = |status, body: &str| refused(StatusCode::from_u16(status).unwrap(), body.as_bytes());
    for status in [400, 401, 403] {
        let failure = of(
            status,
            r#"{"error":"invalid_client","error_description":"x"}"#,
        );
        assert_eq!(failure, TokenFailure::InvalidClient);
    }
    assert_eq!(of(401, "no"), TokenFailure::InvalidClient);
    for status in [408, 429, 500, 503] {
        assert_eq!(of(status, "{}"), TokenFailure::Unavailable { status });
    }
    let code = Some("invalid_scope".to_owned());
    let failure = of(400, r#"{"error":"invalid_scope"}"#);
    assert_eq!(failure, TokenFailure::Refused { status: 400, code });
    let code = None;
    assert_eq!(
        of(404, "<html>"),
        TokenFailure::Refused { status: 404, code }
    );
}
