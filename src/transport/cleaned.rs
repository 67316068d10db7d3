//! Errors of a service, without the secrets of the request that they are about.

use std::error::Error as StdError;
use std::fmt;

use url::Url;

use super::{BoxError, Request, TransportError};

/// The texts of a request that no error may show: the key, and what its URL says about a user.
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    pub(super) fn of(request: &Request) -> Self {
        let mut secrets = vec![request.url.clone()];
        if let Ok(url) = Url::parse(&request.url) {
            secrets.extend(url.query().map(str::to_owned));
            secrets.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
            secrets.push(url.path().to_owned());
        }
        let sensitive = request.headers.iter().filter(|header| header.is_sensitive);
        secrets.extend(sensitive.map(|header| header.value.trim_start_matches("Bearer ").to_owned()));
        // A short value, such as a page number, is no secret, and removing it would garble the message.
        secrets.retain(|secret| secret.len() > 3);
        Self(secrets)
    }

    /// The error as one of this crate.
    pub(super) fn clean(&self, error: BoxError) -> TransportError {
        let error = match error.downcast::<TransportError>() {
            Ok(own) => *own,
            Err(other) => TransportError::new("the connection broke", Some(other)),
        };
        if !self.is_in(&error) {
            return error;
        }
        let message = self.without(&error.to_string());
        let source = error.source().map(|source| Box::new(self.cause(source)) as BoxError);
        error.with_texts(message, source)
    }

    fn is_in(&self, error: &(dyn StdError + 'static)) -> bool {
        let shows = |text: String| self.0.iter().any(|secret| text.contains(secret));
        shows(error.to_string()) || shows(format!("{error:?}")) || error.source().is_some_and(|cause| self.is_in(cause))
    }

    fn without(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
    }

    fn cause(&self, error: &(dyn StdError + 'static)) -> Cause {
        let source = error.source().map(|source| Box::new(self.cause(source)));
        Cause { message: self.without(&error.to_string()), source }
    }
}

/// The text of an error that showed a secret, without it.
struct Cause {
    message: String,
    source: Option<Box<Cause>>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Header;

    #[test]
    fn an_error_of_a_service_loses_what_is_secret_and_keeps_what_it_means() {
        let header = Header { name: "authorization", value: "Bearer planted-key".to_owned(), is_sensitive: true };
        let url = "https://acme.example/incoming/v2/users/ada%40example.com?apiKey=other-key&page=2".to_owned();
        let secrets = Secrets::of(&Request { method: "GET", url, headers: vec![header], body: String::new() });
        let texts = [
            "no route to https://acme.example/incoming/v2/users/ada%40example.com?apiKey=other-key&page=2",
            "GET /incoming/v2/users/ada%40example.com failed",
            "rejected planted-key",
            "rejected other-key",
        ];
        for text in texts {
            let cause = TransportError::new("below", Some(text.into()));
            let error = secrets.clean(Box::new(TransportError::not_sent(text, Some(Box::new(cause)))));
            assert!(error.is_not_sent());
            let below = error.source().expect("a source");
            let shown = format!("{error} {error:?} {below} {below:?} {:?}", below.source().map(ToString::to_string));
            for secret in ["planted-key", "other-key", "ada"] {
                assert!(!shown.contains(secret), "{shown}");
            }
            assert_eq!(below.to_string(), "below");
        }
        let plain = secrets.clean("page 2 is broken".into());
        assert!(plain.source().is_some_and(|source| source.to_string() == "page 2 is broken"), "{plain:?}");
        assert_eq!(plain.to_string(), "the connection broke");
    }
}
