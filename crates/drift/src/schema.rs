//! The model of a schema: everything that both introspection and SDL can express.
//!
//! Three more things are stored but never compared, so that a schema is equal whichever form it was read from: the
//! position of each part ([`Position`]), the directives applied to it, which only SDL contains ([`Applied`]), and repeated
//! names ([`Repeats`]).

mod order;
mod possible;
mod repeats;

use std::collections::BTreeMap;
use std::fmt;

use apollo_compiler::ast::OperationType;

pub(crate) use repeats::Repeat;
pub use repeats::Repeats;

/// A schema. Types and directives are keyed by name, so that their order in a source never matters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Schema {
    /// The description of the schema itself.
    pub description: Option<String>,
    /// The name of the query root; `Query` unless the schema names another.
    pub query: Option<String>,
    /// The name of the mutation root.
    pub mutation: Option<String>,
    /// The name of the subscription root.
    pub subscription: Option<String>,
    /// Every type except the built-in scalars and the introspection types.
    pub types: BTreeMap<String, TypeDefinition>,
    /// Every directive except those of the specification.
    pub directives: BTreeMap<String, DirectiveDefinition>,
    /// The position of the `schema` block.
    pub position: Position,
    /// Directives applied to the schema.
    pub applied: Applied,
    /// Names that the source defines more than once.
    pub repeats: Repeats,
}

/// A position in a source: the byte offset of a name. All positions compare equal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Position(Option<u32>);

impl Position {
    /// At an offset in bytes.
    pub(crate) fn at(offset: usize) -> Self {
        Self(u32::try_from(offset).ok())
    }

    /// The offset in bytes, if it is known.
    pub fn offset(self) -> Option<usize> {
        self.0.and_then(|offset| usize::try_from(offset).ok())
    }
}

impl PartialEq for Position {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Position {}

/// The directives applied to a definition, in source order. All such lists compare equal.
#[derive(Debug, Clone, Default)]
pub struct Applied(pub(crate) Vec<AppliedDirective>);

impl PartialEq for Applied {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Applied {}

/// One application of a directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AppliedDirective {
    pub(crate) name: String,
    /// Names and values, as literals.
    pub(crate) arguments: Vec<(String, String)>,
    /// 0 for the definition itself, n for its n-th extension.
    pub(crate) block: u32,
    pub(crate) position: Position,
}

/// A named type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TypeDefinition {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Its kind, with the parts of that kind.
    pub kind: TypeKind,
    /// Its position in the source.
    pub position: Position,
    /// Directives applied to it.
    pub applied: Applied,
}

/// The kinds of named types, each with its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeKind {
    /// A scalar, optionally with the URL of its specification.
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
        /// Whether it has `@oneOf`.
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
    /// Its type.
    pub ty: TypeRef,
    /// Whether and why it is deprecated.
    pub deprecation: Option<Deprecation>,
    /// Its position in the source.
    pub position: Position,
    /// Directives applied to it.
    pub applied: Applied,
}

/// An argument or a field of an input object.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InputValue {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Its type.
    pub ty: TypeRef,
    /// Its default as a GraphQL literal in canonical form.
    pub default: Option<String>,
    /// Whether and why it is deprecated.
    pub deprecation: Option<Deprecation>,
    /// Its position in the source.
    pub position: Position,
    /// Directives applied to it.
    pub applied: Applied,
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
    /// Its position in the source.
    pub position: Position,
    /// Directives applied to it.
    pub applied: Applied,
}

/// A deprecation. Without a reason, it is equal to one with the specification's default reason.
#[derive(Debug, Clone, Default)]
pub struct Deprecation {
    /// The given reason. SDL without one has the specification's default; introspection may have none at all.
    pub(crate) given: Option<String>,
}

impl Deprecation {
    /// The specification's default reason.
    pub const DEFAULT_REASON: &str = "No longer supported";

    pub(crate) fn new(reason: Option<String>) -> Self {
        Self { given: reason }
    }

    /// The reason, or the specification's default if none is given.
    pub fn reason(&self) -> &str {
        self.given.as_deref().unwrap_or(Self::DEFAULT_REASON)
    }
}

impl PartialEq for Deprecation {
    fn eq(&self, other: &Self) -> bool {
        self.reason() == other.reason()
    }
}

impl Eq for Deprecation {}

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
    /// The locations in which it is allowed.
    pub locations: Vec<String>,
    /// Whether it is repeatable.
    pub is_repeatable: bool,
    /// Its position in the source.
    pub position: Position,
}

