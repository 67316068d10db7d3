//! A tenant as GraphQL sees it: every object of the schema. Values are specific where the documents define them, and
//! made up otherwise.

mod catalogue;
mod node;
mod page;
mod rest;

use std::sync::Arc;

use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::collections::HashMap;
use apollo_compiler::resolvers::FieldError;
use apollo_compiler::response::JsonMap;
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema};

pub(crate) use node::{Acting, CUSTOM_FIELDS, Node, Place, Resolved};
pub(crate) use node::{content_sku, content_slug, course_is_published};
pub(crate) use page::Page;
pub(crate) use rest::Documents;

use crate::Error;
use crate::population::Population;
use crate::world::{Ledger, World};

/// A schema, and what is derived from it once.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) schema: Arc<Valid<Schema>>,
    pub(crate) implementers: HashMap<Name, Implementers>,
    /// Whether the root fields are those of a tenant. Any other schema gets made-up values from its roots on.
    pub(crate) is_tenant: bool,
    pub(crate) mutate: Mutate,
}

/// Carries out a mutation, given the root object and its field.
pub(crate) type Mutate =
    for<'t> fn(&Node<'t>, &'t FieldDefinition, &JsonMap) -> Result<Option<Resolved<'t>>, FieldError>;

impl Served {
    fn new(schema: Arc<Valid<Schema>>, is_tenant: bool, mutate: Mutate) -> Self {
        Self { implementers: schema.implementers_map(), schema, is_tenant, mutate }
    }
}

/// A tenant: its schemas, its users, and the documents that REST bodies are read with.
#[derive(Debug)]
pub(crate) struct Tenant {
    population: Population,
    ledger: Ledger,
    pub(crate) documents: Documents,
    own: Served,
    public: Option<Served>,
}

impl Tenant {
    /// `own` is the schema that REST bodies are read with; `served` is the schema at the GraphQL endpoint, if
    /// different.
    pub(crate) fn new(
        own: Arc<Valid<Schema>>,
        served: Option<(Arc<Valid<Schema>>, bool)>,
        population: Population,
        ledger: Ledger,
        mutate: Mutate,
    ) -> Result<Self, Error> {
        Ok(Self {
            population,
            ledger,
            documents: Documents::new(&own)?,
            own: Served::new(own, true, mutate),
            public: served.map(|(schema, is_tenant)| Served::new(schema, is_tenant, mutate)),
        })
    }

    /// The current contents of the tenant.
    pub(crate) fn world(&self) -> World<'_> {
        World::new(self.population, &self.ledger)
    }

    /// The schema that the GraphQL endpoint serves.
    pub(crate) fn public(&self) -> &Served {
        self.public.as_ref().unwrap_or(&self.own)
    }

    /// The schema that REST bodies are read with: the documented one, in either dialect.
    pub(crate) fn own(&self) -> &Served {
        &self.own
    }
}
