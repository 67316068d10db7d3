//! Prints a schema as SDL in a canonical form: types and members sorted by name, LF, no trailing whitespace.

use std::fmt::Write as _;

use super::literal::{description, quoted};
use crate::schema::{Deprecation, DirectiveDefinition, EnumValue, Field, InputValue, Schema, TypeDefinition, TypeKind};

/// Arguments are printed on one line up to this width, otherwise one per line.
const WIDTH: usize = 100;

/// Prints a schema as SDL, which reads back as the same schema.
pub fn print(schema: &Schema) -> String {
    let mut blocks = Vec::new();
    blocks.extend(print_roots(schema));
    blocks.extend(schema.directives.values().map(print_directive));
    blocks.extend(schema.types.values().map(print_type));
    blocks.join("\n")
}

/// The `schema` block, if the roots do not have their default names or the schema has a description.
fn print_roots(schema: &Schema) -> Option<String> {
    let roots = [
        ("query", "Query", &schema.query),
        ("mutation", "Mutation", &schema.mutation),
        ("subscription", "Subscription", &schema.subscription),
    ];
    let usual = roots.iter().all(|(_, default, name)| match name {
        Some(name) => name == default,
        // Without the block, a type with the default name would be read back as the root.
        None => !schema.types.contains_key(*default),
    });
    if usual && schema.description.is_none() {
        return None;
    }
    let mut out = String::new();
    write_description(&mut out, schema.description.as_deref(), "");
    out.push_str("schema {\n");
    for (operation, _, name) in roots {
        if let Some(name) = name {
            _ = writeln!(out, "  {operation}: {name}");
        }
    }
    out.push_str("}\n");
    Some(out)
}

fn print_directive(directive: &DirectiveDefinition) -> String {
    let mut out = String::new();
    write_description(&mut out, directive.description.as_deref(), "");
    _ = write!(out, "directive @{}", directive.name);
    write_arguments(&mut out, &directive.arguments, "");
    out.push_str(if directive.is_repeatable { " repeatable on " } else { " on " });
    out.push_str(&directive.locations.join(" | "));
    out.push('\n');
    out
}

fn print_type(definition: &TypeDefinition) -> String {
    let mut out = String::new();
    write_description(&mut out, definition.description.as_deref(), "");
    let name = &definition.name;
    match &definition.kind {
        TypeKind::Scalar { specified_by_url } => {
            _ = write!(out, "scalar {name}");
            if let Some(url) = specified_by_url {
                _ = write!(out, " @specifiedBy(url: {})", quoted(url));
            }
            out.push('\n');
        }
        TypeKind::Object { interfaces, fields } => {
            _ = write!(out, "type {name}{}", implements(interfaces));
            write_block(&mut out, fields, write_field);
        }
        TypeKind::Interface { interfaces, fields } => {
            _ = write!(out, "interface {name}{}", implements(interfaces));
            write_block(&mut out, fields, write_field);
        }
        TypeKind::Union { members } => {
            _ = write!(out, "union {name}");
            for (index, member) in members.iter().enumerate() {
                _ = write!(out, "{}\n  | {member}", if index == 0 { " =" } else { "" });
            }
            out.push('\n');
        }
        TypeKind::Enum { values } => {
            _ = write!(out, "enum {name}");
            write_block(&mut out, values, write_enum_value);
        }
        TypeKind::InputObject { fields, is_one_of } => {
            _ = write!(out, "input {name}{}", if *is_one_of { " @oneOf" } else { "" });
            write_block(&mut out, fields, |out, field| {
                out.push_str("  ");
                write_input_value(out, field);
                out.push('\n');
            });
        }
    }
    out
}

fn implements(interfaces: &[String]) -> String {
    if interfaces.is_empty() { String::new() } else { format!(" implements {}", interfaces.join(" & ")) }
}

/// The members of a type, each with its description; nothing if there are none.
fn write_block<T: Described>(out: &mut String, members: &[T], write_member: impl Fn(&mut String, &T)) {
    if members.is_empty() {
        out.push('\n');
        return;
    }
    out.push_str(" {\n");
    for member in members {
        write_description(out, member.description(), "  ");
        write_member(out, member);
    }
    out.push_str("}\n");
}

fn write_field(out: &mut String, field: &Field) {
    _ = write!(out, "  {}", field.name);
    write_arguments(out, &field.arguments, "  ");
    _ = write!(out, ": {}", field.ty);
    write_deprecation(out, field.deprecation.as_ref());
    out.push('\n');
}

fn write_enum_value(out: &mut String, value: &EnumValue) {
    _ = write!(out, "  {}", value.name);
    write_deprecation(out, value.deprecation.as_ref());
    out.push('\n');
}

fn write_arguments(out: &mut String, arguments: &[InputValue], indent: &str) {
    if arguments.is_empty() {
        return;
    }
    let printed: Vec<String> = arguments
        .iter()
        .map(|argument| {
            let mut line = String::new();
            write_input_value(&mut line, argument);
            line
        })
        .collect();
    let one_line = printed.join(", ");
    if one_line.len() <= WIDTH && arguments.iter().all(|argument| argument.description.is_none()) {
        _ = write!(out, "({one_line})");
        return;
    }
    out.push_str("(\n");
    let inner = format!("{indent}  ");
    for (argument, line) in arguments.iter().zip(&printed) {
        write_description(out, argument.description.as_deref(), &inner);
        _ = writeln!(out, "{inner}{line}");
    }
    _ = write!(out, "{indent})");
}

fn write_input_value(out: &mut String, value: &InputValue) {
    _ = write!(out, "{}: {}", value.name, value.ty);
    if let Some(default) = &value.default {
        _ = write!(out, " = {default}");
    }
    write_deprecation(out, value.deprecation.as_ref());
}

fn write_deprecation(out: &mut String, deprecation: Option<&Deprecation>) {
    let Some(deprecation) = deprecation else { return };
    out.push_str(" @deprecated");
    // Without a reason, SDL reads back with the default one.
    if deprecation.reason() != Deprecation::DEFAULT_REASON {
        _ = write!(out, "(reason: {})", quoted(deprecation.reason()));
    }
}

fn write_description(out: &mut String, text: Option<&str>, indent: &str) {
    if let Some(text) = text {
        _ = writeln!(out, "{indent}{}", description(text, indent));
    }
}

trait Described {
    fn description(&self) -> Option<&str>;
}

macro_rules! described {
    ($($name:ident),*) => {$(
        impl Described for $name {
            fn description(&self) -> Option<&str> {
                self.description.as_deref()
            }
        }
    )*};
}

described!(Field, InputValue, EnumValue);
