//! The generator on documents as people write them: what it generates is pinned, compiled, and decodes; what it
//! refuses is refused with file, line and what to do.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;
use thought_industries::Input;
use thought_industries::runtime::{GeneratedOperation as _, OpenEnum as _, SingleRoot as _};
use thought_industries_codegen::{Builder, Fields, Generated, Problem, Routes, Source};
use thought_industries_sandbox::{Dialect, Sandbox};

/// What was generated from the fixture, as the compiler sees it. The file is checked against the generator below.
mod awkward {
    include!("fixtures/awkward/operations.rs");
}

use awkward::{model, operations};

use crate::script::client_of;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/awkward")
}

/// A folder as a consumer has it, with the schema of the fixture and these files.
fn project(files: &[(&str, &str)]) -> TempDir {
    let project = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(project.path().join("queries")).expect("created");
    std::fs::copy(folder().join("schema.graphql"), project.path().join("schema.graphql")).expect("copied");
    for (path, text) in files {
        std::fs::write(project.path().join(path), text).expect("written");
    }
    project
}

fn builder() -> Builder {
    Builder::new().schema("schema.graphql")
}

/// What the generator reports for one document.
fn problems(document: &str) -> Vec<String> {
    shown(builder().require_ids().generate(project(&[("queries/q.graphql", document)]).path()))
}

fn shown(generated: Result<Generated, Vec<Problem>>) -> Vec<String> {
    generated.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

/// Compares generated code with a file; `UPDATE_FIXTURES=1` writes the file.
fn check_file(name: &str, generated: &str) {
    let path = folder().join(name);
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, generated).expect("written");
    }
    let pinned = std::fs::read_to_string(&path).expect("a pinned file");
    assert!(pinned == generated, "{name} is not what is generated; run the tests with UPDATE_FIXTURES=1 and review it");
}

#[test]
fn what_is_generated_is_what_is_compiled() {
    let generated = builder().routes("routes.toml").generate(&folder()).expect("no problems");
    check_file("operations.rs", &generated.operations);
}

#[test]
fn the_query_has_the_fragments_it_uses_and_nothing_twice() {
    assert_eq!(
        operations::Search::QUERY,
        "query Search($text: String!, $filter: Filter){search(text: $text, filter: $filter){__typename ... on Node{__typename id} ...Titled \
         ... on Person{id friends{id name} friends{id status}}}}\nfragment Titled on Named{__typename id name}"
    );
    assert!(operations::OnePerson::QUERY.contains("fragment Dated on Person{id type born grid friends{id born}}"));
    assert!(operations::OnePerson::QUERY.contains("{...Friendly ...Dated name called: name}"));
}

#[test]
fn an_interface_inside_a_union_decodes() {
    let data: operations::search::ResponseData = serde_json::from_value(json!({ "search": [
        { "__typename": "Person", "id": "p", "name": null, "friends": [null, { "id": "q", "name": "Q", "status": "away" }] },
        { "__typename": "Course", "id": "c", "name": "Rust" },
        { "__typename": "Page", "id": "w" },
        { "__typename": "Robot", "id": "r", "model": 3 },
    ] }))
    .expect("it decodes");
    let [
        model::Result::Person(person),
        model::Result::Course(course),
        model::Result::Page(page),
        model::Result::Unknown(robot),
    ] = data.search.as_slice()
    else {
        panic!("{:?}", data.search);
    };
    let friends = person.friends.as_ref().expect("friends");
    let friend = friends[1].as_ref().expect("a friend");
    assert!(friends[0].is_none());
    assert_eq!((friend.id.as_str(), friend.name.as_deref()), ("q", Some("Q")));
    assert_eq!(friend.status, Some(model::Status::Unknown("away".into())));
    assert_eq!((course.name.as_deref(), page.id.as_str()), (Some("Rust"), "w"));
    assert_eq!(robot["model"], 3);
    let written = serde_json::to_value(&data.search).expect("JSON");
    assert_eq!(written[1], json!({ "__typename": "Course", "id": "c", "name": "Rust" }));
    assert_eq!(serde_json::from_value::<Vec<model::Result>>(written).expect("it reads back"), data.search);
}

