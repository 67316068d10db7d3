//! A response, and how it was obtained.

use std::collections::BTreeMap;
use std::ops::Deref;

use crate::error::Kind;
use crate::position::{PagePosition, Place};
use crate::{Error, GraphQlError, Surface};

/// The requested value, with the route that it took and the fields that the route did not provide. Dereferences to the
/// value.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
/// let user = client.users().get("ada@example.com").await?;
/// println!("{:?} over {}, without {:?}", user.last_name, user.surface(), user.gaps());
/// let user = user.into_inner();
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Response<T> {
    pub(crate) value: T,
    pub(crate) surface: Surface,
    pub(crate) gaps: Vec<String>,
    pub(crate) dropped: BTreeMap<String, String>,
    pub(crate) errors: Vec<GraphQlError>,
    pub(crate) demotions: Vec<(Surface, String)>,
    pub(crate) is_recovered: bool,
    pub(crate) unchecked: Vec<String>,
    /// Where the page is, if the value is a page of a list.
    pub(crate) place: Option<Box<Place>>,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, surface: Surface) -> Self {
        Self {
            value,
            surface,
            gaps: Vec::new(),
            dropped: BTreeMap::new(),
            errors: Vec::new(),
            demotions: Vec::new(),
            is_recovered: false,
            unchecked: Vec::new(),
            place: None,
        }
    }

    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Response<U> {
        let Self { value, surface, gaps, dropped, errors, demotions, is_recovered, unchecked, place } = self;
        Response { value: f(value), surface, gaps, dropped, errors, demotions, is_recovered, unchecked, place }
    }

    /// Returns an error if errors accompany the data.
    pub(crate) fn reject_partial(self, operation: &'static str) -> Result<Self, Error> {
        if self.errors.is_empty() {
            return Ok(self);
        }
        Err(Error::new(Kind::GraphQl(self.errors)).with_operation(operation).with_surface(self.surface))
    }

    /// The surface that returned the response.
    pub fn surface(&self) -> Surface {
        self.surface
    }

    /// The selected fields that this route does not provide, as paths with the API's names, such as
    /// `purchasedCourses.course`, in alphabetical order. They are `None` in the value without being null. Fields below
    /// a path are missing with it.
    pub fn gaps(&self) -> &[String] {
        &self.gaps
    }

    /// The gaps whose value was present, but of another JSON type than the schema's and not convertible without loss:
    /// the path, and both types, such as `a string instead of a number`. Never the value.
    pub fn dropped(&self) -> impl Iterator<Item = (&str, &str)> {
        self.dropped.iter().map(|(path, types)| (path.as_str(), types.as_str()))
    }

    /// The errors that accompany the data. Only `send_partial` returns a response that has any.
    pub fn errors(&self) -> &[GraphQlError] {
        &self.errors
    }

    /// The surfaces that were found to lack the operation during this call, with the reasons. They are not tried again;
    /// [`Client::capabilities`](crate::Client::capabilities) lists everything that is known.
    pub fn demotions(&self) -> &[(Surface, String)] {
        &self.demotions
    }

    /// Whether the response to a write was lost, and a later read found that the write had been carried out.
    pub fn is_recovered(&self) -> bool {
        self.is_recovered
    }

    /// The fields of a verified write that no response shows, such as groups, slugs and SKUs, in alphabetical order.
    /// Whether they were applied is unknown.
    pub fn unchecked(&self) -> &[String] {
        &self.unchecked
    }

    /// Where this page of a list is; `None` if the value is not a page.
    pub fn position(&self) -> Option<&PagePosition> {
        self.place.as_ref().map(|place| &place.own)
    }

    /// Where the list continues after this page; `None` after the last page. Stored, it lets a later run resume with
    /// [`start_at`](crate::ListUsers::start_at). If entries have moved up because others left, this is an earlier page, so
    /// that none is missed.
    pub fn next_position(&self) -> Option<&PagePosition> {
        self.place.as_ref()?.next.as_ref()
    }

    /// Returns the value alone.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
