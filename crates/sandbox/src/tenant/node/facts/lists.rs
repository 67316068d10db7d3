//! Lists of content, of what is sold, and of what users have done.

use std::rc::Rc;

use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::resolvers::FieldError;
use apollo_compiler::response::{JsonMap, JsonValue};

use super::leaf;
use crate::cursor;
use crate::population::{Progress, date};
use crate::tenant::catalogue;
use crate::tenant::events::{self, Wanted};
use crate::tenant::logs;
use crate::tenant::node::{Node, Place, Resolved};
use crate::tenant::page::{CODES_PER_PAGE, ENTRIES_PER_PAGE, GROUPS_PER_PAGE, MOST_ENTRIES_PER_PAGE, Page};

/// In the numbers of what a user holds, learning paths follow the courses.
const FIRST_PATH: u32 = 1_000;

/// The arguments of a list.
struct Asked<'a>(&'a JsonMap);

impl Asked<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(|value| value.as_str())
    }

    fn number(&self, name: &str) -> Option<u32> {
        self.0.get(name).and_then(JsonValue::as_i64).and_then(|number| u32::try_from(number).ok())
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name).and_then(JsonValue::as_bool)
    }

    /// Milliseconds of the Unix epoch, from digits or ISO 8601: the reference says the latter, its first page the former.
    fn time(&self, name: &str) -> Result<Option<i64>, FieldError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let parsed = text.parse().ok().or_else(|| Some(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()));
        parsed.map(Some).ok_or_else(|| FieldError { message: format!("{name} is not a time") })
    }

    /// The page that the arguments lead to, by number or by cursor.
    fn page(&self) -> Result<u32, FieldError> {
        match self.text("cursor") {
            Some(text) => cursor::decode(text).ok_or_else(not_a_cursor),
            None => Ok(self.number("page").unwrap_or(1)),
        }
    }
}

fn not_a_cursor() -> FieldError {
    FieldError { message: "the cursor is not one of this list".into() }
}

/// The value of a root field that is a list; `None` if it is not one of these.
pub(super) fn list<'t>(
    node: &Node<'t>,
    field: &'t FieldDefinition,
    arguments: &JsonMap,
) -> Result<Option<Resolved<'t>>, FieldError> {
    let (world, asked) = (&node.world, Asked(arguments));
    let size = |own: u32| {
        let asked = asked.number("perPage").map(|size| size.clamp(1, MOST_ENTRIES_PER_PAGE));
        world.page_size(asked.unwrap_or_else(|| world.default_page_size(own)))
    };
    let (of, size): (&str, u32) = match field.name.as_str() {
        "APIEvents" => return events(node, field, &asked).map(Some),
        "APICacheLogs" => {
            let page = logs::page(world, size(CODES_PER_PAGE), asked.text("cursor")).ok_or_else(not_a_cursor)?;
            return Ok(Some(given(node, field, page)));
        }
        "ZendeskContentsByUserId" => {
            let user = asked.text("userId").and_then(|id| world.index_of("User", id));
            return Ok(Some(user.map_or_else(Resolved::null, |user| enrollments(node, user))));
        }
        "APIContentSearch" => ("Content", size(ENTRIES_PER_PAGE)),
        "CourseGroups" => ("CourseGroup", size(GROUPS_PER_PAGE)),
        "AssessmentAttempts" => ("AssessmentAttempt", size(ENTRIES_PER_PAGE)),
        "Meetings" => ("Meeting", size(GROUPS_PER_PAGE)),
        "APICoupons" | "APICourseCoupons" => ("Coupon", size(GROUPS_PER_PAGE)),
        "RedemptionCodeGroups" => ("RedemptionCodeGroup", size(CODES_PER_PAGE)),
        _ => return Ok(None),
    };
    let Some((of, _)) = node.served.schema.types.get_key_value(of) else { return Ok(None) };
    let count = world.population.count(of).unwrap_or_default();
    let filter = Filter::of(field.name.as_str(), &asked)?;
    let page = if filter.is_empty() {
        Page::cut(asked.page()?, size, count, Some)
    } else {
        let matching: Vec<u32> = (0..count).filter(|index| filter.lets(node, of, *index)).collect();
        let total = u32::try_from(matching.len()).unwrap_or_default();
        Page::cut(asked.page()?, size, total, |place| matching.get(place as usize).copied())
    };
    Ok(Some(node.page(field.ty.inner_named_type(), page)))
}

