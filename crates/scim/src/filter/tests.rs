//! Filters: precedence, dialects of directories, and texts that are no filter.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::schema::{ENTERPRISE_SCHEMA, ResourceKind};

fn ada() -> Map<String, Value> {
    let user = json!({
        "id": "7",
        "userName": "Ada@Example.com",
        "externalId": "Ext-1",
        "active": true,
        "name": { "givenName": "Ada", "familyName": "Byron \"King\"" },
        "emails": [
            { "value": "ada@example.com", "type": "work", "primary": true },
            { "value": "ada@home.example", "type": "home" },
        ],
        "meta": { "lastModified": "2026-03-01T10:00:00Z" },
        ENTERPRISE_SCHEMA: { "department": "R&D", "manager": { "value": "9" } },
    });
    serde_json::from_value(user).expect("an object")
}

fn finds(text: &str) -> bool {
    let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    check(&filter, ResourceKind::User).unwrap_or_else(|error| panic!("{text}: {error}"));
    matches(&filter, &ada(), ResourceKind::User)
}

#[test]
fn what_directories_send_is_found() {
    for text in [
        r#"userName eq "ada@example.com""#,
        r#"USERNAME EQ "ADA@EXAMPLE.COM""#,
        "userName eq ada@example.com",
        r#"externalId eq "Ext-1""#,
        r#"emails eq "ada@home.example""#,
        r#"emails.value eq "ADA@home.example""#,
        r#"emails[type eq "work"].value eq "ada@example.com""#,
        r#"emails[type eq "work" and value co "@example.com"]"#,
        r#"emails[type eq "home"].value sw "ada""#,
        r#"emails[primary eq "True"].value pr"#,
        r#"id eq "7" and manager eq "9""#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "r&d""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:name.givenName sw "A""#,
        r#"name.familyName eq "Byron \"King\"""#,
        r#"meta.lastModified gt "2026-03-01T11:30:00+02:00""#,
        r#"active eq true and not (active eq "False")"#,
        "title eq null",
        "name pr and not (title pr)",
        r#"userName ne "b" "#,
    ] {
        assert!(finds(text), "{text}");
    }
    for text in [
        r#"externalId eq "ext-1""#,
        r#"emails[type eq "work"].value eq "ada@home.example""#,
        r#"emails[type eq "home" and primary eq true]"#,
        r#"password eq "x""#,
        r#"nickName ne "x""#,
        "shoeSize gt 5",
        r#"meta.lastModified lt "2026-03-01T10:00:00.000Z""#,
        r#"userName eq "5f2f0b6a-0000-4000-8000-000000000000""#,
    ] {
        assert!(!finds(text), "{text}");
    }
}

#[test]
fn and_binds_tighter_than_or() {
    let parsed = |text| Filter::parse(text).expect(text);
    assert_eq!(parsed("a pr or b pr and c pr"), parsed("a pr or (b pr and c pr)"));
    assert_eq!(parsed("a pr and b pr or c pr"), parsed("(a pr and b pr) or c pr"));
    assert_ne!(parsed("a pr and b pr or c pr"), parsed("a pr and (b pr or c pr)"));
    assert_eq!(parsed("not (a pr) and b pr"), parsed("(not (a pr)) and b pr"));
    // An attribute may be called like an operator.
    assert_eq!(parsed("not eq \"x\""), parsed("NOT EQ \"x\"").renamed("not"));
}

impl Filter {
    fn renamed(self, name: &str) -> Self {
        match self {
            Self::Compare(path, operator, literal) => {
                Self::Compare(AttributePath { name: name.to_owned(), ..path }, operator, literal)
            }
            other => other,
        }
    }
}

