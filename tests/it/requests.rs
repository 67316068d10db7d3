//! How many requests each operation takes on each dialect, with a known profile: `docs/requests.md` is what this test
//! counted.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use thought_industries::operations::users_bulk_import;
use thought_industries::{
    Certification, Client, Error, LicenseFields, Response, Secret, UserFields, UserKey, UserStatus,
};
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};

use crate::script::{Impatient, client_of};
use crate::writes::{ada, content_of, learner, licence_with_seats, licenses_of, published_course};

const HEAD: &str = "# Requests of each operation\n
Written by `UPDATE_FIXTURES=1 cargo test --test it requests`, which counts what arrives at the sandbox in each dialect. The
client starts from a saved profile (`ti connect`, `ClientBuilder::with_profile`), so that nothing is asked twice. – means
that no surface of the dialect has the operation.\n\n";

/// The requests of each operation, in the order of calls.
struct Counter<'t> {
    tenant: &'t RunningSandbox,
    counted: Vec<(&'static str, Option<usize>)>,
}

impl Counter<'_> {
    async fn count<T>(&mut self, what: &'static str, call: impl IntoFuture<Output = Result<T, Error>>) -> Option<T> {
        let before = self.tenant.received().len();
        let done = call.await;
        let requests = self.tenant.received().len() - before;
        let (value, requests) = match done {
            Ok(value) => (Some(value), Some(requests)),
            Err(error) if error.is_not_found() => (None, Some(requests)),
            Err(error) if error.is_no_route() => (None, None),
            Err(error) => panic!("{what}: {error}"),
        };
        self.counted.push((what, requests));
        value
    }
}

#[tokio::test]
async fn requests_of_each_operation() {
    let mut table: BTreeMap<&'static str, [Option<usize>; 2]> = BTreeMap::new();
    let mut order = Vec::new();
    for (place, dialect) in Dialect::ALL.into_iter().enumerate() {
        let tenant = Sandbox::new(dialect).users(60).start().await.expect("a sandbox starts");
        for (what, requests) in Box::pin(count_all(&tenant)).await {
            if place == 0 {
                order.push(what);
            }
            table.entry(what).or_default()[place] = requests;
        }
    }
    // The promise of a saved profile, where flat records and paths with any key make it possible.
    for what in ["users.get by id", "users.get by e-mail", "users.get by externalCustomerId"] {
        let what = format!("{what}, record only");
        assert_eq!(table[what.as_str()][1], Some(1), "{what}");
    }
    let mut text = HEAD.to_owned();
    text.push_str("| operation | documented | observed |\n| --- | --- | --- |\n");
    for what in order {
        let cell = |requests: Option<usize>| requests.map_or("–".to_owned(), |requests| requests.to_string());
        let [documented, observed] = table[what];
        writeln!(text, "| {what} | {} | {} |", cell(documented), cell(observed)).expect("a string");
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/requests.md");
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, &text).expect("written");
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), text, "run it with UPDATE_FIXTURES=1");
}

async fn count_all(tenant: &RunningSandbox) -> Vec<(&'static str, Option<usize>)> {
    // What the calls need is found by another client.
    let whole = client_of(tenant);
    let course = published_course(&whole).await;
    let user = learner(&whole).await;
    let client_id = user.client_id.clone().expect("a client");
    let seat = licence_with_seats(&whole, &client_id).await;
    let mut counter = Counter { tenant, counted: Vec::new() };
    let builder = || {
        let builder = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key()).without_limits();
        builder.with_clock(Impatient::default())
    };
    let stranger = builder().build().expect("right settings");
    counter.count("first contact: the first page of users", stranger.users().list().send()).await;
    let profile = counter.count("connect", stranger.connect()).await.expect("a tenant");
    let client = builder().with_profile(profile).build().expect("right settings");
    reads(&mut counter, &client, &user).await;
    Box::pin(writes(&mut counter, &client, &course, &client_id, &seat)).await;
    counter.counted
}

