//! The model: one struct for each object type that a selection reaches, with the union of the selected fields; one enum
//! for each enum, open to unknown values; one for each union and interface, open to unknown members; and one struct for
//! each input object that a variable takes.

mod inputs;
mod print;

pub(crate) use inputs::{Inputs, input};
pub(crate) use print::{Printer, field_doc};

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::Name;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::ExtendedType;

use crate::Problem;
use crate::routes::Routes;
use crate::schema::{Schema, input_types, is_required_id};
use crate::selection::{ByType, Field, Fields, Selected};
use crate::settings::Settings;

/// All types that selections and variables reach.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// Object types, each with its fields by response key.
    objects: BTreeMap<String, BTreeMap<String, ModelField>>,
    /// Unions and interfaces, each with its selected members.
    abstracts: BTreeMap<String, BTreeSet<String>>,
    /// Enums and input objects.
    inputs: BTreeSet<Name>,
    /// The object types whose `id` some selection omits.
    without_id: BTreeSet<String>,
}

#[derive(Debug, Clone)]
struct ModelField {
    /// The name in the schema.
    name: String,
    ty: Type,
    description: Option<String>,
    place: Problem,
}

impl Model {
    /// Merges the selections of all operations that share their types, and the variables of all.
    pub(crate) fn gather(
        schema: &Schema,
        selected: &[Selected],
        routes: &Routes,
        settings: &Settings,
    ) -> Result<Self, Vec<Problem>> {
        let mut gather = Gather { schema, settings, model: Self::default(), problems: Vec::new() };
        for operation in selected {
            for (_, ty, _) in &operation.variables {
                gather.model.inputs.extend(input_types(schema, ty.inner_named_type()));
            }
            for root in operation.roots.values() {
                if operation.is_narrow {
                    gather.enums(root);
                } else {
                    gather.field(root);
                }
            }
        }
        let Gather { mut model, problems, .. } = gather;
        for (owner, extra) in routes.rest_fields() {
            // A type that no operation selects has no struct to add to.
            if let Some(fields) = model.objects.get_mut(owner) {
                let field = ModelField {
                    name: extra.name.clone(),
                    ty: extra.ty(),
                    description: Some(extra.doc.clone()),
                    place: Problem::whole("queries/routes.toml", "", ""),
                };
                fields.insert(extra.name, field);
            }
        }
        if problems.is_empty() { Ok(model) } else { Err(problems) }
    }

    /// Whether a field is required instead of an `Option`: every selection has it, and the schema guarantees it.
    fn is_required(&self, owner: &str, key: &str, ty: &Type) -> bool {
        key == "id" && is_required_id(ty) && !self.without_id.contains(owner)
    }
}

struct Gather<'g> {
    schema: &'g Schema,
    settings: &'g Settings,
    model: Model,
    problems: Vec<Problem>,
}

impl Gather<'_> {
    fn field(&mut self, field: &Field) {
        let name = field.ty.inner_named_type();
        match self.schema.kind(name) {
            Some(ExtendedType::Enum(_)) => _ = self.model.inputs.insert(name.clone()),
            Some(ExtendedType::Union(_) | ExtendedType::Interface(_)) => {
                self.model.abstracts.entry(name.to_string()).or_default().extend(field.children.keys().cloned());
            }
            _ => {}
        }
        self.check_id(name, &field.children, &field.place);
        self.children(&field.children);
    }

    /// The enums of an operation that has types of its own.
    fn enums(&mut self, field: &Field) {
        let name = field.ty.inner_named_type();
        if let Some(ExtendedType::Enum(_)) = self.schema.kind(name) {
            self.model.inputs.insert(name.clone());
        }
        field.children.values().flat_map(Fields::values).for_each(|field| self.enums(field));
    }

    fn children(&mut self, children: &ByType) {
        for (object, fields) in children {
            for (key, field) in fields {
                let known = self.model.objects.entry(object.clone()).or_default();
                match known.get(key) {
                    Some(other) if other.name != field.name => self.problems.push(Problem {
                        message: format!(
                            "`{object}.{key}` is `{}` here and `{}` at {}:{}",
                            field.name, other.name, other.place.path, other.place.line
                        ),
                        help: format!(
                            "use another alias: `{object}` is one struct for all operations; or give the operation types of \
                             its own with `# @generate(types: narrow)`"
                        ),
                        ..field.place.clone()
                    }),
                    Some(_) => {}
                    None => {
                        let field = ModelField {
                            name: field.name.clone(),
                            ty: field.ty.clone(),
                            description: field.description.clone(),
                            place: field.place.clone(),
                        };
                        known.insert(key.clone(), field);
                    }
                }
                self.field(field);
            }
        }
    }

    /// A struct requires an `id: ID!` only if every selection has it.
    fn check_id(&mut self, type_name: &str, children: &ByType, place: &Problem) {
        for (object, fields) in children {
            let has_id = fields.get("id").is_some_and(|id| is_required_id(&id.ty) && !id.is_conditional);
            if !self.schema.has_required_id(object) || has_id {
                continue;
            }
            self.model.without_id.insert(object.clone());
            if self.settings.require_ids {
                let within = if object == type_name { String::new() } else { format!(" on `{object}`") };
                self.problems.push(Problem {
                    message: format!("`id` is not selected{within}"),
                    help: format!("add `id`: a `{object}` is one struct for all operations, and its id is required"),
                    ..place.clone()
                });
            }
        }
    }
}
