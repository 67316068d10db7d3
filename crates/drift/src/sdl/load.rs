//! Reads a schema from SDL text.

use std::collections::BTreeMap;

use apollo_compiler::ast::{
    self, Definition, DirectiveList, EnumValueDefinition, FieldDefinition, InputValueDefinition, OperationType, Type,
};
use apollo_compiler::{Name, Node};

use super::chunks::{Chunk, chunks};
use super::literal;
use super::parse::parse;
use crate::LoadError;
use crate::schema::{
    Applied, AppliedDirective, Deprecation, DirectiveDefinition, EnumValue, Field, InputValue, Schema, TypeDefinition,
    TypeKind, TypeRef, is_built_in_directive, is_built_in_type,
};

/// Reads SDL, extensions included. Every list is sorted by name.
///
/// # Errors
/// If the text does not parse, or extends something that is not defined.
pub fn load(sdl: &str) -> Result<Schema, LoadError> {
    let mut schema = Schema::default();
    let mut extensions = Vec::new();
    let mut has_block = false;
    for chunk in chunks(sdl) {
        let document = parse(chunk).map_err(|error| located(error, sdl, chunk))?;
        for definition in &document.definitions {
            has_block |= matches!(definition, Definition::SchemaDefinition(_));
            read_definition(&mut schema, definition, chunk)?;
            extensions.extend(read_extension(definition, chunk));
        }
    }
    if !has_block {
        let present = |name: &str| schema.types.contains_key(name).then(|| name.to_owned());
        (schema.query, schema.mutation, schema.subscription) =
            (present("Query"), present("Mutation"), present("Subscription"));
    }
    // An extension may precede what it extends, so extensions are applied last.
    let mut blocks = BTreeMap::new();
    for extension in extensions {
        apply(&mut schema, extension, &mut blocks)?;
    }
    schema.finish()?;
    Ok(schema)
}

/// An error of a chunk, with its line in the whole source. A chunk begins where a definition ended, so that only its
/// first line has columns before it.
fn located(error: LoadError, sdl: &str, chunk: Chunk<'_>) -> LoadError {
    let before = sdl.get(..chunk.base).unwrap_or_default();
    match error {
        LoadError::Sdl { line, column, message } => {
            let last = before.rsplit('\n').next().unwrap_or_default().chars().count();
            LoadError::Sdl {
                line: before.matches('\n').count() + line,
                column: if line == 1 { last + column } else { column },
                message,
            }
        }
        other => other,
    }
}

/// An extension of the schema or of a type.
enum Extension {
    Schema(Applied, Roots),
    Type(TypeDefinition),
}

/// The names of root types.
type Roots = Vec<(OperationType, String)>;

fn roots(nodes: &[Node<(OperationType, ast::NamedType)>]) -> Roots {
    nodes.iter().map(|root| (root.0, root.1.to_string())).collect()
}

fn read_definition(schema: &mut Schema, definition: &Definition, source: Chunk<'_>) -> Result<(), LoadError> {
    match definition {
        Definition::SchemaDefinition(definition) => {
            schema.description = text(definition.description.as_ref());
            // A `schema` block has no name, so its position is that of the block.
            schema.position = source.at(definition.location());
            schema.applied = applied(&definition.directives, 0, source);
            read_roots(schema, roots(&definition.root_operations));
            match definition.root_operations.as_slice() {
                [] => Err(LoadError::Invalid("its `schema` block names no root type".to_owned())),
                _ => Ok(()),
            }
        }
        Definition::DirectiveDefinition(definition) if !is_built_in_directive(&definition.name) => {
            schema.insert_directive(read_directive(definition, source));
            Ok(())
        }
        _ => {
            let read = read_type(definition, false, source);
            read.into_iter().filter(|read| !is_built_in_type(&read.name)).for_each(|read| schema.insert(read));
            Ok(())
        }
    }
}

fn read_extension(definition: &Definition, source: Chunk<'_>) -> Option<Extension> {
    match definition {
        Definition::SchemaExtension(extension) => {
            Some(Extension::Schema(applied(&extension.directives, 0, source), roots(&extension.root_operations)))
        }
        _ => read_type(definition, true, source).map(Extension::Type),
    }
}

