//! Reads a schema from the JSON of an introspection result.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::schema::{
    Applied, Deprecation, DirectiveDefinition, EnumValue, Field, InputValue, Position, Schema, TypeDefinition,
    TypeKind, TypeRef, is_built_in_directive, is_built_in_type,
};
use crate::{LoadError, sdl};

/// Reads the JSON of an introspection result, with or without `data` around it. Built-in types and
/// directives are omitted. Every list is sorted by name.
///
/// # Errors
/// If it is not an introspection result, or has a default that is not a GraphQL literal.
pub fn load(json: &[u8]) -> Result<Schema, LoadError> {
    let answer: RawAnswer = serde_json::from_slice(json).map_err(|error| wrong::<RawAnswer>(&error, json))?;
    let data = match (answer.data, answer.errors.into_iter().flatten().next()) {
        // Data next to errors may be incomplete, and no partial schema is returned.
        (_, Some(error)) => return Err(LoadError::Refused(error.message)),
        (Some(data), None) => Some(data.schema),
        (None, None) => answer.schema,
    };
    match data {
        Some(schema) => schema.read(Origin(json)),
        None => Err(LoadError::Introspection("missing field `__schema`".to_owned())),
    }
}

/// A GraphQL response: its data, or the message of its first error.
pub(super) enum Answer<T> {
    Data(T),
    Errors(String),
}

/// Reads a response that is small enough to be read twice.
pub(super) fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<Answer<T>, LoadError> {
    #[derive(Deserialize)]
    #[serde(bound = "T: DeserializeOwned")]
    struct Wrapped<T> {
        data: Option<T>,
        errors: Option<Vec<RawError>>,
    }
    let wrapped: Wrapped<T> = serde_json::from_slice(json).map_err(|error| wrong::<Wrapped<T>>(&error, json))?;
    match (wrapped.data, wrapped.errors.into_iter().flatten().next()) {
        (_, Some(error)) => Ok(Answer::Errors(error.message)),
        (Some(data), None) => Ok(Answer::Data(data)),
        (None, None) => Err(LoadError::Introspection("the response has no `data`".into())),
    }
}

/// An error with the path of the value that it concerns. A line says nothing if the whole text is one.
fn wrong<'j, T: Deserialize<'j>>(error: &serde_json::Error, json: &'j [u8]) -> LoadError {
    // The text is read once more, since following the path makes reading slower.
    let mut reader = serde_json::Deserializer::from_slice(json);
    let path = serde_path_to_error::deserialize::<_, T>(&mut reader).err().map(|error| error.path().to_string());
    let path = path.filter(|path| path != ".").map(|path| format!(", at `{path}`")).unwrap_or_default();
    let is_one_line = !json.trim_ascii().contains(&b'\n');
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = match message.strip_suffix(&place).filter(|_| is_one_line) {
        Some(message) => format!("{message} at byte {}", error.column()),
        None => message,
    };
    LoadError::Introspection(message + &path)
}

/// Adds the part of the schema that an error is in.
fn within(part: &str) -> impl Fn(LoadError) -> LoadError {
    move |error| match error {
        LoadError::Introspection(message) => LoadError::Introspection(format!("{message}, in `{part}`")),
        other => other,
    }
}

/// The text being read. A name that needed no unescaping points into it, which gives the position of the name.
#[derive(Clone, Copy)]
struct Origin<'a>(&'a [u8]);

impl Origin<'_> {
    fn of(self, name: &str) -> Position {
        let offset = name.as_ptr().addr().checked_sub(self.0.as_ptr().addr());
        offset.filter(|offset| *offset < self.0.len()).map_or_else(Position::default, Position::at)
    }
}

/// A whole response, or bare data as files often contain it.
#[derive(Deserialize)]
struct RawAnswer<'a> {
    #[serde(borrow)]
    data: Option<RawData<'a>>,
    errors: Option<Vec<RawError>>,
    #[serde(rename = "__schema", borrow)]
    schema: Option<RawSchema<'a>>,
}

#[derive(Deserialize)]
struct RawError {
    message: String,
}

#[derive(Deserialize)]
struct RawData<'a> {
    #[serde(rename = "__schema", borrow)]
    schema: RawSchema<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawSchema<'a> {
    description: Option<String>,
    query_type: Option<RawName>,
    mutation_type: Option<RawName>,
    subscription_type: Option<RawName>,
    #[serde(borrow)]
    types: Vec<RawType<'a>>,
    #[serde(default, borrow)]
    directives: Vec<RawDirective<'a>>,
}

#[derive(Deserialize)]
struct RawName {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawType<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    description: Option<String>,
    fields: Option<Vec<RawField<'a>>>,
    input_fields: Option<Vec<RawInputValue<'a>>>,
    interfaces: Option<Vec<RawName>>,
    enum_values: Option<Vec<RawEnumValue<'a>>>,
    possible_types: Option<Vec<RawName>>,
    #[serde(rename = "specifiedByURL")]
    specified_by_url: Option<String>,
    is_one_of: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawField<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    description: Option<String>,
    #[serde(default)]
    args: Vec<RawInputValue<'a>>,
    r#type: RawTypeRef<'a>,
    is_deprecated: Option<bool>,
    deprecation_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawInputValue<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    description: Option<String>,
    r#type: RawTypeRef<'a>,
    default_value: Option<String>,
    is_deprecated: Option<bool>,
    deprecation_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEnumValue<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    description: Option<String>,
    is_deprecated: Option<bool>,
    deprecation_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDirective<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    description: Option<String>,
    #[serde(default)]
    args: Vec<RawInputValue<'a>>,
    #[serde(default)]
    locations: Vec<String>,
    is_repeatable: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawTypeRef<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    name: Option<String>,
    of_type: Option<Box<RawTypeRef<'a>>>,
}

