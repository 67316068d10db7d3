//! What of a user has a home in the tenant, in both directions. The rest is kept by the gateway.

use serde_json::{Map, Value, json};

use crate::connection::{Connection, Mapped};
use crate::schema::ENTERPRISE_SCHEMA;

/// Fields of the tenant by their names; custom fields as `customFields.key`. Null is a field without a value.
pub(crate) type Fields = Map<String, Value>;

/// The attributes of an address and their fields, behind the lines of the street.
const ADDRESS: [(&str, &str); 4] =
    [("locality", "city"), ("region", "state"), ("postalCode", "zipCode"), ("country", "country")];

/// The fields that the attributes of a user lead to. Each field that has a home is there; without a value, it is null.
pub(crate) fn fields_of(document: &Map<String, Value>, connection: &Connection) -> Fields {
    let mut fields = Map::new();
    let name = |part: &str| document.get("name").and_then(|name| name.get(part)).and_then(filled);
    fields.insert("email".to_owned(), json!(address_of(document)));
    fields.insert("firstName".to_owned(), json!(name("givenName")));
    fields.insert("lastName".to_owned(), json!(name("familyName")));
    let phone = home(document, "phoneNumbers", &["work", "mobile"]);
    fields.insert("telephone".to_owned(), json!(phone.and_then(|entry| entry.get("value")).and_then(filled)));
    let address = home(document, "addresses", &["work"]);
    let part = |name: &str| address.and_then(|address| address.get(name)).and_then(filled);
    let street = part("streetAddress").unwrap_or_default();
    let mut lines = street.lines().map(str::trim).filter(|line| !line.is_empty());
    fields.insert("address1".to_owned(), json!(lines.next()));
    let rest: Vec<&str> = lines.collect();
    fields.insert("address2".to_owned(), json!((!rest.is_empty()).then(|| rest.join(", "))));
    for (attribute, field) in ADDRESS {
        fields.insert(field.to_owned(), json!(part(attribute)));
    }
    for (mapped, field) in &connection.mapping {
        fields.insert(field.clone(), json!(mapped_value(document, *mapped)));
    }
    fields
}

fn filled(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.trim().is_empty())
}

fn mapped_value(document: &Map<String, Value>, mapped: Mapped) -> Option<&str> {
    let own = if mapped.is_extension() { document.get(ENTERPRISE_SCHEMA)?.as_object()? } else { document };
    own.get(mapped.attribute()).and_then(filled)
}

/// The e-mail address of a user: the primary one, or else that of work, or else the first.
pub(crate) fn address_of(document: &Map<String, Value>) -> Option<&str> {
    home_of_emails(document)?.get("value").and_then(filled)
}

fn home_of_emails(document: &Map<String, Value>) -> Option<&Value> {
    home(document, "emails", &["work"])
}

/// The entry of a list that has a home in the tenant. A primary telephone number may be private, so that its kind counts.
fn home<'d>(document: &'d Map<String, Value>, list: &str, kinds: &[&str]) -> Option<&'d Value> {
    let entries = document.get(list)?.as_array()?;
    entries.get(home_place(entries, list != "phoneNumbers", kinds)?)
}

fn home_place(entries: &[Value], is_primary_first: bool, kinds: &[&str]) -> Option<usize> {
    let primary = || entries.iter().position(crate::values::is_primary).filter(|_| is_primary_first);
    let is_kind = |entry: &Value, kind: &str| {
        entry.get("type").and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(kind))
    };
    let of_kind = || kinds.iter().find_map(|kind| entries.iter().position(|entry| is_kind(entry, kind)));
    primary().or_else(of_kind).or((!entries.is_empty()).then_some(0))
}

/// The fields whose values differ: what a change of the attributes changes in the tenant.
pub(crate) fn changes(before: &Fields, after: &Fields) -> Fields {
    let differs = |(name, value): &(&String, &Value)| !is_same(name, before.get(*name).unwrap_or(&Value::Null), value);
    after.iter().filter(differs).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Whether two values of a field are the same. An empty text is no value, and addresses have no case.
pub(crate) fn is_same(field: &str, one: &Value, other: &Value) -> bool {
    let text = |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    match (text(one), text(other)) {
        (Some(one), Some(other)) if field == "email" => one.to_lowercase() == other.to_lowercase(),
        (one, other) => one == other,
    }
}

/// The value of a field among facts; `None` if the tenant does not show the field.
fn fact<'f>(facts: &'f Map<String, Value>, field: &str) -> Option<&'f Value> {
    match field.strip_prefix("customFields.") {
        Some(key) => match facts.get("customFields")? {
            Value::Object(custom) => Some(custom.get(key).unwrap_or(&Value::Null)),
            _ => Some(&Value::Null),
        },
        None => facts.get(field),
    }
}

