//! The location of a schema.

use std::path::PathBuf;
use std::str::FromStr;

use reqwest::Url;

/// The location of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// On standard input: `-`.
    Stdin,
    /// In a file.
    File(PathBuf),
    /// In a revision of the repository: `git:REV:PATH`.
    Revision {
        /// The revision.
        revision: String,
        /// The path from the root of the repository, or from the current folder if it begins with `./`.
        path: String,
    },
    /// A GraphQL endpoint: `https://…`.
    Endpoint(Url),
}

impl Place {
    /// Its name in reports. That of an endpoint has no query and no password, which may be keys.
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "standard input".to_owned(),
            Self::File(path) => path.display().to_string(),
            Self::Revision { revision, path } => format!("git:{revision}:{path}"),
            Self::Endpoint(url) => {
                let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
                format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
            }
        }
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "-" {
            return Ok(Self::Stdin);
        }
        if text.starts_with("https://") || text.starts_with("http://") {
            // The error of the parser does not repeat the text.
            return text.parse().map(Self::Endpoint).map_err(|error| format!("not a URL: {error}"));
        }
        let revision = text.strip_prefix("git:").and_then(|rest| rest.split_once(':'));
        Ok(match revision {
            Some((revision, path)) => Self::Revision { revision: revision.to_owned(), path: path.to_owned() },
            None => Self::File(PathBuf::from(text)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_place_is_named_without_keys() {
        for (text, name) in [
            ("-", "standard input"),
            ("a/b.graphql", "a/b.graphql"),
            ("git:HEAD~1:a b.graphql", "git:HEAD~1:a b.graphql"),
            ("git:HEAD", "git:HEAD"),
            ("https://ada:secret@api.example.com:8443/graphql?key=secret#x", "https://api.example.com:8443/graphql"),
            ("http://[::1]:3000", "http://[::1]:3000/"),
        ] {
            assert_eq!(text.parse::<Place>().expect(text).name(), name);
        }
        let error = "https://secret@".parse::<Place>().expect_err("no host");
        assert!(error.starts_with("not a URL") && !error.contains("secret"), "{error}");
    }
}
