//! Writes: what is sent on each route, what took effect, and what is never done by accident.

#![allow(clippy::unnecessary_wraps, clippy::needless_pass_by_value, reason = "what a request comes to is a result")]

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use thought_industries::operations::{content_bulk_assign, licenses_bulk_assign, users_bulk_import};
use thought_industries::transport::{Response, TransportError};
use thought_industries::{
    Client, Error, Input, LicenseFields, RetryPolicy, Secret, Step, Surface, UserFields, UserKey, UserStatus,
};
use thought_industries_sandbox::{Dialect as Tenant, RunningSandbox, Sandbox};

use crate::script::{Script, client_of, now};

const ID: &str = "00000000-0000-4000-8000-000000000000";

fn ada() -> UserFields {
    UserFields::new().email("ada@example.com").first_name("Ada").last_name("Byron")
}

fn operations(tenant: &RunningSandbox) -> Vec<&'static str> {
    tenant.effects().iter().map(|effect| effect.operation).collect()
}

async fn start(dialect: Tenant) -> (RunningSandbox, Client) {
    let tenant = Sandbox::new(dialect).start().await.expect("a sandbox starts");
    let client = client_of(&tenant);
    (tenant, client)
}

/// An active learner with a client and one record.
async fn learner(client: &Client) -> thought_industries::model::User {
    use futures::TryStreamExt as _;
    let mut people = client.users().list().set_role("learner").items();
    while let Some(person) = people.try_next().await.expect("people") {
        let person = client.users().get(UserKey::Id(person.id)).send().await.expect("a person").into_inner();
        let is_plain = person.disabled == Some(false) && person.manager_user_id.is_none() && person.email.is_some();
        if is_plain && person.client_id.is_some() {
            return person;
        }
    }
    panic!("no learner")
}

/// Every write on every surface that has it, as it is sent.
#[test]
fn requests_of_writes() {
    let mut all = String::new();
    // What each surface is asked after: the answers that lead there.
    let to_v2 = [(404, ""), (404, "")];
    let mut pin = |operation: &str, detour: &[(u16, &str)], call: &dyn Fn(Client) -> Option<Error>| {
        let script = Script::json(detour);
        script.then(Ok(Response::new(403, "application/json", "")));
        let error = call(script.client()).expect("a refusal ends the call once the request is known");
        assert_eq!(error.status(), Some(403), "{operation}: {error}");
        writeln!(all, "# {operation}\n{}\n", script.sent().last().expect("a request")).expect("a string");
    };
    let update = UserFields::new().first_name("Ada").last_name(Input::Null).custom_field("department", "R&D");
    let who = || UserKey::Id(ID.to_owned());
    pin("users.create", &[], &|client| now(client.users().create(ada()).send()).err());
    pin("users.create, upsert", &[], &|client| now(client.users().create(ada()).upsert(true).send()).err());
    pin("users.create", &[], &|client| now(client.users().create(ada().password("correct horse")).send()).err());
    pin("users.update", &[], &|client| now(client.users().update(who(), update.clone()).send()).err());
    pin("users.update", &to_v2, &|client| now(client.users().update(who(), update.clone()).send()).err());
    let seen = whole_person().to_string();
    let over_v1 = update.clone().sso_id("sso");
    pin("users.update", &[(200, seen.as_str())], &|client| {
        now(client.users().update(who(), over_v1.clone()).send()).err()
    });
    let disable = |client: Client| now(client.users().update_status(who(), UserStatus::Disabled).send()).err();
    pin("users.update-status", &[], &disable);
    pin("users.delete", &[], &|client| now(client.users().delete(who())).err());
    for detour in [&[][..], &to_v2] {
        pin("users.make-dual-role", detour, &|client| now(client.users().make_dual_role(who(), Some("admin"))).err());
        pin("users.remove-dual-role", detour, &|client| now(client.users().remove_dual_role(&[ID.to_owned()])).err());
        let import =
            || users_bulk_import::Variables { dry_run: true.into(), ..import_of("https://hr.example/people.csv") };
        pin("users.bulk-import", detour, &|client| now(client.users().bulk_import(import())).err());
        pin("licenses.bulk-assign", detour, &|client| now(client.licenses().bulk_assign(vec![licenses_of(ID)])).err());
        pin("content.bulk-assign", detour, &|client| now(client.content().bulk_assign(vec![content_of(ID)])).err());
    }
    pin("groups.add-user", &[], &|client| now(client.groups().add_user("grp001", who())).err());
    pin("courses.enroll", &[], &|client| now(client.courses().enroll("crs001", who())).err());
    let license = || LicenseFields::new().name("Team").seats_limit(5);
    pin("licenses.create", &[], &|client| now(client.licenses().create(ID, license())).err());
    pin("licenses.update", &[], &|client| now(client.licenses().update(ID, license())).err());
    pin("licenses.delete", &[], &|client| now(client.licenses().delete(ID)).err());
    pin("clients.update-status", &[], &|client| now(client.clients().update_status(ID, UserStatus::Disabled)).err());
    let secret = Secret::from("hook-secret");
    pin("webhooks.create", &[], &|client| {
        now(client.webhooks().create("https://hr.example/ti", &["user.created"], &secret)).err()
    });
    insta::assert_snapshot!(all);
}

