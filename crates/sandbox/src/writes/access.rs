//! What a user is given: a client, licenses and content, merged with what they have unless a flag says otherwise.

use serde_json::Value;

use super::{Fields, Refusal, Writer};
use crate::tenant::{content_sku, content_slug, course_is_published};
use crate::world::{Person, World};

/// Access after a write: unchanged parts are `None`.
#[derive(Debug, Default)]
pub(super) struct Access {
    client: Option<u32>,
    licenses: Option<Vec<(u32, bool)>>,
    courses: Option<Vec<u32>>,
    learning_paths: Option<Vec<u32>>,
    bundles: Option<Vec<u32>>,
}

impl Access {
    /// Whether this changes the access of a user.
    pub(super) fn changes(&self, world: &World<'_>, index: u32) -> bool {
        let differs = |after: &Option<Vec<u32>>, now: Vec<u32>| after.as_ref().is_some_and(|after| *after != now);
        self.client.is_some_and(|client| Some(client) != world.client_of_user(index))
            || self.licenses.as_ref().is_some_and(|after| *after != world.licenses_of_user(index))
            || differs(&self.courses, world.courses_of_user(index))
            || differs(&self.learning_paths, world.learning_paths_of_user(index))
            || differs(&self.bundles, world.bundles_of_user(index))
    }

    /// Only courses and learning paths.
    pub(super) fn of_content(courses: Vec<u32>, learning_paths: Vec<u32>) -> Self {
        Self { courses: Some(courses), learning_paths: Some(learning_paths), ..Self::default() }
    }

    /// The client to move to, if it changes.
    pub(super) fn client(&self) -> Option<u32> {
        self.client
    }

    pub(super) fn apply(self, person: &mut Person) {
        let Self { client, licenses, courses, learning_paths, bundles } = self;
        person.client = client.or(person.client);
        person.licenses = licenses.or_else(|| person.licenses.take());
        person.courses = courses.or_else(|| person.courses.take());
        person.learning_paths = learning_paths.or_else(|| person.learning_paths.take());
        person.bundles = bundles.or_else(|| person.bundles.take());
    }
}

