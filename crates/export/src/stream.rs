//! The streams: what can be exported, one row of a table for each.

use thought_industries::operations::{
    AssessmentAttemptsList, ClientsList, ContentList, CouponsList, CourseGroupsList, LicensesByClientId, MeetingsList,
    RedemptionCodesList, UsersList, UsersProfiles,
};
use thought_industries::runtime::SingleRoot as _;

use crate::column::{Column, ColumnKind, columns_of};

/// A stream: rows of one kind.
#[derive(Debug)]
#[non_exhaustive]
pub struct Stream {
    /// Its name: that of files, tables and arguments.
    pub name: &'static str,
    /// What its rows are, in a few words.
    pub summary: &'static str,
    /// The columns that identify a row.
    pub key: &'static [&'static str],
    /// Columns that name a row of another stream.
    pub references: &'static [(&'static str, &'static str)],
    /// Whether there is a deeper form of it.
    pub has_deep: bool,
    /// Whether `all` has it: users and what they depend on. Not every tenant has lists of the others.
    pub in_all: bool,
    columns: fn(is_deep: bool) -> Vec<Column>,
}

impl Stream {
    /// All columns, with those of the key first.
    pub fn columns(&self, is_deep: bool) -> Vec<Column> {
        (self.columns)(is_deep)
    }

    /// The stream with this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        STREAMS.iter().copied().find(|stream| stream.name == name)
    }
}

impl PartialEq for Stream {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// All streams.
pub static STREAMS: &[&Stream] = &[
    &USERS,
    &CLIENTS,
    &LICENSES,
    &ENROLLMENTS,
    &CONTENT,
    &COURSE_GROUPS,
    &MEETINGS,
    &ASSESSMENT_ATTEMPTS,
    &COUPONS,
    &REDEMPTION_CODES,
];

pub(crate) static USERS: Stream = Stream {
    name: "users",
    summary: "Users; deep: with their profile, custom fields, and the ids of what they hold",
    key: &["id"],
    references: &[("clientId", "clients")],
    has_deep: true,
    in_all: true,
    columns: |is_deep| {
        let list = if is_deep { UsersProfiles::selection() } else { UsersList::selection() };
        columns_of(list.below("users"), &["id"])
    },
};

pub(crate) static CLIENTS: Stream = Stream {
    name: "clients",
    summary: "Clients (Panorama)",
    key: &["id"],
    references: &[],
    has_deep: false,
    in_all: true,
    columns: |_| columns_of(ClientsList::selection().below("clients"), &["id"]),
};

pub(crate) static LICENSES: Stream = Stream {
    name: "licenses",
    summary: "The licenses of all clients",
    key: &["id"],
    references: &[("clientId", "clients"), ("parentLicenseId", "licenses")],
    has_deep: false,
    in_all: true,
    columns: |_| {
        let mut columns = columns_of(LicensesByClientId::selection().below("licenses"), &["id"]);
        // The API lists licenses by client, and does not repeat the client in each.
        columns.insert(1, Column::new("clientId", ColumnKind::Text));
        columns
    },
};

pub(crate) static ENROLLMENTS: Stream = Stream {
    name: "enrollments",
    summary: "The courses that users hold, with their progress; deep: with dates, by one request for each user",
    key: &["userId", "courseId"],
    references: &[("userId", "users")],
    has_deep: true,
    in_all: true,
    columns: |is_deep| {
        let mut columns = vec![
            Column::new("userId", ColumnKind::Text),
            Column::new("courseId", ColumnKind::Text),
            Column::new("status", ColumnKind::Text),
        ];
        if is_deep {
            columns.push(Column::new("completedAt", ColumnKind::Date));
        }
        columns
    },
};

/// Streams whose rows are the records of one list.
macro_rules! streams_of_records {
    ($($stream:ident: $name:literal, $list:ident below $records:literal, $summary:literal;)*) => {
        $(pub(crate) static $stream: Stream = Stream {
            name: $name,
            summary: $summary,
            key: &["id"],
            references: &[],
            has_deep: false,
            in_all: false,
            columns: |_| columns_of($list::selection().below($records), &["id"]),
        };)*
    };
}

streams_of_records! {
    CONTENT: "content", ContentList below "contentItems", "The catalogue: courses, learning paths, articles and more";
    COURSE_GROUPS: "course_groups", CourseGroupsList below "courseGroups", "What the catalogue offers as courses";
    MEETINGS: "meetings", MeetingsList below "meetings", "The live sessions of courses";
    ASSESSMENT_ATTEMPTS: "assessment_attempts", AssessmentAttemptsList below "assessmentAttempts",
        "Attempts of users at assessments, with their answers";
    COUPONS: "coupons", CouponsList below "coupons", "Coupons for anything in the catalogue";
    REDEMPTION_CODES: "redemption_codes", RedemptionCodesList below "redemptionCodeGroups",
        "Redemption codes, in the groups in which they were made";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_the_schema_with_the_key_first() {
        for stream in STREAMS {
            for is_deep in [false, true] {
                let columns = stream.columns(is_deep);
                let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
                assert_eq!(&names[..stream.key.len()], stream.key, "{}", stream.name);
                let mut folded: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
                folded.sort();
                folded.dedup();
                assert_eq!(folded.len(), names.len(), "{}: unique without case", stream.name);
            }
        }
        let kind = |name: &str| USERS.columns(true).into_iter().find(|column| column.name == name).map(|own| own.kind);
        assert_eq!(kind("createdAt"), Some(ColumnKind::Date));
        assert_eq!(kind("disabled"), Some(ColumnKind::Flag));
        assert_eq!(kind("balance"), Some(ColumnKind::Number));
        assert_eq!(kind("startedCoursesCount"), Some(ColumnKind::Integer));
        assert_eq!(kind("allocatedLicenses"), Some(ColumnKind::Json));
        assert_eq!(kind("password"), None);
    }

    #[test]
    fn references_lead_to_streams() {
        for (_, other) in STREAMS.iter().flat_map(|stream| stream.references) {
            assert!(Stream::find(other).is_some(), "{other}");
        }
    }
}