/// Somebody as v1 shows them, with everything that it takes.
fn whole_person() -> Value {
    json!({ "user": {
        "id": ID, "email": "ada@example.com", "firstName": "A", "lastName": "B", "role": "learner", "groups": [],
        "customFields": { "a": 1 }, "active": true, "ssoId": null, "avatarUrl": null, "language": null, "createdAt": null,
    } })
}

/// An import of the file at an address, and nothing more.
fn import_of(url: &str) -> users_bulk_import::Variables {
    users_bulk_import::Variables {
        url: url.to_owned(),
        dry_run: Input::Absent,
        client_id: Input::Absent,
        bundle_ids: Input::Absent,
        course_ids: Input::Absent,
        invite_message: Input::Absent,
        learning_path_ids: Input::Absent,
        license_ids: Input::Absent,
        role: Input::Absent,
    }
}

fn licenses_of(id: &str) -> licenses_bulk_assign::BulkClientLicenseAssignmentUser {
    licenses_bulk_assign::BulkClientLicenseAssignmentUser {
        id: id.to_owned().into(),
        email: Input::Absent,
        external_customer_id: Input::Absent,
        student_license_ids: vec![ID.to_owned()].into(),
        manager_license_ids: Input::Absent,
        student_license_skus: Input::Absent,
        manager_license_skus: Input::Absent,
        replace_license_access: Input::Absent,
    }
}

fn content_of(id: &str) -> content_bulk_assign::BulkContentAssignmentUser {
    content_bulk_assign::BulkContentAssignmentUser {
        id: id.to_owned().into(),
        email: Input::Absent,
        course_ids: vec![ID.to_owned()].into(),
        learning_path_ids: Input::Absent,
        replace_course_access: Input::Absent,
        replace_learning_path_access: Input::Absent,
    }
}

#[tokio::test]
async fn a_person_is_created_updated_disabled_and_found_so() {
    for dialect in Tenant::ALL {
        let (tenant, client) = start(dialect).await;
        let created = client.users().create(ada()).verify(true).send().await.expect("created");
        assert!(!created.is_recovered());
        let fields =
            UserFields::new().last_name(Input::Null).ref1("7").language("fr").custom_field("department", "R&D");
        let updated = client.users().update("ada@example.com", fields).verify(true).send().await.expect("updated");
        let expected = (Some("Ada"), None, Some("7"), Some("fr"));
        let seen = (
            updated.first_name.as_deref(),
            updated.last_name.as_deref(),
            updated.ref1.as_deref(),
            updated.lang.as_deref(),
        );
        assert_eq!(seen, expected, "{dialect}: null takes away, and what is absent stays");
        let status = client.users().update_status(UserKey::Id(created.id.clone()), UserStatus::Disabled);
        status.verify(true).send().await.expect("disabled");
        let person = client.users().get(UserKey::Id(created.id.clone())).send().await.expect("there");
        assert_eq!(person.disabled, Some(true));
        assert_eq!(operations(&tenant), ["users.create", "users.update", "users.update-status"]);
        let again = client.users().create(ada()).send().await.expect_err("the address is taken");
        assert!(again.is_conflict() && !again.outcome_unknown(), "{dialect}: {again}");
        assert_eq!(operations(&tenant).len(), 3);
    }
}

