//! An answer, and how it was come by.

use std::ops::Deref;

use crate::error::Kind;
use crate::{Error, GraphQlError, Surface};

/// What was asked for, with the route that it took and what that route could not give. Dereferences to the value.
#[derive(Debug, Clone, PartialEq)]
pub struct Response<T> {
    pub(crate) value: T,
    pub(crate) surface: Surface,
    pub(crate) gaps: Vec<String>,
    pub(crate) errors: Vec<GraphQlError>,
    pub(crate) demotions: Vec<(Surface, String)>,
    pub(crate) is_recovered: bool,
    pub(crate) unchecked: Vec<String>,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, surface: Surface) -> Self {
        Self {
            value,
            surface,
            gaps: Vec::new(),
            errors: Vec::new(),
            demotions: Vec::new(),
            is_recovered: false,
            unchecked: Vec::new(),
        }
    }

    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Response<U> {
        let Self { value, surface, gaps, errors, demotions, is_recovered, unchecked } = self;
        Response { value: f(value), surface, gaps, errors, demotions, is_recovered, unchecked }
    }

    /// The response, or an error if errors came with its data.
    pub(crate) fn reject_partial(self, operation: &'static str) -> Result<Self, Error> {
        if self.errors.is_empty() {
            return Ok(self);
        }
        Err(Error::new(Kind::GraphQl(self.errors)).with_operation(operation).with_surface(self.surface))
    }

    /// The surface that gave the answer.
    pub fn surface(&self) -> Surface {
        self.surface
    }

    /// The selected fields that this route does not give, as paths in the API's spelling, such as
    /// `purchasedCourses.course`, in the order of names. They are `None` in the value without being null. What lies
    /// below a path is missing with it.
    pub fn gaps(&self) -> &[String] {
        &self.gaps
    }

    /// The errors that came with the data. Only `send_partial` hands over an answer that has any.
    pub fn errors(&self) -> &[GraphQlError] {
        &self.errors
    }

    /// The surfaces that proved not to have the operation on the way to this answer, and how that showed. They are not
    /// asked again: [`Client::capabilities`](crate::Client::capabilities) has all that is known.
    pub fn demotions(&self) -> &[(Surface, String)] {
        &self.demotions
    }

    /// Whether the answer to a write was lost, and what it made was found by looking.
    pub fn is_recovered(&self) -> bool {
        self.is_recovered
    }

    /// The fields of a verified write of which no answer says whether they were applied, such as groups, slugs and SKUs,
    /// in the order of names.
    pub fn unchecked(&self) -> &[String] {
        &self.unchecked
    }

    /// The value alone.
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
