//! Why there is no connection: the problem that an error and its causes show, and what to do about it.

use std::error::Error as StdError;
use std::io;

/// Why there is no connection to a tenant, as far as its error shows: see
/// [`Error::connection_problem`](crate::Error::connection_problem). Nothing was sent.
///
/// ```
/// use thought_industries::ConnectionProblem;
///
/// assert!(ConnectionProblem::UnknownIssuer.help().contains("SSL_CERT_FILE"));
/// assert!(ConnectionProblem::UnknownIssuer.is_permanent());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionProblem {
    /// The certificate has an issuer that this machine does not trust.
    UnknownIssuer,
    /// The certificate is for other names.
    WrongName,
    /// The certificate has expired, by the clock of this machine.
    Expired,
    /// The certificate is not valid yet, by the clock of this machine.
    NotYetValid,
    /// The certificate is not valid for another reason, such as a revocation or a bad signature.
    InvalidCertificate,
    /// What responds on the port does not speak TLS.
    NotTls,
    /// The server refused the TLS handshake: no common version, or it requires a certificate of the client.
    HandshakeRefused,
    /// The name of the tenant's host has no address.
    NameNotFound,
    /// The tenant's host refused the connection.
    Refused,
    /// The proxy refused the connection: it is down, or its address is wrong.
    ProxyRefused,
    /// The proxy could not be reached for another reason.
    ProxyUnreachable,
    /// The proxy requires a user and a password: HTTP 407.
    ProxyAuthentication,
    /// The proxy did not open a tunnel to the tenant: it forbids that, or cannot reach it.
    ProxyDenied,
}

impl ConnectionProblem {
    /// Whether the next attempt would fail in the same way. Such a call is not retried.
    pub fn is_permanent(self) -> bool {
        match self {
            Self::UnknownIssuer
            | Self::WrongName
            | Self::Expired
            | Self::NotYetValid
            | Self::InvalidCertificate
            | Self::NotTls
            | Self::HandshakeRefused
            | Self::ProxyRefused
            | Self::ProxyAuthentication => true,
            // A proxy responds 502 to a tunnel while it cannot reach the tenant.
            Self::NameNotFound | Self::Refused | Self::ProxyUnreachable | Self::ProxyDenied => false,
        }
    }

    /// What to do about it. Where to find more: `docs/network.md`.
    pub fn help(self) -> &'static str {
        match self {
            Self::UnknownIssuer => {
                "if a proxy or scanner of your network replaces certificates, trust its root certificate: on Linux, \
                 SSL_CERT_FILE names a file in PEM with all roots to trust; on macOS and Windows, add it to those of the \
                 system; in a program, `with_root_certificate`"
            }
            Self::WrongName => "check the address of the tenant: a custom domain needs a certificate of its own",
            Self::Expired | Self::NotYetValid => {
                "check the clock of this machine; if it is right, the certificate has to be renewed"
            }
            Self::InvalidCertificate => {
                "check the certificate of the server; a self-signed one of an authority (`CaUsedAsEndEntity`) is refused even \
                 if it is trusted"
            }
            Self::NotTls => "check the port and the address: https needs a server that speaks TLS",
            Self::HandshakeRefused => {
                "the server does not accept TLS 1.2 or 1.3 from here, or requires a client certificate"
            }
            Self::NameNotFound => "check the address of the tenant, and that this machine can resolve names (DNS)",
            Self::Refused => "check the address and the port of the tenant, or try again later",
            Self::ProxyRefused | Self::ProxyUnreachable => {
                "check the address of the proxy in HTTPS_PROXY or ALL_PROXY; NO_PROXY lists hosts to reach without it"
            }
            Self::ProxyAuthentication => {
                "write the user and the password into HTTPS_PROXY: `http://user:password@host:port`"
            }
            Self::ProxyDenied => {
                "the proxy forbids the tenant's host or cannot reach it: ask who runs it, or list the host in NO_PROXY"
            }
        }
    }

    /// What happened, as the end of a sentence about a connection to `host`.
    pub(super) fn describe(self, host: &str) -> String {
        match self {
            Self::UnknownIssuer => {
                format!("the certificate of `{host}` has an issuer that this machine does not trust")
            }
            Self::WrongName => format!("the certificate of `{host}` is for another name"),
            Self::Expired => format!("the certificate of `{host}` has expired"),
            Self::NotYetValid => format!("the certificate of `{host}` is not valid yet"),
            Self::InvalidCertificate => format!("the certificate of `{host}` is not valid"),
            Self::NotTls => format!("`{host}` does not speak TLS on this port"),
            Self::HandshakeRefused => format!("`{host}` refused the TLS handshake"),
            Self::NameNotFound => format!("the name `{host}` was not found (DNS)"),
            Self::Refused => format!("`{host}` refused the connection"),
            Self::ProxyRefused => "the proxy refused the connection".to_owned(),
            Self::ProxyUnreachable => "the proxy cannot be reached".to_owned(),
            Self::ProxyAuthentication => "the proxy requires a user and a password (407)".to_owned(),
            Self::ProxyDenied => format!("the proxy did not open a tunnel to `{host}`"),
        }
    }

    /// The problem that an error of the built-in HTTPS service shows.
    pub(super) fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        let causes = || causes(error);
        let is_refused = || causes().any(|cause| kind(cause) == Some(io::ErrorKind::ConnectionRefused));
        #[cfg(any(feature = "rustls-aws-lc", feature = "rustls-ring"))]
        if let Some(problem) = causes().find_map(|cause| of_rustls(cause.downcast_ref()?)) {
            return Some(problem);
        }
        // The errors of tunnels, of names, and of the platform's TLS have no public type.
        match causes().find_map(|cause| of_text(&cause.to_string()))? {
            Self::ProxyUnreachable if is_refused() => Some(Self::ProxyRefused),
            Self::Refused => is_refused().then_some(Self::Refused),
            problem => Some(problem),
        }
    }
}

