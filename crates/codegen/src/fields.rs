//! `fields.toml`: the writable fields, one row each.

mod document;
mod print;

use serde::Deserialize;

use crate::{Problem, Source};

pub use document::update_document;
pub(crate) use print::print;

/// The fields of users and of licenses, in file order.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// The path of the file, for problem reports.
    path: String,
    sets: Vec<(FieldSet, Vec<Field>)>,
}

/// What a field belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldSet {
    /// A user.
    User,
    /// A license.
    License,
}

impl FieldSet {
    const ALL: [Self; 2] = [Self::User, Self::License];

    fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::License => "license",
        }
    }
}

/// A call that takes fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verb {
    Create,
    Update,
}

/// A row.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) row: Row,
}

/// The cells of a row; the header of the file explains them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(clippy::struct_excessive_bools, reason = "the columns of a table")]
pub(crate) struct Row {
    pub(crate) r#type: String,
    pub(crate) doc: String,
    verbs: Option<Vec<Verb>>,
    #[serde(default)]
    v1: bool,
    #[serde(default)]
    v1_only: bool,
    read: Option<String>,
    read_role: Option<String>,
    #[serde(default)]
    read_inverted: bool,
    #[serde(default)]
    read_any: Vec<String>,
    #[serde(default)]
    rest_alias: bool,
    #[serde(default)]
    ignore_case: bool,
    #[serde(default)]
    write_once: bool,
    merge: Option<String>,
    same_as: Option<String>,
    #[serde(default)]
    option: bool,
    #[serde(default)]
    always_sent: bool,
    #[serde(default)]
    required_of_update: bool,
    #[serde(default = "yes")]
    roster: bool,
    #[serde(default = "yes")]
    clearable: bool,
}

fn yes() -> bool {
    true
}

/// The GraphQL types that a field may have, each with the type of its setter and the variant that describes it.
const TYPES: [(&str, &str, &str); 9] = [
    ("String", "String", "Text"),
    ("ID", "String", "Text"),
    ("[String!]", "Vec<String>", "TextList"),
    ("[ID!]", "Vec<String>", "TextList"),
    ("Boolean", "bool", "Flag"),
    ("Float", "f64", "Number"),
    ("Int", "u32", "Integer"),
    ("Date", "Date", "Date"),
    ("JSON", "Object", "Object"),
];

impl Field {
    /// Whether a v2 call takes the field.
    fn is_in_v2(&self, verb: Verb) -> bool {
        !self.row.v1_only && self.row.verbs.as_ref().is_none_or(|verbs| verbs.contains(&verb))
    }

    fn is_in_v1(&self) -> bool {
        self.row.v1 || self.row.v1_only
    }

    fn types(&self) -> Option<(&'static str, &'static str)> {
        TYPES.iter().find(|(graphql, ..)| *graphql == self.row.r#type).map(|(_, setter, kind)| (*setter, *kind))
    }
}

impl Fields {
    /// Reads `fields.toml`.
    ///
    /// # Errors
    /// If the file is malformed, or a row has an unknown type or names an unknown field.
    pub fn parse(source: &Source) -> Result<Self, Vec<Problem>> {
        let mut tables: toml::Table =
            toml::from_str(&source.text).map_err(|error| vec![source.toml_problem(&error)])?;
        let mut sets = Vec::new();
        let mut problems = Vec::new();
        for set in FieldSet::ALL {
            let rows = match tables.remove(set.name()) {
                None => toml::Table::new(),
                Some(toml::Value::Table(rows)) => rows,
                Some(_) => {
                    problems.push(source.problem(0, format!("`{}` is not a table", set.name()), ""));
                    continue;
                }
            };
            let mut fields = Vec::new();
            for (name, row) in rows {
                let place = place_of(source, set, &name);
                match row.try_into::<Row>() {
                    Ok(row) => fields.push((place, Field { name, row })),
                    Err(error) => problems.push(source.problem(place, error.message(), "")),
                }
            }
            // A `toml::Table` is sorted by name, and fields have to be in file order.
            fields.sort_by_key(|(place, _)| *place);
            for (place, field) in &fields {
                problems.extend(wrong(&fields, field).map(|message| source.problem(*place, message, "")));
            }
            sets.push((set, fields.into_iter().map(|(_, field)| field).collect()));
        }
        for name in tables.keys() {
            let place = source.text.find(&format!("[{name}")).unwrap_or_default();
            problems.push(source.problem(place, format!("`{name}` has no fields"), "use `user` or `license`"));
        }
        if problems.is_empty() { Ok(Self { path: source.path.clone(), sets }) } else { Err(problems) }
    }

    pub(crate) fn of(&self, set: FieldSet) -> &[Field] {
        self.sets.iter().find(|(own, _)| *own == set).map(|(_, fields)| fields.as_slice()).unwrap_or_default()
    }

    /// The fields that the body of a v2 call takes, and those that it always contains.
    pub(crate) fn v2_body(&self, set: FieldSet, verb: Verb) -> (Vec<String>, Vec<String>) {
        let taken: Vec<&Field> = self.of(set).iter().filter(|field| field.is_in_v2(verb)).collect();
        let always = taken.iter().filter(|field| verb == Verb::Create && field.row.always_sent);
        let always = always.map(|field| field.name.clone()).collect();
        (taken.into_iter().map(|field| field.name.clone()).collect(), always)
    }

    /// The fields that the body of a v1 call takes.
    pub(crate) fn v1_body(&self, set: FieldSet) -> Vec<String> {
        self.of(set).iter().filter(|field| field.is_in_v1()).map(|field| field.name.clone()).collect()
    }

    /// The fields of a user that have another name in REST responses: the name in the schema, and the one in REST.
    pub(crate) fn aliases(&self) -> impl Iterator<Item = (String, String)> {
        let fields = self.of(FieldSet::User).iter().filter(|field| field.row.rest_alias);
        fields.filter_map(|field| Some((field.row.read.clone()?, field.name.clone())))
    }
}

/// The problem with a row, if any.
fn wrong(fields: &[(usize, Field)], field: &Field) -> Option<String> {
    let row = &field.row;
    if field.types().is_none() {
        let known: Vec<&str> = TYPES.iter().map(|(graphql, ..)| *graphql).collect();
        return Some(format!("`{}` is not the type of a field; use one of {}", row.r#type, known.join(", ")));
    }
    // `keys` is a way to merge, not the name of a field.
    let named = row.same_as.iter().chain(row.merge.iter().filter(|merge| *merge != "keys"));
    let has = |name: &String| fields.iter().any(|(_, other)| other.name == *name);
    named.filter(|name| !has(name)).map(|name| format!("unknown field `{name}`")).next()
}

/// Where a row begins.
fn place_of(source: &Source, set: FieldSet, name: &str) -> usize {
    source.text.find(&format!("[{}.{name}]", set.name())).unwrap_or_default()
}
