//! Headers for the request to an endpoint.

use std::fmt;
use std::str::FromStr;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::failure::Failure;

/// A header, or a file of headers. Its value is never printed.
#[derive(Clone)]
pub struct Header(Given);

#[derive(Clone)]
enum Given {
    One(HeaderName, HeaderValue),
    File(String),
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Given::One(name, _) => write!(f, "Header({name})"),
            Given::File(path) => write!(f, "Header(@{path})"),
        }
    }
}

impl FromStr for Header {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix('@') {
            return Ok(Self(Given::File(path.to_owned())));
        }
        let (name, value) = one(text)?;
        Ok(Self(Given::One(name, value)))
    }
}

/// Reads `NAME: VALUE`. No error repeats the text, which may be a key.
fn one(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("a header has the form `NAME: VALUE`")?;
    let name = name.trim().parse().map_err(|_| "the name of a header has a character that names cannot have")?;
    let value = value.trim().parse::<HeaderValue>().ok().filter(|value| !value.is_empty());
    let mut value = value.ok_or_else(|| {
        format!("the value of the header `{name}` is empty or has a character that headers cannot have")
    })?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// All headers. A file has one on each line; blank lines and those that begin with `#` are skipped.
pub(crate) fn all(given: &[Header]) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for header in given {
        match &header.0 {
            Given::One(name, value) => _ = headers.append(name, value.clone()),
            Given::File(path) => {
                let help = "name a file with a header on each line: `NAME: VALUE`";
                let text = std::fs::read_to_string(path)
                    .map_err(|error| Failure::new(format!("cannot read the headers in {path}: {error}"), help))?;
                for (index, line) in text.lines().enumerate() {
                    if line.trim().is_empty() || line.starts_with('#') {
                        continue;
                    }
                    let (name, value) =
                        one(line).map_err(|error| Failure::new(format!("{path}:{}: {error}", index + 1), help))?;
                    headers.append(name, value);
                }
            }
        }
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::Header;

    #[test]
    fn no_value_is_printed() {
        let header: Header = "Authorization: Bearer s3cret".parse().expect("a header");
        assert_eq!(format!("{header:?}"), "Header(authorization)");
        for wrong in ["s3cret", "s3 cret: x", "x: s3cret\u{1}", ": s3cret", "x:"] {
            let error = wrong.parse::<Header>().expect_err(wrong);
            assert!(!error.contains("s3"), "{error}");
        }
    }
}
