//! The store: what is found by an index, what survives, and which write comes next.

use serde_json::{Map, json};

use super::*;
use crate::filter::Search;
use crate::store::{JobKind, JobState, NewJob, Person, RosterRow, Scope, Window, read, write};

fn store() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(&folder.path().join("scim.db")).expect("a store");
    (folder, store)
}

fn row(id: &str, email: &str, generation: i64) -> RosterRow {
    let facts = json!({ "email": email, "disabled": false });
    RosterRow {
        id: id.to_owned(),
        facts: serde_json::from_value(facts).expect("facts"),
        role: Some("student".to_owned()),
        client: Some("c".to_owned()),
        created: 5,
        seen: 100,
        is_written: false,
        generation,
    }
}

fn person(user_name: &str, email: &str) -> Person {
    let document = json!({ "emails": [{ "value": email }] });
    Person {
        connection: "okta".to_owned(),
        user_name: user_name.to_owned(),
        external_id: Some("e1".to_owned()),
        document: serde_json::from_value(document).expect("a document"),
        modified: 7,
    }
}

fn scope() -> Scope {
    Scope { connection: "okta".to_owned(), domains: None, client: None, roles: vec!["student".to_owned()] }
}

fn found(store: &SqliteStore, scope: &Scope, search: &Search) -> Vec<String> {
    read(store, |tables| {
        let mut ids = Vec::new();
        tables.users(scope, search, &Window::default(), &mut |row| {
            ids.push(row.id);
            true
        })?;
        Ok(ids)
    })
    .expect("read")
}

#[test]
fn users_are_found_by_every_index_within_their_scope() {
    let (_folder, store) = store();
    write(&store, |tables| {
        tables.put_roster(&row("1", "Ada@Example.com", 1))?;
        tables.put_roster(&row("2", "grace@other.example", 1))?;
        tables.put_roster(&RosterRow { role: Some("admin".to_owned()), ..row("3", "root@example.com", 1) })?;
        tables.put_roster(&RosterRow { role: None, ..row("4", "none@example.com", 1) })?;
        Ok(tables.put_person("1", &person("Countess", "ada@home.example"))?)
    })
    .expect("written");
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    for (search, expected) in [
        (Search::All, vec!["1", "2"]),
        (Search::Ids(names(&["2", "3", "9"])), vec!["2"]),
        (Search::UserNames(names(&["countess"])), vec!["1"]),
        (Search::UserNames(names(&["grace@other.example"])), vec!["2"]),
        (Search::Emails(names(&["ada@home.example", "ada@example.com"])), vec!["1"]),
        (Search::ExternalIds(names(&["e1"])), vec!["1"]),
    ] {
        assert_eq!(found(&store, &scope(), &search), expected, "{search:?}");
    }
    // A linked user stays visible when the address moves to another domain.
    let narrow = Scope { domains: Some(names(&["elsewhere.example"])), ..scope() };
    assert_eq!(found(&store, &narrow, &Search::All), ["1"]);
    let other = Scope { connection: "entra".to_owned(), ..narrow };
    assert_eq!(found(&store, &other, &Search::All), Vec::<String>::new());
    assert_eq!(found(&store, &Scope { client: Some("d".to_owned()), ..scope() }, &Search::All), Vec::<String>::new());
    write(&store, |tables| Ok(tables.bury("1", "okta", 0)?)).expect("buried");
    assert_eq!(found(&store, &scope(), &Search::All), ["2"]);
}

#[test]
fn users_whom_a_whole_read_has_not_shown_are_forgotten() {
    let (_folder, store) = store();
    let left = write(&store, |tables| {
        tables.put_roster(&row("1", "a@b.example", 1))?;
        tables.put_person("1", &person("a", "a@b.example"))?;
        tables.put_roster(&row("2", "c@d.example", 2))?;
        // The gateway wrote to this one at 100, which reads may not show yet.
        tables.put_roster(&RosterRow { is_written: true, ..row("3", "e@f.example", 1) })?;
        assert_eq!((tables.forget_before(2, 100)?, tables.user("okta", "3")?.is_some()), (1, true));
        assert_eq!(tables.forget_before(2, 101)?, 1);
        Ok((tables.user("okta", "1")?, tables.id_by_user_name("okta", "a")?, tables.user("okta", "2")?.is_some()))
    });
    assert_eq!(left.expect("written"), (None, None, true));
}

