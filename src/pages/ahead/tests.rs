//! Lists that change while several of their pages are on their way.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use futures::executor::block_on;
use futures::{FutureExt as _, TryStreamExt as _};
use proptest::prelude::*;

use super::super::pages;
use super::*;
use crate::Surface;
use crate::error::Kind;
use crate::model::{PageInfo, User, UsersList};

/// A list that changes, and what was asked of it.
struct Tenant {
    users: Vec<u32>,
    /// What happens to the list: at each step a user joins or leaves at a place, or nothing happens.
    changes: Vec<Option<(bool, usize)>>,
    steps: usize,
    next_id: u32,
    size: usize,
    has_cursors: bool,
    asked: Vec<i64>,
    on_the_way: usize,
    most_on_the_way: usize,
}

impl Tenant {
    fn new(users: u32, size: usize, changes: Vec<Option<(bool, usize)>>) -> Self {
        let (users, next_id) = ((0..users).collect(), users);
        let (steps, asked) = (0, Vec::new());
        Self { users, changes, steps, next_id, size, has_cursors: false, asked, on_the_way: 0, most_on_the_way: 0 }
    }

    fn step(&mut self) {
        let change = self.changes.get(self.steps).copied().flatten();
        self.steps += 1;
        match change {
            Some((true, place)) => {
                let place = place % (self.users.len() + 1);
                self.users.insert(place, self.next_id);
                self.next_id += 1;
            }
            Some((false, place)) if self.users.len() > 1 => {
                let place = place % self.users.len();
                self.users.remove(place);
            }
            _ => {}
        }
    }

    fn page(&self, number: i64) -> Result<Response<UsersList>, Error> {
        let pages: Vec<&[u32]> = self.users.chunks(self.size).collect();
        let place = usize::try_from(number - 1).expect("pages start at 1");
        let Some(entries) = pages.get(place) else {
            return Err(Error::new(Kind::Paging(format!("there is no page {number}"))));
        };
        let has_more = place + 1 < pages.len();
        let info = PageInfo {
            current_page: (!self.has_cursors).then_some(number),
            per_page: i64::try_from(self.size).ok(),
            total: i64::try_from(self.users.len()).ok(),
            cursor: (self.has_cursors && has_more).then(|| format!("after {number}")),
            has_more: Some(has_more),
            ..PageInfo::default()
        };
        let users = entries.iter().map(|id| User { id: id.to_string(), ..User::default() }).collect();
        let value = UsersList { users: Some(users), page_info: Some(Box::new(info)), ..UsersList::default() };
        Ok(Response::new(value, Surface::RestV2))
    }
}

fn lock(tenant: &Mutex<Tenant>) -> MutexGuard<'_, Tenant> {
    tenant.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads all pages. Each request takes as many steps as `delays` has for it.
fn read(tenant: Tenant, ahead: usize, delays: Vec<usize>) -> (Result<BTreeSet<u32>, String>, Tenant) {
    let tenant = Arc::new(Mutex::new(tenant));
    let shared = Arc::clone(&tenant);
    let reader = Reader::new(
        move |position: PagePosition| {
            let tenant = Arc::clone(&shared);
            let mut left = {
                let mut tenant = lock(&tenant);
                tenant.asked.push(position.number);
                delays.get(tenant.asked.len() % delays.len().max(1)).copied().unwrap_or_default()
            };
            let mut is_sent = false;
            poll_fn(move |context| {
                let mut tenant = lock(&tenant);
                if !std::mem::replace(&mut is_sent, true) {
                    tenant.on_the_way += 1;
                    tenant.most_on_the_way = tenant.most_on_the_way.max(tenant.on_the_way);
                }
                tenant.step();
                if left > 0 {
                    left -= 1;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                tenant.on_the_way -= 1;
                Poll::Ready(tenant.page(position.number))
            })
            .boxed()
        },
        None,
    );
    let pages = pages("users.list", PagePosition::first(), true, ahead, reader);
    let ids = |page: Response<UsersList>| {
        let users = page.into_inner().users.unwrap_or_default();
        futures::stream::iter(users.into_iter().map(|user| Ok(user.id.parse::<u32>().expect("a number"))))
    };
    let read = block_on(pages.map_ok(ids).try_flatten().try_collect::<BTreeSet<u32>>());
    let tenant = Arc::into_inner(tenant).expect("the stream is gone").into_inner().expect("no panic");
    (read.map_err(|error: Error| error.to_string()), tenant)
}

#[test]
fn pages_are_asked_for_once_and_several_at_a_time() {
    let (users, tenant) = read(Tenant::new(95, 10, Vec::new()), 4, vec![3]);
    assert_eq!(users.map(|users| users.len()), Ok(95));
    assert_eq!(tenant.asked, (1..=10).collect::<Vec<_>>());
    assert_eq!(tenant.most_on_the_way, 4);
    let (users, tenant) = read(Tenant::new(95, 10, Vec::new()), 0, vec![3]);
    assert_eq!(users.map(|users| users.len()), Ok(95));
    assert_eq!((tenant.asked, tenant.most_on_the_way), ((1..=10).collect::<Vec<_>>(), 1));
}

#[test]
fn a_page_that_has_to_name_the_next_one_is_followed_by_that_alone() {
    let tenant = Tenant { has_cursors: true, ..Tenant::new(95, 10, Vec::new()) };
    let (users, tenant) = read(tenant, 8, vec![3]);
    assert_eq!(users.map(|users| users.len()), Ok(95));
    assert_eq!((tenant.asked, tenant.most_on_the_way), ((1..=10).collect::<Vec<_>>(), 1));
}

#[test]
fn pages_beyond_the_end_of_a_list_that_became_shorter_are_no_failure() {
    // The first pages arrive, then most users leave.
    let mut changes = vec![None; 12];
    changes.extend(vec![Some((false, 90)); 80]);
    let (users, tenant) = read(Tenant::new(95, 10, changes), 8, vec![30, 2, 9]);
    let users = users.expect("a list");
    assert!(tenant.users.iter().all(|user| users.contains(user)), "{users:?} without one of {:?}", tenant.users);
}

proptest! {
    /// Users only join, or only leave: the total then shows each change. Whatever overtakes what, no user is missed who was
    /// there from the beginning to the end.
    #[test]
    fn no_user_is_missed_who_is_there_all_the_time(
        users in 1u32..60,
        size in 1usize..8,
        ahead in 0usize..9,
        joins in any::<bool>(),
        places in prop::collection::vec(prop::option::weighted(0.2, any::<usize>()), 0..120),
        delays in prop::collection::vec(0usize..12, 1..20),
    ) {
        let changes = places.into_iter().map(|place| place.map(|place| (joins, place))).collect();
        let (read, tenant) = read(Tenant::new(users, size, changes), ahead, delays);
        let read = match read {
            Ok(read) => read,
            // The last page may be gone before its turn, which ends a list with or without reading ahead.
            Err(error) => {
                prop_assert!(error.contains("there is no page"), "{}", error);
                return Ok(());
            }
        };
        for user in (0..users).filter(|user| tenant.users.contains(user)) {
            prop_assert!(read.contains(&user), "{} is missing, asked {:?}", user, tenant.asked);
        }
    }
}