#[test]
fn what_is_no_filter_is_refused_with_the_reason() {
    let deep = format!("{}a pr{}", "(".repeat(40), ")".repeat(40));
    let long = format!("a eq \"{}\"", "x".repeat(5_000));
    for text in [
        "",
        "a",
        "a eq",
        "a xx 1",
        "a eq \"x",
        "(a pr",
        "a pr)",
        "a pr b pr",
        "emails[type eq \"work\"",
        "a eq (b)",
        "and a pr",
        "not a pr",
        "[a pr]",
        "\"a\" pr",
        "a eq \"\\q\"",
        &deep,
        &long,
    ] {
        let error = Filter::parse(text).expect_err(text);
        assert_eq!((error.status, error.scim_type.map(crate::ScimType::name)), (400, Some("invalidFilter")), "{text}");
    }
    for text in [
        "active gt true",
        "active eq \"maybe\"",
        "userName eq true",
        "name eq \"x\"",
        "userName[value pr]",
        "emails[type[value pr]]",
        "userName gt null",
    ] {
        let filter = Filter::parse(text).expect(text);
        assert_eq!(check(&filter, ResourceKind::User).expect_err(text).status, 400, "{text}");
    }
}

#[test]
fn an_index_answers_what_directories_look_up() {
    let search = |text: &str, kind| search_of(&Filter::parse(text).expect(text), kind);
    let users = |text: &str| search(text, ResourceKind::User);
    let one = |text: &str| vec![text.to_owned()];
    assert_eq!(users(r#"userName eq "ADA""#), Search::UserNames(one("ada")));
    assert_eq!(users(r#"userName eq "ada" and active eq true"#), Search::UserNames(one("ada")));
    assert_eq!(users(r#"active eq true and id eq "7""#), Search::Ids(one("7")));
    assert_eq!(users(r#"emails[type eq "work"].value eq "A@b""#), Search::Emails(one("a@b")));
    assert_eq!(users(r#"emails.type eq "work""#), Search::All);
    assert_eq!(users(r#"userName eq "a" or userName eq "b""#), Search::UserNames(vec!["a".into(), "b".into()]));
    assert_eq!(users(r#"userName eq "a" or active eq true"#), Search::All);
    assert_eq!(users(r#"not (userName eq "a")"#), Search::All);
    let groups = |text: &str| search(text, ResourceKind::Group);
    assert_eq!(groups(r#"displayName eq "R&D""#), Search::DisplayNames(one("r&d")));
    assert_eq!(groups(r#"id eq "g" and members eq "u""#), Search::Ids(one("g")));
    assert_eq!(groups(r#"members[value eq "u"]"#), Search::Members(one("u")));
}

/// A filter, and whether it matches by the meaning of its parts.
fn drawn() -> impl Strategy<Value = (String, bool)> {
    let leaf = prop_oneof![
        Just(("active eq true".to_owned(), true)),
        Just(("title pr".to_owned(), false)),
        Just((r#"userName sw "ADA""#.to_owned(), true)),
        Just((r#"emails[type eq "other"]"#.to_owned(), false)),
    ];
    leaf.prop_recursive(5, 32, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|((a, x), (b, y))| (format!("({a}) and ({b})"), x && y)),
            (inner.clone(), inner.clone()).prop_map(|((a, x), (b, y))| (format!("({a}) OR ({b})"), x || y)),
            inner.prop_map(|(a, x)| (format!("not ({a})"), !x)),
        ]
    })
}

proptest! {
    #[test]
    fn a_filter_means_what_its_parts_mean((text, expected) in drawn()) {
        prop_assert_eq!(finds(&text), expected);
    }

    /// Whatever is sent, there is a filter or a refusal, and what an index may miss is not matched.
    #[test]
    fn no_text_breaks_the_parser(text in r#"[a-z. \[\]()"\\:]{0,60}"#, other in "\\PC{0,40}") {
        for text in [text, other] {
            if let Ok(filter) = Filter::parse(&text) {
                _ = check(&filter, ResourceKind::Group);
                _ = matches(&filter, &ada(), ResourceKind::User);
                _ = search_of(&filter, ResourceKind::User);
            }
            _ = parse_path(&text);
        }
    }

    /// Every text survives its quotation marks.
    #[test]
    fn a_text_is_compared_as_it_was_sent(text in "\\PC{1,30}") {
        let quoted = serde_json::to_string(&text).expect("a text");
        let user = Map::from_iter([("externalId".to_owned(), json!(text))]);
        let filter = Filter::parse(&format!("externalId eq {quoted}")).expect("a filter");
        prop_assert!(matches(&filter, &user, ResourceKind::User));
    }
}
