//! Writes the JSON of an introspection as SDL.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use crate::{Problem, Source};

/// The SDL of an introspection. A name that a server lists twice counts once, the last one.
pub(super) fn to_sdl(source: &Source) -> Result<String, Vec<Problem>> {
    let file: File = serde_json::from_str(source.text.trim_start_matches('\u{feff}')).map_err(|error| {
        let help = "use the JSON of an introspection, or SDL";
        let place = source.text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        let offset = place + error.column().saturating_sub(1);
        vec![source.problem(offset, format!("not the JSON of an introspection: {error}"), help)]
    })?;
    let Some(schema) = file.data.map(|data| data.schema).or(file.schema) else {
        return Err(vec![Problem::whole(
            &source.path,
            "the JSON has no `__schema`",
            "use the JSON of an introspection",
        )]);
    };
    let mut out = String::from("schema {\n");
    let roots =
        [("query", schema.query_type), ("mutation", schema.mutation_type), ("subscription", schema.subscription_type)];
    for (role, name) in roots {
        if let Some(name) = name {
            // Writing to a string cannot fail.
            _ = writeln!(out, "  {role}: {}", name.name);
        }
    }
    out.push_str("}\n");
    let types: BTreeMap<&str, &RawType> = schema.types.iter().map(|raw| (raw.name.as_str(), raw)).collect();
    for (name, raw) in types {
        if !name.starts_with("__") && !matches!(name, "Int" | "Float" | "String" | "Boolean" | "ID") {
            write_type(&mut out, raw);
        }
    }
    Ok(out)
}

#[derive(Deserialize)]
struct File {
    data: Option<Data>,
    #[serde(rename = "__schema")]
    schema: Option<RawSchema>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "__schema")]
    schema: RawSchema,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawSchema {
    query_type: Option<Named>,
    mutation_type: Option<Named>,
    subscription_type: Option<Named>,
    types: Vec<RawType>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawType {
    kind: String,
    name: String,
    description: Option<String>,
    fields: Option<Vec<RawField>>,
    input_fields: Option<Vec<RawField>>,
    interfaces: Option<Vec<Named>>,
    enum_values: Option<Vec<RawValue>>,
    possible_types: Option<Vec<Named>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawField {
    name: String,
    description: Option<String>,
    #[serde(default)]
    args: Vec<RawField>,
    r#type: RawRef,
    default_value: Option<String>,
}

#[derive(Deserialize)]
struct RawValue {
    name: String,
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRef {
    kind: String,
    name: Option<String>,
    of_type: Option<Box<RawRef>>,
}

impl RawRef {
    fn text(&self) -> String {
        match (self.kind.as_str(), &self.of_type) {
            ("NON_NULL", Some(inner)) => format!("{}!", inner.text()),
            ("LIST", Some(inner)) => format!("[{}]", inner.text()),
            _ => self.name.clone().unwrap_or_default(),
        }
    }
}

fn write_type(out: &mut String, raw: &RawType) {
    let names = |named: &Option<Vec<Named>>, between: &str| {
        let names: Vec<&str> = named.iter().flatten().map(|named| named.name.as_str()).collect();
        names.join(between)
    };
    write_description(out, "", raw.description.as_deref());
    let implemented = names(&raw.interfaces, " & ");
    let implemented = if implemented.is_empty() { implemented } else { format!(" implements {implemented}") };
    _ = match raw.kind.as_str() {
        "OBJECT" => write!(out, "type {}{implemented}", raw.name),
        "INTERFACE" => write!(out, "interface {}{implemented}", raw.name),
        "INPUT_OBJECT" => write!(out, "input {}", raw.name),
        "ENUM" => write!(out, "enum {}", raw.name),
        "UNION" => write!(out, "union {} = {}", raw.name, names(&raw.possible_types, " | ")),
        _ => write!(out, "scalar {}", raw.name),
    };
    let fields = raw.fields.iter().chain(&raw.input_fields).flatten();
    let fields: BTreeMap<&str, &RawField> = fields.map(|field| (field.name.as_str(), field)).collect();
    let values: BTreeMap<&str, &RawValue> =
        raw.enum_values.iter().flatten().map(|value| (value.name.as_str(), value)).collect();
    if !fields.is_empty() || !values.is_empty() {
        out.push_str(" {\n");
        for field in fields.into_values() {
            write_description(out, "  ", field.description.as_deref());
            _ = writeln!(out, "  {}", declaration(field));
        }
        for value in values.into_values() {
            write_description(out, "  ", value.description.as_deref());
            _ = writeln!(out, "  {}", value.name);
        }
        out.push('}');
    }
    out.push('\n');
}

fn declaration(field: &RawField) -> String {
    let arguments: BTreeMap<&str, &RawField> = field.args.iter().map(|field| (field.name.as_str(), field)).collect();
    let arguments: Vec<String> = arguments.into_values().map(declaration).collect();
    let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
    let default = field.default_value.as_ref().map(|value| format!(" = {value}")).unwrap_or_default();
    format!("{}{arguments}: {}{default}", field.name, field.r#type.text())
}

fn write_description(out: &mut String, indent: &str, description: Option<&str>) {
    let Some(text) = description.map(str::trim).filter(|text| !text.is_empty()) else { return };
    // As a string on one line, whose escapes are those of JSON.
    _ = writeln!(out, "{indent}{}", serde_json::Value::from(text));
}