impl RawSchema<'_> {
    fn read(self, origin: Origin) -> Result<Schema, LoadError> {
        let mut schema = Schema {
            description: self.description,
            query: self.query_type.map(|root| root.name),
            mutation: self.mutation_type.map(|root| root.name),
            subscription: self.subscription_type.map(|root| root.name),
            ..Schema::default()
        };
        for raw in self.types {
            if !is_built_in_type(&raw.name) {
                let name = raw.name.clone();
                schema.insert(raw.read(origin).map_err(within(&name))?);
            }
        }
        for raw in self.directives {
            // SDL omits the specification's directives, and both forms of a schema must be equal.
            if is_built_in_directive(&raw.name) {
                continue;
            }
            let name = format!("@{}", raw.name);
            schema.insert_directive(raw.read(origin).map_err(within(&name))?);
        }
        schema.finish()?;
        Ok(schema)
    }
}

impl RawType<'_> {
    fn read(self, origin: Origin) -> Result<TypeDefinition, LoadError> {
        let fields = |fields| read_all(fields, |field: RawField| field.read(origin));
        let kind = match &*self.kind {
            "SCALAR" => TypeKind::Scalar { specified_by_url: self.specified_by_url },
            "OBJECT" => TypeKind::Object { interfaces: names(self.interfaces), fields: fields(self.fields)? },
            "INTERFACE" => TypeKind::Interface { interfaces: names(self.interfaces), fields: fields(self.fields)? },
            "UNION" => TypeKind::Union { members: names(self.possible_types) },
            "ENUM" => TypeKind::Enum {
                values: self.enum_values.unwrap_or_default().into_iter().map(|value| value.read(origin)).collect(),
            },
            "INPUT_OBJECT" => TypeKind::InputObject {
                fields: read_all(self.input_fields, |field| field.read(origin))?,
                is_one_of: self.is_one_of.unwrap_or(false),
            },
            other => {
                return Err(LoadError::Introspection(format!("the kind `{other}` is unknown")));
            }
        };
        Ok(TypeDefinition {
            position: origin.of(&self.name),
            name: self.name.into_owned(),
            description: self.description,
            kind,
            applied: Applied::default(),
        })
    }
}

impl RawField<'_> {
    fn read(self, origin: Origin) -> Result<Field, LoadError> {
        Ok(Field {
            arguments: read_all(Some(self.args), |argument| argument.read(origin)).map_err(within(&self.name))?,
            ty: self.r#type.read(&self.name)?,
            position: origin.of(&self.name),
            name: self.name.into_owned(),
            description: self.description,
            deprecation: deprecation(self.is_deprecated, self.deprecation_reason),
            applied: Applied::default(),
        })
    }
}

impl RawInputValue<'_> {
    fn read(self, origin: Origin) -> Result<InputValue, LoadError> {
        let default = match self.default_value {
            // The server's text is later printed as SDL, so it must not be able to end the field and add more.
            Some(literal) => Some(sdl::canonical_literal(&literal).ok_or_else(|| {
                LoadError::Introspection(format!("the default of `{}` is not a literal: {literal}", self.name))
            })?),
            None => None,
        };
        Ok(InputValue {
            ty: self.r#type.read(&self.name)?,
            position: origin.of(&self.name),
            name: self.name.into_owned(),
            description: self.description,
            default,
            deprecation: deprecation(self.is_deprecated, self.deprecation_reason),
            applied: Applied::default(),
        })
    }
}

impl RawEnumValue<'_> {
    fn read(self, origin: Origin) -> EnumValue {
        EnumValue {
            position: origin.of(&self.name),
            name: self.name.into_owned(),
            description: self.description,
            deprecation: deprecation(self.is_deprecated, self.deprecation_reason),
            applied: Applied::default(),
        }
    }
}

impl RawDirective<'_> {
    fn read(self, origin: Origin) -> Result<DirectiveDefinition, LoadError> {
        Ok(DirectiveDefinition {
            position: origin.of(&self.name),
            name: self.name.into_owned(),
            description: self.description,
            arguments: read_all(Some(self.args), |argument| argument.read(origin))?,
            locations: self.locations,
            is_repeatable: self.is_repeatable.unwrap_or(false),
        })
    }
}

impl RawTypeRef<'_> {
    fn read(self, of: &str) -> Result<TypeRef, LoadError> {
        match (&*self.kind, self.name, self.of_type) {
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

/// The deprecation of a part. If a file omits `isDeprecated`, a reason implies it.
fn deprecation(is_deprecated: Option<bool>, reason: Option<String>) -> Option<Deprecation> {
    is_deprecated.unwrap_or(reason.is_some()).then(|| Deprecation::new(reason))
}
