//! Whatever stands in a document is a finding or none, and every report of it can be told.

#![no_main]

use graphql_drift::validate::{Source, validate};
use graphql_drift::{FailOn, Levels, Operations, Version, compare, coverage, report};
use libfuzzer_sys::fuzz_target;

const OLD: &str = "type Query { a(x: Int, i: I): A b: [U!] } type A implements N { id: ID e: E } type B { id: ID } interface N { id: ID } union U = A | B enum E { X Y } input I { a: Int = 1 e: E }";
const NEW: &str = "type Query { a(x: String!): N } type A implements N { id: ID! } interface N { id: ID } enum E { X Z }";

fuzz_target!(|text: &str| {
    let documents = [Source { path: "a.graphql".to_owned(), text: text.to_owned() }];
    let (old, new) = (Version::read("a", OLD.as_bytes()), Version::read("b", NEW.as_bytes()));
    let (Ok(old), Ok(new)) = (old, new) else { return };
    let operations = Operations::parse(&documents);
    let told = compare(&old, &new, Levels::Own, Some(&operations));
    report::text(&told, true);
    report::markdown(&told);
    report::github(&[&told], FailOn::Any);
    report::html(&told).expect("a page");
    coverage(&old.schema, &operations);
    validate(&Source { path: "a".to_owned(), text: OLD.to_owned() }, &documents);
});