fn events<'t>(node: &Node<'t>, field: &'t FieldDefinition, asked: &Asked<'_>) -> Result<Resolved<'t>, FieldError> {
    let wanted = Wanted {
        start: asked.time("startDate")?,
        end: asked.time("endDate")?,
        cursor: asked.text("cursor"),
        user: asked.text("userId"),
        content: asked.text("notifiableId"),
    };
    let kind = asked.text("kind").unwrap_or_default();
    match events::page(&node.world, kind, &wanted) {
        Some(page) => Ok(given(node, field, page)),
        None if wanted.cursor.is_some() && events::is_kind(kind) => Err(not_a_cursor()),
        None => Ok(Resolved::null()),
    }
}

fn given<'t>(node: &Node<'t>, field: &'t FieldDefinition, value: serde_json::Value) -> Resolved<'t> {
    Resolved::Object(node.at(field.ty.inner_named_type(), Place::Given(Rc::new(value))))
}

/// The courses and learning paths of a user, each with the user's progress.
fn enrollments<'t>(node: &Node<'t>, user: u32) -> Resolved<'t> {
    let world = &node.world;
    let paths = world.learning_paths_of_user(user).into_iter().map(|path| FIRST_PATH + path);
    node.held("ZendeskContent", user, world.courses_of_user(user).into_iter().chain(paths).collect())
}

/// The entries of the catalogue that a user has access to.
pub(super) fn content_of_user<'t>(node: &Node<'t>, user: u32) -> Resolved<'t> {
    let world = &node.world;
    let courses = world.population.count("Course").unwrap_or_default();
    let paths = world.learning_paths_of_user(user).into_iter().map(|path| courses + path);
    node.entities("Content", world.courses_of_user(user).into_iter().chain(paths))
}

/// An enrollment of a user.
pub(super) fn enrollment<'t>(node: &Node<'t>, name: &str, user: u32, what: u32) -> Option<Resolved<'t>> {
    let (type_name, kind, index) = match what.checked_sub(FIRST_PATH) {
        Some(path) => ("LearningPath", "learningPath", path),
        None => ("Course", "course", what),
    };
    let world = &node.world;
    let progress = world.progress(user, type_name, index);
    let chance = node.chance();
    match name {
        "title" => leaf(catalogue::name(type_name, index)),
        "kind" => leaf(kind),
        "status" => leaf(progress.key()),
        "userId" => leaf(world.id("User", user)),
        "percentComplete" => leaf(match progress {
            Progress::NotStarted => 0,
            Progress::Started => 1 + chance.named(name).below(99),
            Progress::Completed => 100,
        }),
        "startDate" => leaf((progress != Progress::NotStarted).then(|| date(chance.named(name), 2023, 2024))),
        "endDate" => leaf((progress == Progress::Completed).then(|| date(chance.named(name), 2025, 2025))),
        "certificate" if progress != Progress::Completed => Some(Resolved::null()),
        _ => None,
    }
}