/// Brings the attributes that a directory has sent in line with what the tenant has. What the tenant has as it was sent stays
/// exactly as it was sent, since a directory that reads another spelling would write it again.
pub(crate) fn overlay(document: &mut Map<String, Value>, facts: &Map<String, Value>, connection: &Connection) {
    let sent = fields_of(document, connection);
    let differs = |field: &str| {
        let sent = sent.get(field).unwrap_or(&Value::Null);
        fact(facts, field).is_some_and(|fact| !is_same(field, fact, sent))
    };
    let text = |field: &str| fact(facts, field).and_then(filled).map(str::to_owned);
    if differs("email") {
        set_entry(document, "emails", &["work"], text("email").map(|email| vec![("value", email)]));
    }
    for (part, field) in [("givenName", "firstName"), ("familyName", "lastName")] {
        if differs(field) {
            set_part(document, part, text(field));
        }
    }
    if differs("telephone") {
        set_entry(document, "phoneNumbers", &["work", "mobile"], text("telephone").map(|phone| vec![("value", phone)]));
    }
    if ["address1", "address2"].into_iter().chain(ADDRESS.map(|(_, field)| field)).any(differs) {
        let street: Vec<String> = ["address1", "address2"].into_iter().filter_map(text).collect();
        let street = (!street.is_empty()).then(|| ("streetAddress", street.join("\n")));
        let parts = ADDRESS.into_iter().filter_map(|(part, field)| Some((part, text(field)?)));
        let parts: Vec<_> = street.into_iter().chain(parts).collect();
        set_entry(document, "addresses", &["work"], (!parts.is_empty()).then_some(parts));
    }
    for (mapped, field) in &connection.mapping {
        if differs(field) {
            set_mapped(document, *mapped, text(field));
        }
    }
}

fn set_part(document: &mut Map<String, Value>, part: &str, text: Option<String>) {
    let name = document.entry("name").or_insert_with(|| json!({}));
    if let Value::Object(parts) = name {
        match text {
            Some(text) => _ = parts.insert(part.to_owned(), json!(text)),
            None => _ = parts.remove(part),
        }
    }
    if name.as_object().is_some_and(Map::is_empty) {
        document.remove("name");
    }
}

