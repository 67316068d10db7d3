//! The introspection result of a schema, as a server of the newest edition gives it.

use graphql_drift::{Deprecation, EnumValue, Field, InputValue, Schema, TypeKind, TypeRef};
use serde_json::{Value, json};

/// The result for a schema, valid or not, with `data` around it.
pub(crate) fn introspect(schema: &Schema) -> String {
    let root = |name: &Option<String>| name.as_ref().map(|name| json!({ "name": name }));
    let types: Vec<Value> = schema
        .types
        .values()
        .map(|definition| {
            let mut value = json!({ "name": definition.name, "description": definition.description });
            let parts = match &definition.kind {
                TypeKind::Scalar { specified_by_url } => {
                    json!({ "kind": "SCALAR", "specifiedByURL": specified_by_url })
                }
                TypeKind::Object { interfaces, fields: own } => {
                    json!({ "kind": "OBJECT", "interfaces": names(interfaces), "fields": fields(schema, own) })
                }
                TypeKind::Interface { interfaces, fields: own } => {
                    json!({ "kind": "INTERFACE", "interfaces": names(interfaces), "fields": fields(schema, own) })
                }
                TypeKind::Union { members } => json!({ "kind": "UNION", "possibleTypes": names(members) }),
                TypeKind::Enum { values } => json!({ "kind": "ENUM", "enumValues": enum_values(values) }),
                TypeKind::InputObject { fields, is_one_of } => {
                    json!({ "kind": "INPUT_OBJECT", "inputFields": inputs(schema, fields), "isOneOf": is_one_of })
                }
            };
            value.as_object_mut().expect("an object").extend(parts.as_object().expect("an object").clone());
            value
        })
        .collect();
    let directives: Vec<Value> = schema
        .directives
        .values()
        .map(|directive| {
            json!({
                "name": directive.name,
                "description": directive.description,
                "locations": directive.locations,
                "isRepeatable": directive.is_repeatable,
                "args": inputs(schema, &directive.arguments),
            })
        })
        .collect();
    let result = json!({ "data": { "__schema": {
        "description": schema.description,
        "queryType": root(&schema.query),
        "mutationType": root(&schema.mutation),
        "subscriptionType": root(&schema.subscription),
        "types": types,
        "directives": directives,
    } } });
    format!("{result:#}")
}

fn names(names: &[String]) -> Value {
    names.iter().map(|name| json!({ "name": name })).collect()
}

fn fields(schema: &Schema, fields: &[Field]) -> Value {
    let field = |field: &Field| {
        let mut value = json!({
            "name": field.name,
            "description": field.description,
            "args": inputs(schema, &field.arguments),
            "type": type_ref(schema, &field.ty),
        });
        deprecate(&mut value, field.deprecation.as_ref());
        value
    };
    fields.iter().map(field).collect()
}

fn inputs(schema: &Schema, inputs: &[InputValue]) -> Value {
    let input = |input: &InputValue| {
        let mut value = json!({
            "name": input.name,
            "description": input.description,
            "type": type_ref(schema, &input.ty),
            "defaultValue": input.default,
        });
        deprecate(&mut value, input.deprecation.as_ref());
        value
    };
    inputs.iter().map(input).collect()
}

fn enum_values(values: &[EnumValue]) -> Value {
    let one = |value: &EnumValue| {
        let mut json = json!({ "name": value.name, "description": value.description });
        deprecate(&mut json, value.deprecation.as_ref());
        json
    };
    values.iter().map(one).collect()
}

fn deprecate(value: &mut Value, deprecation: Option<&Deprecation>) {
    value["isDeprecated"] = deprecation.is_some().into();
    value["deprecationReason"] = deprecation.map(Deprecation::reason).into();
}

fn type_ref(schema: &Schema, ty: &TypeRef) -> Value {
    match ty {
        TypeRef::NonNull(inner) => json!({ "kind": "NON_NULL", "name": null, "ofType": type_ref(schema, inner) }),
        TypeRef::List(inner) => json!({ "kind": "LIST", "name": null, "ofType": type_ref(schema, inner) }),
        TypeRef::Named(name) => {
            let kind = match schema.types.get(name).map(|definition| definition.kind.keyword()) {
                Some("type") => "OBJECT",
                Some("interface") => "INTERFACE",
                Some("union") => "UNION",
                Some("enum") => "ENUM",
                Some("input") => "INPUT_OBJECT",
                _ => "SCALAR",
            };
            json!({ "kind": kind, "name": name, "ofType": null })
        }
    }
}

#[test]
fn an_error_in_minified_json_names_the_path() {
    let load = |text: &str| graphql_drift::introspection::load(text.as_bytes()).expect_err(text).to_string();
    let minified = r#"{"data":{"__schema":{"types":[{"kind":"OBJECT","name":"Q","fields":[{"name":"a"}]}]}}}"#;
    let error = load(minified);
    assert!(error.contains("missing field `type` at byte 80, at `data.__schema.types[0].fields[0]`"), "{error}");
    assert!(!error.contains("line 1"), "{error}");
    // With lines, the line is more use.
    let error = load(&minified.replace("{\"name\":\"a\"}", "\n{\"name\":\"a\"}"));
    assert!(error.contains("line 2") && error.contains("`data.__schema.types[0].fields[0]`"), "{error}");
    let error = load(&minified.replace("[{\"name\":\"a\"}]", "7"));
    assert!(
        error.contains("invalid type: integer `7`") && error.contains("`data.__schema.types[0].fields`"),
        "{error}"
    );
    let cut = load(&minified[..60]);
    assert!(cut.contains("EOF") && cut.contains("at byte 60") && cut.contains("types[0]"), "{cut}");
    let argument = r#"{"name":"a","args":[{"name":"x","type":{"kind":"SCALAR","name":"Int"},"defaultValue":"}"}],"type":{"kind":"SCALAR","name":"Int"}}"#;
    let error = load(&minified.replace("{\"name\":\"a\"}", argument));
    assert!(error.ends_with("the default of `x` is not a literal: }, in `a`, in `Q`"), "{error}");
    assert!(load("<html>").contains("expected value at byte 1"), "{}", load("<html>"));
}