/// Adds an extension to what it extends. `blocks` counts the extensions of each name.
fn apply(schema: &mut Schema, extension: Extension, blocks: &mut BTreeMap<String, u32>) -> Result<(), LoadError> {
    let mut in_block = |name: &str, applied: Applied| {
        let block = blocks.entry(name.to_owned()).or_default();
        *block += 1;
        let block = *block;
        applied.0.into_iter().map(move |usage| AppliedDirective { block, ..usage })
    };
    match extension {
        Extension::Schema(applied, roots) => {
            // No type has an empty name.
            schema.applied.0.extend(in_block("", applied));
            read_roots(schema, roots);
            Ok(())
        }
        Extension::Type(added) => {
            let Some(base) = schema.types.get_mut(&added.name) else {
                return Err(LoadError::ExtendsNothing(added.name));
            };
            base.applied.0.extend(in_block(&added.name, added.applied));
            if base.kind.extend(added.kind) { Ok(()) } else { Err(LoadError::ExtendsNothing(added.name)) }
        }
    }
}

fn read_roots(schema: &mut Schema, roots: Roots) {
    for (operation, name) in roots {
        let slot = match operation {
            OperationType::Query => &mut schema.query,
            OperationType::Mutation => &mut schema.mutation,
            OperationType::Subscription => &mut schema.subscription,
        };
        // An existing root is kept; an extension adds the others.
        slot.get_or_insert(name);
    }
}

/// Reads a definition of a type, or an extension of one; `None` for anything else.
fn read_type(definition: &Definition, extensions: bool, source: Chunk<'_>) -> Option<TypeDefinition> {
    use Definition as D;
    let is_extension = definition.is_extension_definition();
    if is_extension != extensions {
        return None;
    }
    let none = None;
    let (name, description, directives, kind) = match definition {
        D::ScalarTypeDefinition(it) => (&it.name, &it.description, &it.directives, scalar(&it.directives)),
        D::ScalarTypeExtension(it) => (&it.name, &none, &it.directives, scalar(&it.directives)),
        D::ObjectTypeDefinition(it) => {
            (&it.name, &it.description, &it.directives, object(&it.implements_interfaces, &it.fields, source))
        }
        D::ObjectTypeExtension(it) => {
            (&it.name, &none, &it.directives, object(&it.implements_interfaces, &it.fields, source))
        }
        D::InterfaceTypeDefinition(it) => {
            (&it.name, &it.description, &it.directives, interface(&it.implements_interfaces, &it.fields, source))
        }
        D::InterfaceTypeExtension(it) => {
            (&it.name, &none, &it.directives, interface(&it.implements_interfaces, &it.fields, source))
        }
        D::UnionTypeDefinition(it) => (&it.name, &it.description, &it.directives, union(&it.members)),
        D::UnionTypeExtension(it) => (&it.name, &none, &it.directives, union(&it.members)),
        D::EnumTypeDefinition(it) => (&it.name, &it.description, &it.directives, enumeration(&it.values, source)),
        D::EnumTypeExtension(it) => (&it.name, &none, &it.directives, enumeration(&it.values, source)),
        D::InputObjectTypeDefinition(it) => {
            (&it.name, &it.description, &it.directives, input(&it.fields, &it.directives, source))
        }
        D::InputObjectTypeExtension(it) => (&it.name, &none, &it.directives, input(&it.fields, &it.directives, source)),
        _ => return None,
    };
    Some(TypeDefinition {
        name: name.to_string(),
        description: text(description.as_ref()),
        kind,
        position: source.position(name),
        applied: applied(directives, 0, source),
    })
}

fn scalar(directives: &DirectiveList) -> TypeKind {
    let url = directives.get("specifiedBy").and_then(|directive| directive.specified_argument_by_name("url"));
    TypeKind::Scalar { specified_by_url: url.and_then(|url| url.as_str()).map(str::to_owned) }
}

fn object(interfaces: &[Name], fields: &[Node<FieldDefinition>], source: Chunk<'_>) -> TypeKind {
    TypeKind::Object {
        interfaces: strings(interfaces),
        fields: fields.iter().map(|field| read_field(field, source)).collect(),
    }
}

