//! Sets of fields to write, each left out, null, or a value.

/// Declares a set of fields: a setter for each, and what all sets have in common. The values stand in a JSON object,
/// since absent and null differ there as they do for the tenant.
macro_rules! field_set {
    ($set:ident, $what:literal; $($(#[$docs:meta])* $method:ident: $ty:ty => $name:literal;)*) => {
        impl $set {
            /// Every field, as the API spells it.
            pub const NAMES: &[&str] = &[$($name),*];

            $($(#[$docs])*
            pub fn $method(self, value: impl Into<$crate::Input<$ty>>) -> Self {
                self.with($name, value.into())
            })*

            /// No fields yet.
            pub fn new() -> Self {
                Self::default()
            }

            /// Reads fields from JSON, by the API's names.
            ///
            /// # Errors
            /// If a name is none that can be written; the text says which. Types are the tenant's to check.
            pub fn from_json(fields: serde_json::Map<String, serde_json::Value>) -> Result<Self, $crate::Error> {
                match fields.keys().find(|name| !Self::NAMES.contains(&name.as_str())) {
                    Some(unknown) => {
                        Err($crate::Error::settings(format!("`{unknown}` is no field that can be written of {}", $what)))
                    }
                    None => Ok(Self(fields)),
                }
            }

            /// The fields as JSON, by the API's names.
            pub fn as_json(&self) -> &serde_json::Map<String, serde_json::Value> {
                &self.0
            }

            /// The names of the fields that are written, in the order of names.
            pub fn names(&self) -> impl Iterator<Item = &str> {
                self.0.keys().map(String::as_str)
            }

            /// Whether there is nothing to write.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }

            fn with<T: serde::Serialize>(mut self, name: &str, value: $crate::Input<T>) -> Self {
                match serde_json::to_value(&value) {
                    _ if value.is_absent() => _ = self.0.remove(name),
                    Ok(value) => _ = self.0.insert(name.to_owned(), value),
                    // No type of a field fails to become JSON.
                    Err(_) => {}
                }
                self
            }
        }

        /// Shows which fields there are: values are personal, and may be secret.
        impl std::fmt::Debug for $set {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_set().entries(self.0.keys()).finish()
            }
        }
    };
}

pub(crate) use field_set;
