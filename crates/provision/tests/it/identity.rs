//! Which user a row is about, what rules give, and what directories export: planned and carried out on both dialects.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;
use futures::{FutureExt as _, TryStreamExt as _};
use serde_json::json;
use thought_industries::model::User;
use thought_industries::transport::TransportError;
use thought_industries::{Client, UserKey};
use thought_industries_provision::{
    Action, DesiredUser, ErrorKind, Executor, FileAudit, FileJournal, FoundBy, GuardKind, Guards, Learned, Limit,
    MatchBy, MatchKeys, OutcomeKind, Plan, Planner, Policy, Renames, Rollback, Roster, Starters,
};
use thought_industries_sandbox::{Dialect, Sandbox};

use crate::place::{builder_of, read, tenant};
use crate::seam::{HttpResponse, Over, Request, Transport};

async fn planned(client: &Client, roster: &Roster, policy: Policy) -> Plan {
    Planner::new(policy).plan(client, roster).await.expect("a plan")
}

async fn carried_out(client: &Client, plan: &Plan, journal: &std::path::Path) -> Vec<OutcomeKind> {
    let run = FileJournal::open(journal, plan).expect("a journal");
    run.start(plan, "tester", client.now()).expect("started");
    let audit = FileAudit::open(&journal.with_extension("audit")).expect("an audit");
    let executor = Executor::new(client, &run, &audit, "tester");
    let steps: Vec<_> = executor.run(plan).try_collect().await.expect("it ends");
    steps.iter().map(thought_industries_provision::Step::kind).collect()
}

fn both() -> MatchKeys {
    MatchKeys::new([MatchBy::ExternalCustomerId, MatchBy::Email]).expect("two")
}

