//! What is generated from this project's own schema and queries.

use std::path::Path;

use thought_industries::operations::UserById;
use thought_industries::runtime::{GeneratedOperation as _, SingleRoot as _};
use thought_industries_codegen::{Builder, Costs, Source, costs};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The builder of `build.rs`.
fn builder() -> Builder {
    Builder::new()
        .routes("queries/routes.toml")
        .fields("schema/fields.toml")
        .capabilities("schema/capabilities.toml")
        .scalars("schema/scalars.toml")
        .costs("schema/costs.toml")
        .require_ids()
        .runtime("crate::runtime")
}

/// A change of schema or queries shows here as a change of the public API.
#[test]
fn the_model_and_the_routes() {
    let generated = builder().generate(root()).expect("no problems").operations;
    let (model, rest) = generated.split_once("pub mod operations {").expect("operations");
    let (operations, routes) = rest.split_once("pub mod routes {").expect("routes");
    insta::assert_snapshot!("model", model);
    insta::assert_snapshot!("routes", routes);
    let types = operations.lines().find(|line| line.contains("query Query")).expect("the types");
    assert!(types.len() < 60_000, "{} bytes say what the operations select", types.len());
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(builder().generate(root()), builder().generate(root()));
}

#[test]
fn the_deep_user_is_deep_and_within_the_limit() {
    let read = |path| Source::read(root(), path).expect(path);
    let documents = Source::read_folder(root(), "queries", "graphql").expect("documents");
    let points = Costs::parse(&read("schema/costs.toml")).expect("costs");
    let costs = costs(&read("schema/schema.graphql"), &documents, &points).expect("no problems");
    let deep = costs.iter().find(|operation| operation.name == "UserById").expect("the operation");
    assert!(deep.fields >= 300, "{} fields", deep.fields);
    assert!(deep.types.len() >= 12, "{:?}", deep.types);
    assert!(deep.points <= 1000 && deep.points == UserById::SPEC.points);
    assert_eq!(UserById::selection().len() + 1, deep.fields);
}
