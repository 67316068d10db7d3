//! The generator on documents as people write them: what it generates is pinned, compiled, and decodes; what it
//! refuses is refused with file, line and what to do.

use std::path::{Path, PathBuf};

use serde_json::json;
use thought_industries::Input;
use thought_industries::runtime::{GeneratedOperation as _, OpenEnum as _};
use thought_industries_codegen::{Fields, Generated, Inputs, Routes, Settings, Source, generate};
use thought_industries_sandbox::{Dialect, Sandbox};

const CAPABILITIES: &str =
    "[documented.\"people.get\"]\nkind = \"query\"\nroute = \"graphql\"\ngraphql = \"person\"\npoints = 9\n";

/// What was generated from the fixture, as the compiler sees it. The files are checked against the generator below.
#[allow(unused_imports, dead_code, missing_docs, unreachable_pub, clippy::all, clippy::pedantic, reason = "generated")]
mod awkward {
    pub mod model {
        include!("fixtures/awkward/model.rs");
    }
    pub mod operations {
        include!("fixtures/awkward/operations.rs");
    }
}

use awkward::{model, operations};

use crate::script::client_of;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/awkward")
}

fn inline(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), file: folder().join(path), text: text.to_owned() }
}

fn settings(limit: u32) -> Settings {
    let costs = format!("limit = {limit}\n[surcharges]\n\"Query.search\" = 3\n");
    let mut settings =
        Settings::parse(&inline("scalars.toml", "Date = \"Date\"\nSlug = \"String\""), &inline("costs.toml", &costs))
            .expect("right settings");
    settings.runtime = "thought_industries::runtime".to_owned();
    settings.model = "crate::generator::awkward::model".to_owned();
    settings
}

fn inputs(documents: Vec<Source>) -> Inputs {
    Inputs {
        schema: Source::read(&folder(), "schema.graphql").expect("a schema"),
        documents,
        routes: Source::read(&folder(), "routes.toml").expect("routes"),
        fields: inline("fields.toml", ""),
        capabilities: inline("capabilities.toml", CAPABILITIES),
        settings: settings(1000),
    }
}

fn fixture_inputs() -> Inputs {
    let document = |name| Source::read(&folder(), name).expect("a document");
    inputs(vec![document("fragments.graphql"), document("queries.graphql")])
}

fn fixture() -> Generated {
    generate(&fixture_inputs()).expect("no problems")
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
    let generated = fixture();
    check_file("model.rs", &generated.model);
    check_file("operations.rs", &generated.operations);
}

#[test]
fn the_query_has_the_fragments_it_uses_and_nothing_twice() {
    assert_eq!(
        operations::search::QUERY,
        "query Search($text: String!, $filter: Filter){search(text: $text, filter: $filter){__typename ... on Node{__typename id} ...Titled \
         ... on Person{id friends{id name} friends{id status}}}}\nfragment Titled on Named{__typename id name}"
    );
    assert!(operations::one_person::QUERY.contains("fragment Dated on Person{id type born grid friends{id born}}"));
    assert!(operations::one_person::QUERY.contains("{...Friendly ...Dated name called: name}"));
    assert!(!operations::one_person::QUERY.contains("Unused"));
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
    let send = |input| {
        let variables = operations::rename::Variables { id: "p".to_owned(), input };
        serde_json::to_value(variables).expect("JSON")
    };
    let input = operations::rename::NameInput::default();
    assert_eq!(send(input.clone()), json!({ "id": "p", "input": {} }));
    let nulled = operations::rename::NameInput { name: Input::Null, ..input.clone() };
    assert_eq!(send(nulled), json!({ "id": "p", "input": { "name": null } }));
    let filter = operations::rename::Filter { limit: 3.into(), ..Default::default() };
    let filled = operations::rename::NameInput {
        nicknames: vec!["A".to_owned()].into(),
        filter: Box::new(filter).into(),
        ..input
    };
    assert_eq!(send(filled), json!({ "id": "p", "input": { "nicknames": ["A"], "filter": { "limit": 3 } } }));
}