#[tokio::test]
async fn what_the_tenant_drops_is_told() {
    for dialect in Tenant::ALL {
        let (tenant, client) = start(dialect).await;
        let fields = ada().custom_field("shoeSize", 38).custom_field("department", "Sales");
        let dropped = client.users().create(fields.clone()).verify(true).send().await.expect_err("one key is unknown");
        assert_eq!(dropped.fields_not_applied(), ["customFields.shoeSize"], "{dialect}");
        assert!(dropped.to_string().ends_with("did not apply customFields.shoeSize"), "{dropped}");
        let unverified = client.users().update("ada@example.com", fields.ref1("new")).send().await;
        unverified.expect("nobody looks");
        assert_eq!(operations(&tenant), ["users.create", "users.update"]);
    }
}

#[tokio::test]
async fn a_put_that_replaces_the_object_loses_nothing() {
    let (tenant, client) = start(Tenant::Documented).await;
    let over_v1 = |fields: UserFields| fields.sso_id("sso-1");
    let fields = ada().language("fr").custom_field("department", "R&D").custom_field("cost-center", "CC-1");
    client.users().create(fields).verify(true).send().await.expect("created");
    let change = over_v1(UserFields::new().first_name("Augusta").custom_field("department", "Sales"));
    let answer = client.users().update("ada@example.com", change).verify(true).send().await.expect("updated");
    assert_eq!(answer.surface(), Surface::RestV1);
    let person = client.users().get("ada@example.com").send().await.expect("there");
    assert_eq!((person.first_name.as_deref(), person.last_name.as_deref()), (Some("Augusta"), Some("Byron")));
    assert_eq!(person.lang.as_deref(), Some("fr"));
    assert_eq!(person.custom_fields, Some(json!({ "department": "Sales", "cost-center": "CC-1" })));
    let paths: Vec<String> =
        tenant.received().iter().map(|received| format!("{} {}", received.method, received.path)).collect();
    let put = paths.iter().position(|path| path.starts_with("PUT /incoming/api/v1")).expect("a PUT");
    assert!(paths[put - 1].starts_with("GET /incoming/api/v1/users/"), "it was read first");
}

#[tokio::test]
async fn a_field_that_no_surface_takes_is_named_and_nothing_is_sent() {
    let (tenant, client) = start(Tenant::Documented).await;
    let both = UserFields::new().sso_id("x").telephone("1");
    let error = client.users().update(UserKey::Id(ID.to_owned()), both).send().await.expect_err("none takes both");
    assert!(error.is_no_route());
    assert_eq!(
        error.to_string(),
        "users.update: no surface of the tenant has it (GraphQL: it does not take `ssoId`; REST v2: it does not take \
         `ssoId`; REST v1: it does not take `telephone`)"
    );
    assert!(tenant.received().is_empty());
    let unknown = UserFields::from_json(Map::from_iter([("shoeSize".to_owned(), json!(38))])).expect_err("no field");
    assert!(unknown.is_settings() && unknown.to_string().contains("`shoeSize`"), "{unknown}");
}

#[tokio::test]
async fn licences_are_never_revoked_by_accident() {
    for dialect in Tenant::ALL {
        let (_tenant, client) = start(dialect).await;
        let person = learner(&client).await;
        let held = |user: &thought_industries::model::User| {
            let held = user.allocated_licenses.iter().flatten();
            held.filter_map(|held| held.license_id.clone()).collect::<Vec<_>>()
        };
        let own = held(&person);
        let fields = UserFields::new().first_name("Same").student_license_ids(Vec::new()).course_ids(Vec::new());
        client.users().update(UserKey::Id(person.id.clone()), fields).verify(true).send().await.expect("updated");
        let after = client.users().get(UserKey::Id(person.id.clone())).send().await.expect("there");
        assert_eq!(held(&after), own, "{dialect}");
        let asked_for = UserFields::new().student_license_ids(Vec::new()).replace_license_access(true);
        client.users().update(UserKey::Id(person.id.clone()), asked_for).send().await.expect("updated");
        let after = client.users().get(UserKey::Id(person.id.clone())).send().await.expect("there");
        assert!(held(&after).is_empty(), "{dialect}: it was asked for");
    }
}

