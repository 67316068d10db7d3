//! Redirects within a tenant: the status-code page says to follow `Location`.

use url::Url;

use crate::transport::{HttpResponse, Request};

/// How many redirects of one call are followed.
pub(super) const MOST: u32 = 5;

/// The request that a redirect leads to: the same one at another path of the same host. Only reads are followed, since a
/// redirected write may lose its body, and never to another host, which would get the key.
pub(super) fn follow(request: &Request, response: &HttpResponse) -> Option<Request> {
    if request.method != "GET" || !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let from = Url::parse(&request.url).ok()?;
    let mut to = from.join(response.header("location")?.trim()).ok()?;
    if to.origin() != from.origin() || !to.username().is_empty() || to.password().is_some() {
        return None;
    }
    to.set_fragment(None);
    // A location without a query leads to the same resource under another path, so the query is kept: it has the page,
    // and the key if it is placed there.
    if to.query().is_none() {
        to.set_query(from.query());
    }
    (to != from).then(|| Request { url: to.to_string(), ..request.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &'static str) -> Request {
        Request { method, url: "https://acme.example/a?page=2".to_owned(), headers: Vec::new(), body: String::new() }
    }

    fn led(method: &'static str, status: u16, location: &str) -> Option<String> {
        let response = HttpResponse::new(status, "", "").with_header("location", location);
        follow(&request(method), &response).map(|request| request.url)
    }

    #[test]
    fn a_read_is_followed_within_the_tenant() {
        for status in [301, 302, 303, 307, 308] {
            assert_eq!(led("GET", status, "/b/").as_deref(), Some("https://acme.example/b/?page=2"), "{status}");
        }
        assert_eq!(led("GET", 301, "b").as_deref(), Some("https://acme.example/b?page=2"));
        assert_eq!(led("GET", 301, "https://acme.example/c?d=1#e").as_deref(), Some("https://acme.example/c?d=1"));
    }

    #[test]
    fn the_key_is_not_sent_elsewhere_and_a_write_is_not_repeated() {
        for elsewhere in
            ["https://other.example/a", "http://acme.example/a", "https://acme.example:8443/a", "//other.example/"]
        {
            assert_eq!(led("GET", 302, elsewhere), None, "{elsewhere}");
        }
        assert_eq!(led("GET", 302, "https://me:secret@acme.example/b"), None);
        assert_eq!(led("POST", 307, "/b"), None);
        assert_eq!(led("GET", 200, "/b"), None);
        assert_eq!(led("GET", 301, "/a?page=2"), None, "to itself");
    }
}