fn text(value: Option<&String>) -> String {
    value.cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_domain_that_changed_keeps_the_accounts_and_their_ids() {
    for dialect in Dialect::ALL {
        let (_sandbox, client, users) = tenant(dialect).await;
        let folder = tempfile::tempdir().expect("a folder");
        let moved =
            |user: &User| format!("{}@moved.example", text(user.email.as_ref()).split('@').next().unwrap_or_default());
        let row = |user: &User| {
            let row = DesiredUser::new().with("email", moved(user)).with("firstName", text(user.first_name.as_ref()));
            row.with("lastName", text(user.last_name.as_ref())).with("ref1", "moved")
        };
        let roster = Roster::of(users.iter().map(row), MatchBy::Email).expect("a roster");
        let all = Limit::users(users.len());
        let fields = ["email", "ref1"].map(|field| GuardKind::Field(field.to_owned()));
        let guards = fields.into_iter().fold(Guards::new(), |guards, kind| guards.allow(kind, all));
        let policy = Policy::new().deactivate_missing(true).guards(guards.allow(GuardKind::Deactivate, all));
        let asked = planned(&client, &roster, policy.clone()).await;
        let entries = asked.entries.iter().map(|entry| entry.expect("an entry"));
        let found = entries.filter(|entry| entry.found_by.is_some() && entry.action == Action::Problem);
        assert_eq!(found.count(), users.len(), "{dialect}");
        assert_eq!(asked.totals.create, 0, "{dialect}");

        // A user who is in no row of a roster of some users looks renamed if name and local part are the same.
        let guards = Guards::new().allow(GuardKind::Create, all);
        let some = planned(&client, &roster, Policy::new().guards(guards)).await;
        let named = users.iter().filter(|user| user.last_name.is_some()).count();
        assert_eq!((some.totals.problems, some.totals.create), (named, users.len() - named), "{dialect}");
        assert_eq!(
            some.totals.unmanaged,
            asked.totals.unmanaged + asked.totals.deactivate + asked.totals.unchanged + users.len() - named,
            "{dialect}"
        );

        let renamed = planned(&client, &roster, policy.clone().renames(Renames::Update)).await;
        assert_eq!((renamed.totals.create, renamed.totals.update), (0, users.len()), "{dialect}");
        let outcomes = carried_out(&client, &renamed, &folder.path().join("run.jsonl")).await;
        assert!(outcomes.iter().all(|kind| *kind == OutcomeKind::Done), "{dialect}: {outcomes:?}");
        let now =
            client.users().get(UserKey::Id(users[0].id.clone())).profile().send().await.expect("the same account");
        assert_eq!((now.email.clone(), now.ref1.as_deref()), (Some(moved(&users[0])), Some("moved")), "{dialect}");
        assert_eq!(planned(&client, &roster, policy).await.totals.changes(), 0, "{dialect}");
    }
}

#[tokio::test]
async fn ids_are_adopted_and_then_followed() {
    for dialect in Dialect::ALL {
        let (_sandbox, client, users) = tenant(dialect).await;
        let folder = tempfile::tempdir().expect("a folder");
        let without = users.iter().find(|user| user.external_customer_id.is_none());
        let with = users.iter().find(|user| user.external_customer_id.is_some());
        let (without, with) = without.zip(with).expect("users with and without an id");
        let row = |email: &str, id: &str| DesiredUser::new().with("email", email).with("externalCustomerId", id);
        let rows = [row(&text(without.email.as_ref()), "E-1"), row(&text(with.email.as_ref()), "E-2")];
        let plan = planned(&client, &Roster::of(rows, both()).expect("a roster"), Policy::new()).await;
        let entries: Vec<_> = plan.entries.iter().map(|entry| entry.expect("an entry")).collect();
        let found: Vec<_> = entries.iter().map(|entry| (entry.action, entry.found_by)).collect();
        assert_eq!(found.len(), 2);
        assert!(found.contains(&(Action::Update, Some(FoundBy::Email))), "{dialect}: {entries:?}");
        assert!(found.contains(&(Action::Problem, Some(FoundBy::Email))), "{dialect}: {entries:?}");
        carried_out(&client, &plan, &folder.path().join("run.jsonl")).await;
        let next = Roster::of([row("new.address@example.com", "E-1")], both()).expect("a roster");
        let plan = planned(&client, &next, Policy::new()).await;
        let entries: Vec<_> = plan.entries.iter().map(|entry| entry.expect("an entry")).collect();
        assert_eq!(entries.len(), 1, "{dialect}");
        let entry = &entries[0];
        assert_eq!((entry.action, entry.found_by), (Action::Update, Some(FoundBy::ExternalCustomerId)), "{dialect}");
        assert_eq!(entry.id.as_ref(), Some(&without.id), "{dialect}");
    }
}

#[tokio::test]
async fn ids_without_their_zeros_are_refused_and_padded() {
    let (_sandbox, client, users) = tenant(Dialect::Documented).await;
    let email = text(users[0].email.as_ref());
    let fields = thought_industries::UserFields::new().external_customer_id("001234");
    client.users().update(UserKey::Id(users[0].id.clone()), fields).verify(true).send().await.expect("updated");
    let rows = format!("externalCustomerId,email\n1234,{email}\n77,new@example.com\n");
    for settings in
        ["match = \"externalCustomerId\"", "match = \"email\"", "match = [\"externalCustomerId\", \"email\"]"]
    {
        let roster = read(&rows, settings).expect("a roster");
        let error = Planner::new(Policy::new()).plan(&client, &roster).await.expect_err("zeros are lost");
        assert_eq!(error.kind(), ErrorKind::Roster, "{settings}");
        let expected = "an id of the roster has lost its leading zeros: `1234` of the roster is `001234` in the tenant";
        assert_eq!(error.to_string(), expected, "{settings}");
        let roster = read(&rows, &format!("{settings}\n[widths]\nexternalCustomerId = 6\n")).expect("a roster");
        let plan = planned(&client, &roster, Policy::new()).await;
        assert_eq!((plan.totals.unchanged, plan.totals.create, plan.totals.problems), (1, 1, 0), "{settings}");
        let new = plan.entries.get(0).expect("read").expect("an entry");
        assert_eq!(new.fields()["externalCustomerId"], "000077");
    }
}

const RULES: &str = "
[[rules]]
when = 'department = \"Sales\" and `Home Country` in [\"DE\", \"AT\"]'
licenses = [\"L-1\", \"L-2\"]
courses = [\"c-1\"]
[[rules]]
when = 'department != \"Sales\"'
licenses = [\"L-3\"]
";

#[test]
fn rules_give_by_the_columns_and_names_of_a_roster() {
    let licenses = |roster: &Roster| -> Vec<serde_json::Value> {
        let users = roster.users().map(|user| user.expect("a row"));
        users.map(|user| user.fields.get("studentLicenseSkus").cloned().unwrap_or_default()).collect()
    };
    let table = "email,Department,Home Country,status,studentLicenseSkus\n\
                 a@example.com, sales ,DE,active,\n\
                 b@example.com,Sales,FR,active,L-9\n\
                 c@example.com,Legal,DE,active,L-9\n\
                 d@example.com,Sales,DE,disabled,\n\
                 e@example.com,,DE,active,\n";
    let roster = read(table, RULES).expect("a roster");
    let expected = [json!(["L-1", "L-2"]), json!(["L-9"]), json!(["L-9", "L-3"]), json!(null), json!(["L-3"])];
    assert_eq!(licenses(&roster), expected);
    assert!(roster.names_licenses());
    let objects = r#"[
        { "email": "a@example.com", "department": "Sales", "home": { "country": "AT" } },
        { "email": "b@example.com", "department": ["Legal", "sales"], "home": { "country": "DE" } },
        { "email": "c@example.com", "department": null, "home": { "country": "DE" } }
    ]"#;
    let settings = RULES.replace("`Home Country`", "home.country");
    let roster = read(objects, &settings).expect("a roster");
    assert_eq!(licenses(&roster), [json!(["L-1", "L-2"]), json!(["L-1", "L-2"]), json!(["L-3"])]);
    // A column that is not there would make `!=` hold for all users.
    for text in ["email,Home Country\na@example.com,DE\n", "[{\"email\":\"a@example.com\",\"Home Country\":\"DE\"}]"] {
        let error = read(text, RULES).expect_err("no department");
        assert!(error.contains("the rules are about `department`, which the roster does not have"), "{error}");
    }
    let roles = "[[rules]]\nwhen = 'email is not empty'\nrole = \"boss\"\n";
    let error = read("email,role\na@example.com,student\n", roles).expect_err("two roles");
    assert!(
        error.contains("line 2: a rule gives the role `boss`, and the user has the role `student` already"),
        "{error}"
    );
}

#[tokio::test]
async fn licenses_of_rules_take_seats_and_a_license_that_is_full_is_a_problem() {
    for dialect in Dialect::ALL {
        let (_sandbox, client, _) = tenant(dialect).await;
        let clients: Vec<_> = client.clients().list().items().try_collect().await.expect("clients");
        let home = clients[0].id.clone();
        let licenses: Vec<_> =
            client.licenses().of_client(home.as_str()).items().try_collect().await.expect("licenses");
        let sku = licenses.iter().find_map(|license| license.sku.clone()).expect("a SKU");
        let settings = format!("[[rules]]\nwhen = 'department = \"Sales\"'\nlicenses = [\"{sku}\"]\n");
        let new = (0..400).map(|number| format!("new{number}@example.com,Sales,{home}\n"));
        let rows: String = ["email,department,clientId\n".to_owned()].into_iter().chain(new).collect();
        let roster = read(&rows, &settings).expect("a roster");
        let guards = Guards::new().allow(GuardKind::Create, Limit::users(1000));
        let plan = planned(&client, &roster, Policy::new().guards(guards)).await;
        let entries: Vec<_> = plan.entries.iter().map(|entry| entry.expect("an entry")).collect();
        let full =
            entries.iter().filter(|entry| entry.problem.as_ref().is_some_and(|reason| reason.contains("no seat left")));
        assert_eq!(plan.totals.create + full.count(), 400, "{dialect}: {:?}", entries[0]);
        assert!(plan.totals.problems > 0, "{dialect}: the sandbox has no limit below 400");
    }
}

#[tokio::test]
async fn starters_are_created_disabled_and_activated_on_their_day() {
    for dialect in Dialect::ALL {
        let (_sandbox, client, _) = tenant(dialect).await;
        let folder = tempfile::tempdir().expect("a folder");
        let settings = "[columns]\nHired = \"start\"\n";
        let rows = |hired: &str, status: &str| {
            read(format!("email,firstName,Hired,status\nnew@example.com,Ada,{hired},{status}\n"), settings)
                .expect("a roster")
        };
        let policy = Policy::new().starters(Starters::Disabled);
        let plan = planned(&client, &rows("2126-01-01", "active"), policy.clone()).await;
        assert_eq!((plan.totals.create, plan.totals.waiting), (1, 0), "{dialect}");
        let journal = folder.path().join("run.jsonl");
        assert_eq!(carried_out(&client, &plan, &journal).await, [OutcomeKind::Done], "{dialect}");
        let disabled = || async {
            let key = UserKey::Email("new@example.com".to_owned());
            client.users().get(key).profile().send().await.expect("a user").disabled
        };
        assert_eq!(disabled().await, Some(true), "{dialect}");
        // Before the day, nothing is to be done; then the user is activated.
        let plan = planned(&client, &rows("2126-01-01", "active"), policy.clone()).await;
        assert_eq!(plan.totals.changes(), 0, "{dialect}");
        let plan = planned(&client, &rows("2020-01-01", "active"), policy.clone()).await;
        assert_eq!((plan.totals.changes(), plan.totals.reactivate), (1, 1), "{dialect}");
        // What has no status would never be activated.
        let plan = planned(&client, &rows("2126-01-01", ""), policy).await;
        assert_eq!(plan.totals.problems, 0, "{dialect}: the user is there");
        // Without v1, a user cannot be deleted.
        for delete in [false].into_iter().chain((dialect == Dialect::Documented).then_some(true)) {
            let rollback = Rollback::new().delete_created(delete).plan(&journal).expect("a rollback");
            let outcomes = carried_out(&client, &rollback, &folder.path().join(format!("undo-{delete}.jsonl"))).await;
            assert_eq!(outcomes, [OutcomeKind::Done], "{dialect} {delete}");
        }
    }
}

/// Refuses every update while it is set, and passes on all other requests.
#[derive(Debug)]
struct Refusing {
    http: reqwest::Client,
    is_set: Arc<AtomicBool>,
}

impl Transport for Refusing {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        async move {
            if request.method == "PUT" && self.is_set.load(Ordering::Relaxed) {
                return Ok(HttpResponse::new(422, "application/json", r#"{"errors":[{"message":"not now"}]}"#));
            }
            let method = request.method.parse().expect("a method");
            let headers = request.headers.iter();
            let sent =
                headers.fold(self.http.request(method, &request.url), |sent, (name, value)| sent.header(name, value));
            let response = sent.body(request.body).send().await.expect("the sandbox responds");
            let (status, body) = (response.status().as_u16(), response.bytes().await.expect("a body"));
            Ok(HttpResponse::new(status, "application/json", body.to_vec()))
        }
        .boxed()
    }
}

#[tokio::test]
async fn a_starter_who_could_not_be_disabled_is_disabled_by_the_next_run_and_not_created_again() {
    let sandbox = Sandbox::new(Dialect::Documented).users(20).start().await.expect("a sandbox starts");
    let is_set = Arc::new(AtomicBool::new(true));
    let refusing = Refusing { http: reqwest::Client::new(), is_set: Arc::clone(&is_set) };
    let builder = builder_of(&sandbox);
    let client = builder.with_service(Over::new(refusing)).build().expect("right settings");
    let folder = tempfile::tempdir().expect("a folder");
    let text = "email,firstName,Hired,status\nnew@example.com,Ada,2126-01-01,active\n";
    let roster = read(text, "[columns]\nHired = \"start\"\n").expect("a roster");
    let plan = planned(&client, &roster, Policy::new().starters(Starters::Disabled)).await;
    let journal = folder.path().join("run.jsonl");
    assert_eq!(carried_out(&client, &plan, &journal).await, [OutcomeKind::Partial]);
    is_set.store(false, Ordering::Relaxed);
    assert_eq!(carried_out(&client, &plan, &journal).await, [OutcomeKind::Done]);
    let key = UserKey::Email("new@example.com".to_owned());
    assert_eq!(client.users().get(key).profile().send().await.expect("a user").disabled, Some(true));
    let operations: Vec<&str> = sandbox.effects().iter().map(|effect| effect.operation).collect();
    assert_eq!(operations, ["users.create", "users.update-status"]);
}

#[tokio::test]
async fn a_starter_without_a_status_is_not_created() {
    let (_sandbox, client, _) = tenant(Dialect::Documented).await;
    let text = "email,Hired\nnew@example.com,2126-01-01\n";
    let roster = read(text, "[columns]\nHired = \"start\"\n").expect("a roster");
    let plan = planned(&client, &roster, Policy::new().starters(Starters::Disabled)).await;
    assert_eq!((plan.totals.create, plan.totals.problems), (0, 1));
}

/// Responses of directories about two users: Ada, who is active, and Bob, who is not.
const DIRECTORIES: [(&str, &str); 4] = [
    (
        "Okta",
        r#"[
  { "id": "00u1", "status": "ACTIVE", "created": "2020-01-01T00:00:00.000Z", "type": { "id": "oty1" },
    "profile": { "login": "ada@example.com", "email": "ada@example.com", "firstName": "Ada", "lastName": "Müller",
      "employeeNumber": "007", "mobilePhone": null }, "credentials": { "provider": { "type": "OKTA" } } },
  { "id": "00u2", "status": "DEPROVISIONED", "created": "2020-01-01T00:00:00.000Z", "type": { "id": "oty1" },
    "profile": { "login": "bob@example.com", "email": "bob@example.com", "firstName": "Bob", "lastName": "Byron",
      "employeeNumber": "008", "mobilePhone": null }, "_links": { "self": { "href": "https://acme.example" } } }
]"#,
    ),
    (
        "Google Workspace",
        r#"{
  "kind": "admin#directory#users",
  "users": [
    { "id": "1", "primaryEmail": "ada@example.com", "name": { "givenName": "Ada", "familyName": "Müller", "fullName": "Ada Müller" },
      "suspended": false, "emails": [{ "address": "ada@example.com", "primary": true }],
      "externalIds": [{ "value": "007", "type": "organization" }] },
    { "id": "2", "primaryEmail": "bob@example.com", "name": { "givenName": "Bob", "familyName": "Byron", "fullName": "Bob Byron" },
      "suspended": true, "externalIds": [{ "value": "008", "type": "organization" }] }
  ]
}"#,
    ),
    (
        "Microsoft Entra",
        r#"{"@odata.context":"https://graph.example/$metadata#users","value":[
{"id":"a","mail":"ada@example.com","givenName":"Ada","surname":"Müller","accountEnabled":true,"employeeId":"007","userPrincipalName":"ada@example.com"},
{"id":"b","mail":"bob@example.com","givenName":"Bob","surname":"Byron","accountEnabled":false,"employeeId":null,"userPrincipalName":"bob@example.com"}]}"#,
    ),
    (
        "Okta",
        "{\"status\":\"ACTIVE\",\"profile\":{\"email\":\"ada@example.com\",\"firstName\":\"Ada\",\"lastName\":\"Müller\",\"employeeNumber\":\"007\"}}\n\
         {\"status\":\"SUSPENDED\",\"profile\":{\"email\":\"bob@example.com\",\"firstName\":\"Bob\",\"lastName\":\"Byron\"}}\n",
    ),
];