fn interface(interfaces: &[Name], fields: &[Node<FieldDefinition>], source: Chunk<'_>) -> TypeKind {
    TypeKind::Interface {
        interfaces: strings(interfaces),
        fields: fields.iter().map(|field| read_field(field, source)).collect(),
    }
}

fn union(members: &[Name]) -> TypeKind {
    TypeKind::Union { members: strings(members) }
}

fn enumeration(values: &[Node<EnumValueDefinition>], source: Chunk<'_>) -> TypeKind {
    TypeKind::Enum { values: values.iter().map(|value| read_enum_value(value, source)).collect() }
}

fn input(fields: &[Node<InputValueDefinition>], directives: &DirectiveList, source: Chunk<'_>) -> TypeKind {
    TypeKind::InputObject {
        fields: fields.iter().map(|value| read_input_value(value, source)).collect(),
        is_one_of: directives.has("oneOf"),
    }
}

fn read_field(field: &Node<FieldDefinition>, source: Chunk<'_>) -> Field {
    Field {
        name: field.name.to_string(),
        description: text(field.description.as_ref()),
        arguments: field.arguments.iter().map(|value| read_input_value(value, source)).collect(),
        ty: read_type_ref(&field.ty),
        deprecation: deprecation(&field.directives),
        position: source.position(&field.name),
        applied: applied(&field.directives, 0, source),
    }
}

fn read_input_value(value: &Node<InputValueDefinition>, source: Chunk<'_>) -> InputValue {
    InputValue {
        name: value.name.to_string(),
        description: text(value.description.as_ref()),
        ty: read_type_ref(&value.ty),
        default: value.default_value.as_deref().map(literal::print),
        deprecation: deprecation(&value.directives),
        position: source.position(&value.name),
        applied: applied(&value.directives, 0, source),
    }
}

fn read_enum_value(value: &Node<EnumValueDefinition>, source: Chunk<'_>) -> EnumValue {
    EnumValue {
        name: value.value.to_string(),
        description: text(value.description.as_ref()),
        deprecation: deprecation(&value.directives),
        position: source.position(&value.value),
        applied: applied(&value.directives, 0, source),
    }
}

fn read_directive(definition: &Node<ast::DirectiveDefinition>, source: Chunk<'_>) -> DirectiveDefinition {
    DirectiveDefinition {
        name: definition.name.to_string(),
        description: text(definition.description.as_ref()),
        arguments: definition.arguments.iter().map(|value| read_input_value(value, source)).collect(),
        locations: definition.locations.iter().map(|location| location.name().to_owned()).collect(),
        is_repeatable: definition.repeatable,
        position: source.position(&definition.name),
    }
}

pub(crate) fn read_type_ref(ty: &Type) -> TypeRef {
    match ty {
        Type::Named(name) => TypeRef::Named(name.to_string()),
        Type::NonNullNamed(name) => TypeRef::NonNull(Box::new(TypeRef::Named(name.to_string()))),
        Type::List(inner) => TypeRef::List(Box::new(read_type_ref(inner))),
        Type::NonNullList(inner) => TypeRef::NonNull(Box::new(TypeRef::List(Box::new(read_type_ref(inner))))),
    }
}

fn text(description: Option<&Node<str>>) -> Option<String> {
    description.map(|description| description.as_str().to_owned())
}

fn strings(names: &[Name]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn applied(directives: &DirectiveList, block: u32, source: Chunk<'_>) -> Applied {
    let usages = directives.iter().map(|directive| AppliedDirective {
        name: directive.name.to_string(),
        arguments: directive
            .arguments
            .iter()
            .map(|argument| (argument.name.to_string(), literal::as_written(&argument.value, source.text)))
            .collect(),
        block,
        position: source.position(&directive.name),
    });
    Applied(usages.collect())
}

fn deprecation(directives: &DirectiveList) -> Option<Deprecation> {
    let reason = directives.get("deprecated")?.specified_argument_by_name("reason");
    let reason = reason.and_then(|reason| reason.as_str()).unwrap_or(Deprecation::DEFAULT_REASON);
    Some(Deprecation::new(Some(reason.to_owned())))
}
