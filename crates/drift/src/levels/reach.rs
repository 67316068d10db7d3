//! The types that an operation can reach from the roots of a schema, in responses and in inputs.

use std::collections::HashSet;

use crate::schema::{AppliedDirective, Schema, TypeKind};

/// Directives of schemas that are one of several behind a router, which may reach what this schema does not lead to.
const OF_SUBGRAPHS: [&str; 3] = ["key", "extends", "link"];

/// The types that operations can reach; `None` if that is unknown, since the schema has no root or is only a part of
/// another.
pub(super) fn reached(schema: &Schema) -> Option<HashSet<&str>> {
    let is_of_subgraph = |usage: &AppliedDirective| OF_SUBGRAPHS.contains(&usage.name.as_str());
    let applied = schema.types.values().flat_map(|definition| &definition.applied.0).chain(&schema.applied.0);
    let roots = [&schema.query, &schema.mutation, &schema.subscription].into_iter().flatten().map(String::as_str);
    let mut waiting: Vec<&str> = roots.collect();
    if waiting.is_empty() || applied.into_iter().any(is_of_subgraph) {
        return None;
    }
    // A query can apply directives, and give them inputs.
    waiting.extend(schema.directives.values().flat_map(|it| &it.arguments).map(|argument| argument.ty.name()));
    let mut reached = HashSet::new();
    let mut implementers = std::collections::HashMap::<&str, Vec<&str>>::new();
    for definition in schema.types.values() {
        for interface in definition.interfaces() {
            implementers.entry(interface).or_default().push(&definition.name);
        }
    }
    while let Some(name) = waiting.pop() {
        if !reached.insert(name) {
            continue;
        }
        let Some(definition) = schema.types.get(name) else { continue };
        match &definition.kind {
            TypeKind::Object { .. } | TypeKind::Interface { .. } => {
                for field in definition.fields() {
                    waiting.push(field.ty.name());
                    waiting.extend(field.arguments.iter().map(|argument| argument.ty.name()));
                }
                // A fragment can be on an interface of the object, and on an object of the interface.
                waiting.extend(definition.interfaces().iter().map(String::as_str));
                waiting.extend(implementers.get(name).into_iter().flatten());
            }
            TypeKind::Union { members } => waiting.extend(members.iter().map(String::as_str)),
            TypeKind::InputObject { fields, .. } => waiting.extend(fields.iter().map(|field| field.ty.name())),
            TypeKind::Scalar { .. } | TypeKind::Enum { .. } => {}
        }
    }
    // A fragment can also be on a union with a member that is reached.
    for definition in schema.types.values() {
        if let TypeKind::Union { members } = &definition.kind
            && members.iter().any(|member| reached.contains(member.as_str()))
        {
            reached.insert(&definition.name);
        }
    }
    Some(reached)
}
