//! Input that means no good ends in an error, and in no more memory than it takes.

use std::fmt::Write as _;

use graphql_drift::validate::Source;
use graphql_drift::{LoadError, Operations, Version};

fn error(text: &str) -> String {
    Version::read("schema", text.as_bytes()).expect_err("no schema").to_string()
}

#[test]
fn the_last_of_repeated_names_counts_and_strict_reading_refuses() {
    for (text, once, warning) in [
        ("type A { a: Int }\ntype A { b: Int }", "type A { b: Int }", "`A` is defined twice, in lines 1 and 2"),
        (
            "type A {\na: Int b: Int\na: String }",
            "type A { a: String b: Int }",
            "`A.a` is defined twice, in lines 2 and 3",
        ),
        ("type A { a(x: Int, x: ID): Int }", "type A { a(x: ID): Int }", "`A.a(x:)`"),
        ("enum E { A A @deprecated }", "enum E { A @deprecated }", "`E.A`"),
        ("input I { a: Int a: ID }", "input I { a: ID }", "`I.a`"),
        ("union U = A | A", "union U = A", "`U = A` is defined twice; the last"),
        ("type A implements I & I { a: Int }", "type A implements I { a: Int }", "`A implements I`"),
        ("directive @d on FIELD directive @d on QUERY", "directive @d on QUERY", "`@d`"),
        ("directive @d(a: Int, a: ID) on FIELD", "directive @d(a: ID) on FIELD", "`@d(a:)`"),
        ("type A { a: Int } extend type A { a: ID }", "type A { a: ID }", "`A.a`"),
    ] {
        let version = Version::read("schema", text.as_bytes()).expect(text);
        assert_eq!(version.schema, Version::read("schema", once.as_bytes()).expect(once).schema, "{text}");
        let warnings = version.warnings();
        assert!(warnings.len() == 1 && warnings[0].to_string().contains(warning), "{text}: {warnings:?}");
        let refused = version.strict().expect_err("strict").to_string();
        assert!(refused.contains(warning), "{text}: {refused}");
    }
    let field =
        |ty: &str| format!("{{\"name\":\"user\",\n\"args\":[],\"type\":{{\"kind\":\"SCALAR\",\"name\":\"{ty}\"}}}}");
    let json = format!(
        "{{\"__schema\":{{\"queryType\":{{\"name\":\"Q\"}},\"types\":[{{\"kind\":\"OBJECT\",\"name\":\"Q\",\"fields\":[\n{},{},{}]}}]}}}}",
        field("Int"),
        field("Float"),
        field("ID")
    );
    let version = Version::read("schema", json.as_bytes()).expect("as servers answer");
    assert_eq!(version.schema.query_fields()[0].ty.name(), "ID");
    let warnings: Vec<_> = version.warnings().iter().map(ToString::to_string).collect();
    assert!(warnings[0].contains("lines 2 and 3") && warnings[1].contains("lines 3 and 4"), "{warnings:?}");
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
fn a_large_schema_is_read_piece_by_piece_with_its_lines() {
    let mut text = String::from("schema { query: Query }\nextend type Query { late: Int }\n");
    for number in 0..40_000 {
        writeln!(
            text,
            "\"The {number}th.\" type T{number} implements N {{ id: ID! next(first: Int = 10): T{number} }}"
        )
        .expect("a string");
    }
    text += "interface N { id: ID! }\ntype Query { t: T0 }\n";
    assert!(text.len() > 3_000_000);
    let version = Version::read("schema", text.as_bytes()).expect("a schema");
    assert_eq!(version.schema.types.len(), 40_002);
    assert_eq!(version.line(version.schema.types["T39999"].position), Some(40_002));
    assert_eq!(version.schema.query_fields().len(), 2);
    let wrong = text.replace("type T30000 implements", "typ T30000 implements");
    let error = Version::read("schema", wrong.as_bytes()).expect_err("a misspelled keyword").to_string();
    assert!(error.starts_with("line 30003, column 1: "), "{error}");
}

#[test]
fn utf_16_is_read_and_minified_json_has_no_lines() {
    let text = "type Query { a: Int }";
    let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    let plain = Version::read("schema", text.as_bytes()).expect("UTF-8").schema;
    for bytes in [&little, &big] {
        assert_eq!(Version::read("schema", bytes).expect("UTF-16").schema, plain);
    }
    assert_eq!(Version::read("schema", &little[..5]).expect_err("cut off"), LoadError::NotUtf16);
    let json = r#"{"__schema":{"queryType":{"name":"Q"},"types":[{"kind":"OBJECT","name":"Q","fields":[]}]}}"#;
    let version = Version::read("schema", json.as_bytes()).expect("JSON");
    assert_eq!(version.line(version.schema.types["Q"].position), None);
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
