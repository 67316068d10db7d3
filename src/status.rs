//! Whether an account is active.

/// Whether a user or a client may sign in.
///
/// ```
/// use thought_industries::UserStatus;
///
/// assert_eq!(UserStatus::Disabled.as_str(), "disabled");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserStatus {
    /// Sign-in is allowed.
    Active,
    /// Sign-in is refused; history and licenses are kept.
    Disabled,
}

impl UserStatus {
    /// The API's name of the status.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}
