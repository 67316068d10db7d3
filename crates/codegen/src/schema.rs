//! A schema, from SDL or from the JSON of an introspection, indexed for resolving selections.

mod introspection;

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::Name;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use apollo_compiler::validation::{DiagnosticData, Valid, WithErrors};

use crate::validate::{self, Context};
use crate::{Problem, Source};

/// A schema whose types can be relied on.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) valid: Valid<apollo_compiler::Schema>,
    /// The object types that a value of each composite type may have, sorted by name.
    possible: BTreeMap<String, BTreeSet<String>>,
}

impl Schema {
    /// Reads SDL, or JSON with or without `data` around `__schema`.
    pub(crate) fn parse(source: &Source) -> Result<Self, Vec<Problem>> {
        let is_json = source.text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
        let text = if is_json { introspection::to_sdl(source)? } else { source.text.clone() };
        // apollo-compiler does not know the directive yet. At the end, so that no line moves.
        let needs_one_of = text.contains("@oneOf") && !text.contains("directive @oneOf");
        let one_of = if needs_one_of { "\ndirective @oneOf on INPUT_OBJECT\n" } else { "" };
        let valid = match apollo_compiler::Schema::parse_and_validate(format!("{text}{one_of}"), &source.path) {
            Ok(valid) => valid,
            Err(WithErrors { partial, errors }) => {
                let help = "pull the schema again, or correct the file";
                let context = Context { path: &source.path, help, ..Context::default() };
                let problems = validate::problems(&errors, &context, |error| !is_tolerable(error));
                if !problems.is_empty() {
                    return Err(problems);
                }
                Valid::assume_valid(partial)
            }
        };
        let possible = possible_types(&valid);
        Ok(Self { valid, possible })
    }

    pub(crate) fn kind(&self, name: &str) -> Option<&ExtendedType> {
        self.valid.types.get(name)
    }

    /// The object types that a value of this type may have, sorted by name.
    pub(crate) fn possible_types(&self, name: &str) -> impl Iterator<Item = &str> {
        self.possible.get(name).into_iter().flatten().map(String::as_str)
    }

    /// Whether an object type matches a type condition.
    pub(crate) fn applies(&self, object: &str, condition: &str) -> bool {
        self.possible.get(condition).is_some_and(|possible| possible.contains(object))
    }

    /// The field of an object type or interface.
    pub(crate) fn field(&self, owner: &str, name: &str) -> Option<&FieldDefinition> {
        self.valid.type_field(owner, name).ok().map(|field| &***field)
    }

    /// Whether values of this type have no fields to select.
    pub(crate) fn is_leaf(&self, name: &str) -> bool {
        self.kind(name).is_none_or(ExtendedType::is_leaf)
    }

    /// Whether values of this type may have several object types.
    pub(crate) fn is_abstract(&self, name: &str) -> bool {
        self.kind(name).is_some_and(|kind| kind.is_interface() || kind.is_union())
    }

    /// The description of a type.
    pub(crate) fn description(&self, name: &str) -> Option<&str> {
        self.kind(name)?.description().map(|text| &**text)
    }

    /// Whether the type has an `id: ID!`.
    pub(crate) fn has_required_id(&self, object: &str) -> bool {
        self.field(object, "id").is_some_and(|field| is_required_id(&field.ty))
    }
}

/// Whether a type is `ID!`.
pub(crate) fn is_required_id(ty: &Type) -> bool {
    matches!(ty, Type::NonNullNamed(name) if name == "ID")
}

/// What real servers return and every client accepts: the structure is complete all the same.
fn is_tolerable(error: &DiagnosticData) -> bool {
    const NAMES: [&str; 8] = [
        "ReservedName",
        "MissingInterfaceField",
        "TransitiveImplementedInterfaces",
        "InvalidImplementationFieldType",
        "MissingInterfaceFieldArgument",
        "InvalidImplementationFieldArgumentType",
        "ExtraRequiredImplementationFieldArgument",
        "UndefinedDirective",
    ];
    error.unstable_error_name().is_some_and(|name| NAMES.contains(&name))
        || error.to_string().starts_with("duplicate definitions for the")
}

fn possible_types(schema: &apollo_compiler::Schema) -> BTreeMap<String, BTreeSet<String>> {
    let mut possible: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, kind) in &schema.types {
        match kind {
            ExtendedType::Object(object) => {
                let own = std::iter::once(name).chain(object.implements_interfaces.iter().map(|name| &name.name));
                for of in own {
                    possible.entry(of.to_string()).or_default().insert(name.to_string());
                }
            }
            ExtendedType::Union(union) => {
                let members = union.members.iter().map(|member| member.name.to_string());
                possible.entry(name.to_string()).or_default().extend(members);
            }
            _ => {}
        }
    }
    possible
}

/// The names of the enums in an input of this type, at any depth.
pub(crate) fn input_types(schema: &Schema, name: &Name) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    let mut open = vec![name.clone()];
    while let Some(name) = open.pop() {
        match schema.kind(&name) {
            Some(ExtendedType::Enum(_)) => _ = found.insert(name),
            // Input objects may refer to themselves.
            Some(ExtendedType::InputObject(input)) if found.insert(name) => {
                open.extend(input.fields.values().map(|field| field.ty.inner_named_type().clone()));
            }
            _ => {}
        }
    }
    found
}