/// What a request restricts a list to.
#[derive(Debug, Default)]
struct Filter {
    /// Values that fields must have.
    equal: Vec<(&'static str, String)>,
    /// Alternatives: a field and a value, or a text in any title.
    any: Vec<(Option<String>, String)>,
    start: Option<i64>,
    end: Option<i64>,
}

impl Filter {
    fn of(list: &str, asked: &Asked<'_>) -> Result<Self, FieldError> {
        let mut filter = Self::default();
        let fields: &[&str] = match list {
            "CourseGroups" => &["kind", "archived"],
            "AssessmentAttempts" => &["courseId", "userId"],
            "Meetings" => &["courseId"],
            "APICourseCoupons" => &["code", "active"],
            _ => &[],
        };
        for name in fields {
            let value = asked.text(name).map(str::to_owned).or_else(|| asked.flag(name).map(|flag| flag.to_string()));
            filter.equal.extend(value.map(|value| (*name, value)));
        }
        if list == "AssessmentAttempts" {
            (filter.start, filter.end) = (asked.time("startDate")?, asked.time("endDate")?);
        }
        // Production joins expressions such as `kind:course` by OR.
        for part in asked.text("query").unwrap_or_default().split(" OR ").filter(|part| !part.trim().is_empty()) {
            let (field, value) = part.split_once(':').map_or((None, part), |(field, value)| (Some(field), value));
            let value = value.trim().trim_matches('"').to_lowercase();
            filter.any.push((field.map(|field| field.trim().to_owned()), value));
        }
        Ok(filter)
    }

    fn is_empty(&self) -> bool {
        self.equal.is_empty() && self.any.is_empty() && self.start.is_none() && self.end.is_none()
    }

    fn lets<'t>(&self, node: &Node<'t>, type_name: &'t str, index: u32) -> bool {
        let entry = node.at(type_name, Place::Entity(index));
        let shown = |name: &str| match entry.value(entry.field(name)?, &JsonMap::new()).ok()? {
            Resolved::Leaf(serde_json::Value::String(text)) => Some(text),
            Resolved::Leaf(value) => Some(value.to_string()),
            Resolved::Object(object) => match object.value(object.field("id")?, &JsonMap::new()).ok()? {
                Resolved::Leaf(id) => id.as_str().map(str::to_owned),
                _ => None,
            },
            Resolved::List(_) => None,
        };
        let is_equal = |(name, value): &(&str, String)| {
            let name = if *name == "userId" { "user" } else { name };
            shown(name).is_some_and(|shown| shown.eq_ignore_ascii_case(value))
        };
        let is_any = |(name, value): &(Option<String>, String)| match name {
            Some(name) => shown(name).is_some_and(|shown| shown.to_lowercase() == *value),
            None => ["title", "label"]
                .iter()
                .any(|name| shown(name).is_some_and(|shown| shown.to_lowercase().contains(value))),
        };
        let at = || Some(shown("createdAt")?.parse::<jiff::Timestamp>().ok()?.as_millisecond());
        self.equal.iter().all(is_equal)
            && (self.any.is_empty() || self.any.iter().any(is_any))
            && self.start.is_none_or(|start| at().is_some_and(|at| at >= start))
            && self.end.is_none_or(|end| at().is_some_and(|at| at <= end))
    }
}

/// An entry of the catalogue: a course, a learning path, or an article of its own.
pub(super) fn item<'t>(node: &Node<'t>, name: &str, index: u32) -> Option<Resolved<'t>> {
    let population = &node.world.population;
    let courses = population.count("Course").unwrap_or_default();
    let paths = population.count("LearningPath").unwrap_or_default();
    let (type_name, own) = match index {
        _ if index < courses => ("Course", index),
        _ if index < courses + paths => ("LearningPath", index - courses),
        _ => ("Content", index),
    };
    let title = || catalogue::name(type_name, own).unwrap_or_else(|| format!("Article {own}"));
    match name {
        "id" => leaf(node.world.id(type_name, own)),
        "title" => leaf(title()),
        "slug" => leaf(catalogue::slug_of(type_name, own).unwrap_or_else(|| format!("article-{own}"))),
        "sku" => leaf(catalogue::sku(type_name, own)),
        "kind" => leaf(match type_name {
            "Course" => "course",
            "LearningPath" => "learningPath",
            _ => "article",
        }),
        "status" => leaf("published"),
        _ => None,
    }
}

/// An attempt at an assessment: each user has two.
pub(super) fn attempt<'t>(node: &Node<'t>, name: &str, index: u32) -> Option<Resolved<'t>> {
    match name {
        "user" => Some(node.entity("User", index / 2)),
        "createdAt" => leaf(date(node.chance().named(name), 2024, 2025)),
        _ => None,
    }
}
