//! What is exported: streams, columns, filters.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::column::{Column, ColumnKind};
use crate::error::{Error, ErrorKind};
use crate::pseudonym::Pseudonyms;
use crate::stream::{CLIENTS, ENROLLMENTS, LICENSES, STREAMS, Stream, USERS};

/// What is exported.
///
/// ```
/// use thought_industries_export::Selection;
///
/// let selection = Selection::of("users")?.deep(true)?.columns(["email", "roleKey"])?;
/// assert_eq!(selection.streams()[0].name, "users");
/// assert!(Selection::of("cats").is_err());
/// # Ok::<(), thought_industries_export::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Selection {
    what: String,
    streams: Vec<&'static Stream>,
    is_deep: bool,
    role: Option<String>,
    columns: Vec<String>,
    /// Columns of streams that are not written.
    left_out: Vec<(&'static str, String)>,
    pseudonyms: Option<Pseudonyms>,
}

/// The streams that are read first, in their order: what others refer to comes first.
static ORDER: [&Stream; 4] = [&CLIENTS, &LICENSES, &USERS, &ENROLLMENTS];

/// A stream of an export with the columns that are written.
#[derive(Debug, Clone)]
pub struct Output {
    /// The stream.
    pub stream: &'static Stream,
    /// The columns that are written.
    pub columns: Vec<Column>,
    pseudonyms: Option<Pseudonyms>,
}

/// A selection as a checkpoint and a manifest have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelectionRecord {
    /// The name of a stream, or `all`.
    pub what: String,
    /// Whether the deep form is read.
    pub deep: bool,
    /// The role key of the users.
    pub role: Option<String>,
    /// The columns of each stream, in their order.
    pub outputs: Vec<OutputRecord>,
    /// The columns whose values are pseudonyms.
    pub pseudonyms: Vec<String>,
    /// What shows whether two exports have the same key of pseudonyms.
    pub pseudonym_key: Option<String>,
}

/// A stream as a checkpoint and a manifest have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputRecord {
    /// The name of the stream.
    pub stream: String,
    /// The columns that identify a row.
    pub key: Vec<String>,
    /// The columns that are written.
    pub columns: Vec<Column>,
}

impl Selection {
    /// A stream by its name, or `all`: users and what they depend on, with users and enrollments deep
    /// ([`Stream::in_all`]).
    ///
    /// # Errors
    /// If no stream has that name.
    pub fn of(what: &str) -> Result<Self, Error> {
        if what == "all" {
            let all = STREAMS.iter().filter(|stream| stream.in_all);
            let all = Self::of_streams(all.map(|stream| stream.name), true)?;
            return Ok(Self { what: what.to_owned(), ..all });
        }
        Self::of_streams([what], false)
    }

