//! Operations that a schema breaks are mended, or stay as they are.

use graphql_drift::repair::{Repair, Unmended, repair};
use graphql_drift::validate::{Source, validate};
use graphql_drift::{Format, Version, sdl};

use crate::changes::version;
use crate::drawn::{Draw, documents};
use crate::mutations::{ALL, base};

fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

fn mend(old: &str, new: &str, text: &str) -> Repair {
    repair(Some(&version(old)), &version(new), &[source("q.graphql", text)])
}

/// What a document becomes; its text is then valid.
fn mended(old: &str, new: &str, text: &str) -> String {
    let repair = mend(old, new, text);
    assert!(repair.unmended.is_empty(), "{text}: {:?}", repair.unmended);
    let after = repair.documents.first().map_or(text, |document| &document.after).to_owned();
    let left = validate(&source("s.graphql", new), &[source("q.graphql", &after)]);
    assert!(left.is_empty(), "{after}: {left:?}");
    after
}

fn why(old: &str, new: &str, text: &str) -> String {
    let repair = mend(old, new, text);
    assert_eq!(repair.documents, [], "{text}");
    repair.unmended.iter().map(Unmended::message).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_renamed_field_keeps_its_name_in_the_response() {
    let (old, new) = ("type Query { firstName: Int other: ID }", "type Query { first_name: Int other: ID }");
    assert_eq!(mended(old, new, "query Q { firstName other }"), "query Q { firstName: first_name other }");
    assert_eq!(mended(old, new, "query Q { a: firstName }"), "query Q { a: first_name }");
    // The reason of a deprecation says more than how alike names are.
    let old = "type Query { name: Int @deprecated(reason: \"use `title`\") names: Int }";
    let new = "type Query { title: Int names: Int }";
    assert_eq!(mended(old, new, "{ name }"), "{ name: title }");
    // Below a renamed field, others may have new names, too.
    let old = "type Query { user: User } type User { nick: Int }";
    let new = "type Query { users: Person } type Person { nickName: Int nick_: Int }";
    assert_eq!(mended(old, new, "{ user { nick } }"), "{ user: users { nick: nick_ } }");
}

#[test]
fn what_is_gone_is_removed_with_what_would_be_empty() {
    let old = "type Query { a: A b: Int } type A { x: Int y(z: Int, w: Int): Int }";
    let new = "type Query { a: A b: Int } type A { y: Int }";
    assert_eq!(mended(old, new, "{ a { x y } b }"), "{ a { y } b }");
    assert_eq!(mended(old, new, "{\n  a {\n    x\n  }\n  b\n}\n"), "{\n  b\n}\n");
    let text = "query Q($z: Int, $w: Int) {\n  a {\n    y(z: $z, w: $w)\n  }\n}\n";
    assert_eq!(mended(old, new, text), "query Q {\n  a {\n    y\n  }\n}\n");
    let fragments = "query Q {\n  b\n  a {\n    ...F\n  }\n}\n\nfragment F on A {\n  x\n}\n";
    assert_eq!(mended(old, new, fragments), "query Q {\n  b\n}\n\n");
    assert!(why(old, new, "{ a { x } }").contains("nothing would be left of the operation"));
}

#[test]
fn arguments_values_and_variables_follow_the_schema() {
    let old = "type Query { a(page: Int, by: Color, in: In): Int } enum Color { RED } input In { limit: Int old: Int }";
    let new = "type Query { a(pages: Int!, by: Color, in: In): Int } enum Color { RED_ } input In { limits: Int! }";
    assert_eq!(
        mended(old, new, "query Q($n: Int) { a(page: $n, by: RED, in: {limit: 1, old: 2}) }"),
        "query Q($n: Int!) { a(pages: $n, by: RED_, in: {limits: 1}) }"
    );
    // A type that was renamed.
    let (old, new) = (
        "type Query { a(in: UserInput): Int } input UserInput { a: Int b: Int c: Int }",
        "type Query { a(in: UsersInput): Int } input UsersInput { a: Int b: Int c: Int }",
    );
    assert_eq!(mended(old, new, "query Q($in: UserInput) { a(in: $in) }"), "query Q($in: UsersInput) { a(in: $in) }");
    let shared = "query Q($in: UserInput) { ...F } fragment F on Query { a(in: $in) }";
    assert!(mended(old, new, shared).starts_with("query Q($in: UsersInput)"));
    let leaf = mended("type Query { a: A } type A { b: Int }", "type Query { a: Int }", "{ a(x: 1) { b } }");
    assert_eq!(leaf, "{ a }");
    let directive =
        mended("directive @d on FIELD type Query { a: Int }", "type Query { a: Int }", "{ a @d @skip(if: false) }");
    assert_eq!(directive, "{ a @skip(if: false) }");
    let old = "type Query { u: U } union U = A | B type A { x: Int } type B { y: Int }";
    let new = "type Query { u: U } union U = A type A { x: Int } type B { y: Int }";
    assert_eq!(mended(old, new, "{ u { ... on A { x } ... on B { y } } }"), "{ u { ... on A { x } } }");
}

#[test]
fn what_cannot_be_mended_stays_and_says_why() {
    let (old, new) = (
        "type Query { a: Int b: B } type B { x: Int }",
        "type Query { a(n: Int!): Int b: Int c: C } type C { d: Int }",
    );
    assert!(
        why(old, new, "query Q { a }").contains("Q cannot be mended: q.graphql:1:11: "),
        "{}",
        why(old, new, "query Q { a }")
    );
    assert!(why(old, new, "query Q { a }").ends_with("it needs a value that the documents do not have"));
    assert!(why("type Query { c: Int }", new, "{ c }").contains("nothing says which of them are needed"));
    assert!(why(old, new, "mutation M { x }").contains("no such operations"));
    assert!(why(old, new, "query Q { a ").contains("the document does not parse"));
    // The other operation of the document is mended.
    let both = mend(old, new, "query Broken { a }\nquery Fine { b { x } }\n");
    assert_eq!(both.documents[0].after, "query Broken { a }\nquery Fine { b }\n");
    assert_eq!(both.unmended.len(), 1);
}

#[test]
fn fragments_of_several_operations_and_files_are_mended_once() {
    let old = version("type Query { u: User } type User { name: Int id: ID }");
    let new = version("type Query { u: User } type User { names: Int id: ID }");
    let sources = [
        source("a.graphql", "query A { u { ...F } }\n"),
        source("b.graphql", "query B { u { ...F id } }\nquery C { u { gone } }\n"),
        source("f.graphql", "# Comments stay.\nfragment F on User { name # this one, too\n}\n"),
    ];
    let repair = repair(Some(&old), &new, &sources);
    let paths: Vec<&str> = repair.documents.iter().map(|document| document.path.as_str()).collect();
    assert_eq!(paths, ["f.graphql"]);
    assert_eq!(repair.documents[0].after, "# Comments stay.\nfragment F on User { name: names # this one, too\n}\n");
    assert_eq!(repair.documents[0].changes, ["line 2: `User.name` is now `names`"]);
    assert_eq!(repair.unmended[0].names, ["C"]);
}

#[test]
fn an_operation_that_cannot_be_mended_keeps_no_other_from_it() {
    let old = version("type Query { u: User } type User { name: Int id(x: Int): ID }");
    let new = version("type Query { u: User } type User { names: Int id(x: Int!): ID }");
    let text = "query A { u { ...F } }\nquery B { u { ...F id } }\nfragment F on User { name }\n";
    let repair = repair(Some(&old), &new, &[source("a.graphql", text)]);
    let after = "query A { u { ...F } }\nquery B { u { ...F id } }\nfragment F on User { name: names }\n";
    assert_eq!(repair.documents[0].after, after);
    assert_eq!((repair.unmended.len(), &repair.unmended[0].names[..]), (1, &["B".to_owned()][..]));
    assert_eq!(repair.unmended[0].findings.len(), 1, "{:?}", repair.unmended);
}

#[test]
fn a_diff_and_suggestions_are_what_code_hosts_take() {
    let (old, new) = ("type Query { a: Int name: Int }", "type Query { a: Int names: Int }");
    let repair = mend(old, new, "query Q {\n  a\n  name\n}\n");
    let text = Format::Text.repair(&repair).expect("a diff");
    assert_eq!(
        text,
        "--- a/q.graphql\n+++ b/q.graphql\n@@ -1,4 +1,4 @@\n query Q {\n   a\n-  name\n+  name: names\n }\n"
    );
    let json: serde_json::Value = serde_json::from_str(&Format::Json.repair(&repair).expect("JSON")).expect("JSON");
    let suggestion = &json["documents"][0]["suggestions"][0];
    assert_eq!((&suggestion["start_line"], &suggestion["line"]), (&3.into(), &3.into()));
    assert_eq!(suggestion["body"], "````suggestion\n  name: names\n````\n");
    let github = Format::Github.repair(&repair).expect("annotations");
    assert!(github.starts_with("::warning file=q.graphql,line=3,title=can be mended::"), "{github}");
    assert!(Format::Markdown.repair(&repair).expect("Markdown").contains("+  name: names\n"));
    assert!(Format::Sarif.repair(&repair).is_err());
}

#[test]
fn whatever_is_written_is_valid_and_the_rest_untouched() {
    let pairs = std::env::var("GRAPHQL_DRIFT_REPAIRS").ok().and_then(|pairs| pairs.parse().ok()).unwrap_or(60);
    let mut draw = Draw::new(20_261_123);
    let (mut broken, mut fixed) = (0, 0);
    for _ in 0..pairs {
        let schema = &ALL[draw.below(ALL.len())].schema;
        if sdl::check(schema).is_err() {
            continue;
        }
        let old = base();
        let sources = documents(&old, &mut draw);
        let text = sdl::print(schema);
        let new = Version::read("new.graphql", text.as_bytes()).expect("a schema");
        let old = Version::read("old.graphql", sdl::print(&old).as_bytes()).expect("a schema");
        let errors = |sources: &[Source]| {
            let found = validate(&source("new.graphql", &text), sources).into_iter();
            found.filter(|finding| finding.path != "new.graphql").collect::<Vec<_>>()
        };
        let repair = repair(Some(&old), &new, &sources);
        let after: Vec<Source> = sources
            .iter()
            .map(|it| match repair.documents.iter().find(|document| document.path == it.path) {
                Some(document) => source(&it.path, &document.after),
                None => it.clone(),
            })
            .collect();
        let (before, left) = (errors(&sources), errors(&after));
        broken += before.len();
        fixed += before.len().saturating_sub(left.len());
        assert!(left.len() <= before.len(), "{left:#?}\n{before:#?}");
        // What is left is reported, and nothing that is reported was written.
        if repair.unmended.is_empty() {
            assert_eq!(left, [], "{}", Format::Text.repair(&repair).expect("a diff"));
        }
        let again = graphql_drift::repair::repair(Some(&old), &new, &after);
        assert_eq!(again.documents, [], "a second run has nothing to do");
    }
    assert!(broken > pairs && fixed * 3 > broken, "{fixed} of {broken} in {pairs} pairs");
}