/// Generated code against a server that serves the schema it was generated from.
#[tokio::test]
async fn generated_operations_decode_what_a_server_answers() {
    let sdl = inputs(Vec::new()).schema.text;
    let tenant = Sandbox::new(Dialect::Documented).schema(sdl).start().await.expect("a sandbox starts");
    let client = client_of(&tenant);
    for text in ["a", "b", "c"] {
        let variables = operations::search::Variables { text: text.to_owned(), filter: Input::Absent };
        client.execute::<operations::Search>(variables).send().await.expect("results");
        let variables = operations::one_person::Variables { id: text.to_owned() };
        client.execute::<operations::OnePerson>(variables).send().await.expect("a person");
        let variables = operations::count::Variables {
            since: "2024-01-01T00:00:00Z".parse().expect("a date"),
            tag: "a-slug".to_owned().into(),
            status: model::Status::Unknown_,
            more: json!({ "a": 1 }).into(),
        };
        let counted = client.execute::<operations::Count>(variables).send().await.expect("a number").into_inner();
        operations::Count::root(counted).expect("a number is never null");
        client.execute::<operations::Matrix>(operations::matrix::Variables).send().await.expect("a matrix");
        let variables = operations::any_node::Variables { id: text.to_owned() };
        client.execute::<operations::AnyNode>(variables).send().await.expect("a node");
    }
}

/// What the generator says to a document.
fn problems(document: &str) -> Vec<String> {
    let routes = inline("routes.toml", "operations = {}\ndialects = {}");
    let inputs = Inputs { routes, ..inputs(vec![inline("q.graphql", document)]) };
    match generate(&inputs) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    for (document, expected) in [
        (
            "query A {\n  person(id: 1) { id naem }\n}",
            "q.graphql:2:22: `Person` has no field `naem`\n  help: did you mean `name`?",
        ),
        (
            "query A { person(id: 1) { name } }",
            "q.graphql:1:11: `id` is not selected\n  help: add `id`: a `Person` is one struct for all operations, and its id is required",
        ),
        (
            "query A { person(id: 1) { id } node(id: 2) { id } }",
            "q.graphql:1:7: `A` has 2 root fields: node, person\n  help: split it into one operation per field: a REST route returns one field, and so does an operation",
        ),
        ("query A { person { id } }", "q.graphql:1:11: `person` needs the argument `id`\n  help: add `(id: …)`"),
        (
            "query A { person(id: 1, ids: 2) { id } }",
            "q.graphql:1:25: `person` takes no argument `ids`\n  help: did you mean `id`?",
        ),
        (
            "query A { person(id: 1) { ...Mising } } fragment Missing on Person { id }",
            "q.graphql:1:30: unknown fragment `Mising`\n  help: did you mean `Missing`?",
        ),
        (
            "query A { person(id: 1) { ...F } } fragment F on Person { id ...F }",
            "q.graphql:1:65: fragment `F` spreads itself\n  help: remove the recursive spread",
        ),
        (
            "query A { person(id: 1) { ...F } } fragment F on Person { id friends { id ...F } }",
            "q.graphql:1:78: fragment `F` spreads itself\n  help: remove the recursive spread",
        ),
        (
            "query A { person(id: 1) { id ... on Persn { id } } }",
            "q.graphql:1:34: the schema has no type `Persn`\n  help: did you mean `Person`?",
        ),
        (
            "query A { person(id: 1) }",
            "q.graphql:1:11: `person` is a `Person`: no field of it is selected\n  help: select fields: `{ id }`",
        ),
        (
            "query A { person(id: 1) { id name { x } } }",
            "q.graphql:1:30: `name` is a `String`, which has no fields\n  help: remove its selection set",
        ),
        (
            "{ person(id: 1) { id } }",
            "q.graphql:1:1: the operation has no name\n  help: name it, as in `query UserById { … }`: its module and type are named after it",
        ),
        (
            "query A { person(id: 1) { id } } query A { node(id: 1) { id } }",
            "q.graphql:1:40: operation `A` is already defined in q.graphql\n  help: rename one of the two",
        ),
        ("subscription A { x }", "q.graphql:1:14: the API has no subscriptions\n  help: make it a query"),
        (
            "query A { person(id: 1) { id x: name x: type } }",
            "q.graphql:1:38: `x` is `name` elsewhere and `type` here\n  help: give one of them another alias",
        ),
        (
            "query A { person(id: 1) { id x: name friends { id x: type } } }",
            "q.graphql:1:30: `Person.x` is `name` here and `type` at q.graphql:1\n  help: use another alias: `Person` is one struct for all operations",
        ),
    ] {
        assert_eq!(problems(document), [expected], "{document}");
    }
    assert!(problems("query A { person(id: 1) { id }").first().is_some_and(|first| first.starts_with("q.graphql:1:")));
}