    /// Several streams by their names. Enrollments beside users come from the same list.
    ///
    /// # Errors
    /// If no stream has one of the names.
    pub fn of_streams<'n>(names: impl IntoIterator<Item = &'n str>, is_deep: bool) -> Result<Self, Error> {
        let mut streams = Vec::new();
        for name in names {
            streams.push(Stream::find(name).ok_or_else(|| {
                let names: Vec<&str> = STREAMS.iter().map(|stream| stream.name).collect();
                let message = format!("`{name}` cannot be exported; use {} or all", names.join(", "));
                Error::new(ErrorKind::Argument, message)
            })?);
        }
        streams.sort_by_key(|stream| ORDER.iter().position(|own| *own == *stream).unwrap_or(ORDER.len()));
        streams.dedup();
        let names: Vec<&str> = streams.iter().map(|stream| stream.name).collect();
        let (what, columns, left_out) = (names.join(","), Vec::new(), Vec::new());
        Ok(Self { what, streams, is_deep, role: None, columns, left_out, pseudonyms: None })
    }

    /// Leaves out columns, except those of a key.
    #[must_use]
    pub fn without(mut self, is_left_out: impl Fn(&str, &str) -> bool) -> Self {
        for stream in &self.streams {
            let columns = stream.columns(self.is_deep).into_iter();
            let left_out = columns.filter(|column| is_left_out(stream.name, &column.name));
            self.left_out.extend(left_out.map(|column| (stream.name, column.name)));
        }
        self
    }

    /// Reads the deep form of the stream: see [`Stream::summary`].
    ///
    /// # Errors
    /// If the stream has none.
    pub fn deep(mut self, is_deep: bool) -> Result<Self, Error> {
        if is_deep && !self.streams.iter().any(|stream| stream.has_deep) {
            let message = format!("{} have no deep form: all their fields are exported", self.what);
            return Err(Error::new(ErrorKind::Argument, message).with_help("leave out --deep"));
        }
        self.is_deep |= is_deep;
        Ok(self)
    }

    /// Only users with this role key.
    ///
    /// # Errors
    /// If no users are exported.
    pub fn role(mut self, role: impl Into<String>) -> Result<Self, Error> {
        if !self.streams.iter().any(|stream| **stream == USERS || **stream == ENROLLMENTS) {
            let message = format!("{} have no role key", self.what);
            return Err(Error::new(ErrorKind::Argument, message).with_help("leave out --role"));
        }
        self.role = Some(role.into());
        Ok(self)
    }

    /// Only these columns, and those of the key. For several streams, a column is that of each stream that has it.
    ///
    /// # Errors
    /// If no stream has one of them.
    pub fn columns(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, Error> {
        self.columns = columns.into_iter().map(Into::into).collect();
        self.columns.iter().try_for_each(|name| self.column(name).map(drop))?;
        Ok(self)
    }

    /// Replaces the values of columns by pseudonyms.
    ///
    /// # Errors
    /// If no stream has one of the columns, or its values are no text.
    pub fn pseudonyms(mut self, pseudonyms: Pseudonyms) -> Result<Self, Error> {
        for name in pseudonyms.columns() {
            if self.column(name)?.kind != ColumnKind::Text {
                let message = format!("the values of `{name}` are no text, and have no pseudonyms");
                return Err(Error::new(ErrorKind::Argument, message).with_help("leave the column out with --columns"));
            }
        }
        self.pseudonyms = Some(pseudonyms);
        Ok(self)
    }

    fn column(&self, name: &str) -> Result<Column, Error> {
        let all = self.streams.iter().flat_map(|stream| stream.columns(self.is_deep));
        let all: Vec<Column> = all.collect();
        all.iter().find(|column| column.name == name).cloned().ok_or_else(|| {
            let names: Vec<&str> = all.iter().map(|column| column.name.as_str()).collect();
            let mut message = format!("{} have no column `{name}`; columns: {}", self.what, names.join(", "));
            if !self.is_deep
                && self.streams.iter().any(|stream| stream.columns(true).iter().any(|own| own.name == name))
            {
                message = format!("`{name}` is a column of the deep form of {} only: add --deep", self.what);
            }
            Error::new(ErrorKind::Argument, message)
        })
    }

    /// The streams, in the order in which they are read.
    pub fn streams(&self) -> &[&'static Stream] {
        &self.streams
    }

    /// Whether the deep form is read.
    pub fn is_deep(&self) -> bool {
        self.is_deep
    }

    /// Whether several streams are exported.
    pub fn is_joint(&self) -> bool {
        self.streams.len() > 1
    }

    pub(crate) fn role_key(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// The streams with the columns that are written.
    pub fn outputs(&self) -> Vec<Output> {
        let is_written = |stream: &Stream, name: &str| {
            let is_left_out = self.left_out.iter().any(|(own, column)| *own == stream.name && column == name);
            let is_listed = self.columns.is_empty() || self.columns.iter().any(|own| own == name);
            stream.key.contains(&name) || (is_listed && !is_left_out)
        };
        let output = |stream: &&'static Stream| {
            // With users, enrollments come from the same list, and cost no requests of their own.
            let mut columns = stream.columns(self.is_deep && !(self.is_joint() && **stream == ENROLLMENTS));
            columns.retain(|column| is_written(stream, &column.name));
            Output { stream, columns, pseudonyms: self.pseudonyms.clone() }
        };
        self.streams.iter().map(output).collect()
    }

    /// What a checkpoint and a manifest say of it.
    pub fn record(&self) -> SelectionRecord {
        let outputs = self.outputs().into_iter().map(|output| OutputRecord {
            stream: output.stream.name.to_owned(),
            key: output.stream.key.iter().map(|name| (*name).to_owned()).collect(),
            columns: output.columns,
        });
        SelectionRecord {
            what: self.what.clone(),
            deep: self.is_deep,
            role: self.role.clone(),
            outputs: outputs.collect(),
            pseudonyms: self.pseudonyms.iter().flat_map(|own| own.columns().to_vec()).collect(),
            pseudonym_key: self.pseudonyms.as_ref().map(Pseudonyms::fingerprint),
        }
    }
}

