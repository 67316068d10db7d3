//! Schemas of endpoints: an imitation of a server that shares nothing with the client.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

const SCHEMA: &str = r#"{"data":{"__schema":{"queryType":{"name":"Query"},"types":[{"kind":"OBJECT","name":"Query","fields":[{"name":"a","args":[],"type":{"kind":"SCALAR","name":"Int"}}]}]}}}"#;

/// A server that answers each request with the next response, and reports the request: its head and its body.
fn serve(responses: Vec<String>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, requests) = channel();
    thread::spawn(move || {
        for response in responses {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a line");
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a length");
                }
                if line.trim().is_empty() {
                    break;
                }
                head += &line;
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            sender.send(head + &String::from_utf8_lossy(&body)).expect("the test waits");
            stream.write_all(response.as_bytes()).expect("sent");
        }
    });
    (address, requests)
}

fn response(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn drift(arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.graphql"), "type Query { a: Int b: Int }").expect("written");
    std::fs::write(folder.path().join("q.graphql"), "query Q { b }").expect("written");
    std::fs::write(folder.path().join("headers"), "# a comment\n\nAuthorization: Bearer s3cret\nx-api-key: s3cret\n")
        .expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_graphql-drift"))
        .current_dir(folder.path())
        .args(arguments)
        .env("RUST_LOG", "trace")
        .output()
        .expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_schema_of_an_endpoint_is_compared_and_its_key_is_never_printed() {
    let fine = response("200 OK", "", SCHEMA);
    let (address, requests) = serve(vec![fine.clone(), fine.clone(), fine.clone(), fine]);
    let url = format!("{}/graphql?key=s3cret", address.replace("http://", "http://user:s3cret@"));
    let (code, text, error) = drift(&["diff", "a.graphql", &url, "--header", "@headers", "--header", "x-more: s3cret"]);
    assert_eq!(code, Some(1), "{error}");
    assert!(text.starts_with(&format!("a.graphql → {address}/graphql\n")), "{text}");
    assert!(text.contains("`Query.b` was removed") && !text.contains("s3cret") && !error.contains("s3cret"), "{text}");
    for request in requests.iter().take(2) {
        assert!(request.starts_with("POST /graphql?key=s3cret "), "{request}");
        for header in
            ["authorization: bearer s3cret", "x-api-key: s3cret", "x-more: s3cret", "content-type: application/json"]
        {
            assert!(request.to_lowercase().contains(header), "{header}: {request}");
        }
    }
    let (code, text, _) = drift(&["validate", &address, "--operations", "q.graphql"]);
    assert_eq!((code, text.as_str()), (Some(1), "q.graphql:1:11: type `Query` has no field `b` (did you mean `a`?)\n"));
}

#[test]
fn what_is_no_schema_is_an_error_that_says_why() {
    let refused = r#"{"errors":[{"message":"introspection is off"}]}"#;
    for (answer, reason) in [
        (response("200 OK", "", "<html>"), "not an introspection result"),
        (response("400 Bad Request", "", refused), "refused introspection: introspection is off"),
        (response("401 Unauthorized", "", "{}"), "it responds with HTTP 401 Unauthorized"),
        (response("302 Found", "location: https://s3cret.example/\r\n", ""), "it redirects (HTTP 302 Found)"),
        (String::new(), "error sending request"),
        (response("200 OK", "", "{\"data\":null}"), "not an introspection result"),
    ] {
        let (address, _requests) = serve(vec![answer]);
        let (code, text, error) = drift(&["print", &format!("{address}/g?key=s3cret")]);
        assert_eq!((code, text.as_str()), (Some(2), ""), "{error}");
        assert!(
            error.contains(&format!("cannot read the schema of {address}/g: ")) && error.contains(reason),
            "{reason}: {error}"
        );
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[test]
fn a_key_is_not_sent_without_encryption() {
    let (code, _, error) = drift(&["print", "http://192.0.2.1/graphql", "--header", "Authorization: s3cret"]);
    assert!(code == Some(2) && error.contains("would be sent without encryption"), "{error}");
    let (code, _, error) = drift(&["print", "http://192.0.2.1/graphql", "--header", "s3cret"]);
    assert!(code == Some(2) && error.contains("`NAME: VALUE`"), "{error}");
}