#[test]
fn what_costs_too_much_is_refused_and_told_where_the_points_go() {
    let document = "query A { search(text: \"x\") { ... on Node { id } ... on Person { id name type born } } }";
    let routes = inline("routes.toml", "operations = {}\ndialects = {}");
    let base = Inputs { routes, ..inputs(vec![inline("q.graphql", document)]) };
    // Four for the field, then the id, which is one however many types have it, and three fields of one type.
    generate(&Inputs { settings: settings(8), ..base.clone() }).expect("eight points are enough");
    let problems = generate(&Inputs { settings: settings(7), ..base }).expect_err("seven are not");
    assert_eq!(
        problems[0].to_string(),
        "q.graphql:1:7: `A` costs 8 points; a query may cost 7\n  help: select less, or split it into two operations; \
         most points go to: search 4, search.born 1, search.id 1, search.name 1, search.type 1"
    );
}

#[test]
fn routes_that_name_no_document_are_refused() {
    let problems = generate(&inputs(Vec::new())).expect_err("the document is missing");
    assert_eq!(
        problems[0].to_string(),
        "queries/routes.toml: `people.get` names the document `OnePerson`, which does not exist\n  help: create it below \
         `queries/`, or remove the name"
    );
    let unknown = "[operations.\"people.get\"]\nsummary = \"x\"\nkind = \"query\"\nreplay = \"safe\"\n\
        v2 = { method = \"GET\", path = \"/p\", dialects = [\"observd\"] }\n[dialects]\n";
    let problems = generate(&Inputs { routes: inline("routes.toml", unknown), ..inputs(Vec::new()) });
    let told = problems.expect_err("an unknown dialect")[0].to_string();
    assert_eq!(told, "routes.toml:5:50: unknown dialect `observd`\n  help: use one of the file's `dialects`");
    let stale = Inputs { capabilities: inline("capabilities.toml", ""), ..fixture_inputs() };
    let told = generate(&stale).expect_err("the matrix is stale")[0].to_string();
    assert!(told.contains("the matrix has no entry for `people.get`"), "{told}");
    let broken = inline("routes.toml", "[operations.\"a\"]\nkind = \"query\"\nreplay = \"maybe\"\n");
    let problems = generate(&Inputs { routes: broken, ..inputs(Vec::new()) }).expect_err("broken routes");
    assert!(problems[0].to_string().starts_with("routes.toml:"), "{}", problems[0]);
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
    let parsed = Routes::parse(&routes, &fields).expect("routes");
    let tests = include_str!("first_contact.rs");
    let named: Vec<&String> = parsed.endpoints.iter().filter_map(|endpoint| endpoint.fallthrough.as_ref()).collect();
    assert_eq!(named.len(), 2, "GraphQL and v1 of the API guide");
    for test in named {
        assert!(tests.contains(&format!("#[test]\nfn {test}()")), "there is no test `{test}`");
    }
    // Without it, the file is refused.
    let text = routes.text.replace("fallthrough = ", "# ");
    let problems = Routes::parse(&Source { text, ..routes.clone() }, &fields).expect_err("weak evidence");
    let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(
        all.iter().any(|problem| problem.contains("the evidence for `/incoming/api/graphql` is `guide`")),
        "{all:?}"
    );
    assert!(all.iter().any(|problem| problem.contains("the evidence for a route of `users.delete`")), "{all:?}");
}
