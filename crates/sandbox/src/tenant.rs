//! A tenant as GraphQL sees it: every object of the schema. Values are specific where the documents define them, and
//! made up otherwise.

mod catalogue;
mod events;
mod logs;
mod node;
mod page;
mod rest;

use std::ops::Deref;
use std::sync::Arc;

use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::resolvers::FieldError;
use apollo_compiler::response::JsonMap;

pub(crate) use events::{Happened, happened, oldest};
pub(crate) use node::{Acting, CUSTOM_FIELDS, Node, Place, Resolved};
pub(crate) use node::{content_sku, content_slug, course_is_published};
pub(crate) use page::Page;
pub(crate) use rest::Documents;

use crate::population::Population;
use crate::schema::{self, Parsed};
use crate::world::{Ledger, World};
use crate::{Dialect, Error};

/// A schema, and how its fields get their values.
#[derive(Debug)]
pub(crate) struct Served {
    parsed: Arc<Parsed>,
    /// Whether the root fields are those of a tenant. Any other schema gets made-up values from its roots on.
    pub(crate) is_tenant: bool,
    pub(crate) mutate: Mutate,
}

/// Carries out a mutation, given the root object and its field.
pub(crate) type Mutate =
    for<'t> fn(&Node<'t>, &'t FieldDefinition, &JsonMap) -> Result<Option<Resolved<'t>>, FieldError>;

impl Served {
    fn new(parsed: Arc<Parsed>, is_tenant: bool, mutate: Mutate) -> Self {
        Self { parsed, is_tenant, mutate }
    }
}

impl Deref for Served {
    type Target = Parsed;

    fn deref(&self) -> &Parsed {
        &self.parsed
    }
}

/// A tenant: its schemas, its users, and the documents that REST bodies are read with.
#[derive(Debug)]
pub(crate) struct Tenant {
    population: Population,
    ledger: Ledger,
    pub(crate) documents: Arc<Documents>,
    own: Served,
    public: Option<Served>,
}

impl Tenant {
    /// `served` is the schema at the GraphQL endpoint if that is not the documented one, and whether it is a tenant's.
    pub(crate) fn new(
        served: Option<(Arc<Parsed>, bool)>,
        population: Population,
        ledger: Ledger,
        mutate: Mutate,
    ) -> Result<Self, Error> {
        Ok(Self {
            population,
            ledger,
            documents: Documents::shared()?,
            own: Served::new(schema::of_dialect(Dialect::Documented)?, true, mutate),
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
