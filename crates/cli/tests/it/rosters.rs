//! Rosters with a configuration: renames, ids, rules, and commands that take the users of a file.

use thought_industries_sandbox::Dialect;

use crate::place::Place;

impl Place {
    /// Plans a roster, and returns what is shown of the plan.
    fn planned(&self, roster: &str, options: &[&str]) -> String {
        self.write("roster.csv", roster);
        let (code, printed) = self.ti(&[&["plan", "roster.csv", "--out", "plan.json"], options].concat());
        assert!(code < 2, "{printed}");
        self.ti(&["show", "plan.json"]).1
    }

    /// Two users whom the test made.
    fn with_users(dialect: Dialect) -> Self {
        let place = Self::new(dialect, 30);
        for (email, first) in [("ada@old.example", "Ada"), ("bob@old.example", "Bob")] {
            let first = format!("firstName={first}");
            let fields =
                ["--set", &format!("email={email}"), "--set", &first, "--set", "lastName=Byron"].map(str::to_owned);
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            let (code, printed) = place.ti(&[&["users", "create"], fields.as_slice()].concat());
            assert_eq!(code, 0, "{printed}");
        }
        place
    }
}

#[test]
fn a_rename_is_asked_about_and_ids_are_adopted() {
    for dialect in Dialect::ALL {
        let place = Place::with_users(dialect);
        let roster = "email,firstName,lastName,externalCustomerId\n\
                      ada@new.example,Ada,Byron,E-1\n\
                      bob@old.example,Bob,Byron,E-2\n";
        let keys = ["--match", "externalCustomerId,email"];
        let shown = place.planned(roster, &keys);
        assert!(
            shown.contains("looks like a rename: ada@new.example is new, and ada@old.example is in no row"),
            "{shown}"
        );
        assert!(shown.contains("bob@old.example  (line 3, found by e-mail address)"), "{shown}");
        let shown = place.planned(roster, &[&keys[..], &["--renames", "update"]].concat());
        assert!(shown.contains("ada@old.example  (line 2, found by name)"), "{shown}");
        let (code, printed) = place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]);
        assert_eq!(code, 0, "{dialect}: {printed}");
        place.write("sync.toml", "match = [\"externalCustomerId\", \"email\"]\n[plan]\nrenames = \"create\"\n");
        let shown = place.planned(&roster.replace("bob@old.example", "b@new.example"), &["--config", "sync.toml"]);
        assert!(shown.contains("bob@old.example  (line 3, found by externalCustomerId)"), "{shown}");
        assert!(!shown.contains("ada@"), "{shown}");
    }
}

