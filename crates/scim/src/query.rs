//! The parameters of a list: from a URL, or from the body of `/.search`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::error::{ScimError, ScimType};
use crate::filter::{AttributePath, Filter, parse_path};
use crate::patch::member;
use crate::projection::Projection;
use crate::schema::{ENTERPRISE_SCHEMA, ResourceKind};
use crate::store::Cursor;

/// The most resources on a page.
pub(crate) const MOST: u64 = 200;

/// What a list is asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Query {
    pub(crate) filter: Option<Filter>,
    pub(crate) sort: Option<Sort>,
    /// The first resource, counted from 1.
    pub(crate) start: u64,
    pub(crate) count: u64,
    pub(crate) paging: Paging,
    pub(crate) projection: Projection,
}

/// How a directory goes from page to page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Paging {
    /// By the number of the first resource.
    #[default]
    Index,
    /// By a cursor, from the first page.
    FirstPage,
    /// By a cursor, behind this place.
    After(Cursor),
}

/// The order of a list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sort {
    path: AttributePath,
    is_descending: bool,
}

impl Query {
    /// How many resources come before the page, and behind which one it begins.
    pub(crate) fn start_of_page(&self) -> (u64, Option<Cursor>) {
        match &self.paging {
            Paging::Index => (self.start.saturating_sub(1), None),
            Paging::FirstPage => (0, None),
            Paging::After(cursor) => (0, Some(cursor.clone())),
        }
    }
}

/// The parameters of a URL. Those that are not known are ignored; directories add flags of their own.
pub(crate) fn of_url(query: &str) -> Result<Query, ScimError> {
    let pairs: Vec<(String, String)> = pairs(query);
    let all = |name: &str| {
        let named = pairs.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    let one = |name: &str| all(name).into_iter().next();
    let number = |name: &str| one(name).filter(|text| !text.is_empty()).map(|text| whole(name, &text)).transpose();
    let filter = one("filter").filter(|text| !text.trim().is_empty()).map(|text| Filter::parse(&text)).transpose()?;
    query_of(
        filter,
        one("sortBy").map(|by| (by, one("sortOrder"))),
        (number("startIndex")?, number("count")?),
        one("cursor"),
        Projection::of(&all("attributes"), &all("excludedAttributes"))?,
    )
}

/// The parameters in the body of a search.
pub(crate) fn of_body(body: &Map<String, Value>) -> Result<Query, ScimError> {
    let text = |name: &str| member(body, name).and_then(Value::as_str).map(str::to_owned);
    let number = |name: &str| match member(body, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => whole(name, &number.to_string()).map(Some),
        Some(Value::String(text)) => whole(name, text).map(Some),
        Some(_) => Err(crate::values::invalid(format!("`{name}` is not a number"))),
    };
    let names = |name: &str| match member(body, name) {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(name)) => vec![name.clone()],
        _ => Vec::new(),
    };
    let filter = text("filter").filter(|text| !text.trim().is_empty()).map(|text| Filter::parse(&text)).transpose()?;
    query_of(
        filter,
        text("sortBy").map(|by| (by, text("sortOrder"))),
        (number("startIndex")?, number("count")?),
        text("cursor"),
        Projection::of(&names("attributes"), &names("excludedAttributes"))?,
    )
}

fn query_of(
    filter: Option<Filter>,
    sort: Option<(String, Option<String>)>,
    (start, count): (Option<i64>, Option<i64>),
    cursor: Option<String>,
    projection: Projection,
) -> Result<Query, ScimError> {
    let sort = sort.filter(|(by, _)| !by.trim().is_empty()).map(|(by, order)| {
        let is_descending = order.is_some_and(|order| order.eq_ignore_ascii_case("descending"));
        parse_path(&by).map(|(path, _)| Sort { path, is_descending })
    });
    Ok(Query {
        filter,
        sort: sort.transpose()?,
        start: start.and_then(|start| u64::try_from(start).ok()).unwrap_or(1).max(1),
        // A count below 0 is read as 0 (RFC 7644, section 3.4.2.4).
        count: count.map_or(MOST, |count| u64::try_from(count).unwrap_or(0).min(MOST)),
        paging: cursor.map(|cursor| read_cursor(&cursor)).transpose()?.unwrap_or_default(),
        projection,
    })
}

fn whole(name: &str, text: &str) -> Result<i64, ScimError> {
    text.trim().parse().map_err(|_| crate::values::invalid(format!("`{name}` is not a whole number")))
}

/// The decoded names and values of a query.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split(['&', '?']).filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// Decodes `%20` and `+`. What is not encoded properly is taken as it is.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        rest = behind;
        match (first, behind) {
            (b'%', [high, low, after @ ..]) => match (digit(high), digit(low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high * 16 + low);
                    rest = after;
                }
                _ => bytes.push(b'%'),
            },
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The cursor of the page behind a resource.
pub(crate) fn write_cursor(cursor: &Cursor) -> String {
    URL_SAFE_NO_PAD.encode(json!([cursor.created, cursor.id]).to_string())
}

