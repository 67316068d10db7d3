//! Drawing unknowns from a seed.

use std::collections::BTreeSet;

use super::forms::{
    Counts, Foreign, GraphqlPaths, KeyPlace, KeyRefusal, LastCursor, LimitHeaders, LocationForm, NotFoundForm,
    NotFoundText, OddForm, OddScalar, RedirectStatus, TakenText, ValidationForm,
};
use super::{Keys, Limit, MISSABLE, NotFound, Odd, Redirect, Unknowns, Validation};
use crate::Dialect;
use crate::population::Chance;

const LEARNER_ROLES: [&str; 4] = ["student", "learner", "participant", "customer-learner"];

const PAGE_SIZES: [u32; 3] = [7, 25, 100];

impl Unknowns {
    /// Draws all unknowns. The same seed gives the same unknowns. The dialect, the paths, the places of the key, the
    /// role and the page size are always set.
    pub fn draw(seed: u64) -> Self {
        let chance = Chance::new(seed).named("unknowns");
        let dialect = any(chance.named("dialect"), &Dialect::ALL);
        let is_documented = dialect == Dialect::Documented;
        Self {
            dialect: Some(dialect),
            graphql_paths: graphql_paths(chance.named("graphql paths"), dialect),
            has_v1: is_documented && !chance.named("has v1").one_in(3),
            foreign: any(chance.named("foreign"), Foreign::ALL),
            keys: keys(chance.named("keys"), dialect),
            key_refusal: any(chance.named("key refusal"), KeyRefusal::ALL),
            not_found: NotFound {
                form: any(chance.named("not found"), NotFoundForm::ALL),
                text: any(chance.named("not found text"), NotFoundText::ALL),
            },
            validation: Validation {
                form: any(chance.named("validation"), ValidationForm::ALL),
                taken: any(chance.named("taken"), TakenText::ALL),
                is_409_for_taken: chance.named("taken is 409").one_in(3),
            },
            learner_role: Some(any(chance.named("learner role"), &LEARNER_ROLES).to_owned()),
            last_cursor: any(chance.named("last cursor"), LastCursor::ALL),
            page_size: Some(any(chance.named("page size"), &PAGE_SIZES)),
            counts: any(chance.named("counts"), Counts::ALL),
            limit: limit(chance.named("limit")),
            limit_headers: any(chance.named("limit headers"), LimitHeaders::ALL),
            odd_scalars: some_of(chance.named("odd scalars"), OddScalar::ALL, 6),
            extra_keys: chance.named("extra keys").one_in(3),
            missing_keys: if chance.named("missing keys").one_in(3) {
                some_of(chance.named("missing key"), MISSABLE, 4).into_iter().map(str::to_owned).collect()
            } else {
                BTreeSet::new()
            },
            redirects: chance.named("redirects").one_in(6).then(|| Redirect {
                status: any(chance.named("redirect status"), RedirectStatus::ALL),
                location: any(chance.named("location"), LocationForm::ALL),
            }),
            gzip: chance.named("gzip").one_in(2),
            odd_every: chance.named("odd").one_in(5).then(|| Odd {
                every: between(chance.named("odd every"), 5, 40),
                form: any(chance.named("odd form"), OddForm::ALL),
            }),
            stale_reads: any(chance.named("stale reads"), &[0, 0, 0, 1, 2]),
            swapped_every: chance.named("swapped").one_in(8).then(|| between(chance.named("swapped every"), 7, 30)),
        }
    }
}

/// The documented path is the most probable one.
fn graphql_paths(chance: Chance, dialect: Dialect) -> GraphqlPaths {
    use GraphqlPaths::{Both, Helium, Incoming, Neither};
    match dialect {
        Dialect::Documented => {
            any(chance, &[Incoming, Incoming, Incoming, Incoming, Helium, Helium, Both, Both, Both, Neither])
        }
        Dialect::Observed => {
            any(chance, &[Helium, Helium, Helium, Helium, Helium, Incoming, Incoming, Both, Both, Neither])
        }
    }
}

/// The documented and the observed places are the most probable ones.
fn keys(chance: Chance, dialect: Dialect) -> Keys {
    use KeyPlace::{Bearer, Query, XApiKey};
    let graphql = match dialect {
        Dialect::Documented => [Query, Query, Query, XApiKey, XApiKey, Bearer],
        Dialect::Observed => [Query, Query, Query, Query, Bearer, XApiKey],
    };
    Keys {
        graphql: any(chance.named("graphql"), &graphql),
        v2: any(chance.named("v2"), &[Bearer, Bearer, Bearer, Bearer, Bearer, Bearer, XApiKey, Query]),
        v1: any(chance.named("v1"), &[XApiKey, XApiKey, XApiKey, Query, Query, Bearer]),
    }
}

/// A window that ends soon, so that a test can wait for it.
fn limit(chance: Chance) -> Option<Limit> {
    chance.one_in(8).then(|| {
        let hundredths = u16::try_from(between(chance.named("hundredths"), 20, 50)).unwrap_or(50);
        Limit { requests: between(chance.named("requests"), 40, 200), seconds: f64::from(hundredths) / 100.0 }
    })
}

/// One of several values; the default of an empty list.
fn any<T: Copy + Default>(chance: Chance, from: &[T]) -> T {
    chance.pick(from).copied().unwrap_or_default()
}

/// Each of several values with a probability of 1 in `of`.
fn some_of<T: Copy + Ord>(chance: Chance, from: &[T], of: u64) -> BTreeSet<T> {
    let places = from.iter().zip(0..);
    places.filter(|(_, place)| chance.at(*place).one_in(of)).map(|(value, _)| *value).collect()
}

/// A number within these bounds, both included.
fn between(chance: Chance, from: u32, to: u32) -> u32 {
    let span = u64::from(to - from) + 1;
    from + u32::try_from(chance.below(span)).unwrap_or_default()
}
