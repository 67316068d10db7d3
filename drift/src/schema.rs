//! A schema as this crate holds it: what introspection and SDL both can say, and nothing of where it came from.

use std::collections::BTreeMap;
use std::fmt;

/// A schema. Types and directives are keyed by name, so that their order in a source never matters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Schema {
    /// The description of the schema as a whole.
    pub description: Option<String>,
    /// The name of the query root; `Query` unless the schema says otherwise.
    pub query: Option<String>,
    /// The name of the mutation root.
    pub mutation: Option<String>,
    /// The name of the subscription root.
    pub subscription: Option<String>,
    /// Every type but the built-in scalars and the introspection types.
    pub types: BTreeMap<String, TypeDefinition>,
    /// Every directive but those of the specification.
    pub directives: BTreeMap<String, DirectiveDefinition>,
}

/// A named type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TypeDefinition {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// What it is, and what that kind consists of.
    pub kind: TypeKind,
}

/// The kinds of named types, each with its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeKind {
    /// A scalar, perhaps with the address of its specification.
    Scalar {
        /// The argument of `@specifiedBy`.
        specified_by_url: Option<String>,
    },
    /// An object type.
    Object {
        /// Interfaces it implements.
        interfaces: Vec<String>,
        /// Its fields.
        fields: Vec<Field>,
    },
    /// An interface.
    Interface {
        /// Interfaces it implements itself.
        interfaces: Vec<String>,
        /// Its fields.
        fields: Vec<Field>,
    },
    /// A union and its members.
    Union {
        /// Names of object types.
        members: Vec<String>,
    },
    /// An enum and its values.
    Enum {
        /// Its values.
        values: Vec<EnumValue>,
    },
    /// An input object.
    InputObject {
        /// Its fields.
        fields: Vec<InputValue>,
        /// Whether it carries `@oneOf`.
        is_one_of: bool,
    },
}

/// A field of an object or interface.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Its arguments.
    pub arguments: Vec<InputValue>,
    /// What it returns.
    pub ty: TypeRef,
    /// Whether and why it is deprecated.
    pub deprecation: Option<Deprecation>,
}

/// An argument or a field of an input object.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InputValue {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// What it takes.
    pub ty: TypeRef,
    /// Its default as a GraphQL literal in canonical form.
    pub default: Option<String>,
    /// Whether and why it is deprecated.
    pub deprecation: Option<Deprecation>,
}

/// A value of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnumValue {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Whether and why it is deprecated.
    pub deprecation: Option<Deprecation>,
}

/// A deprecation; without a reason the specification's own stands for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deprecation {
    /// The reason, unless it is the specification's default.
    pub reason: Option<String>,
}

impl Deprecation {
    /// What the specification takes for a reason where none is given.
    const DEFAULT_REASON: &str = "No longer supported";

    pub(crate) fn new(reason: Option<&str>) -> Self {
        Self { reason: reason.filter(|reason| *reason != Self::DEFAULT_REASON).map(str::to_owned) }
    }
}

/// The definition of a directive.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectiveDefinition {
    /// Its name, without the `@`.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Its arguments.
    pub arguments: Vec<InputValue>,
    /// Where it may stand.
    pub locations: Vec<String>,
    /// Whether it may stand there more than once.
    pub is_repeatable: bool,
}

/// A reference to a type, with its list and non-null wrappers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeRef {
    /// A named type.
    Named(String),
    /// A list.
    List(Box<TypeRef>),
    /// Not null.
    NonNull(Box<TypeRef>),
}

impl TypeRef {
    /// The named type inside all wrappers.
    pub fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::List(inner) | Self::NonNull(inner) => inner.name(),
        }
    }
}

impl fmt::Display for TypeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::List(inner) => write!(f, "[{inner}]"),
            Self::NonNull(inner) => write!(f, "{inner}!"),
        }
    }
}

impl Schema {
    /// The fields of the query root.
    pub fn query_fields(&self) -> &[Field] {
        self.root_fields(self.query.as_deref())
    }

    /// The fields of the mutation root.
    pub fn mutation_fields(&self) -> &[Field] {
        self.root_fields(self.mutation.as_deref())
    }

    fn root_fields(&self, root: Option<&str>) -> &[Field] {
        match root.and_then(|name| self.types.get(name)).map(|definition| &definition.kind) {
            Some(TypeKind::Object { fields, .. }) => fields,
            _ => &[],
        }
    }

    /// Adds a type; two of one name are an error.
    pub(crate) fn insert(&mut self, definition: TypeDefinition) -> Result<(), crate::LoadError> {
        let name = definition.name.clone();
        match self.types.insert(name.clone(), definition) {
            None => Ok(()),
            Some(_) => Err(crate::LoadError::Duplicate(name)),
        }
    }

    /// Puts every list into the order of names, in which introspection and SDL of one schema are equal.
    pub(crate) fn sort(&mut self) {
        for definition in self.types.values_mut() {
            definition.kind.sort();
        }
        for directive in self.directives.values_mut() {
            directive.arguments.sort_by(|a, b| a.name.cmp(&b.name));
            directive.locations.sort();
        }
    }
}

impl TypeKind {
    /// Adds what an extension adds; false if it extends another kind.
    pub(crate) fn extend(&mut self, added: Self) -> bool {
        match (self, added) {
            (Self::Scalar { specified_by_url }, Self::Scalar { specified_by_url: added }) => {
                *specified_by_url = added.or(specified_by_url.take());
            }
            (Self::Object { interfaces, fields }, Self::Object { interfaces: more, fields: more_fields })
            | (Self::Interface { interfaces, fields }, Self::Interface { interfaces: more, fields: more_fields }) => {
                interfaces.extend(more);
                fields.extend(more_fields);
            }
            (Self::Union { members }, Self::Union { members: more }) => members.extend(more),
            (Self::Enum { values }, Self::Enum { values: more }) => values.extend(more),
            (Self::InputObject { fields, is_one_of }, Self::InputObject { fields: more, is_one_of: also }) => {
                fields.extend(more);
                *is_one_of |= also;
            }
            _ => return false,
        }
        true
    }

    fn sort(&mut self) {
        match self {
            Self::Scalar { .. } => {}
            Self::Object { interfaces, fields } | Self::Interface { interfaces, fields } => {
                interfaces.sort();
                fields.sort_by(|a, b| a.name.cmp(&b.name));
                for field in fields {
                    field.arguments.sort_by(|a, b| a.name.cmp(&b.name));
                }
            }
            Self::Union { members } => members.sort(),
            Self::Enum { values } => values.sort_by(|a, b| a.name.cmp(&b.name)),
            Self::InputObject { fields, .. } => fields.sort_by(|a, b| a.name.cmp(&b.name)),
        }
    }
}

/// Whether the specification defines the type: introspection lists it, SDL leaves it out.
pub(crate) fn is_built_in_type(name: &str) -> bool {
    name.starts_with("__") || matches!(name, "Int" | "Float" | "String" | "Boolean" | "ID")
}

/// Whether the specification defines the directive.
pub(crate) fn is_built_in_directive(name: &str) -> bool {
    matches!(name, "skip" | "include" | "deprecated" | "specifiedBy" | "oneOf")
}
