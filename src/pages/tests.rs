//! Lists from scripted pages.

use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use futures::executor::block_on;

use super::*;
use crate::model::{User, UsersList};

/// The requested pages, by number and cursor.
type Asked = Vec<(i64, Option<String>)>;

/// Reads a list from scripted pages. Returns the number of entries, and the requested pages.
fn read(script: Vec<(usize, PageInfo)>) -> (Result<usize, String>, Asked) {
    let ids = (0..script.len()).collect();
    read_with_ids(script, ids)
}

/// The same, with a number for each page that determines the ids of its entries.
fn read_with_ids(script: Vec<(usize, PageInfo)>, ids: Vec<usize>) -> (Result<usize, String>, Asked) {
    let asked = Arc::new(Mutex::new(Asked::new()));
    let log = Arc::clone(&asked);
    let one = move |position: PagePosition| {
        let mut log = log.lock().expect("no panic");
        let (entries, info) = script[log.len()].clone();
        log.push((position.number, position.cursor));
        let named = |place| User { id: format!("{}-{place}", ids[log.len() - 1]), ..User::default() };
        let value = UsersList {
            users: Some((0..entries).map(named).collect()),
            page_info: Some(Box::new(info)),
            ..UsersList::default()
        };
        let answer = Response::new(value, Surface::RestV2);
        async move { Ok(answer) }.boxed()
    };
    let pages = pages("users.list", PagePosition::first(), true, 0, Reader::new(one, None));
    let read = block_on(items(pages).try_collect::<Vec<_>>());
    let asked = Arc::into_inner(asked).expect("the stream is gone").into_inner().expect("no panic");
    (read.map(|items| items.len()).map_err(|error| error.to_string()), asked)
}

fn numbered(page: i64, has_more: bool) -> PageInfo {
    PageInfo { current_page: Some(page), has_more: Some(has_more), ..PageInfo::default() }
}

fn by_cursor(cursor: Option<&str>) -> PageInfo {
    PageInfo { cursor: cursor.map(str::to_owned), has_more: Some(cursor.is_some()), ..PageInfo::default() }
}

#[test]
fn lists_end_by_themselves() {
    let (read_items, asked) = read(vec![(100, numbered(1, true)), (50, numbered(2, false))]);
    assert_eq!(read_items, Ok(150));
    assert_eq!(asked, [(1, None), (2, None)]);
    let (read_items, asked) = read(vec![(2, by_cursor(Some("Mg"))), (2, by_cursor(Some("Mw"))), (1, by_cursor(None))]);
    assert_eq!(read_items, Ok(5));
    assert_eq!(asked, [(1, None), (2, Some("Mg".into())), (3, Some("Mw".into()))]);
    assert_eq!(read(vec![(3, PageInfo::default()), (0, PageInfo::default())]).0, Ok(3));
    let counted =
        |page| PageInfo { current_page: Some(page), per_page: Some(2), total: Some(3), ..PageInfo::default() };
    assert_eq!(read(vec![(2, counted(1)), (1, counted(2))]).0, Ok(3), "the total shows that more follow");
    assert_eq!(read(vec![(0, numbered(1, false))]).0, Ok(0));
}

#[test]
fn a_list_that_shrinks_is_read_again_where_it_did() {
    let page = |page: i64, total: i64, has_more: bool| PageInfo {
        total: Some(total),
        per_page: Some(2),
        ..numbered(page, has_more)
    };
    // A user left before page 3, another one while page 2 was read again, and a third one joined before page 4.
    let pages = vec![
        (2, page(1, 8, true)),
        (2, page(2, 8, true)),
        (2, page(3, 7, true)),
        (2, page(2, 6, true)),
        (2, page(1, 6, true)),
        (1, page(4, 7, false)),
        (2, page(3, 7, true)),
    ];
    let (read, asked) = read(pages);
    assert_eq!(read, Ok(13), "entries with new ids each time");
    let asked: Vec<i64> = asked.into_iter().map(|(number, _)| number).collect();
    assert_eq!(asked, [1, 2, 3, 2, 1, 4, 3]);
}

/// A user of page 1 leaves and two join at the end, before page 2 is read: the first user of page 2 is on page 1 now.
#[test]
fn a_list_that_grows_hides_no_user_who_moved_up() {
    let page = |page: i64, total: i64, has_more: bool| PageInfo {
        total: Some(total),
        per_page: Some(2),
        ..numbered(page, has_more)
    };
    let pages = vec![(2, page(1, 4, true)), (2, page(2, 5, true)), (2, page(1, 5, true)), (1, page(3, 5, false))];
    let (_, asked) = read(pages);
    assert_eq!(asked.into_iter().map(|(number, _)| number).collect::<Vec<_>>(), [1, 2, 1, 3]);
}