/// An error and its causes. An I/O error passes over the one that it wraps.
fn causes<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|wrapped| wrapped as &(dyn StdError + 'static)).or_else(|| error.source())
    })
}

fn kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    error.downcast_ref::<io::Error>().map(io::Error::kind)
}

#[cfg(any(feature = "rustls-aws-lc", feature = "rustls-ring"))]
fn of_rustls(error: &rustls::Error) -> Option<ConnectionProblem> {
    use rustls::{AlertDescription, CertificateError, Error};

    Some(match error {
        Error::InvalidCertificate(reason) => match reason {
            CertificateError::UnknownIssuer => ConnectionProblem::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                ConnectionProblem::WrongName
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => ConnectionProblem::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                ConnectionProblem::NotYetValid
            }
            _ => ConnectionProblem::InvalidCertificate,
        },
        Error::InvalidMessage(_) => ConnectionProblem::NotTls,
        Error::PeerIncompatible(_)
        | Error::AlertReceived(
            AlertDescription::HandshakeFailure
            | AlertDescription::ProtocolVersion
            | AlertDescription::CertificateRequired
            | AlertDescription::UnrecognisedName,
        ) => ConnectionProblem::HandshakeRefused,
        _ => return None,
    })
}

/// The texts of hyper-util's tunnels and connections, and of OpenSSL below `native-tls`.
fn of_text(text: &str) -> Option<ConnectionProblem> {
    const TEXTS: [(&str, ConnectionProblem); 13] = [
        ("tunnel error: proxy authorization required", ConnectionProblem::ProxyAuthentication),
        ("tunnel error: unsuccessful", ConnectionProblem::ProxyDenied),
        ("tunnel error:", ConnectionProblem::ProxyUnreachable),
        ("dns error", ConnectionProblem::NameNotFound),
        ("tcp connect error", ConnectionProblem::Refused),
        ("unable to get local issuer certificate", ConnectionProblem::UnknownIssuer),
        ("unable to verify the first certificate", ConnectionProblem::UnknownIssuer),
        ("self-signed certificate", ConnectionProblem::UnknownIssuer),
        ("self signed certificate", ConnectionProblem::UnknownIssuer),
        ("ostname mismatch", ConnectionProblem::WrongName),
        ("certificate has expired", ConnectionProblem::Expired),
        ("certificate is not yet valid", ConnectionProblem::NotYetValid),
        ("wrong version number", ConnectionProblem::NotTls),
    ];
    TEXTS.iter().find(|(own, _)| text.contains(own)).map(|(_, problem)| *problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::TransportError;

    fn of(texts: &[&str], last: io::Error) -> Option<ConnectionProblem> {
        let innermost: Box<dyn StdError + Send + Sync> = Box::new(last);
        let chain = texts.iter().rev().fold(innermost, |cause, text| Box::new(TransportError::new(*text, Some(cause))));
        ConnectionProblem::of(&*chain)
    }

    #[test]
    fn what_has_no_type_is_known_by_its_text() {
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let other = || io::Error::other("other");
        let tunnel = "tunnel error: failed to create underlying connection";
        for (texts, last, expected) in [
            (&["client error", tunnel, "tcp connect error"][..], refused(), Some(ConnectionProblem::ProxyRefused)),
            (&[tunnel, "dns error"], other(), Some(ConnectionProblem::ProxyUnreachable)),
            (&["tunnel error: unsuccessful"], other(), Some(ConnectionProblem::ProxyDenied)),
            (&["tcp connect error"], refused(), Some(ConnectionProblem::Refused)),
            (&["tcp connect error"], io::Error::from(io::ErrorKind::HostUnreachable), None),
            (&["dns error"], other(), Some(ConnectionProblem::NameNotFound)),
            (
                &["certificate verify failed: (self-signed certificate)"],
                other(),
                Some(ConnectionProblem::UnknownIssuer),
            ),
            (&["certificate verify failed: (certificate has expired)"], other(), Some(ConnectionProblem::Expired)),
            (&["connection reset"], other(), None),
        ] {
            assert_eq!(of(texts, last), expected, "{texts:?}");
        }
    }

    #[cfg(any(feature = "rustls-aws-lc", feature = "rustls-ring"))]
    #[test]
    fn an_error_of_rustls_is_known_by_its_type_also_within_an_io_error() {
        use rustls::CertificateError;

        let error = rustls::Error::InvalidCertificate(CertificateError::Revoked);
        let wrapped = io::Error::new(io::ErrorKind::InvalidData, error);
        assert_eq!(of(&["client error"], wrapped), Some(ConnectionProblem::InvalidCertificate));
    }

    #[test]
    fn each_problem_has_a_description_and_help_in_the_guide() {
        let guide = include_str!("../../docs/network.md");
        for problem in ALL {
            assert!(guide.contains(&problem.describe("HOST")), "docs/network.md lacks: {}", problem.describe("HOST"));
            assert!(!problem.help().is_empty());
        }
    }

    const ALL: [ConnectionProblem; 13] = [
        ConnectionProblem::UnknownIssuer,
        ConnectionProblem::WrongName,
        ConnectionProblem::Expired,
        ConnectionProblem::NotYetValid,
        ConnectionProblem::InvalidCertificate,
        ConnectionProblem::NotTls,
        ConnectionProblem::HandshakeRefused,
        ConnectionProblem::NameNotFound,
        ConnectionProblem::Refused,
        ConnectionProblem::ProxyRefused,
        ConnectionProblem::ProxyUnreachable,
        ConnectionProblem::ProxyAuthentication,
        ConnectionProblem::ProxyDenied,
    ];
}