#[test]
fn overlapping_fragments_and_aliases_decode_into_one_struct() {
    let data: operations::one_person::ResponseData = serde_json::from_value(json!({ "person": {
        "id": "p", "name": "Ada", "called": "Ada", "type": "human", "born": "1815-12-10T00:00:00.000Z",
        "grid": [[1, 2], []], "friends": [{ "id": "q", "name": "Q", "born": null }],
    } }))
    .expect("it decodes");
    let person = operations::OnePerson::root(data).expect("a person");
    assert_eq!(person.called.as_deref(), Some("Ada"));
    assert_eq!(person.r#type.as_deref(), Some("human"));
    assert_eq!(person.grid, Some(vec![vec![1, 2], vec![]]));
    assert_eq!(person.born.map(|date| date.to_string()).as_deref(), Some("1815-12-10T00:00:00.000Z"));
}

#[test]
fn enums_are_spelled_in_rust_and_written_as_the_api_spells_them() {
    let all = [
        (model::Status::Active, "active"),
        (model::Status::InPersonEvent, "inPersonEvent"),
        (model::Status::Self_, "self"),
        (model::Status::Unknown_, "unknown"),
        (model::Status::_2024, "_2024"),
        (model::Status::Unknown("new".into()), "new"),
    ];
    for (value, text) in all {
        assert_eq!(value.as_str(), text);
        assert_eq!(model::Status::from_text(text), value);
    }
}

#[test]
fn inputs_are_absent_null_or_a_value() {
    let send = |input| serde_json::to_value(operations::rename::Variables::new("p", input)).expect("JSON");
    assert_eq!(send(model::NameInput::new()), json!({ "id": "p", "input": {} }));
    assert_eq!(send(model::NameInput::new().name(Input::Null)), json!({ "id": "p", "input": { "name": null } }));
    let filter = model::Filter { limit: 3.into(), ..Default::default() };
    let filled = model::NameInput::new().nicknames(vec!["A".to_owned()]).filter(filter);
    assert_eq!(send(filled), json!({ "id": "p", "input": { "nicknames": ["A"], "filter": { "limit": 3 } } }));
    let nested = model::Filter::new().without(Box::new(model::Filter::new()));
    assert_eq!(serde_json::to_value(nested).expect("JSON"), json!({ "without": {} }));
}

/// Generated code against a server that serves the schema it was generated from.
#[tokio::test]
async fn generated_operations_decode_what_a_server_answers() {
    let sdl = std::fs::read_to_string(folder().join("schema.graphql")).expect("a schema");
    let tenant = Sandbox::new(Dialect::Documented).schema(sdl).start().await.expect("a sandbox starts");
    let client = client_of(&tenant);
    for text in ["a", "b", "c"] {
        client.run(operations::search::Variables::new(text)).await.expect("results");
        client.run(operations::one_person::Variables::new(text)).await.expect("a person");
        let since: thought_industries::Date = "2024-01-01T00:00:00Z".parse().expect("a date");
        let count = operations::count::Variables::new(since, model::Status::Unknown_);
        let count = count.tag("a-slug".to_owned()).more(json!({ "a": 1 }));
        client.run(count.clone()).await.expect("a number");
        let counted = client.execute::<operations::Count>(count).send().await.expect("a number").into_inner();
        operations::Count::root(counted).expect("a number is never null");
        client.run(operations::matrix::Variables::new()).await.expect("a matrix");
        client.run(operations::any_node::Variables::new(text)).await.expect("a node");
        let both = client.run(operations::both::Variables::new(text)).await.expect("both root fields");
        assert!(both.gaps().is_empty(), "{:?}", both.gaps());
    }
}

/// Every wrong document is refused once, with its place and what to do.
#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    let (mut all, mut reported) = (String::new(), Vec::new());
    for document in [
        "query A {\n  person(id: 1) { id naem }\n}",
        "query A { person(id: 1) { name } }",
        "query A { person { id } }",
        "query A { person(id: 1, ids: 2) { id } }",
        "query A { person(id: 1) { ...Mising } } fragment Missing on Person { id }",
        "query A { person(id: 1) { id } } fragment Stale on Person { id }",
        "query A { person(id: 1) { ...F } } fragment F on Person { id ...F }",
        "query A { person(id: 1) { ...F } } fragment F on Person { id friends { id ...F } }",
        "query A { person(id: 1) { id ... on Persn { id } } }",
        "query A { person(id: 1) { id ... on Status { id } } }",
        "query A { person(id: 1) { id ... on Page { id } } }",
        "query A { person(id: 1) }",
        "query A { person(id: 1) { id name { x } } }",
        "query A { person(id: $id) { id } }",
        "query A($id: ID!, $id: ID!) { person(id: $id) { id } }",
        "query A($id: ID!, $unused: Int) { person(id: $id) { id } }",
        "query A($id: Int!) { person(id: $id) { id } }",
        "query A($id: Persn!) { person(id: $id) { id } }",
        "query A { person(id: [1]) { id } }",
        "query A { count(since: 1, status: gone) }",
        "query A { search(text: \"x\", filter: { limt: 3 }) { ... on Node { id } } }",
        "query A { person(id: 1) @cached { id } }",
        "query A @include(if: true) { person(id: 1) { id } }",
        "{ person(id: 1) { id } }",
        "query A { person(id: 1) { id } } query A { node(id: 1) { id } }",
        "query A { person(id: 1) { id } } query a { node(id: 1) { id } }",
        "subscription A { x }",
        "query A { person(id: 1) { id x: name x: type } }",
        "query A { person(id: 1) { id x: name friends { id x: type } } }",
        "query A { __typename }",
        "query A { person(id: 1) { id kind: __typename } }",
        "query A { person(id: 1) { id }",
        "query A($id: ID! { person(id: $id) { id } }",
        "query A { person(id: \"1) { id } }",
        "type Person { id: ID! }",
        "# @generate(types: thin)\nquery A { matrix }",
    ] {
        let found = problems(document);
        write!(all, "{document}\n{}\n\n", found.join("\n")).expect("a string takes text");
        reported.push((document, found));
    }
    insta::assert_snapshot!(all);
    for (document, found) in reported {
        assert!(!found.is_empty(), "{document}");
        for problem in &found {
            assert!(problem.starts_with("queries/q.graphql:") && problem.contains("\n  help: "), "{problem}");
            assert_eq!(found.iter().filter(|other| other == &problem).count(), 1, "{problem}");
        }
    }
}

