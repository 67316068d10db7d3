//! Schemas read from SDL and from introspection are the same schema, written as the same bytes.

use apollo_compiler::resolvers::{Execution, FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::{ExecutableDocument, Schema as ApolloSchema};
use graphql_drift::introspection::{self, Detected};
use graphql_drift::validate::{Source, validate};
use graphql_drift::{LoadError, sdl};
use proptest::prelude::*;

/// A root that is asked for nothing but the schema.
struct Root;

impl ObjectValue for Root {
    fn type_name(&self) -> &'static str {
        "Query"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, FieldError> {
        Err(self.unknown_field_error(info))
    }
}

/// The introspection result of a schema, as a server of the newest edition gives it.
fn introspect(sdl: &str) -> Vec<u8> {
    let schema = ApolloSchema::parse_and_validate(sdl, "s.graphql").expect("a valid schema");
    let detected = Detected { specified_by: true, input_deprecation: true, one_of: false };
    let body = introspection::introspection_request(detected);
    let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let query = body["query"].as_str().expect("a query");
    let document = ExecutableDocument::parse_and_validate(&schema, query, "q.graphql").expect("a valid query");
    let execution = Execution::new(&schema, &document).enable_schema_introspection(true);
    serde_json::to_vec(&execution.execute_sync(&Root).expect("an answer")).expect("JSON")
}

const EVERYTHING: &str = r#"
"The whole."
schema { query: Query mutation: Change }
type Query implements Node { id: ID! b(z: [Int!]! = [1, 2], a: In = { y: "x", x: 1 }): [Named!]! a: Result }
extend type Query { "Two\nlines, and a \"\"\" in them." late: Int @deprecated }
type Change { do(when: Date @deprecated(reason: "now"), how: Sort = DESC): Boolean! }
interface Node { id: ID! }
interface Named implements Node { id: ID! name: String }
type Person implements Named & Node { name: String id: ID! }
union Result = Query | Person
enum Sort { DESC "Upwards." ASC OLD @deprecated(reason: "use \"DESC\"") }
input In { x: Int! y: String = "é 🎓" z: In }
scalar Date @specifiedBy(url: "https://example.com/date")
"A directive."
directive @cost(points: Int! = 1) repeatable on FIELD_DEFINITION | OBJECT
"#;

#[test]
fn a_schema_is_the_same_from_sdl_and_from_introspection() {
    let from_sdl = sdl::load(EVERYTHING).expect("SDL");
    let from_json = introspection::load(&introspect(EVERYTHING)).expect("introspection");
    assert_eq!(sdl::print(&from_json), sdl::print(&from_sdl));
    assert_eq!(from_json, from_sdl);
    insta::assert_snapshot!(sdl::print(&from_sdl));
}

#[test]
fn pulling_again_gives_the_same_bytes() {
    let first = sdl::print(&introspection::load(&introspect(EVERYTHING)).expect("introspection"));
    let second = sdl::print(&introspection::load(&introspect(&first)).expect("introspection"));
    assert_eq!(first, second);
    assert_eq!(sdl::print(&sdl::load(&first).expect("its own SDL")), first);
}

#[test]
fn what_is_no_schema_is_told() {
    let sdl_error = |text: &str| sdl::load(text).expect_err(text);
    assert!(matches!(sdl_error("type Query {\n  a: \n}"), LoadError::Sdl { line: 3, .. }));
    assert_eq!(sdl_error("extend type A { a: Int }"), LoadError::ExtendsNothing("A".into()));
    assert_eq!(sdl_error("scalar A extend type A { a: Int }"), LoadError::ExtendsNothing("A".into()));
    let json_error = |text: &str| introspection::load(text.as_bytes()).expect_err(text).to_string();
    assert!(json_error("{}").contains("missing field `__schema`"));
    assert!(json_error("<html>").contains("not an introspection result"));
    assert!(json_error(r#"{"data":null,"errors":[{"message":"no"}]}"#).contains("refused introspection: no"));
    assert!(json_error(r#"{"data":null}"#).contains("missing field `__schema`"), "{}", json_error(r#"{"data":null}"#));
    let bad_default = r#"{"__schema":{"queryType":{"name":"Q"},"types":[{"kind":"INPUT_OBJECT","name":"I","inputFields":[
        {"name":"a","type":{"kind":"SCALAR","name":"Int"},"defaultValue":"1 } type Evil { a: Int"}]}]}}"#;
    assert!(json_error(bad_default).contains("the default of `a` is not a literal"));
}

