//! Writes: each operation on each surface that has it, what is refused, and what took effect.

use serde_json::{Value, json};
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox, graphql_path};

const BOTH: [Dialect; 2] = [Dialect::Documented, Dialect::Observed];

async fn start(dialect: Dialect) -> RunningSandbox {
    Sandbox::new(dialect).start().await.expect("a sandbox starts")
}

/// Sends to v1 or v2: the status and the body.
async fn send(tenant: &RunningSandbox, request: &str, body: Value) -> (u16, Value) {
    let (method, path) = request.split_once(' ').expect("a method and a path");
    let request = reqwest::Client::new().request(method.parse().expect("a method"), format!("{}{path}", tenant.url()));
    let request = request.bearer_auth(tenant.api_key()).header("x-api-key", tenant.api_key());
    let request = if body.is_null() { request } else { request.body(body.to_string()) };
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.bytes().await.expect("a body")).unwrap_or(Value::Null))
}

async fn query(tenant: &RunningSandbox, query: &str) -> Value {
    let url = format!("{}{}?apiKey={}", tenant.url(), graphql_path(tenant.dialect()), tenant.api_key());
    let body = json!({ "query": query }).to_string();
    let response = reqwest::Client::new().post(url).body(body).send().await.expect("an answer");
    serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON")
}

/// The body of a v2 answer, out of the envelope of the documented dialect.
fn flat(body: &Value) -> Value {
    match body["data"].as_object() {
        Some(data) => data.values().next().cloned().expect("an operation"),
        None => body.clone(),
    }
}

/// Somebody as v2 shows them.
async fn person(tenant: &RunningSandbox, id: &str) -> Value {
    flat(&send(tenant, &format!("GET /incoming/v2/users/{id}"), Value::Null).await.1)
}

/// The first person for whom this holds.
async fn someone(tenant: &RunningSandbox, is_it: impl Fn(&Value) -> bool) -> Value {
    let path = "/incoming/v2/users";
    let (_, list) = send(tenant, &format!("GET {path}"), Value::Null).await;
    let people = flat(&list)["users"].as_array().cloned().expect("people");
    people.into_iter().find(is_it).expect("somebody like that")
}

fn id(user: &Value) -> String {
    user["id"].as_str().expect("an id").to_owned()
}

fn is_learner(user: &Value) -> bool {
    ["learner", "student"].contains(&user["roleKey"].as_str().unwrap_or_default())
        && user["disabled"] == false
        && user["managerUserId"].is_null()
}

fn message(body: &Value) -> &str {
    let first = &body["errors"][0];
    first["message"].as_str().or_else(|| first.as_str()).or_else(|| body["error"].as_str()).unwrap_or_default()
}

fn effects(tenant: &RunningSandbox) -> Vec<&'static str> {
    tenant.effects().iter().map(|effect| effect.operation).collect()
}

/// The licences that somebody holds, as (id, role) where roles are told.
fn held(user: &Value) -> Vec<&str> {
    user["allocatedLicenses"].as_array().into_iter().flatten().filter_map(|held| held["licenseId"].as_str()).collect()
}

/// A licence of the person's client that has room.
async fn license_with_room(tenant: &RunningSandbox, client: &str) -> Value {
    let (_, list) =
        send(tenant, &format!("GET /incoming/v2/clients/{client}/licenses?clientId={client}"), Value::Null).await;
    let licenses = flat(&list)["licenses"].as_array().cloned().expect("licences");
    licenses.into_iter().find(|license| license["seatsLimit"].as_u64().unwrap_or(0) == 0).expect("one without a limit")
}

