//! Keys that a tenant repeats in its responses.

use url::Url;

use crate::transport::{HttpResponse, Request};

/// The largest body that is searched: a message that repeats a key is short.
const SEARCHED: usize = 64 << 10;

/// Takes the key of a request out of the body of its response, so that no message and no report shows it.
pub(super) fn redact(request: &Request, response: &mut HttpResponse) {
    let sensitive = request.headers.iter().filter(|header| header.is_sensitive);
    let in_header = sensitive.map(|header| header.value.trim_start_matches("Bearer ").to_owned()).next();
    let Some(key) = in_header.or_else(|| in_query(&request.url)).filter(|key| !key.is_empty()) else { return };
    if response.body.len() > SEARCHED {
        return;
    }
    if let Ok(text) = std::str::from_utf8(&response.body)
        && text.contains(&key)
    {
        response.body = text.replace(&key, "…").into_bytes();
    }
}

fn in_query(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    url.query_pairs().find(|(name, _)| name == "apiKey").map(|(_, key)| key.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Header;

    #[test]
    fn a_key_that_is_repeated_is_taken_out() {
        let body = r#"{"message":"Invalid key planted-key"}"#;
        let header = |name, value: &str| Header { name, value: value.to_owned(), is_sensitive: true };
        let plain = "https://acme.example/helium";
        for (url, headers) in [
            (plain, vec![header("authorization", "Bearer planted-key")]),
            (plain, vec![header("x-api-key", "planted-key")]),
            ("https://acme.example/helium?apiKey=planted-key", Vec::new()),
        ] {
            let request = Request { method: "GET", url: url.to_owned(), headers, body: String::new() };
            let mut response = HttpResponse::new(401, "application/json", body);
            redact(&request, &mut response);
            assert_eq!(response.body, r#"{"message":"Invalid key …"}"#.as_bytes());
        }
    }
}