#[test]
fn what_an_endpoint_says_need_not_be_a_schema() {
    let refused = |types: &str| {
        let json =
            format!(r#"{{"data":{{"__schema":{{"queryType":{{"name":"Q"}},"types":[{types}]}}}},"errors":null}}"#);
        introspection::load(json.as_bytes()).and_then(|schema| sdl::check(&schema)).expect_err(types).to_string()
    };
    let field = |name: &str| format!(r#"{{"name":"{name}","args":[],"type":{{"kind":"SCALAR","name":"Int"}}}}"#);
    let object = |name: &str, fields: &str| format!(r#"{{"kind":"OBJECT","name":"{name}","fields":[{fields}]}}"#);
    let evil = object("Q { a: Int } type Evil", &field("a"));
    assert!(refused(&evil).contains("is not a valid name"), "{}", refused(&evil));
    refused(&object("Q", &field("a: Int b")));
    let dangling = r#"{"name":"a","args":[],"type":{"kind":"OBJECT","name":"Missing"}}"#;
    assert!(refused(&object("Q", dangling)).contains("Missing"));
}

#[test]
fn one_of_is_known() {
    let schema = sdl::load("type Query { a(i: I): Int } input I @oneOf { a: Int b: Int }").expect("SDL");
    sdl::check(&schema).expect("a schema of the newest edition");
}

#[test]
fn roots_go_without_saying_until_they_are_said() {
    let schema = sdl::load("type Query { a: Int } type M { a: Int } extend schema { mutation: M }").expect("SDL");
    assert_eq!((schema.query.as_deref(), schema.mutation.as_deref()), (Some("Query"), Some("M")));
    let schema = sdl::load("schema { query: Q } type Q { a: Int } type Mutation { a: Int }").expect("SDL");
    assert_eq!((schema.query.as_deref(), schema.mutation.as_deref()), (Some("Q"), None));
}

#[test]
fn files_are_told_apart_by_what_is_in_them() {
    let sdl = graphql_drift::read("\u{feff}type Query { a: Int }").expect("SDL");
    let json = String::from_utf8(introspect("type Query { a: Int }")).expect("UTF-8");
    assert_eq!(graphql_drift::read(&format!("\u{feff}  {json}")).expect("JSON"), sdl);
}

#[test]
fn documents_are_checked_with_place_and_suggestion() {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let schema = source("s.graphql", "type Query { person: Person } type Person { id: ID! firstName: String }");
    let found = |documents: &[Source]| validate(&schema, documents).iter().map(ToString::to_string).collect::<Vec<_>>();
    let fragment = source("f.graphql", "fragment F on Person { id firstName }");
    assert_eq!(found(&[source("q.graphql", "query A { person { ...F } }"), fragment.clone()]), [""; 0]);
    assert_eq!(
        found(&[source("q.graphql", "query A {\n  person { id fristName }\n}")]),
        ["q.graphql:2:15: type `Person` has no field `fristName` (did you mean `firstName`?)"]
    );
    let two =
        found(&[source("a.graphql", "query A { person { nope } }"), source("b.graphql", "query B { persn { id } }")]);
    assert!(
        two[0].starts_with("a.graphql:1:20") && two.iter().any(|line| line.starts_with("b.graphql:1:11")),
        "{two:?}"
    );
    assert!(found(&[source("q.graphql", "query A { person {")])[0].starts_with("q.graphql:1:"));
    let broken = source("s.graphql", "type Query { a: Missing }");
    let reported = validate(&broken, &[])[0].to_string();
    assert!(reported.starts_with("s.graphql:1:17") && reported.ends_with("in the schema"), "{reported}");
}

proptest! {
    #[test]
    fn descriptions_survive_whatever_they_hold(text in "(\\PC|[\\n\\t\" \\\\]){0,60}") {
        let sdl = format!("{}\nscalar S", serde_json::to_string(&text).expect("JSON").replace("\\/", "/"));
        // JSON strings are GraphQL strings but for characters that neither has to escape.
        if let Ok(schema) = sdl::load(&sdl) {
            let printed = sdl::print(&schema);
            prop_assert_eq!(sdl::load(&printed).expect("its own SDL"), schema, "{}", printed);
        }
    }

    #[test]
    fn hostile_text_is_an_error_and_no_panic(text in "\\PC{0,200}") {
        _ = sdl::load(&text);
        _ = introspection::load(text.as_bytes());
        _ = sdl::canonical_literal(&text);
    }

    #[test]
    fn order_never_matters(order in Just(vec!["type Query { b: B a: A }", "type A { y: Int x: Int }", "scalar B", "enum C { X Y }"]).prop_shuffle()) {
        let sorted = sdl::load("type Query { a: A b: B } type A { x: Int y: Int } scalar B enum C { Y X }").expect("SDL");
        prop_assert_eq!(sdl::load(&order.join("\n")).expect("SDL"), sorted);
    }
}

#[test]
fn deep_nesting_ends_in_an_error() {
    let deep = format!("type Query {{ a: {}Int{} }}", "[".repeat(100_000), "]".repeat(100_000));
    sdl::load(&deep).expect_err("too deep");
    let literal = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(sdl::canonical_literal(&literal), None);
    let json = format!("{{\"__schema\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    introspection::load(json.as_bytes()).expect_err("too deep");
}
