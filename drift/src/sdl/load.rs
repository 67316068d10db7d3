//! From SDL text to a schema.

use apollo_compiler::Node;
use apollo_compiler::ast::{
    self, Definition, DirectiveList, Document, EnumValueDefinition, FieldDefinition, InputValueDefinition,
    OperationType, Type,
};
use apollo_compiler::parser::Parser;

use super::literal;
use crate::LoadError;
use crate::schema::{
    Deprecation, DirectiveDefinition, EnumValue, Field, InputValue, Schema, TypeDefinition, TypeKind, TypeRef,
    is_built_in_directive, is_built_in_type,
};

/// Reads SDL, extensions included. Every list comes back in the order of names.
///
/// # Errors
/// If the text does not parse, defines a name twice, or extends what is not there.
pub fn load(sdl: &str) -> Result<Schema, LoadError> {
    let document = parse(sdl)?;
    let mut schema = Schema::default();
    for definition in &document.definitions {
        read_definition(&mut schema, definition)?;
    }
    if !document.definitions.iter().any(|definition| matches!(definition, Definition::SchemaDefinition(_))) {
        let present = |name: &str| schema.types.contains_key(name).then(|| name.to_owned());
        (schema.query, schema.mutation, schema.subscription) =
            (present("Query"), present("Mutation"), present("Subscription"));
    }
    for definition in &document.definitions {
        read_extension(&mut schema, definition)?;
    }
    schema.sort();
    Ok(schema)
}

/// Parses SDL and hands over the first thing that is wrong with it, with its place.
pub(super) fn parse(sdl: &str) -> Result<Document, LoadError> {
    Parser::new().parse_ast(sdl, "schema.graphql").map_err(|invalid| {
        let first = invalid.errors.iter().next();
        let place = first.as_ref().and_then(apollo_compiler::diagnostic::Diagnostic::line_column_range);
        LoadError::Sdl {
            line: place.as_ref().map_or(1, |range| range.start.line),
            column: place.as_ref().map_or(1, |range| range.start.column),
            message: first.map_or_else(String::new, |diagnostic| diagnostic.error.to_string()),
        }
    })
}

fn read_definition(schema: &mut Schema, definition: &Definition) -> Result<(), LoadError> {
    match definition {
        Definition::SchemaDefinition(definition) => {
            schema.description = text(definition.description.as_ref());
            read_roots(schema, &definition.root_operations);
            Ok(())
        }
        Definition::DirectiveDefinition(definition) if !is_built_in_directive(&definition.name) => {
            match schema.directives.insert(definition.name.to_string(), read_directive(definition)) {
                None => Ok(()),
                Some(twice) => Err(LoadError::Duplicate(format!("@{}", twice.name))),
            }
        }
        _ => match read_type(definition, false) {
            Some(definition) if !is_built_in_type(&definition.name) => schema.insert(definition),
            _ => Ok(()),
        },
    }
}

fn read_extension(schema: &mut Schema, definition: &Definition) -> Result<(), LoadError> {
    if let Definition::SchemaExtension(extension) = definition {
        read_roots(schema, &extension.root_operations);
    }
    let Some(added) = read_type(definition, true) else { return Ok(()) };
    let extended = schema.types.get_mut(&added.name).is_some_and(|base| base.kind.extend(added.kind));
    if extended { Ok(()) } else { Err(LoadError::ExtendsNothing(added.name)) }
}

fn read_roots(schema: &mut Schema, roots: &[Node<(OperationType, ast::NamedType)>]) {
    for root in roots {
        let (operation, name) = &**root;
        let slot = match operation {
            OperationType::Query => &mut schema.query,
            OperationType::Mutation => &mut schema.mutation,
            OperationType::Subscription => &mut schema.subscription,
        };
        *slot = Some(name.to_string());
    }
}

