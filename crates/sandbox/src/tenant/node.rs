//! An object of the tenant, resolved one field at a time.

mod facts;
mod made_up;

use std::rc::Rc;

use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::{JsonMap, JsonValue};
use serde_json::Value;

pub(crate) use facts::{CUSTOM_FIELDS, content_sku, content_slug, course_is_published};

use super::Served;
use super::page::Page;
use crate::population::Chance;
use crate::world::World;

/// The user that a request acts for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Acting {
    pub(crate) user: Option<u32>,
}

/// The place of an object in the tenant.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// The root of the operation.
    Root(Acting),
    /// The n-th object of its type.
    Entity(u32),
    /// An object that a user holds: its index, and the user's.
    Held { user: u32, what: u32 },
    /// Inside another object.
    Inside(Chance),
    /// The result of a write.
    Given(Rc<Value>),
    /// A page of a list, or an object that describes it.
    Page(Rc<Page>),
}

/// An object of the tenant.
#[derive(Clone)]
pub(crate) struct Node<'t> {
    pub(crate) world: World<'t>,
    pub(crate) served: &'t Served,
    pub(crate) type_name: &'t str,
    pub(crate) place: Place,
}

/// The value of a field.
pub(crate) enum Resolved<'t> {
    Leaf(Value),
    Object(Node<'t>),
    List(Vec<Resolved<'t>>),
}

impl<'t> Node<'t> {
    /// The root object of an operation.
    pub(crate) fn root(world: World<'t>, served: &'t Served, type_name: &'t str, acting: Acting) -> Self {
        Self { world, served, type_name, place: Place::Root(acting) }
    }

    /// An object by its place.
    pub(crate) fn of_entity(world: World<'t>, served: &'t Served, type_name: &'t str, place: Place) -> Self {
        Self { world, served, type_name, place }
    }

    /// Another object of the same tenant.
    pub(crate) fn at(&self, type_name: &'t str, place: Place) -> Self {
        Self { world: self.world, served: self.served, type_name, place }
    }

    /// The n-th object of a type.
    pub(crate) fn entity(&self, type_name: &'t str, index: u32) -> Resolved<'t> {
        Resolved::Object(self.at(type_name, Place::Entity(index)))
    }

    /// Several objects of a type.
    pub(crate) fn entities(&self, type_name: &'t str, indices: impl IntoIterator<Item = u32>) -> Resolved<'t> {
        Resolved::List(indices.into_iter().map(|index| self.entity(type_name, index)).collect())
    }

    /// The objects that a user holds, each with the fields of its holding.
    pub(crate) fn held(&self, type_name: &'t str, user: u32, held: Vec<u32>) -> Resolved<'t> {
        let held = held.into_iter().map(|what| Resolved::Object(self.at(type_name, Place::Held { user, what })));
        Resolved::List(held.collect())
    }

    pub(crate) fn chance(&self) -> Chance {
        let base = Chance::new(self.world.population.seed).named(self.type_name);
        match &self.place {
            Place::Root(_) => base,
            Place::Entity(index) => base.at(u64::from(*index)),
            Place::Held { user, what } => base.at(u64::from(*user)).at(u64::from(*what)),
            Place::Inside(chance) => *chance,
            Place::Given(_) => base.named("given"),
            Place::Page(page) => base.at(u64::from(page.number)),
        }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&'t FieldDefinition> {
        self.served.schema.type_field(self.type_name, name).ok().map(|component| &***component)
    }

    /// The value of a field: a specific one, or a made-up one.
    pub(crate) fn value(&self, field: &'t FieldDefinition, arguments: &JsonMap) -> Result<Resolved<'t>, FieldError> {
        match facts::of(self, field, arguments)? {
            Some(fact) => Ok(fact),
            None => Ok(made_up::of(self, field)),
        }
    }
}

impl ObjectValue for Node<'_> {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, FieldError> {
        match self.field(info.field_name()) {
            Some(field) => Ok(self.value(field, info.arguments())?.into_resolved()),
            None => Err(self.unknown_field_error(info)),
        }
    }
}

impl<'t> Resolved<'t> {
    pub(crate) fn null() -> Self {
        Self::Leaf(Value::Null)
    }

    pub(crate) fn leaf(value: impl Into<Value>) -> Self {
        Self::Leaf(value.into())
    }

    pub(crate) fn leaves(values: impl IntoIterator<Item: Into<Value>>) -> Self {
        Self::List(values.into_iter().map(Self::leaf).collect())
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Leaf(Value::Null))
    }

    fn into_resolved(self) -> ResolvedValue<'t> {
        match self {
            Self::Leaf(value) => ResolvedValue::Leaf(JsonValue::from(value)),
            Self::Object(node) => ResolvedValue::object(node),
            Self::List(items) => ResolvedValue::list(items.into_iter().map(Resolved::into_resolved)),
        }
    }
}