async fn reads(counter: &mut Counter<'_>, client: &Client, user: &thought_industries::model::User) {
    let users = client.users();
    counter.count("users.list, a page", users.list().send()).await;
    counter.count("users.list with profiles, a page", users.list().with_profiles(true).send()).await;
    counter.count("users.deep, a page", users.list().deep().send()).await;
    counter.count("users.basic", users.basic().send()).await;
    let id = || UserKey::Id(user.id.clone());
    let email = || UserKey::Email(user.email.clone().expect("an address"));
    let external = || UserKey::ExternalCustomerId(user.external_customer_id.clone().expect("an external id"));
    counter.count("users.get by id, record only", users.get(id()).record_only().send()).await;
    counter.count("users.get by e-mail, record only", users.get(email()).record_only().send()).await;
    counter.count("users.get by externalCustomerId, record only", users.get(external()).record_only().send()).await;
    counter.count("users.get by an e-mail that no user has", users.get("no-such-user@example.com").send()).await;
    counter.count("users.get by id, with client and licenses", users.get(id()).send()).await;
    counter.count("users.get by e-mail, with client and licenses", users.get(email()).send()).await;
    counter.count("users.get-profile by id", users.get(id()).profile().send()).await;
    counter.count("users.enrollments", users.enrollments(id())).await;
    counter.count("clients.list, a page", client.clients().list().send()).await;
    let of = user.client_id.clone().expect("a client");
    counter.count("clients.get, with its licenses", client.clients().get(of.as_str()).send()).await;
    counter.count("licenses.of-client, a page", client.licenses().of_client(of.as_str()).send()).await;
    counter.count("events.list, a page", client.events().list("courseAction").send()).await;
    counter.count("content.list, a page", client.content().list().send()).await;
    let groups = counter.count("course-groups.list, a page", client.course_groups().list().send()).await;
    let group = &groups.expect("a page").records[0];
    counter.count("course-groups.get", client.course_groups().get(&group.id)).await;
    let slug = group.slug.clone().expect("a slug");
    counter.count("course-groups.get-by-slug", client.course_groups().get_by_slug(slug)).await;
    let course = group.courses.iter().flatten().flatten().next().expect("a course");
    counter.count("courses.structure", client.courses().structure(&course.id)).await;
    counter.count("users.progress by id", users.progress(id())).await;
    counter.count("assessments.list, a page", client.assessments().list().send()).await;
    let meetings = counter.count("meetings.list, a page", client.meetings().list().send()).await;
    counter.count("meetings.get", client.meetings().get(&meetings.expect("a page").records[0].id)).await;
    counter.count("coupons.list, a page", client.coupons().list().send()).await;
    counter.count("coupons.of-courses, a page", client.coupons().of_courses([&course.id]).send()).await;
    let codes = counter.count("redemption-codes.list, a page", client.redemption_codes().list().send()).await;
    counter.count("redemption-codes.get", client.redemption_codes().get(&codes.expect("a page").records[0].id)).await;
}

async fn writes(counter: &mut Counter<'_>, client: &Client, course: &str, client_id: &str, seat: &str) {
    let users = client.users();
    let created = counter.count("users.create", users.create(ada()).send()).await.expect("created");
    let who = || UserKey::Id(created.id.clone());
    let fields = || UserFields::new().last_name("L");
    counter.count("users.update by id", users.update(who(), fields()).send()).await;
    counter.count("users.update by e-mail", users.update("ada@example.com", fields().ref1("1")).send()).await;
    counter.count("users.update by id, verified", users.update(who(), fields().ref1("2")).verify(true).send()).await;
    counter.count("courses.enroll", client.courses().enroll(course, who())).await;
    counter.count("groups.add-user", client.groups().add_user("grp001", who())).await;
    counter.count("users.certify", users.certify(who(), Certification::course(course))).await;
    counter.count("users.recertify", users.recertify(who(), Certification::course(course))).await;
    counter.count("users.certify-many", users.certify_many([(who(), Certification::course(course))])).await;
    let records = licenses_of(&created.id).student_license_ids(vec![seat.to_owned()]);
    counter.count("licenses.bulk-assign", client.licenses().bulk_assign(vec![records])).await;
    let records = content_of(&created.id).course_ids(vec![course.to_owned()]);
    counter.count("content.bulk-assign", client.content().bulk_assign(vec![records])).await;
    counter.count("users.update-status", users.update_status(who(), UserStatus::Disabled).send()).await;
    let pair = counter.count("users.make-dual-role", users.make_dual_role(who())).await;
    if let Some(manager) = pair.and_then(|pair: Response<_>| pair.manager_id.clone()) {
        counter.count("users.remove-dual-role", users.remove_dual_role([manager])).await;
    }
    let job = counter
        .count(
            "users.bulk-import",
            users.bulk_import(users_bulk_import::Variables::new("http://127.0.0.1:1/users.csv")),
        )
        .await;
    if let Some(job) = job {
        counter.count("jobs.get", client.jobs().get(job.id.as_str())).await;
    }
    let fields = || LicenseFields::new().name("Team").seats_limit(3);
    let license = counter.count("licenses.create", client.licenses().create(client_id, fields())).await;
    if let Some(license) = license {
        counter.count("licenses.update", client.licenses().update(&license.id, fields())).await;
        counter.count("licenses.delete", client.licenses().delete(&license.id)).await;
    }
    counter.count("clients.update-status", client.clients().update_status(client_id, UserStatus::Active)).await;
    let secret = Secret::from("s");
    let webhooks = client.webhooks();
    counter.count("webhooks.create", webhooks.create("https://hr.example/ti", ["user.created"], &secret)).await;
    counter.count("users.delete", users.delete(who())).await;
    let new = || UserFields::new().email("grace@example.com").first_name("Grace");
    counter.count("provision, a new user", users.provision(new())).await;
    counter.count("sync_profile, one change", users.sync_profile(new().last_name("Hopper"))).await;
    counter.count("sync_profile, nothing to do", users.sync_profile(new().last_name("Hopper"))).await;
    counter.count("deactivate", users.deactivate("grace@example.com")).await;
}
