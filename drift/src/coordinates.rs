//! Every part of a schema on a line of its own, by its schema coordinate.

use std::collections::BTreeSet;

use crate::schema::{Field, InputValue, Schema, TypeKind};

impl Schema {
    /// Every definition, member and argument with its type, such as `Query.users(page:): Int`: what one schema has
    /// and another has not is the difference of two such sets. Descriptions are left out.
    pub fn coordinates(&self) -> BTreeSet<String> {
        let mut lines = BTreeSet::new();
        for (operation, root) in
            [("query", &self.query), ("mutation", &self.mutation), ("subscription", &self.subscription)]
        {
            lines.extend(root.as_ref().map(|name| format!("schema {{ {operation}: {name} }}")));
        }
        for directive in self.directives.values() {
            let repeatable = if directive.is_repeatable { " repeatable" } else { "" };
            lines.insert(format!("@{}{repeatable} on {}", directive.name, directive.locations.join(" | ")));
            add_arguments(&mut lines, &format!("@{}", directive.name), &directive.arguments);
        }
        for (name, definition) in &self.types {
            match &definition.kind {
                TypeKind::Scalar { specified_by_url } => {
                    let url = specified_by_url.as_ref().map(|url| format!(" specified by {url}")).unwrap_or_default();
                    lines.insert(format!("scalar {name}{url}"));
                }
                TypeKind::Object { interfaces, fields } => add_fields(&mut lines, "type", name, interfaces, fields),
                TypeKind::Interface { interfaces, fields } => {
                    add_fields(&mut lines, "interface", name, interfaces, fields);
                }
                TypeKind::Union { members } => {
                    lines.insert(format!("union {name}"));
                    lines.extend(members.iter().map(|member| format!("union {name} has {member}")));
                }
                TypeKind::Enum { values } => {
                    lines.insert(format!("enum {name}"));
                    lines.extend(
                        values
                            .iter()
                            .map(|value| format!("{name}.{}{}", value.name, deprecated(value.deprecation.is_some()))),
                    );
                }
                TypeKind::InputObject { fields, is_one_of } => {
                    lines.insert(format!("input {name}{}", if *is_one_of { " @oneOf" } else { "" }));
                    lines.extend(fields.iter().map(|field| format!("{name}.{}", input_value(field))));
                }
            }
        }
        lines
    }
}

fn add_fields(lines: &mut BTreeSet<String>, keyword: &str, name: &str, interfaces: &[String], fields: &[Field]) {
    lines.insert(format!("{keyword} {name}"));
    lines.extend(interfaces.iter().map(|interface| format!("{keyword} {name} implements {interface}")));
    for field in fields {
        let deprecated = deprecated(field.deprecation.is_some());
        lines.insert(format!("{name}.{}: {}{deprecated}", field.name, field.ty));
        add_arguments(lines, &format!("{name}.{}", field.name), &field.arguments);
    }
}

fn add_arguments(lines: &mut BTreeSet<String>, owner: &str, arguments: &[InputValue]) {
    lines.extend(arguments.iter().map(|argument| {
        let default = argument.default.as_ref().map(|default| format!(" = {default}")).unwrap_or_default();
        let deprecated = deprecated(argument.deprecation.is_some());
        format!("{owner}({}:): {}{default}{deprecated}", argument.name, argument.ty)
    }));
}

fn input_value(value: &InputValue) -> String {
    let default = value.default.as_ref().map(|default| format!(" = {default}")).unwrap_or_default();
    format!("{}: {}{default}{}", value.name, value.ty, deprecated(value.deprecation.is_some()))
}

fn deprecated(is_deprecated: bool) -> &'static str {
    if is_deprecated { " @deprecated" } else { "" }
}
