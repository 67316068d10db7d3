//! An answer, and how it was come by.

use std::ops::Deref;

use crate::{GraphQlError, Surface};

/// What was asked for, with the route that it took and what that route could not give. Dereferences to the value.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<T> {
    pub(crate) value: T,
    pub(crate) surface: Surface,
    pub(crate) gaps: Vec<String>,
    pub(crate) errors: Vec<GraphQlError>,
}

impl<T> Answer<T> {
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

    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> Deref for Answer<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
