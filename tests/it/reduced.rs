//! A tenant that lacks one field: every field of the reference schema is deleted in turn, and each operation that selects
//! it is sent to a server that validates as others do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Schema};
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use serde_json::{Value, json};
use thought_industries::operations as ours;
use thought_industries::runtime::GeneratedOperation;
use thought_industries::{Client, Error, Surface};

use crate::imitation::{Imitation, json as answer};
use crate::script::{known, now};

/// Runs an operation: its data as JSON, and its gaps.
type Run = for<'c> fn(&'c Client) -> LocalBoxFuture<'c, Result<(Value, Vec<String>), Error>>;

/// An operation of the library.
struct Operation {
    name: &'static str,
    query: &'static str,
    run: Run,
}

macro_rules! operation {
    ($operation:ident, $variables:expr) => {
        Operation {
            name: ours::$operation::NAME,
            query: ours::$operation::QUERY,
            run: |client| {
                async move {
                    let response = client.run($variables).await?;
                    let gaps = response.gaps().to_vec();
                    Ok((serde_json::to_value(response.into_inner()).expect("JSON"), gaps))
                }
                .boxed_local()
            },
        }
    };
}

fn operations() -> Vec<Operation> {
    vec![
        operation!(UserById, ours::user_by_id::Variables::new("u-1")),
        operation!(UserProfileById, ours::user_profile_by_id::Variables::new("u-1")),
        operation!(UsersList, ours::users_list::Variables::new().page(1)),
        operation!(UsersDeep, ours::users_deep::Variables::new().page(1)),
        operation!(UsersProfiles, ours::users_profiles::Variables::new().page(1)),
        operation!(UsersBasic, ours::users_basic::Variables::new()),
        operation!(ClientById, ours::client_by_id::Variables::new("c-1")),
        operation!(ClientsList, ours::clients_list::Variables::new()),
        operation!(LicensesByClientId, ours::licenses_by_client_id::Variables::new("c-1")),
        operation!(JobById, ours::job_by_id::Variables::new("j-1")),
        operation!(UserUpdate, ours::user_update::Variables::new("u-1").first_name("A".to_owned())),
        operation!(UserMakeDualRole, ours::user_make_dual_role::Variables::new("u-1")),
        operation!(UsersBulkImport, ours::users_bulk_import::Variables::new("https://hr.example/people.csv")),
    ]
}

fn reference() -> Schema {
    let text = include_str!("../../schema/schema.graphql");
    Schema::parse_and_validate(text, "schema.graphql").expect("the reference is valid").into_inner()
}

/// A schema without one field. What remains of its type may be nothing, which no validator accepts.
fn without(schema: &Schema, owner: &str, field: &str) -> Valid<Schema> {
    let mut schema = schema.clone();
    match schema.types.get_mut(owner) {
        Some(ExtendedType::Object(object)) => _ = object.make_mut().fields.shift_remove(field),
        Some(ExtendedType::Interface(interface)) => _ = interface.make_mut().fields.shift_remove(field),
        _ => {}
    }
    Valid::assume_valid(schema)
}

/// The words of a server for a field that its schema lacks, as several servers have them.
fn refusal(style: usize, field: &str, owner: &str) -> Value {
    let validation = json!({ "code": "GRAPHQL_VALIDATION_FAILED" });
    match style % 5 {
        0 => {
            json!({ "message": format!("Cannot query field \"{field}\" on type \"{owner}\"."), "extensions": validation })
        }
        1 => json!({ "message": format!("Cannot query field \"{field}\" on type \"{owner}\". Did you mean \"id\"?") }),
        2 => json!({
            "message": format!("Field '{field}' doesn't exist on type '{owner}'"),
            "path": ["query", "user", field], "extensions": { "code": "undefinedField" },
        }),
        3 => json!({ "message": format!(
            "Validation error (FieldUndefined@[user/{field}]) : Field '{field}' in type '{owner}' is undefined"
        ) }),
        _ => json!({ "message": format!("The field `{field}` does not exist on the type `{owner}`.") }),
    }
}

