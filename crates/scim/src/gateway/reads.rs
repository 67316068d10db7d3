//! What a directory reads: from the store alone, without a request to the tenant.

use serde_json::{Map, Value, json};

use super::{Answer, Gateway};
use crate::connection::Connection;
use crate::error::ScimError;
use crate::filter::{Search, check, matches, search_of};
use crate::query::{Paging, Query, list_response, write_cursor};
use crate::schema::ResourceKind;
use crate::store::{Cursor, GroupRow, Tables, UserRow, Window, read};
use crate::user::resource;

/// A resource with its place in the list.
type Placed = (Cursor, Map<String, Value>);

impl Gateway {
    /// One user.
    pub(crate) async fn read_user(&self, connection: &Connection, id: &str, query: Query) -> Result<Answer, ScimError> {
        let (own, id) = (connection.clone(), id.to_owned());
        self.blocking(move |gateway| {
            let row = read(gateway.store(), |tables| gateway.visible(tables, &own, &id))?;
            let shown = resource(&row, &own, gateway.base());
            Ok(Answer::new(200, query.projection.apply(shown, ResourceKind::User)))
        })
        .await
    }

    /// One group.
    pub(crate) async fn read_group(
        &self,
        connection: &Connection,
        id: &str,
        query: Query,
    ) -> Result<Answer, ScimError> {
        let (own, id) = (connection.clone(), id.to_owned());
        self.blocking(move |gateway| {
            read(gateway.store(), |tables| {
                let row = tables.group(&own.name, &id)?.ok_or_else(|| ScimError::not_found("Group", &id))?;
                let shown = gateway.group_resource(tables, &row, query.projection.shows_members())?;
                Ok(Answer::new(200, query.projection.apply(shown, ResourceKind::Group)))
            })
        })
        .await
    }

    /// A page of users or groups.
    pub(crate) async fn list(
        &self,
        connection: &Connection,
        kind: ResourceKind,
        query: Query,
    ) -> Result<Answer, ScimError> {
        let own = connection.clone();
        self.blocking(move |gateway| {
            let page = read(gateway.store(), |tables| gateway.page(tables, &own, kind, &query))?;
            let shown = page.resources.into_iter().map(|found| Value::Object(query.projection.apply(found, kind)));
            let mut message = list_response(&shown.collect::<Vec<_>>(), page.total, query.start);
            if query.paging != Paging::Index {
                // A page that cursors lead to has no index (RFC 9865).
                message.remove("startIndex");
                message.extend(page.next.map(|next| ("nextCursor".to_owned(), json!(write_cursor(&next)))));
            }
            Ok(Answer::new(200, message))
        })
        .await
    }

    /// The page of users and groups together: a search at the root.
    pub(crate) async fn list_all(&self, connection: &Connection, query: Query) -> Result<Answer, ScimError> {
        let whole =
            Query { start: 1, count: query.start.saturating_add(query.count), paging: Paging::Index, ..query.clone() };
        let own = connection.clone();
        self.blocking(move |gateway| {
            read(gateway.store(), |tables| {
                let (mut shown, mut total) = (Vec::new(), 0);
                for kind in [ResourceKind::User, ResourceKind::Group] {
                    let page = gateway.page(tables, &own, kind, &whole)?;
                    total += page.total;
                    let found = page.resources.into_iter();
                    shown.extend(found.map(|found| Value::Object(query.projection.apply(found, kind))));
                }
                let skip = usize::try_from(query.start - 1).unwrap_or(usize::MAX);
                let take = usize::try_from(query.count).unwrap_or(usize::MAX);
                let shown: Vec<Value> = shown.into_iter().skip(skip).take(take).collect();
                Ok(Answer::new(200, list_response(&shown, total, query.start)))
            })
        })
        .await
    }

    fn page(
        &self,
        tables: &dyn Tables,
        connection: &Connection,
        kind: ResourceKind,
        query: &Query,
    ) -> Result<Page, ScimError> {
        if let Some(filter) = &query.filter {
            check(filter, kind)?;
        }
        let is_plain = query.filter.is_none() && query.sort.is_none();
        if !is_plain {
            return self.filtered(tables, connection, kind, query);
        }
        let (skip, after) = query.start_of_page();
        // One more shows whether another page follows.
        let window = Window { skip, take: Some(query.count + 1), after };
        let total = match kind {
            ResourceKind::User => tables.count_users(&self.scope_of(connection))?,
            ResourceKind::Group => tables.count_groups(&connection.name)?,
        };
        let mut placed = Vec::new();
        self.each(tables, connection, kind, &Search::All, &window, query, &mut |found| placed.push(found))?;
        let count = usize::try_from(query.count).unwrap_or(usize::MAX);
        let has_more = placed.len() > count;
        placed.truncate(count);
        let next = placed.last().filter(|_| has_more).map(|(place, _)| place.clone());
        Ok(Page { resources: placed.into_iter().map(|(_, found)| found).collect(), total, next })
    }

