//! Where rows come from: lists of the tenant, page by page. A source may give rows of several streams.

mod clients;
mod enrollments;
mod licenses;
mod records;
mod users;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use serde::Serialize;
use serde_json::{Map, Value};
use thought_industries::{Client, Error as ClientError, PagePosition, Response, Surface};

use crate::selection::{Output, Selection};

/// A list of the tenant.
pub(crate) struct Source {
    /// Its name in checkpoints.
    pub(crate) name: &'static str,
    /// The operations of the library that it uses: that of the list, and one for each entry.
    pub(crate) operations: &'static [&'static str],
    /// Opens the list at a position, or at its beginning.
    pub(crate) open: fn(&Client, &Reading, Option<&PagePosition>) -> Pages,
}

/// How a source is read.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) role: Option<String>,
    /// The streams whose rows are wanted, by name.
    pub(crate) streams: Vec<&'static str>,
    /// Whether only the entries of the list are wanted, to compare them, and no rows.
    pub(crate) is_check: bool,
}

/// The pages that are read before their turn. Some sources read one page only, to compare it.
const AHEAD: usize = 16;

impl Reading {
    /// How many pages are read before their turn.
    fn ahead(&self) -> usize {
        if self.is_check { 0 } else { AHEAD }
    }
}

/// The pages of a list.
pub(crate) type Pages = BoxStream<'static, Result<SourcePage, ClientError>>;

/// A page of a list.
#[derive(Debug)]
pub(crate) struct SourcePage {
    pub(crate) entries: Vec<Entry>,
    /// How many entries the list has, as the tenant reports.
    pub(crate) total: Option<i64>,
    pub(crate) position: PagePosition,
    pub(crate) next: Option<PagePosition>,
    pub(crate) surface: Surface,
    /// The columns that the route does not provide.
    pub(crate) gaps: Vec<String>,
    /// The requests that the page took, without retries.
    pub(crate) requests: u64,
    /// Why rows may be missing whatever the list shows.
    pub(crate) doubt: Option<&'static str>,
}

/// An entry of a list, with the rows that it gives.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) rows: Vec<Record>,
}

/// A row of a stream, with the API's names.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) stream: &'static str,
    pub(crate) fields: Map<String, Value>,
}

/// A list that is read, with the streams that it gives.
pub(crate) struct Pass {
    pub(crate) source: &'static Source,
    pub(crate) reading: Reading,
    /// Each output with its place among all outputs of the export.
    pub(crate) outputs: Vec<(usize, Output)>,
}

/// The lists that have to be read, in order.
pub(crate) fn passes(selection: &Selection) -> Vec<Pass> {
    let mut passes: Vec<Pass> = Vec::new();
    for (place, output) in selection.outputs().into_iter().enumerate() {
        let source = source_of(&output, selection);
        let name = output.stream.name;
        match passes.iter_mut().find(|pass| pass.source.name == source.name) {
            // The same list gives both.
            Some(pass) => {
                pass.reading.streams.push(name);
                pass.outputs.push((place, output));
            }
            None => {
                let role = selection.role_key().map(str::to_owned);
                let reading = Reading { role, streams: vec![name], is_check: false };
                passes.push(Pass { source, reading, outputs: vec![(place, output)] });
            }
        }
    }
    passes
}

fn source_of(output: &Output, selection: &Selection) -> &'static Source {
    match output.stream.name {
        "clients" => &clients::CLIENTS,
        "licenses" => &licenses::LICENSES,
        "enrollments" if selection.is_deep() && !selection.is_joint() => &enrollments::ENROLLMENTS,
        "users" if !selection.is_deep() => &users::USERS,
        name => records::find(name).unwrap_or(&users::PROFILES),
    }
}

impl SourcePage {
    /// A page of the library, with its entries.
    fn of<T>(page: &Response<T>, list: &str, total: Option<i64>, entries: Vec<Entry>) -> Option<Self> {
        let gaps = page.gaps().iter().filter_map(|gap| gap.strip_prefix(list)?.strip_prefix('.'));
        Some(Self {
            entries,
            total,
            position: page.position()?.clone(),
            next: page.next_position().cloned(),
            surface: page.surface(),
            gaps: gaps.map(str::to_owned).collect(),
            requests: 1,
            doubt: None,
        })
    }
}

/// The fields of a value of the model, with the API's names.
fn fields_of(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        // A struct of the model is an object.
        _ => Map::new(),
    }
}

/// Pages of the library as pages of a source. A page of a list always has a position.
fn pages_of<T: Send + 'static>(
    pages: BoxStream<'static, Result<Response<T>, ClientError>>,
    of: impl Fn(Response<T>) -> Option<SourcePage> + Send + Sync + 'static,
) -> Pages {
    pages.filter_map(move |page| std::future::ready(page.map(&of).transpose())).boxed()
}
