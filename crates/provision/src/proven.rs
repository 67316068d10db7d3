//! Which fields the tenant's responses to writes show as the tenant keeps them.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use thought_industries::model::User;
use thought_industries::{Response, UserFields};

/// The operation of a write: its response may show other fields than that of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Write {
    Create,
    Update,
}

/// The fields that a read has shown to be as the response to their write said. A tenant may respond with what was sent,
/// whatever it has kept, so each field is read back until that has been seen once.
#[derive(Debug, Default)]
pub(crate) struct Proven(Mutex<BTreeSet<(Write, String)>>);

impl Proven {
    fn fields(&self) -> MutexGuard<'_, BTreeSet<(Write, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the response to a write of these fields can be believed.
    pub(crate) fn has(&self, write: Write, mut names: impl Iterator<Item = String>) -> bool {
        let fields = self.fields();
        names.all(|name| fields.contains(&(write, name)))
    }

    /// Takes in the response to a write that a read has confirmed.
    pub(crate) fn learn(
        &self,
        write: Write,
        names: impl Iterator<Item = String>,
        written: &UserFields,
        response: &Response<User>,
    ) {
        let unlike: BTreeSet<String> =
            written.differences(response, response.gaps()).into_iter().map(|difference| difference.name).collect();
        self.fields().extend(names.filter(|name| !unlike.contains(name)).map(|name| (write, name)));
    }
}
