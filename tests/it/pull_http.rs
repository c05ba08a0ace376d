//! Pulls by HTTP from servers that behave, and from such as do not.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rogatory::pull::PullReport;
use tempfile::TempDir;

use crate::memory::{Memory, SECRET};
use crate::servers::certificates::{Authority, Validity};
use crate::servers::free_port;
use crate::servers::nginx::Nginx;
use crate::servers::raw::{RawServer, says, trickles};

/// Pulls by a definition without `kind`; after `limits:` come limits of its own.
fn pulls(memory: &Memory, project: &Path, definition: &str) -> PullReport {
    let (base, limits) = definition.split_once("limits:").unwrap_or((definition, "attempts = 1"));
    let text = format!("kind = \"http\"\n{base}\n[limits]\nconnect_timeout = 2\nidle_timeout = 1\n{limits}\n");
    memory.pulls(project, &text)
}

/// The report of a pull into an empty memory.
fn pulled(definition: &str) -> PullReport {
    pulls(&Memory::default(), TempDir::new().unwrap().path(), definition)
}

/// The reason for which a pull failed.
#[track_caller]
fn failure(definition: &str) -> String {
    let report = pulled(definition);
    assert_eq!((report.fetched.len(), report.failed.len()), (0, 1), "{report:?}");
    report.failed[0].1.clone()
}

fn response(head: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nConnection: close\r\n{head}\r\n\r\n{body}")
}

fn whole(body: &str) -> String {
    response(&format!("Content-Length: {}", body.len()), body)
}

/// A login by a secret in a file of the folder.
fn with_secret(folder: &Path) -> String {
    fs::write(folder.join("secret"), format!("{SECRET}\n")).unwrap();
    format!(
        "login = {{ bearer = {{ file = \"{}\" }} }}",
        folder.join("secret").display()
    )
}

#[test]
fn the_body_comes_as_it_is_and_the_period_is_filled_in() {
    let server = RawServer::start(vec![says(whole("a;b\r\n1;\u{219}\r\n"))]);
    let memory = Memory::default();
    let folder = TempDir::new().unwrap();
    let definition = format!(
        "url = \"{}\"\nname = \"requests_{{to}}.csv\"\nquery = {{ from = \"{{from}}\" }}",
        server.url("/export")
    );
    let report = pulls(&memory, folder.path(), &definition);
    assert_eq!(report.fetched, ["requests_2025-12-31.csv"]);
    assert_eq!(memory.last_body(), "a;b\r\n1;\u{219}\r\n".as_bytes());
    let asked = server.asked().remove(0);
    assert!(asked.starts_with("get /export?from=2025-01-01 http/1.1"), "{asked}");
    assert!(asked.contains("accept-encoding: identity"), "{asked}");
}

#[test]
fn nginx_says_what_is_as_it_was_and_logins_are_checked() {
    if !Nginx::available() {
        return;
    }
    let folder = TempDir::new().unwrap();
    // The hash of the password `s3cr3t-t0ken`, as plain text: nginx takes {PLAIN}.
    fs::write(folder.path().join("users"), format!("office:{{PLAIN}}{SECRET}\n")).unwrap();
    let directives = "location /open { } location / { auth_basic x; auth_basic_user_file {folder}/users; }";
    let server = Nginx::start(folder, "", directives);
    server.puts("a.csv", "one");
    let project = TempDir::new().unwrap();
    fs::write(project.path().join("right"), SECRET).unwrap();
    fs::write(project.path().join("wrong"), "guess").unwrap();
    let definition = |file: &str| {
        let login = format!("login = {{ basic = {{ user = \"office\", password = {{ file = \"{file}\" }} }} }}");
        format!("url = \"http://127.0.0.1:{}/a.csv\"\n{login}", server.port)
    };
    let memory = Memory::default();
    let refused = pulls(&memory, project.path(), &definition("wrong"));
    assert!(refused.failed[0].1.contains("401"), "{refused:?}");
    assert_eq!(pulls(&memory, project.path(), &definition("right")).fetched, ["a.csv"]);
    assert_eq!(
        pulls(&memory, project.path(), &definition("right")).unchanged,
        ["a.csv"]
    );
    server.puts("a.csv", "other");
    assert_eq!(pulls(&memory, project.path(), &definition("right")).fetched, ["a.csv"]);
    assert_eq!(memory.last_body(), b"other");
    let missing = pulls(&memory, project.path(), &definition("nowhere"));
    assert!(missing.failed[0].1.contains("secret file"), "{missing:?}");
}

