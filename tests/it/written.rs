//! What comes of each write, over each surface of each dialect: every other surface is taken away from the client.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use thought_industries::operations::users_bulk_import;
use thought_industries::transport::TransportError;
use thought_industries::{
    Certification, Client, Error, LicenseFields, Response, Secret, Surface, UserFields, UserKey, UserStatus,
};
use thought_industries_sandbox::{Dialect as Tenant, RunningSandbox, Sandbox};

use crate::script::{Impatient, client_of};
use crate::seam::{HttpResponse, Over, Request, Transport};
use crate::writes::{ada, content_of, learner, licence_with_seats, licenses_of, published_course};

/// A network on which a tenant has one surface.
#[derive(Debug)]
struct Only {
    surface: Surface,
    http: reqwest::Client,
}

impl Only {
    fn client(surface: Surface, tenant: &RunningSandbox) -> Client {
        let builder = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key()).without_limits();
        let only = Self { surface, http: reqwest::Client::new() };
        builder.with_clock(Impatient::default()).with_service(Over::new(only)).build().expect("right settings")
    }
}

impl Transport for Only {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        async move {
            let surface = match &request.url {
                url if url.contains("/incoming/v2/") => Surface::RestV2,
                url if url.contains("/incoming/api/v1/") => Surface::RestV1,
                _ => Surface::GraphQl,
            };
            if surface != self.surface {
                return Ok(HttpResponse::new(404, "", ""));
            }
            let method = request.method.parse().expect("a method");
            let mut sending = self.http.request(method, &request.url).body(request.body);
            for (name, value) in &request.headers {
                sending = sending.header(name, value);
            }
            let answer = sending.send().await.expect("an answer");
            let status = answer.status().as_u16();
            Ok(HttpResponse::new(status, "application/json", answer.bytes().await.expect("a body").to_vec()))
        }
        .boxed()
    }
}

/// Times differ from run to run, and what is null says nothing.
fn settled(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null() && *value != json!([]))
            .map(|(name, value)| {
                let is_time = matches!(name.as_str(), "createdAt" | "updatedAt" | "issuedAt");
                (name, if is_time { json!("<now>") } else { settled(value) })
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(settled).collect(),
        other => other,
    }
}

/// What came of each operation, in the order of calls. What a surface does not have is left out.
#[derive(Default)]
struct Written(Vec<Value>);

impl Written {
    fn pin<T: serde::Serialize>(&mut self, operation: &str, done: &Result<Response<T>, Error>) {
        match done {
            Ok(answer) => self.0.push(json!({
                "operation": operation,
                "gaps": answer.gaps().len(),
                "value": settled(serde_json::to_value(&**answer).expect("JSON")),
            })),
            Err(error) if error.is_no_route() => {}
            Err(error) => panic!("{operation}: {error}"),
        }
    }
}

#[tokio::test]
async fn answers_of_writes() {
    // The GraphQL of the observed dialect has none of them in public.
    for (dialect, surface, operations) in [
        (Tenant::Documented, Surface::GraphQl, 9),
        (Tenant::Documented, Surface::RestV2, 19),
        (Tenant::Documented, Surface::RestV1, 7),
        (Tenant::Observed, Surface::RestV2, 19),
    ] {
        let tenant = Sandbox::new(dialect).users(60).start().await.expect("a sandbox starts");
        let written = write_all(&tenant, surface).await;
        assert_eq!(written.0.len(), operations, "{dialect}, {surface}");
        let surface = surface.to_string().replace(' ', "_").to_lowercase();
        insta::assert_json_snapshot!(format!("answers_of_writes__{dialect}__{surface}"), written.0);
    }
}

/// Every write that a surface has.
async fn write_all(tenant: &RunningSandbox, surface: Surface) -> Written {
    let (whole, client) = (client_of(tenant), Only::client(surface, tenant));
    let (users, mut written) = (client.users(), Written::default());
    let course = published_course(&whole).await;
    let client_id = learner(&whole).await.client_id.expect("a client");
    let seat = licence_with_seats(&whole, &client_id).await;

    written.pin("users.create", &users.create(ada().email("first@example.com").ref1("7")).send().await);
    if surface == Surface::RestV1 {
        written.pin("users.create", &users.create(ada().email("second@example.com")).send().await);
    }
    written.pin("users.create, upsert", &users.create(ada().email("first@example.com")).upsert(true).send().await);
    let person = whole.users().create(ada()).send().await.expect("created").id.clone();
    let who = || UserKey::Id(person.clone());
    written.pin("users.update", &users.update(who(), UserFields::new().language("fr").last_name("L")).send().await);
    written.pin("courses.enroll", &client.courses().enroll(&course, who()).await);
    written.pin("users.enrollments", &users.enrollments(who()).await);
    written.pin("groups.add-user", &client.groups().add_user("grp001", who()).await);
    written.pin("users.certify", &users.certify(who(), Certification::course(&course)).await);
    written.pin("users.recertify", &users.recertify(who(), Certification::course(&course)).await);
    let records = licenses_of(&person).student_license_ids(vec![seat]);
    let nobody = licenses_of("00000000-0000-4000-8000-000000000000");
    written.pin("licenses.bulk-assign", &client.licenses().bulk_assign(vec![records, nobody]).await);
    let records = content_of(&person).course_ids(vec![course]);
    written.pin("content.bulk-assign", &client.content().bulk_assign(vec![records]).await);
    written.pin("users.update-status", &users.update_status(who(), UserStatus::Disabled).send().await);
    let pair = users.make_dual_role(who()).await;
    written.pin("users.make-dual-role", &pair);
    if let Ok(manager) = pair {
        let ids = [manager.manager_id.clone().expect("an id")];
        written.pin("users.remove-dual-role", &users.remove_dual_role(&ids).await);
    }
    let import = users.bulk_import(users_bulk_import::Variables::new("http://127.0.0.1:1/nobody.csv")).await;
    written.pin("users.bulk-import", &import);
    if let Ok(job) = import {
        written.pin("jobs.get", &client.jobs().get(job.id.as_str()).await);
    }
    let license = client.licenses().create(&client_id, LicenseFields::new().name("Team")).await;
    written.pin("licenses.create", &license);
    if let Ok(license) = license {
        let fields = LicenseFields::new().name("Squad").seats_limit(3);
        written.pin("licenses.update", &client.licenses().update(&license.id, fields).await);
        written.pin("licenses.delete", &client.licenses().delete(&license.id).await);
    }
    written.pin("clients.update-status", &client.clients().update_status(&client_id, UserStatus::Disabled).await);
    let secret = Secret::from("s");
    written.pin("webhooks.create", &client.webhooks().create("https://hr.example/ti", ["user.created"], &secret).await);
    written.pin("users.delete", &users.delete(who()).await);
    written
}
