//! How long it takes to read schemas and to compare them, by the number of their types.
//!
//! ```sh
//! cargo bench --package graphql-drift
//! ```

#![allow(clippy::expect_used, reason = "a benchmark that cannot go on has failed")]

use std::fmt::Write as _;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use graphql_drift::{Levels, Version, compare};

fn main() {
    divan::main();
}

/// Numbers of types.
const TYPES: [usize; 4] = [500, 5_000, 20_000, 50_000];

/// SDL of so many types. In the second version every tenth has lost a field, and every tenth has another one.
fn sdl(types: usize, second: bool) -> String {
    let mut text = String::from("type Query { first: T0 }\n");
    for number in 0..types {
        let next = (number + 1) % types;
        let change = match (second, number % 10) {
            (true, 3) => "",
            (true, 7) => "  name(long: Boolean = false): String\n  added: Int!\n",
            _ => "  name(long: Boolean = false): String\n",
        };
        _ = writeln!(
            text,
            "\"The {number}th type.\"\ntype T{number} {{\n  id: ID!\n  \"Leads on.\"\n  next: [T{next}!]!\n{change}}}"
        );
    }
    text
}

/// The same as introspection JSON, as endpoints answer it.
fn json(types: usize) -> String {
    let named = |kind: &str, name: &str| format!(r#"{{"kind":"{kind}","name":"{name}","ofType":null}}"#);
    let of = |kind: &str, inner: &str| format!(r#"{{"kind":"{kind}","name":null,"ofType":{inner}}}"#);
    let field = |name: &str, ty: &str| {
        format!(
            r#"{{"name":"{name}","description":null,"args":[],"type":{ty},"isDeprecated":false,"deprecationReason":null}}"#
        )
    };
    let object = |name: &str, fields: &[String]| {
        let fields = fields.join(",");
        format!(
            r#"{{"kind":"OBJECT","name":"{name}","description":null,"fields":[{fields}],"inputFields":null,"interfaces":[],"enumValues":null,"possibleTypes":null}}"#
        )
    };
    let mut all = vec![object("Query", &[field("first", &named("OBJECT", "T0"))])];
    for number in 0..types {
        let next = named("OBJECT", &format!("T{}", (number + 1) % types));
        let fields = [
            field("id", &of("NON_NULL", &named("SCALAR", "ID"))),
            field("next", &of("NON_NULL", &of("LIST", &of("NON_NULL", &next)))),
            field("name", &named("SCALAR", "String")),
        ];
        all.push(object(&format!("T{number}"), &fields));
    }
    let types = all.join(",\n");
    format!(r#"{{"data":{{"__schema":{{"queryType":{{"name":"Query"}},"types":[{types}],"directives":[]}}}}}}"#)
}

#[divan::bench(args = TYPES)]
fn read_sdl(bencher: Bencher, types: usize) {
    let text = sdl(types, false);
    bencher
        .counter(ItemsCount::new(types))
        .counter(BytesCount::of_str(&text))
        .bench(|| Version::read("a", black_box(text.as_bytes())).expect("SDL"));
}

#[divan::bench(args = TYPES)]
fn read_introspection(bencher: Bencher, types: usize) {
    let text = json(types);
    bencher
        .counter(ItemsCount::new(types))
        .counter(BytesCount::of_str(&text))
        .bench(|| Version::read("a", black_box(text.as_bytes())).expect("JSON"));
}

#[divan::bench(args = TYPES)]
fn compare_versions(bencher: Bencher, types: usize) {
    let version = |second| Version::read("a", sdl(types, second).as_bytes()).expect("SDL");
    let (old, new) = (version(false), version(true));
    bencher.counter(ItemsCount::new(types)).bench(|| compare(black_box(&old), black_box(&new), Levels::Own, None));
}