#[test]
fn certificates_are_checked_on_both_sides() {
    if !Nginx::available() {
        return;
    }
    let project = TempDir::new().unwrap();
    let authority = Authority::new(project.path(), "authority");
    let stranger = Authority::new(project.path(), "stranger");
    let serve = |host: &str, validity, more: &str| {
        let folder = TempDir::new().unwrap();
        let (certificate, key) = authority.certify(host, validity);
        fs::write(folder.path().join("server.pem"), certificate).unwrap();
        fs::write(folder.path().join("server.key"), key).unwrap();
        let directives =
            format!("ssl_certificate {{folder}}/server.pem; ssl_certificate_key {{folder}}/server.key; {more}");
        let server = Nginx::start(folder, "ssl", &directives);
        server.puts("a.csv", "one");
        server
    };
    let definition = |server: &Nginx, ca: &str, more: &str| {
        format!(
            "url = \"https://localhost:{}/a.csv\"\nca = \"{ca}\"\n{more}",
            server.port
        )
    };
    let pulled = |definition: &str| pulls(&Memory::default(), project.path(), definition);
    let good = serve("localhost", Validity::Now, "");
    assert_eq!(pulled(&definition(&good, "authority.pem", "")).fetched, ["a.csv"]);
    let expired = serve("localhost", Validity::Past, "");
    let other = serve("elsewhere", Validity::Now, "");
    for (server, ca, expected) in [
        (&good, "stranger.pem", "certificate"),
        (&expired, "authority.pem", "expired"),
        (&other, "authority.pem", "not valid for name"),
    ] {
        let report = pulled(&definition(server, ca, "limits:attempts = 5"));
        assert!(report.failed[0].1.contains(expected), "{report:?}");
    }
    let demand = format!(
        "ssl_client_certificate {}; ssl_verify_client on;",
        authority.pem.display()
    );
    let strict = serve("localhost", Validity::Now, &demand);
    let report = pulled(&definition(&strict, "authority.pem", ""));
    assert!(report.failed[0].1.contains("400"), "{report:?}");
    for (issuer, file, fetched) in [(&authority, "client.pem", 1), (&stranger, "other.pem", 0)] {
        let (certificate, key) = issuer.certify("office", Validity::Now);
        fs::write(project.path().join(file), format!("{certificate}{key}")).unwrap();
        let shows = format!("client_certificate = {{ file = \"{file}\" }}");
        let report = pulled(&definition(&strict, "authority.pem", &shows));
        assert_eq!(report.fetched.len(), fetched, "{report:?}");
    }
}