#[tokio::test]
async fn licences_are_created_updated_and_deleted() {
    for dialect in Tenant::ALL {
        let (tenant, client) = start(dialect).await;
        let client_id = learner(&client).await.client_id.expect("a client");
        let fields = LicenseFields::new().name("Team").sku("TEAM").seats_limit(1);
        let created = client.licenses().create(&client_id, fields).await.expect("created");
        assert_eq!((created.name.as_deref(), created.seats_limit), (Some("Team"), Some(1)));
        let careless = client.licenses().update(&created.id, LicenseFields::new().name("Squad")).await;
        let error = careless.expect_err("the limit would be lost");
        assert!(error.is_settings() && error.to_string().contains("`seatsLimit`"), "{error}");
        let fields = LicenseFields::new().name("Squad").seats_limit(2);
        let updated = client.licenses().update(&created.id, fields).await.expect("updated");
        assert_eq!((updated.name.as_deref(), updated.seats_limit), (Some("Squad"), Some(2)));
        let person = learner(&client).await;
        let mut assignment = licenses_of(&person.id);
        assignment.student_license_ids = vec![created.id.clone()].into();
        let done = client.licenses().bulk_assign(vec![assignment, licenses_of(ID)]).await.expect("done");
        assert_eq!(done.updated_record_count, Some(1));
        let errors: Vec<_> = done.errors.iter().flatten().filter_map(|error| error.error.as_deref()).collect();
        assert_eq!(errors, ["User not found"]);
        let deleted = client.licenses().delete(&created.id).await.expect("deleted");
        assert_eq!(deleted["name"], "Squad");
        let expected = ["licenses.create", "licenses.update", "licenses.bulk-assign", "licenses.delete"];
        assert_eq!(operations(&tenant), expected);
    }
}

#[tokio::test]
async fn somebody_is_enrolled_and_grouped_where_a_tenant_can() {
    for dialect in Tenant::ALL {
        let (tenant, client) = start(dialect).await;
        let created = client.users().create(ada()).send().await.expect("created");
        let who = || UserKey::Id(created.id.clone());
        let course = published_course(&client).await;
        client.courses().enroll(&course, who()).await.expect("enrolled");
        let enrollments = client.users().enrollments(who()).await.expect("a list");
        let seen: Vec<_> = enrollments.iter().map(|one| (one.course_id.as_deref(), one.status.as_deref())).collect();
        assert_eq!(seen, [(Some(course.as_str()), Some("not_started"))], "{dialect}");
        let grouped = client.groups().add_user("grp001", who()).await;
        let deleted = client.users().delete(who()).await;
        if dialect == Tenant::Documented {
            grouped.expect("v1 has groups");
            deleted.expect("v1 deletes");
            assert!(client.users().get(who()).send().await.expect_err("gone").is_not_found());
            assert_eq!(operations(&tenant), ["users.create", "courses.enroll", "groups.add-user", "users.delete"]);
        } else {
            assert!(grouped.expect_err("no v1").is_not_found());
            let error = deleted.expect_err("no v1");
            assert!(error.is_no_route() && error.to_string().contains("disable the person instead"), "{error}");
        }
    }
}

/// A course that people can be enrolled in.
async fn published_course(client: &Client) -> String {
    use futures::TryStreamExt as _;
    let mut people = client.users().list().set_role("learner").items();
    while let Some(person) = people.try_next().await.expect("people") {
        let person = client.users().get(UserKey::Id(person.id)).send().await.expect("a person");
        for held in person.purchased_courses.iter().flatten() {
            // Where a course is not shown, trying is the only way to find out.
            let status = held.course.as_ref().and_then(|course| course.status.as_ref()).map(ToString::to_string);
            if status.is_none_or(|status| status == "published") {
                return held.course_id.clone().expect("an id");
            }
        }
    }
    panic!("no course")
}

#[tokio::test]
async fn a_second_record_comes_and_goes() {
    for dialect in Tenant::ALL {
        let (_tenant, client) = start(dialect).await;
        let person = learner(&client).await;
        let who = || UserKey::Id(person.id.clone());
        let pair = client.users().make_dual_role(who(), Some("client-manager")).await.expect("a pair");
        assert_eq!(pair.learner_id.as_deref(), Some(person.id.as_str()));
        let manager = pair.manager_id.clone().expect("an id");
        let again = client.users().make_dual_role(who(), None).await.expect_err("there are two");
        assert!(again.is_conflict(), "{dialect}: {again}");
        let removed = client.users().remove_dual_role(&[manager, ID.to_owned()]).await.expect("removed");
        assert_eq!(removed.updated_record_count, Some(1));
        assert_eq!(removed.invalid_user_ids.as_deref(), Some(&[ID.to_owned()][..]));
    }
}