impl Output {
    /// The values of the columns, in their order.
    pub(crate) fn project(&self, mut record: Map<String, Value>) -> Vec<Value> {
        let value = |column: &Column| {
            let value = record.remove(&column.name).unwrap_or_default();
            match (&self.pseudonyms, value) {
                (Some(pseudonyms), Value::String(text)) if pseudonyms.columns().contains(&column.name) => {
                    Value::String(pseudonyms.of(&text))
                }
                (_, value) => value,
            }
        };
        self.columns.iter().map(value).collect()
    }

    /// Whether values are replaced.
    pub(crate) fn has_pseudonyms(&self) -> bool {
        self.pseudonyms.is_some()
    }

    /// What identifies a row, as text.
    pub(crate) fn key_of(&self, row: &[Value]) -> String {
        key_of(self.stream.key.len(), row)
    }
}

/// What identifies a row whose first columns are its key.
pub(crate) fn key_of(columns: usize, row: &[Value]) -> String {
    let mut key = String::new();
    for (place, value) in row.iter().take(columns).enumerate() {
        if place > 0 {
            key.push('/');
        }
        key.push_str(value.as_str().unwrap_or_default());
    }
    key
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(selection: &Selection) -> Vec<String> {
        let outputs = selection.outputs();
        let of = |output: &Output| {
            let columns: Vec<&str> = output.columns.iter().map(|column| column.name.as_str()).collect();
            format!("{}: {}", output.stream.name, columns.join(" "))
        };
        outputs.iter().map(of).collect()
    }

    #[test]
    fn only_the_columns_that_are_listed_are_written_and_the_key() {
        let users = Selection::of("users").expect("a stream");
        assert_eq!(
            names(&users),
            ["users: id createdAt disabled email externalCustomerId firstName lastActiveAt lastName roleKey"]
        );
        assert_eq!(names(&users.clone().columns(["roleKey", "email"]).expect("columns")), ["users: id email roleKey"]);
        let error = users.clone().columns(["ref1"]).expect_err("deep only");
        assert_eq!(error.to_string(), "`ref1` is a column of the deep form of users only: add --deep");
        let error = users.columns(["Email"]).expect_err("no such column");
        assert!(error.to_string().starts_with("users have no column `Email`; columns: id, createdAt,"), "{error}");
        let all = Selection::of("all").expect("streams").columns(["email", "status", "name"]).expect("columns");
        assert_eq!(
            names(&all),
            ["clients: id name", "licenses: id name", "users: id email name", "enrollments: userId courseId status"]
        );
    }

    #[test]
    fn what_a_stream_has_not_is_refused() {
        let clients = || Selection::of("clients").expect("a stream");
        let error = clients().deep(true).expect_err("not deep");
        assert_eq!(error.to_string(), "clients have no deep form: all their fields are exported");
        assert!(clients().deep(false).is_ok());
        assert_eq!(clients().role("learner").expect_err("no role").to_string(), "clients have no role key");
        let error = Selection::of("cats").expect_err("no stream").to_string();
        assert_eq!(
            error,
            "`cats` cannot be exported; use users, clients, licenses, enrollments, content, \
             course_groups, meetings, assessment_attempts, coupons, redemption_codes or all"
        );
        let users = Selection::of("users").expect("a stream");
        let pseudonyms = |column: &str| Pseudonyms::new("0123456789abcdef", [column]).expect("a key");
        let error = users.clone().pseudonyms(pseudonyms("disabled")).expect_err("no text").to_string();
        assert_eq!(error, "the values of `disabled` are no text, and have no pseudonyms");
        assert!(users.pseudonyms(pseudonyms("e-mail")).is_err());
    }

    #[test]
    fn a_row_has_its_columns_in_order_and_pseudonyms() {
        let pseudonyms = Pseudonyms::new("0123456789abcdef", ["email"]).expect("a key");
        let users = Selection::of("users").and_then(|users| users.columns(["email", "disabled"])).expect("columns");
        let users = users.pseudonyms(pseudonyms.clone()).expect("text");
        let output = users.outputs().remove(0);
        let record = |value: Value| output.project(value.as_object().cloned().expect("an object"));
        let row = record(json!({ "email": "ada@example.com", "disabled": false, "id": "1", "firstName": "Ada" }));
        assert_eq!(row, [json!("1"), json!(false), json!(pseudonyms.of("ada@example.com"))]);
        assert_eq!(record(json!({ "id": "1" })), [json!("1"), Value::Null, Value::Null]);
        assert_eq!(output.key_of(&row), "1");
        assert_eq!(users.record().pseudonyms, ["email"]);
    }
}
