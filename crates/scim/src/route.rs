//! From the path of a request to what it asks for, however a directory has joined its parts.

use crate::query::decoded;
use crate::schema::ResourceKind;

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    ServiceProviderConfig,
    ResourceTypes(Option<String>),
    Schemas(Option<String>),
    All(ResourceKind),
    One(ResourceKind, String),
    /// A search of one kind, or at the root.
    Search(Option<ResourceKind>),
    Root,
    Me,
    Bulk,
    Unknown,
}

/// The route, and the parameters of the query.
pub(crate) fn route(path: &str, query: &str) -> (Route, String) {
    // Entra's flag may have been joined to the address before the endpoint: `/scim/v2/?aadOptscim062020/Users?filter=…`.
    let (joined, query) = match query.split_once('/') {
        Some((flag, rest)) if !flag.contains(['=', '&']) => {
            let (behind, query) = rest.split_once('?').unwrap_or((rest, ""));
            (format!("{path}/{behind}"), format!("{flag}&{query}"))
        }
        _ => (path.to_owned(), query.to_owned()),
    };
    let segments: Vec<String> = joined.split('/').filter(|segment| !segment.is_empty()).map(decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let rest = match segments.as_slice() {
        ["scim", version, rest @ ..] if version.eq_ignore_ascii_case("v2") => rest,
        ["v2" | "scim", rest @ ..] | rest => rest,
    };
    let is = |name: &str, expected: &str| name.eq_ignore_ascii_case(expected);
    let kind =
        |name: &str| [ResourceKind::User, ResourceKind::Group].into_iter().find(|kind| is(name, kind.endpoint()));
    let found = match rest {
        [] => Route::Root,
        [name] if is(name, "ServiceProviderConfig") || is(name, "ServiceProviderConfigs") => {
            Route::ServiceProviderConfig
        }
        [name] if is(name, "ResourceTypes") => Route::ResourceTypes(None),
        [name, id] if is(name, "ResourceTypes") => Route::ResourceTypes(Some((*id).to_owned())),
        [name] if is(name, "Schemas") => Route::Schemas(None),
        [name, id] if is(name, "Schemas") => Route::Schemas(Some((*id).to_owned())),
        [name] if is(name, "Me") => Route::Me,
        [name] if is(name, "Bulk") => Route::Bulk,
        [name] if is(name, ".search") => Route::Search(None),
        [name] => kind(name).map_or(Route::Unknown, Route::All),
        [name, last] if is(last, ".search") => kind(name).map_or(Route::Unknown, |kind| Route::Search(Some(kind))),
        [name, id] => kind(name).map_or(Route::Unknown, |kind| Route::One(kind, (*id).to_owned())),
        _ => Route::Unknown,
    };
    (found, query)
}

impl Route {
    /// The methods that it has, for the header `Allow`.
    pub(crate) fn methods(&self) -> &'static str {
        match self {
            Self::ServiceProviderConfig | Self::ResourceTypes(_) | Self::Schemas(_) | Self::Root | Self::Me => "GET",
            Self::All(_) => "GET, POST",
            Self::One(..) => "GET, PUT, PATCH, DELETE",
            Self::Search(_) | Self::Bulk => "POST",
            Self::Unknown => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_however_they_are_joined() {
        use ResourceKind::{Group, User};
        for (path, query, expected) in [
            ("/scim/v2/Users", "", Route::All(User)),
            ("//scim//v2//users//", "", Route::All(User)),
            ("/Users/a%2Fb", "", Route::One(User, "a/b".to_owned())),
            ("/v2/Groups/7", "", Route::One(Group, "7".to_owned())),
            ("/scim/v2/Users/.search", "", Route::Search(Some(User))),
            ("/scim/v2/.search", "", Route::Search(None)),
            ("/scim/v2/", "aadOptscim062020/Users?filter=id%20pr", Route::All(User)),
            ("/scim/v2", "aadOptscim062020/Groups/7", Route::One(Group, "7".to_owned())),
            ("/scim/v2/Users", "filter=userName eq \"a/b\"", Route::All(User)),
            ("/scim/v2/Schemas/urn:x", "", Route::Schemas(Some("urn:x".to_owned()))),
            ("/scim/v2", "", Route::Root),
            ("/scim/v2/Devices", "", Route::Unknown),
            ("/scim/v2/Users/7/groups", "", Route::Unknown),
        ] {
            assert_eq!(route(path, query).0, expected, "{path}?{query}");
        }
        assert_eq!(route("/scim/v2/", "flag/Users?filter=id%20pr").1, "flag&filter=id%20pr");
    }
}
