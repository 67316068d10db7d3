//! What is known about an endpoint.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ResponseForm;
use crate::runtime::{EndpointSpec, KeyPlacement, Surface};
use crate::{Date, routes};

/// What is known about an endpoint: the GraphQL endpoint itself, or the base of a REST version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct EndpointProfile {
    /// Its path.
    pub path: String,
    /// The surface that it belongs to.
    pub surface: Surface,
    /// Whether the tenant has it.
    #[serde(default)]
    pub presence: Presence,
    /// Why it is absent or refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it takes the key; before it is present, the place that is tried first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_in: Option<KeyPlacement>,
    /// How its bodies are wrapped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyShape>,
    /// How its lists are paged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paging: Option<Paging>,
    /// Whether its paths take an e-mail address in place of a user's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emails_in_path: Option<bool>,
    /// Whether its paths take an `externalCustomerId` in place of a user's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_ids_in_path: Option<bool>,
    /// How it responds if a record does not exist, by route and kind of key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub not_found: BTreeMap<String, ResponseForm>,
    /// How it responded to the last write that it refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_write: Option<ResponseForm>,
    /// What its schema lacks of what was asked for, such as `License.ref10`, or `License` for a type. Queries are sent
    /// without it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lacks: BTreeSet<String>,
    /// When its presence was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Date>,
    /// A key that its paths seem to take, by the key's field.
    #[serde(skip)]
    pub(crate) shown_in_path: BTreeMap<&'static str, String>,
    /// The status of a failure that may pass, so that its absence is not certain.
    #[serde(skip)]
    pub(crate) doubt: Option<u16>,
}

/// Whether a tenant has an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Presence {
    /// It was not tried yet.
    #[default]
    Unknown,
    /// It has responded as what it should be. A later failure is a failure.
    Present,
    /// It has never responded as what it should be, whatever it responded.
    Absent,
    /// It refused the key in every place.
    RefusesKey,
}

/// How a REST body is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BodyShape {
    /// Not at all.
    Flat,
    /// As `data.<Operation>`.
    Envelope,
}

/// How lists are paged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Paging {
    /// By number.
    Page,
    /// By cursor.
    Cursor,
}

impl EndpointProfile {
    /// An endpoint of the wire contract of which nothing is known yet.
    pub(super) fn of(spec: &EndpointSpec) -> Self {
        let lacks = if spec.surface == Surface::GraphQl { routes::LACKS } else { &[] };
        Self { lacks: lacks.iter().map(|lack| (*lack).to_owned()).collect(), ..Self::at(spec.path, spec.surface) }
    }

    /// An endpoint at any path.
    pub(super) fn at(path: &str, surface: Surface) -> Self {
        Self {
            path: path.to_owned(),
            surface,
            presence: Presence::Unknown,
            reason: None,
            key_in: None,
            body: None,
            paging: None,
            emails_in_path: None,
            external_ids_in_path: None,
            not_found: BTreeMap::new(),
            refused_write: None,
            lacks: BTreeSet::new(),
            at: None,
            shown_in_path: BTreeMap::new(),
            doubt: None,
        }
    }

    /// The places where it may take the key, best first: the known one, then those of the wire contract.
    pub(crate) fn placements(&self) -> Vec<KeyPlacement> {
        const ANY: &[KeyPlacement] = &[KeyPlacement::Query, KeyPlacement::Bearer, KeyPlacement::Header];
        let spec = routes::ENDPOINTS.iter().find(|spec| spec.path == self.path);
        let known = spec.map_or(ANY, |spec| spec.keys).iter().copied();
        self.key_in.into_iter().chain(known.filter(|placement| Some(*placement) != self.key_in)).collect()
    }

    /// Whether its paths take a key of a user, by the name of the key's field.
    pub(crate) fn takes_in_path(&self, key: &str) -> Option<bool> {
        if key == "email" { self.emails_in_path } else { self.external_ids_in_path }
    }

    pub(crate) fn learn_in_path(&mut self, key: &str, takes: bool) {
        *self.in_path(key) = Some(takes);
    }

    pub(crate) fn forget_in_path(&mut self, key: &str) {
        *self.in_path(key) = None;
        self.shown_in_path.remove(key);
    }

    fn in_path(&mut self, key: &str) -> &mut Option<bool> {
        if key == "email" { &mut self.emails_in_path } else { &mut self.external_ids_in_path }
    }

    /// A path with this key showed the user. One such response may belong to an earlier request for the same user, so that
    /// the paths take this kind of key when two keys show it.
    pub(crate) fn shows_in_path(&mut self, name: &'static str, key: &str) {
        let first = self.shown_in_path.entry(name).or_insert_with(|| key.to_owned());
        if first != key {
            self.learn_in_path(name, true);
        }
    }

    /// Whether requests are sent to it.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.presence, Presence::Unknown | Presence::Present)
    }

    /// It has responded as what it should be to a request with the key in this place.
    pub(crate) fn is_there(&mut self, key_in: KeyPlacement, at: Option<Date>) {
        (self.presence, self.key_in, self.at) = (Presence::Present, Some(key_in), at);
        (self.reason, self.doubt) = (None, None);
    }

    /// It has not responded as what it should be. `doubt` is the status of a failure that may pass.
    pub(crate) fn is_absent(&mut self, reason: &str, doubt: Option<u16>, at: Option<Date>) {
        (self.presence, self.at) = (Presence::Absent, at);
        (self.reason, self.doubt) = (Some(reason.to_owned()), doubt);
    }

    /// It has refused the key in every place.
    pub(crate) fn refuses_key(&mut self, reason: &str, at: Option<Date>) {
        (self.presence, self.at) = (Presence::RefusesKey, at);
        (self.reason, self.doubt) = (Some(reason.to_owned()), None);
    }

    /// Forgets whether the tenant has it.
    pub(crate) fn forget(&mut self) {
        (self.presence, self.at) = (Presence::Unknown, None);
        (self.reason, self.doubt) = (None, None);
    }

    /// Forgets everything but its path and where the key is tried first.
    pub(crate) fn forget_all(&mut self) {
        *self = Self { key_in: self.key_in, ..Self::at(&self.path, self.surface) };
    }

    /// Forgets a refusal of the key, and a failure that may have passed.
    pub(super) fn reconsider(&mut self) {
        if self.presence == Presence::RefusesKey || self.doubt.is_some() {
            self.forget();
        }
    }
}
