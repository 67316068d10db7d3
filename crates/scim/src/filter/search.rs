//! What of a filter an index can answer. The rest is compared with what the index finds.

use super::{AttributePath, Filter, Literal, Operator};
use crate::schema::ResourceKind;

/// Where to look for what a filter may match: every resource that matches is among these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// Among all.
    All,
    /// By id.
    Ids(Vec<String>),
    /// By user name, in lower case.
    UserNames(Vec<String>),
    /// By e-mail address, in lower case.
    Emails(Vec<String>),
    /// By the id in the directory.
    ExternalIds(Vec<String>),
    /// By the name of the group, in lower case.
    DisplayNames(Vec<String>),
    /// By a member of the group.
    Members(Vec<String>),
}

/// Where to look for what a filter matches.
pub(crate) fn search_of(filter: &Filter, kind: ResourceKind) -> Search {
    match filter {
        Filter::Compare(path, Operator::Eq, Literal::Text(text) | Literal::Number(text)) => by(path, text, kind),
        Filter::And(left, right) => match (search_of(left, kind), search_of(right, kind)) {
            (Search::All, other) | (other, Search::All) => other,
            // An id finds one resource at most.
            (_, ids @ Search::Ids(_)) => ids,
            (first, _) => first,
        },
        Filter::Or(left, right) => either(search_of(left, kind), search_of(right, kind)),
        Filter::Value(path, inner) => of_values(path, inner, kind),
        _ => Search::All,
    }
}

fn by(path: &AttributePath, text: &str, kind: ResourceKind) -> Search {
    let Some(place) = kind.find(path.urn.as_deref(), &path.name).filter(|place| !place.is_extension) else {
        return Search::All;
    };
    let is_value = path.sub.as_ref().is_none_or(|sub| sub.eq_ignore_ascii_case("value"));
    match (kind, place.attribute.name) {
        (_, "id") => Search::Ids(vec![text.to_owned()]),
        (_, "externalId") => Search::ExternalIds(vec![text.to_owned()]),
        (ResourceKind::User, "userName") => Search::UserNames(vec![text.to_lowercase()]),
        (ResourceKind::User, "emails") if is_value => Search::Emails(vec![text.to_lowercase()]),
        (ResourceKind::Group, "displayName") => Search::DisplayNames(vec![text.to_lowercase()]),
        (ResourceKind::Group, "members") if is_value => Search::Members(vec![text.to_owned()]),
        _ => Search::All,
    }
}

/// What a filter in brackets says of the value.
fn of_values(path: &AttributePath, inner: &Filter, kind: ResourceKind) -> Search {
    match inner {
        Filter::Compare(own, Operator::Eq, Literal::Text(text)) if own.name.eq_ignore_ascii_case("value") => {
            by(&AttributePath { sub: None, ..path.clone() }, text, kind)
        }
        Filter::And(left, right) => match of_values(path, left, kind) {
            Search::All => of_values(path, right, kind),
            found => found,
        },
        _ => Search::All,
    }
}

fn either(left: Search, right: Search) -> Search {
    let joined = |mut left: Vec<String>, right: Vec<String>| {
        left.extend(right);
        left
    };
    match (left, right) {
        (Search::Ids(left), Search::Ids(right)) => Search::Ids(joined(left, right)),
        (Search::UserNames(left), Search::UserNames(right)) => Search::UserNames(joined(left, right)),
        (Search::Emails(left), Search::Emails(right)) => Search::Emails(joined(left, right)),
        (Search::ExternalIds(left), Search::ExternalIds(right)) => Search::ExternalIds(joined(left, right)),
        (Search::DisplayNames(left), Search::DisplayNames(right)) => Search::DisplayNames(joined(left, right)),
        (Search::Members(left), Search::Members(right)) => Search::Members(joined(left, right)),
        _ => Search::All,
    }
}