#[tokio::test]
async fn the_writes_of_the_api_guide_do_what_it_prints() {
    let tenant = start(Dialect::Documented).await;
    let key = tenant.api_key();
    let v1 = "/incoming/api/v1";
    let john = json!({ "email": "newuser@example.com", "firstName": "John", "lastName": "Smith" });
    let (status, body) = send(&tenant, &format!("POST {v1}/users?apiKey={key}"), john.clone()).await;
    assert_eq!(status, 201);
    let created = &body["user"];
    assert_eq!(
        (&created["email"], &created["firstName"], &created["active"]),
        (&john["email"], &json!("John"), &json!(true))
    );
    let john_id = id(created);

    let (status, body) = send(&tenant, &format!("POST {v1}/users?apiKey={key}"), john).await;
    assert_eq!((status, body["error"].as_str()), (422, Some("Email has already been taken")));

    let change = json!({ "firstName": "Jonathan", "active": false });
    let (status, body) = send(&tenant, &format!("PUT {v1}/users/{john_id}?apiKey={key}"), change).await;
    assert_eq!(status, 200);
    let expected = json!(["newuser@example.com", "Jonathan", false]);
    assert_eq!(json!([body["user"]["email"], body["user"]["firstName"], body["user"]["active"]]), expected);
    assert_eq!(body["user"]["lastName"], Value::Null, "a PUT replaces the whole object");

    let membership = json!({ "userId": john_id });
    let group = format!("POST {v1}/groups/grp001/users?apiKey={key}");
    assert_eq!(send(&tenant, &group, membership.clone()).await, (200, json!({ "success": true })));
    let unknown = format!("POST {v1}/groups/grp999/users?apiKey={key}");
    assert_eq!(send(&tenant, &unknown, membership.clone()).await.0, 404);

    let delete = format!("DELETE {v1}/users/{john_id}?apiKey={key}");
    assert_eq!(send(&tenant, &delete, Value::Null).await, (200, json!({ "success": true })));
    assert_eq!(send(&tenant, &delete, Value::Null).await.0, 404);
    assert_eq!(send(&tenant, &format!("GET {v1}/users/{john_id}?apiKey={key}"), Value::Null).await.0, 404);
    assert_eq!(effects(&tenant), ["users.create", "users.update", "groups.add-user", "users.delete"]);
}

#[tokio::test]
async fn the_update_of_the_reference_is_taken_as_printed() {
    for dialect in BOTH {
        let tenant = start(dialect).await;
        let learner = id(&someone(&tenant, is_learner).await);
        let path = format!("PUT /incoming/v2/users/{learner}");
        let before = person(&tenant, &learner).await;
        let printed = json!({
            "email": "string", "externalCustomerId": "string", "studentLicenseSkus": [], "managerLicenseSkus": []
        });
        let (status, body) = send(&tenant, &path, printed.clone()).await;
        assert_eq!(
            (status, message(&body)),
            (if dialect == Dialect::Documented { 422 } else { 400 }, "Email is invalid")
        );
        let mut with_an_address = printed;
        with_an_address["email"] = json!("string@example.com");
        let (status, body) = send(&tenant, &path, with_an_address).await;
        assert_eq!(status, 200);
        let after = flat(&body);
        assert_eq!((&after["email"], &after["externalCustomerId"]), (&json!("string@example.com"), &json!("string")));
        assert_eq!(held(&after), held(&before), "empty lists that are merged revoke nothing");
        let wrapped = body["data"]["APIUpdateUser"].is_object();
        assert_eq!(wrapped, dialect == Dialect::Documented);
        assert_eq!(effects(&tenant), ["users.update"]);
    }
}