/// A server of a schema: refuses what does not validate, and responds to everything else.
fn server(schema: Valid<Schema>, style: usize) -> (Imitation, Arc<Mutex<Vec<String>>>) {
    let accepted = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&accepted);
    let tenant = Imitation::new(move |asked| {
        if asked.path != "/incoming/api/graphql" {
            return answer(404, "{}");
        }
        let request: Value = serde_json::from_str(asked.body).expect("JSON");
        let query = request["query"].as_str().expect("a query");
        match ExecutableDocument::parse_and_validate(&schema, query, "query.graphql") {
            Err(invalid) => {
                let messages = invalid.errors.iter().filter_map(|known| known.error.unstable_compat_message());
                let errors: Vec<Value> = messages.map(|message| reworded(&message, style)).collect();
                answer(if style.is_multiple_of(2) { 400 } else { 200 }, json!({ "errors": errors }).to_string())
            }
            Ok(document) => {
                log.lock().expect("not poisoned").push(query.to_owned());
                let operation = document.operations.iter().next().expect("an operation");
                let data = object(&schema, &document, &operation.selection_set);
                answer(200, json!({ "data": data }).to_string())
            }
        }
    });
    (tenant, accepted)
}

/// A message of graphql-js, in the words of another server if it is about a field.
fn reworded(message: &str, style: usize) -> Value {
    let quoted: Vec<&str> = message.split('"').skip(1).step_by(2).collect();
    match (message.starts_with("Cannot query field"), quoted.as_slice()) {
        (true, [field, owner, ..]) => refusal(style, field, owner),
        _ => json!({ "message": message, "extensions": { "code": "GRAPHQL_VALIDATION_FAILED" } }),
    }
}

/// A value for everything that a selection asks for.
fn object(schema: &Schema, document: &ExecutableDocument, set: &SelectionSet) -> Value {
    let mut fields = BTreeMap::new();
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => {
                let (ty, key) = (field.ty(), field.response_key().to_string());
                let mut value = if field.selection_set.is_empty() {
                    leaf(schema, ty.inner_named_type())
                } else {
                    object(schema, document, &field.selection_set)
                };
                // No list in lists is selected.
                if ty.is_list() {
                    value = json!([value]);
                }
                fields.insert(key, value);
            }
            Selection::InlineFragment(inline) => {
                fields.extend(entries(object(schema, document, &inline.selection_set)));
            }
            Selection::FragmentSpread(spread) => {
                let fragment = spread.fragment_def(document).expect("a fragment");
                fields.extend(entries(object(schema, document, &fragment.selection_set)));
            }
        }
    }
    json!(fields)
}

fn entries(value: Value) -> serde_json::Map<String, Value> {
    serde_json::from_value(value).expect("an object")
}

fn leaf(schema: &Schema, name: &Name) -> Value {
    match (name.as_str(), schema.types.get(name)) {
        ("Int", _) => json!(1),
        ("Float", _) => json!(1.5),
        ("Boolean", _) => json!(true),
        ("Date", _) => json!("2024-01-01T00:00:00.000Z"),
        ("JSON", _) => json!({}),
        (_, Some(ExtendedType::Enum(known))) => json!(known.values.keys().next().expect("a value").as_str()),
        _ => json!("x"),
    }
}

/// The coordinates that a query selects, against the schema that it is valid for.
fn coordinates(schema: &Valid<Schema>, query: &str) -> BTreeSet<String> {
    let document = ExecutableDocument::parse_and_validate(schema, query, "query.graphql").expect("a valid query");
    let fragments = document.fragments.values().map(|fragment| &fragment.selection_set);
    let operations = document.operations.iter().map(|operation| &operation.selection_set);
    let mut found = BTreeSet::new();
    let mut open: Vec<&SelectionSet> = fragments.chain(operations).collect();
    while let Some(set) = open.pop() {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) if field.name == "__typename" => {}
                Selection::Field(field) => {
                    found.insert(format!("{}.{}", set.ty, field.name));
                    open.push(&field.selection_set);
                }
                Selection::InlineFragment(inline) => open.push(&inline.selection_set),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
    found
}

