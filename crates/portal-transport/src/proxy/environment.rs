//! The proxy that the environment names.

use std::env;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::Tunnel;
use crate::ConfigError;

/// In order of precedence. `HTTP_PROXY` is not for https, and is the one that a CGI request could
/// set; so whether `REQUEST_METHOD` is set makes no difference here.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The tunnel to `to` (host and port) that the environment asks for, if it does.
///
/// `service` is the URL that `NO_PROXY` is held against.
pub(super) fn tunnel(service: &Uri, to: &str) -> Result<Option<Tunnel>, ConfigError> {
    tunnel_from(service, to, |name| env::var_os(name))
}

fn tunnel_from(
    service: &Uri,
    to: &str,
    variable: impl Fn(&str) -> Option<std::ffi::OsString>,
) -> Result<Option<Tunnel>, ConfigError> {
    let not_text = |variable| ConfigError::EnvironmentProxy {
        variable,
        problem: "it is not text",
    };
    let mut found = None;
    for name in VARIABLES {
        if let Some(value) = variable(name).filter(|value| !value.is_empty()) {
            let value = value.into_string().map_err(|_| not_text(name))?;
            found = Some((name, Zeroizing::new(value)));
            break;
        }
    }
    let Some((name, value)) = found else {
        return Ok(None);
    };
    let exceptions = variable("NO_PROXY").or_else(|| variable("no_proxy"));
    let exceptions = exceptions.unwrap_or_default();
    let exceptions = exceptions.into_string().map_err(|_| not_text("NO_PROXY"))?;
    let matcher = Matcher::builder()
        .https("http://proxy")
        .no(exceptions)
        .build();
    if matcher.intercept(service).is_none() {
        return Ok(None);
    }
    let tunnel = parse(&value, to).map_err(|problem| ConfigError::EnvironmentProxy {
        variable: name,
        problem,
    })?;
    Ok(Some(tunnel))
}

fn parse(value: &str, to: &str) -> Result<Tunnel, &'static str> {
    const NOT_A_URL: &str = "it is not a URL: write it like http://proxy.example.com:3128, with \
                             user name and password percent-encoded";
    let value = value.trim();
    let rest = match value.split_once("://") {
        Some((scheme, rest)) => {
            check_scheme(scheme)?;
            rest
        }
        None => value,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if rest[authority.len()..].contains('@') {
        // The password has one of these characters, and what is left looks like an address.
        return Err(NOT_A_URL);
    }
    let (user_info, address) = match authority.rsplit_once('@') {
        Some((user_info, address)) => (Some(user_info), address),
        None => (None, authority),
    };
    let proxy: Uri = format!("http://{address}").parse().map_err(|_| NOT_A_URL)?;
    let host = proxy
        .host()
        .filter(|host| !host.is_empty())
        .ok_or(NOT_A_URL)?;
    let after_host = address.strip_prefix(host).ok_or(NOT_A_URL)?;
    if !after_host.is_empty() && proxy.port_u16().is_none_or(|port| port == 0) {
        return Err("its port is not a number from 1 to 65535");
    }
    let authorization = user_info.map(authorization).transpose()?;
    Ok(Tunnel {
        proxy,
        authorization,
        to: to.to_owned(),
    })
}

fn check_scheme(scheme: &str) -> Result<(), &'static str> {
    match scheme.to_ascii_lowercase().as_str() {
        "http" => Ok(()),
        "https" => Err(
            "its scheme is https, and a proxy that is itself reached by TLS is not supported: use \
             one that is reached by http; what goes to the service through it is TLS either way",
        ),
        "socks" | "socks4" | "socks4a" | "socks5" | "socks5h" => {
            Err("its scheme is that of SOCKS, which is not supported: use an HTTP proxy")
        }
        _ => Err("its scheme is not http"),
    }
}

