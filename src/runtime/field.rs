//! The specification of a writable field: a row of `schema/fields.toml`.

/// A writable field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "the columns of a table")]
pub struct FieldSpec {
    /// The API's name of the field.
    pub name: &'static str,
    /// The type of its value.
    pub kind: FieldKind,
    /// Whether v1 takes it.
    pub in_v1: bool,
    /// Where a response shows it.
    pub read: ReadBack,
    /// Whether values that differ only in case are equal.
    pub ignores_case: bool,
    /// Whether it is write-once.
    pub is_write_once: bool,
    /// Whether its object is merged key by key.
    pub is_keyed: bool,
    /// The flag that replaces the current list; without the flag, entries are added.
    pub replaced_by: Option<&'static str>,
    /// The field that grants the same access by id.
    pub same_as: Option<&'static str>,
    /// Whether it is a write option instead of a part of the record.
    pub is_option: bool,
    /// Whether an update without it would clear it.
    pub is_required_of_update: bool,
    /// Whether a roster may set it.
    pub in_rosters: bool,
    /// Whether null clears it in a roster.
    pub is_clearable: bool,
}

/// The type of a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// Text, including ids.
    Text,
    /// A list of strings.
    TextList,
    /// True or false.
    Flag,
    /// A decimal number.
    Number,
    /// A whole number, 0 or more.
    Integer,
    /// A point in time.
    Date,
    /// A JSON object.
    Object,
}

/// Where a response shows a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadBack {
    /// No response shows it.
    Hidden,
    /// Under this field of the schema.
    Field(&'static str),
    /// As the opposite of this field.
    Inverted(&'static str),
    /// As ids of the entries of a list.
    Entries {
        /// The list.
        list: &'static str,
        /// The key of an entry that holds the id.
        key: &'static str,
        /// The role that an entry has to have, if any.
        role: Option<&'static str>,
    },
    /// As one of these fields, if it is set.
    AnyOf(&'static [&'static str]),
}
