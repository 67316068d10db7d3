//! The tables, indexes and views of a database.

use std::fmt::Write as _;

use crate::column::ColumnKind;
use crate::selection::Output;

/// A name in SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The table of an output. Columns refer to the other streams of the export.
pub(super) fn create(output: &Output, all: &[&str]) -> String {
    let stream = output.stream;
    let column = |column: &crate::column::Column| {
        let kind = match column.kind {
            ColumnKind::Integer | ColumnKind::Flag => "INTEGER",
            ColumnKind::Number => "REAL",
            ColumnKind::Text | ColumnKind::Date | ColumnKind::Json => "TEXT",
        };
        let mut definition = format!("{} {kind}", quoted(&column.name));
        // Rows with a key of several columns may repeat it: a course can be held more than once.
        if stream.key == [column.name.as_str()] {
            definition.push_str(" NOT NULL PRIMARY KEY");
        }
        let reference = stream.references.iter().find(|(own, other)| *own == column.name && all.contains(other));
        if let Some((_, other)) = reference {
            _ = write!(definition, " REFERENCES {} (id)", quoted(other));
        }
        definition
    };
    let columns: Vec<String> = output.columns.iter().map(column).collect();
    let table = quoted(stream.name);
    format!(
        "CREATE TABLE IF NOT EXISTS {table} ({}) STRICT;
         CREATE TABLE IF NOT EXISTS export_run (run_id TEXT NOT NULL PRIMARY KEY, report TEXT NOT NULL) STRICT;",
        columns.join(", ")
    )
}

pub(super) fn insert(output: &Output) -> String {
    let names: Vec<String> = output.columns.iter().map(|column| quoted(&column.name)).collect();
    let places: Vec<String> = (1..=names.len()).map(|place| format!("?{place}")).collect();
    format!("INSERT INTO {} ({}) VALUES ({})", quoted(output.stream.name), names.join(", "), places.join(", "))
}

/// The columns that are searched and joined by.
const INDEXES: &[StreamColumn] = &[
    ("users", "email"),
    ("users", "externalCustomerId"),
    ("users", "clientId"),
    ("licenses", "clientId"),
    ("enrollments", "userId"),
    ("enrollments", "courseId"),
];

/// A column of a stream.
type StreamColumn = (&'static str, &'static str);

/// Views for the usual questions, each with the columns that it needs.
const VIEWS: &[(&str, &[StreamColumn], &str)] = &[
    (
        "user_licenses",
        &[("users", "allocatedLicenses")],
        "SELECT users.id AS userId, held.value ->> 'licenseId' AS licenseId, held.value ->> 'licenseRole' AS licenseRole \
         FROM users, json_each(users.allocatedLicenses) AS held",
    ),
    (
        "user_learning_paths",
        &[("users", "allocatedLearningPaths")],
        "SELECT users.id AS userId, held.value ->> 'learningPathId' AS learningPathId \
         FROM users, json_each(users.allocatedLearningPaths) AS held",
    ),
    (
        "user_courses",
        &[("users", "purchasedCourses")],
        "SELECT users.id AS userId, held.value ->> 'courseId' AS courseId, held.value ->> 'status' AS status \
         FROM users, json_each(users.purchasedCourses) AS held",
    ),
    ("active_users", &[("users", "disabled")], "SELECT * FROM users WHERE disabled IS NOT 1"),
    (
        "license_seats",
        &[("users", "allocatedLicenses"), ("users", "disabled"), ("licenses", "name"), ("licenses", "seatsLimit")],
        "SELECT licenses.id AS licenseId, licenses.name, licenses.clientId, licenses.seatsLimit, count(users.id) AS users, \
         count(users.id) FILTER (WHERE users.disabled IS NOT 1) AS activeUsers \
         FROM licenses LEFT JOIN user_licenses ON user_licenses.licenseId = licenses.id \
         LEFT JOIN users ON users.id = user_licenses.userId GROUP BY licenses.id",
    ),
    (
        "course_progress",
        &[("enrollments", "status")],
        "SELECT courseId, count(*) AS enrolled, count(*) FILTER (WHERE status = 'completed') AS completed \
         FROM enrollments GROUP BY courseId",
    ),
];

/// Indexes and views, as far as their columns are there.
pub(super) fn ends(outputs: &[Output]) -> String {
    let has = |stream: &str, name: &str| {
        let output = outputs.iter().find(|output| output.stream.name == stream);
        output.is_some_and(|output| output.columns.iter().any(|column| column.name == name))
    };
    let mut text = String::new();
    for (stream, column) in INDEXES.iter().filter(|(stream, column)| has(stream, column)) {
        let name = quoted(&format!("{stream}_{column}"));
        _ = writeln!(text, "CREATE INDEX IF NOT EXISTS {name} ON {} ({});", quoted(stream), quoted(column));
    }
    for (name, needs, query) in VIEWS {
        if needs.iter().all(|(stream, column)| has(stream, column)) {
            _ = writeln!(text, "CREATE VIEW IF NOT EXISTS {} AS {query};", quoted(name));
        }
    }
    text
}