/// A wrong schema is refused with its place, whatever its form. What real servers serve is accepted.
#[test]
fn what_is_no_schema_is_refused_with_its_place() {
    let mut all = String::new();
    let document = ("queries/q.graphql", "query A { a }");
    for schema in [
        "type Query { a: [Int }",
        "type Query { a: Missing }",
        "type Query { a: Int",
        "type Query",
        "{\"data\":{\"__schema\":{\"types\":[",
        "{\"errors\":[{\"message\":\"no\"}]}",
        "<!doctype html><title>Sign in</title>",
        "",
    ] {
        let found = shown(builder().generate(project(&[("schema.graphql", schema), document]).path()));
        assert!(!found.is_empty(), "{schema}");
        assert!(found.iter().all(|problem| problem.contains("\n  help: ")), "{found:?}");
        write!(all, "{schema}\n{}\n\n", found.join("\n")).expect("a string takes text");
    }
    insta::assert_snapshot!(all);
    for schema in [
        "type Query { a: Int a: Int }",
        "type Query implements Named { a: Int } interface Named { name: String! }",
        "type Query { a: Int @cost(weight: 3) }",
        "\u{feff}type Query { a: Int __b: Int }",
        "schema { query: Root } type Root { a: Int } input I @oneOf { x: Int }",
    ] {
        let project = project(&[("schema.graphql", schema), document]);
        assert_eq!(shown(builder().generate(project.path())), [""; 0], "{schema}");
    }
}

/// Arbitrary text is a problem or a schema, and never a panic.
#[test]
fn any_bytes_are_an_error_and_no_panic() {
    use proptest::prelude::*;
    let piece = prop::sample::select(vec![
        "type",
        "Query",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        ":",
        "!",
        "a",
        "Int",
        "=",
        "|",
        "&",
        "@",
        "$x",
        "...",
        "on",
        "\"",
        "\"\"\"",
        "#",
        "\n",
        "input",
        "enum",
        "union",
        "interface",
        "implements",
        "fragment",
        "query",
        "mutation",
        "1",
        "\u{0}",
        "extend",
        "schema",
        "é",
    ]);
    let text = prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.join(" "));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases: 200, ..ProptestConfig::default() });
    let folder = project(&[]);
    let outcome = runner.run(&(text.clone(), text), |(schema, document)| {
        std::fs::write(folder.path().join("any.graphql"), &schema).expect("written");
        std::fs::write(folder.path().join("queries/any.graphql"), &document).expect("written");
        _ = Builder::new().schema("any.graphql").generate(folder.path());
        _ = builder().generate(folder.path());
        Ok(())
    });
    outcome.expect("no panic");
}