#[test]
fn responses_of_directories_are_learned_and_read() {
    for (system, text) in DIRECTORIES {
        let learned = Learned::of(text.as_bytes(), "users.json").unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!((learned.system, learned.rows), (Some(system), 2), "{text}");
        assert!(!learned.is_undecided(), "{}", learned.to_config());
        let settings = learned.to_config();
        let roster = read(text, &settings).unwrap_or_else(|error| panic!("{error}\n{settings}"));
        let users: Vec<DesiredUser> = roster.users().map(|user| user.expect("a row")).collect();
        let name =
            |user: &DesiredUser| ["email", "firstName", "lastName"].map(|field| user.text(field).map(str::to_owned));
        let of = |texts: [&str; 3]| texts.map(|text| Some(text.to_owned()));
        assert_eq!(name(&users[0]), of(["ada@example.com", "Ada", "Müller"]), "{settings}");
        assert_eq!(name(&users[1]), of(["bob@example.com", "Bob", "Byron"]), "{settings}");
        assert_eq!(users[0].text("externalCustomerId"), Some("007"), "{settings}");
        assert_eq!(users.iter().map(|user| user.disabled).collect::<Vec<_>>(), [Some(false), Some(true)], "{settings}");
        // What a directory does not know clears nothing.
        assert!(users.iter().all(|user| user.fields.values().all(|value| !value.is_null())), "{settings}");
    }
    // More within what is ignored is ignored as well.
    let settings = Learned::of(DIRECTORIES[1].1.as_bytes(), "users.json").expect("learned").to_config();
    let more = DIRECTORIES[1]
        .1
        .replace("\"primary\": true }", "\"primary\": true }, { \"address\": \"x@example.com\", \"type\": \"home\" }");
    read(&more, &settings).expect("read");
    let part = DIRECTORIES[1].1.replace("  ]\n}", "  ],\n  \"nextPageToken\": \"x\"\n}");
    assert!(read(&part, &settings).expect_err("a part").contains("it is one page of a longer list (`nextPageToken`)"));
}