#[tokio::test]
async fn the_three_scenarios_say_what_they_did() {
    for dialect in Tenant::ALL {
        let (tenant, client) = start(dialect).await;
        let course = published_course(&client).await;
        let groups: &[String] = if dialect == Tenant::Documented { &["grp001".to_owned()] } else { &[] };
        let done = client.users().provision(ada(), std::slice::from_ref(&course), groups).await.expect("provisioned");
        let mut expected = vec![
            Step::Checked("nobody has the address".to_owned()),
            Step::Did("created the person".to_owned()),
            Step::Did(format!("enrolled in course {course}")),
        ];
        expected.extend(groups.iter().map(|group| Step::Did(format!("added to group {group}"))));
        assert_eq!(done.steps, expected, "{dialect}");
        let again = client.users().provision(ada(), std::slice::from_ref(&course), &[]).await.expect("nothing to do");
        assert_eq!(
            again.steps,
            [
                Step::Checked("somebody has the address".to_owned()),
                Step::Skipped("creation: the person is there".to_owned()),
                Step::Skipped(format!("course {course}: the person has it")),
            ]
        );
        let profile = ada().last_name("Lovelace").custom_field("department", "R&D");
        let synced = client.users().sync_profile(profile.clone()).await.expect("synced");
        assert_eq!(synced.steps[1], Step::Did("updated customFields.department, lastName".to_owned()));
        let same = client.users().sync_profile(profile).await.expect("nothing to do");
        assert_eq!(same.steps[1], Step::Skipped("update: nothing differs".to_owned()));
        let left = client.users().deactivate("ada@example.com").await.expect("deactivated");
        assert_eq!(
            left.steps[1..],
            [Step::Did("disabled the person".to_owned()), Step::Checked("the person is disabled now".to_owned()),]
        );
        assert_eq!(left.user.disabled, Some(true));
        let again = client.users().deactivate("ada@example.com").await.expect("nothing to do");
        assert_eq!(again.steps[1], Step::Skipped("deactivation: the person is disabled".to_owned()));
        let written = operations(&tenant).len();
        assert_eq!(written, if dialect == Tenant::Documented { 5 } else { 4 });
        let new = UserFields::new().email("grace@example.com").first_name("Grace");
        let created = client.users().sync_profile(new).await.expect("created");
        assert!(created.steps.contains(&Step::Did("created the person".to_owned())));
    }
}

/// The answers of a tenant of the documented dialect to a creation, and what becomes of it.
fn create_with(answers: Vec<Result<Response, TransportError>>) -> (Result<bool, Error>, Vec<String>) {
    let script = Script::default();
    for answer in answers {
        script.then(answer);
    }
    let builder = Client::builder().set_subdomain("acme").set_api_key(Script::KEY).with_transport(script.clone());
    let client = builder.with_retry_policy(RetryPolicy::never()).build().expect("right settings");
    let done = now(client.users().create(ada()).send()).map(|answer| answer.is_recovered());
    (done, script.paths())
}

fn lost() -> Result<Response, TransportError> {
    Err(TransportError::new("the connection broke", None))
}

fn json_answer(status: u16, body: Value) -> Result<Response, TransportError> {
    Ok(Response::new(status, "application/json", body.to_string()))
}