#[test]
fn the_time_of_a_change_follows_what_changes() {
    let (_folder, store) = store();
    let changed = |row: &RosterRow| {
        write(&store, |tables| {
            tables.put_roster(row)?;
            Ok(tables.user("okta", "1")?.map(|row| row.changed))
        })
        .expect("written")
    };
    let first = row("1", "a@b.example", 1);
    assert_eq!(changed(&first), Some(100));
    assert_eq!(changed(&RosterRow { seen: 200, ..first.clone() }), Some(100));
    assert_eq!(changed(&RosterRow { seen: 300, ..row("1", "new@b.example", 1) }), Some(300));
}

fn job(subject: &str, kind: JobKind) -> NewJob {
    NewJob {
        connection: "okta".to_owned(),
        kind,
        user: None,
        subject: subject.to_owned(),
        document: Map::new(),
        fields: Map::new(),
        active: None,
        is_held: false,
    }
}

#[test]
fn leavers_come_first_and_no_user_is_written_to_twice_at_once() {
    let (_folder, store) = store();
    let next = || {
        write(&store, |tables| {
            let Some(job) = tables.next_job(10)? else { return Ok(None) };
            let id = job.id;
            tables.put_job(&crate::store::Job { state: JobState::Running, ..job }, 10)?;
            Ok(Some(id))
        })
        .expect("written")
    };
    write(&store, |tables| {
        tables.add_job(&job("a", JobKind::Update), 0)?;
        tables.add_job(&job("a", JobKind::Update), 0)?;
        tables.add_job(&job("b", JobKind::Update), 0)?;
        tables.add_job(&job("b", JobKind::Disable), 0)?;
        tables.add_job(&NewJob { is_held: true, ..job("c", JobKind::Delete) }, 0)?;
        Ok(())
    })
    .expect("written");
    assert_eq!([next(), next(), next()], [Some(4), Some(1), None], "the rest waits for what is under way");
    write(&store, |tables| {
        let done = tables.job(1)?.expect("a job");
        tables.put_job(&crate::store::Job { state: JobState::Done, ..done }, 20)?;
        assert_eq!(tables.disabled_since("okta", 0)?, 1);
        assert_eq!(tables.release_jobs(Some("entra"), 20)?, 0);
        assert_eq!(tables.release_jobs(Some("okta"), 20)?, 1);
        Ok(())
    })
    .expect("written");
    assert_eq!([next(), next(), next()], [Some(5), Some(2), None]);
}

#[test]
fn what_was_written_is_there_again_and_what_failed_is_not() {
    let (folder, store) = store();
    let failed = write(&store, |tables| {
        tables.set_note("a", "1")?;
        Err::<(), _>(ScimError::new(400, "no"))
    });
    assert_eq!(failed.expect_err("refused").status, 400);
    write(&store, |tables| Ok(tables.set_note("b", "2")?)).expect("written");
    let copy = folder.path().join("copy.db");
    store.backup(&copy).expect("copied");
    assert!(store.backup(&copy).expect_err("there").to_string().contains("exists"));
    drop(store);
    for path in [folder.path().join("scim.db"), copy] {
        let again = SqliteStore::open(&path).expect("a store");
        again.check().expect("sound");
        let notes = read(&again, |tables| Ok((tables.note("a")?, tables.note("b")?)));
        assert_eq!(notes.expect("read"), (None, Some("2".to_owned())));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        }
    }
}

#[test]
fn what_is_no_store_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.db");
    std::fs::write(&path, "not a database, but a letter to a friend").expect("written");
    assert!(SqliteStore::open(&path).is_err());
    assert_eq!(std::fs::read_to_string(&path).expect("a file"), "not a database, but a letter to a friend");
    let other = folder.path().join("theirs.db");
    Connection::open(&other).expect("a database").execute_batch("CREATE TABLE t (a)").expect("a table");
    assert!(SqliteStore::open(&other).expect_err("theirs").to_string().contains("another program"));
    let newer = folder.path().join("newer.db");
    drop(SqliteStore::open(&newer).expect("a store"));
    Connection::open(&newer).expect("a database").pragma_update(None, "user_version", 99).expect("set");
    assert!(SqliteStore::open(&newer).expect_err("newer").to_string().contains("newer version"));
}

#[test]
fn one_process_carries_out_the_writes_of_a_store() {
    let (_folder, store) = store();
    let claim = store.claim().expect("claimed");
    assert!(store.claim().expect_err("claimed twice").to_string().contains("another gateway uses this store"));
    drop(claim);
    store.claim().expect("claimed again");
}