/// Reads a definition of a type, or an extension of one; `None` for anything else.
fn read_type(definition: &Definition, extensions: bool) -> Option<TypeDefinition> {
    use Definition as D;
    let is_extension = definition.is_extension_definition();
    if is_extension != extensions {
        return None;
    }
    let none = None;
    let (name, description, kind) = match definition {
        D::ScalarTypeDefinition(it) => (&it.name, &it.description, scalar(&it.directives)),
        D::ScalarTypeExtension(it) => (&it.name, &none, scalar(&it.directives)),
        D::ObjectTypeDefinition(it) => (&it.name, &it.description, object(&it.implements_interfaces, &it.fields)),
        D::ObjectTypeExtension(it) => (&it.name, &none, object(&it.implements_interfaces, &it.fields)),
        D::InterfaceTypeDefinition(it) => (&it.name, &it.description, interface(&it.implements_interfaces, &it.fields)),
        D::InterfaceTypeExtension(it) => (&it.name, &none, interface(&it.implements_interfaces, &it.fields)),
        D::UnionTypeDefinition(it) => (&it.name, &it.description, union(&it.members)),
        D::UnionTypeExtension(it) => (&it.name, &none, union(&it.members)),
        D::EnumTypeDefinition(it) => (&it.name, &it.description, enumeration(&it.values)),
        D::EnumTypeExtension(it) => (&it.name, &none, enumeration(&it.values)),
        D::InputObjectTypeDefinition(it) => (&it.name, &it.description, input(&it.fields, &it.directives)),
        D::InputObjectTypeExtension(it) => (&it.name, &none, input(&it.fields, &it.directives)),
        _ => return None,
    };
    Some(TypeDefinition { name: name.to_string(), description: text(description.as_ref()), kind })
}

fn scalar(directives: &DirectiveList) -> TypeKind {
    let url = directives.get("specifiedBy").and_then(|directive| directive.specified_argument_by_name("url"));
    TypeKind::Scalar { specified_by_url: url.and_then(|url| url.as_str()).map(str::to_owned) }
}

fn object(interfaces: &[apollo_compiler::Name], fields: &[Node<FieldDefinition>]) -> TypeKind {
    TypeKind::Object { interfaces: strings(interfaces), fields: fields.iter().map(read_field).collect() }
}

fn interface(interfaces: &[apollo_compiler::Name], fields: &[Node<FieldDefinition>]) -> TypeKind {
    TypeKind::Interface { interfaces: strings(interfaces), fields: fields.iter().map(read_field).collect() }
}

fn union(members: &[apollo_compiler::Name]) -> TypeKind {
    TypeKind::Union { members: strings(members) }
}

fn enumeration(values: &[Node<EnumValueDefinition>]) -> TypeKind {
    TypeKind::Enum { values: values.iter().map(read_enum_value).collect() }
}

fn input(fields: &[Node<InputValueDefinition>], directives: &DirectiveList) -> TypeKind {
    TypeKind::InputObject { fields: fields.iter().map(read_input_value).collect(), is_one_of: directives.has("oneOf") }
}

fn read_field(field: &Node<FieldDefinition>) -> Field {
    Field {
        name: field.name.to_string(),
        description: text(field.description.as_ref()),
        arguments: field.arguments.iter().map(read_input_value).collect(),
        ty: read_type_ref(&field.ty),
        deprecation: deprecation(&field.directives),
    }
}

fn read_input_value(value: &Node<InputValueDefinition>) -> InputValue {
    InputValue {
        name: value.name.to_string(),
        description: text(value.description.as_ref()),
        ty: read_type_ref(&value.ty),
        default: value.default_value.as_deref().map(literal::print),
        deprecation: deprecation(&value.directives),
    }
}

fn read_enum_value(value: &Node<EnumValueDefinition>) -> EnumValue {
    EnumValue {
        name: value.value.to_string(),
        description: text(value.description.as_ref()),
        deprecation: deprecation(&value.directives),
    }
}

fn read_directive(definition: &Node<ast::DirectiveDefinition>) -> DirectiveDefinition {
    DirectiveDefinition {
        name: definition.name.to_string(),
        description: text(definition.description.as_ref()),
        arguments: definition.arguments.iter().map(read_input_value).collect(),
        locations: definition.locations.iter().map(|location| location.name().to_owned()).collect(),
        is_repeatable: definition.repeatable,
    }
}

fn read_type_ref(ty: &Type) -> TypeRef {
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

fn strings(names: &[apollo_compiler::Name]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn deprecation(directives: &DirectiveList) -> Option<Deprecation> {
    let reason = directives.get("deprecated")?.specified_argument_by_name("reason");
    Some(Deprecation::new(reason.and_then(|reason| reason.as_str())))
}
