//! Enums and unions that accept values unknown to the pinned schema.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error as _, Visitor};
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::scalar::Json;

/// An enum that keeps unknown values.
pub trait OpenEnum: Sized {
    /// The value in the API's spelling.
    fn as_str(&self) -> &str;
    /// Reads a value; any text is valid.
    fn from_text(value: &str) -> Self;
}

/// A union or interface that keeps unknown members.
pub trait OpenUnion: Sized {
    /// Reads the member of this `__typename`.
    fn from_member<E: serde::de::Error>(typename: &str, value: Json) -> Result<Self, E>;
    /// Writes the member with its `__typename`.
    fn to_member<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// Reads the value of an enum, without an allocation if the value is known.
pub fn enum_from<'de, E: OpenEnum, D: Deserializer<'de>>(deserializer: D) -> Result<E, D::Error> {
    deserializer.deserialize_str(EnumVisitor(PhantomData))
}

struct EnumVisitor<E>(PhantomData<E>);

impl<E: OpenEnum> Visitor<'_> for EnumVisitor<E> {
    type Value = E;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<X: serde::de::Error>(self, text: &str) -> Result<E, X> {
        Ok(E::from_text(text))
    }
}

/// Reads a member of a union from its JSON.
pub fn member<T: DeserializeOwned, E: serde::de::Error>(value: Json) -> Result<T, E> {
    T::deserialize(value).map_err(E::custom)
}

/// Writes a member of a union with the `__typename` that reading it needs.
pub fn tagged<T: Serialize, S: Serializer>(typename: &str, member: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let Json::Object(fields) = serde_json::to_value(member).map_err(S::Error::custom)? else {
        return Err(S::Error::custom("a member of a union is an object"));
    };
    let mut map = serializer.serialize_map(Some(fields.len() + 1))?;
    map.serialize_entry("__typename", typename)?;
    for (name, value) in &fields {
        map.serialize_entry(name, value)?;
    }
    map.end()
}

/// Reads a union: the `__typename` first, then the member.
pub fn union_from<'de, U: OpenUnion, D: Deserializer<'de>>(deserializer: D) -> Result<U, D::Error> {
    let value = Json::deserialize(deserializer)?;
    let typename = value.get("__typename").and_then(Json::as_str).map(str::to_owned);
    match typename {
        Some(typename) => U::from_member(&typename, value),
        None => Err(D::Error::missing_field("__typename")),
    }
}

/// Writes a union.
pub fn union_to<U: OpenUnion, S: Serializer>(union: &U, serializer: S) -> Result<S::Ok, S::Error> {
    union.to_member(serializer)
}

#[doc(hidden)]
#[macro_export]
macro_rules! open_enum_traits {
    ($name:ident) => {
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str($crate::runtime::OpenEnum::as_str(self))
            }
        }

        impl $crate::runtime::serde::Serialize for $name {
            fn serialize<S: $crate::runtime::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::runtime::OpenEnum::as_str(self))
            }
        }

        impl<'de> $crate::runtime::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::runtime::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::runtime::enum_from(deserializer)
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! open_union_traits {
    ($name:ident) => {
        impl $crate::runtime::serde::Serialize for $name {
            fn serialize<S: $crate::runtime::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::runtime::union_to(self, serializer)
            }
        }

        impl<'de> $crate::runtime::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::runtime::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::runtime::union_from(deserializer)
            }
        }
    };
}

pub use {open_enum_traits, open_union_traits};
