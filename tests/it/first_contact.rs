//! The first requests to a tenant that nothing is known of, and what is remembered of its responses.

use futures::TryStreamExt as _;
use serde_json::{Value, json};
use thought_industries::{
    Client, Dialect, Error, KeyPlacement, Presence, Surface, TenantProfile, UserFields, UserKey, UserStatus,
};

use crate::imitation::{Asked, Imitation, json as answer, page};
use crate::script::now;
use crate::seam::HttpResponse;

/// A response, by name.
type Form = (&'static str, fn() -> HttpResponse);

/// What paths that a tenant does not have may respond.
const ABSENT: [Form; 19] = [
    ("404", || HttpResponse::new(404, "", "")),
    ("404 page", || page(404, "Not found")),
    ("404 errors", || answer(404, r#"{"errors":[{"message":"Not Found"}]}"#)),
    ("404 message", || answer(404, r#"{"error":"not_found","message":"No route matches"}"#)),
    ("405", || HttpResponse::new(405, "", "")),
    ("200 login page", || page(200, "Log in")),
    ("200 empty", || HttpResponse::new(200, "", "")),
    ("200 errors", || answer(200, r#"{"errors":[{"message":"Not Found"}]}"#)),
    ("200 object", || answer(200, "{}")),
    ("302", || HttpResponse::new(302, "", "").with_header("location", "/learn/sign_in")),
    ("400", || HttpResponse::new(400, "", "")),
    ("400 errors", || answer(400, r#"{"errors":["Bad request"]}"#)),
    ("401", || HttpResponse::new(401, "", "")),
    ("403 page", || page(403, "Forbidden")),
    ("403 message", || answer(403, r#"{"message":"Forbidden"}"#)),
    ("500 page", || page(500, "Something went wrong")),
    ("500 errors", || answer(500, r#"{"errors":[{"message":"Internal server error"}]}"#)),
    ("501", || HttpResponse::new(501, "", "")),
    ("503", || HttpResponse::new(503, "", "")),
];

fn user(id: &str, email: &str) -> Value {
    json!({ "id": id, "email": email, "firstName": "Ada", "roleKey": "participant", "disabled": false })
}

fn everyone() -> [Value; 2] {
    [user("u-1", "ada@example.com"), user("u-2", "bob@example.com")]
}

/// Flat v2 as production clients know it: lists by cursor, any key of a user in the path.
fn v2(asked: &Asked<'_>) -> Option<HttpResponse> {
    let key = asked.path.strip_prefix("/incoming/v2/users/").map(|key| key.replace("%40", "@"));
    match (asked.method, asked.path, key) {
        ("GET", "/incoming/v2/users", _) => {
            let info = json!({ "hasMore": false, "cursor": null });
            Some(answer(200, json!({ "users": everyone(), "pageInfo": info }).to_string()))
        }
        ("GET", _, Some(key)) => {
            let found = everyone().into_iter().find(|user| user["id"] == *key || user["email"] == *key);
            Some(found.map_or_else(
                || answer(404, r#"{"errors":[{"message":"User not found"}]}"#),
                |user| answer(200, user.to_string()),
            ))
        }
        _ => None,
    }
}

fn list(client: &Client) -> Result<Vec<String>, Error> {
    let users: Vec<_> = now(client.users().list().items().try_collect())?;
    Ok(users.into_iter().map(|user| user.id).collect())
}

/// The endpoints with weak evidence are tried first; whatever a tenant without them responds, the next ones are used,
/// within eight requests, and not tried again.
#[test]
fn every_refusal_of_an_absent_endpoint_falls_through() {
    for (form, absent) in ABSENT {
        for dialect in [Dialect::Documented, Dialect::Observed] {
            let tenant = Imitation::new(move |asked| match asked.key_in {
                "bearer" => v2(asked).unwrap_or_else(absent),
                _ if asked.path.starts_with("/incoming/v2/") => HttpResponse::new(401, "", ""),
                _ => absent(),
            });
            let client = tenant.builder().with_dialect(dialect).build().expect("right settings");
            assert_eq!(list(&client).expect(form), ["u-1", "u-2"], "{form}");
            assert!(tenant.asked().len() <= 8, "{form}: {:?}", tenant.asked());
            let before = tenant.asked().len();
            assert_eq!(list(&client).expect(form).len(), 2);
            assert_eq!(tenant.asked()[before..], ["GET /incoming/v2/users"], "{form}");
            // v1 is as absent, and the address is found all the same, also by a client that has just started.
            let found = now(client.users().get("bob@example.com").send()).expect(form);
            assert_eq!(found.id, "u-2", "{form}");
            let before = tenant.asked().len();
            let stranger = tenant.builder().with_dialect(dialect).build().expect("right settings");
            let found = now(stranger.users().get("bob@example.com").send()).expect(form);
            assert_eq!(found.id, "u-2", "{form}");
            assert!(tenant.asked().len() - before <= 8, "{form}: {:?}", &tenant.asked()[before..]);
        }
    }
}

/// A tenant with v1 alone, at whatever else it responds.
#[test]
fn v1_is_found_behind_whatever_else_responds() {
    for (form, absent) in ABSENT {
        let tenant = Imitation::new(move |asked| match (asked.path, asked.key_in) {
            ("/incoming/api/v1/users", "header" | "query") => {
                let users = everyone().map(|user| json!({ "id": user["id"], "email": user["email"], "active": true }));
                answer(200, json!({ "users": users, "total": 2 }).to_string())
            }
            ("/incoming/api/v1/users", _) => HttpResponse::new(401, "", ""),
            _ => absent(),
        });
        assert_eq!(list(&tenant.client()).expect(form), ["u-1", "u-2"], "{form}");
    }
}

/// A GraphQL endpoint at either path, with the key in any of its places.
#[test]
fn graphql_is_found_wherever_it_takes_the_key() {
    let body = json!({ "data": { "APIUsers": { "users": everyone(), "pageInfo": { "hasMore": false } } } }).to_string();
    for (path, key_in) in [
        ("/incoming/api/graphql", "header"),
        ("/incoming/api/graphql", "query"),
        ("/incoming/api/graphql", "bearer"),
        ("/helium", "query"),
        ("/helium", "bearer"),
    ] {
        for (form, absent) in ABSENT {
            let body = body.clone();
            let tenant = Imitation::new(move |asked| match (asked.path == path, asked.key_in == key_in) {
                (true, true) if asked.body.contains("__typename }") => {
                    answer(200, r#"{"data":{"__typename":"Query"}}"#)
                }
                (true, true) => answer(200, body.clone()),
                (true, false) => HttpResponse::new(401, "", ""),
                _ => absent(),
            });
            let client = tenant.client();
            let page = now(client.users().list().send()).expect(form);
            assert_eq!((page.surface(), page.users.as_ref().map(Vec::len)), (Surface::GraphQl, Some(2)), "{form}");
            let known = client.profile();
            let endpoint = known.endpoints.iter().find(|endpoint| endpoint.path == path).expect("the endpoint");
            assert_eq!(endpoint.presence, Presence::Present);
            assert_eq!(endpoint.key_in.map(|key| key.to_string()).as_deref(), Some(key_in));
            // With what was learned, another client needs no detour.
            let before = tenant.asked().len();
            let next = tenant.builder().with_profile(known).build().expect("right settings");
            now(next.users().list().send()).expect("a list");
            assert_eq!(tenant.asked()[before..], [format!("POST {path}")], "{form}");
        }
    }
}

/// Some helium code reads a single response as a batch of one.
#[test]
fn a_batch_of_one_is_a_response() {
    let tenant = Imitation::new(|asked| match asked.path {
        "/helium" => {
            let page = json!({ "users": everyone(), "pageInfo": { "hasMore": false } });
            answer(200, json!([{ "data": { "APIUsers": page } }]).to_string())
        }
        _ => HttpResponse::new(404, "", ""),
    });
    assert_eq!(list(&tenant.client()).expect("a list"), ["u-1", "u-2"]);
}

/// No write is sent to an endpoint that has never responded as what it should be.
#[test]
fn a_write_waits_until_its_surface_is_known() {
    for (form, absent) in ABSENT {
        let tenant = Imitation::new(move |asked| match (asked.method, asked.path, asked.key_in) {
            ("GET", "/incoming/v2/ping", "bearer") => answer(200, r#"{"valid":true}"#),
            ("PUT", "/incoming/v2/users/u-1", "bearer") => answer(200, user("u-1", "ada@example.com").to_string()),
            (_, path, "bearer") if path.starts_with("/incoming/v2") => absent(),
            (_, path, _) if path.starts_with("/incoming/v2") => HttpResponse::new(401, "", ""),
            _ => absent(),
        });
        let update = tenant.client().users().update(UserKey::Id("u-1".into()), UserFields::new().first_name("Ada"));
        now(update.send()).expect(form);
        let writes: Vec<String> = tenant.asked().into_iter().filter(|asked| asked.starts_with("PUT")).collect();
        assert_eq!(writes, ["PUT /incoming/v2/users/u-1"], "{form}");
    }
}

/// A key that no surface takes is an error about the key, and costs a bounded number of requests.
#[test]
fn a_wrong_key_is_an_error_about_the_key() {
    for refusal in [|| HttpResponse::new(401, "", ""), || answer(403, r#"{"message":"Forbidden"}"#)] {
        let tenant = Imitation::new(move |_| refusal());
        let client = tenant.client();
        let error = list(&client).expect_err("the key is wrong");
        assert!(error.is_unauthorized() || error.is_forbidden(), "{error}");
        // A key that is forbidden one thing may be accepted, so each place takes one more request there.
        assert!(tenant.asked().len() <= 17, "{:?}", tenant.asked());
        let error = now(client.connect()).expect_err("the key is wrong");
        assert!(error.is_unauthorized() || error.is_forbidden(), "{error}");
    }
}

/// An endpoint that has responded as what it should be is believed: a later failure is a failure.
#[test]
fn a_known_endpoint_is_believed() {
    let tenant = Imitation::new(|asked| match asked.number {
        0 => {
            let page = json!({ "users": everyone(), "pageInfo": { "hasMore": false } });
            answer(200, json!({ "data": { "APIUsers": page } }).to_string())
        }
        _ => answer(403, r#"{"message":"Forbidden"}"#),
    });
    let client = tenant.client();
    list(&client).expect("the first one");
    assert!(list(&client).expect_err("refused").is_forbidden());
    assert_eq!(tenant.asked().len(), 2, "no other surface was asked");
}

/// A tenant that is down is not taken for one without surfaces for ever.
#[test]
fn a_tenant_that_is_down_is_asked_again() {
    let is_up = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let switch = std::sync::Arc::clone(&is_up);
    let tenant = Imitation::new(move |asked| {
        let is_up = switch.load(std::sync::atomic::Ordering::Relaxed);
        let up = v2(asked).filter(|_| is_up && asked.key_in == "bearer");
        up.unwrap_or_else(|| HttpResponse::new(503, "", ""))
    });
    let client = tenant.client();
    let error = list(&client).expect_err("down");
    assert!(error.is_retryable(), "{error}");
    is_up.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(list(&client).expect("up again").len(), 2);
}

/// How a tenant may say that a user does not exist.
const NOT_FOUND: [(u16, &str); 12] = [
    (404, ""),
    (404, "<!doctype html>"),
    (404, r#"{"errors":[{"message":"User not found"}]}"#),
    (200, r#"{"errors":[{"message":"User not found"}]}"#),
    (200, r#"{"errors":["Kein Benutzer gefunden"]}"#),
    (200, r#"{"errors":[{"message":"No user matches the given identifier"}],"data":null}"#),
    (200, "null"),
    (200, r#"{"data":{"UserById":null}}"#),
    (400, r#"{"errors":["Unknown id"]}"#),
    (410, ""),
    (422, r#"{"message":"Could not find record"}"#),
    (200, r#"{"success":false,"message":"unknown user"}"#),
];

/// A tenant that responds so for users who do not exist, or for all.
fn without_users(status: u16, body: &'static str, shows_others: bool) -> Imitation {
    Imitation::new(move |asked| match (asked.method, asked.path, asked.key_in) {
        ("GET", "/incoming/v2/users/u-1" | "/incoming/v2/users/u-2", "bearer") if shows_others => {
            v2(asked).expect("a user")
        }
        ("POST", "/incoming/v2/users", "bearer") => {
            let mut created = user("u-9", "new@example.com");
            created["firstName"] = "New".into();
            answer(201, created.to_string())
        }
        ("GET", "/incoming/v2/users/u-9", "bearer") => {
            let mut created = user("u-9", "new@example.com");
            created["firstName"] = "New".into();
            answer(200, created.to_string())
        }
        (_, path, "bearer") if path.starts_with("/incoming/v2/users/") => answer(status, body),
        (_, _, "bearer") => v2(asked).unwrap_or_else(|| HttpResponse::new(404, "", "")),
        (_, path, _) if path.starts_with("/incoming/v2") => HttpResponse::new(401, "", ""),
        _ => HttpResponse::new(404, "", ""),
    })
}

/// Whatever form "not found" has, it is one: for reads, writes and scenarios, and a user can be created.
#[test]
fn not_found_is_recognized_in_any_form() {
    for (status, body) in NOT_FOUND {
        let tenant = without_users(status, body, true);
        let client = tenant.client();
        let id = || UserKey::Id("no-such-id".into());
        let is_found = |error: Option<Error>| error.is_some_and(|error| error.is_not_found());
        assert!(is_found(now(client.users().get(id()).send()).err()), "{status} {body}");
        assert!(is_found(now(client.users().get("no.such.user@example.com").send()).err()), "{status} {body}");
        let update = client.users().update(id(), UserFields::new().first_name("A")).send();
        assert!(is_found(now(update).err()), "update: {status} {body}");
        let disable = client.users().update_status(id(), UserStatus::Disabled).send();
        assert!(is_found(now(disable).err()), "status: {status} {body}");
        assert!(is_found(now(client.users().deactivate("no.such.user@example.com")).err()), "{status} {body}");
        let fields = UserFields::new().email("new@example.com").first_name("New");
        let report = now(client.users().provision(fields).send()).expect(body);
        assert_eq!(report.user.id, "u-9", "{status} {body}");
    }
}

/// A refusal of the caller looks the same for every key, and is still none of the record.
#[test]
fn a_refusal_of_the_caller_is_not_not_found() {
    for (status, body) in [
        (200, r#"{"errors":[{"message":"You do not have permission"}]}"#),
        (200, r#"{"errors":["Rate limit exceeded, try again later"]}"#),
        (403, r#"{"message":"Forbidden"}"#),
        (400, r#"{"errors":["The API is down for maintenance"]}"#),
    ] {
        let client = without_users(status, body, false).client();
        list(&client).expect("the list is open");
        let error = now(client.users().get(UserKey::Id("u-1".into())).send()).expect_err("refused");
        assert!(!error.is_not_found(), "{status} {body}: {error}");
    }
}

/// Odd values cost a gap, not the row, and the gap names the types.
#[test]
fn one_odd_value_does_not_end_a_list() {
    let tenant = Imitation::new(|asked| {
        let odd = json!({
            "id": 4711, "email": "ada@example.com", "externalCustomerId": 815, "balance": "0.00", "disabled": "false",
            "createdAt": 1_700_000_000_000_i64, "lastActiveAt": "yesterday", "allocatedLicenses": ["l-1", "l-2"],
        });
        let listed = json!({ "users": [odd], "pageInfo": { "hasMore": false, "total": "1", "cursor": null } });
        match (asked.path, asked.key_in) {
            ("/incoming/v2/users", "bearer") => answer(200, listed.to_string()),
            _ => HttpResponse::new(404, "", ""),
        }
    });
    let client = tenant.client();
    let page = now(client.users().list().with_profiles(true).send()).expect("a page");
    let user = &page.users.as_ref().expect("users")[0];
    assert_eq!((user.id.as_str(), user.external_customer_id.as_deref()), ("4711", Some("815")));
    assert_eq!((user.balance, user.disabled), (Some(0.0), Some(false)));
    assert_eq!(user.created_at.map(thought_industries::Date::as_millisecond), Some(1_700_000_000_000));
    let dropped: Vec<_> = page.dropped().collect();
    assert_eq!(
        dropped,
        [
            ("users.allocatedLicenses", "a list with strings instead of a list of objects"),
            ("users.lastActiveAt", "a string instead of a date"),
        ]
    );
    assert!(dropped.iter().all(|(path, _)| page.gaps().iter().any(|gap| gap == path)), "each is a gap");
}

/// One odd response among many is asked for again: a page of a firewall, half of a body, none at all, a proxy's status.
#[test]
fn one_odd_response_does_not_end_a_read() {
    let odd: [fn() -> HttpResponse; 7] = [
        || page(200, "Checking your browser"),
        || answer(200, r#"{"users":[{"id":"#),
        || HttpResponse::new(200, "", ""),
        || HttpResponse::new(425, "", ""),
        || HttpResponse::new(520, "", ""),
        || HttpResponse::new(522, "", ""),
        || page(525, "SSL handshake failed"),
    ];
    for odd in odd {
        // The odd one is the first page, the second, or the first of all responses.
        for place in [0, 1, 3] {
            let tenant = Imitation::new(move |asked| {
                let number: u64 = asked.parameter("cursor").and_then(|page| page.parse().ok()).unwrap_or(1);
                match (asked.path, asked.number == place) {
                    (_, true) => odd(),
                    ("/incoming/v2/ping", _) => answer(200, r#"{"valid":true}"#),
                    ("/incoming/v2/users", _) => {
                        let cursor = if number < 5 { json!((number + 1).to_string()) } else { Value::Null };
                        let info = json!({ "hasMore": number < 5, "cursor": cursor });
                        let user = user(&format!("u-{number}"), "ada@example.com");
                        answer(200, json!({ "users": [user], "pageInfo": info }).to_string())
                    }
                    _ => HttpResponse::new(404, "", ""),
                }
            });
            let client = tenant.builder().with_dialect(Dialect::Observed).build().expect("right settings");
            assert_eq!(list(&client).expect("a list").len(), 5, "{place}");
        }
    }
}

#[test]
fn redirects_of_reads_are_followed_on_the_same_host() {
    let tenant = Imitation::new(|asked| match asked.path.strip_prefix("/moved") {
        Some(_) if asked.parameter("page") != Some("1") => HttpResponse::new(400, "", "the query is lost"),
        Some(_) if asked.key_in != "bearer" => HttpResponse::new(401, "", ""),
        Some(_) => v2(&Asked { path: "/incoming/v2/users", ..*asked }).expect("a list"),
        None if asked.path.starts_with("/incoming/v2") => {
            HttpResponse::new(308, "", "").with_header("location", format!("/moved{}", asked.path))
        }
        None => HttpResponse::new(404, "", ""),
    });
    assert_eq!(list(&tenant.client()).expect("a list").len(), 2);
}

/// A cache that serves another user: an error of its own, after one more attempt over new connections.
#[test]
fn another_user_is_never_passed_on() {
    let tenant = Imitation::new(|asked| match asked.path {
        path if path.starts_with("/incoming/v2/users/") => answer(200, user("u-2", "bob@example.com").to_string()),
        _ => v2(asked).unwrap_or_else(|| HttpResponse::new(404, "", "")),
    });
    let client = tenant.builder().with_dialect(Dialect::Observed).build().expect("right settings");
    list(&client).expect("a list");
    let error = now(client.users().get(UserKey::Id("u-1".into())).send()).expect_err("another user");
    assert!(error.is_mismatch() && !error.to_string().contains("bob"), "{error}");
    assert_eq!(tenant.discarded(), 1);
    let same = now(client.users().get(UserKey::Id("u-2".into())).send()).expect("the one who is served");
    assert_eq!(same.id, "u-2");
}

/// One stray response on a connection shifts all later ones, until the connection is discarded.
#[test]
fn a_stray_response_is_noticed_and_shifts_nothing() {
    let shifted = std::sync::Arc::new(std::sync::Mutex::new(None::<HttpResponse>));
    let state = std::sync::Arc::clone(&shifted);
    let tenant = Imitation::new(move |asked| {
        let own = v2(asked).unwrap_or_else(|| HttpResponse::new(404, "", ""));
        let mut stray = state.lock().expect("not poisoned");
        match stray.take() {
            Some(earlier) => {
                *stray = Some(own);
                earlier
            }
            None => own,
        }
    });
    let client = tenant.builder().with_dialect(Dialect::Observed).build().expect("right settings");
    list(&client).expect("a list");
    *shifted.lock().expect("not poisoned") = Some(answer(200, user("u-2", "bob@example.com").to_string()));
    // The imitation has one connection, whose shift does not end with it; a real one is closed.
    let error = now(client.users().get(UserKey::Id("u-1".into())).send());
    assert!(error.is_ok_and(|user| user.id == "u-1"), "the second response is the one to the first request");
    assert_eq!(tenant.discarded(), 1);
}

/// A response to another query is not "not found".
#[test]
fn a_response_to_another_query_proves_nothing() {
    let tenant = Imitation::new(|asked| match asked.path {
        "/incoming/api/graphql" if asked.body.contains("UserById(") && asked.number < 2 => {
            answer(200, r#"{"data":{"Clients":{"clients":[]}}}"#)
        }
        "/incoming/api/graphql" => answer(200, json!({ "data": { "UserById": user("u-1", "a@b.c") } }).to_string()),
        _ => HttpResponse::new(404, "", ""),
    });
    let client = tenant.client();
    let error = now(client.users().get(UserKey::Id("u-1".into())).send()).expect_err("another response, twice");
    assert!(error.is_mismatch() && !error.is_not_found(), "{error}");
    now(client.users().get(UserKey::Id("u-1".into())).send()).expect("the right response");
}

/// With a profile, a user is one request, by any key; with a known absence as well.
#[test]
fn a_user_is_one_request_with_a_profile() {
    let tenant = Imitation::new(|asked| match asked.key_in {
        "bearer" => v2(asked).unwrap_or_else(|| HttpResponse::new(404, "", "")),
        _ => HttpResponse::new(401, "", ""),
    });
    let profile = now(tenant.client().connect()).expect("a tenant");
    let kept: TenantProfile =
        serde_json::from_str(&serde_json::to_string(&profile).expect("JSON")).expect("the same profile");
    assert_eq!(kept, profile);
    assert_eq!(profile.role_keys.iter().map(String::as_str).collect::<Vec<_>>(), ["participant"]);
    let client = tenant.builder().with_profile(kept).build().expect("right settings");
    let before = tenant.asked().len();
    now(client.users().get(UserKey::Id("u-1".into())).send()).expect("by id");
    now(client.users().get("bob@example.com").send()).expect("by address");
    assert!(now(client.users().get("no.such.user@example.com").send()).expect_err("no user").is_not_found());
    assert_eq!(tenant.asked().len() - before, 3, "{:?}", &tenant.asked()[before..]);
    assert!(!serde_json::to_string(&client.profile()).expect("JSON").contains("ada@"), "no user is in a profile");
}

/// What was learned is corrected by connecting again, and preferences are tried first.
#[test]
fn preferences_are_tried_first_and_rule_nothing_out() {
    let tenant = Imitation::new(|asked| match (asked.path, asked.key_in) {
        ("/graphql", "bearer") => {
            let page = json!({ "users": everyone(), "pageInfo": { "hasMore": false } });
            answer(200, json!({ "data": { "APIUsers": page } }).to_string())
        }
        ("/graphql", _) => HttpResponse::new(401, "", ""),
        _ => HttpResponse::new(404, "", ""),
    });
    let builder = tenant.builder().with_graphql_path("/graphql").with_key_in(Surface::GraphQl, KeyPlacement::Header);
    let client = builder.build().expect("right settings");
    assert_eq!(list(&client).expect("a list").len(), 2);
    assert_eq!(tenant.asked(), ["POST /graphql"; 3], "header, query, bearer");
    let wrong = tenant.builder().with_graphql_path("graphql?x=1").build().expect_err("no path");
    assert!(wrong.is_settings());
}

/// A list of licenses is that of the client that was asked for, or none.
#[test]
fn licenses_of_another_client_are_never_passed_on() {
    let tenant = Imitation::new(|asked| match asked.path {
        "/incoming/v2/clients/c-1/licenses" => {
            // Every second response is one to another request.
            let of = if asked.number % 2 == 0 { "c-2" } else { "c-1" };
            let license = json!({ "id": format!("license-of-{of}"), "name": "Main" });
            let list = json!({ "id": of, "licenses": [license], "pageInfo": { "hasMore": false } });
            answer(200, list.to_string())
        }
        "/incoming/v2/ping" => answer(200, r#"{"valid":true}"#),
        _ => HttpResponse::new(404, "", ""),
    });
    let client = tenant.builder().with_dialect(Dialect::Observed).build().expect("right settings");
    for _ in 0..5 {
        let licenses: Vec<_> = now(client.licenses().of_client("c-1").items().try_collect()).expect("licenses");
        assert_eq!(licenses.iter().map(|license| license.id.as_str()).collect::<Vec<_>>(), ["license-of-c-1"]);
    }
    assert!(tenant.discarded() > 0);
}

/// A tenant without a ping, which refuses the key there as on any path that it does not have.
#[test]
fn a_ping_is_not_needed() {
    for (form, absent) in ABSENT {
        let tenant = Imitation::new(move |asked| match (asked.path, asked.key_in) {
            ("/incoming/v2/ping", _) => absent(),
            (_, "bearer") => v2(asked).unwrap_or_else(absent),
            (path, _) if path.starts_with("/incoming/v2") => HttpResponse::new(401, "", ""),
            _ => absent(),
        });
        let profile = now(tenant.client().connect()).expect(form);
        let v2 = profile.endpoints(Surface::RestV2).next().expect("an endpoint");
        assert_eq!(v2.presence, Presence::Present, "{form}");
        let error = now(tenant.client().users().get(UserKey::Id("no-such-id".into())).send()).expect_err(form);
        assert!(error.is_not_found(), "{form}: {error}");
    }
}

/// A list that does not describe its pages is read to its end, whether the tenant knows page numbers or not.
#[test]
fn a_list_without_page_info_is_read_to_its_end() {
    for knows_pages in [true, false] {
        let tenant = Imitation::new(move |asked| match asked.path {
            "/incoming/v2/users" => {
                let page: usize = asked.parameter("page").and_then(|page| page.parse().ok()).unwrap_or(1);
                let place = if knows_pages { page - 1 } else { 0 };
                let users: Vec<Value> = everyone().into_iter().skip(place).take(1).collect();
                answer(200, json!({ "users": users }).to_string())
            }
            _ => HttpResponse::new(404, "", ""),
        });
        let expected: &[&str] = if knows_pages { &["u-1", "u-2"] } else { &["u-1"] };
        assert_eq!(list(&tenant.client()).expect("a list"), expected);
    }
}

/// A write whose response shows another user may have run: it is repeated if that has no further effect, and a refusal of
/// the second one proves nothing about the first.
#[test]
fn a_write_that_is_answered_for_another_user_is_repeated_once() {
    let tenant = |second: fn() -> HttpResponse| {
        Imitation::new(move |asked| match (asked.method, asked.path, asked.number) {
            ("GET", "/incoming/v2/ping", _) => answer(200, r#"{"valid":true}"#),
            ("PUT", _, 1) => answer(200, user("u-2", "bob@example.com").to_string()),
            ("PUT", ..) => second(),
            _ => HttpResponse::new(404, "", ""),
        })
    };
    let update = |tenant: &Imitation| {
        let client = tenant.builder().with_dialect(Dialect::Observed).build().expect("right settings");
        let key = UserKey::Id("u-1".into());
        now(client.users().update(key, UserFields::new().first_name("Ada")).send()).map(|user| user.id.clone())
    };
    let right = tenant(|| answer(200, user("u-1", "ada@example.com").to_string()));
    assert_eq!(update(&right).expect("the second response"), "u-1");
    assert_eq!(right.discarded(), 1);
    let refused = tenant(|| answer(403, r#"{"message":"Forbidden"}"#));
    let error = update(&refused).expect_err("refused");
    assert!(error.execution().is_unknown(), "{error}");
    let other = tenant(|| answer(200, user("u-2", "bob@example.com").to_string()));
    let error = update(&other).expect_err("another user again");
    assert!(error.is_mismatch() && error.execution().is_unknown(), "{error}");
}

/// A tenant whose paths take addresses but no external ids: a user is found by either, and none where there is none.
#[test]
fn paths_that_take_one_kind_of_key_are_not_taken_to_take_all() {
    let tenant = Imitation::new(|asked| {
        let mut users = everyone();
        users[1]["externalCustomerId"] = "HR-2".into();
        match (asked.path, asked.key_in) {
            ("/incoming/v2/users", "bearer") => {
                let info = json!({ "hasMore": false, "cursor": null });
                answer(200, json!({ "users": users, "pageInfo": info }).to_string())
            }
            (_, "bearer") => v2(asked).unwrap_or_else(|| HttpResponse::new(404, "", "")),
            _ => HttpResponse::new(401, "", ""),
        }
    });
    let profile = now(tenant.client().connect()).expect("a tenant");
    let known = profile.endpoints(Surface::RestV2).next().expect("v2").clone();
    assert_eq!((known.emails_in_path, known.external_ids_in_path), (Some(true), Some(false)));
    for profile in [TenantProfile::of(Dialect::Observed), profile] {
        let client = tenant.builder().with_profile(profile).build().expect("right settings");
        let by = |key: UserKey| now(client.users().get(key).send()).map(|user| user.id.clone());
        assert!(by(UserKey::Email("no.such.user@example.com".into())).expect_err("no user").is_not_found());
        assert_eq!(by(UserKey::Email("bob@example.com".into())).expect("by address"), "u-2");
        assert_eq!(by(UserKey::ExternalCustomerId("HR-2".into())).expect("by external id"), "u-2");
        assert!(by(UserKey::ExternalCustomerId("HR-3".into())).expect_err("no user").is_not_found());
        // Now it is known that paths take addresses, so that one request is enough.
        let before = tenant.asked().len();
        assert!(by(UserKey::Email("no.such.user@example.com".into())).expect_err("no user").is_not_found());
        assert_eq!(tenant.asked().len() - before, 1);
    }
}

/// A surface that refuses every record in the same words, for whatever reason, has not said that one does not exist.
#[test]
fn a_refusal_of_everything_is_not_not_found() {
    for (status, body) in [
        (200, r#"{"errors":[{"message":"Query too complex"}]}"#),
        (400, r#"{"message":"Invalid API key"}"#),
        (200, "<!doctype html><title>Back soon</title>"),
        (302, ""),
    ] {
        let tenant = without_users(status, body, false);
        let client = tenant.client();
        list(&client).expect("the list is open");
        let error = now(client.users().get(UserKey::Id("u-1".into())).send()).expect_err("refused");
        assert!(!error.is_not_found(), "{status} {body}: {error}");
        let error = now(client.users().provision(UserFields::new().email("ada@example.com")).send());
        let creations = tenant.asked().iter().filter(|asked| asked.starts_with("POST /incoming/v2")).count();
        assert!(creations == 0, "{status} {body}: nothing was created: {error:?}");
    }
}

/// An external id that is the id of another user finds its own user.
#[test]
fn a_key_that_is_the_id_of_another_user_finds_its_own() {
    let tenant = Imitation::new(|asked| {
        let numbered = |id: &str, external: &str| json!({ "id": id, "email": format!("{id}@example.com"), "externalCustomerId": external });
        let users = [numbered("1042", "9"), numbered("77", "1042")];
        match (asked.path.strip_prefix("/incoming/v2/users"), asked.key_in) {
            (Some(""), "bearer") => {
                let info = json!({ "hasMore": false, "cursor": null });
                answer(200, json!({ "users": users, "pageInfo": info }).to_string())
            }
            (Some(rest), "bearer") => match users.iter().find(|user| rest[1..] == *user["id"].as_str().unwrap()) {
                Some(user) => answer(200, user.to_string()),
                None => HttpResponse::new(404, "", ""),
            },
            _ => HttpResponse::new(404, "", ""),
        }
    });
    for connects in [false, true] {
        let client = tenant.builder().with_dialect(Dialect::Observed).build().expect("right settings");
        if connects {
            now(client.connect()).expect("a tenant");
        }
        let found = now(client.users().get(UserKey::ExternalCustomerId("1042".into())).send()).expect("a user");
        assert_eq!(found.id, "77");
    }
}

/// A key that may not read one thing is still accepted, and nothing of the surface is lost.
#[test]
fn a_missing_permission_does_not_close_a_surface() {
    let tenant = Imitation::new(|asked| match (asked.path, asked.key_in) {
        ("/incoming/v2/clients", "bearer") => answer(403, r#"{"message":"role lacks permission"}"#),
        ("/incoming/v2/ping", "bearer") => answer(200, r#"{"valid":true}"#),
        (path, "bearer") if path.starts_with("/incoming/v2") => v2(asked).unwrap_or_else(|| answer(404, "{}")),
        (path, _) if path.starts_with("/incoming/v2") => HttpResponse::new(401, "", ""),
        _ => HttpResponse::new(404, "", ""),
    });
    let client = tenant.client();
    assert!(now(client.clients().list().send()).expect_err("no permission").is_forbidden());
    assert_eq!(list(&client).expect("a list").len(), 2);
}

/// A page over GraphQL whose list is no list is an error, not an empty page.
#[test]
fn a_page_whose_list_is_dropped_is_not_empty() {
    let tenant = Imitation::new(|asked| match asked.path {
        "/incoming/api/graphql" => {
            let page = json!({ "users": ["u-1", "u-2"], "pageInfo": { "hasMore": false } });
            answer(200, json!({ "data": { "APIUsers": page } }).to_string())
        }
        _ => HttpResponse::new(404, "", ""),
    });
    list(&tenant.client()).expect_err("no users, and no empty roster either");
}

/// A tenant that repeats the key in a message does not bring it into errors or reports.
#[test]
fn a_key_that_a_tenant_repeats_is_not_printed() {
    use crate::imitation::KEY;
    let tenant =
        Imitation::new(|asked| answer(403, json!({ "message": format!("bad key {KEY}: {}", asked.path) }).to_string()));
    let client = tenant.client();
    let error = list(&client).expect_err("the key is wrong");
    assert!(!format!("{error} {error:?} {}", error.excerpt()).contains(KEY), "{error}");
    let diagnosis = now(client.diagnose()).expect("a report");
    let checks = serde_json::to_string(&diagnosis.checks).expect("JSON");
    assert!(!format!("{checks} {:?}", diagnosis.failure).contains(KEY), "{checks}");
}
