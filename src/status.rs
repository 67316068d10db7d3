//! Whether an account is active.

/// Whether a user or a client may log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    /// Logging in is allowed.
    Active,
    /// Logging in is refused; history and licenses are kept.
    Disabled,
}

impl UserStatus {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}