#[tokio::test]
async fn all_parameters_of_an_update_are_taken_and_shown() {
    let tenant = start(Dialect::Documented).await;
    let learner =
        id(&someone(&tenant, |user| is_learner(user) && user["client"].is_object() && user["sfContactId"].is_null())
            .await);
    let mut change = json!({
        "email": "all@example.com", "externalCustomerId": "HR-all", "firstName": "Ada", "lastName": "Byron",
        "role": "instructor", "address1": "1 Main St", "address2": "Apt 2", "city": "Paris", "state": "TX",
        "zipCode": "75460", "country": "US", "telephone": "+1 555 0100", "language": "fr", "preferredCurrency": "EUR",
        "sfContactId": "0035g00000XyZ", "balance": 12.5, "tieredSubscription": true, "enforceAccessDays": false,
        "customFields": { "department": "R&D", "shoeSize": 38 }, "panoramaEnrollmentOptions": {},
    });
    for place in 1..=10 {
        change[format!("ref{place}")] = json!(format!("reference {place}"));
    }
    let (status, body) = send(&tenant, &format!("PUT /incoming/v2/users/{learner}"), change.clone()).await;
    assert_eq!(status, 200, "{body}");
    let after = flat(&body);
    let unshown = ["tieredSubscription", "enforceAccessDays", "panoramaEnrollmentOptions", "customFields"];
    for (name, value) in
        change.as_object().expect("an object").iter().filter(|(name, _)| !unshown.contains(&name.as_str()))
    {
        let shown = match name.as_str() {
            "role" => "roleKey",
            "language" => "lang",
            name => name,
        };
        assert_eq!(&after[shown], value, "{name}");
    }
    assert_eq!(after["customFields"]["department"], "R&D");
    assert_eq!(after["customFields"]["shoeSize"], Value::Null, "unknown keys are dropped without a word");
    let again = json!({ "sfContactId": "0035g00000Other" });
    let (status, body) = send(&tenant, &format!("PUT /incoming/v2/users/{learner}"), again).await;
    assert_eq!((status, message(&body)), (422, "sfContactId cannot be changed once it is set"));
    let nulled = json!({ "lastName": null });
    let after = flat(&send(&tenant, &format!("PUT /incoming/v2/users/{learner}"), nulled).await.1);
    assert_eq!(
        (&after["lastName"], &after["firstName"]),
        (&Value::Null, &json!("Ada")),
        "null takes away, absent leaves"
    );
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_and_changes_nothing() {
    for dialect in BOTH {
        let tenant = start(dialect).await;
        let learner = someone(&tenant, is_learner).await;
        let taken = someone(&tenant, |user| user["email"].is_string() && user["id"] != learner["id"]).await;
        let path = format!("PUT /incoming/v2/users/{}", id(&learner));
        let cases = [
            (json!({ "email": taken["email"] }), 409, "Email has already been taken"),
            (json!({ "email": null }), 422, "Email is invalid"),
            (json!({ "role": "emperor" }), 422, "Role not found"),
            (json!({ "firstName": 7 }), 400, "firstName has to be a string"),
            (json!({ "shoeSize": 38 }), 400, "Unknown parameter shoeSize"),
            (json!({ "active": false }), 400, "Unknown parameter active"),
            (json!({ "password": "correct horse" }), 400, "Unknown parameter password"),
            (json!({ "studentLicenseSkus": ["NO-SUCH"] }), 422, "License NO-SUCH not found"),
            (json!({ "studentLicenseIds": 7 }), 400, "studentLicenseIds has to be a list"),
            (json!({ "courseSkus": ["COURSE-007"] }), 422, "Course is not published"),
            (json!({ "replaceCourseAccess": "yes" }), 400, "replaceCourseAccess has to be true or false"),
            (json!({ "clientSlug": "no-such" }), 422, "Client not found"),
        ];
        for (change, status, refusal) in cases {
            let (answered, body) = send(&tenant, &path, change.clone()).await;
            let expected = if dialect == Dialect::Documented { status } else { 400 };
            assert_eq!((answered, message(&body)), (expected, refusal), "{change}");
            assert_eq!(body["errors"][0].is_string(), dialect == Dialect::Observed);
        }
        let (status, body) = send(&tenant, "PUT /incoming/v2/users/nobody", json!({})).await;
        assert_eq!((status, message(&body)), (404, "User not found"));
        let (status, _) = send(&tenant, &path, json!([1])).await;
        assert_eq!(status, 400);
        assert!(tenant.effects().is_empty());
    }
}

#[tokio::test]
async fn people_are_created_once_for_each_address() {
    for dialect in BOTH {
        let tenant = start(dialect).await;
        let ada = json!({ "email": "Ada@example.com", "firstName": "Ada", "sendInvite": false });
        let (status, body) = send(&tenant, "POST /incoming/v2/users", ada.clone()).await;
        assert_eq!(status, if dialect == Dialect::Documented { 201 } else { 200 });
        let created = flat(&body);
        let role = if dialect == Dialect::Documented { "learner" } else { "student" };
        let expected = json!(["Ada@example.com", "Ada", null, role, false, null]);
        let fields = ["email", "firstName", "lastName", "roleKey", "disabled", "telephone"];
        assert_eq!(json!(fields.map(|name| created[name].clone())), expected);
        assert!(created["createdAt"].is_string() && held(&created).is_empty());
        let again = json!({ "email": "ada@EXAMPLE.com" });
        assert_eq!(message(&send(&tenant, "POST /incoming/v2/users", again).await.1), "Email has already been taken");
        let upsert = json!({ "email": "ada@example.com", "lastName": "Byron", "upsert": true });
        let (status, body) = send(&tenant, "POST /incoming/v2/users", upsert).await;
        assert_eq!((status, flat(&body)["id"].clone()), (200, created["id"].clone()));
        assert_eq!(message(&send(&tenant, "POST /incoming/v2/users", json!({})).await.1), "Email is required");
        assert_eq!(effects(&tenant), ["users.create", "users.update"]);
        let listed = send(&tenant, "GET /incoming/v2/users", Value::Null).await.1;
        assert_eq!(flat(&listed)["pageInfo"]["total"], 251);
    }
}

#[tokio::test]
async fn licences_are_merged_unless_they_are_replaced_and_seats_are_counted() {
    for dialect in BOTH {
        let tenant = start(dialect).await;
        let learner = someone(&tenant, |user| is_learner(user) && user["clientId"].is_string()).await;
        let path = format!("PUT /incoming/v2/users/{}", id(&learner));
        let license = license_with_room(&tenant, learner["clientId"].as_str().expect("a client")).await;
        let before = person(&tenant, &id(&learner)).await;
        let own = held(&before)[0].to_owned();
        let other = license["id"].as_str().expect("an id").to_owned();
        let merged = flat(&send(&tenant, &path, json!({ "studentLicenseIds": [other] })).await.1);
        assert_eq!(held(&merged), if own == other { vec![own.as_str()] } else { vec![own.as_str(), other.as_str()] });
        let by_sku = json!({ "studentLicenseSkus": [license["sku"]], "replaceLicenseAccess": true });
        let replaced = flat(&send(&tenant, &path, by_sku).await.1);
        assert_eq!(held(&replaced), [other.as_str()]);
        let revoked = json!({ "studentLicenseIds": [], "replaceLicenseAccess": true });
        assert!(held(&flat(&send(&tenant, &path, revoked).await.1)).is_empty(), "an empty list that replaces clears");
    }
}

#[tokio::test]
async fn a_licence_without_free_seats_takes_nobody() {
    let tenant = start(Dialect::Documented).await;
    let (_, clients) = send(&tenant, "GET /incoming/v2/clients", Value::Null).await;
    let client = id(&flat(&clients)["clients"][0]);
    let new = json!({ "clientId": client, "name": "Two seats", "sku": "TWO", "seatsLimit": 2 });
    let (status, body) = send(&tenant, "POST /incoming/v2/licenses", new).await;
    assert_eq!(status, 201, "{body}");
    let license = flat(&body);
    assert_eq!((&license["seatsLimit"], &license["client"]["id"]), (&json!(2), &json!(client)));
    for (number, expected) in [(1, 201), (2, 201), (3, 422)] {
        let person = json!({ "email": format!("p{number}@example.com"), "studentLicenseSkus": ["TWO"] });
        let (status, body) = send(&tenant, "POST /incoming/v2/users", person).await;
        assert_eq!(status, expected, "{body}");
        if expected == 422 {
            assert_eq!(message(&body), "Seat limit reached");
        }
    }
    let smaller = json!({ "name": "One seat", "seatsLimit": 1 });
    let path = format!("PUT /incoming/v2/licenses/{}", id(&license));
    let (status, body) = send(&tenant, &path, smaller).await;
    assert_eq!((status, message(&body)), (422, "More seats are taken than seatsLimit"));
    let (status, body) = send(&tenant, &path, json!({ "seatsLimit": 3 })).await;
    assert_eq!((status, message(&body)), (422, "name is required"));
    let updated = flat(&send(&tenant, &path, json!({ "name": "No limit" })).await.1);
    assert_eq!((&updated["name"], &updated["seatsLimit"]), (&json!("No limit"), &Value::Null), "left out means none");
    let delete = format!("DELETE /incoming/v2/licenses/{}", id(&license));
    let (status, body) = send(&tenant, &delete, Value::Null).await;
    assert_eq!((status, &body["data"]["LicenseById"]["name"]), (200, &json!("No limit")));
    assert_eq!(send(&tenant, &delete, Value::Null).await.0, 404);
    let everyone = json!({ "email": "p4@example.com", "studentLicenseSkus": ["TWO"] });
    assert_eq!(send(&tenant, "POST /incoming/v2/users", everyone).await.0, 422, "the licence is gone");
}

#[tokio::test]
async fn enrolment_needs_a_published_course_and_an_active_person() {
    let tenant = start(Dialect::Documented).await;
    let learner = id(&someone(&tenant, is_learner).await);
    let disabled = id(&someone(&tenant, |user| user["disabled"] == true).await);
    let courses = query(&tenant, "{ users { purchasedCourses { course { id status } } } }").await;
    let courses: Vec<Value> = courses["data"]["users"]
        .as_array()
        .expect("people")
        .iter()
        .flat_map(|user| user["purchasedCourses"].as_array().cloned().unwrap_or_default())
        .map(|held| held["course"].clone())
        .collect();
    let of = |published: bool| courses.iter().find(|course| (course["status"] == "published") == published);
    let enroll = |course: &Value| format!("POST /incoming/api/v1/courses/{}/enrollments", id(course));
    let (published, draft) = (of(true).expect("a published course"), of(false).expect("a draft"));
    let (status, body) = send(&tenant, &enroll(draft), json!({ "userId": learner })).await;
    assert_eq!((status, message(&body)), (422, "Course is not published"));
    let (status, body) = send(&tenant, &enroll(published), json!({ "userId": disabled })).await;
    assert_eq!((status, message(&body)), (422, "User is not active"));
    let before = send(&tenant, &format!("GET /incoming/api/v1/users/{learner}/enrollments"), Value::Null).await.1;
    let has_it = before["enrollments"].as_array().expect("a list").iter().any(|own| own["courseId"] == published["id"]);
    let (status, body) = send(&tenant, &enroll(published), json!({ "userId": learner })).await;
    if has_it {
        assert_eq!((status, message(&body)), (422, "User is already enrolled"));
    } else {
        assert_eq!((status, &body["enrollment"]["status"]), (201, &json!("not_started")));
        let (status, body) = send(&tenant, &enroll(published), json!({ "userId": learner })).await;
        assert_eq!((status, message(&body)), (422, "User is already enrolled"));
    }
    assert_eq!(send(&tenant, &enroll(published), json!({})).await.0, 422);
}

#[tokio::test]
async fn a_status_is_that_of_both_records_of_a_pair() {
    for dialect in BOTH {
        let tenant = start(dialect).await;
        let pair = someone(&tenant, |user| user["managerUserId"].is_string()).await;
        let manager = pair["managerUserId"].as_str().expect("an id").to_owned();
        let was = pair["disabled"].as_bool().expect("a status");
        let status = if was { "active" } else { "disabled" };
        let path = format!("PUT /incoming/v2/users/{manager}/updateStatus");
        assert_eq!(send(&tenant, &path, json!({ "status": status })).await, (200, json!({ "status": status })));
        for record in [id(&pair), manager] {
            assert_eq!(person(&tenant, &record).await["disabled"], !was);
        }
        let (_, body) = send(&tenant, &path, json!({ "status": "asleep" })).await;
        assert_eq!(message(&body), "status has to be active or disabled");
        let by_email = format!("PUT /incoming/v2/users/{}/updateStatus", pair["email"].as_str().expect("an address"));
        assert_eq!(send(&tenant, &by_email, json!({ "status": "active" })).await.0, 200);
        let expected = vec!["users.update-status"; 2];
        assert_eq!(effects(&tenant), expected);
    }
}

#[tokio::test]
async fn a_second_record_is_made_and_removed() {
    for dialect in BOTH {
        let tenant = start(dialect).await;
        let learner = someone(&tenant, |user| is_learner(user) && user["email"].is_string()).await;
        let path = format!("PUT /incoming/v2/users/{}/makeDualRole", id(&learner));
        let (status, body) = send(&tenant, &path, json!({ "role": "customer-admin" })).await;
        assert_eq!(status, 200);
        let ids = flat(&body);
        assert_eq!(ids["learnerId"], learner["id"]);
        let manager = person(&tenant, ids["managerId"].as_str().expect("an id")).await;
        assert_eq!(
            json!([manager["email"], manager["roleKey"], manager["learnerUserId"], manager["managerUserId"]]),
            json!([learner["email"], "customer-admin", learner["id"], null])
        );
        assert_eq!(person(&tenant, &id(&learner)).await["managerUserId"], manager["id"]);
        assert_eq!(message(&send(&tenant, &path, json!({})).await.1), "User has a dual role already");
        let remove = json!({ "userIds": [manager["id"], "00000000-0000-0000-0000-000000000000"] });
        let (_, body) = send(&tenant, "PUT /incoming/v2/users/bulkRemoveDualRoleManager", remove).await;
        let expected = json!({
            "updatedRecordCount": 1, "invalidUserIds": ["00000000-0000-0000-0000-000000000000"]
        });
        assert_eq!(flat(&body), expected);
        assert_eq!(person(&tenant, &id(&learner)).await["managerUserId"], Value::Null);
        assert_eq!(effects(&tenant), ["users.make-dual-role", "users.remove-dual-role"]);
    }
}

#[tokio::test]
async fn bulk_calls_tell_each_record_that_failed() {
    for dialect in BOTH {
        let tenant = start(dialect).await;
        let learner = someone(&tenant, |user| is_learner(user) && user["clientId"].is_string()).await;
        let license = license_with_room(&tenant, learner["clientId"].as_str().expect("a client")).await;
        let users = json!({ "users": [
            { "id": learner["id"], "studentLicenseIds": [license["id"]] },
            { "email": "nobody@example.com", "studentLicenseIds": [license["id"]] },
            { "id": learner["id"], "studentLicenseSkus": ["NO-SUCH"] },
        ] });
        let (status, body) = send(&tenant, "POST /incoming/v2/users/bulkClientLicenseAssignment", users.clone()).await;
        assert_eq!(status, 200);
        let done = flat(&body);
        assert_eq!(done["updatedRecordCount"], 1);
        let errors: Vec<&str> =
            done["errors"].as_array().expect("errors").iter().filter_map(|one| one["error"].as_str()).collect();
        assert_eq!(errors, ["User not found", "License NO-SUCH not found"]);
        assert_eq!(done["errors"][0]["identifier"], "nobody@example.com");
        assert_eq!(done["errors"][1]["record"], users["users"][2]);
        assert!(held(&person(&tenant, &id(&learner)).await).contains(&license["id"].as_str().expect("an id")));
        assert_eq!(effects(&tenant), ["licenses.bulk-assign"]);
    }
}

#[tokio::test]
async fn a_client_is_disabled_by_one_word_and_enabled_by_every_other() {
    let tenant = start(Dialect::Documented).await;
    let (_, clients) = send(&tenant, "GET /incoming/v2/clients", Value::Null).await;
    let client = id(&flat(&clients)["clients"][0]);
    for (status, expected) in [("disabled", "disabled"), ("anything", "active")] {
        let path = format!("PUT /incoming/v2/clients/{client}/updateStatus");
        let (_, body) = send(&tenant, &path, json!({ "status": status })).await;
        assert_eq!(body, json!({ "id": client, "status": expected }));
    }
}

#[tokio::test]
async fn webhooks_are_registered_and_their_secret_is_not_shown() {
    let tenant = start(Dialect::Documented).await;
    let hook =
        json!({ "url": "https://hr.example/ti", "events": ["user.created"], "secret": "planted", "active": true });
    let (status, body) = send(&tenant, "POST /incoming/v2/webhooks", hook).await;
    assert_eq!((status, &body["url"], body.get("secret")), (200, &json!("https://hr.example/ti"), None));
    let plain = json!({ "url": "http://hr.example/ti", "events": ["user.created"] });
    assert_eq!(send(&tenant, "POST /incoming/v2/webhooks", plain).await.0, 422);
}

#[tokio::test]
async fn an_import_comes_a_step_further_each_time_that_somebody_asks() {
    let tenant = start(Dialect::Documented).await;
    let file =
        serve("email,firstName,lastName\nada@example.com,Ada,Byron\nnobody,No,Body\ngrace@example.com,Grace,\n").await;
    let import = |dry: bool| json!({ "url": file, "dryRun": dry, "bundleIds": [], "licenseIds": [] });
    for (dry, people) in [(true, 250), (false, 251)] {
        let (status, body) = send(&tenant, "POST /incoming/v2/users/bulkImport", import(dry)).await;
        assert_eq!(status, 200);
        let mut job = flat(&body);
        let mut seen = vec![job["status"].clone()];
        while !matches!(job["status"].as_str(), Some("complete" | "failed")) {
            job = flat(&send(&tenant, &format!("GET /incoming/v2/jobs/{}", id(&job)), Value::Null).await.1);
            seen.push(job["status"].clone());
        }
        assert_eq!(json!(seen), json!(["queued", "processing", "complete"]));
        assert_eq!(
            job["errorMessage"],
            "2 rows are invalid: row 3: email, firstName and lastName are required; row 4: email, firstName and \
             lastName are required"
        );
        let total = &flat(&send(&tenant, "GET /incoming/v2/users", Value::Null).await.1)["pageInfo"]["total"];
        assert_eq!(*total, people);
    }
    let elsewhere = json!({ "url": "https://files.example/people.csv" });
    let job = flat(&send(&tenant, "POST /incoming/v2/users/bulkImport", elsewhere).await.1);
    assert_eq!(job["type"], "bulkImport");
}

/// Serves a file until the test ends; its address.
async fn serve(text: &'static str) -> String {
    let router = axum::Router::new().route("/people.csv", axum::routing::get(move || async move { text }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/people.csv")
}

#[tokio::test]
async fn mutations_do_what_v2_does() {
    let tenant = start(Dialect::Documented).await;
    let learner = id(&someone(&tenant, is_learner).await);
    let text = format!(
        "mutation {{ APIUpdateUser(id: \"{learner}\", firstName: \"Ada\", lastName: null, customFields: {{department: \"Sales\"}}) \
         {{ id firstName lastName customFields }} }}"
    );
    let answer = query(&tenant, &text).await;
    let after = &answer["data"]["APIUpdateUser"];
    assert_eq!(json!([after["id"], after["firstName"], after["lastName"]]), json!([learner, "Ada", null]), "{answer}");
    let pair = format!("mutation {{ SetupUserDualRole(id: \"{learner}\") {{ learnerId managerId }} }}");
    let ids = query(&tenant, &pair).await["data"]["SetupUserDualRole"].clone();
    assert_eq!(ids["learnerId"], json!(learner));
    let remove = format!(
        "mutation {{ APIBulkRemoveDualRoleManager(userIds: [{}]) {{ updatedRecordCount invalidUserIds }} }}",
        ids["managerId"]
    );
    assert_eq!(query(&tenant, &remove).await["data"]["APIBulkRemoveDualRoleManager"]["updatedRecordCount"], 1);
    let bulk = "mutation { APIBulkContentAssignment(users: [{email: \"nobody@example.com\", courseIds: []}]) \
                { updatedRecordCount errors { identifier error record } } }";
    let done = query(&tenant, bulk).await["data"]["APIBulkContentAssignment"].clone();
    assert_eq!((&done["updatedRecordCount"], &done["errors"][0]["error"]), (&json!(0), &json!("User not found")));
    let refused =
        query(&tenant, &format!("mutation {{ APIUpdateUser(id: \"{learner}\", role: \"emperor\") {{ id }} }}")).await;
    assert_eq!(refused["errors"][0]["message"], "Role not found");

    let observed = start(Dialect::Observed).await;
    let create =
        "mutation { CreateLearner(email: \"ada@example.com\", firstName: \"Ada\", lastName: \"Byron\") { id email } }";
    assert_eq!(query(&observed, create).await["data"]["CreateLearner"]["email"], "ada@example.com");
    assert_eq!(query(&observed, create).await["errors"][0]["message"], "Email has already been taken");
    assert_eq!(effects(&observed), ["users.create"]);
}
