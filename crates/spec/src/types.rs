//! The types that a set of operations selects from, as compact text: what a client has to know of a schema at run time.

use std::collections::BTreeMap;
use std::fmt;

use crate::OperationKind;
use crate::selection::{Leaf, Shape};

/// The composite types that selections reach, each with its selected fields.
///
/// As text, each type is a line: its name, marked with `~` if it is an interface or a union, and its fields as
/// `name:type`. The type of a leaf is one letter: `T` text, `K` an id, `I` a whole number, `N` a number, `F` true or false,
/// `D` a date, `*` any JSON; brackets are lists, `!` is never null. `name/other` has another name in REST responses,
/// `name?` stands only in REST responses, and `+3` costs that many points more.
///
/// ```
/// use thought_industries_spec::Types;
///
/// let text = "query Query\nQuery user:User users:[User]+3\nUser id:K! lang/language:T\n";
/// let types = Types::parse(text);
/// assert_eq!(types.field("Query", "users").map(|field| field.surcharge), Some(3));
/// assert_eq!(types.to_string(), text);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Types {
    /// The name of the root type of queries.
    pub query: Option<String>,
    /// The name of the root type of mutations.
    pub mutation: Option<String>,
    /// The types by name.
    pub types: BTreeMap<String, TypeFields>,
}

/// The fields of a type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypeFields {
    /// Whether it is an interface or a union, whose values show their type as `__typename`.
    pub is_abstract: bool,
    /// The selected fields by name.
    pub fields: BTreeMap<String, FieldType>,
}

/// The type of a field, and what else is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldType {
    /// The composite type of its values; `None` for a leaf.
    pub of: Option<String>,
    /// The JSON type of its value.
    pub shape: Shape,
    /// Whether it is an id.
    pub is_id: bool,
    /// Whether it is never null.
    pub is_non_null: bool,
    /// Its name in REST responses, if different.
    pub alias: Option<String>,
    /// Whether only REST responses have it.
    pub is_rest_only: bool,
    /// The points that it costs in addition to the one of each field.
    pub surcharge: u32,
}

impl Types {
    /// Reads what [`Display`](fmt::Display) wrote. What is malformed is left out: the text comes from the generator.
    pub fn parse(text: &str) -> Self {
        let mut types = Self::default();
        for line in text.lines() {
            let mut words = line.split(' ');
            match words.next().unwrap_or_default() {
                "query" => types.query = words.next().map(str::to_owned),
                "mutation" => types.mutation = words.next().map(str::to_owned),
                name => {
                    let plain = name.strip_prefix('~');
                    let fields = words.filter_map(FieldType::parse).collect();
                    let fields = TypeFields { is_abstract: plain.is_some(), fields };
                    types.types.insert(plain.unwrap_or(name).to_owned(), fields);
                }
            }
        }
        types
    }

    /// A selected field of a type.
    pub fn field(&self, owner: &str, name: &str) -> Option<&FieldType> {
        self.types.get(owner)?.fields.get(name)
    }

    /// Whether a type is an interface or a union.
    pub fn is_abstract(&self, name: &str) -> bool {
        self.types.get(name).is_some_and(|fields| fields.is_abstract)
    }

    /// The root type of an operation.
    pub fn root(&self, kind: OperationKind) -> &str {
        let root = match kind {
            OperationKind::Query => &self.query,
            OperationKind::Mutation => &self.mutation,
        };
        root.as_deref().unwrap_or_default()
    }
}

impl fmt::Display for Types {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (role, name) in [("query", &self.query), ("mutation", &self.mutation)] {
            if let Some(name) = name {
                writeln!(f, "{role} {name}")?;
            }
        }
        for (name, TypeFields { is_abstract, fields }) in &self.types {
            write!(f, "{}{name}", if *is_abstract { "~" } else { "" })?;
            for (name, field) in fields {
                write!(f, " {name}{field}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl FieldType {
    fn parse(text: &str) -> Option<(String, Self)> {
        let (name, ty) = text.split_once(':')?;
        let (name, is_rest_only) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
        let (name, alias) = name.split_once('/').map_or((name, None), |(name, alias)| (name, Some(alias.to_owned())));
        let (ty, surcharge) = ty.split_once('+').map_or((ty, "0"), |(ty, points)| (ty, points));
        let (ty, is_non_null) = ty.strip_suffix('!').map_or((ty, false), |ty| (ty, true));
        let inner = ty.trim_start_matches('[');
        let depth = u8::try_from(ty.len() - inner.len()).ok()?;
        let inner = inner.trim_end_matches(']');
        let (leaf, of) = match inner {
            "T" | "K" => (Leaf::Text, None),
            "I" => (Leaf::Integer, None),
            "N" => (Leaf::Number, None),
            "F" => (Leaf::Flag, None),
            "D" => (Leaf::Date, None),
            "*" => (Leaf::Any, None),
            composite => (Leaf::Object, Some(composite.trim_start_matches('.').to_owned())),
        };
        let shape = Shape { leaf, depth };
        let surcharge = surcharge.parse().ok()?;
        let field = Self { of, shape, is_id: inner == "K", is_non_null, alias, is_rest_only, surcharge };
        Some((name.to_owned(), field))
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(alias) = &self.alias {
            write!(f, "/{alias}")?;
        }
        f.write_str(if self.is_rest_only { "?:" } else { ":" })?;
        let depth = usize::from(self.shape.depth);
        f.write_str(&"[".repeat(depth))?;
        match (&self.of, self.shape.leaf) {
            // A type of the schema may be named like a letter of a leaf.
            (Some(name), _) if name.len() == 1 => write!(f, ".{name}")?,
            (Some(name), _) => f.write_str(name)?,
            (None, Leaf::Text) => f.write_str(if self.is_id { "K" } else { "T" })?,
            (None, Leaf::Integer) => f.write_str("I")?,
            (None, Leaf::Number) => f.write_str("N")?,
            (None, Leaf::Flag) => f.write_str("F")?,
            (None, Leaf::Date) => f.write_str("D")?,
            (None, Leaf::Any | Leaf::Object) => f.write_str("*")?,
        }
        f.write_str(&"]".repeat(depth))?;
        if self.is_non_null {
            f.write_str("!")?;
        }
        if self.surcharge > 0 {
            write!(f, "+{}", self.surcharge)?;
        }
        Ok(())
    }
}
