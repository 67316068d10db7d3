//! Schema coordinates in the notation of the GraphQL specification: `User.name`, `Query.users(page:)`, `@include(if:)`.

use std::fmt;

/// The name of a part of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Coordinate<'s> {
    /// The schema itself, for which the specification has no coordinate; displayed as an empty string.
    Schema,
    /// A type.
    Type(&'s str),
    /// A field of an object or interface, a field of an input object, or a value of an enum.
    Member(&'s str, &'s str),
    /// An argument of a field.
    Argument(&'s str, &'s str, &'s str),
    /// A directive.
    Directive(&'s str),
    /// An argument of a directive.
    DirectiveArgument(&'s str, &'s str),
}

impl<'s> Coordinate<'s> {
    /// The type or directive that it belongs to.
    pub fn owner(self) -> Option<&'s str> {
        match self {
            Self::Schema => None,
            Self::Type(name)
            | Self::Member(name, _)
            | Self::Argument(name, _, _)
            | Self::Directive(name)
            | Self::DirectiveArgument(name, _) => Some(name),
        }
    }

    /// Whether it is a directive or a part of one.
    pub fn is_directive(self) -> bool {
        matches!(self, Self::Directive(_) | Self::DirectiveArgument(..))
    }
}

/// The coordinates of the parts that a part is in: `User` and `User.name` for `User.name(first:)`.
pub(crate) fn enclosing(coordinate: &str) -> impl Iterator<Item = &str> {
    let ends = coordinate.char_indices().filter(|(_, letter)| matches!(letter, '.' | '(')).map(|(at, _)| at);
    ends.filter_map(|end| coordinate.get(..end))
}

impl fmt::Display for Coordinate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schema => Ok(()),
            Self::Type(name) => f.write_str(name),
            Self::Member(ty, member) => write!(f, "{ty}.{member}"),
            Self::Argument(ty, field, argument) => write!(f, "{ty}.{field}({argument}:)"),
            Self::Directive(name) => write!(f, "@{name}"),
            Self::DirectiveArgument(name, argument) => write!(f, "@{name}({argument}:)"),
        }
    }
}
