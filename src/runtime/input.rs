//! Inputs with three states.

use serde::{Serialize, Serializer};

/// An optional input: absent, null, or a value. A tenant treats the three differently: an absent field stays unchanged,
/// null clears it.
///
/// ```
/// use thought_industries::Input;
///
/// assert!(Input::<String>::default().is_absent());
/// assert_eq!(Input::from("admin".to_owned()), Input::Value("admin".to_owned()));
/// let page: Input<i64> = None.into();
/// assert_eq!(page, Input::Absent);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Input<T> {
    /// Not sent.
    #[default]
    Absent,
    /// Sent as null.
    Null,
    /// Sent as this value.
    Value(T),
}

impl<T> Input<T> {
    /// Whether it is not sent.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<T> From<T> for Input<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl From<&str> for Input<String> {
    fn from(text: &str) -> Self {
        Self::Value(text.to_owned())
    }
}

/// `None` is absent; null must be explicit, as [`Input::Null`].
impl<T> From<Option<T>> for Input<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Value)
    }
}

impl<T: Serialize> Serialize for Input<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Absent | Self::Null => serializer.serialize_none(),
        }
    }
}
