//! The content that users, clients and licenses have access to.

use super::{Chance, LICENSES_PER_CLIENT, Population};

/// A user's progress in a course or a learning path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    NotStarted,
    Started,
    Completed,
}

impl Progress {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::NotStarted => "not-started",
            Self::Started => "started",
            Self::Completed => "completed",
        }
    }
}

impl Population {
    /// The courses that a user has access to.
    pub(crate) fn courses_of_user(&self, user: u32) -> Vec<u32> {
        self.held(user, "Course", 4)
    }

    /// The courses that a user is on the waitlist of, without those that they already have.
    pub(crate) fn waitlist_of_user(&self, user: u32) -> Vec<u32> {
        let held = self.courses_of_user(user);
        let waited = self.distinct(self.holder(user).named("waitlist"), "Course", 3);
        waited.into_iter().filter(|course| !held.contains(course)).collect()
    }

    pub(crate) fn bundles_of_user(&self, user: u32) -> Vec<u32> {
        self.held(user, "Bundle", 3)
    }

    pub(crate) fn learning_paths_of_user(&self, user: u32) -> Vec<u32> {
        self.held(user, "LearningPath", 3)
    }

    pub(crate) fn meetings_of_user(&self, user: u32) -> Vec<u32> {
        self.held(user, "Meeting", 3)
    }

    /// A user's progress in a course or a learning path that they have.
    pub(crate) fn progress(&self, user: u32, type_name: &str, index: u32) -> Progress {
        match self.holder(user).named("progress").named(type_name).at(u64::from(index)).below(3) {
            0 => Progress::NotStarted,
            1 => Progress::Started,
            _ => Progress::Completed,
        }
    }

    /// The course that a meeting belongs to.
    pub(crate) fn course_of_meeting(&self, meeting: u32) -> u32 {
        meeting % self.count("Course").unwrap_or(1)
    }

    /// The content of a type that a client may use. Its main license has all of it.
    pub(crate) fn content_of_client(&self, client: u32, type_name: &str) -> Vec<u32> {
        self.distinct(Chance::new(self.seed).named("content").at(u64::from(client)), type_name, 6)
    }

    /// The content of a type that a license holds: a subset of its parent license's.
    pub(crate) fn content_of_license(&self, license: u32, type_name: &str) -> Vec<u32> {
        let Some(parent) = self.license_parent(license) else {
            return self.content_of_client(license / LICENSES_PER_CLIENT, type_name);
        };
        let chance = Chance::new(self.seed).named("left out").at(u64::from(license)).named(type_name);
        let above = self.content_of_license(parent, type_name).into_iter();
        above.filter(|index| !chance.at(u64::from(*index)).one_in(3)).collect()
    }

    fn held(&self, user: u32, type_name: &str, below: u64) -> Vec<u32> {
        self.distinct(self.holder(user).named("held"), type_name, below)
    }

    fn holder(&self, user: u32) -> Chance {
        Chance::new(self.seed).named("holder").at(u64::from(user))
    }

    /// Fewer than `below` distinct objects of a type. Steps of seven visit every object before the first one repeats,
    /// since the number of objects of a type is never a multiple of seven.
    fn distinct(&self, chance: Chance, type_name: &str, below: u64) -> Vec<u32> {
        let chance = chance.named(type_name);
        let of = self.count(type_name).unwrap_or(1);
        let start = u32::try_from(chance.named("start").below(u64::from(of))).unwrap_or_default();
        let length = u32::try_from(chance.named("length").below(below)).unwrap_or_default();
        (0..length).map(|step| (start + step * 7) % of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_is_held_twice(seed: u64, user in 0u32..1000) {
            let population = Population::new(seed, 1000);
            let courses = population.courses_of_user(user);
            for held in [
                courses.clone(),
                population.bundles_of_user(user),
                population.learning_paths_of_user(user),
                population.meetings_of_user(user),
                [courses, population.waitlist_of_user(user)].concat(),
            ] {
                let mut sorted = held.clone();
                sorted.sort_unstable();
                sorted.dedup();
                prop_assert_eq!(sorted.len(), held.len());
            }
        }

        #[test]
        fn a_licence_holds_no_more_than_the_one_above(seed: u64, license in 0u32..64) {
            let population = Population::new(seed, 250);
            for content in ["Course", "LearningPath"] {
                let own = population.content_of_license(license, content);
                let above = match population.license_parent(license) {
                    Some(parent) => population.content_of_license(parent, content),
                    None => population.content_of_client(license / LICENSES_PER_CLIENT, content),
                };
                prop_assert!(own.iter().all(|index| above.contains(index)));
            }
        }
    }
}
