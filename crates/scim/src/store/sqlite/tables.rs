//! The tables within one transaction: each method leads to the module of its table.

use rusqlite::{Connection as Database, OptionalExtension as _, params};

use super::super::{AuditRow, Done, GroupRow, Job, NewJob, Person, RosterRow, Scope, Tables, Token, UserRow, Window};
use super::{groups, jobs, users};
use crate::connection::Connection;
use crate::filter::Search;

/// The tables within a transaction.
pub(super) struct SqliteTables<'t>(pub(super) &'t Database);

impl Tables for SqliteTables<'_> {
    fn note(&self, name: &str) -> Done<Option<String>> {
        let mut found = self.0.prepare_cached("SELECT value FROM note WHERE name = ?1")?;
        Ok(found.query_row([name], |row| row.get(0)).optional()?)
    }

    fn set_note(&self, name: &str, value: &str) -> Done<()> {
        let mut set = self.0.prepare_cached("INSERT OR REPLACE INTO note (name, value) VALUES (?1, ?2)")?;
        set.execute([name, value])?;
        Ok(())
    }

    fn connections(&self) -> Done<Vec<Connection>> {
        let mut found = self.0.prepare_cached("SELECT settings FROM connection ORDER BY name")?;
        let rows = found.query_map([], |row| row.get::<_, String>(0))?;
        rows.map(|settings| Ok(serde_json::from_str(&settings?)?)).collect()
    }

    fn put_connection(&self, connection: &Connection) -> Done<()> {
        let settings = serde_json::to_string(connection)?;
        let mut put = self.0.prepare_cached(
            "INSERT INTO connection (name, settings) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET settings = excluded.settings",
        )?;
        put.execute([&connection.name, &settings])?;
        Ok(())
    }

    fn tokens(&self) -> Done<Vec<Token>> {
        let mut found = self
            .0
            .prepare_cached("SELECT connection, label, hash, created, used FROM token ORDER BY connection, created")?;
        let rows = found.query_map([], |row| {
            Ok(Token {
                connection: row.get(0)?,
                label: row.get(1)?,
                hash: row.get(2)?,
                created: row.get(3)?,
                used: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn add_token(&self, token: &Token) -> Done<()> {
        let mut add =
            self.0.prepare_cached("INSERT INTO token (connection, label, hash, created) VALUES (?1, ?2, ?3, ?4)")?;
        add.execute(params![token.connection, token.label, token.hash, token.created])?;
        Ok(())
    }

    fn remove_token(&self, connection: &str, label: &str) -> Done<bool> {
        let mut remove = self.0.prepare_cached("DELETE FROM token WHERE connection = ?1 AND label = ?2")?;
        Ok(remove.execute([connection, label])? > 0)
    }

    fn touch_token(&self, hash: &[u8], at: i64) -> Done<()> {
        self.0.prepare_cached("UPDATE token SET used = ?2 WHERE hash = ?1")?.execute(params![hash, at])?;
        Ok(())
    }

    fn user(&self, connection: &str, id: &str) -> Done<Option<UserRow>> {
        users::user(self.0, connection, id)
    }

    fn users(
        &self,
        scope: &Scope,
        search: &Search,
        window: &Window,
        each: &mut dyn FnMut(UserRow) -> bool,
    ) -> Done<()> {
        users::users(self.0, scope, search, window, each)
    }

    fn count_users(&self, scope: &Scope) -> Done<u64> {
        users::count(self.0, scope)
    }

    fn ids_by_email(&self, folded: &str) -> Done<Vec<String>> {
        let mut found = self.0.prepare_cached("SELECT id FROM roster WHERE email = ?1 ORDER BY created, id")?;
        let rows = found.query_map([folded], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn id_by_user_name(&self, connection: &str, folded: &str) -> Done<Option<String>> {
        let mut found = self.0.prepare_cached("SELECT id FROM person WHERE connection = ?1 AND folded = ?2")?;
        Ok(found.query_row([connection, folded], |row| row.get(0)).optional()?)
    }

    fn id_by_external_id(&self, connection: &str, external_id: &str) -> Done<Option<String>> {
        let mut found =
            self.0.prepare_cached("SELECT id FROM person WHERE connection = ?1 AND external_id = ?2 LIMIT 1")?;
        Ok(found.query_row([connection, external_id], |row| row.get(0)).optional()?)
    }

    fn put_roster(&self, row: &RosterRow) -> Done<()> {
        users::put_roster(self.0, row)
    }

    fn written_at(&self, id: &str) -> Done<Option<i64>> {
        let mut found = self.0.prepare_cached("SELECT written FROM roster WHERE id = ?1")?;
        Ok(found.query_row([id], |row| row.get(0)).optional()?.flatten())
    }

    fn forget_before(&self, generation: i64, written_before: i64) -> Done<u64> {
        users::forget_before(self.0, generation, written_before)
    }

    fn put_person(&self, id: &str, person: &Person) -> Done<()> {
        users::put_person(self.0, id, person)
    }

    fn persons(&self, each: &mut dyn FnMut(String, Person)) -> Done<()> {
        users::persons(self.0, each)
    }

    fn bury(&self, id: &str, connection: &str, at: i64) -> Done<()> {
        let mut bury =
            self.0.prepare_cached("INSERT OR REPLACE INTO tombstone (id, connection, at) VALUES (?1, ?2, ?3)")?;
        bury.execute(params![id, connection, at])?;
        Ok(())
    }

    fn revive(&self, id: &str) -> Done<()> {
        self.0.prepare_cached("DELETE FROM tombstone WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    fn is_buried(&self, id: &str) -> Done<bool> {
        Ok(self.0.prepare_cached("SELECT 1 FROM tombstone WHERE id = ?1")?.exists([id])?)
    }

    fn group(&self, connection: &str, id: &str) -> Done<Option<GroupRow>> {
        groups::group(self.0, connection, id)
    }

    fn groups(&self, connection: &str, search: &Search, window: &Window) -> Done<Vec<GroupRow>> {
        groups::groups(self.0, connection, search, window)
    }

    fn count_groups(&self, connection: &str) -> Done<u64> {
        let mut count = self.0.prepare_cached("SELECT count(*) FROM grp WHERE connection = ?1")?;
        Ok(users::counted(count.query_row([connection], |row| row.get(0))?))
    }

    fn members(&self, connection: &str, group: &str) -> Done<Vec<String>> {
        groups::members(self.0, connection, group)
    }

    fn put_group(&self, group: &GroupRow, members: Option<&[String]>) -> Done<()> {
        groups::put(self.0, group, members)
    }

    fn remove_group(&self, connection: &str, id: &str) -> Done<bool> {
        groups::remove(self.0, connection, id)
    }

    fn add_job(&self, job: &NewJob, now: i64) -> Done<i64> {
        jobs::add(self.0, job, now)
    }

    fn job(&self, id: i64) -> Done<Option<Job>> {
        jobs::job(self.0, id)
    }

    fn put_job(&self, job: &Job, now: i64) -> Done<()> {
        jobs::put(self.0, job, now)
    }

    fn open_jobs(&self) -> Done<Vec<Job>> {
        jobs::open(self.0)
    }

    fn open_jobs_of(&self, subject: &str) -> Done<Vec<Job>> {
        jobs::open_of(self.0, subject)
    }

    fn last_job_of(&self, subject: &str) -> Done<Option<Job>> {
        jobs::last_of(self.0, subject)
    }

    fn next_job(&self, now: i64) -> Done<Option<Job>> {
        jobs::next(self.0, now)
    }

    fn waiting_jobs(&self) -> Done<u64> {
        let mut count = self.0.prepare_cached("SELECT count(*) FROM outbox WHERE state IN ('queued', 'running')")?;
        Ok(users::counted(count.query_row([], |row| row.get(0))?))
    }

    fn failed_jobs(&self, most: u32) -> Done<Vec<Job>> {
        jobs::failed(self.0, most)
    }

    fn disabled_since(&self, connection: &str, since: i64) -> Done<u64> {
        let mut count = self.0.prepare_cached(
            "SELECT count(*) FROM outbox
             WHERE disables AND connection = ?1 AND created >= ?2 AND state NOT IN ('held', 'failed')",
        )?;
        Ok(users::counted(count.query_row(params![connection, since], |row| row.get(0))?))
    }

    fn release_jobs(&self, connection: Option<&str>, now: i64) -> Done<u64> {
        let mut release = self.0.prepare_cached(
            "UPDATE outbox SET state = 'queued', updated = ?2 WHERE state = 'held' AND (?1 IS NULL OR connection = ?1)",
        )?;
        Ok(release.execute(params![connection, now])? as u64)
    }

    fn add_audit(&self, row: &AuditRow) -> Done<()> {
        let mut add = self.0.prepare_cached(
            "INSERT INTO audit (at, connection, request, method, path, status, fields) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let fields = serde_json::to_string(&row.fields)?;
        add.execute(params![row.at, row.connection, row.request, row.method, row.path, row.status, fields])?;
        Ok(())
    }

    fn audit(&self, most: u32) -> Done<Vec<AuditRow>> {
        let mut found = self.0.prepare_cached(
            "SELECT at, connection, request, method, path, status, fields FROM audit ORDER BY at DESC, rowid DESC LIMIT ?1",
        )?;
        let mut rows = found.query([most])?;
        let mut audit = Vec::new();
        while let Some(row) = rows.next()? {
            audit.push(AuditRow {
                at: row.get(0)?,
                connection: row.get(1)?,
                request: row.get(2)?,
                method: row.get(3)?,
                path: row.get(4)?,
                status: row.get(5)?,
                fields: serde_json::from_str(&row.get::<_, String>(6)?)?,
            });
        }
        Ok(audit)
    }
}
