//! Guards over a tenant: plans that one counter of deactivations let through, and plans that were edited and sealed again.

use futures::TryStreamExt as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use thought_industries::Client;
use thought_industries::model::User;
use thought_industries_provision::{
    DesiredUser, Entry, Error, ErrorKind, Executor, FileAudit, FileJournal, GuardKind, Guards, History, Limit, MatchBy,
    OutcomeKind, Plan, Planner, Policy, Roster,
};
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};

use crate::place::builder_of;

async fn start(users: u64) -> (RunningSandbox, Client) {
    let tenant = Sandbox::new(Dialect::Documented).users(users).start().await.expect("a sandbox starts");
    let client = builder_of(&tenant).build().expect("right settings");
    (tenant, client)
}

/// All users with one record and all keys; administrators among them.
async fn users(client: &Client) -> Vec<User> {
    let users: Vec<User> = client.users().list().with_profiles(true).items().try_collect().await.expect("users");
    let is_plain = |user: &User| user.email.is_some() && user.learner_user_id.is_none();
    users.into_iter().filter(is_plain).collect()
}

/// Learners with all that the rosters below need.
async fn learners(client: &Client) -> Vec<User> {
    let roles = client.users().learner_roles().await.expect("roles");
    let is_learner = |user: &User| user.role_key.as_ref().is_some_and(|role| roles.contains(role));
    users(client).await.into_iter().filter(is_learner).collect()
}

async fn plan(client: &Client, rows: Vec<DesiredUser>, by: MatchBy, guards: Guards) -> Result<Plan, Error> {
    let roster = Roster::of(rows, by).expect("a roster");
    Planner::new(Policy::new().guards(guards)).plan(client, &roster).await
}

fn row(user: &User) -> DesiredUser {
    DesiredUser::new().with("email", user.email.clone().unwrap_or_default())
}

/// The kinds that refuse a plan, by the options that its error names.
fn refused(plan: Result<Plan, Error>) -> Vec<String> {
    let error = plan.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Guard, "{error}");
    let messages = error.problems().iter().cloned().chain([error.to_string()]);
    let option = |message: String| Some(message.split_once("--allow ")?.1.split_once('=')?.0.to_owned());
    messages.map(|message| option(message).expect("an option")).collect()
}

#[tokio::test]
async fn rosters_that_went_wrong_are_refused_by_the_kind_of_their_change() {
    let (tenant, client) = start(300).await;
    let learners = learners(&client).await;
    let active: Vec<&User> = learners.iter().filter(|user| user.disabled == Some(false)).collect();
    let guards = Guards::new;
    let rows = |of: &dyn Fn(&User) -> DesiredUser| active.iter().map(|user| of(user)).collect::<Vec<_>>();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();

    // A new domain, matched by address: each user is created a second time.
    let moved = |user: &User| format!("{}@new.example", text(&user.email).split('@').next().unwrap_or_default());
    let copies = rows(&|user| DesiredUser::new().with("email", moved(user)).with("firstName", "Ada"));
    assert_eq!(refused(plan(&client, copies, MatchBy::Email, guards()).await), ["create"]);

    // The same, matched by an id: each login address changes.
    let known: Vec<&&User> = active.iter().filter(|user| user.external_customer_id.is_some()).collect();
    assert!(known.len() > 20, "{}", known.len());
    let logins = known.iter().map(|user| {
        DesiredUser::new().with("externalCustomerId", text(&user.external_customer_id)).with("email", moved(user))
    });
    let logins: Vec<DesiredUser> = logins.collect();
    assert_eq!(refused(plan(&client, logins, MatchBy::ExternalCustomerId, guards()).await), ["email"]);

    let nulled = rows(&|user| row(user).with("lastName", serde_json::Value::Null));
    assert_eq!(refused(plan(&client, nulled, MatchBy::Email, guards()).await), ["clear", "lastName"]);

    let swapped =
        rows(&|user| row(user).with("firstName", text(&user.last_name)).with("lastName", text(&user.first_name)));
    let kinds = refused(plan(&client, swapped, MatchBy::Email, guards()).await);
    assert_eq!(kinds, ["swappedNames", "firstName", "lastName"]);

    let garbled: Vec<DesiredUser> = active.iter().take(3).map(|user| row(user).with("lastName", "MÃ¼ller")).collect();
    assert_eq!(refused(plan(&client, garbled, MatchBy::Email, guards()).await), ["mojibake"]);

    let few: Vec<DesiredUser> = active.iter().take(12).map(|user| row(user).with("lastName", "Müller")).collect();
    let plan_of_few = plan(&client, few, MatchBy::Email, guards()).await.expect("an ordinary run");
    assert!(plan_of_few.raised.is_empty());
    // Users without an address are among the population.
    assert!(plan_of_few.census.is_some_and(|census| census.population >= active.len()));

    let gone: Vec<DesiredUser> =
        learners.iter().filter(|user| user.disabled == Some(true)).map(|user| row(user).active(true)).collect();
    let (count, limit) = (gone.len(), Limit::users(gone.len()));
    if count > 10 {
        assert_eq!(refused(plan(&client, gone.clone(), MatchBy::Email, guards()).await), ["reactivate"]);
        let raised = plan(&client, gone, MatchBy::Email, guards().allow(GuardKind::Reactivate, limit)).await;
        let raised = raised.expect("raised").raised;
        assert_eq!((raised.len(), raised[0].allowed), (1, limit));
    }
    assert!(tenant.effects().is_empty());
}