    /// The page of what a filter matches, or of a list in another order.
    fn filtered(
        &self,
        tables: &dyn Tables,
        connection: &Connection,
        kind: ResourceKind,
        query: &Query,
    ) -> Result<Page, ScimError> {
        let search = query.filter.as_ref().map_or(Search::All, |filter| search_of(filter, kind));
        let is_match =
            |found: &Map<String, Value>| query.filter.as_ref().is_none_or(|filter| matches(filter, found, kind));
        let mut placed: Vec<Placed> = Vec::new();
        let window = Window::default();
        self.each(tables, connection, kind, &search, &window, query, &mut |found| {
            if is_match(&found.1) {
                placed.push(found);
            }
        })?;
        let total = placed.len() as u64;
        if let Some(sort) = &query.sort {
            let mut resources: Vec<_> = placed.into_iter().map(|(_, found)| found).collect();
            sort.apply(&mut resources, kind);
            let skip = usize::try_from(query.start - 1).unwrap_or(usize::MAX);
            let take = usize::try_from(query.count).unwrap_or(usize::MAX);
            return Ok(Page { resources: resources.into_iter().skip(skip).take(take).collect(), total, next: None });
        }
        let (skip, after) = query.start_of_page();
        let is_behind =
            |place: &Cursor| after.as_ref().is_none_or(|after| (place.created, &place.id) > (after.created, &after.id));
        let mut rest = placed.into_iter().filter(|(place, _)| is_behind(place));
        let mut rest = rest.by_ref().skip(usize::try_from(skip).unwrap_or(usize::MAX)).peekable();
        let (mut resources, mut last) = (Vec::new(), None);
        while (resources.len() as u64) < query.count
            && let Some((place, found)) = rest.next()
        {
            last = Some(place);
            resources.push(found);
        }
        let next = last.filter(|_| rest.peek().is_some());
        Ok(Page { resources, total, next })
    }

    #[expect(clippy::too_many_arguments, reason = "what is read, of what, and what for")]
    fn each(
        &self,
        tables: &dyn Tables,
        connection: &Connection,
        kind: ResourceKind,
        search: &Search,
        window: &Window,
        query: &Query,
        found: &mut dyn FnMut(Placed),
    ) -> Result<(), ScimError> {
        match kind {
            ResourceKind::User => {
                let scope = self.scope_of(connection);
                tables.users(&scope, search, window, &mut |row: UserRow| {
                    found((Cursor::new(row.created, row.id.clone()), resource(&row, connection, self.base())));
                    true
                })?;
            }
            ResourceKind::Group => {
                let names_members =
                    |filter: &crate::filter::Filter| format!("{filter:?}").to_lowercase().contains("members");
                let needs_members =
                    query.projection.shows_members() || query.filter.as_ref().is_some_and(names_members);
                for row in tables.groups(&connection.name, search, window)? {
                    let shown = self.group_resource(tables, &row, needs_members)?;
                    found((Cursor::new(row.created, row.id), shown));
                }
            }
        }
        Ok(())
    }

    /// A group as a response shows it.
    pub(super) fn group_resource(
        &self,
        tables: &dyn Tables,
        row: &GroupRow,
        shows_members: bool,
    ) -> Result<Map<String, Value>, ScimError> {
        let mut group = Map::from_iter([("displayName".to_owned(), json!(row.display_name))]);
        group.extend(row.external_id.as_ref().map(|id| ("externalId".to_owned(), json!(id))));
        if shows_members {
            let base = self.base();
            let members = tables.members(&row.connection, &row.id)?.into_iter();
            let members =
                members.map(|id| json!({ "value": id, "$ref": format!("{base}/Users/{id}"), "type": "User" }));
            let members: Vec<Value> = members.collect();
            if !members.is_empty() {
                group.insert("members".to_owned(), Value::Array(members));
            }
        }
        let times = (row.created, row.modified);
        Ok(crate::user::finished(group, ResourceKind::Group, &row.id, times, self.base()))
    }
}

/// A page of a list.
struct Page {
    resources: Vec<Map<String, Value>>,
    total: u64,
    /// Behind which the next page begins.
    next: Option<Cursor>,
}
