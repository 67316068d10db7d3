//! What can be written of a licence.

use serde_json::{Map, Value};

use crate::fields::field_set;

/// What to write of a licence ("create license" and "update license" of the v2 reference). What is left out of an
/// update stays as it is, but for `seatsLimit`: the reference says that leaving it out means no limit, so that an
/// [`update`](crate::Licenses::update) demands it.
#[derive(Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct LicenseFields(pub(super) Map<String, Value>);

field_set! {
    LicenseFields, "a licence";
    /// The name, which is required even of an update.
    name: String => "name";
    /// The label.
    label: String => "label";
    /// The SKU, by which single sign-on names it.
    sku: String => "sku";
    /// How many seats there are; null or 0 for no limit.
    seats_limit: u32 => "seatsLimit";
    /// The licence above.
    parent_license_id: String => "parentLicenseId";
    /// How many days content can be used.
    access_days: u32 => "accessDays";
    /// When it ends.
    expiration_date: crate::Date => "expirationDate";
    /// Courses, added to those that are there.
    course_ids: Vec<String> => "courseIds";
    /// Learning paths, added to those that are there.
    learning_path_ids: Vec<String> => "learningPathIds";
    /// Tags of courses, added to those that are there.
    course_tag_ids: Vec<String> => "courseTagIds";
    /// **Removes** every course that is not among those given. Never set unless asked for.
    replace_course_ids: bool => "replaceCourseIds";
    /// **Removes** every learning path that is not among those given.
    replace_learning_path_ids: bool => "replaceLearningPathIds";
    /// **Removes** every tag that is not among those given.
    replace_course_tag_ids: bool => "replaceCourseTagIds";
}
