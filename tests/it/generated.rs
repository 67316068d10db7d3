//! What is generated from this project's own schema and queries.

use std::path::Path;

use thought_industries::operations::UserById;
use thought_industries::runtime::{GeneratedOperation as _, Selection};
use thought_industries_codegen::{Inputs, costs, generate};

fn inputs() -> Inputs {
    Inputs::read(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the project's own files")
}

/// A change of schema or queries shows here as a change of the public API.
#[test]
fn the_model_and_the_routes() {
    let generated = generate(&inputs()).expect("no problems");
    insta::assert_snapshot!("model", generated.model);
    insta::assert_snapshot!("routes", generated.routes);
}

#[test]
fn the_same_input_gives_the_same_bytes_in_any_order() {
    let inputs = inputs();
    let mut reversed = inputs.clone();
    reversed.documents.reverse();
    assert_eq!(generate(&inputs).expect("no problems"), generate(&reversed).expect("no problems"));
}

#[test]
fn the_deep_person_is_deep_and_within_the_limit() {
    let inputs = inputs();
    let costs = costs(&inputs.schema, &inputs.documents, &inputs.settings.costs).expect("no problems");
    let deep = costs.iter().find(|operation| operation.name == "UserById").expect("the operation");
    assert!(deep.fields >= 300, "{} fields", deep.fields);
    assert!(deep.types.len() >= 12, "{:?}", deep.types);
    assert!(deep.points <= 1000 && deep.points == UserById::COST);
    assert_eq!(count(UserById::SELECTION) + 1, deep.fields);
}

fn count(selection: &Selection) -> usize {
    let selected = selection.0.iter().filter(|selected| !selected.is_optional);
    selected.map(|selected| 1 + count(&selected.selection)).sum()
}