/// A tenant that may lack the root field or an id has no other surface here, so the operation is refused.
fn is_refused_whole(error: &Error) -> bool {
    error.is_no_route()
}

/// The client of a tenant whose GraphQL endpoint is known, and nothing else.
fn client(tenant: &Imitation) -> Client {
    let profile = known(&[Surface::RestV2, Surface::RestV1]);
    tenant.builder().with_profile(profile).build().expect("right settings")
}

#[test]
fn every_field_may_be_lacking() {
    let reference = reference();
    let whole = Valid::assume_valid(reference.clone());
    let operations = operations();
    let selected: Vec<BTreeSet<String>> =
        operations.iter().map(|operation| coordinates(&whole, operation.query)).collect();
    let (mut deleted, mut reduced, mut refused) = (0, 0, 0);
    for (owner, kind) in &reference.types {
        let fields: Vec<&Name> = match kind {
            ExtendedType::Object(object) => object.fields.keys().collect(),
            ExtendedType::Interface(interface) => interface.fields.keys().collect(),
            _ => Vec::new(),
        };
        if owner.starts_with("__") {
            continue;
        }
        for field in fields {
            let coordinate = format!("{owner}.{field}");
            deleted += 1;
            let concerned: Vec<usize> =
                (0..operations.len()).filter(|own| selected[*own].contains(&coordinate)).collect();
            if concerned.is_empty() {
                continue;
            }
            let schema = without(&reference, owner, field);
            for own in concerned {
                let (operation, before) = (&operations[own], &selected[own]);
                let case = format!("{} without {coordinate}", operation.name);
                let (tenant, accepted) = server(schema.clone(), deleted);
                let client = client(&tenant);
                match now((operation.run)(&client)) {
                    Ok((data, gaps)) => {
                        reduced += 1;
                        let queries = accepted.lock().expect("not poisoned").clone();
                        let left = coordinates(&schema, &queries[0]);
                        let lost: Vec<&String> = before.difference(&left).collect();
                        assert!(lost.contains(&&coordinate) && !gaps.is_empty(), "{case}: {lost:?} {gaps:?}");
                        for gap in &gaps {
                            assert!(!has(&data, gap), "{case}: {gap} is no gap");
                        }
                        let before = tenant.asked().len();
                        assert!(before <= 3, "{case}: {before} requests");
                        now((operation.run)(&client)).expect("the same again");
                        assert_eq!(tenant.asked().len(), before + 1, "{case}: it is remembered");
                    }
                    Err(error) => {
                        refused += 1;
                        assert!(is_refused_whole(&error), "{case}: {error}");
                        let is_root = matches!(owner.as_str(), "Query" | "Mutation");
                        assert!(is_root || field.as_str() == "id", "{case}: {error}");
                    }
                }
            }
        }
    }
    assert!(deleted > 300 && reduced > 500, "{deleted} deleted, {reduced} reduced, {refused} refused");
}

/// A list whose entries the tenant's schema lacks is no empty list.
#[test]
fn a_page_without_its_entries_is_not_empty() {
    let schema = without(&reference(), "UsersList", "users");
    for style in 0..5 {
        let (tenant, accepted) = server(schema.clone(), style);
        let error = now(client(&tenant).users().list().send()).expect_err("no users, and no empty list");
        assert!(error.is_no_route() && error.to_string().contains("UsersList.users"), "{error}");
        assert!(accepted.lock().expect("not poisoned").is_empty());
    }
}