impl Writer<'_> {
    /// Reads the access from arguments. `index` is the user, or `None` for a new one.
    pub(super) fn access(&self, arguments: &Fields, index: Option<u32>, active: bool) -> Result<Access, Refusal> {
        let world = self.world();
        let held = |of: &dyn Fn(u32) -> Vec<u32>| index.map(of).unwrap_or_default();
        let client_now = index.and_then(|index| world.client_of_user(index));
        let mut client = self.client(arguments)?;
        let licenses_now = index.map(|index| world.licenses_of_user(index)).unwrap_or_default();
        let given = all_or(self.licenses(arguments)?, arguments, "replaceLicenseAccess");
        let licenses = match given {
            None => client.filter(|client| client_now.is_some_and(|now| now != *client)).map(|_| Vec::new()),
            Some(given) => {
                let home =
                    client.or(client_now).or_else(|| given.first().map(|(first, _)| world.client_of_license(*first)));
                if given.iter().any(|(license, _)| Some(world.client_of_license(*license)) != home) {
                    return Err(Refusal::unprocessable("A license belongs to another client"));
                }
                client = client.or(home.filter(|_| client_now.is_none()));
                // A user that moves to another client loses the licenses of the old one.
                let kept =
                    licenses_now.iter().copied().filter(|(license, _)| Some(world.client_of_license(*license)) == home);
                let after = merge(kept.collect(), given, flag(arguments, "replaceLicenseAccess"));
                self.seats(&licenses_now, &after)?;
                Some(after)
            }
        };
        let courses_now = held(&|index| world.courses_of_user(index));
        let courses = self.content(arguments, "Course", ["courseIds", "courseSlugs", "courseSkus"])?;
        let courses = all_or(courses, arguments, "replaceCourseAccess");
        if let Some(new) = courses.iter().flatten().find(|course| !courses_now.contains(course)) {
            if !active {
                return Err(Refusal::unprocessable("User is not active"));
            }
            if !course_is_published(*new) {
                return Err(Refusal::unprocessable("Course is not published"));
            }
        }
        let paths =
            self.content(arguments, "LearningPath", ["learningPathIds", "learningPathSlugs", "learningPathSkus"])?;
        let paths = all_or(paths, arguments, "replaceLearningPathAccess");
        let bundles = self.content(arguments, "Bundle", ["", "bundleSlugs", ""])?;
        let bundles = all_or(bundles, arguments, "replaceBundleAccess");
        Ok(Access {
            client,
            licenses,
            courses: courses.map(|given| merge(courses_now, given, flag(arguments, "replaceCourseAccess"))),
            learning_paths: paths.map(|given| {
                let now = held(&|index| world.learning_paths_of_user(index));
                merge(now, given, flag(arguments, "replaceLearningPathAccess"))
            }),
            bundles: bundles.map(|given| {
                merge(held(&|index| world.bundles_of_user(index)), given, flag(arguments, "replaceBundleAccess"))
            }),
        })
    }

    /// Rejects a license if all its seats, or all seats of its client, are taken.
    fn seats(&self, before: &[(u32, bool)], after: &[(u32, bool)]) -> Result<(), Refusal> {
        let world = self.world();
        let gained: Vec<u32> =
            after.iter().filter(|held| !held.1 && !before.contains(held)).map(|held| held.0).collect();
        let home = gained.first().map(|first| world.client_of_license(*first));
        let lost = before
            .iter()
            .filter(|held| !held.1 && !after.contains(held) && Some(world.client_of_license(held.0)) == home)
            .count();
        for license in &gained {
            let limit = world.seats_limit_of_license(*license).filter(|limit| *limit > 0);
            if limit.is_some_and(|limit| world.seats_used_by_license(*license) >= limit) {
                return Err(Refusal::unprocessable("Seat limit reached"));
            }
        }
        if let Some(client) = home {
            let used = world.seats_used_by_client(client) as usize + gained.len() - lost.min(gained.len());
            if used > world.seats_limit_of_client(client) as usize && gained.len() > lost {
                return Err(Refusal::unprocessable("Seat limit of the client reached"));
            }
        }
        Ok(())
    }

    /// The client that arguments name: by id, SKU or slug, in this order.
    pub(super) fn client(&self, arguments: &Fields) -> Result<Option<u32>, Refusal> {
        let world = self.world();
        let population = world.population;
        let all = 0..population.clients();
        let keys = ["clientId", "clientSku", "clientSlug"];
        let is_text = |value: &Value| value.is_string() || value.is_null();
        if let Some(wrong) = keys.iter().find(|name| arguments.get(**name).is_some_and(|value| !is_text(value))) {
            return Err(Refusal::malformed(format!("{wrong} has to be a string")));
        }
        let text = |name: &str| arguments.get(name).and_then(Value::as_str);
        let found = match (text("clientId"), text("clientSku"), text("clientSlug")) {
            (None, None, None) => return Ok(None),
            (Some(id), ..) => world.index_of("Client", id),
            (_, Some(sku), _) => all.into_iter().find(|client| format!("CLIENT-{client:03}") == sku),
            (_, _, Some(slug)) => all.into_iter().find(|client| population.client_slug(*client) == slug),
        };
        found.map(Some).ok_or_else(|| Refusal::unprocessable("Client not found"))
    }

    /// The licenses that arguments name, each with whether it is given as a manager.
    fn licenses(&self, arguments: &Fields) -> Result<Option<Vec<(u32, bool)>>, Refusal> {
        let names = [
            ("studentLicenseIds", false),
            ("studentLicenseSkus", false),
            ("managerLicenseIds", true),
            ("managerLicenseSkus", true),
        ];
        let mut given: Option<Vec<(u32, bool)>> = None;
        for (name, is_manager) in names {
            let Some(texts) = texts(arguments, name)? else { continue };
            let given = given.get_or_insert_default();
            for text in texts {
                let found = if name.ends_with("Ids") {
                    self.world().index_of("License", text)
                } else {
                    self.license_by_sku(text)
                };
                given.push((
                    found.ok_or_else(|| Refusal::unprocessable(format!("License {text} not found")))?,
                    is_manager,
                ));
            }
        }
        Ok(given)
    }

    pub(super) fn license_by_sku(&self, sku: &str) -> Option<u32> {
        let world = self.world();
        let clients = 0..world.population.clients();
        clients
            .flat_map(|client| world.licenses_of_client(client))
            .find(|license| world.license_sku(*license).as_deref() == Some(sku))
    }

    /// The content of a type that arguments name, by id, slug or SKU.
    pub(super) fn content(
        &self,
        arguments: &Fields,
        type_name: &str,
        [ids, slugs, skus]: [&str; 3],
    ) -> Result<Option<Vec<u32>>, Refusal> {
        let world = self.world();
        let count = world.population.count(type_name).unwrap_or_default();
        let mut given: Option<Vec<u32>> = None;
        for name in [ids, slugs, skus] {
            let Some(texts) = texts(arguments, name)? else { continue };
            let given = given.get_or_insert_default();
            for text in texts {
                let found = if name == ids {
                    world.index_of(type_name, text)
                } else if name == slugs {
                    (0..count).find(|index| content_slug(type_name, *index).as_deref() == Some(text))
                } else {
                    (0..count).find(|index| content_sku(type_name, *index) == text)
                };
                given.push(found.ok_or_else(|| Refusal::unprocessable(format!("{type_name} {text} not found")))?);
            }
        }
        Ok(given)
    }
}

/// The union of what was held and what is given; or only what is given.
fn merge<T: PartialEq>(held: Vec<T>, given: Vec<T>, replace: bool) -> Vec<T> {
    let mut merged = if replace { Vec::new() } else { held };
    for item in given {
        if !merged.contains(&item) {
            merged.push(item);
        }
    }
    merged
}

/// What is given. Replacing without a list is replacing with nothing: a strict reading, as no document covers it.
fn all_or<T>(given: Option<Vec<T>>, arguments: &Fields, replaces: &str) -> Option<Vec<T>> {
    given.or_else(|| flag(arguments, replaces).then(Vec::new))
}

pub(super) fn flag(arguments: &Fields, name: &str) -> bool {
    arguments.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// A list of strings; `None` if absent.
pub(super) fn texts<'a>(arguments: &'a Fields, name: &str) -> Result<Option<Vec<&'a str>>, Refusal> {
    match arguments.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().ok_or_else(|| Refusal::malformed(format!("{name} has to be a list of strings"))))
            .collect::<Result<_, _>>()
            .map(Some),
        // The reference's own example sends a bare string where a list is required.
        Some(Value::String(item)) => Ok(Some(vec![item.as_str()])),
        Some(_) => Err(Refusal::malformed(format!("{name} has to be a list"))),
    }
}
