//! Files: their forms, what is wrong with some entries, and what one file has twice.

use super::*;
use crate::inbox::Selection;

struct Place {
    folder: tempfile::TempDir,
    inbox: Inbox,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let inbox = Inbox::open(&folder.path().join("inbox.sqlite")).expect("an inbox");
        Self { folder, inbox }
    }

    fn import(&self, name: &str, text: &str) -> Result<Imported, ImportError> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        import_events(&path, None, &self.inbox, 7)
    }

    /// How many events were read, were new, and were refused.
    fn counts(&self, name: &str, text: &str) -> (u64, u64, u64) {
        let imported = self.import(name, text).expect("imported");
        assert_eq!(imported.refused > 0, !imported.problems.is_empty());
        (imported.read, imported.new, imported.refused)
    }

    fn kinds(&self) -> Vec<String> {
        let events = self.inbox.list(None, &Selection::default(), 100).expect("a list");
        events.into_iter().map(|event| event.kind).collect()
    }
}

const JSON: &str = r#"[
    {"id":"e-1","timestamp":"2026-01-01T00:00:00.000Z","user":"ada@example.com","userDetail":{"id":"u-1"},"notifiableId":"c-1"},
    {"id":"e-2","timestamp":"2026-01-01T00:00:01.000Z","user":"bo@example.com","userDetail":{"id":"u-2"},"notifiableId":"c-1"}
]"#;

#[test]
fn one_event_in_any_form_is_one_event() {
    let place = Place::new();
    assert_eq!(place.counts("courseCompletion-1589259213_2026.json", JSON), (2, 2, 0));
    assert_eq!(place.counts("courseCompletion-2.json", JSON), (2, 0, 0));
    let csv = "\u{feff}id,timestamp,user,userDetail.id,notifiableId\r\n\
        e-1,2026-01-01T00:00:00.000Z,ada@example.com,u-1,c-1\r\n\
        ,2026-01-01T00:00:01.000Z,bo@example.com,,c-1\r\n\
        e-3,1767225602000,,u-3,\r\n";
    // The second row has no id, but a file has its event under another one.
    assert_eq!(place.counts("courseCompletion.csv", csv), (3, 2, 0));
    let lines = "\n{\"event\":\"login\",\"id\":\"l-1\"}\n{\"event\":\"login\",\"id\":\"l-2\"}{\"id\":\"l-3\"}\n";
    assert_eq!(place.counts("everything.ndjson", lines), (3, 3, 0));
    let expected = ["courseCompletion"; 4].into_iter().chain(["login", "login", "unknown"]);
    assert_eq!(place.kinds(), expected.collect::<Vec<_>>());
}

#[test]
fn what_is_wrong_with_an_entry_keeps_the_others() {
    let place = Place::new();
    assert_eq!(place.counts("login.json", r#"[{"id":"1"}, 7, null, {"id":"2"}]"#), (2, 2, 2));
    let imported = place.import("login.json", r#"[{"id":"3"}, {"id":"4"}, {"id":"#).expect("imported");
    assert_eq!((imported.read, imported.new, imported.refused), (2, 2, 1));
    assert!(imported.problems[0].contains("the rest of the file cannot be read: EOF"), "{:?}", imported.problems);
    assert_eq!(place.counts("login.json", "[{\"id\":\"5\"}] and more"), (1, 1, 1));
    assert_eq!(place.counts("login.ndjson", "{\"id\":\"6\"}\n{\"id\":\n"), (1, 1, 1));
    let many = format!("[{}]", vec!["1"; 100].join(","));
    assert_eq!(place.import("login.json", &many).expect("imported").problems.len(), MOST_PROBLEMS);
}

#[test]
fn what_is_no_list_of_events_is_refused() {
    let place = Place::new();
    for (text, reason) in [
        ("", "the file is empty"),
        (" \n", "the file is empty"),
        ("email,name\na@b.c,Ada\n", "none of the headings"),
        ("<html>", "none of the headings"),
        ("\u{1f}\u{8b}", "none of the headings"),
    ] {
        let error = place.import("events.csv", text).expect_err(text).to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
    assert!(import_events(&place.folder.path().join("missing"), None, &place.inbox, 0).is_err());
    assert!(import_events(place.folder.path(), None, &place.inbox, 0).is_err());
}

#[test]
fn the_name_of_a_file_gives_a_kind_that_is_known() {
    let kind = |name: &str| kind_of(Path::new(name)).map(|kind| kind.to_string());
    assert_eq!(kind("/a/courseCompletion-1589259213_2020-05-18.json").as_deref(), Some("courseCompletion"));
    assert_eq!(kind("login.csv").as_deref(), Some("login"));
    assert_eq!((kind("export-login.csv"), kind("events"), kind("/")), (None, None, None));
}
