//! The proxy that the environment names is used, unless the settings say otherwise; one that can't be used is an
//! error. Each case is a process, which has its environment for itself.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Command;
use std::thread::{self, JoinHandle};

/// A proxy that refuses one tunnel, and then returns the head of the request for it.
fn refusing_proxy() -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let lines = lines.by_ref().map(Result::unwrap);
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        stream.write_all(b"HTTP/1.1 407 No\r\n\r\n").unwrap();
        head.join("\n")
    });
    (url, seen)
}

/// What the process prints with these variables in its environment.
fn printed(transport: &str, variables: &[(&str, &str)]) -> String {
    let mut process = Command::new(env!("CARGO_BIN_EXE_proxy-process"));
    for name in ["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        process.env_remove(name).env_remove(name.to_lowercase());
    }
    process.arg(transport).envs(variables.iter().copied());
    let output = process.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Also where the environment looks like that of a CGI program.
#[test]
fn the_environments_proxy_is_used_unless_the_settings_say_otherwise() {
    for transport in ["reqwest", "hyper"] {
        let (url, seen) = refusing_proxy();
        let variables = [("HTTPS_PROXY", url.as_str()), ("REQUEST_METHOD", "GET")];
        let expected = "by the environment: proxy_refused\npast it: connect\n";
        assert_eq!(printed(transport, &variables), expected, "{transport}");
        let head = seen.join().unwrap().to_lowercase();
        assert!(head.starts_with("connect 0.0.0.0:1 http/1.1"), "{head}");
    }
}

#[test]
fn a_proxy_that_cannot_be_used_is_an_error_and_can_be_left_out() {
    for transport in ["reqwest", "hyper"] {
        for url in [
            "https://127.0.0.1:1",
            "socks5://127.0.0.1:1",
            "http://127.0.0.1:x",
        ] {
            let printed = printed(transport, &[("HTTPS_PROXY", url)]);
            assert!(printed.starts_with("refused: "), "{transport}: {printed}");
            assert!(
                printed.ends_with("past it: connect\n"),
                "{transport}: {printed}"
            );
        }
    }
}