/// The plan with a digest that fits it, as a program that edits plans would write it.
fn sealed(mut plan: Plan) -> Plan {
    let head = (plan.version, &plan.tenant, &plan.made, &plan.source, &plan.read_digest);
    let mut text =
        serde_json::to_vec(&(head, plan.totals, plan.left_disabled, &plan.unseen, &plan.entries)).expect("JSON");
    text.extend(serde_json::to_vec(&(&plan.census, &plan.raised)).expect("JSON"));
    text.extend(serde_json::to_vec(&(&plan.made_by, plan.expires, &plan.seats)).expect("JSON"));
    let digest = Sha256::digest(text);
    plan.digest = digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let file = tempfile::NamedTempFile::new().expect("a file");
    plan.write(file.path()).expect("written");
    Plan::read(file.path()).expect("a plan whose digest fits")
}

/// An entry that disables a user, as the planner would have written it.
fn deactivation(user: &User) -> Entry {
    let entry = json!({
        "action": "deactivate", "id": user.id, "email": user.email,
        "changes": [{ "field": "status", "before": "active", "after": "disabled" }],
        "seen": { "status": "active", "role": user.role_key, "clientId": user.client_id },
    });
    serde_json::from_value(entry).expect("an entry")
}

#[tokio::test]
async fn a_plan_that_was_edited_and_sealed_again_does_not_reach_an_administrator() {
    let (tenant, client) = start(60).await;
    let learners = learners(&client).await;
    let learner = learners.iter().find(|user| user.disabled == Some(false)).expect("a learner");
    let is_admin = |user: &User| user.disabled == Some(false) && !learners.iter().any(|other| other.id == user.id);
    let admin = users(&client).await.into_iter().find(is_admin).expect("an administrator");
    let role = admin.role_key.clone().unwrap_or_default();
    let row = row(learner).with("lastName", "Changed");
    let mut forged = plan(&client, vec![row.clone()], MatchBy::Email, Guards::new()).await.expect("a plan");
    let promotion = json!({
        "action": "update", "id": learner.id, "email": learner.email,
        "changes": [{ "field": "role", "before": learner.role_key, "after": role }],
    });
    let boss = json!({
        "action": "create", "email": "boss@example.com",
        "changes": [
            { "field": "email", "before": null, "after": "boss@example.com" },
            { "field": "role", "before": null, "after": role },
        ],
    });
    let forgeries = [deactivation(&admin)].into_iter();
    let forgeries = forgeries.chain([promotion, boss].map(|entry| serde_json::from_value(entry).expect("an entry")));
    for entry in forgeries {
        forged.entries.push(&entry).expect("kept");
    }
    let forged = sealed(forged);
    let outcomes = carry_out(&client, &forged).await;
    let unmanaged = format!("the plan does not manage the role `{role}`");
    assert_eq!(
        outcomes,
        [
            (OutcomeKind::Done, None),
            (OutcomeKind::Refused, Some(format!("the user has the role `{role}`, which the plan does not manage"))),
            (OutcomeKind::Refused, Some(unmanaged.clone())),
            (OutcomeKind::Refused, Some(unmanaged)),
        ]
    );
    assert_eq!(tenant.effects().len(), 1, "the learner's name");

    // A plan that was made for that role changes its users.
    let policy = Policy::new().managed_roles([role]);
    let roster = Roster::of([self::row(&admin).active(false)], MatchBy::Email).expect("a roster");
    let own = Planner::new(policy).plan(&client, &roster).await.expect("a plan");
    assert_eq!(carry_out(&client, &own).await, [(OutcomeKind::Done, None)]);
}

async fn carry_out(client: &Client, plan: &Plan) -> Vec<(OutcomeKind, Option<String>)> {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = FileJournal::open(&folder.path().join("run.jsonl"), plan).expect("a journal");
    journal.start(plan, "tester", client.now()).expect("started");
    let audit = FileAudit::open(&folder.path().join("audit.jsonl")).expect("an audit");
    let executor = Executor::new(client, &journal, &audit, "tester");
    let steps: Vec<_> = executor.run(plan).try_collect().await.expect("it ends");
    let reason = |step: &thought_industries_provision::Step| match &step.result {
        thought_industries_provision::StepResult::Now(outcome) => outcome.reason.clone(),
        _ => None,
    };
    steps.iter().map(|step| (step.kind(), reason(step))).collect()
}

#[tokio::test]
async fn the_guards_are_judged_again_by_what_a_plan_holds() {
    let (_tenant, client) = start(300).await;
    let learners = learners(&client).await;
    let active: Vec<&User> = learners.iter().filter(|user| user.disabled == Some(false)).collect();
    let row = row(active[0]).with("lastName", "Changed");
    let mut forged = plan(&client, vec![row], MatchBy::Email, Guards::new()).await.expect("a plan");
    forged.check_guards(&History::default(), client.now()).expect("as it was made");
    for user in &active {
        forged.entries.push(&deactivation(user)).expect("kept");
    }
    // Its own counts still state one change.
    let error = sealed(forged).check_guards(&History::default(), client.now()).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Guard);
    assert!(error.to_string().contains(&format!("deactivate users: {} of ", active.len())), "{error}");
}
