//! The error of an exchange without a response.

use std::error::Error as StdError;
use std::fmt;

use super::ConnectionProblem;

/// The error for a request that got no usable response.
///
/// A service that knows more than "it failed" returns this type, boxed or not. Any other error of a service counts as
/// "the request may have been sent": a write is then not repeated unless it is idempotent.
///
/// ```
/// use thought_industries::transport::TransportError;
///
/// let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
/// let error = TransportError::not_sent("no connection to the tenant", Some(refused.into()));
/// assert!(error.is_not_sent() && !error.is_timeout());
/// ```
#[derive(Debug)]
pub struct TransportError {
    message: String,
    is_timeout: bool,
    is_not_sent: bool,
    is_permanent: bool,
    problem: Option<ConnectionProblem>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl TransportError {
    /// No response, and the reason. The request may have been carried out.
    pub fn new(message: impl Into<String>, source: Option<Box<dyn StdError + Send + Sync>>) -> Self {
        let (is_timeout, is_not_sent, is_permanent) = (false, false, false);
        Self { message: message.into(), is_timeout, is_not_sent, is_permanent, problem: None, source }
    }

    /// A response arrived but was rejected, with the reason: the same request would get it again.
    pub fn permanent(message: impl Into<String>) -> Self {
        Self { is_permanent: true, ..Self::new(message, None) }
    }

    /// The request did not reach the tenant, with the reason: there was no connection. It is retried, also if it writes.
    pub fn not_sent(message: impl Into<String>, source: Option<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { is_not_sent: true, ..Self::new(message, source) }
    }

    /// There is no connection, for a reason that is known. It is retried if the problem may pass.
    ///
    /// ```
    /// use thought_industries::ConnectionProblem;
    /// use thought_industries::transport::TransportError;
    ///
    /// let error = TransportError::no_connection(ConnectionProblem::WrongName, "the certificate is for `b.example`", None);
    /// assert!(error.is_not_sent() && error.is_permanent());
    /// ```
    pub fn no_connection(
        problem: ConnectionProblem,
        message: impl Into<String>,
        source: Option<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        let is_permanent = problem.is_permanent();
        Self { is_permanent, problem: Some(problem), ..Self::not_sent(message, source) }
    }

    /// No response in time. The request may have been carried out.
    pub fn timeout() -> Self {
        Self { is_timeout: true, ..Self::new("no response in time", None) }
    }

    /// The request was not sent, and would not be the next time either.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self { is_permanent: true, is_not_sent: true, ..Self::new(message, None) }
    }

    /// The same error with other texts.
    pub(super) fn with_texts(self, message: String, source: Option<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { message, source, ..self }
    }

    /// Whether the same request would fail in the same way.
    pub fn is_permanent(&self) -> bool {
        self.is_permanent
    }

    /// Why there is no connection, if that is known.
    pub fn problem(&self) -> Option<ConnectionProblem> {
        self.problem
    }

    /// Whether the tenant received nothing of the request.
    pub fn is_not_sent(&self) -> bool {
        self.is_not_sent
    }

    /// Whether the time ran out.
    pub fn is_timeout(&self) -> bool {
        self.is_timeout
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
