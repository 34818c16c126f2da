//! `/api/matches`: those that are open here first, then history, newest first, in pages.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::Json;
use protocol::api::MatchList;
use protocol::directory::{MatchDetail, MatchStatus, MatchSummary};
use protocol::MatchKey;
use store::MatchFilter;

use super::archive;
use super::query::{key, limit, only, path_key, Parameters};
use crate::failure::ApiFailure;
use crate::service::Service;

/// `GET /api/matches?status=&limit=&before=`
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<MatchList>, ApiFailure> {
    only(&parameters, &["status", "limit", "before"])?;
    let limit = limit(&parameters)? as usize;
    let before: Option<MatchKey> = key(&parameters, "before")?;
    let status = parameters
        .get("status")
        .map(|name| parse_status(name))
        .transpose()?;

    let open = service.bus.summaries();
    let open_keys: HashSet<MatchKey> = open.iter().map(|summary| summary.match_key).collect();
    let is_wanted = |summary: &MatchSummary| status.is_none_or(|status| summary.status == status);
    let (mut matches, before) = match before.filter(|before| open_keys.contains(before)) {
        // One more than the page, to know whether there is another.
        Some(last_open) => {
            let after = open
                .into_iter()
                .skip_while(|summary| summary.match_key != last_open)
                .skip(1);
            (after.filter(is_wanted).take(limit + 1).collect(), None)
        }
        None if before.is_none() => (open.into_iter().filter(is_wanted).take(limit + 1).collect(), None),
        None => (Vec::new(), before),
    };
    add_history(&service, &mut matches, &open_keys, status, before, limit + 1).await?;
    let next = (matches.len() > limit).then(|| matches[limit - 1].match_key);
    matches.truncate(limit);
    Ok(Json(MatchList { matches, next }))
}

/// Fills the page up to `wanted` with matches that are not on the bus.
async fn add_history(
    service: &Service,
    matches: &mut Vec<MatchSummary>,
    open: &HashSet<MatchKey>,
    status: Option<MatchStatus>,
    before: Option<MatchKey>,
    wanted: usize,
) -> Result<(), ApiFailure> {
    let mut filter = MatchFilter {
        status,
        before: before.map(|key| key.0),
        limit: store::LIMIT_MAX,
    };
    // Rows that are open here are left out: so many pages may hold nothing else.
    while matches.len() < wanted {
        let rows = service.store.history.matches(&filter).await?;
        let Some(last) = rows.last() else { break };
        filter.before = Some(last.match_key);
        let is_last_page = rows.len() < filter.limit as usize;
        let archived = rows.iter().filter(|row| !open.contains(&MatchKey(row.match_key)));
        matches.extend(
            archived
                .take(wanted - matches.len())
                .map(|row| archive::summary(row, &service.config)),
        );
        if is_last_page {
            break;
        }
    }
    Ok(())
}

fn parse_status(name: &str) -> Result<MatchStatus, ApiFailure> {
    MatchStatus::from_name(name).ok_or_else(|| {
        let names = MatchStatus::ALL.map(MatchStatus::name).join(", ");
        ApiFailure::bad_request(format!("`status` is {name:.50?}; expected one of {names}"))
    })
}

/// `GET /api/matches/{match}`
pub(super) async fn detail(
    State(service): State<Arc<Service>>,
    Path(text): Path<String>,
) -> Result<Json<MatchDetail>, ApiFailure> {
    let key: MatchKey = path_key("match", &text)?;
    if let Some(detail) = service.bus.detail(&key) {
        return Ok(Json((*detail).clone()));
    }
    let history = service.store.history.match_history(&key.0).await?;
    let history = history.ok_or_else(|| ApiFailure::not_found(format!("no match {key} is known here")))?;
    Ok(Json(archive::detail(&history, &service.config)))
}