/// Sets the entry of a list that has a home in the tenant.
fn set_entry(
    document: &mut Map<String, Value>,
    list: &str,
    kinds: &[&str],
    parts: Option<Vec<(&'static str, String)>>,
) {
    let mut entries = match document.remove(list) {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    };
    let place = home_place(&entries, list != "phoneNumbers", kinds);
    match parts {
        Some(parts) => {
            let parts = parts.into_iter().map(|(name, text)| (name.to_owned(), json!(text)));
            match place.and_then(|place| entries.get_mut(place)).and_then(Value::as_object_mut) {
                Some(entry) => {
                    // Where the entry is, and that it is preferred, the tenant does not know.
                    entry.retain(|name, _| name == "type" || name == "primary");
                    entry.extend(parts);
                }
                None => {
                    let mut entry: Map<String, Value> = parts.collect();
                    entry.insert("type".to_owned(), json!("work"));
                    if list == "emails" {
                        entry.insert("primary".to_owned(), json!(true));
                    }
                    entries.push(Value::Object(entry));
                }
            }
        }
        None => _ = place.map(|place| entries.remove(place)),
    }
    if !entries.is_empty() {
        document.insert(list.to_owned(), Value::Array(entries));
    }
}

fn set_mapped(document: &mut Map<String, Value>, mapped: Mapped, text: Option<String>) {
    let own = if mapped.is_extension() {
        let extension = document.entry(ENTERPRISE_SCHEMA).or_insert_with(|| json!({}));
        let Value::Object(extension) = extension else { return };
        extension
    } else {
        document
    };
    match text {
        Some(text) => _ = own.insert(mapped.attribute().to_owned(), json!(text)),
        None => _ = own.remove(mapped.attribute()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).expect("an object")
    }

    fn connection() -> Connection {
        let mapping = [(Mapped::Department, "customFields.department"), (Mapped::EmployeeNumber, "ref1")];
        let mapping: BTreeMap<_, _> = mapping.into_iter().map(|(mapped, field)| (mapped, field.to_owned())).collect();
        Connection { mapping, ..Connection::new("okta", ["*"]) }
    }

    #[test]
    fn attributes_find_their_homes() {
        let user = object(json!({
            "name": { "givenName": "Ada", "familyName": " " },
            "emails": [{ "value": "a@home.example", "type": "home" }, { "value": "Ada@work.example", "type": "Work" }],
            "phoneNumbers": [{ "value": "1", "type": "home", "primary": true }, { "value": "2", "type": "mobile" }],
            "addresses": [{ "streetAddress": "1 Main St\n Floor 2\nDoor 3", "locality": "Bern", "type": "work" }],
            ENTERPRISE_SCHEMA: { "department": "R&D", "employeeNumber": "007" },
        }));
        let expected = json!({
            "email": "Ada@work.example", "firstName": "Ada", "lastName": null, "telephone": "2",
            "address1": "1 Main St", "address2": "Floor 2, Door 3", "city": "Bern", "state": null, "zipCode": null,
            "country": null, "customFields.department": "R&D", "ref1": "007",
        });
        assert_eq!(Value::Object(fields_of(&user, &connection())), expected);
    }

    #[test]
    fn what_the_tenant_has_as_it_was_sent_is_shown_as_it_was_sent() {
        let sent = object(json!({
            "name": { "givenName": "Ada" },
            "emails": [{ "value": "Ada@Example.com", "type": "work", "primary": true }, { "value": "b@b", "type": "home" }],
            "addresses": [{ "streetAddress": "1 Main St\r\nFloor 2", "formatted": "1 Main St", "type": "work" }],
            ENTERPRISE_SCHEMA: { "department": "R&D" },
        }));
        let facts = object(json!({
            "email": "ada@example.com", "firstName": "Ada", "lastName": "", "telephone": null, "address1": "1 Main St",
            "address2": "Floor 2", "city": null, "customFields": { "department": "R&D" },
        }));
        let mut shown = sent.clone();
        overlay(&mut shown, &facts, &connection());
        assert_eq!(shown, sent);
        let mut edited = facts.clone();
        edited.insert("email".to_owned(), json!("new@example.com"));
        edited.insert("firstName".to_owned(), Value::Null);
        edited.insert("lastName".to_owned(), json!("Byron"));
        edited.insert("city".to_owned(), json!("Bern"));
        edited.insert("customFields".to_owned(), Value::Null);
        overlay(&mut shown, &edited, &connection());
        let expected = json!({
            "name": { "familyName": "Byron" },
            "emails": [{ "value": "new@example.com", "type": "work", "primary": true }, { "value": "b@b", "type": "home" }],
            "addresses": [{ "streetAddress": "1 Main St\nFloor 2", "locality": "Bern", "type": "work" }],
            ENTERPRISE_SCHEMA: {},
        });
        assert_eq!(Value::Object(shown), expected);
    }

    proptest! {
        /// What is shown of any facts leads back to these facts: nothing is planned that no directory asked for.
        #[test]
        fn what_is_shown_asks_for_no_change(
            facts in prop::collection::hash_map(
                prop::sample::select(vec!["email", "firstName", "lastName", "telephone", "address1", "address2", "city", "ref1"]),
                prop_oneof![Just(Value::Null), "[a-z@ ]{0,8}".prop_map(|text| json!(text))], 0..8),
            first in "[a-z]{0,3}",
            phone in "[a-z]{0,3}",
        ) {
            let facts: Map<String, Value> = facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let mut document = object(json!({ "name": { "givenName": first }, "phoneNumbers": [{ "value": phone }] }));
            overlay(&mut document, &facts, &connection());
            let shown = fields_of(&document, &connection());
            // A second line without a first one becomes the first.
            let has_first = facts.get("address1").is_some_and(|line| filled(line).is_some());
            for (field, fact) in facts.iter().filter(|(field, _)| has_first || !field.starts_with("address")) {
                prop_assert!(is_same(field, fact, shown.get(field).unwrap_or(&Value::Null)), "{}", field);
            }
        }
    }
}