/// The user name and the password, percent-encoded, as basic authentication.
fn authorization(user_info: &str) -> Result<HeaderValue, &'static str> {
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let mut pair = Zeroizing::new(percent_decode_str(user).collect::<Vec<u8>>());
    pair.push(b':');
    pair.extend(percent_decode_str(password));
    let header = Zeroizing::new(format!("Basic {}", STANDARD.encode(&*pair)));
    let mut header = HeaderValue::from_str(&header).map_err(|_| "its user name is unusable")?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    const TO: &str = "api.example.com:443";

    fn resolve(variables: &[(&str, &str)]) -> Result<Option<Tunnel>, ConfigError> {
        let service = Uri::from_static("https://api.example.com/api");
        tunnel_from(&service, TO, |wanted| {
            let found = variables.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    fn proxy(value: &str) -> Option<String> {
        let tunnel = resolve(&[("HTTPS_PROXY", value)]).unwrap()?;
        assert_eq!(tunnel.to, TO);
        Some(tunnel.proxy.authority().unwrap().to_string())
    }

    #[test]
    fn usual_forms_are_read() {
        for value in [
            "proxy.example.com:3128",
            "http://proxy.example.com:3128",
            "HTTP://proxy.example.com:3128/",
            " http://proxy.example.com:3128 ",
        ] {
            assert_eq!(proxy(value).unwrap(), "proxy.example.com:3128", "{value}");
        }
        assert_eq!(proxy("[::1]:3128").unwrap(), "[::1]:3128");
        assert_eq!(proxy("proxy").unwrap(), "proxy");
        assert_eq!(proxy(""), None);
    }

    #[test]
    fn credentials_are_decoded_and_hidden() {
        let value = "http://us%3Aer:pass%40word@proxy.example.com:3128";
        let tunnel = resolve(&[("HTTPS_PROXY", value)]).unwrap().unwrap();
        let header = tunnel.authorization.unwrap();
        assert_eq!(header, "Basic dXM6ZXI6cGFzc0B3b3Jk");
        assert!(header.is_sensitive());
        assert!(!tunnel.proxy.to_string().contains("pass"));
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_an_error_and_no_direct_connection() {
        let mut texts = String::new();
        for value in [
            "https://corp.example.net:3128",
            "socks5://corp.example.net:1080",
            "ftp://corp.example.net",
            "http://",
            "http://corp example.net:3128",
            "http://corp.example.net:port",
            "http://corp.example.net:99999",
            "http://user:se#cret@corp.example.net:3128",
        ] {
            let error = resolve(&[("HTTPS_PROXY", value)]).map(|_| ()).unwrap_err();
            let text = error.to_string();
            assert!(!text.contains("corp") && !text.contains("cret"));
            texts.push_str(&text);
            texts.push('\n');
        }
        insta::assert_snapshot!(texts);
    }

    #[test]
    fn precedence_and_exceptions() {
        let https = ("HTTPS_PROXY", "one:1");
        let all = ("all_proxy", "two:2");
        let found = |variables: &[(&str, &str)]| {
            let tunnel = resolve(variables).unwrap();
            tunnel.map(|tunnel| tunnel.proxy.host().unwrap().to_owned())
        };
        assert_eq!(found(&[https, all]).as_deref(), Some("one"));
        assert_eq!(found(&[("HTTPS_PROXY", ""), all]).as_deref(), Some("two"));
        assert_eq!(found(&[("HTTP_PROXY", "three:3")]), None);
        let cgi = [https, ("REQUEST_METHOD", "GET")];
        assert_eq!(found(&cgi).as_deref(), Some("one"));
        for exception in ["example.com", ".example.com", "*", "x, api.example.com"] {
            assert_eq!(
                found(&[https, ("NO_PROXY", exception)]),
                None,
                "{exception}"
            );
        }
        let other = [https, ("no_proxy", "example.org")];
        assert_eq!(found(&other).as_deref(), Some("one"));
        // What is not used need not be usable.
        assert_eq!(
            found(&[("HTTPS_PROXY", "socks5://x"), ("NO_PROXY", "*")]),
            None
        );
    }
}