/// An error about a record, whatever names it quotes, says nothing about the schema.
#[test]
fn an_error_about_a_record_is_not_about_the_schema() {
    let tenant = Imitation::new(|asked| match asked.path {
        "/incoming/api/graphql" => answer(
            200,
            r#"{"data":{"UserById":null},"errors":[{"message":"A 'User' with 'id' u-1 does not exist","path":["UserById"]}]}"#,
        ),
        _ => answer(404, "{}"),
    });
    let client = client(&tenant);
    now(client.run(ours::user_by_id::Variables::new("u-1")).send()).expect_err("no user");
    let refused = r#"{"errors":[{"message":"A 'User' with 'id' u-1 does not exist","path":["UserById"]}]}"#;
    let tenant = Imitation::new(move |asked| match asked.path {
        "/incoming/api/graphql" => answer(200, refused),
        _ => answer(404, "{}"),
    });
    let other = self::client(&tenant);
    now(other.run(ours::user_by_id::Variables::new("u-1")).send()).expect_err("no user");
    for client in [client, other] {
        assert!(!serde_json::to_string(&client.profile()).expect("JSON").contains("lacks"));
    }
}

/// Connecting shows what the schema lacks, so that no query is refused.
#[test]
fn what_connecting_shows_is_not_asked_for() {
    let schema = without(&reference(), "License", "ref10");
    let whole = Valid::assume_valid(reference());
    let text = serde_json::to_string(&types_of(&schema)).expect("JSON");
    let queries: Arc<Mutex<Vec<String>>> = Arc::default();
    let asked_for = Arc::clone(&queries);
    let tenant = Imitation::new(move |asked| {
        if asked.path != "/incoming/api/graphql" {
            return answer(404, "{}");
        }
        let request: Value = serde_json::from_str(asked.body).expect("JSON");
        let query = request["query"].as_str().expect("a query");
        if query.contains("__schema") {
            return answer(200, text.clone());
        }
        let document = ExecutableDocument::parse_and_validate(&whole, query, "query.graphql").expect("a valid query");
        asked_for.lock().expect("not poisoned").push(query.to_owned());
        let operation = document.operations.iter().next().expect("an operation");
        let data = object(&whole, &document, &operation.selection_set);
        answer(200, json!({ "data": data }).to_string())
    });
    let client = tenant.client();
    _ = now(client.connect());
    let response = now(client.run(ours::licenses_by_client_id::Variables::new("c-1")).send()).expect("licenses");
    assert!(response.gaps().iter().all(|gap| gap.ends_with("ref10")) && !response.gaps().is_empty());
    let sent = queries.lock().expect("not poisoned").clone();
    assert!(!sent.is_empty() && sent.iter().all(|query| !query.contains("ref10")), "{sent:?}");
    let kept = serde_json::to_string(&client.profile()).expect("JSON");
    assert!(kept.contains("License.ref10"), "it is a part of the profile");
}

/// The response to an introspection of types, and of root fields.
fn types_of(schema: &Schema) -> Value {
    let fields = |kind: &ExtendedType| match kind {
        ExtendedType::Object(object) => object.fields.keys().map(|name| json!({ "name": name.as_str() })).collect(),
        ExtendedType::Interface(interface) => {
            interface.fields.keys().map(|name| json!({ "name": name.as_str() })).collect()
        }
        _ => Vec::new(),
    };
    let types = schema.types.iter().map(|(name, kind)| json!({ "name": name.as_str(), "fields": fields(kind) }));
    let root = |name: &str| json!({ "fields": fields(&schema.types[name]) });
    let types: Vec<Value> = types.collect();
    json!({ "data": { "__schema": { "queryType": root("Query"), "mutationType": root("Mutation"), "types": types } } })
}

/// Whether a value has something at a path.
fn has(value: &Value, path: &str) -> bool {
    match (value, path.split_once('.')) {
        (Value::Array(items), _) => items.iter().any(|item| has(item, path)),
        (Value::Object(fields), None) => fields.contains_key(path),
        (Value::Object(fields), Some((first, rest))) => fields.get(first).is_some_and(|inner| has(inner, rest)),
        _ => false,
    }
}
