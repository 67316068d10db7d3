//! Estimates the cost of a caller's query, and detects mutations, from its text.

use serde::Deserialize;

use crate::runtime::{Document, OperationKind, Replay, Surface};
use crate::send::Call;

/// The call of a caller's request: its text shows whether it writes, and roughly what it costs. A text that cannot be
/// read may be anything, so it counts as a mutation.
pub(crate) fn call_of(operation: &'static str, request: &str) -> Call {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Text {
        query: String,
        operation_name: Option<String>,
    }
    let text = serde_json::from_str::<Text>(request).ok();
    let document = text.as_ref().and_then(|text| Document::parse(&text.query));
    let name = text.as_ref().and_then(|text| text.operation_name.as_deref()).filter(|name| !name.is_empty());
    let own = document.as_ref().and_then(|document| document.operation(name).map(|own| (document, own)));
    // The cost is an estimate, which the tenant's headers correct.
    let (kind, points) = own.map_or((OperationKind::Mutation, 1), |(document, own)| (own.kind, document.fields(own)));
    let replay = if kind == OperationKind::Query { Replay::Safe } else { Replay::Never };
    Call { operation, surface: Surface::GraphQl, kind, replay, points, is_first_contact: false }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(query: &str) -> Call {
        call_of("execute", &json!({ "query": query }).to_string())
    }

    #[test]
    fn points_are_the_fields_that_are_selected() {
        for (query, points) in [
            ("{ a }", 1),
            ("query Q($x: Int = 1) { a(x: $x, y: {b: [C]}) { again: b @include(if: true) c } }", 3),
            ("{ a { ... on T { b } ...F } } fragment F on T { c } # d { e }", 3),
            ("{ a { ...F } b { ...F } } fragment F on T { c d }", 6),
            (r#"{ a(x: "} b { \" c", y: """ { d """) on }"#, 2),
        ] {
            assert_eq!(call(query).points, points, "{query}");
        }
    }

    #[test]
    fn only_what_is_surely_a_query_may_be_repeated() {
        for query in ["query mutation1 { a }", "query Q { a(x: \"mutation\") }", "# mutation\n{ mutation }"] {
            assert_eq!((call(query).kind, call(query).replay), (OperationKind::Query, Replay::Safe), "{query}");
        }
        let endless = "{ a { ...F } } fragment F on T { b ...F }";
        assert!(call(endless).points < 1_000, "a fragment that spreads itself");
        for other in ["mutation { a }", "fragment F on T { a } mutation M { a }", "", "{", "}}}", "\"", "{ é ) }"] {
            assert_eq!((call(other).kind, call(other).replay), (OperationKind::Mutation, Replay::Never), "{other}");
        }
        let two = json!({ "query": "query A { a } mutation B { b }", "operationName": "A" }).to_string();
        assert_eq!(call_of("execute", &two).kind, OperationKind::Query);
    }
}
