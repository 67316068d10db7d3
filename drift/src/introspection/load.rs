//! From the JSON of an introspection result to a schema.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::schema::{
    Deprecation, DirectiveDefinition, EnumValue, Field, InputValue, Schema, TypeDefinition, TypeKind, TypeRef,
    is_built_in_directive, is_built_in_type,
};
use crate::{LoadError, sdl};

/// Reads the JSON of an introspection result, with or without `data` around it. Types and directives of the
/// specification are left out; every list comes back in the order of names.
///
/// # Errors
/// If it is no introspection result, names something twice, or holds a default value that is no GraphQL literal.
pub fn load(json: &[u8]) -> Result<Schema, LoadError> {
    let raw: RawResult = match parse(json)? {
        Answer::Data(data) => data,
        Answer::Errors(message) => return Err(LoadError::Refused(message)),
    };
    raw.schema.read()
}

/// A GraphQL answer: its data, or the first message of its errors.
pub(super) enum Answer<T> {
    Data(T),
    Errors(String),
}

/// Reads an answer, or bare data as files often hold it.
pub(super) fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<Answer<T>, LoadError> {
    #[derive(Deserialize)]
    #[serde(bound = "T: DeserializeOwned")]
    struct Wrapped<T> {
        data: Option<T>,
        errors: Option<Vec<RawError>>,
    }
    #[derive(Deserialize)]
    struct RawError {
        message: String,
    }
    #[derive(Deserialize)]
    struct Shape {
        data: Option<serde::de::IgnoredAny>,
        errors: Option<serde::de::IgnoredAny>,
    }
    let wrong = |error: serde_json::Error| LoadError::Introspection(error.to_string());
    let shape: Shape = serde_json::from_slice(json).map_err(wrong)?;
    if shape.data.is_none() && shape.errors.is_none() {
        return serde_json::from_slice(json).map(Answer::Data).map_err(wrong);
    }
    let wrapped: Wrapped<T> = serde_json::from_slice(json).map_err(wrong)?;
    match (wrapped.data, wrapped.errors.into_iter().flatten().next()) {
        (Some(data), None) => Ok(Answer::Data(data)),
        (_, Some(error)) => Ok(Answer::Errors(error.message)),
        (None, None) => Err(LoadError::Introspection("its `data` is null".into())),
    }
}