#[test]
fn a_creation_whose_answer_is_lost_is_looked_up_before_it_is_tried_again() {
    let found = || json_answer(200, json!({ "users": [{ "id": "new", "email": "ada@example.com" }], "total": 1 }));
    let nobody = || json_answer(200, json!({ "users": [], "total": 0 }));
    let person_of = |last_name: &str, created: &str| {
        let person = json!({
            "id": "new", "email": "ada@example.com", "firstName": "Ada", "lastName": last_name, "createdAt": created,
        });
        json_answer(200, json!({ "data": { "UserById": person } }))
    };
    let person = |last_name: &str| person_of(last_name, "2999-01-01T00:00:00.000Z");
    let created =
        || json_answer(201, json!({ "data": { "APICreateUser": { "id": "new", "email": "ada@example.com" } } }));
    let taken = || json_answer(409, json!({ "errors": [{ "message": "Email has already been taken" }] }));

    let (done, paths) = create_with(vec![lost(), found(), person("Byron")]);
    assert!(done.expect("it was made"));
    assert_eq!(paths.iter().filter(|path| path.starts_with("POST /incoming/v2/users")).count(), 1);

    let (done, paths) = create_with(vec![lost(), nobody(), created()]);
    assert!(!done.expect("the second one was made"));
    assert_eq!(paths.iter().filter(|path| path.starts_with("POST /incoming/v2/users")).count(), 2);

    let (done, _) = create_with(vec![lost(), nobody(), taken(), found(), person("Byron")]);
    assert!(done.expect("the first one had arrived after all"));

    let (done, paths) = create_with(vec![lost(), found(), person("Somebody else")]);
    let error = done.expect_err("it is somebody else");
    assert!(error.outcome_unknown(), "{error}");
    assert_eq!(paths.iter().filter(|path| path.starts_with("POST")).count(), 2, "the creation and one query");

    let (done, _) = create_with(vec![lost(), found(), person_of("Byron", "2020-01-01T00:00:00.000Z")]);
    assert!(done.expect_err("she was there before").outcome_unknown());

    let (done, paths) = create_with(vec![taken()]);
    assert!(done.expect_err("it is taken").is_conflict());
    assert_eq!(paths.len(), 1, "a refusal is an answer");

    let (done, _) = create_with(vec![lost(), lost()]);
    assert!(done.expect_err("nobody can say").outcome_unknown());
}

#[test]
fn a_whole_person_that_is_not_shown_is_not_replaced() {
    let without = |name: &str| {
        let mut person = whole_person();
        person["user"].as_object_mut().expect("a person").remove(name);
        person
    };
    let mut somebody_else = whole_person();
    somebody_else["user"]["id"] = json!("somebody else");
    let with_errors = json!({ "data": whole_person(), "errors": [{ "message": "partly" }] });
    let answers =
        [without("role"), without("customFields"), somebody_else, with_errors, json!({ "message": "closed" })];
    for answer in answers {
        let script = Script::json(&[(200, answer.to_string().as_str())]);
        let update = script.client().users().update(UserKey::Id(ID.to_owned()), UserFields::new().sso_id("sso")).send();
        let error = now(update).expect_err("it would take something away");
        assert!(!error.outcome_unknown(), "{error}");
        assert_eq!(script.paths().len(), 1, "nothing was written: {error}");
    }
}

#[test]
fn an_upsert_whose_answer_is_lost_is_sent_again_if_it_was_not_carried_out() {
    let found = json!({ "users": [{ "id": "old", "email": "ada@example.com" }], "total": 1 }).to_string();
    let old =
        json!({ "data": { "UserById": { "id": "old", "email": "ada@example.com", "firstName": "Ada" } } }).to_string();
    let script = Script::default();
    script.then(lost());
    script.then(json_answer(200, serde_json::from_str(&found).expect("JSON")));
    script.then(json_answer(200, serde_json::from_str(&old).expect("JSON")));
    script.then(json_answer(200, json!({ "data": { "APICreateUser": { "id": "old" } } })));
    let done = now(script.client().users().create(ada()).upsert(true).send()).expect("the second one");
    assert!(!done.is_recovered());
    assert_eq!(script.paths().iter().filter(|path| path.starts_with("POST /incoming/v2")).count(), 2);
}

