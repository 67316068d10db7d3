//! Finds persons by a text that they have.

use std::borrow::Cow;

/// Texts, each with the position of a person. Sorted, so that a million take little more memory than the texts.
#[derive(Debug, Default)]
pub(crate) struct Lookup<'t>(Vec<(Cow<'t, str>, u32)>);

impl<'t> Lookup<'t> {
    pub(crate) fn of(entries: impl IntoIterator<Item = (Cow<'t, str>, u32)>) -> Self {
        let mut entries: Vec<(Cow<'t, str>, u32)> = entries.into_iter().collect();
        entries.sort_unstable();
        entries.dedup();
        entries.shrink_to_fit();
        Self(entries)
    }

    /// The persons that have this text, in ascending order.
    pub(crate) fn find(&self, text: &str) -> impl Iterator<Item = u32> {
        let first = self.0.partition_point(|(own, _)| own.as_ref() < text);
        self.0.iter().skip(first).take_while(move |(own, _)| own == text).map(|(_, person)| *person)
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.find(text).next().is_some()
    }
}