#[derive(Deserialize)]
struct RawResult {
    #[serde(rename = "__schema")]
    schema: RawSchema,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawSchema {
    description: Option<String>,
    query_type: Option<RawName>,
    mutation_type: Option<RawName>,
    subscription_type: Option<RawName>,
    types: Vec<RawType>,
    #[serde(default)]
    directives: Vec<RawDirective>,
}

#[derive(Deserialize)]
struct RawName {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawType {
    kind: String,
    name: String,
    description: Option<String>,
    fields: Option<Vec<RawField>>,
    input_fields: Option<Vec<RawInputValue>>,
    interfaces: Option<Vec<RawName>>,
    enum_values: Option<Vec<RawEnumValue>>,
    possible_types: Option<Vec<RawName>>,
    #[serde(rename = "specifiedByURL")]
    specified_by_url: Option<String>,
    #[serde(default)]
    is_one_of: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawField {
    name: String,
    description: Option<String>,
    #[serde(default)]
    args: Vec<RawInputValue>,
    r#type: RawTypeRef,
    #[serde(default)]
    is_deprecated: bool,
    deprecation_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawInputValue {
    name: String,
    description: Option<String>,
    r#type: RawTypeRef,
    default_value: Option<String>,
    #[serde(default)]
    is_deprecated: bool,
    deprecation_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEnumValue {
    name: String,
    description: Option<String>,
    #[serde(default)]
    is_deprecated: bool,
    deprecation_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDirective {
    name: String,
    description: Option<String>,
    #[serde(default)]
    args: Vec<RawInputValue>,
    #[serde(default)]
    locations: Vec<String>,
    #[serde(default)]
    is_repeatable: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawTypeRef {
    kind: String,
    name: Option<String>,
    of_type: Option<Box<RawTypeRef>>,
}

impl RawSchema {
    fn read(self) -> Result<Schema, LoadError> {
        let mut schema = Schema {
            description: self.description,
            query: self.query_type.map(|root| root.name),
            mutation: self.mutation_type.map(|root| root.name),
            subscription: self.subscription_type.map(|root| root.name),
            types: BTreeMap::new(),
            directives: BTreeMap::new(),
        };
        for raw in self.types {
            if !is_built_in_type(&raw.name) {
                schema.insert(raw.read()?)?;
            }
        }
        for raw in self.directives {
            if is_built_in_directive(&raw.name) {
                continue;
            }
            let name = raw.name.clone();
            if schema.directives.insert(name.clone(), raw.read()?).is_some() {
                return Err(LoadError::Duplicate(format!("@{name}")));
            }
        }
        schema.sort();
        Ok(schema)
    }
}

impl RawType {
    fn read(self) -> Result<TypeDefinition, LoadError> {
        let kind = match self.kind.as_str() {
            "SCALAR" => TypeKind::Scalar { specified_by_url: self.specified_by_url },
            "OBJECT" => {
                TypeKind::Object { interfaces: names(self.interfaces), fields: read_all(self.fields, RawField::read)? }
            }
            "INTERFACE" => TypeKind::Interface {
                interfaces: names(self.interfaces),
                fields: read_all(self.fields, RawField::read)?,
            },
            "UNION" => TypeKind::Union { members: names(self.possible_types) },
            "ENUM" => TypeKind::Enum {
                values: self.enum_values.unwrap_or_default().into_iter().map(RawEnumValue::read).collect(),
            },
            "INPUT_OBJECT" => TypeKind::InputObject {
                fields: read_all(self.input_fields, RawInputValue::read)?,
                is_one_of: self.is_one_of.unwrap_or(false),
            },
            other => {
                return Err(LoadError::Introspection(format!("type `{}` has the unknown kind `{other}`", self.name)));
            }
        };
        Ok(TypeDefinition { name: self.name, description: self.description, kind })
    }
}

impl RawField {
    fn read(self) -> Result<Field, LoadError> {
        Ok(Field {
            arguments: read_all(Some(self.args), RawInputValue::read)?,
            ty: self.r#type.read(&self.name)?,
            name: self.name,
            description: self.description,
            deprecation: deprecation(self.is_deprecated, self.deprecation_reason.as_deref()),
        })
    }
}

impl RawInputValue {
    fn read(self) -> Result<InputValue, LoadError> {
        let default = match self.default_value {
            Some(literal) => Some(sdl::canonical_literal(&literal).ok_or_else(|| {
                LoadError::Introspection(format!("the default of `{}` is no literal: {literal}", self.name))
            })?),
            None => None,
        };
        Ok(InputValue {
            ty: self.r#type.read(&self.name)?,
            name: self.name,
            description: self.description,
            default,
            deprecation: deprecation(self.is_deprecated, self.deprecation_reason.as_deref()),
        })
    }
}

impl RawEnumValue {
    fn read(self) -> EnumValue {
        EnumValue {
            name: self.name,
            description: self.description,
            deprecation: deprecation(self.is_deprecated, self.deprecation_reason.as_deref()),
        }
    }
}

impl RawDirective {
    fn read(self) -> Result<DirectiveDefinition, LoadError> {
        Ok(DirectiveDefinition {
            name: self.name,
            description: self.description,
            arguments: read_all(Some(self.args), RawInputValue::read)?,
            locations: self.locations,
            is_repeatable: self.is_repeatable,
        })
    }
}

impl RawTypeRef {
    fn read(self, of: &str) -> Result<TypeRef, LoadError> {
        match (self.kind.as_str(), self.name, self.of_type) {
            ("LIST", _, Some(inner)) => Ok(TypeRef::List(Box::new(inner.read(of)?))),
            ("NON_NULL", _, Some(inner)) => Ok(TypeRef::NonNull(Box::new(inner.read(of)?))),
            ("LIST" | "NON_NULL", _, None) => {
                Err(LoadError::Introspection(format!("the type of `{of}` is nested deeper than the query asked for")))
            }
            (_, Some(name), _) => Ok(TypeRef::Named(name)),
            _ => Err(LoadError::Introspection(format!("the type of `{of}` has no name"))),
        }
    }
}

fn names(raw: Option<Vec<RawName>>) -> Vec<String> {
    raw.unwrap_or_default().into_iter().map(|entry| entry.name).collect()
}

fn read_all<R, T>(raw: Option<Vec<R>>, read: impl Fn(R) -> Result<T, LoadError>) -> Result<Vec<T>, LoadError> {
    raw.unwrap_or_default().into_iter().map(read).collect()
}

fn deprecation(is_deprecated: bool, reason: Option<&str>) -> Option<Deprecation> {
    is_deprecated.then(|| Deprecation::new(reason))
}
