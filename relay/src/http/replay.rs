//! `/api/replays`, the index, and `/api/matches/{match}/replay`, the replay file of a match that is over.

use std::path::{Component, Path as FilePath};
use std::sync::Arc;

use axum::extract::{Path, Query, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use axum::Json;
use protocol::api::ReplayList;
use protocol::MatchKey;
use store::Page;
use tower::ServiceExt;
use tower_http::services::ServeFile;

use super::query::{cut, key, limit, only, path_key, Parameters};
use super::{archive, ApiFailure};
use crate::service::Service;

/// `GET /api/replays?limit=&before=`
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<ReplayList>, ApiFailure> {
    only(&parameters, &["limit", "before"])?;
    let limit = limit(&parameters)?;
    let before: Option<MatchKey> = key(&parameters, "before")?;
    let page = Page {
        before: before.map(|before| before.0),
        limit: limit + 1,
    };
    let mut rows = service.store.history.replays(&page).await?;
    let has_more = cut(&mut rows, limit);
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|row| MatchKey(row.match_key));
    Ok(Json(ReplayList {
        replays: rows.iter().map(archive::replay).collect(),
        next,
    }))
}

/// `GET /api/matches/{match}/replay`
pub(super) async fn download(
    State(service): State<Arc<Service>>,
    Path(text): Path<String>,
    request: Request,
) -> Result<Response, ApiFailure> {
    let key: MatchKey = path_key("match", &text)?;
    let missing = || {
        ApiFailure::not_found(format!(
            "no replay of match {key} yet; it is written when the match is over"
        ))
    };
    let folder = service.config.replay_dir.as_ref().ok_or_else(missing)?;
    let name = service.store.history.replay_file(&key.0).await?;
    let name = name.ok_or_else(missing)?;
    if !is_plain_name(&name) {
        tracing::error!(%key, name, "history names a replay file outside its folder");
        return Err(missing());
    }
    let mut response = match ServeFile::new(folder.join(&name)).oneshot(request).await {
        Ok(response) if response.status() == axum::http::StatusCode::NOT_FOUND => return Err(missing()),
        Ok(response) => response.into_response(),
        Err(never) => match never {},
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{key}.replay\"")) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

/// One part, no way up or out.
fn is_plain_name(name: &str) -> bool {
    let mut parts = FilePath::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

#[cfg(test)]
mod tests {
    use super::is_plain_name;

    #[test]
    fn names_stay_in_their_folder() {
        assert!(is_plain_name("a.replay"));
        for name in ["", "..", "/etc/passwd", "../a", "a/b", "a/../b"] {
            assert!(!is_plain_name(name), "{name}");
        }
    }
}
