//! Input that means no good ends in an error, and in no more memory than it takes.

use graphql_drift::validate::Source;
use graphql_drift::{LoadError, Operations, Version};

fn error(text: &str) -> String {
    Version::read("schema", text.as_bytes()).expect_err("no schema").to_string()
}

#[test]
fn names_that_stand_twice_are_told() {
    for (text, name) in [
        ("type A { a: Int } type A { b: Int }", "`A`"),
        ("type A { a: Int a: String }", "`A.a`"),
        ("type A { a(x: Int, x: Int): Int }", "`A.a.x`"),
        ("enum E { A A }", "`E.A`"),
        ("input I { a: Int a: Int }", "`I.a`"),
        ("union U = A | A", "`U.A`"),
        ("type A implements I & I { a: Int }", "`A.I`"),
        ("directive @d on FIELD directive @d on QUERY", "`@d`"),
        ("directive @d(a: Int, a: Int) on FIELD", "`@d.a`"),
        ("type A { a: Int } extend type A { a: Int }", "`A.a`"),
    ] {
        let told = error(text);
        assert!(told.contains(name) && told.contains("twice"), "{text}: {told}");
    }
    let json = r#"{"__schema":{"types":[{"kind":"ENUM","name":"E","enumValues":[{"name":"A"},{"name":"A"}]}]}}"#;
    assert!(error(json).contains("`E.A` is defined twice"));
}

#[test]
fn nothing_is_no_schema() {
    assert!(error("\"It.\" schema scalar S").contains("names no root"));
    for text in ["scalar Int", r#"{"__schema":{"types":[]}}"#] {
        assert!(error(text).contains("defines no type"), "{text}");
    }
}

#[test]
fn introspection_may_say_anything_and_names_are_names() {
    let named = |name: &str| format!(r#"{{"__schema":{{"types":[{{"kind":"OBJECT","name":"{name}","fields":[]}}]}}}}"#);
    for name in ["A\\u001b[2J", "A\\n::error::x", "", "1", "a b", "é"] {
        assert!(error(&named(name)).contains("is not a valid name"), "{name}");
    }
    let many = "scalar S ".repeat(1_100_000);
    assert!(error(&many).contains("limit"), "{}", error(&many));
}

#[test]
fn what_is_no_text_or_too_large_is_not_read() {
    let wrong = Version::read("schema", b"type \xff").expect_err("no UTF-8");
    assert_eq!(wrong, LoadError::NotUtf8(5));
    let large = vec![b' '; 100_000_000];
    let wrong = Version::read("schema", &large).expect_err("too large");
    assert_eq!(wrong.to_string(), "the schema is 100 MB; the limit is 64 MB");
}

#[test]
fn depth_and_cycles_come_to_an_end() {
    let many =
        |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(100_000), close.repeat(100_000));
    error(&format!("type Query {{ a: {} }}", many("[", "Int", "]")));
    error(&format!("type Query {{ a(x: Int = {}): Int }}", many("[", "1", "]")));
    error(&many("{\"ofType\":", "1", "}"));
    error(&many("{\"data\":", "1", "}"));
    let cycle = "type Query { a(i: I = {}): Int } input I { i: I = {} }";
    let (old, new) = (cycle.to_owned(), cycle.replace("i: I = {})", "i: I = {i: {}})"));
    let read = |text: &str| Version::read("schema", text.as_bytes()).expect("it is well formed");
    graphql_drift::compare(&read(&old), &read(&new), graphql_drift::Levels::Own, None);
    let deep = Operations::parse(&[Source { path: "a.graphql".into(), text: many("{a", "{b}", "}") }]);
    assert!(!deep.findings.is_empty());
    // Each default holds the next one twice.
    let link = |n: usize| format!("input I{n} {{ x: I{0} = {{}} y: I{0} = {{}} }}", n + 1);
    let chain = (0..40).map(link).collect::<Vec<_>>().join(" ");
    let chain =
        format!("{chain} input I40 {{ x: Int = 1 }} directive @d(a: I0 = {{}}) on FIELD type Query {{ a: Int }}");
    let more = format!("{chain} type More {{ a: Int }}");
    let report = graphql_drift::compare(&read(&chain), &read(&more), graphql_drift::Levels::Own, None);
    assert_eq!(report.summary.total, 2);
}
