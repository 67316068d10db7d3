//! Writes: what is sent on each route, what took effect, and what is never done by accident.

#![allow(clippy::unnecessary_wraps, clippy::needless_pass_by_value, reason = "what a request comes to is a result")]

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use thought_industries::model::{BulkClientLicenseAssignmentUser, BulkContentAssignmentUser};
use thought_industries::operations::users_bulk_import;
use thought_industries::transport::TransportError;
use thought_industries::{
    Certification, Client, Error, Execution, Input, LicenseFields, RetryPolicy, Secret, Step, Surface, UserFields,
    UserKey, UserStatus,
};
use thought_industries_sandbox::{Dialect as Tenant, RunningSandbox, Sandbox};

use crate::script::{Script, client_of, known, now};
use crate::seam::{HttpResponse, Over};

pub(crate) const ID: &str = "00000000-0000-4000-8000-000000000000";

pub(crate) fn ada() -> UserFields {
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

/// The role key of learners, as the tenant shows it.
pub(crate) async fn learner_role(client: &Client) -> String {
    client.users().learner_roles().await.expect("a list").pop_first().expect("a role")
}

/// An active learner with a client and one record.
pub(crate) async fn learner(client: &Client) -> thought_industries::model::User {
    use futures::TryStreamExt as _;
    let mut people = client.users().list().set_role(learner_role(client).await).items();
    while let Some(person) = people.try_next().await.expect("people") {
        let person = client.users().get(UserKey::Id(person.id)).send().await.expect("a person").into_inner();
        let is_plain = person.disabled == Some(false) && person.manager_user_id.is_none() && person.email.is_some();
        if is_plain && person.client_id.is_some() {
            return person;
        }
    }
    panic!("no learner")
}

/// Sends a write with a client.
type Sends<'s> = dyn Fn(Client) -> Option<Error> + 's;

/// Every write on every surface that has it, as it is sent.
#[test]
fn requests_of_writes() {
    let mut all = String::new();
    let mut pin_over = |only: Option<Surface>, operation: &str, before: &[(u16, &str)], call: &Sends<'_>| {
        let script = Script::json(before);
        script.then(Ok(HttpResponse::new(403, "application/json", "")));
        let client = only.map_or_else(|| script.client(), |surface| script.client_over(surface));
        let error = call(client).expect("a refusal ends the call once the request is known");
        assert_eq!(error.status(), Some(403), "{operation}: {error}");
        writeln!(all, "# {operation}\n{}\n", script.sent().last().expect("a request")).expect("a string");
    };
    let v2 = Some(Surface::RestV2);
    macro_rules! pin {
        ($operation:expr, $before:expr, $call:expr) => {
            pin_over(None, $operation, $before, $call)
        };
    }
    let update = UserFields::new().first_name("Ada").last_name(Input::Null).custom_field("department", "R&D");
    let who = || UserKey::Id(ID.to_owned());
    pin!("users.create", &[], &|client| now(client.users().create(ada()).send()).err());
    pin!("users.create, upsert", &[], &|client| now(client.users().create(ada()).upsert(true).send()).err());
    pin!("users.create", &[], &|client| now(client.users().create(ada().password("correct horse")).send()).err());
    pin!("users.update", &[], &|client| now(client.users().update(who(), update.clone()).send()).err());
    pin_over(v2, "users.update", &[], &|client| now(client.users().update(who(), update.clone()).send()).err());
    let seen = whole_person().to_string();
    let over_v1 = update.clone().sso_id("sso");
    pin!("users.update", &[(200, seen.as_str())], &|client| {
        now(client.users().update(who(), over_v1.clone()).send()).err()
    });
    let disable = |client: Client| now(client.users().update_status(who(), UserStatus::Disabled).send()).err();
    pin!("users.update-status", &[], &disable);
    pin_over(Some(Surface::RestV1), "users.update-status", &[(200, seen.as_str())], &disable);
    let course = || Certification::course("crs001").expires("2030-01-01T00:00:00Z".parse().expect("a date"));
    pin!("users.certify", &[], &|client| now(client.users().certify(who(), course())).err());
    pin!("users.recertify", &[], &|client| now(client.users().recertify(who(), course())).err());
    pin!("users.certify-many", &[], &|client| {
        now(client.users().certify_many([(who(), course()), (UserKey::Email("ada@example.com".to_owned()), course())]))
            .err()
    });
    pin!("users.enrollments", &[], &|client| now(client.users().enrollments(who())).err());
    pin!("users.delete", &[], &|client| now(client.users().delete(who())).err());
    for only in [None, v2] {
        let mut pin = |operation: &str, call: &Sends<'_>| pin_over(only, operation, &[], call);
        pin("users.make-dual-role", &|client| now(client.users().make_dual_role(who()).set_role("admin")).err());
        pin("users.remove-dual-role", &|client| now(client.users().remove_dual_role([ID])).err());
        let import = || users_bulk_import::Variables::new("https://hr.example/people.csv").dry_run(true);
        pin("users.bulk-import", &|client| now(client.users().bulk_import(import())).err());
        pin("licenses.bulk-assign", &|client| now(client.licenses().bulk_assign(vec![licenses_of(ID)])).err());
        pin("content.bulk-assign", &|client| now(client.content().bulk_assign(vec![content_of(ID)])).err());
    }
    pin!("groups.add-user", &[], &|client| now(client.groups().add_user("grp001", who())).err());
    pin!("courses.enroll", &[], &|client| now(client.courses().enroll("crs001", who())).err());
    let license = || LicenseFields::new().name("Team").seats_limit(5);
    pin!("licenses.create", &[], &|client| now(client.licenses().create(ID, license())).err());
    pin!("licenses.update", &[], &|client| now(client.licenses().update(ID, license())).err());
    pin!("licenses.delete", &[], &|client| now(client.licenses().delete(ID)).err());
    pin!("clients.update-status", &[], &|client| now(client.clients().update_status(ID, UserStatus::Disabled)).err());
    let secret = Secret::from("hook-secret");
    pin!("webhooks.create", &[], &|client| {
        now(client.webhooks().create("https://hr.example/ti", ["user.created"], &secret)).err()
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

pub(crate) fn licenses_of(id: &str) -> BulkClientLicenseAssignmentUser {
    BulkClientLicenseAssignmentUser::new().id(id.to_owned()).student_license_ids(vec![ID.to_owned()])
}

pub(crate) fn content_of(id: &str) -> BulkContentAssignmentUser {
    BulkContentAssignmentUser::new().id(id.to_owned()).course_ids(vec![ID.to_owned()])
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
        assert!(again.is_conflict() && !again.execution().is_unknown(), "{dialect}: {again}");
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
    assert!(unknown.is_invalid_argument() && unknown.to_string().contains("`shoeSize`"), "{unknown}");
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
        assert!(error.is_invalid_argument() && error.to_string().contains("`seatsLimit`"), "{error}");
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
        assert_eq!(seen, [(Some(course.as_str()), Some("not-started"))], "{dialect}");
        let grouped = client.groups().add_user("grp001", who()).await;
        let deleted = client.users().delete(who()).await;
        if dialect == Tenant::Documented {
            grouped.expect("v1 has groups");
            deleted.expect("v1 deletes");
            assert!(client.users().get(who()).send().await.expect_err("gone").is_not_found());
            assert_eq!(operations(&tenant), ["users.create", "courses.enroll", "groups.add-user", "users.delete"]);
        } else {
            let error = grouped.expect_err("no v1");
            assert!(error.is_no_route() && !error.is_not_found(), "{error}");
            let error = deleted.expect_err("no v1");
            assert!(error.is_no_route() && error.to_string().contains("disable the user instead"), "{error}");
        }
    }
}

/// A course that people can be enrolled in.
pub(crate) async fn published_course(client: &Client) -> String {
    use futures::TryStreamExt as _;
    let mut people = client.users().list().set_role(learner_role(client).await).items();
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
        let pair = client.users().make_dual_role(who()).set_role("client-manager").await.expect("a pair");
        assert_eq!(pair.learner_id.as_deref(), Some(person.id.as_str()));
        let manager = pair.manager_id.clone().expect("an id");
        let again = client.users().make_dual_role(who()).await.expect_err("there are two");
        assert!(again.is_conflict(), "{dialect}: {again}");
        let removed = client.users().remove_dual_role([manager.as_str(), ID]).await.expect("removed");
        assert_eq!(removed.updated_record_count, Some(1));
        assert_eq!(removed.invalid_user_ids.as_deref(), Some(&[ID.to_owned()][..]));
    }
}

/// As an integration sends it: the learner keeps their role, and the record to manage with gets the other.
#[tokio::test]
async fn a_write_with_dual_role_goes_to_both_records() {
    for dialect in Tenant::ALL {
        let (tenant, client) = start(dialect).await;
        let person = learner(&client).await;
        let who = || UserKey::Id(person.id.clone());
        let license = licence_with_seats(&client, person.client_id.as_deref().expect("a client")).await;
        let fields = UserFields::new().role("client-manager").manager_license_ids(vec![license.clone()]);
        let fields = fields.dual_role(true).telephone("7");
        let updated = client.users().update(who(), fields.clone()).verify(true).send().await;
        // The licence and the role are those of the other record.
        let error = updated.expect_err("the learner has neither");
        let expected: &[&str] = if dialect == Tenant::Documented { &["managerLicenseIds", "role"] } else { &["role"] };
        assert!(expected.iter().all(|name| error.fields_not_applied().contains(&(*name).to_owned())), "{error}");
        let learner = client.users().get(who()).send().await.expect("the learner");
        let role = learner_role(&client).await;
        assert_eq!((learner.role_key.as_deref(), learner.telephone.as_deref()), (Some(role.as_str()), Some("7")));
        let manager = learner.manager_user_id.clone().expect("a second record");
        let manager = client.users().get(UserKey::Id(manager)).send().await.expect("the manager");
        assert_eq!(manager.role_key.as_deref(), Some("client-manager"));
        let held = manager.allocated_licenses.iter().flatten().find_map(|held| held.license_id.clone());
        assert_eq!(held, Some(license));
        client.users().update(who(), UserFields::new().dual_role(true)).verify(true).send().await.expect("a pair");
        assert_eq!(operations(&tenant), ["users.update"], "the update is idempotent");
        let made = client.users().create(ada().dual_role(true)).verify(true).send().await.expect("a pair");
        let made = client.users().get(UserKey::Id(made.id.clone())).send().await.expect("the learner");
        assert!(made.manager_user_id.is_some());
    }
}

/// A licence of a client that somebody else can get.
pub(crate) async fn licence_with_seats(client: &Client, of: &str) -> String {
    use futures::TryStreamExt as _;
    let licenses: Vec<_> = client.licenses().of_client(of).items().try_collect().await.expect("licences");
    licenses.into_iter().find(|license| license.seats_limit.is_none()).expect("one without a limit").id
}

#[tokio::test]
async fn certificates_are_given_and_renewed() {
    for dialect in Tenant::ALL {
        let (tenant, client) = start(dialect).await;
        let person = learner(&client).await;
        let who = || UserKey::Id(person.id.clone());
        let course = published_course(&client).await;
        let certification = || Certification::course(&course).send_email(false);
        let given = client.users().certify(who(), certification()).await.expect("a certificate");
        assert_eq!((&given["userId"], &given["resourceId"]), (&json!(person.id), &json!(course)), "{dialect}");
        client.users().recertify(who(), certification()).await.expect("renewed");
        let path = Certification::learning_path(ID);
        assert!(client.users().certify(who(), path.clone()).await.is_err(), "there is no such path");
        let nobody = client.users().certify(UserKey::Id(ID.to_owned()), certification()).await;
        assert!(nobody.expect_err("nobody").is_not_found());
        let several = [
            (who(), certification()),
            (UserKey::Email("nobody@example.com".to_owned()), certification()),
            (who(), path),
        ];
        let done = client.users().certify_many(several).await.expect("an answer");
        assert_eq!((done.granted_count, done.errors.len()), (1, 2), "{dialect}");
        assert_eq!(done.errors[0].email.as_deref(), Some("nobody@example.com"));
        assert_eq!(operations(&tenant), ["users.certify", "users.recertify", "users.certify-many"]);
    }
}

#[tokio::test]
async fn a_verification_says_what_it_knows_and_no_more() {
    use futures::TryStreamExt as _;
    let (_tenant, client) = start(Tenant::Documented).await;
    let person = learner(&client).await;
    let who = || UserKey::Id(person.id.clone());
    let of = person.client_id.as_deref().expect("a client");
    let licenses: Vec<_> = client.licenses().of_client(of).items().try_collect().await.expect("licences");
    let free: Vec<_> = licenses.iter().filter(|license| license.seats_limit.is_none()).take(2).collect();
    let fields = UserFields::new()
        .student_license_ids(vec![free[0].id.to_uppercase()])
        .student_license_skus(vec![free[1].sku.clone().expect("a SKU")])
        .replace_license_access(true);
    let updated = client.users().update(who(), fields).verify(true).send().await;
    let updated = updated.expect("what is held beside was given by its SKU, and ids are not case-sensitive");
    assert_eq!(updated.unchecked(), ["studentLicenseIds", "studentLicenseSkus"]);
    let nothing = UserFields::new().student_license_ids(Input::Null);
    let error = client.users().update(who(), nothing).verify(true).send().await.expect_err("they are still held");
    assert_eq!(error.fields_not_applied(), ["studentLicenseIds"]);
    for blind in [UserFields::new().replace_license_access(true), UserFields::new().replace_course_access(true)] {
        let error = client.users().update(who(), blind.clone()).send().await.expect_err("it would revoke everything");
        assert!(error.is_invalid_argument() && error.to_string().contains("would revoke everything"), "{error}");
        assert!(
            client
                .users()
                .create(blind.email("x@example.com"))
                .send()
                .await
                .expect_err("as well")
                .is_invalid_argument()
        );
    }
    assert_eq!(
        client.users().get(who()).send().await.expect("a person").allocated_licenses.as_ref().expect("licences").len(),
        2
    );
}

#[tokio::test]
async fn nobody_is_not_found_by_any_write() {
    for dialect in Tenant::ALL {
        let (_tenant, client) = start(dialect).await;
        let who = || UserKey::Id(ID.to_owned());
        let update = client.users().update(who(), UserFields::new().first_name("X")).send().await.map(drop);
        let status = client.users().update_status(who(), UserStatus::Disabled).send().await.map(drop);
        let pair = client.users().make_dual_role(who()).await.map(drop);
        for error in [update, status, pair] {
            let error = error.expect_err("nobody");
            assert!(error.is_not_found() && !error.execution().is_unknown(), "{dialect}: {error}");
        }
    }
}

#[tokio::test]
async fn enrolments_are_read_page_by_page() {
    use futures::TryStreamExt as _;
    let sandbox = Sandbox::new(Tenant::Documented).fault("short-pages".parse().expect("a fault"));
    let tenant = sandbox.start().await.expect("a sandbox starts");
    let client = client_of(&tenant);
    let mut courses: Vec<String> = Vec::new();
    let mut people = client.users().list().set_role(learner_role(&client).await).items();
    while let Some(person) = people.try_next().await.expect("people") {
        let person = client.users().get(UserKey::Id(person.id)).send().await.expect("a person");
        for held in person.purchased_courses.iter().flatten() {
            let is_published = held
                .course
                .as_ref()
                .and_then(|course| course.status.as_ref())
                .is_some_and(|status| status.to_string() == "published");
            courses.extend(held.course_id.clone().filter(|id| is_published && !courses.contains(id)));
        }
        if courses.len() >= 17 {
            break;
        }
    }
    let created = client.users().create(ada().course_ids(courses.clone())).verify(true).send().await.expect("created");
    let enrolled = client.users().enrollments(UserKey::Id(created.id.clone())).await.expect("enrolments");
    assert_eq!(enrolled.surface(), Surface::RestV1);
    assert_eq!(enrolled.len(), courses.len());
}

#[tokio::test]
async fn a_scenario_that_fails_says_what_it_did() {
    let (tenant, client) = start(Tenant::Documented).await;
    let error = client.users().provision(ada()).set_course_ids([ID]).await.expect_err("there is no such course");
    assert_eq!(
        error.steps(),
        [Step::Checked("no user has the address".to_owned()), Step::Did("created the user".to_owned())]
    );
    assert_eq!(operations(&tenant), ["users.create"]);
}

/// What is done again and changes nothing takes no effect, so that a test can count on it.
#[tokio::test]
async fn twice_is_as_once() {
    let (tenant, client) = start(Tenant::Documented).await;
    let person = learner(&client).await;
    let of = person.client_id.clone().expect("a client");
    let license =
        client.licenses().create(&of, LicenseFields::new().name("Team").seats_limit(9)).await.expect("created");
    for _ in 0..2 {
        client.groups().add_user("grp001", UserKey::Id(person.id.clone())).await.expect("added");
        let fields = LicenseFields::new().name("Squad").seats_limit(3);
        client.licenses().update(&license.id, fields).await.expect("updated");
        client.clients().update_status(&of, UserStatus::Disabled).await.expect("closed");
        client
            .licenses()
            .bulk_assign(vec![licenses_of(&person.id).student_license_ids(vec![license.id.clone()])])
            .await
            .expect("assigned");
    }
    let mut once = operations(&tenant);
    once.sort_unstable();
    assert_eq!(
        once,
        ["clients.update-status", "groups.add-user", "licenses.bulk-assign", "licenses.create", "licenses.update"]
    );
}

/// A tenant that has v1 and nothing else.
#[test]
fn a_tenant_with_v1_alone_can_be_written_to() {
    let absent = (404, "");
    let person = whole_person().to_string();
    let list = json!({ "users": [whole_person()["user"]], "total": 1 }).to_string();
    // No write is sent to a surface that has never responded: v2 has neither a ping nor a list, and v1 has a list.
    let script = Script::json(&[absent, absent, (200, list.as_str()), (201, person.as_str())]);
    let created = now(script.stranger().users().create(ada()).send()).expect("created over v1");
    assert_eq!(created.surface(), Surface::RestV1);
    assert_eq!(
        script.paths(),
        [
            "GET /incoming/v2/ping",
            "GET /incoming/v2/users?page=1",
            "GET /incoming/api/v1/users?page=1&per_page=100",
            "POST /incoming/api/v1/users"
        ]
    );
    let person = person.as_str();
    let script = Script::json(&[absent, absent, absent, absent, (200, list.as_str()), (200, person), (200, person)]);
    let updated =
        now(script.stranger().users().update(UserKey::Id(ID.to_owned()), UserFields::new().first_name("Ada")).send());
    assert_eq!(updated.expect("updated over v1").surface(), Surface::RestV1);
    assert_eq!(script.paths()[..2], ["POST /incoming/api/graphql", "POST /helium?apiKey=scripted-key"]);
    assert_eq!(script.paths().last().map(String::as_str), Some(format!("PUT /incoming/api/v1/users/{ID}").as_str()));
}

#[tokio::test]
async fn the_three_scenarios_say_what_they_did() {
    for dialect in Tenant::ALL {
        let (tenant, client) = start(dialect).await;
        let course = published_course(&client).await;
        let groups: &[String] = if dialect == Tenant::Documented { &["grp001".to_owned()] } else { &[] };
        let done =
            client.users().provision(ada()).set_course_ids([&course]).set_group_ids(groups).await.expect("provisioned");
        let mut expected = vec![
            Step::Checked("no user has the address".to_owned()),
            Step::Did("created the user".to_owned()),
            Step::Did(format!("enrolled in course {course}")),
        ];
        expected.extend(groups.iter().map(|group| Step::Did(format!("added to group {group}"))));
        assert_eq!(done.steps, expected, "{dialect}");
        let again = client.users().provision(ada()).set_course_ids([&course]).await.expect("nothing to do");
        assert_eq!(
            again.steps,
            [
                Step::Checked("a user has the address".to_owned()),
                Step::Skipped("creation: the user exists".to_owned()),
                Step::Skipped(format!("course {course}: the user has it")),
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
            [Step::Did("disabled the user".to_owned()), Step::Checked("the user is disabled now".to_owned()),]
        );
        assert_eq!(left.user.disabled, Some(true));
        let again = client.users().deactivate("ada@example.com").await.expect("nothing to do");
        assert_eq!(again.steps[1], Step::Skipped("deactivation: the user is disabled".to_owned()));
        let written = operations(&tenant).len();
        assert_eq!(written, if dialect == Tenant::Documented { 5 } else { 4 });
        let new = UserFields::new().email("grace@example.com").first_name("Grace");
        let created = client.users().sync_profile(new).await.expect("created");
        assert!(created.steps.contains(&Step::Did("created the user".to_owned())));
    }
}

/// The answers of a tenant of the documented dialect to a creation, and what becomes of it.
fn create_with(answers: Vec<Result<HttpResponse, TransportError>>) -> (Result<bool, Error>, Vec<String>) {
    let script = Script::default();
    for answer in answers {
        script.then(answer);
    }
    let builder =
        Client::builder().set_subdomain("acme").set_api_key(Script::KEY).with_service(Over::new(script.clone()));
    let builder = builder.with_retry_policy(RetryPolicy::never()).with_clock(crate::script::Impatient::default());
    let client = builder.with_profile(known(&[])).build().expect("right settings");
    let done = now(client.users().create(ada()).send()).map(|answer| answer.is_recovered());
    (done, script.paths())
}

fn lost() -> Result<HttpResponse, TransportError> {
    Err(TransportError::new("the connection broke", None))
}

fn json_answer(status: u16, body: Value) -> Result<HttpResponse, TransportError> {
    Ok(HttpResponse::new(status, "application/json", body.to_string()))
}

/// How many creations were sent.
fn creations(paths: &[String]) -> usize {
    paths.iter().filter(|path| path.starts_with("POST /incoming/v2/users")).count()
}

/// The answers of a look-up by address that finds nobody.
fn nobody() -> Result<HttpResponse, TransportError> {
    json_answer(200, json!({ "users": [], "total": 0 }))
}

/// The answers of a look-up by address that finds a user with these fields.
fn found(fields: Value) -> [Result<HttpResponse, TransportError>; 2] {
    let created = thought_industries::Date::now().to_string();
    let mut user = json!({
        "id": "new", "email": "ada@example.com", "firstName": "Ada", "lastName": "Byron", "createdAt": created,
    });
    user.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    [
        json_answer(200, json!({ "users": [{ "id": "new", "email": "ada@example.com" }], "total": 1 })),
        json_answer(200, json!({ "data": { "UserById": user } })),
    ]
}

fn created() -> Result<HttpResponse, TransportError> {
    json_answer(201, json!({ "data": { "APICreateUser": { "id": "new", "email": "ada@example.com" } } }))
}

fn taken() -> Result<HttpResponse, TransportError> {
    json_answer(409, json!({ "errors": [{ "message": "Email has already been taken" }] }))
}

#[test]
fn a_creation_whose_response_is_lost_is_looked_up_before_it_is_sent_again() {
    let ours = || found(json!({}));
    // What comes before the user is found, and how many creations that takes.
    for (before, sent) in [
        (vec![lost()], 1),
        (vec![lost(), nobody(), nobody()], 1),
        (vec![lost(), lost(), nobody()], 1),
        (vec![lost(), nobody(), nobody(), nobody(), taken()], 2),
        (vec![lost(), nobody(), nobody(), nobody(), lost(), nobody()], 2),
    ] {
        let (done, paths) = create_with(before.into_iter().chain(ours()).collect());
        assert!(done.expect("it was created"), "{paths:?}");
        assert_eq!(creations(&paths), sent, "{paths:?}");
    }
    let (done, paths) = create_with(vec![lost(), nobody(), nobody(), nobody(), created()]);
    assert!(!done.expect("the second one was carried out"));
    assert_eq!(creations(&paths), 2);
    // A conflict may be the response to the second copy of this very request: who has the address is looked up, once.
    let earlier = found(json!({ "createdAt": "2020-01-01T00:00:00Z" }));
    let (done, paths) = create_with([taken()].into_iter().chain(earlier).collect());
    let error = done.expect_err("it is taken");
    assert!(error.is_conflict() && !error.execution().may_have_run(), "{error}");
    assert_eq!(creations(&paths), 1, "{paths:?}");
}

/// The tenant's clock decides when a user was created. What it shows is known from the `Date` of the look-up at the latest.
#[test]
fn a_lost_creation_is_recognized_whatever_the_clocks() {
    for ahead in [-86_400, -600, -50, 50, 600, 86_400] {
        let now = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(ahead);
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now).expect("a date");
        let created = thought_industries::Date::from_millisecond(now.as_millisecond()).expect("a date").to_string();
        let dated = found(json!({ "createdAt": created })).map(|response| Ok(response?.with_header("Date", &*date)));
        let (done, paths) = create_with([lost()].into_iter().chain(dated).collect());
        assert!(done.expect("it was created"), "{ahead}: {paths:?}");
    }
}

#[test]
fn what_may_have_run_is_never_called_refused() {
    for (answers, sent) in [
        // The tenant shows the user to no look-up, and refuses the second creation for it.
        (vec![lost(), nobody(), nobody(), nobody(), taken(), nobody(), nobody(), nobody()], 2),
        (vec![lost(), lost(), lost(), lost()], 1),
    ] {
        let (done, paths) = create_with(answers);
        assert!(done.expect_err("it is not known").execution().is_unknown());
        assert_eq!(creations(&paths), sent, "{paths:?}");
    }
}

/// The one rule of whose creation made a user.
#[test]
fn another_user_of_the_same_address_is_not_claimed() {
    for fields in [json!({ "roleKey": "admin" }), json!({ "lastName": "Lovelace" }), json!({ "clientId": "another" })] {
        let (done, paths) = create_with([lost()].into_iter().chain(found(fields.clone())).collect());
        let error = done.expect_err("it is another user");
        assert!(error.execution().is_unknown(), "{fields}: {error}");
        assert_eq!(creations(&paths), 1);
    }
    let earlier = found(json!({ "createdAt": "2020-01-01T00:00:00.000Z" }));
    let (done, _) = create_with([lost()].into_iter().chain(earlier).collect());
    let error = done.expect_err("the user was there before");
    assert!(error.is_conflict() && error.execution() == Execution::DidNotRun, "{error}");
}

/// A program that was killed does not know whether its creation was carried out.
#[test]
fn a_creation_is_resumed() {
    let resume = |answers: Vec<Result<HttpResponse, TransportError>>| {
        let script = Script::default();
        for answer in answers {
            script.then(answer);
        }
        let begun = thought_industries::Date::now();
        let done = now(script.client().users().create(ada()).resume(begun).send());
        (done.map(|response| response.is_recovered()), creations(&script.paths()))
    };
    let (done, sent) = resume(found(json!({})).into());
    assert!(done.expect("it was created") && sent == 0);
    let (done, sent) = resume(vec![nobody(), created()]);
    assert!(!done.expect("it is created") && sent == 1);
    let (done, sent) = resume(vec![nobody(), taken(), nobody(), nobody(), nobody()]);
    assert!(done.expect_err("the earlier one may have run").execution().is_unknown() && sent == 1);
    let (done, sent) = resume(found(json!({ "roleKey": "admin" })).into());
    assert!(done.expect_err("it is another user").execution().is_unknown() && sent == 0);
    let (done, sent) = resume(vec![lost()]);
    assert!(done.expect_err("it is not known").execution().is_unknown() && sent == 0);
}

/// A lost answer and a field that is dropped: the person is found, and what they lack is told.
#[test]
fn what_is_dropped_is_told_of_somebody_who_was_found_as_well() {
    let script = Script::default();
    let person = json!({
        "id": "new", "email": "ada@example.com", "firstName": "Ada", "lastName": "Byron",
        "createdAt": thought_industries::Date::now(), "customFields": {},
    });
    let answer = || json_answer(200, json!({ "data": { "UserById": person } }));
    let found = json_answer(200, json!({ "users": [{ "id": "new", "email": "ada@example.com" }], "total": 1 }));
    // A field that is not there yet may come later, so the user is read three times.
    for answer in [lost(), found, answer(), answer(), answer(), answer()] {
        script.then(answer);
    }
    let fields = ada().custom_field("shoeSize", "38");
    let error = now(script.client().users().create(fields).verify(true).send()).expect_err("a field was dropped");
    assert_eq!(error.fields_not_applied(), ["customFields.shoeSize"]);
    assert!(!error.execution().is_unknown());
}

#[test]
fn a_whole_person_that_is_not_shown_is_not_replaced() {
    let without = |name: &str| {
        let mut person = whole_person();
        person["user"].as_object_mut().expect("a person").remove(name);
        person
    };
    let mut another_user = whole_person();
    another_user["user"]["id"] = json!("another");
    let with_errors = json!({ "data": whole_person(), "errors": [{ "message": "partly" }] });
    let answers = [without("role"), without("customFields"), another_user, with_errors, json!({ "message": "closed" })];
    for answer in answers {
        // A response that does not show the user is asked for again, and the refusal leads to a look at the user.
        let shown = json!({ "data": { "UserById": { "id": ID } } }).to_string();
        let answer = answer.to_string();
        let is_of_user = answer.contains(ID) && !answer.contains("errors");
        let before = if is_of_user { vec![(200, answer.as_str())] } else { vec![(200, answer.as_str()); 2] };
        let script = Script::json(&[before, vec![(200, shown.as_str())]].concat());
        let update = script.client().users().update(UserKey::Id(ID.to_owned()), UserFields::new().sso_id("sso")).send();
        let error = now(update).expect_err("it would take something away");
        assert!(!error.execution().is_unknown(), "{error}");
        let is_read = |path: &String| path.starts_with("GET") || path.ends_with("/graphql");
        assert!(script.paths().iter().all(is_read), "nothing was written: {error}");
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
        // After a refusal, the user is read, because it may be about a user who does not exist.
        let user = json!({ "data": { "UserById": { "id": ID } } }).to_string();
        let script = Script::json(&[(status, body), (200, user.as_str())]);
        let error = disable(&script.client()).expect_err(body);
        (error.execution().is_unknown(), error.to_string())
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
fn patient(answers: Vec<Result<HttpResponse, TransportError>>) -> Client {
    let script = Script::default();
    for answer in answers {
        script.then(answer);
    }
    let builder = Client::builder().set_subdomain("acme").set_api_key(Script::KEY).with_service(Over::new(script));
    builder.with_profile(known(&[])).with_clock(crate::script::Impatient::default()).build().expect("right settings")
}

#[test]
fn the_doubt_about_an_earlier_attempt_is_not_forgotten() {
    let who = || UserKey::Id(ID.to_owned());
    let client = patient(vec![lost(), json_answer(403, json!({}))]);
    let error = now(client.users().update_status(who(), UserStatus::Disabled).send()).expect_err("forbidden");
    assert!(error.execution().is_unknown() && error.is_forbidden(), "{error}");
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
    let import = users_bulk_import::Variables::new("https://files.example/people.csv");
    let started = client.users().bulk_import(import).await.expect("started");
    let (sender, seen) = std::sync::mpsc::channel();
    let look = move |job: &thought_industries::model::BackgroundJob| {
        sender.send(job.status.as_ref().map(ToString::to_string)).expect("a receiver");
    };
    let job = client.jobs().wait(&started.id).on_poll(look).await.expect("it ends");
    let seen: Vec<_> = seen.iter().collect();
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
    assert!(error.execution().is_unknown(), "{error}");
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
    let builder =
        Client::builder().set_subdomain("acme").set_api_key(Script::KEY).with_service(Over::new(script.clone()));
    let waits = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counted = std::sync::Arc::clone(&waits);
    let builder = builder.without_limits().on_event(move |event| {
        let is_wait = matches!(event, thought_industries::Event::Wait { .. });
        counted.fetch_add(u32::from(is_wait), std::sync::atomic::Ordering::Relaxed);
    });
    let builder = builder.with_profile(known(&[])).with_clock(crate::script::Impatient::default());
    let client = builder.build().expect("right settings");
    now(client.users().update(UserKey::Id(ID.to_owned()), UserFields::new().sso_id("sso")).send()).expect("updated");
    assert_eq!(waits.load(std::sync::atomic::Ordering::Relaxed), 1, "a refusal for the limit is waited for");
    let sent = script.sent();
    assert!(sent[3].starts_with("PUT /incoming/api/v1") && sent[3].contains("Changed meanwhile"), "{}", sent[3]);
}

#[test]
fn an_error_has_nothing_of_the_body_in_it() {
    let body = r#"{"data":{"UserById":{"id":["planted.person@secret.example"]}}}"#;
    let error = now(Script::json(&[(200, body), (200, body)]).client().users().get(UserKey::Id("x".into())).send())
        .expect_err("no bool");
    let mut told = format!("{error} {error:?} {}", error.excerpt());
    if let Some(source) = std::error::Error::source(&error) {
        told = format!("{told} {source} {source:?}");
    }
    assert!(error.is_decode() && !told.contains("planted"), "{told}");
}