fn read_cursor(text: &str) -> Result<Paging, ScimError> {
    if text.is_empty() {
        return Ok(Paging::FirstPage);
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    match bytes.and_then(|bytes| serde_json::from_slice::<(i64, String)>(&bytes).ok()) {
        Some((created, id)) => Ok(Paging::After(Cursor::new(created, id))),
        None => Err(ScimError::bad_request(
            ScimType::InvalidCursor,
            "the cursor is not one of this server; begin with an empty one",
        )),
    }
}

impl Sort {
    /// Brings resources in their order. Those without the attribute come last, or first if the order is descending.
    pub(crate) fn apply(&self, resources: &mut [Map<String, Value>], kind: ResourceKind) {
        resources.sort_by_cached_key(|resource| {
            let text = self.text_of(resource, kind);
            (text.is_none(), text)
        });
        if self.is_descending {
            resources.reverse();
        }
    }

    fn text_of(&self, resource: &Map<String, Value>, kind: ResourceKind) -> Option<String> {
        let place = kind.find(self.path.urn.as_deref(), &self.path.name)?;
        let own = if place.is_extension { resource.get(ENTERPRISE_SCHEMA)?.as_object()? } else { resource };
        let value = own.get(place.attribute.name)?;
        // The primary value counts, or the first one.
        let value = match value {
            Value::Array(entries) => {
                entries.iter().find(|entry| crate::values::is_primary(entry)).or_else(|| entries.first())?
            }
            one => one,
        };
        let sub = self.path.sub.as_deref().unwrap_or("value");
        let leaf = place.attribute.sub_attribute(sub);
        let value = leaf.map_or(Some(value), |leaf| value.get(leaf.name))?;
        let is_exact = leaf.unwrap_or(place.attribute).is_case_exact;
        match value {
            Value::String(text) if is_exact => Some(text.clone()),
            Value::String(text) => Some(text.to_lowercase()),
            Value::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }
}

/// A page of a list.
pub(crate) fn list_response(resources: &[Value], total: u64, start: u64) -> Map<String, Value> {
    let message = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "itemsPerPage": resources.len(),
        "startIndex": start,
        "Resources": resources,
    });
    match message {
        Value::Object(message) => message,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_in_any_case_and_bounded() {
        let query = of_url("StartIndex=0&count=-5&aadOptscim062020&attributes=userName&?").expect("parameters");
        assert_eq!((query.start, query.count, query.paging), (1, 0, Paging::Index));
        let query = of_url("startIndex=11&count=5000&filter=&cursor=").expect("parameters");
        assert_eq!((query.start, query.count, query.filter, query.paging), (11, MOST, None, Paging::FirstPage));
        let encoded = of_url("filter=userName%20eq+%22a%2Bb%40c.d%22").expect("parameters").filter;
        assert_eq!(encoded, Some(Filter::parse("userName eq \"a+b@c.d\"").expect("a filter")));
        for wrong in ["count=many", "startIndex=1.5", "filter=a%20b", "cursor=xyz", "attributes=a&excludedAttributes=b"]
        {
            assert_eq!(of_url(wrong).expect_err(wrong).status, 400, "{wrong}");
        }
    }

    #[test]
    fn a_search_has_the_same_parameters_in_its_body() {
        let body = json!({ "StartIndex": 2, "count": "3", "attributes": ["userName", "id"], "filter": "id pr" });
        let Value::Object(body) = body else { panic!("an object") };
        let url = of_url("startIndex=2&count=3&attributes=userName,id&filter=id%20pr").expect("parameters");
        assert_eq!(of_body(&body).expect("parameters"), url);
    }

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        let cursor = Cursor::new(-5, "a\"b");
        let url = format!("cursor={}", write_cursor(&cursor));
        assert_eq!(of_url(&url).expect("parameters").paging, Paging::After(cursor));
    }

    #[test]
    fn what_is_not_encoded_properly_is_taken_as_it_is() {
        assert_eq!(
            [decoded("100%"), decoded("%4"), decoded("%zz%41"), decoded("%ff")],
            ["100%", "%4", "%zzA", "\u{fffd}"]
        );
    }

    #[test]
    fn lists_are_sorted_without_regard_to_case() {
        let user = |name: &str| Map::from_iter([("userName".to_owned(), json!(name))]);
        let mut users = vec![user("b"), Map::new(), user("A"), user("C")];
        let sort = |users: &mut Vec<_>, query: &str| {
            of_url(query).expect("parameters").sort.expect("an order").apply(users, ResourceKind::User);
        };
        sort(&mut users, "sortBy=username");
        assert_eq!(users, [user("A"), user("b"), user("C"), Map::new()]);
        sort(&mut users, "sortBy=userName&sortOrder=Descending");
        assert_eq!(users, [Map::new(), user("C"), user("b"), user("A")]);
    }
}
