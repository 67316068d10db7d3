//! The report of an export, from its last checkpoint.

use std::collections::BTreeMap;

use thought_industries::Date;

use crate::checkpoint::{Checkpoint, FORMAT_VERSION, OutputState};
use crate::digest::{IdDigest, sha256};
use crate::manifest::{Report, StreamReport};
use crate::selection::Selection;
use crate::source::passes;
use crate::walk::{Completeness, Walk};

pub(super) fn of(checkpoint: &Checkpoint, selection: &Selection, now: Date) -> Report {
    let (mut streams, mut reasons) = (Vec::new(), Vec::new());
    let (mut total_first, mut total_last, mut duplicates) = (Some(0), Some(0), 0);
    let mut routes: BTreeMap<String, u64> = BTreeMap::new();
    for (pass, state) in passes(selection).iter().zip(&checkpoint.walks) {
        let walk = &state.walk;
        let (complete, why) = walk.verdict();
        reasons.extend(why.into_iter().map(|why| format!("{}: {why}", state.source)));
        total_first = total_first.zip(walk.total_first).map(|(sum, own)| sum + own);
        total_last = total_last.zip(walk.total_last).map(|(sum, own)| sum + own);
        duplicates += walk.duplicates;
        for (surface, pages) in &walk.surfaces {
            *routes.entry(surface.to_string()).or_default() += pages;
        }
        for (place, output) in &pass.outputs {
            let written = checkpoint.outputs.get(*place).copied().unwrap_or_default();
            let names: Vec<&str> = output.columns.iter().map(|column| column.name.as_str()).collect();
            streams.push((*place, stream_report(output.stream.name, &names, walk, complete, written)));
        }
    }
    streams.sort_by_key(|(place, _)| *place);
    let streams: Vec<StreamReport> = streams.into_iter().map(|(_, stream)| stream).collect();
    let mut id_digest = IdDigest::default();
    for stream in &streams {
        id_digest.add_all(stream.id_digest);
    }
    let gap =
        |stream: &StreamReport| stream.gaps.iter().map(|gap| format!("{}.{gap}", stream.stream)).collect::<Vec<_>>();
    let schema = serde_json::to_string(&checkpoint.selection.outputs).unwrap_or_default();
    Report {
        format_version: FORMAT_VERSION,
        tenant: checkpoint.tenant.clone(),
        run_id: checkpoint.run_id.clone(),
        started_at: checkpoint.started_at,
        finished_at: now,
        complete: streams.iter().map(|stream| stream.complete).max().unwrap_or(Completeness::Unproven),
        reasons,
        rows: streams.iter().map(|stream| stream.rows).sum(),
        total_first,
        total_last,
        id_digest,
        routes,
        gaps: streams.iter().flat_map(gap).collect(),
        duplicates,
        rejects: checkpoint.rejects,
        schema: sha256(schema.as_bytes()),
        selection: checkpoint.selection.clone(),
        streams,
        usage: checkpoint.usage,
        elapsed_ms: checkpoint.elapsed_ms,
    }
}

fn stream_report(
    stream: &str,
    columns: &[&str],
    walk: &Walk,
    complete: Completeness,
    written: OutputState,
) -> StreamReport {
    let is_written = |gap: &&String| {
        let column = gap.split('.').next().unwrap_or_default();
        columns.contains(&column)
    };
    StreamReport {
        stream: stream.to_owned(),
        rows: written.rows,
        id_digest: written.ids,
        complete,
        entries: walk.entries,
        total_first: walk.total_first,
        total_last: walk.total_last,
        routes: walk.surfaces.iter().map(|(surface, pages)| (surface.to_string(), *pages)).collect(),
        gaps: walk.gaps.iter().filter(is_written).cloned().collect(),
    }
}