/// What becomes of a write that is answered like this, whatever write it is.
#[test]
fn answers_to_writes_are_told_apart() {
    let disable =
        |client: &Client| now(client.users().update_status(UserKey::Id(ID.into()), UserStatus::Disabled).send());
    let fails = |status: u16, body: &str| {
        let script = Script::json(&[(status, body)]);
        let error = disable(&script.client()).expect_err(body);
        (error.outcome_unknown(), error.to_string())
    };
    for explicit in [r#"{"errors":[{"message":"no"}]}"#, r#"{"success":false,"message":"no"}"#] {
        let (unknown, text) = fails(200, explicit);
        assert!(!unknown && text.ends_with("no"), "{text}");
    }
    for unclear in ["<html>", "OK", r#"{"data":true}"#, r#"{"data":{"x":null}}"#, r#"{"message":"later"}"#] {
        let (unknown, text) = fails(200, unclear);
        assert!(unknown, "{unclear}: {text}");
    }
    let (unknown, text) = fails(404, r#"{"errors":[{"message":"User not found"}]}"#);
    assert!(!unknown && text.contains("User not found"), "{text}");
    for fine in ["", r#"{"status":"disabled"}"#] {
        let script = Script::json(&[(200, fine)]);
        disable(&script.client()).expect("it is done");
    }
    // What a creation names may be missing, which does not say that the surface is.
    let script = Script::json(&[(404, r#"{"errors":[{"message":"Client not found"}]}"#)]);
    let client = script.client();
    let error = now(client.users().create(ada().client_sku("nope")).send()).expect_err("no such client");
    assert!(error.to_string().contains("Client not found"), "{error}");
    assert!(client.capabilities().absent().next().is_none());
}

/// A client whose requests are tried again, and the answers to them.
fn patient(answers: Vec<Result<Response, TransportError>>) -> Client {
    let script = Script::default();
    for answer in answers {
        script.then(answer);
    }
    let builder = Client::builder().set_subdomain("acme").set_api_key(Script::KEY).with_transport(script);
    builder.with_clock(crate::script::Impatient::default()).build().expect("right settings")
}

#[test]
fn the_doubt_about_an_earlier_attempt_is_not_forgotten() {
    let who = || UserKey::Id(ID.to_owned());
    let client = patient(vec![lost(), json_answer(403, json!({}))]);
    let error = now(client.users().update_status(who(), UserStatus::Disabled).send()).expect_err("forbidden");
    assert!(error.outcome_unknown() && error.is_forbidden(), "{error}");
    let gone = json_answer(200, json!({ "data": { "UserById": null } }));
    let client = patient(vec![lost(), json_answer(404, json!({ "error": "User not found" })), gone]);
    let gone = now(client.users().delete(who())).expect("the first attempt deleted them");
    assert!(gone.is_recovered());
}

#[tokio::test]
async fn a_profile_that_is_not_shown_is_written_all_the_same() {
    let (tenant, client) = start(Tenant::Documented).await;
    client.users().create(ada()).send().await.expect("created");
    let fields = ada().student_license_skus(vec!["CLIENT-000-L00".to_owned()]);
    let done = client.users().sync_profile(fields).await.expect("synced");
    assert_eq!(done.steps[1], Step::Did("updated studentLicenseSkus".to_owned()));
    assert_eq!(operations(&tenant), ["users.create", "users.update"]);
}

#[tokio::test]
async fn an_import_is_waited_for() {
    let (_tenant, client) = start(Tenant::Documented).await;
    let started = client.users().bulk_import(import_of("https://files.example/people.csv")).await.expect("started");
    let mut seen = Vec::new();
    let look = |job: &thought_industries::model::BackgroundJob| seen.push(job.status.as_ref().map(ToString::to_string));
    let job = client.jobs().wait(&started.id, look).await.expect("it ends");
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert!(job.error_message.as_ref().is_some_and(|message| message.contains("loopback")), "{job:?}");
}

#[test]
fn fields_show_their_names_and_nothing_else() {
    let fields = ada().password("correct horse");
    let shown =
        format!("{fields:?} {:?}", Client::new("acme", "key").expect("settings").users().create(fields.clone()));
    assert!(shown.contains("password") && !shown.contains("horse") && !shown.contains("ada@"), "{shown}");
}

#[test]
fn a_second_record_is_never_asked_for_twice() {
    let found = || json_answer(200, json!({ "users": [{ "id": "old", "email": "ada@example.com" }], "total": 1 }));
    let old = || json_answer(200, json!({ "data": { "UserById": { "id": "old", "email": "ada@example.com" } } }));
    let script = Script::default();
    for answer in [lost(), found(), old()] {
        script.then(answer);
    }
    let fields = ada().dual_role(true).custom_field("unknown", 1);
    let error = now(script.client().users().create(fields).upsert(true).send()).expect_err("nobody knows");
    assert!(error.outcome_unknown(), "{error}");
    assert_eq!(script.paths().iter().filter(|path| path.starts_with("POST /incoming/v2")).count(), 1);
}

#[test]
fn a_whole_person_is_read_again_before_they_are_sent_again() {
    let script = Script::default();
    let mut changed = whole_person();
    changed["user"]["lastName"] = json!("Changed meanwhile");
    script.then(json_answer(200, whole_person()));
    script.then(json_answer(429, json!({})));
    script.then(json_answer(200, changed));
    script.then(json_answer(200, whole_person()));
    let builder = Client::builder().set_subdomain("acme").set_api_key(Script::KEY).with_transport(script.clone());
    let waits = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counted = std::sync::Arc::clone(&waits);
    let builder = builder.without_limits().on_event(move |event| {
        let is_wait = matches!(event, thought_industries::Event::Wait { .. });
        counted.fetch_add(u32::from(is_wait), std::sync::atomic::Ordering::Relaxed);
    });
    let client = builder.with_clock(crate::script::Impatient::default()).build().expect("right settings");
    now(client.users().update(UserKey::Id(ID.to_owned()), UserFields::new().sso_id("sso")).send()).expect("updated");
    assert_eq!(waits.load(std::sync::atomic::Ordering::Relaxed), 1, "a refusal for the limit is waited for");
    let sent = script.sent();
    assert!(sent[3].starts_with("PUT /incoming/api/v1") && sent[3].contains("Changed meanwhile"), "{}", sent[3]);
}

#[test]
fn an_error_has_nothing_of_the_body_in_it() {
    let body = r#"{"data":{"UserById":{"id":"x","disabled":"planted.person@secret.example"}}}"#;
    let error =
        now(Script::json(&[(200, body)]).client().users().get(UserKey::Id("x".into())).send()).expect_err("no bool");
    let mut told = format!("{error} {error:?} {}", error.excerpt());
    if let Some(source) = std::error::Error::source(&error) {
        told = format!("{told} {source} {source:?}");
    }
    assert!(error.is_decode() && !told.contains("planted"), "{told}");
}

/// Times differ from run to run, and what is null says nothing.
fn settled(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null() && *value != json!([]))
            .map(|(name, value)| {
                let is_time = matches!(name.as_str(), "createdAt" | "updatedAt");
                (name, if is_time { json!("<now>") } else { settled(value) })
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(settled).collect(),
        other => other,
    }
}

/// What comes of each write, over the surface that a client of the dialect takes.
#[tokio::test]
async fn answers_of_writes() {
    for dialect in Tenant::ALL {
        let tenant = Sandbox::new(dialect).users(60).start().await.expect("a sandbox starts");
        let client = client_of(&tenant);
        let mut answers = Vec::new();
        let mut pin = |operation: &str, surface: Surface, gaps: &[String], value: Value| {
            answers.push(json!({
                "operation": operation, "surface": surface.to_string(), "gaps": gaps.len(), "value": settled(value),
            }));
        };
        macro_rules! pin {
            ($operation:literal, $call:expr) => {{
                let answer = $call.await.expect($operation);
                pin($operation, answer.surface(), answer.gaps(), serde_json::to_value(&*answer).expect("JSON"));
                answer
            }};
        }
        let created = pin!("users.create", client.users().create(ada().ref1("7")).send());
        let who = || UserKey::Id(created.id.clone());
        pin!("users.create, upsert", client.users().create(ada().last_name("Lovelace")).upsert(true).send());
        pin!("users.update", client.users().update(who(), UserFields::new().language("fr").telephone("1")).send());
        pin!("users.update-status", client.users().update_status(who(), UserStatus::Disabled).send());
        let pair = pin!("users.make-dual-role", client.users().make_dual_role(who(), None));
        let manager = pair.manager_id.clone().expect("an id");
        pin!("users.remove-dual-role", client.users().remove_dual_role(&[manager]));
        let client_id = learner(&client).await.client_id.expect("a client");
        let license = pin!("licenses.create", client.licenses().create(&client_id, LicenseFields::new().name("Team")));
        let fields = LicenseFields::new().name("Squad").seats_limit(3);
        pin!("licenses.update", client.licenses().update(&license.id, fields));
        pin!("licenses.bulk-assign", client.licenses().bulk_assign(vec![licenses_of(ID)]));
        pin!("content.bulk-assign", client.content().bulk_assign(vec![content_of(ID)]));
        pin!("licenses.delete", client.licenses().delete(&license.id));
        pin!("clients.update-status", client.clients().update_status(&client_id, UserStatus::Disabled));
        pin!(
            "webhooks.create",
            client.webhooks().create("https://hr.example/ti", &["user.created"], &Secret::from("s"))
        );
        insta::assert_json_snapshot!(format!("answers_of_writes__{dialect}"), answers);
    }
}