#[test]
fn answers_that_refuse_say_what_to_do() {
    for (status, expected) in [
        ("401 Unauthorized", "check the secret"),
        ("403 Forbidden", "ask the agency to allow"),
        ("404 Not Found", "check `url`"),
        ("302 Found\r\nLocation: ftp://127.0.0.1/", "redirects from http to ftp"),
    ] {
        let server = RawServer::start(vec![says(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"))]);
        let message = failure(&format!("url = \"{}\"\nlimits:attempts = 4", server.url("/a.csv")));
        assert!(message.contains(expected), "{status}: {message}");
        assert_eq!(server.asked().len(), 1, "{status} is asked once");
    }
    let message = failure(&format!("url = \"http://127.0.0.1:{}/a.csv\"", free_port()));
    assert!(message.contains("no connection"), "{message}");
}

#[test]
fn what_may_pass_is_tried_again_as_the_server_asks() {
    for status in [
        "429 Too Many Requests",
        "503 Service Unavailable",
        "500 Internal Server Error",
    ] {
        let busy = format!("HTTP/1.1 {status}\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let server = RawServer::start(vec![says(busy.clone()), says(busy), says(whole("now"))]);
        let report = pulled(&format!("url = \"{}\"\nlimits:attempts = 3", server.url("/a.csv")));
        assert_eq!(report.fetched, ["a.csv"], "{report:?}");
        assert_eq!(server.asked().len(), 3);
    }
    let late = "HTTP/1.1 503 Busy\r\nRetry-After: 9999\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let server = RawServer::start(vec![says(late)]);
    let message = failure(&format!(
        "url = \"{}\"\nlimits:attempts = 3\ntotal_timeout = 5",
        server.url("/a.csv")
    ));
    assert!(message.contains("503"), "{message}");
    assert_eq!(server.asked().len(), 1, "what is to be waited for too long is left");
}

#[test]
fn a_body_that_breaks_off_is_resumed_where_the_version_is_the_same() {
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\n";
    let rest = "HTTP/1.1 206 Partial Content\r\nConnection: close\r\nETag: \"v1\"\r\nContent-Length: 6\r\nContent-Range: bytes 4-9/10\r\n\r\n456789";
    let server = RawServer::start(vec![says(format!("{head}0123")), says(rest)]);
    let memory = Memory::default();
    let folder = TempDir::new().unwrap();
    let definition = format!("url = \"{}\"\nlimits:attempts = 3", server.url("/a.csv"));
    assert_eq!(pulls(&memory, folder.path(), &definition).fetched, ["a.csv"]);
    assert_eq!(memory.last_body(), b"0123456789");
    let second = server.asked().remove(1);
    assert!(
        second.contains("range: bytes=4-") && second.contains("if-range: \"v1\""),
        "{second}"
    );
}

#[test]
fn a_file_that_changes_during_the_download_is_fetched_anew() {
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\n";
    let changed = response("ETag: \"v2\"\r\nContent-Length: 5", "other");
    let wrong = "HTTP/1.1 206 Partial Content\r\nConnection: close\r\nETag: \"v2\"\r\nContent-Length: 3\r\nContent-Range: bytes 4-6/7\r\n\r\nxyz";
    for answers in [
        vec![says(format!("{head}0123")), says(changed.clone())],
        vec![says(format!("{head}0123")), says(wrong), says(changed)],
    ] {
        let server = RawServer::start(answers);
        let memory = Memory::default();
        let folder = TempDir::new().unwrap();
        let definition = format!("url = \"{}\"\nlimits:attempts = 4", server.url("/a.csv"));
        assert_eq!(pulls(&memory, folder.path(), &definition).fetched, ["a.csv"]);
        assert_eq!(memory.last_body(), b"other");
    }
}

#[test]
fn cut_bodies_wrong_lengths_and_trickles_are_no_exports() {
    let cut = RawServer::start(vec![says(response("Content-Length: 10", "0123"))]);
    let chunked = RawServer::start(vec![says(response("Transfer-Encoding: chunked", "4\r\n0123\r\n"))]);
    let silent = RawServer::start(vec![trickles("", "HTTP/1.1 200 OK\r\n", Duration::from_secs(3))]);
    for (server, expected) in [
        (&cut, "broke off"),
        (&chunked, "broke off"),
        (&silent, "nothing arrived"),
    ] {
        let message = failure(&format!("url = \"{}\"", server.url("/a.csv")));
        assert!(message.contains(expected), "{message}");
    }
    let body = "x".repeat(1000);
    let slow = RawServer::start(vec![trickles(
        &response("Content-Length: 1000", ""),
        &body,
        Duration::from_millis(50),
    )]);
    let message = failure(&format!(
        "url = \"{}\"\nlimits:attempts = 1\ntotal_timeout = 2",
        slow.url("/a.csv")
    ));
    assert!(message.contains("not whole after 2 seconds"), "{message}");
    let long = RawServer::start(vec![says(response("Content-Length: 4", "0123456789"))]);
    let memory = Memory::default();
    let folder = TempDir::new().unwrap();
    pulls(&memory, folder.path(), &format!("url = \"{}\"", long.url("/a.csv")));
    assert_eq!(
        memory.last_body(),
        b"0123",
        "what comes after the announced length is no part of it"
    );
}

#[test]
fn an_export_over_the_limit_is_refused_announced_or_not() {
    for head in ["Content-Length: 100", "X-Nothing: 1"] {
        let server = RawServer::start(vec![says(response(head, &"x".repeat(100)))]);
        let message = failure(&format!(
            "url = \"{}\"\nlimits:attempts = 3\nsize_limit = 99",
            server.url("/a.csv")
        ));
        assert!(
            message.contains("99 bytes") && message.contains("limits.size_limit"),
            "{message}"
        );
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn credentials_stay_with_the_host_of_the_definition() {
    let other = RawServer::start(vec![says(whole("one"))]);
    let redirect = format!(
        "HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        other.url("/moved.csv")
    );
    let server = RawServer::start(vec![says(redirect)]);
    let folder = TempDir::new().unwrap();
    let memory = Memory::default();
    let definition = format!(
        "url = \"{}\"\n{}\nheaders = {{ X-Office = \"desk\" }}",
        server.url("/a.csv"),
        with_secret(folder.path())
    );
    assert_eq!(pulls(&memory, folder.path(), &definition).fetched, ["a.csv"]);
    assert!(server.asked()[0].contains(&format!("authorization: bearer {SECRET}")));
    assert!(server.asked()[0].contains("x-office: desk"));
    let seen = other.asked().remove(0);
    assert!(!seen.contains("authorization") && !seen.contains("x-office"), "{seen}");

    let around = RawServer::start(vec![says(
        "HTTP/1.1 302 Found\r\nLocation: /a.csv\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    )]);
    let message = failure(&format!("url = \"{}\"", around.url("/a.csv")));
    assert!(message.contains("redirects again and again"), "{message}");
}

#[test]
fn pages_become_one_array_and_must_end() {
    let page = |next: &str, row: u32| says(whole(&format!("{{\"data\": [{{\"n\": {row}}}], \"next\": {next}}}")));
    let server = RawServer::start(vec![
        page("\"/list?page=2\"", 1),
        page("\"?page=3\"", 2),
        page("null", 3),
    ]);
    let folder = TempDir::new().unwrap();
    let memory = Memory::default();
    let definition = |server: &RawServer| {
        format!(
            "url = \"{}\"\nname = \"a.json\"\nnext = \"/next\"\n{}",
            server.url("/list"),
            with_secret(folder.path())
        )
    };
    assert_eq!(pulls(&memory, folder.path(), &definition(&server)).fetched, ["a.json"]);
    let pages: serde_json::Value = serde_json::from_slice(&memory.last_body()).unwrap();
    let rows: Vec<_> = pages
        .as_array()
        .unwrap()
        .iter()
        .map(|page| page["data"][0]["n"].as_u64())
        .collect();
    assert_eq!(rows, [Some(1), Some(2), Some(3)]);
    assert!(server.asked()[2].starts_with("get /list?page=3 "));

    let endless = RawServer::start(vec![page("\"/list\"", 1)]);
    let report = pulls(&memory, folder.path(), &definition(&endless));
    assert!(report.failed[0].1.contains("without end"), "{report:?}");
    let text = RawServer::start(vec![says(whole("<html>"))]);
    let report = pulls(&memory, folder.path(), &definition(&text));
    assert!(report.failed[0].1.contains("no JSON"), "{report:?}");
}
