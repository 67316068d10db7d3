//! The GraphQL documents that REST bodies are read with, in both dialects.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};

use crate::Error;
use crate::error::problems;
use crate::schema::{self, Once};

/// The documents, parsed once in a process.
#[derive(Debug)]
pub(crate) struct Documents {
    /// `data.APIUsers` and similar bodies, as deep as the reference prints them.
    pub(crate) users: Valid<ExecutableDocument>,
    pub(crate) user: Valid<ExecutableDocument>,
    pub(crate) clients: Valid<ExecutableDocument>,
    pub(crate) client: Valid<ExecutableDocument>,
    pub(crate) licenses: Valid<ExecutableDocument>,
    pub(crate) license: Valid<ExecutableDocument>,
    pub(crate) job: Valid<ExecutableDocument>,
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

    fn new(schema: &Valid<Schema>) -> Result<Self, String> {
        let printed = |signature: &str, field: &str, type_name: &str, depth: usize| {
            let mut text = format!("query{signature} {{ {field} {{");
            write_selection(&mut text, schema, type_name, depth);
            text.push_str(" } }");
            parse(schema, &text)
        };
        // The reference elides everything four levels below `data`; only identifying fields are read there.
        Ok(Self {
            users: printed("($role: String, $page: Int)", "APIUsers(role: $role, page: $page)", "UsersList", 3)?,
            user: printed("($id: ID!)", "UserById(id: $id)", "User", 3)?,
            clients: printed(
                "($query: String, $sort: String, $page: Int, $count: Int)",
                "Clients(query: $query, sort: $sort, page: $page, count: $count)",
                "ClientsList",
                3,
            )?,
            client: printed("($id: ID!)", "ClientById(id: $id)", "Client", 2)?,
            licenses: printed(
                "($clientId: ID!, $page: Int)",
                "APILicensesByClientId(clientId: $clientId, page: $page)",
                "APILicenseList",
                3,
            )?,
            license: printed("($id: ID!)", "LicenseById(id: $id)", "License", 2)?,
            job: printed("($id: ID!)", "APIBackgroundJob(id: $id)", "BackgroundJob", 1)?,
            flat: parse(schema, include_str!("../../tenant/rest/flat.graphql"))?,
            v1: parse(schema, include_str!("../../tenant/rest/v1.graphql"))?,
        })
    }
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