#[test]
fn a_list_that_ends_a_page_before_its_total_is_an_error() {
    let page = |total: Option<i64>, has_more: bool| PageInfo {
        total,
        cursor: has_more.then(|| has_more.to_string()),
        has_more: Some(has_more),
        ..PageInfo::default()
    };
    // The totals of two pages, the entries of the second one, and whether they are all.
    let cases = [
        ([Some(8), Some(8)], 1, false),
        ([Some(6), Some(6)], 2, false),
        ([Some(5), Some(5)], 2, true),
        ([Some(3), Some(3)], 1, true),
        ([Some(2), Some(2)], 2, true),
        ([Some(8), Some(9)], 1, true),
        ([Some(8), None], 1, true),
        ([None, Some(8)], 1, true),
    ];
    for (totals, last, is_whole) in cases {
        // The first page is read again if the total has grown.
        let again = (2, page(totals[1], true));
        let (read, _) = read(vec![(2, page(totals[0], true)), (last, page(totals[1], false)), again]);
        assert_eq!(read.is_ok(), is_whole, "{totals:?}, {last}: {read:?}");
    }
    assert_eq!(read(vec![(2, page(Some(8), false))]).0, Ok(2), "one page");
}

#[test]
fn a_list_continues_at_the_first_page_that_is_still_to_be_read() {
    let mut walk = Walk::from(PagePosition::first(), true);
    let mut continues = Vec::new();
    // A user left before page 3 was read.
    for total in [8, 8, 7, 7] {
        let (position, is_again) = walk.next().expect("a page");
        let info = PageInfo { total: Some(total), per_page: Some(2), ..numbered(position.number, true) };
        let users = [User { id: position.number.to_string(), ..User::default() }, User::default()];
        let value = UsersList { users: Some(users.into()), page_info: Some(Box::new(info)), ..UsersList::default() };
        let page = Response::new(value, Surface::GraphQl);
        let place = walk.place("users.list", position, is_again, &page).expect("a place");
        continues.push((place.own.number, place.next.map(|next| next.number)));
    }
    assert_eq!(continues, [(1, Some(2)), (2, Some(3)), (3, Some(2)), (2, Some(4))]);
}

#[test]
fn a_list_that_does_not_describe_its_pages_is_read_until_nothing_is_new() {
    let follow = |firsts: &[&str]| {
        let (mut trail, mut position, mut read) = (Trail::default(), PagePosition::first(), 0);
        for first in firsts {
            read += 1;
            let entries = usize::from(!first.is_empty());
            let shown = Shown { info: None, entries, first: Some(*first).filter(|first| !first.is_empty()) };
            match trail.follow(&position, &shown, Surface::RestV2).expect("no error") {
                Some(next) => position = next,
                None => break,
            }
        }
        read
    };
    assert_eq!(follow(&["a", "b", "", "never"]), 3, "an empty page is the end");
    assert_eq!(follow(&["a", "a", "never"]), 2, "a tenant that ignores the number repeats itself");
    assert_eq!(follow(&["", "never"]), 1);
    // The last page of some tenants has its own cursor again, and no flag.
    let own = |cursor: Option<&str>| PageInfo { cursor: cursor.map(str::to_owned), ..PageInfo::default() };
    let pages = vec![(2, own(Some("Mg"))), (2, own(Some("Mg")))];
    assert_eq!(read(pages).0, Ok(4));
}

#[test]
fn lists_that_would_never_end_are_errors() {
    let more = || PageInfo { has_more: Some(true), ..by_cursor(Some("Mg")) };
    let again = vec![(2, more()), (2, more())];
    assert!(read(again).0.expect_err("a cursor again").contains("cursor"));
    let stuck = vec![(2, numbered(1, true)), (2, numbered(1, true))];
    assert!(read(stuck).0.expect_err("a page again").contains("requested page 2 but got page 1"));
    assert!(read(vec![(0, numbered(1, true))]).0.expect_err("an empty page").contains("empty"));
    let unnumbered = PageInfo { has_more: Some(true), ..PageInfo::default() };
    let (again, _) = read_with_ids(vec![(2, unnumbered.clone()), (2, unnumbered)], vec![7, 7]);
    assert_eq!(again.expect_err("the page again"), "users.list over REST v2: page 2 repeats an earlier page");
}