#[test]
fn the_users_of_a_file_are_added_and_enrolled() {
    let place = Place::with_users(Dialect::Documented);
    place.write("who.csv", "E-Mail,Worker Status\nada@old.example,Active\nbob@old.example,Gone\n");
    place.write(
        "sync.toml",
        "[columns]\n\"Worker Status\" = \"status\"\n[values.status]\nactive = [\"Active\"]\ndisabled = [\"Gone\"]\n",
    );
    let file = ["--file", "who.csv", "--config", "sync.toml", "--audit", "audit.jsonl"];
    let (code, printed) = place.ti(&[&["groups", "add", "grp001"], &file[..]].concat());
    assert_eq!((code, printed.as_str()), (0, "added ada@old.example to grp001\n"));
    place.write("who.csv", "email\nada@old.example\nnew@old.example\nADA@old.example\nbob@old.example\n");
    let (code, printed) = place.ti(&["groups", "add", "grp001", "--file", "who.csv", "--audit", "audit.jsonl"]);
    assert_eq!(code, 1, "{printed}");
    assert!(printed.starts_with("added ada@old.example to grp001\nadded bob@old.example to grp001\n"), "{printed}");
    assert!(printed.contains("new@old.example: ") && printed.contains("no user has that key"), "{printed}");
    let results: Vec<String> = place
        .read("audit.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .filter_map(|record| record.get("result")?.as_str().map(str::to_owned))
        .collect();
    assert_eq!(results, ["done", "done", "not found", "done"]);
    // What is not there for three users is not there for the fourth.
    place.write("who.csv", "email\na@x.example\nb@x.example\nc@x.example\nd@x.example\n");
    let (code, printed) = place.ti(&["enroll", "--file", "who.csv", "--course", "any"]);
    assert_eq!(code, 1, "{printed}");
    assert!(!printed.contains("d@x.example"), "{printed}");
    place.write("who.csv", "email,status\na@x.example,disabled\n");
    let (code, printed) = place.ti(&["enroll", "--file", "who.csv", "--course", "any"]);
    assert_eq!(code, 2, "{printed}");
    assert!(printed.contains("who.csv: no user to write to"), "{printed}");
}

#[test]
fn an_import_takes_a_roster_as_its_configuration_says() {
    let place = Place::new(Dialect::Documented, 30);
    place.write(
        "workers.csv",
        "Mail;Given;Family;State;Cost Center\neve@example.com;Eve;King;In;7\ngone@example.com;Old;Gone;Out;7\n",
    );
    place.write(
        "sync.toml",
        "ignore = [\"Cost Center\"]\n[columns]\nMail = \"email\"\nGiven = \"firstName\"\nFamily = \"lastName\"\nState = \"status\"\n\
         [values.status]\nactive = [\"In\"]\ndisabled = [\"Out\"]\n",
    );
    let (code, printed) = place.ti(&["import", "workers.csv", "--config", "sync.toml"]);
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("1 rows are left out: their users are disabled, or start later"), "{printed}");
    assert_eq!(place.ti(&["users", "get", "eve@example.com"]).0, 0);
    assert_eq!(place.ti(&["users", "get", "gone@example.com"]).0, 1);
}

#[test]
fn a_user_who_is_disabled_already_is_no_change_in_the_audit() {
    let place = Place::with_users(Dialect::Documented);
    for expected in ["done", "no change"] {
        let (code, printed) = place.ti(&["users", "deactivate", "ada@old.example", "--audit", "audit.jsonl"]);
        assert_eq!(code, 0, "{printed}");
        let last = place.read("audit.jsonl").lines().last().map(str::to_owned).unwrap_or_default();
        assert!(last.contains(&format!("\"result\":\"{expected}\"")), "{last}");
    }
}

#[test]
fn rules_give_licenses_and_lost_zeros_are_refused() {
    let place = Place::with_users(Dialect::Documented);
    let (code, printed) = place.ti(&["users", "update", "ada@old.example", "--set", "externalCustomerId=000042"]);
    assert_eq!(code, 0, "{printed}");
    place.write("sync.toml", "[[rules]]\nwhen = 'department = \"Sales\"'\ncourses = [\"c-1\"]\n");
    let shown =
        place.planned("email,department\nbob@old.example,sales\nada@old.example,Legal\n", &["--config", "sync.toml"]);
    assert!(shown.contains("bob@old.example  (line 2)\n") && shown.contains("\n      courseIds "), "{shown}");
    assert!(!shown.contains("ada@"), "{shown}");
    place.write("roster.csv", "email,externalCustomerId\nada@old.example,42\n");
    let (code, printed) = place.ti(&["plan", "roster.csv", "--out", "other.json"]);
    assert_eq!(code, 2, "{printed}");
    assert!(printed.contains("`42` of the roster is `000042` in the tenant\nhelp: nothing was planned"), "{printed}");
    place.write("sync.toml", "[[rules]]\nwhen = 'department = Sales'\ncourses = [\"c-1\"]\n");
    let (code, printed) = place.ti(&["plan", "roster.csv", "--config", "sync.toml", "--out", "other.json"]);
    assert_eq!(code, 2, "{printed}");
    assert!(
        printed.contains("sync.toml: line 2: at character 14: expected a text in quotes, found `Sales`"),
        "{printed}"
    );
}
