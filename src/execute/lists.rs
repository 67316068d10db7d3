//! The values of root fields that are lists of records, read from REST bodies.

use serde_json::Value;

use super::found::{Found, from_value};
use super::rest::Body;
use super::roots::list;
use super::{RestRoot, json};
use crate::Error;
use crate::model::{
    APICacheLogsList, AssessmentAttemptList, ContentList, CouponList, Course, CourseGroup, CourseGroupList, EventList,
    Meeting, MeetingsList, RedemptionCodeGroup, RedemptionCodeGroupList, ZendeskContent,
};
use crate::runtime::Selection;
use crate::tenant::Tenant;

/// Lists, each with the key of its entries.
macro_rules! lists {
    ($($list:ty: $entries:literal),* $(,)?) => {
        $(impl RestRoot for $list {
            async fn read(_: &Tenant, body: &Body, selection: &'static Selection) -> Result<Found<Self>, Error> {
                list(body, $entries, selection)
            }
        })*
    };
}

lists! {
    APICacheLogsList: "data",
    AssessmentAttemptList: "assessmentAttempts",
    ContentList: "contentItems",
    CouponList: "coupons",
    CourseGroupList: "courseGroups",
    EventList: "events",
    MeetingsList: "meetings",
    RedemptionCodeGroupList: "redemptionCodeGroups",
}

/// Records that are read by id. `$key` is the argument that the record has to show.
macro_rules! records {
    ($($record:ty),* $(,)?) => {
        $(impl RestRoot for $record {
            async fn read(_: &Tenant, body: &Body, selection: &'static Selection) -> Result<Found<Self>, Error> {
                super::roots::plain(body, selection)
            }

            fn answers(&self, arguments: &Value) -> bool {
                super::roots::is_asked_for(arguments, "id", &self.id)
            }
        })*
    };
}

records!(CourseGroup, Meeting, RedemptionCodeGroup);

/// The parts of a course come as the course, as an object with its sections, or as the sections alone.
impl RestRoot for Course {
    async fn read(_: &Tenant, body: &Body, selection: &'static Selection) -> Result<Found<Self>, Error> {
        let mut course = match json::decode(&body.json)? {
            Value::Array(sections) => serde_json::json!({ "sections": sections }),
            body => body,
        };
        if let Some(inner) = course.get_mut("course").filter(|inner| inner.is_object()) {
            course = inner.take();
        }
        if !course.get("sections").is_some_and(Value::is_array) {
            return Err(json::without(&body.json, "sections"));
        }
        // The id is the one that the caller asked for, and not every tenant repeats it.
        if let Some(fields) = course.as_object_mut() {
            fields.entry("id").or_insert_with(|| "".into());
        }
        from_value(&course, selection)
    }

    fn answers(&self, arguments: &Value) -> bool {
        self.id.is_empty() || super::roots::is_asked_for(arguments, "id", &self.id)
    }
}

/// The reference shows a bare list. A list inside an object is read as well, whatever its key.
impl RestRoot for Vec<ZendeskContent> {
    async fn read(_: &Tenant, body: &Body, selection: &'static Selection) -> Result<Found<Self>, Error> {
        let value = match json::decode(&body.json)? {
            Value::Object(fields) => fields.into_iter().map(|(_, value)| value).find(Value::is_array),
            value => Some(value).filter(Value::is_array),
        };
        let value = value.ok_or_else(|| json::without(&body.json, "list of enrollments"))?;
        from_value(&value, selection)
    }

    fn answers(&self, arguments: &Value) -> bool {
        let mut users = self.iter().filter_map(|own| own.user_id.as_deref());
        users.all(|user| super::roots::is_asked_for(arguments, "userId", user))
    }
}