#[test]
fn what_costs_too_much_is_refused_and_told_where_the_points_go() {
    let document = "query A { search(text: \"x\") { ... on Node { id } ... on Person { id name type born } } }";
    let with_limit = |limit: u32| {
        let costs = format!("limit = {limit}\n[surcharges]\n\"Query.search\" = 3\n");
        let project = project(&[("queries/q.graphql", document), ("costs.toml", &costs)]);
        shown(builder().costs("costs.toml").generate(project.path()))
    };
    // Four for the field, then the id, which is one however many types have it, and three fields of one type.
    assert_eq!(with_limit(8), [""; 0], "eight points are enough");
    assert_eq!(
        with_limit(7),
        ["queries/q.graphql:1:7: `A` costs 8 points; a query may cost 7\n  help: select less, or split it into two \
          operations; most points go to: search 4, search.born 1, search.id 1, search.name 1, search.type 1"]
    );
}

/// Routes that do not fit the documents.
#[test]
fn wrong_routes_and_settings_are_refused() {
    let document = ("queries/q.graphql", "query A { person(id: 1) { id } matrix }");
    let with =
        |routes: &str| shown(builder().routes("r.toml").generate(project(&[document, ("r.toml", routes)]).path()));
    let mut all = String::new();
    for routes in [
        "[operations.\"a.b\"]\nkind = \"query\"\nreplay = \"safe\"\ndocument = \"Missing\"\n",
        "[operations.\"a.b\"]\nkind = \"mutation\"\nreplay = \"safe\"\ndocument = \"A\"\n",
        "[operations.\"a.b\"]\nkind = \"query\"\nreplay = \"safe\"\ndocument = \"A\"\nv2 = { method = \"GET\", path = \"/a\" }\n",
        "[operations.\"a.b\"]\nkind = \"query\"\nreplay = \"maybe\"\n",
        "[operations.\"a b\"]\nkind = \"query\"\nreplay = \"safe\"\n",
        "[operations.\"a.b\"]\nkind = \"query\"\nreplay = \"safe\"\nv2 = { method = \"GET\", path = \"/p\", dialects = [\"observd\"] }\n",
    ] {
        let found = with(routes);
        assert_eq!(found.len(), 1, "{found:?}");
        write!(all, "{routes}{}\n\n", found.join("\n")).expect("a string takes text");
    }
    let scalars = project(&[document, ("s.toml", "Date = \"Dat\"\n")]);
    all.push_str(&shown(builder().scalars("s.toml").generate(scalars.path())).join("\n"));
    write!(all, "\n\n{}", shown(Builder::new().generate(scalars.path())).join("\n")).expect("a string takes text");
    insta::assert_snapshot!(all);
}

#[test]
fn only_the_id_is_no_option() {
    assert_eq!(serde_json::to_value(model::Person::default()).expect("JSON"), json!({ "id": "" }));
    assert_eq!(
        serde_json::from_value::<model::Person>(json!({ "id": "p", "name": null })).expect("decodes").name,
        None
    );
    serde_json::from_value::<model::Person>(json!({ "name": "Ada" })).expect_err("a person has an id");
}

/// An endpoint with weak evidence names the test which shows that a tenant without it is served otherwise.
#[test]
fn weak_endpoints_name_a_test_that_exists() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| Source {
        path: path.into(),
        file: root.join(path),
        text: std::fs::read_to_string(root.join(path)).expect(path),
    };
    let fields = Fields::parse(&read("schema/fields.toml")).expect("fields");
    let routes = read("queries/routes.toml");
    let parsed = Routes::parse(&routes, Some(&fields)).expect("routes");
    let tests = include_str!("first_contact.rs");
    let named: Vec<&String> = parsed.endpoints.iter().filter_map(|endpoint| endpoint.fallthrough.as_ref()).collect();
    assert_eq!(named.len(), 2, "GraphQL and v1 of the API guide");
    for test in named {
        assert!(tests.contains(&format!("#[test]\nfn {test}()")), "there is no test `{test}`");
    }
    // Without it, the file is refused.
    let text = routes.text.replace("fallthrough = ", "# ");
    let problems = Routes::parse(&Source { text, ..routes.clone() }, Some(&fields)).expect_err("weak evidence");
    let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(
        all.iter().any(|problem| problem.contains("the evidence for `/incoming/api/graphql` is `guide`")),
        "{all:?}"
    );
    assert!(all.iter().any(|problem| problem.contains("the evidence for a route of `users.delete`")), "{all:?}");
}
