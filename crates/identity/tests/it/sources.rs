//! Files as systems export them, and what is kept between runs.

use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;
use thought_industries::Date;
use thought_industries_identity::{
    Account, Address, FindingState, GraphConfig, HandLink, Identity, Report, Rule, Source, SourceKind, State,
    StateFile, Status, Tenant, reconcile,
};

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    fn read(&self, kind: SourceKind, name: &str, text: &str, config: &str) -> Source {
        let config = GraphConfig::parse(config).expect("a configuration");
        let path = self.write(name, text);
        Source::read(kind, &path, &config, true, date("2026-11-22T12:00:00Z")).expect("a source")
    }
}

#[test]
fn users_of_okta_have_their_ids_and_their_own_addresses_prove_nothing() {
    let user = |id: &str, status: &str, login: &str, second: &str| {
        let profile = json!({
            "login": login, "email": login, "secondEmail": second, "firstName": "Ada", "lastName": "Byron",
            "employeeNumber": format!("E{id}"), "department": "Sales",
        });
        json!({ "id": id, "status": status, "created": "2024-01-31T08:00:00.000Z", "profile": profile })
    };
    let users = json!([
        user("00u1", "ACTIVE", "Ada@Example.com", "victim@mail.example"),
        user("00u2", "DEPROVISIONED", "eve@example.com", ""),
    ]);
    let files = Files::new();
    let source =
        files.read(SourceKind::Idp, "okta.json", &users.to_string(), "hidden = '`profile.department` = \"sales\"'");
    let expected = |id: &str, address: &str| {
        Identity::new().key(id).number(&format!("E{id}")).address(address).name("Ada", "Byron").expected(true)
    };
    let left = expected("00u2", "eve@example.com").status(Status::Left(None));
    assert_eq!(source.identities, [expected("00u1", "ada@example.com"), left]);
    assert_eq!(source.doubts, Vec::<String>::new());
}

#[test]
fn users_of_entra_have_the_aliases_of_exchange() {
    let users = json!({ "value": [{
        "id": "8c1f", "userPrincipalName": "ada@corp.example", "mail": "ada.byron@corp.example", "accountEnabled": true,
        "givenName": "Ada", "surname": "Byron", "employeeId": "7", "displayName": "Ada Byron",
        "proxyAddresses": ["SMTP:ada.byron@corp.example", "smtp:Ada.King@old.example", "SIP:ada@corp.example", "X500:/o=x"],
    }]});
    let source = Files::new().read(SourceKind::Idp, "entra.json", &users.to_string(), "");
    let [ada] = source.identities.as_slice() else { panic!("{:?}", source.identities) };
    let aliases: Vec<&str> = ada.aliases.iter().map(Address::as_str).collect();
    let own = ada.address.as_ref().map(Address::as_str);
    assert_eq!((ada.key.as_deref(), ada.number.as_deref(), &ada.status), (Some("8c1f"), Some("7"), &Status::Active));
    assert!(aliases.contains(&"ada.king@old.example"), "{aliases:?}");
    assert!(aliases.iter().copied().chain(own).all(|address| !address.contains("sip") && !address.contains('/')));
    assert!(own.is_some_and(|own| !aliases.contains(&own)), "{own:?} {aliases:?}");
}

#[test]
fn what_may_be_missing_is_said() {
    let files = Files::new();
    let heading = "Employee ID,Legal First Name,Legal Last Name,Primary Work Email,Worker Status\n";
    let row = |row: usize| format!("E{row},A,B,p{row}@corp.example,Active\n");
    let rows = |count: usize| (0..count).map(row).collect::<Vec<_>>().concat();
    let doubts = |text: String, config: &str| files.read(SourceKind::Hr, "hr.csv", &text, config).doubts;
    assert_eq!(doubts(format!("{heading}{}", rows(3)), ""), Vec::<String>::new());
    assert_eq!(doubts(format!("{heading}{}", rows(200)), "").len(), 1, "as a page has");
    assert_eq!(doubts(format!("{heading}{}", rows(200)), "[hr]\ncomplete = true"), Vec::<String>::new());
    let torn = doubts(format!("{heading}{}E9,A,B,no address,Active\n", rows(2)), "");
    assert_eq!(torn, ["line 4 cannot be read: `no address` is not an e-mail address"]);
    assert_eq!(doubts(format!("{heading}{}", rows(2)), "[hr]\ncomplete = false").len(), 1);
}

const START: &str = "2026-11-22T12:00:00Z";

/// A run in which `eve` has left or not.
fn run(
    state: &mut State,
    at: &str,
    has_left: bool,
    tenant: &str,
) -> Result<Report, thought_industries_identity::Error> {
    let at = date(at);
    let status = if has_left { Status::Left(Some("2026-11-01".into())) } else { Status::Active };
    let staff = vec![
        Identity::new().number("1").address("ada@example.com"),
        Identity::new().number("2").address("eve@example.com").status(status),
    ];
    let hr = Source::new(SourceKind::Hr, "hr.csv", at, staff);
    let users = vec![
        Account::new("u-1").email("ada@example.com").role("student"),
        Account::new("u-2").email("eve@example.com").role("student"),
        Account::new("u-3").email("kiosk@example.com").role("student"),
    ];
    let tenant = Tenant::new(tenant, at, users, ["student".to_owned()]);
    let outcome = reconcile(vec![hr], &tenant, &[], &GraphConfig::default(), state.memory(), at);
    state.settle(outcome)
}

