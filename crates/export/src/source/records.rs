//! Lists of records that have an id and no part in another stream: content, course groups, meetings, commerce.

use serde::Serialize;
use thought_industries::{Records, Response};

use super::{Entry, Record, Source, SourcePage, fields_of, pages_of};

/// Sources, each with the name of its stream, its operation, the key of its records in a page, and the part of the client
/// that lists them.
macro_rules! sources {
    ($($name:literal: $operation:literal, $key:literal, $part:ident;)*) => {
        static SOURCES: &[Source] = &[$(Source {
            name: $name,
            operations: &[$operation],
            open: |client, reading, start| {
                let list = client.$part().list().with_pages_ahead(reading.ahead());
                let list = start.into_iter().fold(list, |list, start| list.start_at(start));
                let is_check = reading.is_check;
                pages_of(list.pages(), move |page| page_of(&page, $name, $key, is_check, |record| &record.id))
            },
        }),*];
    };
}

sources! {
    "content": "content.list", "contentItems", content;
    "course_groups": "course-groups.list", "courseGroups", course_groups;
    "meetings": "meetings.list", "meetings", meetings;
    "assessment_attempts": "assessments.list", "assessmentAttempts", assessments;
    "coupons": "coupons.list", "coupons", coupons;
    "redemption_codes": "redemption-codes.list", "redemptionCodeGroups", redemption_codes;
}

/// The source of a stream.
pub(super) fn find(stream: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|source| source.name == stream)
}

fn page_of<T: Serialize>(
    page: &Response<Records<T>>,
    stream: &'static str,
    key: &str,
    is_check: bool,
    id: impl Fn(&T) -> &String,
) -> Option<SourcePage> {
    let entry = |record: &T| {
        let row = || Record { stream, fields: fields_of(record) };
        Entry { id: id(record).clone(), rows: (!is_check).then(row).into_iter().collect() }
    };
    let entries = page.records.iter().map(entry).collect();
    let total = page.page_info.as_ref().and_then(|info| info.total);
    SourcePage::of(page, key, total, entries)
}
