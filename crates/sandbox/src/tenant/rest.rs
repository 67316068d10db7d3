//! The GraphQL documents that REST bodies are read with, in both dialects.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};

use crate::Error;
use crate::error::problems;
use crate::schema::{self, Once};

/// The documented bodies: the operation that each is named after, and how many levels of it the reference prints.
const BODIES: [(&str, usize); 22] = [
    ("APIUsers", 3),
    ("UserById", 3),
    ("Clients", 3),
    ("ClientById", 2),
    ("APILicensesByClientId", 3),
    ("LicenseById", 2),
    ("APIBackgroundJob", 1),
    ("APIEvents", 2),
    ("APIContentSearch", 2),
    ("CourseGroups", 2),
    ("CourseGroupById", 2),
    ("CourseGroupBySlug", 2),
    ("CourseById", 3),
    ("ZendeskContentsByUserId", 2),
    ("AssessmentAttempts", 2),
    ("Meetings", 2),
    ("MeetingById", 2),
    ("APICoupons", 2),
    ("APICourseCoupons", 2),
    ("RedemptionCodeGroups", 2),
    ("RedemptionCodeGroupById", 2),
    ("APICacheLogs", 2),
];

/// The documents, parsed once in a process.
#[derive(Debug)]
pub(crate) struct Documents {
    /// `data.APIUsers` and similar bodies, as deep as the reference prints them.
    wrapped: BTreeMap<&'static str, Valid<ExecutableDocument>>,
    /// The flat bodies of the observed dialect, all in one document.
    pub(crate) flat: Valid<ExecutableDocument>,
    /// The bodies of v1.
    pub(crate) v1: Valid<ExecutableDocument>,
}

static DOCUMENTS: Once<Documents> = LazyLock::new(|| {
    let parsed = schema::DOCUMENTED.clone()?;
    Documents::new(&parsed.schema).map(Arc::new)
});

impl Documents {
    /// The documents of every sandbox.
    pub(crate) fn shared() -> Result<Arc<Self>, Error> {
        schema::shared(&DOCUMENTS)
    }

    /// The document of a documented body, by its operation.
    pub(crate) fn of(&self, operation: &str) -> Option<&Valid<ExecutableDocument>> {
        self.wrapped.get(operation)
    }

    fn new(schema: &Valid<Schema>) -> Result<Self, String> {
        // The reference elides everything four levels below `data`; only identifying fields are read there.
        let wrapped = BODIES.iter().map(|(operation, depth)| Ok((*operation, printed(schema, operation, *depth)?)));
        Ok(Self {
            wrapped: wrapped.collect::<Result<_, String>>()?,
            flat: parse(schema, include_str!("../../tenant/rest/flat.graphql"))?,
            v1: parse(schema, include_str!("../../tenant/rest/v1.graphql"))?,
        })
    }
}

/// The document of a body: a root field with all of its arguments, as variables.
fn printed(schema: &Valid<Schema>, operation: &str, depth: usize) -> Result<Valid<ExecutableDocument>, String> {
    let field = schema.type_field("Query", operation).map_err(|_| format!("no root field {operation}"))?;
    let (mut variables, mut arguments) = (Vec::new(), Vec::new());
    for argument in &field.arguments {
        variables.push(format!("${}: {}", argument.name, argument.ty));
        arguments.push(format!("{}: ${}", argument.name, argument.name));
    }
    let in_brackets = |list: &[String]| if list.is_empty() { String::new() } else { format!("({})", list.join(", ")) };
    let mut text = format!("query{} {{ {operation}{} {{", in_brackets(&variables), in_brackets(&arguments));
    write_selection(&mut text, schema, field.ty.inner_named_type(), depth);
    text.push_str(" } }");
    parse(schema, &text)
}

fn parse(schema: &Valid<Schema>, text: &str) -> Result<Valid<ExecutableDocument>, String> {
    ExecutableDocument::parse_and_validate(schema, text, "rest.graphql").map_err(|invalid| problems(&invalid.errors))
}

/// Selects every field of a type `depth` levels down, and the identifying fields of objects on the last level.
fn write_selection(out: &mut String, schema: &Valid<Schema>, type_name: &str, depth: usize) {
    let Some(fields) = fields(schema, type_name) else {
        out.push_str(" __typename");
        return;
    };
    let before = out.len();
    for field in fields {
        let inner = field.ty.inner_named_type();
        let is_leaf = schema.types.get(inner).is_none_or(ExtendedType::is_leaf);
        // `active` is documented in the API guide only, which does not cover v2.
        if field.name == "active" || (depth == 0 && !identifies(field)) {
            continue;
        }
        if is_leaf {
            _ = write!(out, " {}", field.name);
        } else if depth > 0 {
            _ = write!(out, " {} {{", field.name);
            write_selection(out, schema, inner, depth - 1);
            out.push_str(" }");
        }
    }
    if out.len() == before {
        out.push_str(" __typename");
    }
}

fn identifies(field: &apollo_compiler::ast::FieldDefinition) -> bool {
    matches!(field.name.as_str(), "id" | "name" | "title" | "label" | "slug" | "sku" | "status" | "email")
}

fn fields<'s>(
    schema: &'s Valid<Schema>,
    type_name: &str,
) -> Option<impl Iterator<Item = &'s apollo_compiler::ast::FieldDefinition>> {
    let fields = match schema.types.get(type_name)? {
        ExtendedType::Object(object) => &object.fields,
        ExtendedType::Interface(interface) => &interface.fields,
        _ => return None,
    };
    Some(fields.values().map(|field| &***field))
}