/// A reference to a type, with its list and non-null wrappers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeRef {
    /// A named type.
    Named(String),
    /// A list.
    List(Box<TypeRef>),
    /// A non-null type.
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

impl TypeRef {
    /// Whether a variable of this type fits where another type is expected.
    pub(crate) fn fits(&self, has_default: bool, expected: &Self, expected_has_default: bool) -> bool {
        match (self, expected) {
            // A nullable variable is allowed in a non-null position if there is a default.
            (Self::Named(_) | Self::List(_), Self::NonNull(inner)) if has_default || expected_has_default => {
                self.is_compatible(inner)
            }
            _ => self.is_compatible(expected),
        }
    }

    /// The specification's `AreTypesCompatible`.
    fn is_compatible(&self, expected: &Self) -> bool {
        match (self, expected) {
            (Self::NonNull(own), Self::NonNull(expected)) | (Self::List(own), Self::List(expected)) => {
                own.is_compatible(expected)
            }
            (_, Self::NonNull(_)) => false,
            (Self::NonNull(own), expected) => own.is_compatible(expected),
            (Self::Named(own), Self::Named(expected)) => own == expected,
            _ => false,
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

    /// The name of the root type of an operation.
    pub(crate) fn root(&self, operation: OperationType) -> Option<&str> {
        match operation {
            OperationType::Query => self.query.as_deref(),
            OperationType::Mutation => self.mutation.as_deref(),
            OperationType::Subscription => self.subscription.as_deref(),
        }
    }

    /// Whether the second of two roots is the first under another name, in a newer schema.
    pub(crate) fn is_renamed_root(&self, newer: &Self, (old, new): (&str, &str)) -> bool {
        let is_object = |schema: &Self, name: &str| {
            schema.types.get(name).is_some_and(|root| matches!(root.kind, TypeKind::Object { .. }))
        };
        old != new && is_object(self, old) && is_object(newer, new) && !self.types.contains_key(new)
    }

    fn root_fields(&self, root: Option<&str>) -> &[Field] {
        root.and_then(|name| self.types.get(name)).map_or(&[], TypeDefinition::fields)
    }

    /// Adds a type. One of the same name is replaced.
    pub(crate) fn insert(&mut self, definition: TypeDefinition) {
        let (name, position) = (definition.name.clone(), definition.position);
        if let Some(ignored) = self.types.insert(name.clone(), definition) {
            self.repeats.note(name, ignored.position, position);
        }
    }

    /// Adds a directive. One of the same name is replaced.
    pub(crate) fn insert_directive(&mut self, definition: DirectiveDefinition) {
        let (name, position) = (definition.name.clone(), definition.position);
        if let Some(ignored) = self.directives.insert(name.clone(), definition) {
            self.repeats.note(format!("@{name}"), ignored.position, position);
        }
    }
}

impl TypeDefinition {
    /// The fields of an object or interface; empty for the others.
    pub fn fields(&self) -> &[Field] {
        match &self.kind {
            TypeKind::Object { fields, .. } | TypeKind::Interface { fields, .. } => fields,
            _ => &[],
        }
    }

    /// The interfaces of an object or interface; empty for the others.
    pub fn interfaces(&self) -> &[String] {
        match &self.kind {
            TypeKind::Object { interfaces, .. } | TypeKind::Interface { interfaces, .. } => interfaces,
            _ => &[],
        }
    }
}

impl TypeKind {
    /// The SDL keyword for such a type.
    pub fn keyword(&self) -> &'static str {
        match self {
            Self::Scalar { .. } => "scalar",
            Self::Object { .. } => "type",
            Self::Interface { .. } => "interface",
            Self::Union { .. } => "union",
            Self::Enum { .. } => "enum",
            Self::InputObject { .. } => "input",
        }
    }

    /// Applies an extension. Returns false if it extends another kind.
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
}

/// The member of a sorted list with a name.
pub(crate) fn member<'s, T>(members: &'s [T], name: &str, key: impl Fn(&T) -> &str) -> Option<&'s T> {
    members.binary_search_by(|member| key(member).cmp(name)).ok().and_then(|index| members.get(index))
}

/// Whether the specification defines the type: introspection lists it, SDL omits it.
pub(crate) fn is_built_in_type(name: &str) -> bool {
    name.starts_with("__") || matches!(name, "Int" | "Float" | "String" | "Boolean" | "ID")
}

/// Whether the specification defines the directive.
pub(crate) fn is_built_in_directive(name: &str) -> bool {
    matches!(name, "skip" | "include" | "deprecated" | "specifiedBy" | "oneOf")
}