fn states(report: &Report) -> Vec<(&str, FindingState, i64, u32)> {
    let findings = report.findings.iter();
    findings.map(|own| (own.finding.key.as_str(), own.state, own.age_days, own.reopened)).collect()
}

#[test]
fn findings_age_are_accepted_for_a_time_fixed_once_and_reopened() {
    use FindingState::{Accepted, Fixed, Open};

    let mut state = State::default();
    let tenant = "https://a.example/";
    let mut at = |at: &str, has_left| run(&mut state, at, has_left, tenant).expect("a report");
    assert_eq!(states(&at(START, true)), [("leaver/u-2", Open, 0, 0), ("orphan/u-3", Open, 0, 0)]);
    assert_eq!(states(&at("2026-11-25T12:00:00Z", true)), [("leaver/u-2", Open, 3, 0), ("orphan/u-3", Open, 3, 0)]);
    let now = date("2026-11-25T12:00:00Z");
    state.accept("orphan/u-3", "a kiosk", "2026-11-30", now, "ada").expect("accepted");
    let refused = [("orphan/u-3", " ", "2026-11-30"), ("orphan/u-3", "x", "2026-11-24"), ("orphan/u-3", "x", "soon")];
    for (key, reason, until) in refused.into_iter().chain([("orphan/u-9", "x", "2026-11-30")]) {
        assert!(state.accept(key, reason, until, now, "ada").is_err(), "{key} {reason} {until}");
    }
    let mut at = |at: &str, has_left| run(&mut state, at, has_left, tenant).expect("a report");
    let report = at("2026-11-30T23:00:00Z", false);
    assert_eq!(states(&report), [("leaver/u-2", Fixed, 8, 0), ("orphan/u-3", Accepted, 8, 0)]);
    assert!(!report.has_open());
    assert_eq!(states(&at("2026-12-01T00:30:00Z", false)), [("orphan/u-3", Open, 8, 0)], "fixed is reported once");
    assert_eq!(states(&at("2026-12-02T12:00:00Z", true))[0], ("leaver/u-2", Open, 0, 1));
    assert_eq!(at("2026-12-03T12:00:00Z", true).runs.len(), 6);
    let error = run(&mut state, START, true, "https://b.example/").expect_err("another tenant");
    assert!(error.to_string().starts_with("the state is that of https://a.example/"), "{error}");
}

#[test]
fn a_link_by_hand_wins_and_a_person_who_is_gone_is_a_leaver_by_absence() {
    let mut state = State::default();
    state.link(HandLink::new("KIOSK@example.com", "hr:1", date(START), "ada"));
    let report = run(&mut state, START, false, "https://a.example/").expect("a report");
    let link = report.links.iter().find(|link| link.account == "u-3").expect("a link");
    assert_eq!((link.person.as_str(), link.rule), ("hr:1", Rule::Manual));
    assert!(state.unlink("KIOSK@example.com") && !state.unlink("KIOSK@example.com"));

    // The next list has no row of Eve any more.
    let at = date("2026-11-23T12:00:00Z");
    let staff = vec![Identity::new().number("1").address("ada@example.com")];
    let users = vec![Account::new("u-2").email("eve@example.com").role("student")];
    let tenant = Tenant::new("https://a.example/", at, users, ["student".to_owned()]);
    for (is_complete, expected) in [(true, vec!["leaver/u-2"]), (false, vec!["stale-source/hr"])] {
        let hr = Source::new(SourceKind::Hr, "hr.csv", at, staff.clone());
        let hr = if is_complete { hr } else { hr.incomplete("a filter") };
        let outcome = reconcile(vec![hr], &tenant, &[], &GraphConfig::default(), state.memory(), at);
        let keys: Vec<&str> = outcome.findings.iter().map(|finding| finding.key.as_str()).collect();
        assert_eq!(keys, expected);
    }
}

#[test]
fn a_state_is_kept_for_its_owner_and_a_wrong_file_is_left_alone() {
    let files = Files::new();
    let path = files.0.path().join("state.json");
    let mut file = StateFile::open(&path).expect("a new state");
    run(&mut file.state, START, true, "https://a.example/").expect("a report");
    file.save().expect("saved");
    let before = file.state.clone();
    assert!(StateFile::open(&path).is_err(), "it is in use");
    drop(file);
    assert_eq!(StateFile::open(&path).expect("the state").state, before);
    for (text, reason) in [("{\"version\":9}", "this is a state of version 9"), ("[]", "this is not a state")] {
        let path = files.write("wrong.json", text);
        let error = StateFile::open(&path).expect_err(text).to_string();
        assert!(error.contains(reason), "{error}");
        assert_eq!(std::fs::read_to_string(&path).expect("the file"), text);
    }
}
