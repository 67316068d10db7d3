//! The model: one struct for each object type that a selection reaches, with the union of the selected fields; one enum
//! for each enum, open to unknown values; one for each union and interface, open to unknown members.

mod print;
pub(crate) use print::Printer;

use std::collections::{BTreeMap, BTreeSet};

use crate::Problem;
use crate::routes::Routes;
use crate::schema::{Kind, Schema, TypeInfoRef};
use crate::selection::{ByType, Field, Selected, has_required_id};

/// All types that selections reach.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// Object types, each with its fields by response key.
    objects: BTreeMap<String, BTreeMap<String, ModelField>>,
    /// Unions and interfaces, each with its selected members.
    abstracts: BTreeMap<String, BTreeSet<String>>,
    enums: BTreeSet<String>,
}

#[derive(Debug, Clone)]
struct ModelField {
    /// The name in the schema.
    name: String,
    ty: TypeInfoRef,
    description: Option<String>,
    place: Problem,
}

impl Model {
    /// Merges the selections of all operations.
    pub(crate) fn gather(schema: &Schema, selected: &[Selected], routes: &Routes) -> Result<Self, Vec<Problem>> {
        let mut model = Self::default();
        let mut problems = Vec::new();
        for operation in selected {
            model.add(schema, &operation.root, &mut problems);
            model.enums.extend(operation.input_enums.iter().cloned());
        }
        for (owner, extra) in routes.rest_fields() {
            // A type that no operation selects has no struct to add to.
            if let Some(fields) = model.objects.get_mut(owner) {
                fields.insert(
                    extra.name.clone(),
                    ModelField {
                        name: extra.name.clone(),
                        ty: TypeInfoRef::named(&extra.ty),
                        description: Some(extra.doc.clone()),
                        place: Problem::whole("queries/routes.toml", "", ""),
                    },
                );
            }
        }
        if problems.is_empty() { Ok(model) } else { Err(problems) }
    }

    fn add(&mut self, schema: &Schema, field: &Field, problems: &mut Vec<Problem>) {
        let type_name = &field.ty.name;
        match schema.types.get(type_name).map(|info| &info.kind) {
            Some(Kind::Enum { .. }) => _ = self.enums.insert(type_name.clone()),
            Some(Kind::Union { .. } | Kind::Interface { .. }) => {
                self.abstracts.entry(type_name.clone()).or_default().extend(field.children.keys().cloned());
            }
            _ => {}
        }
        self.add_children(schema, &field.children, problems);
    }

    fn add_children(&mut self, schema: &Schema, children: &ByType, problems: &mut Vec<Problem>) {
        for (object, fields) in children {
            for (key, field) in fields {
                let known = self.objects.entry(object.clone()).or_default();
                match known.get(key) {
                    Some(other) if other.name != field.name => problems.push(Problem {
                        message: format!(
                            "`{object}.{key}` is `{}` here and `{}` at {}:{}",
                            field.name, other.name, other.place.path, other.place.line
                        ),
                        help: format!("use another alias: `{object}` is one struct for all operations"),
                        ..field.place.clone()
                    }),
                    Some(_) => {}
                    None => {
                        known.insert(
                            key.clone(),
                            ModelField {
                                name: field.name.clone(),
                                ty: field.ty.clone(),
                                description: field.description.clone(),
                                place: field.place.clone(),
                            },
                        );
                    }
                }
                self.add(schema, field, problems);
            }
        }
    }

    /// Whether the field is required instead of an `Option`: every selection has it, and the schema guarantees it.
    fn is_required(schema: &Schema, object: &str, key: &str) -> bool {
        key == "id" && has_required_id(schema, object)
    }
}
